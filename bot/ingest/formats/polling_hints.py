"""The polling hints of a document: ttl, sy:updatePeriod, skipHours, skipDays.

Sources: RSS 2.0 specification (ttl, skipHours, skipDays; hours in GMT), RSS 1.0 syndication
module (updatePeriod, updateFrequency).
"""

import re
from datetime import timedelta
from typing import Final

from bot.domain.feed import LONGEST_WAIT, FeedHints

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


def read_hints(
    *, ttl: str | None, period: str | None, frequency: str | None, body: bytes
) -> FeedHints:
    """The polling hints of an XML document; what is not understood is left out.

    Where hours or days are skipped altogether the lists are nonsense and left out too.
    """
    waits = []
    if re.fullmatch(r"[1-9][0-9]{0,5}", ttl := (ttl or "").strip()):
        waits.append(timedelta(minutes=int(ttl)))
    if length := _PERIODS.get((period or "").strip().lower()):
        times = (frequency or "1").strip()
        is_number = re.fullmatch(r"[1-9][0-9]{0,3}", times)
        waits.append(length / int(times) if is_number else length)
    head = body[:_HEAD_BYTES]
    hours = frozenset(
        int(h) % _HOURS for h in _inside(head, _SKIP_HOURS, _HOUR) if int(h) <= _HOURS
    )
    names = (name.decode().lower() for name in _inside(head, _SKIP_DAYS, _DAY))
    days = frozenset(_DAYS.index(name) for name in names if name in _DAYS)
    return FeedHints(
        every=min(max(waits), LONGEST_WAIT) if waits else None,
        skip_hours=hours if len(hours) < _HOURS else frozenset(),
        skip_days=days if len(days) < len(_DAYS) else frozenset(),
    )


def _inside(head: bytes, outer: re.Pattern[bytes], inner: re.Pattern[bytes]) -> list[bytes]:
    found = outer.search(head)
    return inner.findall(found[1]) if found else []
