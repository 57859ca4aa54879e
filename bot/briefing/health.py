"""How feeds fare, in plain words.

paused   an admin paused it
new      never asked
failing  3 failures in a row or more, or the last check failed and none went well for 24 hours, or
         it was never read at all
trouble  the last check failed, too early to call it failing
empty    it answers, but has never had an item
stale    it answers, but its newest item is older than 30 days
ok       everything else
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.briefing.parts import FeedCounts, FeedLine, Health
from bot.briefing.plain import one_line, shorten
from bot.briefing.words import span
from bot.domain.feed import Feed

FAILURES_UNTIL_FAILING = 3
FAILING_WITHOUT_SUCCESS = timedelta(hours=24)
STALE_AFTER = timedelta(days=30)
_ERROR_LENGTH = 160


def health_of(feed: Feed, *, now: datetime) -> Health:
    """How a feed fares at `now`."""
    if not feed.enabled:
        return Health.PAUSED
    if feed.checked_at is None:
        return Health.NEW
    if feed.failures:
        return Health.FAILING if _is_failing(feed, now=now) else Health.TROUBLE
    if feed.newest_at is None:
        return Health.EMPTY
    return Health.STALE if now - feed.newest_at > STALE_AFTER else Health.OK


def feed_line(feed: Feed, *, now: datetime) -> FeedLine:
    """The feed with its health and a sentence about it."""
    health = health_of(feed, now=now)
    return FeedLine(feed=feed, health=health, words=_words(feed, health, now=now))


def feed_counts(feeds: Iterable[Feed], *, now: datetime) -> FeedCounts:
    """How many feeds are looked at, and how many of them fail; paused ones count for neither."""
    healths = [health_of(feed, now=now) for feed in feeds if feed.enabled]
    return FeedCounts(
        total=len(healths),
        failing=healths.count(Health.FAILING),
        never_fetched=healths.count(Health.NEW),
    )


def worst_first(lines: Iterable[FeedLine]) -> Sequence[FeedLine]:
    """The lines that need someone's eye first: failing, trouble, stale, empty, then the rest."""
    rank = {Health.FAILING: 0, Health.TROUBLE: 1, Health.STALE: 2, Health.EMPTY: 3}
    return sorted(lines, key=lambda line: rank.get(line.health, len(rank)))


def _is_failing(feed: Feed, *, now: datetime) -> bool:
    if feed.failures >= FAILURES_UNTIL_FAILING:
        return True
    return feed.succeeded_at is None or now - feed.succeeded_at > FAILING_WITHOUT_SUCCESS


def _words(feed: Feed, health: Health, *, now: datetime) -> str:
    """A sentence without a full stop: what is the matter, and since when."""
    match health:
        case Health.PAUSED:
            return "paused"
        case Health.NEW:
            return "not checked yet"
        case Health.FAILING | Health.TROUBLE:
            return _failure(feed, now=now)
        case Health.EMPTY:
            return f"answers, but has no items; {_checked(feed, now=now)}"
        case Health.STALE | Health.OK:
            newest = f"newest item {_ago(feed.newest_at, now=now)}"
            return f"{newest}; {_checked(feed, now=now)}"


def _failure(feed: Feed, *, now: datetime) -> str:
    why = shorten(one_line(feed.error or ""), _ERROR_LENGTH) or "no reason known"
    last = (
        "never fetched"
        if feed.succeeded_at is None
        else (f"last fetched {_ago(feed.succeeded_at, now=now)}")
    )
    times = "the last check failed" if feed.failures == 1 else f"{feed.failures} failures in a row"
    return f"{times}, {last}: {why}"


def _checked(feed: Feed, *, now: datetime) -> str:
    return f"checked {_ago(feed.checked_at, now=now)}"


def _ago(moment: datetime | None, *, now: datetime) -> str:
    return "never" if moment is None else f"{span(now - moment)} ago"
