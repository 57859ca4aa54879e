"""What a commitment asks for: of each thing that it names, whether there should be more or less."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.domain.commitment import Commitment
from bot.matching.direction.polarity import THINGS, PolarityHit, PolarityReader
from bot.matching.relevance.compiled import mean_of
from bot.matching.text.annotate import Reader
from bot.matching.text.tokens import tokens_of
from bot.matching.text.vectors import Array, WordVectors

# A title that asks to stop settles it; words in the text alone only go so far.
_NAMED, _INSIDE = 0.9, 0.6
# What the title names weighs so much more.
_TITLE = 1.5
# A word of the item stands for one of the commitment's from this likeness on.
_NEAR_WORD, _LEAST = 0.5, 0.35


@dataclass(frozen=True, kw_only=True, slots=True)
class CommitmentGoal:
    """What a commitment asks for, as direction needs it.

    Attributes:
        refrain: From 0 (asks to do something) to 1 (asks to stop or refrain).
        title: 1 when its very title says so.
        progress: Direction of its examples of progress; zeros without.
        setback: Likewise of setback.
        has_examples: Whether there are any.
        words: For each stem its weight, and 1 where there should be more of it, -1 less.
        concepts: For each concept's label, 1 or -1.
        rows: (words, 256): the words' vectors, in the order of `words`.
        weights: (words,): their weights; `signs` their 1 or -1.
        talks: 1 when it asks for talks; `mood` 1 when for good relations.
    """

    refrain: float
    title: float
    progress: Array
    setback: Array
    has_examples: bool
    words: Mapping[str, tuple[float, float]]
    concepts: Mapping[str, float]
    rows: Array
    weights: Array
    signs: Array
    talks: float
    mood: float

    @property
    def sign(self) -> float:
        """1 when the commitment as a whole asks to stop something, -1 when to do something."""
        return 2 * self.refrain - 1


def near(pairs: Sequence[tuple[Array, CommitmentGoal]]) -> list[dict[int, tuple[float, float]]]:
    """For each pair of an item's words (words, 256) and a goal: which stand for which.

    Gives, by the row of the item's word, the weight and the sign of the goal's word that it stands
    for.
    """
    words = max((len(vectors) for vectors, _ in pairs), default=0)
    width = max((len(goal.rows) for _, goal in pairs), default=0)
    found: list[dict[int, tuple[float, float]]] = [{} for _ in pairs]
    if not words or not width:
        return found
    likeness = np.zeros((len(pairs), words, width), dtype=np.float32)
    weights, signs = np.zeros((2, len(pairs), width), dtype=np.float32)
    for number, (vectors, goal) in enumerate(pairs):
        likeness[number, : len(vectors), : len(goal.rows)] = vectors @ goal.rows.T
        weights[number, : len(goal.rows)] = goal.weights
        signs[number, : len(goal.rows)] = goal.signs
    best = (likeness * weights[:, None]).argmax(axis=2)
    top = np.take_along_axis(likeness, best[:, :, None], axis=2)[:, :, 0]
    each, rows = np.nonzero(top > _NEAR_WORD)
    best = best[each, rows]
    strength = (top[each, rows] - _LEAST) / (1 - _LEAST) * weights[each, best]
    facts = zip(strength.tolist(), signs[each, best].tolist(), strict=True)
    for number, row, fact in zip(each.tolist(), rows.tolist(), facts, strict=True):
        found[number][row] = fact
    return found


class GoalReader:
    """Reads the goals of commitments."""

    def __init__(self, reader: Reader, polarity: PolarityReader, *, vectors: WordVectors) -> None:
        self._vectors = vectors
        self._polarity = polarity
        self._plain = reader

    def goal(self, commitment: Commitment) -> CommitmentGoal:
        """What the commitment asks for."""
        words: dict[str, list[tuple[float, float, Array]]] = {}
        concepts: dict[str, list[float]] = {}
        for text, boost in ((commitment.text, 1.0), (commitment.title, _TITLE)):
            self._read(text, boost, words, concepts)
        merged: dict[str, tuple[float, float]] = {}
        for stem, each in words.items():
            signs, weights = [sign for sign, *_ in each], [weight for _, weight, _ in each]
            sign = np.average(signs, weights=[weight + 1e-6 for weight in weights])
            merged[stem] = max(weights), float(sign)
        refrain, title = self._refrain(commitment)
        rows = [each[0][2] for each in words.values()]
        return CommitmentGoal(
            refrain=refrain, title=title,
            progress=self._mean(commitment.progress), setback=self._mean(commitment.setback),
            has_examples=bool(commitment.progress or commitment.setback), words=merged,
            concepts={
                label: float(np.sign(np.mean(signs))) or 1 - 2 * refrain
                for label, signs in concepts.items()
            },
            rows=np.array(rows, dtype=np.float32).reshape(-1, self._vectors.size),
            weights=np.array([weight for weight, _ in merged.values()], dtype=np.float32),
            signs=np.array([sign for _, sign in merged.values()], dtype=np.float32),
            talks=float(not self._plain.kinds.get("talks", frozenset()).isdisjoint(concepts)),
            mood=float(not self._plain.kinds.get("mood", frozenset()).isdisjoint(concepts)),
        )  # fmt: skip

    def _refrain(self, commitment: Commitment) -> tuple[float, float]:
        """How far the commitment as a whole asks to stop, and whether its title says so."""
        title = {label for hit in self._hits(commitment.title) for label in hit.term.labels}
        text = self._hits(commitment.text)
        named, begins = "refrain" in title, "doing" in title and "refrain" not in title
        stops = sum("refrain" in hit.term.labels for hit in text)
        starts = sum("doing" in hit.term.labels for hit in text)
        inside = _INSIDE * stops / (stops + starts + 1)
        return 0.1 if begins else _NAMED if named else 0.1 + inside, float(named)

    def _hits(self, text: str) -> list[PolarityHit]:
        return self._polarity.read(text).hits

    def _mean(self, examples: tuple[str, ...]) -> Array:
        return mean_of([self._plain.read_parts(each) for each in examples], self._vectors)

    def _read(
        self,
        text: str,
        boost: float,
        words: dict[str, list[tuple[float, float, Array]]],
        concepts: dict[str, list[float]],
    ) -> None:
        hits = {
            hit.start: hit for hit in self._hits(text) if not THINGS.issuperset(hit.term.labels)
        }
        signs = _signs(text, hits)
        read = self._plain.read_parts(text)
        for word in read.words:
            if not word.named and word.start not in hits:
                fact = signs[word.start], word.weight * boost, word.vector
                words.setdefault(word.stem, []).append(fact)
        for hit in read.hits:
            inside = [sign for start, sign in signs.items() if hit.start <= start < hit.end]
            for label in hit.term.labels:
                if label[:2] == "c:":
                    concepts.setdefault(label, []).append(float(np.mean(inside)) * boost)


def _signs(text: str, hits: Mapping[int, PolarityHit]) -> dict[int, float]:
    """For each word, by its start, 1; or -1 behind a verb of stopping, within the clause."""
    signs, sign, end = {}, 1.0, 0
    for token in tokens_of(text):
        if not {":", ";", "."}.isdisjoint(text[end : token.start]):
            sign = 1.0
        hit = hits.get(token.start)
        if hit is not None:
            labels = hit.term.labels
            if "refrain" in labels or "undoing" in labels:
                sign = -1.0
            elif "doing" in labels or "advance" in labels:
                sign = 1.0
        signs[token.start] = sign
        end = token.end
    return signs
