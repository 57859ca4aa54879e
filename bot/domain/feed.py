"""Feeds: what admins list, what one look at a feed changes, and what admins hear of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.item import Entry
from bot.domain.rhythm import Rhythm

# Failures in a row from which on a feed is failing: one or two are usual in any night.
FAILURES_UNTIL_FAILING: Final = 3
# Polling hints and backoff are followed this far: news that came meanwhile would be missed.
LONGEST_WAIT: Final = timedelta(days=1)
# Items and matches of a feed are counted over this many weeks.
WEEKS: Final = 4
_WEEK: Final = timedelta(weeks=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedSpec:
    """One line of a feed list: what an admin asks for.

    Attributes:
        url: An http or https address; the only thing that must be given.
        title: What people call it; None until the feed itself has given one.
        category: A free word for grouping (agency, press, government, ...).
        language: BCP 47 tag such as `en`.
        weight: How much its items count, 1.0 is usual, more than 0.
        every: The polling interval; None for the list's default.
        enabled: False while paused.
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
    """The polling hints of a feed's last document and of the response that brought it.

    A response without a document (304) does not repeat them, so the ledger keeps them.

    Attributes:
        every: Not more often than this (`ttl`, `sy:updatePeriod`), at most a day; None when the
            document does not say.
        skip_hours: Hours of the day in UTC, 0 to 23, at which nothing new comes.
        skip_days: Days of the week, Monday is 0, on which nothing new comes.
        fresh_for: How long the answer stays fresh (Cache-Control, Expires); None when it does not
            say. It holds for later answers that say nothing (RFC 9111, 3.2).
        gap: The usual time between its entries (`bot.domain.rhythm`), which says how often to look
            where nothing else does; None when too few are dated.
    """

    every: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    fresh_for: timedelta | None = None
    gap: timedelta | None = None

    def skips(self, moment: datetime) -> bool:
        """Whether nothing new is to be expected at `moment` (UTC)."""
        return moment.hour in self.skip_hours or moment.weekday() in self.skip_days


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """A subscribed feed as the ledger knows it: the list's line, and its health.

    See `FeedSpec` for the line, `Validators` for etag, last_modified and body_hash. A time is None
    for what never was.

    Attributes:
        id: The ledger's number for the address; the same for every workspace that lists it.
        title: The list's title, else the feed's own, else the address.
        language: A feed that is added by its preview is listed with its own.
        own_every: The interval where it is set for this feed alone, which the feed's own rhythm
            then does not lengthen; None where the feed has the list's interval.
        checked_at: When it was last asked.
        succeeded_at: When it last answered well (new or not modified).
        newest_at: Date of its newest item.
        failures: Failures in a row since the last success.
        not_found: How many of the last ones in a row were a 404.
        error: The last failure in plain words; None when the last check went well.
        failed_at: When it last failed, however well it fares since.
        last_error: Why, in plain words.
        hints: Those of its last document.
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


class FeedNoteKind(StrEnum):
    """What has happened to a feed."""

    GONE = "gone"  # permanently, and it is paused
    FAILING = "failing"  # several times in a row
    RECOVERED = "recovered"  # it answers again, after admins heard that it was failing
    MOVED = "moved"  # permanently, and the list with it
    FLOOD = "flood"  # a great many new items at once
    LATE = "late"  # more late items than are told as news


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedEvent:
    """What one look found out about a feed, given as it was before.

    Attributes:
        kind: `GONE`, `MOVED`, `FLOOD` or `LATE`; the others are decided from the ledger.
        text: A sentence for the admin, without the feed's title.
        url: Where the feed lives now, for `MOVED`; None otherwise.
    """

    feed: Feed
    kind: FeedNoteKind
    text: str
    url: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedNote:
    """An event of a feed as it is kept for the admins.

    Attributes:
        id: The ledger's number; greater is later.
        url: The feed's address now.
        text: One or two sentences, without the feed's title; parts may come from outside.
    """

    id: int
    feed_id: int
    title: str
    url: str
    kind: FeedNoteKind
    text: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Validators:
    """What makes the next request conditional, byte for byte (RFC 9110, 13.1.2 and 13.1.3).

    `body_hash` is the SHA-256 of the last body, hex; None when it is to be read again.
    """

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None


class UpdateKind(StrEnum):
    """What one look at a feed came to."""

    READ = "read"  # a document that is new or changed
    NOT_MODIFIED = "not modified"
    FAILED = "failed"
    POSTPONED = "postponed"  # the feed was not asked, so nothing is known about it


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedUpdate:
    """What one look at a feed changes: decided as a value first, then recorded as a whole.

    Attributes:
        due_at: When to look next; a postponed feed is never made due sooner by it.
        entries: Of the document, in its order.
        validators: For the next request; None leaves those that are known. All of them are None for
            a document that breaks off, so that it is sent again.
        title: The feed's own title; None leaves the one that is known.
        hints: Polling hints; None leaves those that are known.
        error: Why the look failed, as a sentence; None unless it did.
        not_found: How many of the last looks in a row found a 404.
        shortfalls: What of the document was not read: sentences without a full stop.
        events: What admins should hear, in order.
    """

    feed_id: int
    kind: UpdateKind
    at: datetime
    due_at: datetime
    entries: tuple[Entry, ...] = ()
    validators: Validators | None = None
    title: str | None = None
    hints: FeedHints | None = None
    error: str | None = None
    not_found: int = 0
    shortfalls: tuple[str, ...] = ()
    events: tuple[FeedEvent, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """What recording an update stored.

    Attributes:
        new: Items that are new.
        revised: Items with a new text.
        untold: New items of a known feed that came too late, and too many, to be news.
    """

    new: int = 0
    revised: int = 0
    untold: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedFigures:
    """A listed feed with what the ledger counts of it.

    Attributes:
        listed_at: Since when the workspace lists it; None when that was not noted then.
        rhythm: How often it publishes; None when too few items are known.
        items: Items published in the last `WEEKS` weeks.
        matches: Those of them that are evidence for something, whatever people said of it since.
        judged: Its evidence of all time that a person confirmed or rejected.
        rejected: The rejected part of it.
        gone: True when it was found to be permanently gone, and has not been resumed since.
        former_urls: Where it lived before it moved permanently, the oldest first.
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
    """The number of weeks over which its items are known, from 1 to `WEEKS`: a rate's divisor.

    A new feed is known from when it was listed, or as far back as its document reaches.
    """
    begins = [moment for moment in (figures.listed_at, figures.oldest_at) if moment is not None]
    if figures.listed_at is None:
        return WEEKS
    return min(max((now - min(begins)) / _WEEK, 1.0), WEEKS)
