"""What the briefing answers with: plain frozen data, complete for any surface to render.

See `bot.briefing.parts` for what all of them are made of. All moments are aware UTC.
"""

from dataclasses import dataclass
from datetime import date, datetime

from bot.briefing.parts import (
    Balance,
    EmptyReason,
    FeedCounts,
    FeedHealth,
    Quiet,
    Silence,
    Standing,
    Story,
    Topic,
)
from bot.domain.commitment import Commitment, Summit
from bot.domain.evidence import Direction, Evidence
from bot.domain.item import Item
from bot.domain.window import Window


@dataclass(frozen=True, kw_only=True, slots=True)
class CommitmentStatus:
    """Where one commitment stands.

    Attributes:
        now: The moment of the answer.
        commitment: The promise.
        summit: Where it was made.
        balances: The last 30 and the last 90 days.
        momentum: See `bot.briefing.status`; None with too few stories for one.
        silence: See `Silence`.
        newest: The newest stories, newest first; older than a year only when that brought none.
        stories: How many there are in all of the last year, or before when that brought none.
        gap: Why there is nothing to show; None when there is something.
    """

    now: datetime
    commitment: Commitment
    summit: Summit
    balances: tuple[Balance, Balance]
    momentum: float | None
    silence: Silence
    newest: tuple[Story, ...]
    stories: int
    gap: EmptyReason | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusLine:
    """One commitment among others: the last 90 days, and how long it has been quiet."""

    topic: Topic
    balance: Balance
    silence: Silence


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusTable:
    """Where a summit's commitments stand, or all of them.

    Attributes:
        now: The moment of the answer.
        summit: The summit asked for; None for all.
        lines: In the order of the pack, so that each summit's lines stand together.
        gap: Why there is nothing to show; None when there is something.
    """

    now: datetime
    summit: Summit | None
    lines: tuple[StatusLine, ...]
    gap: EmptyReason | None = None


StatusAnswer = CommitmentStatus | StatusTable


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceAnswer:
    """Evidence under one commitment, one line a story, newest first.

    Attributes:
        now: The moment of the answer.
        topic: The commitment.
        since: Start of the stretch asked for (by when stories broke); None for no start.
        until: Its end, excluded; None for no end.
        direction: The direction asked for; None for all.
        source: The outlet asked for, as named in the question; None for all.
        stories: This page.
        offset: How many stories come before this page.
        total: How many there are on all pages.
        gap: Why there is nothing to show; None when there is something.
    """

    now: datetime
    topic: Topic
    since: datetime | None
    until: datetime | None
    direction: Direction | None
    stories: tuple[Story, ...]
    offset: int
    total: int
    source: str | None = None
    gap: EmptyReason | None = None

    @property
    def next_offset(self) -> int | None:
        """Where the next page starts; None on the last one."""
        end = self.offset + len(self.stories)
        return end if end < self.total else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """An item found by its words, and what it is filed under."""

    item: Item
    topics: tuple[Topic, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchAnswer:
    """What was found for some words, best first."""

    now: datetime
    words: str
    hits: tuple[Hit, ...]
    gap: EmptyReason | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestStory:
    """A story told in full, with the other commitments of the digest that it bears on."""

    story: Story
    also: tuple[Topic, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A story told elsewhere that bears on this commitment too.

    Attributes:
        story: As evidence under this commitment.
        told_under: Where this digest tells it in full; None when an earlier digest did.
    """

    story: Story
    told_under: Topic | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestSection:
    """What is new under one commitment: stories by importance, then references."""

    topic: Topic
    stories: tuple[DigestStory, ...]
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Digest:
    """What one subscription gets for one window.

    Attributes:
        now: When it was composed.
        window: What it covers, by when evidence was filed.
        timezone: The reader's zone, an IANA name.
        scope: The summits and commitments asked for, by name; empty for all.
        tracked: How many commitments it covers.
        parent: Sections of the message itself.
        thread: Sections of the replies; a commitment may come in both.
        more: How many new stories neither of them tells.
        more_topics: Where those are, most of them first.
        quiet: Longest first.
        feeds: For the footer.
        late: True when it should have been sent a while ago.
        mentions: Pairs of commitment and story that it tells or refers to.
        gap: Why there is no news to tell; None when there is.
    """

    now: datetime
    window: Window
    timezone: str
    scope: tuple[str, ...]
    tracked: int
    parent: tuple[DigestSection, ...]
    thread: tuple[DigestSection, ...]
    more: int
    more_topics: tuple[Topic, ...]
    quiet: tuple[Quiet, ...]
    feeds: FeedCounts
    late: bool
    mentions: frozenset[tuple[str, int]]
    gap: EmptyReason | None = None

    @property
    def has_news(self) -> bool:
        """Whether there is anything new in it."""
        return bool(self.parent)

    @property
    def told(self) -> int:
        """How many stories it tells in full."""
        return sum(len(section.stories) for section in (*self.parent, *self.thread))


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedsAnswer:
    """The feed list with its health, in the order of the list."""

    now: datetime
    feeds: tuple[FeedHealth, ...]
    counts: FeedCounts
    gap: EmptyReason | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """The short answer to no question at all.

    Attributes:
        now: The moment of the answer.
        summits: How many summits are tracked.
        commitments: How many commitments are tracked.
        week: Stories of the last 7 days by direction, each story once a commitment.
        newest: The newest stories with their commitment, newest first, each story once.
        quiet: The longest silences.
        feeds: How the feed list fares.
        gap: Why there is nothing to show; None when there is something.
    """

    now: datetime
    summits: int
    commitments: int
    week: Balance
    newest: tuple[tuple[Story, Topic], ...]
    quiet: tuple[Quiet, ...]
    feeds: FeedCounts
    gap: EmptyReason | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WhyAnswer:
    """Why one item was filed under one commitment.

    Attributes:
        now: The moment of the answer.
        topic: The commitment.
        evidence: The evidence with its reasons.
        standing: Who stands behind it; None when a person rejected it.
        story: All of its story under the commitment; None when that is rejected throughout.
        said_first: The title that the item began with, where it tells other news now; None
            otherwise.
    """

    now: datetime
    topic: Topic
    evidence: Evidence
    standing: Standing | None
    story: Story | None
    said_first: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TimelineMonth:
    """One calendar month (UTC) of a timeline: its stories, oldest first."""

    month: date
    stories: tuple[Story, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class TimelineAnswer:
    """A commitment from its summit until now.

    Attributes:
        now: The moment of the answer.
        commitment: The promise.
        summit: Where it was made.
        months: Oldest first, only months with a story.
        total: How many stories there are; more than shown when only the weightiest are.
        gap: Why there is nothing to show; None when there is something.
    """

    now: datetime
    commitment: Commitment
    summit: Summit
    months: tuple[TimelineMonth, ...]
    total: int
    gap: EmptyReason | None = None

    @property
    def shown(self) -> int:
        """How many of them are shown."""
        return sum(len(month.stories) for month in self.months)


Answer = (
    CommitmentStatus
    | StatusTable
    | EvidenceAnswer
    | SearchAnswer
    | Digest
    | FeedsAnswer
    | Overview
    | WhyAnswer
    | TimelineAnswer
)
"""Anything that a surface can be asked to render."""
