"""What OPML has no place for, in attributes of our own: weight, interval, and whether it is paused.

OPML 2.0 allows attributes of a namespace (https://opml.org/spec2.opml, "Extending OPML"); other
feed readers pass them over. They are read by their usual prefix, as expat gives it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from xml.sax.saxutils import quoteattr

from bot.domain.feed import Feed, FeedList, FeedSpec
from bot.ingest.intervals import LONGEST, SHORTEST, format_interval, parse_interval

NAMESPACE: Final = 'xmlns:briefing="urn:summit-briefing-bot:opml"'
"""Declares the prefix; for the outermost element."""
_WEIGHT, _EVERY, _ENABLED = "briefing:weight", "briefing:every", "briefing:enabled"
_USUAL_EVERY: Final = FeedList().every
_HEAVIEST: Final = 10
_TRUTHS: Final = {"true": True, "false": False}


@dataclass(frozen=True, kw_only=True, slots=True)
class Own:
    """What an outline says in our own attributes; the usual where it says nothing."""

    weight: float = 1.0
    every: timedelta | None = None
    enabled: bool = True


def read_own(values: Mapping[str, str]) -> Own | tuple[str, str]:
    """Our attributes of an outline, by bounds as in feeds.yaml; else what is wrong, and its mend.

    Args:
        values: All its attributes, names in lower case.
    """
    weight = _number(values.get(_WEIGHT, "1"))
    if weight is None or not 0 < weight <= _HEAVIEST:
        return f"its {_WEIGHT} is no weight", "write a number more than 0 and at most 10"
    every = parse_interval(values[_EVERY]) if _EVERY in values else None
    if _EVERY in values and (every is None or not SHORTEST <= every <= LONGEST):
        between = f"{format_interval(SHORTEST)} and {format_interval(LONGEST)}"
        return f"its {_EVERY} is no interval", f"write one between {between}, such as 1h"
    enabled = _TRUTHS.get(values.get(_ENABLED, "true").strip().lower())
    if enabled is None:
        return f"its {_ENABLED} is neither true nor false", "write one of them"
    return Own(weight=weight, every=every, enabled=enabled)


def own_attributes(feed: FeedSpec | Feed) -> str:
    """Our attributes of a feed, each after a blank; those that would say the usual are left out."""
    values = (
        (_WEIGHT, f"{feed.weight!r}" if feed.weight != 1 else None),
        (_EVERY, format_interval(feed.every) if feed.every and _tells_every(feed) else None),
        (_ENABLED, None if feed.enabled else "false"),
    )
    return "".join(f" {name}={quoteattr(value)}" for name, value in values if value is not None)


def _tells_every(feed: FeedSpec | Feed) -> bool:
    """The usual interval is left out, unless the feed's line names it."""
    own = feed.own_every is not None if isinstance(feed, Feed) else not feed.inherits
    return own or feed.every != _USUAL_EVERY


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
