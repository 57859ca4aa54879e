"""The health of feeds, and which of them need a decision this week."""

import doctest
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.briefing import feed_week as module
from bot.briefing.feed_health import by_need, feed_counts, health_of_feed, state_of
from bot.briefing.feed_week import Need, feed_week, shares
from bot.briefing.parts import FeedCounts, FeedState
from bot.domain.feed import FeedFigures
from bot.domain.rhythm import Rhythm
from tests.briefing.builders import DAY, NOW, feed

HOURLY = Rhythm(gap=timedelta(hours=1), longest=timedelta(hours=60))


def figures(id_: int = 1, **changes: Any) -> FeedFigures:
    names = set(FeedFigures.__dataclass_fields__)
    own = {name: changes.pop(name) for name in list(changes) if name in names}
    values: dict[str, Any] = {"rhythm": HOURLY, "items": 40, "matches": 4}
    return FeedFigures(feed=feed(id_, **changes), **{**values, **own})


CASES = [
    (
        figures(),
        FeedState.WELL,
        "newest item 5 hours ago (usually every hour); checked 12 minutes ago",
    ),
    (figures(enabled=False), FeedState.PAUSED, "paused"),
    (
        figures(enabled=False, failures=1, error="it is gone (410)"),
        FeedState.PAUSED,
        "paused; the last check failed, last read 12 minutes ago: it is gone (410)",
    ),
    (figures(checked_at=None, succeeded_at=None), FeedState.NEW, "not fetched yet"),
    (
        figures(failures=1, error="HTTP 503"),
        FeedState.WELL,
        (
            "newest item 5 hours ago (usually every hour); "
            "the last check failed, last read 12 minutes ago: HTTP 503"
        ),
    ),
    (
        figures(failures=2, succeeded_at=None, newest_at=None, error="not a feed"),
        FeedState.FAILING,
        "2 failures in a row, never read: not a feed",
    ),
    (
        figures(failures=3, error="no answer"),
        FeedState.FAILING,
        "3 failures in a row, last read 12 minutes ago: no answer",
    ),
    (
        figures(failures=1, succeeded_at=NOW - 25 * timedelta(hours=1)),
        FeedState.FAILING,
        "the last check failed, last read 1 day ago: no reason known",
    ),
    (
        figures(newest_at=NOW - 8 * DAY),
        FeedState.SILENT,
        "nothing new for 8 days (usually every hour); checked 12 minutes ago",
    ),
    (
        figures(newest_at=NOW - 8 * DAY, rhythm=None),
        FeedState.WELL,
        "newest item 8 days ago; checked 12 minutes ago",
    ),
    (figures(newest_at=None), FeedState.SILENT, "has never had an item; checked 12 minutes ago"),
    (
        figures(failed_at=NOW - 3 * DAY, last_error="HTTP 503"),
        FeedState.WELL,
        (
            "newest item 5 hours ago (usually every hour); checked 12 minutes ago; "
            "last failed 3 days ago: HTTP 503"
        ),
    ),
    (
        figures(failed_at=NOW - 30 * DAY, last_error="HTTP 503"),
        FeedState.WELL,
        "newest item 5 hours ago (usually every hour); checked 12 minutes ago",
    ),
    (
        figures(newest_at=None, listed_at=NOW - 6 * DAY),
        FeedState.WELL,
        "has never had an item; checked 12 minutes ago",
    ),
]


@pytest.mark.parametrize(("one", "state", "said"), CASES)
def test_each_state_has_its_words(one: FeedFigures, state: FeedState, said: str) -> None:
    health = health_of_feed(one, now=NOW)
    assert (health.state, health.sentence) == (state, said)


def test_an_error_is_one_short_line() -> None:
    said = health_of_feed(figures(failures=3, error="bad\n\x1b[31m" + "x" * 500), now=NOW).sentence
    assert "\x1b" not in said
    assert "\n" not in said
    assert len(said) < 250


def test_paused_feeds_count_neither_as_feeds_nor_as_failing() -> None:
    feeds = [feed(), feed(failures=5), feed(enabled=False, failures=5), feed(checked_at=None)]
    assert feed_counts(feeds, now=NOW) == FeedCounts(total=3, failing=1)


def test_what_is_counted_is_given_a_week_and_as_a_share() -> None:
    health = health_of_feed(figures(items=6, matches=2, judged=8, rejected=2), now=NOW)
    assert (health.items_a_week, health.matches_a_week) == (1.5, 0.5)
    assert health.rejected_share == 0.25


@pytest.mark.parametrize(
    ("listed", "oldest", "weeks"),
    [
        (timedelta(hours=1), None, 1),
        (timedelta(hours=1), timedelta(hours=3), 1),
        (timedelta(hours=1), timedelta(days=14), 2),
        (timedelta(hours=1), timedelta(days=900), 4),
        (timedelta(days=21), timedelta(days=10), 3),
        (timedelta(days=21), None, 3),
        (timedelta(days=400), timedelta(days=1), 4),
        (None, timedelta(days=1), 4),
    ],
)
def test_rates_are_of_the_time_that_is_known(
    listed: timedelta | None, oldest: timedelta | None, weeks: int
) -> None:
    one = figures(
        items=42,
        listed_at=None if listed is None else NOW - listed,
        oldest_at=None if oldest is None else NOW - oldest,
    )
    health = health_of_feed(one, now=NOW)
    assert (health.weeks, health.items_a_week) == (weeks, 42 / weeks)


def test_what_nobody_judged_has_no_share() -> None:
    assert health_of_feed(figures(), now=NOW).rejected_share is None


def test_those_in_need_come_first_and_the_rest_keeps_its_order() -> None:
    some = [figures(1), figures(2, newest_at=None), figures(3), figures(4, failures=3)]
    some.append(figures(5, enabled=False, gone=True))
    ordered = by_need(health_of_feed(one, now=NOW) for one in some)
    assert [health.feed.id for health in ordered] == [4, 5, 2, 1, 3]


def week(*some: FeedFigures) -> dict[Need, list[int]]:
    found = feed_week([health_of_feed(one, now=NOW) for one in some], now=NOW)
    assert found.total == len(some)
    return {need: [health.feed.id for health in feeds] for need, feeds in found.feeds}


ORDINARY = [figures(n, items=40, matches=4) for n in range(100, 106)]


def test_feeds_that_fare_well_need_nothing() -> None:
    assert week(*ORDINARY) == {}


def test_the_dead_the_silent_the_noisy_and_the_useless_are_told_apart() -> None:
    found = week(
        *ORDINARY,
        figures(1, failures=9, succeeded_at=NOW - 8 * DAY),
        figures(11, failures=9, succeeded_at=None, listed_at=NOW - 6 * DAY),
        figures(12, failures=9, succeeded_at=NOW - 90 * DAY, listed_at=NOW - 6 * DAY),
        figures(13, failures=0, newest_at=None, listed_at=NOW - 6 * DAY),
        figures(2, failures=9, succeeded_at=None),
        figures(3, enabled=False, gone=True),
        figures(4, newest_at=NOW - 90 * DAY, items=0, matches=0),
        figures(5, items=800, matches=3),
        figures(6, items=12, matches=0),
    )
    assert found == {
        Need.DEAD: [1, 2, 3],
        Need.SILENT: [4],
        Need.NOISY: [5],
        Need.USELESS: [6],
    }


def test_what_people_reject_again_and_again_is_of_no_use() -> None:
    rejected = figures(6, items=40, matches=20, judged=10, rejected=8)
    assert week(*ORDINARY, rejected) == {Need.USELESS: [6]}
    for less in ({"rejected": 7}, {"judged": 4, "rejected": 4}):
        kept = figures(6, **{"items": 40, "matches": 20, "judged": 10, "rejected": 8, **less})
        assert week(*ORDINARY, kept) == {}


@pytest.mark.parametrize(
    "one",
    [
        figures(1, failures=9, succeeded_at=NOW - 6 * DAY),
        figures(1, enabled=False),
        figures(1, items=800, matches=80),
        figures(1, items=190, matches=0, listed_at=NOW - 27 * DAY),
        figures(1, items=3, matches=0),
        figures(1, checked_at=None, succeeded_at=None, items=0),
    ],
)
def test_what_is_too_early_or_not_enough_is_not_told(one: FeedFigures) -> None:
    assert week(*ORDINARY, one) == {}


def test_among_few_feeds_none_is_called_noisy() -> None:
    assert week(*ORDINARY[:3], figures(1, items=800, matches=3)) == {}


@given(st.lists(st.integers(0, 30), max_size=6), st.integers(0, 40))
def test_lines_are_shared_fairly_and_none_is_wasted(wanted: list[int], room: int) -> None:
    given_ = shares(wanted, room)
    assert sum(given_) == min(room, sum(wanted))
    assert all(has <= wants for has, wants in zip(given_, wanted, strict=True))
    short = [has for has, wants in zip(given_, wanted, strict=True) if has < wants]
    assert not short or max(given_) - min(short) <= 1


def test_the_examples_hold() -> None:
    assert doctest.testmod(module).failed == 0


@given(
    st.builds(
        figures,
        failures=st.integers(0, 9),
        enabled=st.booleans(),
        checked_at=st.none() | st.just(NOW),
        succeeded_at=st.none() | st.just(NOW - DAY),
        newest_at=st.none() | st.timedeltas(timedelta(0), 400 * DAY).map(lambda ago: NOW - ago),
        rhythm=st.none() | st.just(HOURLY),
    )
)
def test_every_feed_has_a_state_and_a_sentence(one: FeedFigures) -> None:
    health = health_of_feed(one, now=NOW)
    assert health.state is state_of(one, now=NOW)
    assert health.sentence
    assert not health.sentence.endswith((".", ";", " "))
