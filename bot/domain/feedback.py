"""What people said of earlier matches, as the matcher learns from it."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.evidence import Verdict
from bot.domain.item import ItemText


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """One person's word on one match."""

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
