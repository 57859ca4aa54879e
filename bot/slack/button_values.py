"""What our buttons carry: small JSON, checked when it comes back.

A value was ours when the message was posted, but it comes back from outside, perhaps years later
and from an older version: it is checked like any other input. Menu values have 150 characters.
"""

from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.briefing.questions import Intent
from bot.domain.evidence import Direction, Verdict

_Id = Field(ge=1, le=2**63 - 1)
_Name = Field(min_length=1, max_length=100)


class Value(BaseModel):
    """What a button or a choice in a menu carries."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CommitmentValue(Value):
    """A commitment by id: status, evidence, timeline."""

    commitment: str = _Name


class SubscribeValue(Value):
    """What to choose beforehand in the subscribe form; None for nothing."""

    commitment: str | None = Field(default=None, min_length=1, max_length=100)


class EvidencePage(Value):
    """A page of a list of evidence: what was asked for, and how many stories to pass over."""

    commitment: str = _Name
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    direction: Direction | None = None
    source: str | None = Field(default=None, min_length=1, max_length=120)
    offset: int = Field(default=0, ge=0, le=1_000_000)


class AskedValue(Value):
    """A question with what was meant by it: the commitment, or what is asked."""

    text: str = Field(max_length=1_000)
    commitment: str | None = Field(default=None, min_length=1, max_length=100)
    intent: Intent | None = None


class StoryChoice(StrEnum):
    """What the menu beside a story offers, or did: menus stay in channels for years."""

    PROGRESS = "progress"
    SETBACK = "setback"
    NEUTRAL = "neutral"
    DOES_NOT_FIT = "does_not_fit"
    MOVE = "move"
    WHY = "why"
    UNDO = "undo"
    FITS = "fits"  # of older menus, which did not ask for a direction: answered by asking

    @property
    def verdict(self) -> Verdict | None:
        """The verdict that it stands for; None when it asks something first."""
        return _VERDICTS.get(self)


_VERDICTS = {
    StoryChoice.PROGRESS: Verdict.PROGRESS,
    StoryChoice.SETBACK: Verdict.SETBACK,
    StoryChoice.NEUTRAL: Verdict.NEUTRAL,
    StoryChoice.DOES_NOT_FIT: Verdict.REJECTED,
}


class StoryValue(Value):
    """A choice from the menu beside a story, by the evidence whose headline it shows.

    To undo, with the time of the verdict that is meant, so that it takes back no other.
    """

    evidence: int = _Id
    choice: StoryChoice
    at: AwareDatetime | None = None


class ReviewValue(Value):
    """A verdict button on one piece of evidence; of older messages, whose last is `confirmed`."""

    evidence: int = _Id
    verdict: Verdict


class CardValue(Value):
    """A button of a review card: a verdict, or None to skip; the commitment asked for, or None."""

    evidence: int = _Id
    verdict: Verdict | None = None
    commitment: str | None = Field(default=None, min_length=1, max_length=100)


class ArticleValue(Value):
    """A stored item to file by hand; with a commitment and a verdict it is filed at once."""

    item: int = _Id
    commitment: str | None = Field(default=None, min_length=1, max_length=100)
    verdict: Verdict | None = None


class AuditPageValue(Value):
    """A page of the audit trail: what was asked for, in its words, and how many to pass over."""

    words: str = Field(default="", max_length=200)
    offset: int = Field(default=0, ge=0, le=1_000_000)


class AcceptValue(Value):
    """A change of a file, `feeds` or `commitments`, that an admin was shown."""

    file: str = Field(pattern="^(feeds|commitments)$")
    fingerprint: str = Field(min_length=1, max_length=64)


class MoveValue(Value):
    """A commitment to move a piece of evidence to, as chosen in a modal."""

    evidence: int = _Id
    to: str = _Name


class LevelValue(Value):
    """A level of a commitment, as chosen in a modal."""

    commitment: str = _Name
    level: int = Field(ge=-9, le=9)


class AssessmentValue(Value):
    """An assessment by the ledger's number."""

    assessment: int = _Id


class HistoryPageValue(Value):
    """A page of the assessments of a commitment, by how many newer ones to pass over."""

    commitment: str = _Name
    offset: int = Field(default=0, ge=0, le=1_000_000)


class FeedChoice(StrEnum):
    """What the menu beside a feed offers to admins."""

    PAUSE = "pause"
    RESUME = "resume"
    TEST = "test"
    HISTORY = "history"
    REMOVE = "remove"


class FeedValue(Value):
    """A choice from the menu beside a feed, by the ledger's number of the feed."""

    feed: int = _Id
    choice: FeedChoice


class FeedsPageValue(Value):
    """A page of the feed list: the filter as typed, and which page."""

    words: str = Field(default="", max_length=200)
    page: int = Field(default=1, ge=1, le=100_000)


# With what else an offer holds, a button's 2,000 characters are not exceeded.
LONGEST_URL_IN_VALUE = 1_500
LONGEST_TITLE = 100
LONGEST_CATEGORY = 60
LONGEST_LANGUAGE = 60


class FeedLookValue(Value):
    """A feed to preview; title and category as typed by the admin, None for the feed's own."""

    url: str = Field(min_length=1, max_length=LONGEST_URL_IN_VALUE)
    title: str | None = Field(default=None, min_length=1, max_length=LONGEST_TITLE)
    category: str | None = Field(default=None, min_length=1, max_length=LONGEST_CATEGORY)


class FeedOfferValue(FeedLookValue):
    """A feed that was previewed and may be listed; `at` is when it was previewed."""

    language: str | None = Field(default=None, min_length=1, max_length=LONGEST_LANGUAGE)
    at: AwareDatetime


class ImportValue(Value):
    """A list that was shown and may be imported: a file in Slack by id, or a link.

    The fingerprint tells whether it is still the same when it is read again.
    """

    file: str | None = Field(default=None, min_length=1, max_length=100)
    link: str | None = Field(default=None, min_length=1, max_length=LONGEST_URL_IN_VALUE)
    fingerprint: str = Field(min_length=1, max_length=64)
    at: AwareDatetime


class SubscriptionValue(Value):
    """A subscription by the ledger's number."""

    subscription: int = _Id
