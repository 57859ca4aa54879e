"""Answers about the feed list as plain data: a page of it, a feed's preview, trial and history.

Titles, addresses and error texts come from feeds and files: they are foreign to whatever markup a
surface speaks. All moments are aware UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.briefing.parts import FeedHealth, FeedState
from bot.domain.errors import Problem
from bot.domain.feed import FeedSpec


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedRow:
    """One line of the list.

    Attributes:
        number: Its place in the whole list, from 1: `feeds pause 3` means it.
        health: The feed and its state.
        kept: Whether its line waits in the ledger, since feeds.yaml cannot be written.
    """

    number: int
    health: FeedHealth
    kept: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedsPage:
    """One page of the feed list.

    Attributes:
        rows: Those of this page, those that need attention first.
        page: From 1; there is always one.
        found: How many feeds the filter lets through.
        filter: As typed; empty for all.
        states: How many feeds of the whole list are in each state; only states that occur.
        state: The state that the filter names; None when it names something else.
        kept: How many edits wait in the ledger, since feeds.yaml cannot be written.
        broken: What is wrong with feeds.yaml, so that the last good list is used.
    """

    rows: tuple[FeedRow, ...]
    page: int
    pages: int
    found: int
    filter: str
    states: Mapping[FeedState, int]
    state: FeedState | None = None
    kept: int = 0
    broken: Problem | None = None

    @property
    def total(self) -> int:
        """How many feeds are listed."""
        return sum(self.states.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenItem:
    """An entry of a previewed feed; it is not stored.

    Attributes:
        title: Or the beginning of its text.
        published_at: None where the feed gives no plausible date.
        commitments: Titles of the commitments that it would meet, the most likely first.
    """

    title: str
    url: str | None
    published_at: datetime | None
    commitments: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedPreview:
    """A feed that could be listed: nothing of it is stored.

    Attributes:
        url: What would be listed.
        language: A BCP 47 tag.
        entries: How many entries its document has.
        matched: How many entries were matched, the newest ones.
        bearing: How many of those would meet a commitment.
        undated: How many entries have no plausible date.
        items: The newest few.
        listed_as: Its title in the list when it is there already; None otherwise.
        like: A listed feed that has published nearly all of its newest articles too, at the same
            addresses: it may be the same feed at another address; None otherwise.
        problems: What is worth knowing before it is listed; sentences without a full stop.
    """

    url: str
    title: str | None
    language: str | None
    entries: int
    bearing: int
    matched: int
    newest: datetime | None
    undated: int
    items: tuple[SeenItem, ...]
    listed_as: str | None = None
    like: str | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedChoices:
    """Several feeds of one site, the most likely first; previewed without matching or items.

    Attributes:
        asked: The address or words that were typed.
    """

    asked: str
    feeds: tuple[FeedPreview, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedTrial:
    """What a fetch right now gave; nothing of it is stored.

    Attributes:
        name: The feed's title, or the address.
        url: The address that was requested.
        took: From the request to the parsed document.
        error: Why it failed, in plain words; None when it went well.
        status: The HTTP status of a failure; None when there was no answer, or all went well.
        final_url: Where the document came from; None when it failed.
        moved_to: The same, when every redirect on the way was permanent; None otherwise.
        size: Bytes of the document, decoded.
        oldest: Of the plausible dates; likewise `newest`.
        problems: What an admin might want to know, a sentence without a full stop each.
        preview: The newest entries and what they would meet; None when it failed.
    """

    name: str
    url: str
    took: timedelta
    error: str | None = None
    status: int | None = None
    final_url: str | None = None
    moved_to: str | None = None
    size: int = 0
    content_type: str | None = None
    entries: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None
    problems: tuple[str, ...] = ()
    preview: FeedPreview | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedChange:
    """One change of a feed's line.

    Attributes:
        actor: Slack id of the person; `file`, `cli` or `bot` for edits made there.
        what: In the past tense: `added`, `paused`, `changed`.
        details: What stood before and what after, such as `title: none → Wire`.
    """

    at: datetime
    actor: str
    what: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedHistory:
    """Who changed a feed's line, when, and what stood before.

    Attributes:
        name: The feed's title, or its address when it is no longer listed.
        url: Its address now, or the last one.
        earlier_urls: Addresses that it had before, the newest first.
        changes: Newest first.
    """

    name: str
    url: str
    earlier_urls: tuple[str, ...]
    changes: tuple[FeedChange, ...]
    listed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportPlan:
    """What importing a file would do; nothing is done yet.

    Attributes:
        name: The file or address, as the person knows it.
        fingerprint: Tells whether the file is the same when it is read again.
        new: Feeds that would be added, in the order of the file; `listed` are so already.
        broken: Lines of the file that cannot be listed.
    """

    name: str
    fingerprint: str
    new: tuple[FeedSpec, ...]
    listed: tuple[FeedSpec, ...] = ()
    broken: tuple[Problem, ...] = ()
