"""What of a document is news, and what was there before."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.ledger import Ledger
from bot.ledger.db.database import Access
from bot.ledger.db.tables import items
from bot.ledger.items.recorder import FEW, MOST_AT_FIRST, MOST_OLD, news_at_first, news_since
from tests.ledger.builders import DAY, HOUR, NOW, entry, fetched, listed

MINUTES = [timedelta(minutes=n) for n in range(60)]
OLD = NOW - 30 * DAY


def of_ages(*ages: timedelta | None) -> list:
    return [entry(n, published_at=None if age is None else NOW - age) for n, age in enumerate(ages)]


def since(new: list, *, entries: int | None = None, weekly: int = 0) -> frozenset[str]:
    return news_since(new, entries=entries or len(new), at=NOW, weekly=weekly)


@pytest.mark.parametrize(
    ("age", "is_news"),
    [(HOUR, True), (DAY - HOUR, True), (DAY, False), (30 * DAY, False), (None, False)],
)
def test_at_first_only_the_last_day_is_news(age, is_news):
    assert bool(news_at_first(of_ages(age), at=NOW)) == is_news


def test_at_first_only_the_newest_are_news():
    found = news_at_first(of_ages(*(n * HOUR for n in range(20))), at=NOW)
    assert found == {f"guid:{n}" for n in range(MOST_AT_FIRST)}


def test_dates_that_tell_when_the_document_was_made_tell_no_news():
    made = of_ages(*(timedelta(seconds=n) for n in range(MOST_AT_FIRST + 1)))
    assert not news_at_first(made, at=NOW)
    assert news_at_first(made[:MOST_AT_FIRST], at=NOW)


def test_what_a_followed_feed_brings_is_news():
    busy = of_ages(*MINUTES)
    assert len(since(busy)) == 60


def test_the_newest_of_what_comes_late_is_news_up_to_a_share_and_there_is_no_cliff():
    for late in range(40):
        old = of_ages(*(4 * DAY + n * DAY / 2 for n in range(late)))
        assert since(old) == {f"guid:{n}" for n in range(min(late, FEW))}
        assert since(old, weekly=25) == {f"guid:{n}" for n in range(min(late, 25))}
        assert len(since([*old, entry("fresh")])) == min(late, FEW) + 1


def test_of_what_is_older_than_a_month_three_are_news():
    for old in range(9):
        ages = [*(n * DAY for n in range(31, 31 + old)), 4 * DAY]
        assert len(since(of_ages(*ages))) == min(old, 3) + 1


def test_without_dates_half_of_a_document_may_be_news_and_a_few_in_any_case():
    for new in range(1, 60):
        undated = of_ages(*[None] * new)
        assert since(undated) == {f"guid:{n}" for n in range(min(new, max(FEW, new // 2)))}
        assert len(since(undated, entries=100)) == min(new, 50)


@given(
    ages=st.lists(st.none() | st.timedeltas(timedelta(0), 90 * DAY), max_size=40),
    weekly=st.integers(0, 30),
)
def test_news_are_of_the_document_and_what_is_old_never_floods(ages, weekly):
    new = of_ages(*ages)
    dates = {e.key: e.published_at for e in new}
    first, later = news_at_first(new, at=NOW), since(new, weekly=weekly)
    assert first | later <= dates.keys()
    assert len(first) <= MOST_AT_FIRST
    assert {key for key, date in dates.items() if date and date > NOW - 3 * DAY} <= later
    told = {key for key in later if dates[key] and dates[key] <= NOW - 3 * DAY}
    assert len(told) <= max(FEW, weekly)
    assert sum(dates[key] <= NOW - 30 * DAY for key in told) <= MOST_OLD
    one_more = since([*new, entry("late", published_at=NOW - 5 * DAY)], weekly=weekly)
    assert len(one_more) >= len(later)


async def test_what_is_late_is_news_up_to_what_a_feed_brings_in_a_week_and_the_rest_is_counted(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    quiet = await listed(ledger, workspace, "https://quiet.example/feed")
    busy = await listed(ledger, workspace, "https://busy.example/feed")
    known = [entry(n, published_at=NOW - n * HOUR) for n in range(60)]
    late = [entry(f"late {n}", published_at=NOW - 4 * DAY - n * HOUR) for n in range(20)]
    for feed, before, told in ((quiet, known[:3], 10), (busy, known, 15)):
        assert (await fetched(ledger, feed, before, at=NOW - DAY / 24)).untold == 0
        recorded = await fetched(ledger, feed, [*late, *before], at=NOW)
        assert (recorded.new, recorded.untold) == (20, 20 - told)
    read = select(items.c.feed_id, items.c.title).where(items.c.title.contains("late"))
    rows = await ledger._database.run(
        Access.READ, lambda c: c.execute(read.where(~items.c.backlog)).all()
    )
    assert {row.title for row in rows if row.feed_id == quiet.id} == {e.title for e in late[:10]}
    assert {row.title for row in rows if row.feed_id == busy.id} == {e.title for e in late[:15]}
