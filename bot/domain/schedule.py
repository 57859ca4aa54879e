"""When a digest is due: local calendar rules, on values only.

A subscription names weekdays, a local time and an IANA time zone. The day is the reader's local
day, and it is also what makes a digest unique, so that clock changes can neither skip nor repeat
one:

* a local time that does not exist (clocks go forward) becomes the first instant after the gap;
* a local time that exists twice (clocks go back) is the first of the two.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo


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
    """Weekdays and a local time in a zone.

    Attributes:
        weekdays: At least one.
        at: Local wall time, naive by nature.
        timezone: IANA name such as `Asia/Seoul`.
    """

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
    """The instant, in UTC, at which the wall clock of `zone` first shows `at` or later on `day`.

    In a gap this is the first instant after it; where the time comes twice it is the first.

    >>> instant_of(date(2026, 3, 8), time(2, 30), ZoneInfo("America/New_York")).isoformat()
    '2026-03-08T07:00:00+00:00'
    """
    local = datetime.combine(day, at, tzinfo=zone)
    before, after = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    assert before is not None  # noqa: S101 - a ZoneInfo always has an offset
    assert after is not None  # noqa: S101
    if after <= before:  # an ordinary time, or the first of two
        return local.replace(fold=0).astimezone(UTC)
    return _end_of_gap(local, zone)


def _end_of_gap(local: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after the gap that `local` (a time that never was) lies in.

    With fold=0 a time in a gap is read with the offset before it, so it lands after the change;
    with fold=1 with the offset after it, so it lands before. The change is between the two.
    """
    low = local.replace(fold=1).astimezone(UTC)
    high = local.replace(fold=0).astimezone(UTC)
    new_offset = high.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == new_offset:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)


def latest_occurrence(schedule: Schedule, *, now: datetime) -> Occurrence | None:
    """The newest occurrence at or before `now`; None when the schedule names no weekday.

    Looks back eight local days, which always holds each weekday at least once.
    """
    zone = schedule.zone
    today = now.astimezone(zone).date()
    return next(
        (
            o
            for o in _occurrences(schedule, (today - timedelta(days=n) for n in range(9)))
            if o.instant <= now
        ),
        None,
    )


def next_occurrence(schedule: Schedule, *, now: datetime) -> Occurrence | None:
    """The first occurrence after `now`; None when the schedule names no weekday."""
    zone = schedule.zone
    today = now.astimezone(zone).date()
    return next(
        (
            o
            for o in _occurrences(schedule, (today + timedelta(days=n) for n in range(9)))
            if o.instant > now
        ),
        None,
    )


def _occurrences(schedule: Schedule, days: Iterable[date]) -> Iterable[Occurrence]:
    for day in days:
        if day.weekday() in schedule.weekdays and _exists(day, schedule.zone):
            yield Occurrence(day=day, instant=instant_of(day, schedule.at, schedule.zone))


def _exists(day: date, zone: ZoneInfo) -> bool:
    """Whether the calendar of `zone` has that day (Samoa had no 30 December 2011)."""
    return instant_of(day, time(0), zone).astimezone(zone).date() == day
