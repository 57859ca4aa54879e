"""Evidence: that an item bears on a commitment, and what people said of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.item import Item

# Items published further apart than this never report the same event.
STORY_WINDOW: Final = timedelta(days=10)


class Direction(StrEnum):
    """Toward fulfilment of the commitment, away from it, or neither."""

    PROGRESS = "progress"
    SETBACK = "setback"
    NEUTRAL = "neutral"


class Verdict(StrEnum):
    """What a person said of a piece of evidence."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class Origin(StrEnum):
    """Who filed it; the two are never mixed up."""

    MACHINE = "machine"
    PERSON = "person"


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """What the matcher says of one item and one commitment.

    Attributes:
        commitment_id: The commitment.
        score: Probability that the item bears on it, 0 to 1, calibrated.
        direction: Toward it, away from it, or neither.
        reasons: Short phrases in the order of their weight, for people.
        passage: The words of the item that say it, quoted exactly; empty when none stands out.
        sure: True when the score is high enough to file without review; otherwise the evidence
            also goes to the review queue.
    """

    commitment_id: str
    score: float
    direction: Direction
    reasons: tuple[str, ...] = ()
    passage: str = ""
    sure: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """A filed link "item bears on commitment".

    Attributes:
        id: The ledger's number, shown to people as `E12`.
        commitment_id: The commitment.
        item: The item at its newest revision.
        story_id: The story that the item belongs to; items of one story share it.
        score: See `Match.score`; 1.0 when a person filed it.
        direction: See `Match.direction`; a person's choice wins.
        reasons: See `Match.reasons`.
        passage: See `Match.passage`.
        origin: Machine or person.
        verdict: A person's latest verdict on it; None before the first.
        sure: See `Match.sure`.
        filed_at: When it was filed.
    """

    id: int
    commitment_id: str
    item: Item
    story_id: int
    score: float
    direction: Direction
    reasons: tuple[str, ...]
    passage: str
    origin: Origin
    verdict: Verdict | None
    sure: bool
    filed_at: datetime
