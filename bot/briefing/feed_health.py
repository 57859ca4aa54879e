"""The health of each feed: its state, its rhythm and what it is worth, in values and plain words.

paused         an admin, or the bot itself, paused it
never fetched  it has never been asked
failing        3 failures in a row or more, or the last check failed and none went well for a day,
               or it was never read at all
silent         it answers, but nothing new has come for far longer than is usual for it
               (`bot.domain.rhythm`), or it has been listed for a week and never had an item
well           everything else
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.briefing import words
from bot.briefing.health import health_of
from bot.briefing.parts import Health
from bot.briefing.plain import one_line, shorten
from bot.domain.feed import Feed
from bot.domain.feed_figures import WEEKS, FeedFigures, weeks_counted
from bot.domain.rhythm import SILENT_AT_LEAST, Rhythm, is_silent

_ERROR = 160


class FeedState(StrEnum):
    """How a feed fares, in the words that people read."""

    WELL = "well"
    SILENT = "silent"
    FAILING = "failing"
    PAUSED = "paused"
    NEW = "never fetched"


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedHealth:
    """One feed's health.

    Attributes:
        figures: What the ledger counts of it.
        state: How it fares.
        weeks: Over how many weeks its items and matches are counted.
        words: One sentence without a full stop: what is the matter, and since when. Foreign text
            (the feed's error) may be in it: escape it.
    """

    figures: FeedFigures
    state: FeedState
    weeks: float
    words: str

    @property
    def feed(self) -> Feed:
        """The feed itself: title, url, `succeeded_at`, `error` and so on."""
        return self.figures.feed

    @property
    def items_a_week(self) -> float:
        """Items a week, over the last `weeks` weeks."""
        return self.figures.items / self.weeks

    @property
    def matches_a_week(self) -> float:
        """Items that are evidence for something a week, over the last `weeks` weeks."""
        return self.figures.matches / self.weeks

    @property
    def rejected_share(self) -> float | None:
        """The share of its judged evidence that people rejected, 0 to 1; None when none is."""
        return self.figures.rejected / self.figures.judged if self.figures.judged else None


def health_of_feed(figures: FeedFigures, *, now: datetime) -> FeedHealth:
    """The health of one feed at `now`."""
    state = state_of(figures, now=now)
    weeks, said = weeks_counted(figures, now=now), _words(figures, state, now=now)
    return FeedHealth(figures=figures, state=state, weeks=weeks, words=said)


def state_of(figures: FeedFigures, *, now: datetime) -> FeedState:
    """The state of one feed at `now`; the rules are at the top of this module."""
    feed = figures.feed
    match health_of(feed, now=now):
        case Health.PAUSED:
            return FeedState.PAUSED
        case Health.NEW:
            return FeedState.NEW
        case Health.FAILING:
            return FeedState.FAILING
        case _:
            return FeedState.SILENT if _is_silent(figures, now=now) else FeedState.WELL


def by_need(feeds: Iterable[FeedHealth]) -> tuple[FeedHealth, ...]:
    """Those that need someone's eye first: failing or gone, silent, then the rest as they come."""
    rank = {FeedState.FAILING: 0, FeedState.SILENT: 1}

    def need(health: FeedHealth) -> int:
        return 0 if health.figures.gone else rank.get(health.state, len(rank))

    return tuple(sorted(feeds, key=need))


def _is_silent(figures: FeedFigures, *, now: datetime) -> bool:
    feed = figures.feed
    if feed.succeeded_at is None:  # it has failed once or twice and was never read
        return False
    if feed.newest_at is None:
        listed_at = figures.listed_at
        return listed_at is None or now - listed_at >= SILENT_AT_LEAST
    return is_silent(figures.rhythm, newest=feed.newest_at, now=now)


def _words(figures: FeedFigures, state: FeedState, *, now: datetime) -> str:
    feed = figures.feed
    if state is FeedState.NEW:
        return "not checked yet"
    failure = _failure(feed, now=now) if feed.failures else ""
    if state is FeedState.PAUSED:
        return f"paused; {failure}" if failure else "paused"
    if state is FeedState.FAILING:
        return failure
    if feed.newest_at is None:
        news = "has never had an item" if feed.succeeded_at else ""
    elif state is FeedState.SILENT:
        news = f"nothing new for {words.span(now - feed.newest_at)}{_usual(figures.rhythm)}"
    else:
        news = f"newest item {_ago(feed.newest_at, now=now)}{_usual(figures.rhythm)}"
    last = failure or f"checked {_ago(feed.checked_at, now=now)}"
    before = "" if failure else _failed_before(feed, now=now)
    return "; ".join(part for part in (news, last, before) if part)


def _failed_before(feed: Feed, *, now: datetime) -> str:
    """The last failure of a feed that has recovered; nothing after four weeks."""
    failed_at = feed.failed_at
    if failed_at is None or now - failed_at > timedelta(weeks=WEEKS):
        return ""
    why = shorten(one_line(feed.last_error or ""), _ERROR) or "no reason known"
    return f"last failed {_ago(failed_at, now=now)}: {why}"


def _usual(rhythm: Rhythm | None) -> str:
    return f" (usually every {_rough(rhythm.gap)})" if rhythm else ""


def _rough(gap: timedelta) -> str:
    """`hour`, `2 days`: after "every"."""
    said = words.span(gap)
    return said.removeprefix("1 ")


def _failure(feed: Feed, *, now: datetime) -> str:
    why = shorten(one_line(feed.error or ""), _ERROR) or "no reason known"
    read = feed.succeeded_at
    last = "never read" if read is None else f"last read {_ago(read, now=now)}"
    times = "the last check failed" if feed.failures == 1 else f"{feed.failures} failures in a row"
    return f"{times}, {last}: {why}"


def _ago(moment: datetime | None, *, now: datetime) -> str:
    return "never" if moment is None else f"{words.span(now - moment)} ago"
