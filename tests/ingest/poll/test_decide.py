"""When to look at a feed again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.feed import Feed, FeedHints
from bot.ingest.http.response import freshness, parse_retry_after
from bot.ingest.poll.decide import backoff, due_after_answer, hints_differ
from tests.ingest.conftest import NOW
from tests.ledger.feeds.test_health_and_stats import hints

HALF_HOUR = timedelta(minutes=30)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def due(*, hints=None, newest=None, now=NOW, chance=0.0, **feed) -> datetime:
    """When a feed with an interval of half an hour is due after an answer."""
    known = Feed(**{"id": 1, "url": "https://example.org/feed", "title": "", **feed})
    return due_after_answer(known, hints or FeedHints(), newest=newest, now=now, chance=chance)


def wait(**given) -> timedelta:
    return due(**given) - NOW


def test_without_wishes_the_admins_interval_counts():
    assert wait() == HALF_HOUR


def test_a_server_or_document_may_ask_for_longer_but_not_for_shorter():
    assert wait(hints=FeedHints(fresh_for=HOUR)) == HOUR
    assert wait(hints=FeedHints(every=2 * HOUR)) == 2 * HOUR
    assert wait(hints=FeedHints(fresh_for=3 * HOUR, every=2 * HOUR)) == 3 * HOUR
    assert wait(hints=FeedHints(fresh_for=timedelta(minutes=1))) == HALF_HOUR


def test_no_wish_is_followed_beyond_a_day():
    assert wait(hints=FeedHints(fresh_for=30 * DAY)) == DAY


def test_a_quiet_feed_is_looked_at_less_often_but_at_least_every_two_hours():
    assert wait(newest=NOW - HOUR) == HALF_HOUR
    assert wait(newest=NOW - DAY) == HOUR
    assert wait(newest=NOW - 30 * DAY) == 2 * HOUR
    assert wait(newest=NOW + HOUR) == HALF_HOUR


@pytest.mark.parametrize(
    ("gap", "expected"),
    [(HOUR, HALF_HOUR), (DAY, HOUR), (3 * DAY, 3 * HOUR), (7 * DAY, 4 * HOUR)],
)
def test_a_feed_that_publishes_seldom_is_looked_at_less_often(gap, expected):
    assert wait(hints=FeedHints(gap=gap)) == expected
    assert wait(hints=FeedHints(gap=gap), own_every=HALF_HOUR) == HALF_HOUR


spans = st.timedeltas(timedelta(0), timedelta(days=400))
intervals = st.timedeltas(timedelta(minutes=1), timedelta(days=10))


@given(every=intervals, gap=st.none() | spans, silence=st.none() | spans)
def test_a_rhythm_hastens_nothing_and_stretches_four_hours_at_most(every, gap, silence):
    newest = None if silence is None else NOW - silence

    moment = due(every=every, hints=FeedHints(gap=gap), newest=newest)

    assert every <= moment - NOW <= max(every, 4 * HOUR)
    if max(gap or timedelta(0), silence or timedelta(0)) <= 24 * every:
        assert moment - NOW == every


@given(every=intervals, gap=spans, more=spans)
def test_a_slower_rhythm_is_never_looked_at_sooner(every, gap, more):
    looks = [due(every=every, hints=FeedHints(gap=g)) for g in (gap, gap + more)]

    assert looks == sorted(looks)


@given(every=intervals, gap=spans, silence=spans, fresh=st.none() | spans)
def test_only_what_the_server_asks_stretches_an_interval_of_the_feeds_own(
    every, gap, silence, fresh
):
    hints = FeedHints(gap=gap, fresh_for=fresh)
    moment = due(every=every, own_every=every, hints=hints, newest=NOW - silence)

    assert moment - NOW == max(every, min(fresh or timedelta(0), DAY))


def test_an_interval_of_a_week_stays_a_week():
    assert wait(every=7 * DAY, hints=FeedHints(fresh_for=HOUR)) == 7 * DAY


@given(st.floats(0, 1))
def test_chance_adds_a_tenth_at_most_and_never_takes_away(chance):
    moment = due(every=HOUR, chance=chance)

    assert NOW + HOUR <= moment <= NOW + HOUR * 1.1


def test_hours_and_days_without_news_are_slept_through():
    hints = FeedHints(skip_hours=frozenset(range(12, 18)))
    assert wait(hints=hints) == timedelta(hours=6)

    monday = FeedHints(skip_days=frozenset({0}))
    assert NOW.weekday() == 0
    assert wait(hints=monday) == timedelta(hours=12)


@given(
    st.frozensets(st.integers(0, 23), max_size=23),
    st.frozensets(st.integers(0, 6), max_size=6),
    st.timedeltas(timedelta(0), timedelta(days=3000)).map(lambda offset: NOW + offset),
)
def test_what_is_asked_to_be_skipped_is_skipped_and_no_more(hours, days, now):
    hints = FeedHints(skip_hours=hours, skip_days=days)
    moment = due(now=now, hints=hints)

    assert not hints.skips(moment)
    assert now + HALF_HOUR <= moment <= now + HALF_HOUR + 7 * DAY
    hour = (now + HALF_HOUR).replace(minute=0, second=0, microsecond=0)
    while hour + HOUR <= moment:
        assert hints.skips(hour)
        hour += HOUR


def test_a_weekend_is_skipped_whole_and_all_do_not_come_at_its_end():
    friday = datetime(2026, 3, 6, 23, 50, tzinfo=UTC)
    weekend = FeedHints(skip_days=frozenset({5, 6}))

    def look(chance):
        return due(now=friday, chance=chance, hints=weekend)

    monday = datetime(2026, 3, 9, tzinfo=UTC)
    assert (look(0.0), look(1.0)) == (monday, monday + HALF_HOUR)


def test_hints_that_skip_everything_are_nonsense():
    always = FeedHints(skip_hours=frozenset(range(24)))
    assert wait(hints=always) == HALF_HOUR


def test_failures_back_off_to_a_day():
    waits = [backoff(every=HALF_HOUR, failures=n) / HOUR for n in range(1, 10)]

    assert waits == [0.5, 1, 2, 4, 8, 16, 24, 24, 24]


def test_a_thousand_failures_are_no_problem():
    assert backoff(every=7 * DAY, failures=1000) == 7 * DAY


def test_retry_after_counts_when_it_is_longer():
    def after(retry_after):
        return backoff(every=HALF_HOUR, failures=1, retry_after=retry_after)

    assert after(timedelta(days=3)) == timedelta(days=3)
    assert after(timedelta(seconds=5)) == HALF_HOUR


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("max-age=60", 60),
        ('public, max-age="60"', 60),
        ("Max-Age=60, must-revalidate", 60),
        ("max-age=60, no-cache", 0),
        ("no-store", 0),
        ("max-age=-1", None),
        ("max-age=soon", None),
        ("max-age", None),
        ("s-maxage=60", None),
        ("", None),
        (None, None),
        ("max-age=99999999999999999999", None),
        ("max-age=9999999999", 31 * 24 * 3600),
    ],
)
def test_max_age_is_read(header, seconds):
    expected = None if seconds is None else timedelta(seconds=seconds)

    headers = {} if header is None else {"cache-control": header}
    assert freshness(headers, now=NOW) == expected


def test_expires_counts_from_the_servers_own_clock():
    def fresh(**headers):
        return freshness({k.replace("_", "-"): v for k, v in headers.items()}, now=NOW)

    expires = "Mon, 02 Mar 2026 14:00:00 GMT"
    assert fresh(expires=expires) == 2 * HOUR
    assert fresh(expires=expires, date="Mon, 02 Mar 2026 13:30:00 GMT") == HALF_HOUR
    assert fresh(expires=expires, cache_control="max-age=60") == timedelta(minutes=1)
    assert fresh(expires=expires, date="Thu, 01 Jan 1970 00:00:00 GMT") == 2 * HOUR
    assert fresh(expires=expires, age="3600") == HOUR
    assert fresh(cache_control="max-age=60", age="9999") == timedelta(0)
    assert fresh(cache_control="max-age=60", age="soon") == timedelta(minutes=1)
    assert fresh(expires=expires, cache_control="no-cache") == timedelta(0)
    assert fresh(expires="0") == timedelta(0)
    assert fresh(expires="Mon, 02 Mar 2020 14:00:00 GMT") == timedelta(0)
    assert fresh() is None


def test_retry_after_as_a_date_counts_from_the_servers_own_clock():
    until = "Mon, 02 Mar 2026 14:00:00 GMT"
    assert parse_retry_after(until, now=NOW) == 2 * HOUR
    date = "Mon, 02 Mar 2026 13:30:00 GMT"
    assert parse_retry_after(until, now=NOW, date=date) == HALF_HOUR
    assert parse_retry_after(until, now=NOW, date="Thu, 01 Jan 1970 00:00:00 GMT") == 2 * HOUR


@given(hints, hints)
def test_hints_that_ask_for_something_else_differ(one: FeedHints, other: FeedHints) -> None:
    assert not hints_differ(one, one)
    assert hints_differ(one, other) == hints_differ(other, one)
    if one.every != other.every or one.skip_days != other.skip_days:
        assert hints_differ(one, other)


def test_a_freshness_that_counts_down_is_the_same_wish() -> None:
    fresh = [FeedHints(fresh_for=timedelta(minutes=n)) for n in (30, 29, 15, 14)]
    assert [hints_differ(fresh[0], one) for one in fresh] == [False, False, False, True]
    assert hints_differ(FeedHints(), fresh[0])


def test_a_rhythm_that_hardly_changes_is_the_same() -> None:
    usual = [FeedHints(gap=timedelta(hours=n)) for n in (24, 30, 48, 49)]
    assert [hints_differ(usual[0], one) for one in usual] == [False, False, False, True]
    assert hints_differ(FeedHints(), usual[0])
