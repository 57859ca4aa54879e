"""How what people said of earlier matches moves the next ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.domain.evidence import Verdict
from bot.domain.feedback import Review
from bot.domain.item import ItemText
from bot.matching.vectors import Array

_NEAR_FROM = 0.45
"""Reviewed items less alike than this say nothing of a new one."""
_LOCAL, _GLOBAL = 2.5, 0.6
"""The most logits that likeness to reviewed items, and their bare number, can move a match."""
_DOUBT = 6.0
"""As good as so many reviews that agreed with the machine."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lesson:
    """What the reviews of one commitment teach.

    Attributes:
        vectors: (reviews, 256): directions of the reviewed items.
        signs: 1 for confirmed, -1 for rejected.
        shift: Logits for every item of this commitment, within `_GLOBAL`.
    """

    vectors: Array
    signs: Array
    shift: float

    def move(self, vectors: Array) -> Array:
        """Logits to add for items with these directions (items, 256).

        Within `_LOCAL + _GLOBAL`: a handful of rejections never silences a commitment, as only
        items much like the rejected ones move far.
        """
        near = np.clip((vectors @ self.vectors.T - _NEAR_FROM) / (1 - _NEAR_FROM), 0, 1) ** 2
        pull = (near * self.signs).sum(axis=1) / (0.25 + near.sum(axis=1))
        strength = near.max(axis=1, initial=0.0) ** 0.5
        return np.asarray(_LOCAL * pull * strength + self.shift)


def learn(
    reviews: Sequence[Review],
    *,
    vector_of: Callable[[ItemText], Array],
    probability_of: Callable[[ItemText], float],
) -> Lesson:
    """What one commitment's reviews teach a matcher that would have said `probability_of`."""
    vectors = np.stack([vector_of(review.item) for review in reviews])
    right = np.array([review.verdict is Verdict.CONFIRMED for review in reviews], dtype=np.float32)
    expected = np.array([probability_of(review.item) for review in reviews], dtype=np.float32)
    surprise = float((right - expected).sum()) / (len(reviews) + _DOUBT)
    shift = float(np.clip(2 * surprise, -1, 1)) * _GLOBAL
    return Lesson(vectors=vectors, signs=2 * right - 1, shift=shift)
