"""A second, slow way to read a zone's clock, for checking the quick one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

STEP = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A time without a clock change: UTC bounds (end excluded) and the offset throughout."""

    start: datetime
    end: datetime
    offset: timedelta

    def first_at_or_after(self, wall: datetime) -> datetime | None:
        """The first instant of it at which the clock shows `wall` or later; None without."""
        moment = max(self.start, (wall - self.offset).replace(tzinfo=UTC))
        return moment if moment < self.end else None


def offset_at(moment: datetime, zone: ZoneInfo) -> timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def stretches(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Stretch]:
    """What lies between `start` and `end`, found by walking in small steps."""
    began, offset, moment = start, offset_at(start, zone), start
    while moment < end:
        later = min(moment + STEP, end)
        if offset_at(later, zone) != offset:
            change = _change(zone, moment, later, offset)
            yield Stretch(start=began, end=change, offset=offset)
            began, offset = change, offset_at(change, zone)
            later = change
        moment = later
    yield Stretch(start=began, end=end, offset=offset)


def _change(zone: ZoneInfo, low: datetime, high: datetime, before: timedelta) -> datetime:
    """The first whole second after `low` that has another offset."""
    seconds = int((high - low).total_seconds())
    left, right = 0, seconds
    while right - left > 1:
        middle = (left + right) // 2
        if offset_at(low + timedelta(seconds=middle), zone) == before:
            left = middle
        else:
            right = middle
    return low + timedelta(seconds=right)


def changes(zone: ZoneInfo, start: datetime, end: datetime) -> list[datetime]:
    """The instants between the two at which the clock is moved; walks by days first."""
    found, moment = [], start
    while moment < end:
        later = min(moment + timedelta(days=1), end)
        if offset_at(moment, zone) != offset_at(later, zone):
            found += [s.end for s in stretches(zone, moment, later)][:-1]
        moment = later
    return found


def local_days(zone: ZoneInfo, start: datetime, end: datetime) -> list[date]:
    """The days that the clock shows between the two, in order, each once."""
    days: set[date] = set()
    for stretch in stretches(zone, start, end):
        first = (stretch.start + stretch.offset).date()
        last = (stretch.end + stretch.offset - timedelta(microseconds=1)).date()
        days |= {first + timedelta(days=n) for n in range((last - first).days + 1)}
    return sorted(days)
