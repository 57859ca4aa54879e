"""Every zone there is, through whole years: one occurrence for each local day that exists."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from bot.domain.schedule import EVERY_DAY, Schedule, latest_occurrence, next_occurrence
from tests.domain.clocks import changes, local_days

ZONES = sorted(available_timezones())
QUICK_YEARS = (2011, 2026)  # Samoa leaves out a day; the present rules
SLOW_YEARS = (1995, 2010, 2024)
AWKWARD_TIMES = (time(0), time(0, 30), time(1, 59), time(2, 30), time(8), time(23, 30))


def in_slow_runs(years: tuple[int, ...]) -> list[object]:
    return [pytest.param(year, marks=pytest.mark.slow) for year in years]


def year_of(year: int) -> tuple[datetime, datetime]:
    return datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("year", [*QUICK_YEARS, *in_slow_runs(SLOW_YEARS)])
def test_from_one_occurrence_to_the_next_no_day_is_left_out_or_repeated(year):
    start, end = year_of(year)
    for n, name in enumerate(ZONES):
        schedule = Schedule(
            weekdays=EVERY_DAY, at=AWKWARD_TIMES[n % len(AWKWARD_TIMES)], timezone=name
        )
        days, now = [], start
        while (upcoming := next_occurrence(schedule, now=now)) and upcoming.instant < end:
            assert upcoming.instant > now, name
            days.append(upcoming.day)
            now = upcoming.instant
        existing = [d for d in local_days_of_year(schedule.zone, year) if days[0] <= d <= days[-1]]
        assert days == existing, name
        assert len(days) >= 363, name


@pytest.mark.parametrize("year", [*QUICK_YEARS, *in_slow_runs(SLOW_YEARS)])
def test_ticks_through_every_change_of_clocks_see_each_local_day_once_and_in_order(year):
    start, end = year_of(year)
    seen_changes = 0
    for n, name in enumerate(ZONES):
        zone = ZoneInfo(name)
        at = AWKWARD_TIMES[n % len(AWKWARD_TIMES)]
        schedule = Schedule(weekdays=EVERY_DAY, at=at, timezone=name)
        for change in changes(zone, start, end):
            seen_changes += 1
            days = ticked_days(schedule, change - timedelta(days=1), change + timedelta(days=2))
            assert days == sorted(set(days)), (name, change)
            shown = local_days(zone, change - timedelta(days=2), change + timedelta(days=2))
            assert days == [d for d in shown if days[0] <= d <= days[-1]], (name, change)
    assert seen_changes > 100


def ticked_days(schedule: Schedule, start: datetime, end: datetime) -> list[object]:
    """The days of the latest occurrence, tick by tick, without repetition of the same one."""
    step = timedelta(minutes=20)
    ticks = [start + n * step for n in range((end - start) // step)]
    days = [o.day for now in ticks if (o := latest_occurrence(schedule, now=now)) is not None]
    return [days[0], *(b for a, b in pairwise(days) if a != b)]


def local_days_of_year(zone: ZoneInfo, year: int) -> list[object]:
    """All days of a year but those that a change of clocks left out."""
    start, end = year_of(year)
    every = [start.date() + timedelta(days=n - 2) for n in range(370)]
    left_out = set()
    for change in changes(zone, start - timedelta(days=3), end + timedelta(days=3)):
        first, last = change - timedelta(days=2), change + timedelta(days=2)
        around = local_days(zone, first, last)
        span = [around[0] + timedelta(days=n) for n in range((around[-1] - around[0]).days + 1)]
        left_out |= set(span) - set(around)
    return [day for day in every if day not in left_out]
