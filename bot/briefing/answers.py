"""The answers of the briefing: plain frozen data, complete for any surface to render.

Their parts are in `bot.briefing.parts`, the digest in `bot.briefing.digest`. All moments are aware
UTC. `empty` says why there is nothing to show; it is None when there is something.
"""

from dataclasses import dataclass
from datetime import date, datetime

from bot.briefing.digest import Digest
from bot.briefing.parts import (
    Balance,
    EmptyReason,
    FeedCounts,
    FeedHealth,
    Quality,
    Quiet,
    Run,
    Silence,
    Standing,
    StatusLine,
    Story,
    Topic,
)
from bot.domain.assessment import Assessment, Objection
from bot.domain.commitment import Commitment, Scale, Summit
from bot.domain.evidence import Direction, Evidence
from bot.domain.item import Item
from bot.ledger import Review


@dataclass(frozen=True, kw_only=True, slots=True)
class CommitmentStatus:
    """Where one commitment stands.

    Attributes:
        now: The moment of the answer.
        as_of: The same where a day in the past was asked for; None for the present.
        standing: The assessments that stand: as a whole, then of parties; empty where nobody
            assessed it.
        runs: The runs of toward and away from its first story on, the oldest first.
        toward: The strongest two stories that surely speak for fulfilment, of those that `stories`
            counts; `away` those against it.
        balances: The last 30 and the last 90 days.
        momentum: See `bot.briefing.status`; None with too few stories for one.
        newest: The newest stories that are sure, newest first; older than a year only when that
            brought none at all.
        unsure: The newest of the others, newest first.
        waiting: How many of all wait for a review, since it is unsure whether they belong here.
        stories: How many there are in all of the last year, or before when that brought none.
        quality: How often what is filed here is right.
    """

    now: datetime
    as_of: datetime | None = None
    commitment: Commitment
    summit: Summit
    standing: tuple[Assessment, ...]
    runs: tuple[Run, ...]
    toward: tuple[Story, ...]
    away: tuple[Story, ...]
    balances: tuple[Balance, Balance]
    momentum: float | None
    silence: Silence
    newest: tuple[Story, ...]
    unsure: tuple[Story, ...]
    waiting: int
    stories: int
    quality: Quality
    empty: EmptyReason | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusTable:
    """Where a summit's commitments, or (None) all of them, stand.

    The lines are in the order of `bot.briefing.status.worst_first`; `as_of` is as in
    `CommitmentStatus`.
    """

    now: datetime
    as_of: datetime | None = None
    summit: Summit | None
    lines: tuple[StatusLine, ...]
    empty: EmptyReason | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceAnswer:
    """A page of the evidence under one commitment, one line a story, newest first.

    Attributes:
        since: As in `Briefing.evidence`; likewise `until`, `direction` and `source`.
        offset: How many stories come before this page; `total` how many there are on all.
    """

    topic: Topic
    since: datetime | None
    until: datetime | None
    direction: Direction | None
    stories: tuple[Story, ...]
    offset: int
    total: int
    source: str | None = None
    empty: EmptyReason | None = None

    @property
    def next_offset(self) -> int | None:
        """Where the next page starts; None on the last one."""
        end = self.offset + len(self.stories)
        return end if end < self.total else None


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceTable:
    """What was reported under several commitments at once, those with most stories first.

    Attributes:
        pages: The newest story of each that has any, with how many there are.
        asked: How many commitments were looked at.
        since: As in `Briefing.evidence`; likewise `until`, `direction` and `source`.
    """

    pages: tuple[EvidenceAnswer, ...]
    asked: int
    since: datetime | None = None
    until: datetime | None = None
    direction: Direction | None = None
    source: str | None = None

    @property
    def stories(self) -> int:
        """How many there are, one that bears on two commitments twice."""
        return sum(page.total for page in self.pages)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """An item found by its words, and what it is filed under."""

    item: Item
    topics: tuple[Topic, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchAnswer:
    """What was found for some words, best first."""

    words: str
    hits: tuple[Hit, ...]
    empty: EmptyReason | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedsAnswer:
    """The feed list with its health, in the order of the list."""

    feeds: tuple[FeedHealth, ...]
    counts: FeedCounts
    empty: EmptyReason | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """The short answer to no question at all.

    Attributes:
        summits: How many summits are tracked.
        commitments: How many commitments are tracked.
        week: Stories of the last 7 days by direction, each story once a commitment.
        newest: The newest stories with their commitment, newest first, each story once.
        quiet: The longest silences.
    """

    summits: int
    commitments: int
    week: Balance
    newest: tuple[tuple[Story, Topic], ...]
    quiet: tuple[Quiet, ...]
    feeds: FeedCounts
    empty: EmptyReason | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WhyAnswer:
    """Why one item was filed under one commitment.

    Attributes:
        standing: Who stands behind it; None when a person rejected it or moved it elsewhere.
        reviews: What people said of it, the earliest first.
        story: All of its story under the commitment; None when that is rejected throughout.
        first_title: The title that the item began with, where it reports other news now; None
            otherwise.
    """

    topic: Topic
    evidence: Evidence
    standing: Standing | None
    story: Story | None
    reviews: tuple[Review, ...] = ()
    first_title: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class QualityTable:
    """How often the filing was right by reviews, a line for each commitment that was reviewed."""

    lines: tuple[tuple[Topic, Quality], ...]
    overall: Quality


@dataclass(frozen=True, kw_only=True, slots=True)
class TimelineMonth:
    """One calendar month (UTC) of a timeline: its stories, oldest first."""

    month: date
    stories: tuple[Story, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class TimelineAnswer:
    """A commitment from its summit until now.

    Attributes:
        months: Oldest first, only months with a story.
        total: How many stories there are; more than shown when only the weightiest are.
    """

    commitment: Commitment
    summit: Summit
    months: tuple[TimelineMonth, ...]
    total: int
    empty: EmptyReason | None = None

    @property
    def shown(self) -> int:
        """How many of them are shown."""
        return sum(len(month.stories) for month in self.months)


@dataclass(frozen=True, kw_only=True, slots=True)
class AssessmentForm:
    """What a person reads who is about to assess a commitment.

    Attributes:
        scale: The pack's.
        parties: Whose part may be judged apart.
        standing: The assessments that stand: as a whole, then of parties.
        since: The stories that surely bear on it, of which something is newer than the last
            assessment as a whole, newest first; all of them where there is none.
        earlier: The others, newest first.
    """

    commitment: Commitment
    scale: Scale
    parties: tuple[str, ...]
    standing: tuple[Assessment, ...]
    since: tuple[Story, ...]
    earlier: tuple[Story, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class AssessmentHistory:
    """A page of the assessments of a commitment, newest first, each with the notes against it.

    Attributes:
        standing: The numbers of those that none supersedes.
        offset: How many newer ones come before this page; `total` how many there are on all.
    """

    topic: Topic
    entries: tuple[tuple[Assessment, tuple[Objection, ...]], ...]
    standing: frozenset[int]
    offset: int
    total: int

    @property
    def next_offset(self) -> int | None:
        """Where the next page starts; None on the last one."""
        end = self.offset + len(self.entries)
        return end if end < self.total else None


# Anything that a surface can render.
Answer = (
    CommitmentStatus
    | StatusTable
    | EvidenceAnswer
    | EvidenceTable
    | SearchAnswer
    | Digest
    | FeedsAnswer
    | Overview
    | WhyAnswer
    | TimelineAnswer
)
