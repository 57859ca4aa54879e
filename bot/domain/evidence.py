"""Evidence: that an item bears on a commitment, and what people said of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.item import Item, ItemText

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
        score: Probability that the item bears on it, 0 to 1, calibrated.
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
class Evidence(Match):
    """A filed match: the link "item bears on commitment", and what people said of it.

    Attributes:
        id: The ledger's number, shown to people as `E12`.
        item: The item at its newest revision.
        story_id: The story that the item belongs to; items of one story share it.
        score: 1.0 when a person filed it.
        verdict: A person's latest verdict on it; None before the first.
    """

    id: int
    item: Item
    story_id: int
    origin: Origin
    verdict: Verdict | None
    filed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """One person's word on one match, as the matcher learns from it."""

    commitment_id: str
    item: ItemText
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Feedback:
    """The reviews of one workspace; an empty one changes nothing.

    A matcher holds no other memory of reviews than this value, so that leaving one out and
    building the matcher anew undoes it exactly.
    """

    reviews: tuple[Review, ...] = ()

    @classmethod
    def of(cls, triples: Iterable[tuple[str, ItemText, Verdict]]) -> "Feedback":
        """From (commitment id, item, verdict) triples, the oldest first.

        Of several words on the same commitment and item (by the item's id), the last one stands.
        """
        latest: dict[tuple[str, str], Review] = {}
        for commitment_id, item, verdict in triples:
            key = (commitment_id, item.id)
            latest.pop(key, None)
            latest[key] = Review(commitment_id=commitment_id, item=item, verdict=verdict)
        return cls(tuple(latest.values()))

    def by_commitment(self) -> dict[str, list[Review]]:
        """The reviews of each commitment that has any, the oldest first."""
        found: dict[str, list[Review]] = {}
        for review in self.reviews:
            found.setdefault(review.commitment_id, []).append(review)
        return found
