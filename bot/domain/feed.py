"""Feeds: what an admin asks for, and how each one fares."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.rhythm import Rhythm

# MERGED feed_notes: Notes on feeds: what admins should hear of the feeds that they list, each
# thing once.


class FeedNoteKind(StrEnum):
    """What has happened to a feed."""

    GONE = "gone"
    """It is gone for good, and paused."""
    FAILING = "failing"
    """It has failed for long."""
    RECOVERED = "recovered"
    """It answers again, after admins were told that it failed."""
    MOVED = "moved"
    """It has moved for good, and the list with it."""
    FLOOD = "flood"
    """It published very much at once that was never seen."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedNote:
    """One thing that admins should hear.

    Attributes:
        id: The ledger's number; greater is later.
        feed_id: The feed.
        title: What people call it.
        url: Its address now.
        kind: What has happened.
        text: One or two sentences, without the feed's title; parts may come from outside.
        at: When it was noted.
    """

    id: int
    feed_id: int
    title: str
    url: str
    kind: FeedNoteKind
    text: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedSpec:
    """One line of a feed list: what an admin asks for.

    Attributes:
        url: The feed's address, http or https; the only thing that must be given.
        title: What people call it; None until the feed itself has told its title.
        category: A free word for grouping (agency, press, government, ...).
        language: BCP 47 tag such as `en`; None when not given.
        weight: How much its items count, 1.0 is usual, more than 0.
        every: How often to look; None for the list's default.
        enabled: False pauses it without losing it.
        inherits: `every` names the list's interval, not one of its own; so in the ledger's lines.
    """

    url: str
    title: str | None = None
    category: str | None = None
    language: str | None = None
    weight: float = 1.0
    every: timedelta | None = None
    enabled: bool = True
    inherits: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedList:
    """A whole feed list, in the order of the file, and the interval for feeds that name none."""

    feeds: tuple[FeedSpec, ...] = ()
    every: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedHints:
    """What a feed's last document, and the answer that brought it, ask of whoever fetches it.

    An answer without a document (304) does not repeat them, so the ledger keeps them.

    Attributes:
        every: Not more often than this (`ttl`, `sy:updatePeriod`); None when it does not say.
        skip_hours: Hours of the day in UTC, 0 to 23, at which nothing new comes.
        skip_days: Days of the week, Monday is 0, on which nothing new comes.
        fresh_for: How long the answer stays fresh (Cache-Control, Expires); None when it does not
            say. It holds for later answers that say nothing (RFC 9111, 3.2).
        gap: The usual time between its entries (`bot.domain.rhythm`), which tells how often to look
            without being asked; None when too few are dated.
    """

    every: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    fresh_for: timedelta | None = None
    gap: timedelta | None = None

    def differs(self, known: "FeedHints") -> bool:
        """Whether these are worth storing in place of those that are known.

        A freshness that only counts down, as a cache in between makes it, is not, nor is a gap that
        changes with each entry: each answer would be a write.
        """
        if replace(self, fresh_for=None, gap=None) != replace(known, fresh_for=None, gap=None):
            return True
        return _far_apart(self.fresh_for, known.fresh_for) or _far_apart(self.gap, known.gap)


def _far_apart(one: timedelta | None, other: timedelta | None) -> bool:
    """Whether one is more than twice as long as the other."""
    shorter, longer = sorted((one or timedelta(0), other or timedelta(0)))
    return longer > 2 * shorter


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """A subscribed feed as the ledger knows it: the list's line, and its health.

    Attributes:
        id: The ledger's number for the address; the same for every workspace that lists it.
        url: The address as listed.
        title: The list's title, else the feed's own, else the address.
        category: As listed.
        language: As listed; a feed that is added by its preview is listed with its own.
        weight: As listed.
        every: How often to look.
        own_every: The longest that its own rhythm may make of that: an interval that is set for it
            alone; None where it has the list's.
        enabled: False while paused.
        etag: The last ETag, byte for byte, for If-None-Match (RFC 9110, 13.1.2); None without.
        last_modified: The last Last-Modified, byte for byte, for If-Modified-Since; None without.
        body_hash: SHA-256 of the last body read, hex; None before the first.
        checked_at: When it was last asked; None before the first time.
        succeeded_at: When it last answered well (new or not modified); None if never.
        newest_at: Date of its newest item; None without items.
        failures: Failures in a row since the last success.
        not_found: How many of the last ones in a row were a 404.
        error: The last failure in plain words; None when the last check went well.
        failed_at: When it last failed, however well it fares since; None if never, or before this
            was noted.
        last_error: Why, in plain words.
        due_at: When to look next.
        hints: What its last document asked for.
    """

    id: int
    url: str
    title: str
    category: str | None = None
    language: str | None = None
    weight: float = 1.0
    every: timedelta = timedelta(minutes=30)
    enabled: bool = True
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    checked_at: datetime | None = None
    succeeded_at: datetime | None = None
    newest_at: datetime | None = None
    failures: int = 0
    error: str | None = None
    due_at: datetime | None = None
    hints: FeedHints = FeedHints()
    not_found: int = 0
    own_every: timedelta | None = None
    failed_at: datetime | None = None
    last_error: str | None = None


# MERGED feed_figures: What the ledger counts of a feed, beside how fetching it fares.


WEEKS: Final = 4
"""Items and matches are counted over so many weeks."""
_WEEK: Final = timedelta(weeks=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedFigures:
    """A listed feed with what the ledger counts of it.

    Attributes:
        feed: The list's line, and how fetching it fares.
        listed_at: Since when the workspace lists it; None when that was before it was noted.
        rhythm: How often it publishes; None when too few items are known.
        oldest_at: Date of its oldest item; None without items.
        items: Items published in the last `WEEKS` weeks.
        matches: Those of them that are evidence for something, whatever people said of it since.
        judged: Its evidence of all time that a person confirmed or rejected.
        rejected: The rejected part of it.
        gone: True when it was found to be gone for good (and paused), and nobody has let it go on.
        former_urls: Where it lived before it moved for good, the oldest first.
    """

    feed: Feed
    listed_at: datetime | None = None
    rhythm: Rhythm | None = None
    oldest_at: datetime | None = None
    items: int = 0
    matches: int = 0
    judged: int = 0
    rejected: int = 0
    gone: bool = False
    former_urls: tuple[str, ...] = ()


def weeks_counted(figures: FeedFigures, *, now: datetime) -> float:
    """Over how many weeks its items are known, from 1 to `WEEKS`: what a rate is a rate of.

    A new feed is known from when it was listed, or as far back as its document reaches.
    """
    begins = [moment for moment in (figures.listed_at, figures.oldest_at) if moment is not None]
    if figures.listed_at is None:
        return WEEKS
    return min(max((now - min(begins)) / _WEEK, 1.0), WEEKS)
