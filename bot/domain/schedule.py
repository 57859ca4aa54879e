"""When a digest is due: local calendar rules, on values only.

A subscription names weekdays, a local time and an IANA time zone. The day is the reader's local
day, and it is also what makes a digest unique, so that clock changes can neither skip nor repeat
one:

* a local time that does not exist (clocks go forward) becomes the first instant after the gap;
* a local time that exists twice (clocks go back) is the first of the two;
* a day that the zone's calendar leaves out (Samoa had no 30 December 2011) has no occurrence.

In one sentence: an occurrence is the first instant at which the wall clock shows its day and time
or anything later. That makes occurrences of later days never earlier, in any zone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

# Two weeks and a day at either end: a weekly day that the calendar left out is a week further.
_DAYS_SEARCHED = 17


class Weekday(IntEnum):
    """Days by name; the values are those of `date.weekday()`, and are never shown to people."""

    MON = 0
    TUE = 1
    WED = 2
    THU = 3
    FRI = 4
    SAT = 5
    SUN = 6


WORKDAYS = frozenset({Weekday.MON, Weekday.TUE, Weekday.WED, Weekday.THU, Weekday.FRI})
EVERY_DAY = frozenset(Weekday)


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """Weekdays (at least one), a local wall time, naive by nature, and an IANA zone's name."""

    weekdays: frozenset[Weekday]
    at: time
    timezone: str

    @property
    def zone(self) -> ZoneInfo:
        """The time zone's rules; raises `ZoneInfoNotFoundError` for an unknown name."""
        return ZoneInfo(self.timezone)


@dataclass(frozen=True, kw_only=True, slots=True)
class Occurrence:
    """One due moment of a schedule: the reader's local day, and the instant in UTC."""

    day: date
    instant: datetime


def instant_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which the wall clock of `zone` first shows `at` on `day`, or later.

    In a gap this is the first instant after it (which may be on the next day, where the gap spans
    midnight); where the time comes twice it is the first of the two (PEP 495, fold=0).

    >>> new_york = ZoneInfo("America/New_York")
    >>> instant_of(date(2026, 3, 8), time(2, 30), new_york).isoformat()  # 02:00 became 03:00
    '2026-03-08T07:00:00+00:00'
    >>> instant_of(date(2026, 11, 1), time(1, 30), new_york).isoformat()  # 02:00 became 01:00
    '2026-11-01T05:30:00+00:00'
    >>> instant_of(date(2026, 3, 9), time(0, 0), new_york).isoformat()  # an ordinary day
    '2026-03-09T04:00:00+00:00'
    """
    wall = datetime.combine(day, at.replace(tzinfo=None))
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first <= second:  # an ordinary time, or the first of two
        return first
    # A time that never was: PEP 495 reads it after the gap with fold=0, before it with fold=1.
    low, high = second, first
    while high - low > timedelta(seconds=1):  # clocks change at whole seconds
        middle = low + (high - low) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def latest_occurrence(schedule: Schedule, *, now: datetime) -> Occurrence | None:
    """The newest occurrence at or before `now`; None when the schedule names no weekday.

    >>> friday = Schedule(weekdays=frozenset({Weekday.FRI}), at=time(9), timezone="Asia/Seoul")
    >>> latest_occurrence(friday, now=datetime(2019, 2, 28, 12, tzinfo=UTC)).day.isoformat()
    '2019-02-22'
    """
    return next((o for o in _occurrences(schedule, now, step=-1) if o.instant <= now), None)


def next_occurrence(schedule: Schedule, *, now: datetime) -> Occurrence | None:
    """The first occurrence after `now`; None when the schedule names no weekday.

    >>> friday = Schedule(weekdays=frozenset({Weekday.FRI}), at=time(9), timezone="Asia/Seoul")
    >>> next_occurrence(friday, now=datetime(2019, 2, 28, 12, tzinfo=UTC)).instant.isoformat()
    '2019-03-01T00:00:00+00:00'
    """
    return next((o for o in _occurrences(schedule, now, step=1) if o.instant > now), None)


def _occurrences(schedule: Schedule, now: datetime, *, step: int) -> Iterator[Occurrence]:
    """The occurrences on the days around `now`, a day further by `step` each time.

    They begin a day earlier than today, seen in that direction: clocks that go back over midnight
    make a day begin, end, and begin again.
    """
    zone = schedule.zone
    today = now.astimezone(zone).date()
    for n in range(-1, _DAYS_SEARCHED - 1):
        day = today + timedelta(days=step * n)
        if day.weekday() in schedule.weekdays and exists(day, zone):
            yield Occurrence(day=day, instant=instant_of(day, schedule.at, zone))


def exists(day: date, zone: ZoneInfo) -> bool:
    """Whether the calendar of `zone` has that day.

    >>> exists(date(2011, 12, 30), ZoneInfo("Pacific/Apia"))
    False
    """
    return instant_of(day, time(0), zone).astimezone(zone).date() == day
