"""The health of each feed: its state, and a sentence that says why.

paused         an admin, or the bot itself, paused it
never fetched  no request was made yet
failing        3 failures in a row or more, or the last check failed and none went well for a day,
               or it was never read at all
silent         it answers, but nothing new has come for far longer than is usual for it
               (`bot.domain.rhythm`), or it has been listed for a week and never had an item
well           everything else
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from bot.briefing import phrases
from bot.briefing.parts import FeedCounts, FeedHealth, FeedState
from bot.domain.feed import FAILURES_UNTIL_FAILING, WEEKS, Feed, FeedFigures, weeks_counted
from bot.domain.rhythm import SILENT_AT_LEAST, Rhythm, is_silent
from bot.domain.text import one_line, shorten

FAILING_WITHOUT_SUCCESS: Final = timedelta(days=1)
_ERROR: Final = 160


def health_of_feed(figures: FeedFigures, *, now: datetime) -> FeedHealth:
    """The health of one feed at `now`."""
    state = state_of(figures, now=now)
    return FeedHealth(
        figures=figures,
        state=state,
        weeks=weeks_counted(figures, now=now),
        sentence=_sentence(figures, state, now=now),
    )


def state_of(figures: FeedFigures, *, now: datetime) -> FeedState:
    """The state of one feed at `now`; the rules are at the top of this module."""
    feed = figures.feed
    if not feed.enabled:
        return FeedState.PAUSED
    if feed.checked_at is None:
        return FeedState.NEW
    if is_failing(feed, now=now):
        return FeedState.FAILING
    return FeedState.SILENT if _is_silent(figures, now=now) else FeedState.WELL


def is_failing(feed: Feed, *, now: datetime) -> bool:
    """Whether a feed fails, and not only once or twice."""
    if not feed.failures:
        return False
    read = feed.succeeded_at
    if feed.failures >= FAILURES_UNTIL_FAILING or read is None:
        return True
    return now - read > FAILING_WITHOUT_SUCCESS


def feed_counts(feeds: Iterable[Feed], *, now: datetime) -> FeedCounts:
    """How many feeds are polled, and how many of them fail; paused ones count for neither."""
    enabled = [feed for feed in feeds if feed.enabled]
    return FeedCounts(
        total=len(enabled),
        failing=sum(is_failing(feed, now=now) for feed in enabled),
    )


def by_need(feeds: Iterable[FeedHealth]) -> tuple[FeedHealth, ...]:
    """The feeds that need attention first: failing or gone, silent, then the rest as they come."""
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


def _sentence(figures: FeedFigures, state: FeedState, *, now: datetime) -> str:
    feed = figures.feed
    if state is FeedState.NEW:
        return "not fetched yet"
    failure = _failure(feed, now=now) if feed.failures else ""
    if state is FeedState.PAUSED:
        return f"paused; {failure}" if failure else "paused"
    if state is FeedState.FAILING:
        return failure
    if feed.newest_at is None:
        news = "has never had an item" if feed.succeeded_at else ""
    elif state is FeedState.SILENT:
        news = f"nothing new for {phrases.span(now - feed.newest_at)}{_usual(figures.rhythm)}"
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
    # What follows the semicolon is advice on a failure that is over.
    why = shorten(one_line(feed.last_error or "").partition(";")[0], _ERROR) or "no reason known"
    return f"last failed {_ago(failed_at, now=now)}: {why}"


def _usual(rhythm: Rhythm | None) -> str:
    return f" (usually every {phrases.span(rhythm.gap).removeprefix('1 ')})" if rhythm else ""


def _failure(feed: Feed, *, now: datetime) -> str:
    why = shorten(one_line(feed.error or ""), _ERROR) or "no reason known"
    read = feed.succeeded_at
    last = "never read" if read is None else f"last read {_ago(read, now=now)}"
    times = "the last check failed" if feed.failures == 1 else f"{feed.failures} failures in a row"
    return f"{times}, {last}: {why}"


def _ago(moment: datetime | None, *, now: datetime) -> str:
    return "never" if moment is None else f"{phrases.span(now - moment)} ago"
