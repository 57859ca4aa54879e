"""The weekly report on the feed list: which feeds need a decision of an admin.

dead      it fails and, listed for a week, was not read for a week, or it is permanently gone
silent    it answers, and nothing new comes for far longer than is usual for it
noisy     at least 50 items a week, five times as many as the feed in the middle, and fewer than one
          in fifty of them was evidence for anything
useless   it published at least 4 items in four weeks and none was evidence for anything, or of its
          evidence at least 5 were reviewed and four in five rejected; only when it has been listed
          for these four weeks

A feed is named once, under the first of these that holds. What admins paused is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Final

from bot.briefing.parts import FeedHealth, FeedState
from bot.domain.feed import WEEKS

DEAD_AFTER: Final = timedelta(days=7)
NOISY_ITEMS: Final = 50
NOISY_TIMES: Final = 5
NOISY_SHARE: Final = 0.02
# The median of fewer feeds says nothing.
NOISY_AMONG: Final = 5
USELESS_ITEMS: Final = 4
USELESS_JUDGED: Final = 5
USELESS_REJECTED: Final = 0.8


class Need(StrEnum):
    """Why a feed needs a decision, the most pressing first."""

    DEAD = "dead"
    SILENT = "silent"
    NOISY = "noisy"
    USELESS = "useless"


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedWeek:
    """The feeds that need a decision, the most pressing first, and how many are listed in all.

    They are by need, in the order of `Need`; a need without feeds is left out.
    """

    feeds: tuple[tuple[Need, tuple[FeedHealth, ...]], ...]
    total: int


def feed_week(feeds: Sequence[FeedHealth], *, now: datetime) -> FeedWeek:
    """Which of the listed feeds need a decision."""
    rates = [health.items_a_week for health in feeds if health.figures.items]
    median_rate = median(rates) if len(rates) >= NOISY_AMONG else None
    found: dict[Need, list[FeedHealth]] = {need: [] for need in Need}
    for health in feeds:
        if need := _need(health, median_rate=median_rate, now=now):
            found[need].append(health)
    return FeedWeek(
        feeds=tuple((need, _ordered(need, some)) for need, some in found.items() if some),
        total=len(feeds),
    )


def shares(wanted: Sequence[int], room: int) -> tuple[int, ...]:
    """How many of each are shown when `room` lines are shared fairly, the first served first.

    >>> shares([9, 1, 4], 8)
    (4, 1, 3)
    """
    given = [0] * len(wanted)
    while room > 0 and any(has < wants for has, wants in zip(given, wanted, strict=True)):
        for place, wants in enumerate(wanted):
            if room > 0 and given[place] < wants:
                given[place] += 1
                room -= 1
    return tuple(given)


def _need(health: FeedHealth, *, median_rate: float | None, now: datetime) -> Need | None:
    if _is_dead(health, now=now):
        return Need.DEAD
    match health.state:
        case FeedState.SILENT:
            return Need.SILENT
        case FeedState.WELL if _is_noisy(health, median_rate=median_rate):
            return Need.NOISY
        case FeedState.WELL if _is_useless(health, now=now):
            return Need.USELESS
    return None


def _is_dead(health: FeedHealth, *, now: datetime) -> bool:
    if health.figures.gone:
        return True
    known = (health.feed.succeeded_at, health.figures.listed_at)
    since = max((moment for moment in known if moment is not None), default=None)
    return health.state is FeedState.FAILING and (since is None or now - since >= DEAD_AFTER)


def _is_noisy(health: FeedHealth, *, median_rate: float | None) -> bool:
    if median_rate is None or health.items_a_week < max(NOISY_ITEMS, NOISY_TIMES * median_rate):
        return False
    return health.figures.matches < NOISY_SHARE * health.figures.items


def _is_useless(health: FeedHealth, *, now: datetime) -> bool:
    figures = health.figures
    long_enough = figures.listed_at is None or now - figures.listed_at >= timedelta(weeks=WEEKS)
    bears_on_nothing = figures.items >= USELESS_ITEMS and not figures.matches
    rejected = health.rejected_share if figures.judged >= USELESS_JUDGED else None
    return long_enough and (bears_on_nothing or (rejected or 0.0) >= USELESS_REJECTED)


def _ordered(need: Need, feeds: Sequence[FeedHealth]) -> tuple[FeedHealth, ...]:
    """Those with most items first where the need is about numbers; else in the list's order."""
    by_number = need in {Need.NOISY, Need.USELESS}
    return tuple(sorted(feeds, key=lambda health: -health.figures.items if by_number else 0))
