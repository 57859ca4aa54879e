"""What a document says about when to look again: ttl, sy:updatePeriod, skipHours, skipDays.

Sources: RSS 2.0 specification (ttl, skipHours, skipDays; hours in GMT), RSS 1.0 syndication
module (updatePeriod, updateFrequency).
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_PERIODS: Final = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS: Final = 24  # some write 24 for midnight
_HEAD_BYTES: Final = 64 * 1024
_SKIP_HOURS = re.compile(rb"<skipHours\b[^>]{0,100}>([^$]{0,4000}?)</skipHours", re.IGNORECASE)
_SKIP_DAYS = re.compile(rb"<skipDays\b[^>]{0,100}>([^$]{0,4000}?)</skipDays", re.IGNORECASE)
_HOUR = re.compile(rb"<hour>\s{0,20}([0-9]{1,2})\s{0,20}</hour>", re.IGNORECASE)
_DAY = re.compile(rb"<day>\s{0,20}([A-Za-z]{6,9})\s{0,20}</day>", re.IGNORECASE)
LONGEST: Final = timedelta(days=1)
"""A document's wish is followed up to a day; news that came meanwhile would be missed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hints:
    """Wishes of a document.

    Attributes:
        every: Not more often than this, at most a day; None when it does not say.
        skip_hours: Hours of the day in UTC (0 to 23) at which nothing new comes.
        skip_days: Days of the week (Monday is 0) on which nothing new comes.
    """

    every: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()

    def skips(self, moment: datetime) -> bool:
        """Whether nothing new is to be expected at `moment` (UTC)."""
        return moment.hour in self.skip_hours or moment.weekday() in self.skip_days


def read_hints(*, ttl: str | None, period: str | None, frequency: str | None, body: bytes) -> Hints:
    """The hints of an XML document; whatever is not understood is left out.

    Where hours or days are skipped altogether the lists are nonsense and left out too.
    """
    waits = [workspace for workspace in (_ttl(ttl), _period(period, frequency)) if workspace]
    head = body[:_HEAD_BYTES]
    hours = frozenset(
        int(h) % _HOURS for h in _inside(head, _SKIP_HOURS, _HOUR) if int(h) <= _HOURS
    )
    names = (name.decode().lower() for name in _inside(head, _SKIP_DAYS, _DAY))
    days = frozenset(_DAYS.index(name) for name in names if name in _DAYS)
    return Hints(
        every=min(max(waits), LONGEST) if waits else None,
        skip_hours=hours if len(hours) < _HOURS else frozenset(),
        skip_days=days if len(days) < len(_DAYS) else frozenset(),
    )


def _inside(head: bytes, outer: re.Pattern[bytes], inner: re.Pattern[bytes]) -> list[bytes]:
    found = outer.search(head)
    return inner.findall(found[1]) if found else []


def _ttl(text: str | None) -> timedelta | None:
    """Minutes."""
    text = (text or "").strip()
    return timedelta(minutes=int(text)) if re.fullmatch(r"[1-9][0-9]{0,5}", text) else None


def _period(period: str | None, frequency: str | None) -> timedelta | None:
    length = _PERIODS.get((period or "").strip().lower())
    if length is None:
        return None
    times = (frequency or "1").strip()
    return length / int(times) if re.fullmatch(r"[1-9][0-9]{0,3}", times) else length
