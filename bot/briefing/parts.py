"""The parts that answers are made of: a story's line, a silence, a balance, a feed's health.

All moments are aware UTC. Headlines, passages and outlets come from feeds: they are one clean line
each (`bot.domain.text.one_line`), and still foreign to whatever markup a surface speaks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.assessment import Assessment
from bot.domain.evidence import Direction, Verdict
from bot.domain.feed import Feed, FeedFigures

# With fewer reviews nothing is said of how often the filing is right.
FEWEST_REVIEWS: Final = 10


class Standing(StrEnum):
    """Who stands behind a piece of evidence: a person or the machine, never mixed."""

    CONFIRMED = "confirmed"  # a person confirmed it, or filed it by hand
    PROPOSED = "proposed"  # the machine filed it and is sure enough; nobody has reviewed it
    UNSURE = "unsure"  # the machine filed it and asks for a review


class EmptyReason(StrEnum):
    """Why an answer has nothing to show; each surface says what to do about it."""

    NOTHING_TRACKED = "nothing_tracked"
    NO_LONGER_TRACKED = "no_longer_tracked"
    NO_FEEDS = "no_feeds"
    NEVER_FETCHED = "never_fetched"
    NO_EVIDENCE = "no_evidence"
    NOTHING_FOUND = "nothing_found"


@dataclass(frozen=True, kw_only=True, slots=True)
class Topic:
    """A commitment as headings need it.

    One that is no longer in the pack has its id as the title, and no summit. `source` is where the
    summit's document can be read; None when the pack does not say.
    """

    id: str
    title: str
    summit_id: str = ""
    summit: str = ""
    source: str | None = None
    priority: int | None = None
    due: date | None = None
    concern: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """One story as evidence under one commitment: what a line of a briefing says.

    Headline, link, number, direction and passage are those of one piece of evidence, so that a line
    and the answer to "why" always say the same.

    Attributes:
        evidence_id: That evidence; people see it as `E12`.
        url: Where to read its item, http or https; None when it has no link.
        outlets: Who reports it, each once; the headline's outlet first, then by weight.
        urls: Where each of the outlets reports it, in their order; None for one without a link.
        direction: As a person set it, or the machine is sure of it; None when it is unsure.
        reading: The same, however unsure the machine is.
        contrary: How many outlets' reports are read the other way, as progress where this is a
            setback.
        verdict: The verdict of people that stands on it, `verdict_by` and `verdict_at` as in
            `Evidence`.
        shown_at: The date of the item whose headline is shown.
        published_at: The date of the earliest item: when the story broke.
        dated: False when no item carries a publisher's date, so that dates are first sightings.
        standing: The strongest of its evidence.
        score: The best of its evidence.
        support: The sum over its outlets of each one's best score: how many of them, by what the
            machine expects, report something that bears on this commitment.
        reach: Sum of the weights of its outlets.
        passage: The words of the headline's item that say it; empty when none stands out.
        late: Of an answer as of a day, how many of its items were fetched only later; else 0.
        changed_at: When an edit last made other news of the item whose headline is shown; None
            when it says what it always said.
    """

    story_id: int
    commitment_id: str
    evidence_id: int
    headline: str
    url: str | None
    outlets: tuple[str, ...]
    urls: tuple[str | None, ...] = ()
    direction: Direction | None
    reading: Direction
    contrary: int = 0
    verdict: Verdict | None = None
    verdict_by: str | None = None
    verdict_at: datetime | None = None
    shown_at: datetime
    published_at: datetime
    newest_at: datetime
    dated: bool
    standing: Standing
    score: float
    support: float
    reach: float
    passage: str
    items: int
    late: int = 0
    changed_at: datetime | None = None

    @property
    def is_sure(self) -> bool:
        """Whether it surely bears on the commitment, and which way is sure or a person's word."""
        return self.standing is not Standing.UNSURE and self.direction is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """Stories in a row, by when they broke, that surely point the same way.

    Where one run ends and the next begins, the commitment turned.

    Attributes:
        direction: Progress or setback.
        first: The story that it begins with.
        until: When its newest story broke.
        stories: How many there are.
    """

    direction: Direction
    first: Story
    until: datetime
    stories: int

    @property
    def since(self) -> datetime:
        """When it began."""
        return self.first.published_at


@dataclass(frozen=True, kw_only=True, slots=True)
class Quality:
    """How often the filing under a commitment was right, by the last reviews of people.

    Attributes:
        reviewed: How many filings of the machine people reviewed, the last 50 at most.
        right: How many of them bear on the commitment.
        directions: How many of those were shown with a direction and got one from a person.
        directions_right: How many of these were right.
    """

    reviewed: int = 0
    right: int = 0
    directions: int = 0
    directions_right: int = 0

    @property
    def says_something(self) -> bool:
        """Whether there are enough reviews to tell people."""
        return self.reviewed >= FEWEST_REVIEWS


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """How long a commitment has had no evidence, against its own rhythm and its due date.

    Attributes:
        last: Date of the newest evidence, `gap` from then until now; None without any.
        rhythm: The usual gap between days with a story; None when too few days are known.
        allowed: How long a gap may be before it counts as silence.
        quiet: Whether the gap is longer than that; False without any evidence at all.
    """

    last: datetime | None
    gap: timedelta | None
    rhythm: timedelta | None
    allowed: timedelta
    quiet: bool

    @property
    def began_at(self) -> datetime | None:
        """When the gap became longer than is allowed; None where it is not quiet."""
        return self.last + self.allowed if self.last and self.quiet else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Balance:
    """Stories of the last `days` days by direction: counted, never a judgement.

    Those whose direction is unsure are counted as that alone.
    """

    days: int
    progress: int = 0
    setback: int = 0
    neutral: int = 0
    unsure: int = 0

    @property
    def stories(self) -> int:
        """All of them."""
        return self.progress + self.setback + self.neutral + self.unsure


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusLine:
    """One commitment among others: its level, its turns, the last 90 days, and its silence.

    Attributes:
        standing: As in `CommitmentStatus`.
        runs: The same within the last year.
    """

    topic: Topic
    standing: tuple[Assessment, ...] = ()
    runs: tuple[Run, ...] = ()
    balance: Balance
    silence: Silence


@dataclass(frozen=True, kw_only=True, slots=True)
class Quiet:
    """A commitment that has been quiet for longer than its rhythm, or than its due date allows.

    `last` is its newest story; None where that is older than a year.
    """

    topic: Topic
    silence: Silence
    last: Story | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedCounts:
    """The state of the feed list, for a footer."""

    total: int
    failing: int


class FeedState(StrEnum):
    """The state of a feed, in the words that people read."""

    WELL = "well"
    SILENT = "silent"
    FAILING = "failing"
    PAUSED = "paused"
    NEW = "never fetched"


# What people call a state as a filter of the list, where other words are sought in titles.
FILTER_WORDS: Mapping[str, FeedState] = {
    "well": FeedState.WELL,
    "ok": FeedState.WELL,
    "silent": FeedState.SILENT,
    "quiet": FeedState.SILENT,
    "failing": FeedState.FAILING,
    "broken": FeedState.FAILING,
    "paused": FeedState.PAUSED,
    "new": FeedState.NEW,
}
# The same in a question about feeds, where words stand in a sentence: `is anything down?`.
QUESTION_WORDS: Mapping[str, FeedState] = {
    word: state
    for state, words in (
        (FeedState.FAILING, "failing fail fails failed broken down dead errors"),
        (FeedState.SILENT, "silent quiet stale asleep"),
        (FeedState.PAUSED, "paused muted disabled"),
        (FeedState.WELL, "healthy alive working"),
    )
    for word in words.split()
}


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedHealth:
    """One feed's health, by the rules of `bot.briefing.feed_health`.

    Attributes:
        weeks: Over how many weeks its items and matches are counted.
        sentence: What is the matter, and since when, without a full stop. The feed's error, which
            is foreign text, may be in it: escape it.
    """

    figures: FeedFigures
    state: FeedState
    weeks: float
    sentence: str

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
        """The share of its reviewed evidence that was rejected, 0 to 1; None when none is."""
        return self.figures.rejected / self.figures.judged if self.figures.judged else None
