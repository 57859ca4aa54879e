"""What of a document is news, and what was there before."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ledger.items.recorder import (
    MOST_AT_FIRST,
    MOST_LATE,
    MOST_UNDATED,
    news_at_first,
    news_since,
)
from tests.ledger.builders import DAY, HOUR, NOW, entry

MINUTES = [timedelta(minutes=n) for n in range(60)]
OLD = NOW - 30 * DAY


def of_ages(*ages: timedelta | None) -> list:
    return [entry(n, published_at=None if age is None else NOW - age) for n, age in enumerate(ages)]


def since(new: list, *, entries: int | None = None, looked_at=NOW - HOUR) -> frozenset[str]:
    return news_since(new, entries=entries or len(new), looked_at=looked_at, at=NOW)


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


def test_a_few_that_come_late_are_news_and_an_archive_is_not():
    late = of_ages(*(n * 30 * DAY for n in range(1, MOST_LATE + 2)))
    assert len(since(late[:MOST_LATE])) == MOST_LATE
    assert not since(late)
    assert since([*of_ages(HOUR), *late]) == {"guid:0"}


def test_without_dates_a_document_that_is_mostly_new_is_not_news():
    undated = of_ages(*[None] * (MOST_UNDATED + 1))
    assert len(since(undated[:MOST_UNDATED])) == MOST_UNDATED
    assert not since(undated)
    assert len(since(undated, entries=100)) == MOST_UNDATED + 1


def test_after_a_gap_only_what_is_fresh_is_news():
    found = of_ages(HOUR, 2 * DAY, 4 * DAY, None)
    assert since(found) == {f"guid:{n}" for n in range(4)}
    assert since(found, looked_at=NOW - 50 * DAY) == {"guid:0", "guid:1"}


@given(
    ages=st.lists(st.none() | st.timedeltas(timedelta(0), 90 * DAY), max_size=40),
    gap=st.timedeltas(timedelta(0), 90 * DAY),
)
def test_news_are_of_the_document_and_what_is_old_never_floods(ages, gap):
    new = of_ages(*ages)
    dates = {e.key: e.published_at for e in new}
    first, later = news_at_first(new, at=NOW), since(new, looked_at=NOW - gap)
    assert first | later <= dates.keys()
    assert len(first) <= MOST_AT_FIRST
    stale = [k for k in later if dates[k] is not None and dates[k] <= NOW - 3 * DAY]
    assert len(stale) <= MOST_LATE
