"""Local calendar rules, at single well-known changes of clocks and for any zone and time."""

import doctest
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import schedule as module
from bot.domain.schedule import (
    EVERY_DAY,
    Occurrence,
    Schedule,
    Weekday,
    exists,
    instant_of,
    latest_occurrence,
    next_occurrence,
)
from tests.domain.clocks import local_days, stretches

ZONES = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
DAYS = st.dates(min_value=date(1972, 1, 5), max_value=date(2037, 12, 20))
TIMES = st.times().filter(lambda t: t.tzinfo is None)
INSTANTS = st.datetimes(
    min_value=datetime(1972, 2, 1, tzinfo=UTC).replace(tzinfo=None),
    max_value=datetime(2037, 12, 1, tzinfo=UTC).replace(tzinfo=None),
    timezones=st.just(UTC),
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def daily(zone: str, at: time) -> Schedule:
    return Schedule(weekdays=EVERY_DAY, at=at, timezone=zone)


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(module).failed == 0
    assert doctest.testmod(module).attempted >= 5


@pytest.mark.parametrize(
    ("zone", "day", "at", "instant"),
    [
        # The night itself is left out: first valid instant after.
        ("America/New_York", date(2026, 3, 8), time(2, 0), "2026-03-08T07:00"),
        ("America/New_York", date(2026, 3, 8), time(2, 59, 59), "2026-03-08T07:00"),
        ("America/Santiago", date(2026, 9, 6), time(0, 0), "2026-09-06T04:00"),
        ("Africa/Cairo", date(2026, 4, 24), time(0, 0), "2026-04-23T22:00"),
        # Half an hour only.
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "2026-10-03T15:30"),
        # A gap that spans midnight: what never came on the 30th is made up for on the 31st.
        ("America/Nuuk", date(2024, 3, 30), time(23, 30), "2024-03-31T01:00"),
        # Twice: the first.
        ("America/New_York", date(2026, 11, 1), time(1, 30), "2026-11-01T05:30"),
        ("Europe/Paris", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30"),
        ("America/Santiago", date(2026, 4, 4), time(23, 30), "2026-04-05T02:30"),
        # The day after a change, which cron triggers have been seen to miss.
        ("America/New_York", date(2026, 3, 9), time(0, 0), "2026-03-09T04:00"),
        ("Europe/Paris", date(2026, 3, 30), time(0, 0), "2026-03-29T22:00"),
        ("Australia/Sydney", date(2026, 10, 5), time(0, 0), "2026-10-04T13:00"),
        # No change at all.
        ("Asia/Seoul", date(2019, 2, 28), time(8, 0), "2019-02-27T23:00"),
        ("Asia/Kathmandu", date(2026, 6, 1), time(8, 0), "2026-06-01T02:15"),
    ],
)
def test_the_instant_of_a_local_time(zone, day, at, instant):
    assert instant_of(day, at, ZoneInfo(zone)) == utc(instant)


@given(zone=ZONES, day=DAYS, at=TIMES)
def test_an_occurrence_is_the_first_instant_at_which_the_clock_shows_its_time_or_later(
    zone, day, at
):
    wall = datetime.combine(day, at)
    around = datetime.combine(day, time(0), tzinfo=UTC)
    pieces = stretches(zone, around - timedelta(days=2), around + timedelta(days=4))
    moments = [piece.first_at_or_after(wall) for piece in pieces]
    assert instant_of(day, at, zone) == min(m for m in moments if m is not None)


@given(zone=ZONES, day=DAYS)
def test_a_day_exists_when_the_clock_ever_shows_it(zone, day):
    around = datetime.combine(day, time(0), tzinfo=UTC)
    shown = local_days(zone, around - timedelta(days=2), around + timedelta(days=3))
    assert exists(day, zone) == (day in shown)


@given(zone=ZONES, day=DAYS, at=TIMES)
def test_a_later_day_never_comes_earlier(zone, day, at):
    instants = [instant_of(day + timedelta(days=n), at, zone) for n in range(4)]
    assert instants == sorted(instants)


@given(
    zone=ZONES,
    now=INSTANTS,
    at=TIMES,
    weekdays=st.frozensets(st.sampled_from(sorted(Weekday)), min_size=1),
)
def test_now_lies_between_the_latest_and_the_next_occurrence_and_none_is_between_them(
    zone, now, at, weekdays
):
    schedule = Schedule(weekdays=weekdays, at=at, timezone=zone.key)
    latest, following = latest_occurrence(schedule, now=now), next_occurrence(schedule, now=now)
    assert latest is not None
    assert following is not None
    assert latest.instant <= now < following.instant
    between = [
        day
        for n in range(1, (following.day - latest.day).days)
        if (day := latest.day + timedelta(days=n)).weekday() in weekdays and exists(day, zone)
    ]
    assert between == []


@given(zone=ZONES, now=INSTANTS, at=TIMES)
def test_each_side_of_an_occurrence_sees_it_from_its_side(zone, now, at):
    schedule = daily(zone.key, at)
    following = next_occurrence(schedule, now=now)
    assert following is not None
    assert latest_occurrence(schedule, now=following.instant) == following
    just_before = following.instant - timedelta(microseconds=1)
    assert next_occurrence(schedule, now=just_before) == following
    after = next_occurrence(schedule, now=following.instant)
    assert after is not None
    assert after.day > following.day


def test_a_schedule_without_weekdays_never_occurs():
    never = Schedule(weekdays=frozenset(), at=time(8), timezone="UTC")
    now = utc("2026-06-01T12:00")
    assert latest_occurrence(never, now=now) is None
    assert next_occurrence(never, now=now) is None


def test_a_weekly_day_that_the_calendar_left_out_is_passed_over():
    friday = Schedule(
        weekdays=frozenset({Weekday.FRI}), at=time(9), timezone="Pacific/Apia"
    )  # Friday 30 December 2011 never was
    now = utc("2012-01-05T12:00")
    assert latest_occurrence(friday, now=now) == Occurrence(
        day=date(2011, 12, 23), instant=utc("2011-12-23T19:00")
    )
    upcoming = next_occurrence(friday, now=utc("2011-12-24T12:00"))
    assert upcoming is not None
    assert upcoming.day == date(2012, 1, 6)


def test_a_day_that_ends_and_begins_again_has_one_occurrence():
    # St. John's went back at one minute past midnight: 7 November 2010 began, broke off, and
    # began again an hour later.
    midnight = daily("America/St_Johns", time(0))
    began = instant_of(date(2010, 11, 7), time(0), midnight.zone)
    ticks = [began + timedelta(minutes=n) for n in range(-5, 90)]
    days = [o.day for now in ticks if (o := latest_occurrence(midnight, now=now)) is not None]
    assert [b for a, b in pairwise(days) if a != b] == [date(2010, 11, 7)]
