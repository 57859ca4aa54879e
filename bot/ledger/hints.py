"""What a feed's last document asks of whoever fetches it, as columns of its row.

Hours and days are sets of small numbers: the n-th bit stands for n.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from bot.domain.feed import FeedHints

_HOURS = 24
_DAYS = 7


def values_of(hints: FeedHints) -> dict[str, object]:
    """The columns of `feeds` for these hints; to be stored with a feed's other state."""
    return {
        "wait_s": _seconds(hints.every),
        "skip_hours": _bits(hints.skip_hours),
        "skip_days": _bits(hints.skip_days),
        "fresh_s": _seconds(hints.fresh_for),
        "gap_s": _seconds(hints.gap),
    }


def to_hints(row: Row[*tuple[Any, ...]]) -> FeedHints:
    """The hints from a row with those columns; the inverse of `values_of`."""
    return FeedHints(
        every=span_of(row.wait_s),
        skip_hours=_members(row.skip_hours, _HOURS),
        skip_days=_members(row.skip_days, _DAYS),
        fresh_for=span_of(row.fresh_s),
        gap=span_of(row.gap_s),
    )


def _seconds(span: timedelta | None) -> int | None:
    """Whole seconds, in the range of the column."""
    return None if span is None else max(0, min(int(span.total_seconds()), 2**31 - 1))


def span_of(seconds: int | None) -> timedelta | None:
    """Seconds of a column as a span."""
    return None if seconds is None else timedelta(seconds=seconds)


def _bits(members: Iterable[int]) -> int | None:
    """None for no members, as for a feed that was never asked."""
    return sum(1 << member for member in members) or None


def _members(bits: int | None, most: int) -> frozenset[int]:
    return frozenset(n for n in range(most) if bits and bits >> n & 1)
