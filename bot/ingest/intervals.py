"""Intervals as people write them: `30m`, `2h`, `1d`."""

import re
from datetime import timedelta

_PATTERN = re.compile(r"([0-9]{1,20}) ?([mhdw])")
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_MOST = 1_000_000
"""Of a unit; more is taken for so many, which is still too long."""
SHORTEST = timedelta(minutes=5)
"""The shortest interval a list may ask for; see docs/decisions.md on manners toward publishers."""
LONGEST = timedelta(days=7)


def parse_interval(text: str) -> timedelta | None:
    """The interval that `text` names; None when it names none.

    >>> parse_interval("90m")
    datetime.timedelta(seconds=5400)
    """
    match = _PATTERN.fullmatch(text.strip().lower())
    return min(int(match[1]), _MOST) * _UNITS[match[2]] if match else None


def format_interval(interval: timedelta) -> str:
    """The interval in the largest unit that divides it: the inverse of `parse_interval`.

    >>> format_interval(timedelta(minutes=90)), format_interval(timedelta(hours=2))
    ('90m', '2h')
    """
    for name in ("d", "h"):
        if interval % _UNITS[name] == timedelta(0):
            return f"{interval // _UNITS[name]}{name}"
    return f"{interval // _UNITS['m']}m"
