"""Which commitments an item bears on, in which direction, and why."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bot.domain.commitment import Pack
from bot.domain.evidence import Direction, Feedback, Match, Review
from bot.domain.item import ItemText
from bot.matching.direction.classifier import DirectionClassifier, ItemFeatures
from bot.matching.model import DIRECTIONS, Model, shipped_model, sigmoid
from bot.matching.relevance import foreign
from bot.matching.relevance.compiled import Ids, compile_pack, gives_more
from bot.matching.relevance.features import expand
from bot.matching.relevance.foreign import Encoder, Interpreter
from bot.matching.relevance.scoring import Chunk, Explainer, Scorer
from bot.matching.text.knowledge import knowledge, knowledge_digest
from bot.matching.text.vectors import Array, WordVectors

if TYPE_CHECKING:
    from bot.matching.direction.goals import CommitmentGoal

# Reviewed items less alike than this say nothing of a new one.
_NEAR_FROM = 0.45
# The most logits that likeness to reviewed items, and their bare number, can move a match.
_LOCAL, _GLOBAL = 2.5, 0.6
# Counts as this number of reviews that agreed with the machine.
_DOUBT = 6.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Lesson:
    """What the reviews of one commitment teach."""

    vectors: Array  # (reviews, 256): directions of the reviewed items
    signs: Array  # 1 for confirmed, -1 for rejected
    shift: float  # logits for every item of this commitment, within `_GLOBAL`

    def move(self, vectors: Array) -> Array:
        """Logits to add for items with these directions (items, 256).

        Within `_LOCAL + _GLOBAL`: a handful of rejections never silences a commitment, as only
        items much like the rejected ones move far.
        """
        near = np.clip((vectors @ self.vectors.T - _NEAR_FROM) / (1 - _NEAR_FROM), 0, 1) ** 2
        pull = (near * self.signs).sum(axis=1) / (0.25 + near.sum(axis=1))
        strength = near.max(axis=1, initial=0.0) ** 0.5
        return np.asarray(_LOCAL * pull * strength + self.shift)


def learn(reviews: Sequence[Review], vectors: Array, expected: Array) -> Lesson:
    """What one commitment's reviews teach a matcher that would have given the expected scores."""
    right = np.array([review.verdict.fits for review in reviews], dtype=np.float32)
    surprise = float((right - expected).sum()) / (len(reviews) + _DOUBT)
    shift = float(np.clip(2 * surprise, -1, 1)) * _GLOBAL
    return Lesson(vectors=vectors, signs=2 * right - 1, shift=shift)


# Raise it when the code comes to other results with the same numbers and data files.
_ALGORITHM = 2
# Commitments that an item is filed under at most: a headline hardly bears on more.
_MAX_FILED = 4


class Matcher:
    """Matches items with the commitments of one pack.

    Made once for a pack and a workspace's reviews; reading is safe from several threads. The
    same item always gets the same answer, alone or among others.
    """

    def __init__(
        self,
        pack: Pack,
        *,
        vectors: WordVectors,
        model: Model | None = None,
        feedback: Feedback | None = None,
        encoder: Encoder | None = None,
    ) -> None:
        """Reads the pack, then the reviews; without `model`, the numbers come with the bot.

        Without an encoder everything is read as English, whatever it is.
        """
        self._model = model or shipped_model()
        facts = knowledge()
        interpreter = None
        if encoder is not None:
            interpreter = Interpreter(pack, encoder=encoder, knowledge=facts)
            pack = interpreter.pack
        self._pack = compile_pack(pack, vectors=vectors, knowledge=facts)
        self._scorer = Scorer(self._pack, vectors, interpreter)
        self._classifier = DirectionClassifier(vectors=vectors, knowledge=facts)
        self._explainer = Explainer(self._pack)
        self._goals: dict[int, CommitmentGoal] = {}
        self._given = np.array([gives_more(c) for c in pack.commitments], dtype=bool)
        bare, given = self._model.bare, self._model.given
        self._file = np.where(self._given, given.file, bare.file)
        self._sure = np.where(self._given, given.sure, bare.sure)
        self._lessons: dict[int, Lesson] = {}
        self._lessons = self._learn(feedback or Feedback())
        content = f"{_ALGORITHM} {self._model.digest} {vectors.name} {knowledge_digest()}"
        if encoder is not None:
            content += f" {encoder.name}"
        self.version = hashlib.sha256(content.encode()).hexdigest()[:12]

    def match(self, item: ItemText) -> tuple[Match, ...]:
        """The matches to file, best first; those that are not `sure` also need a review."""
        return self.match_many([item])[0]

    def match_many(self, items: Sequence[ItemText]) -> list[tuple[Match, ...]]:
        """`match` for each item, in order; much faster than one by one."""
        found: list[tuple[Match, ...]] = []
        for chunk, scores in self._scored(items):
            found.extend(self._matches(chunk, scores))
        return found

    def scores(self, items: Sequence[ItemText]) -> list[dict[str, float]]:
        """For each item the score of every candidate, filed or not, for evaluation."""
        out: list[dict[str, float]] = []
        for chunk, scores in self._scored(items):
            rows: list[dict[str, float]] = [{} for _ in chunk.items]
            pairs = zip(chunk.pairs.items, chunk.pairs.commitments, scores, strict=True)
            for item, row, score in pairs:
                rows[item][self._pack.commitments[row].id] = float(score)
            out.extend(rows)
        return out

    def in_english(self, items: Sequence[ItemText]) -> list[ItemText]:
        """The items, those in other languages in the words by which they are matched."""
        parts = zip(items, self._scorer.texts(items)[1], strict=True)
        return [
            item if item.title == title else replace(item, title=title, summary=summary)
            for item, (title, summary) in parts
        ]

    def _scored(self, items: Sequence[ItemText]) -> Iterator[tuple[Chunk, Array]]:
        for chunk in self._scorer.chunks(items):
            logits = self._logits(chunk)
            for row, lesson in self._lessons.items():
                here = np.flatnonzero(chunk.pairs.commitments == row)
                if len(here):
                    logits[here] += lesson.move(chunk.pairs.vectors[chunk.pairs.items[here], 0])
            yield chunk, sigmoid(logits)

    def _logits(self, chunk: Chunk) -> Array:
        columns = expand(chunk.features, chunk.pairs.items)
        given = self._given[chunk.pairs.commitments]
        logits = np.zeros(len(columns), dtype=np.float32)
        for rows, scoring in ((given, self._model.given), (~given, self._model.bare)):
            if rows.any():
                logits[rows] = scoring.logits(columns[rows])
        rows = _is_foreign(chunk)
        if rows.any():
            told = foreign.columns(logits[rows], chunk.likeness[rows], chunk.pairs.items[rows])
            logits[rows] = self._model.foreign.linear.logits(told)[:, 0]
        return logits

    def _matches(self, chunk: Chunk, scores: Array) -> list[tuple[Match, ...]]:
        pairs = chunk.pairs
        is_foreign = _is_foreign(chunk)
        file = np.where(is_foreign, self._model.foreign.file, self._file[pairs.commitments])
        sure = ~is_foreign & (scores >= self._sure[pairs.commitments])
        filed = _best_of_each(scores, file, pairs.items)
        directions = self._directions(chunk, filed)
        out: list[list[Match]] = [[] for _ in chunk.items]
        for number, (direction, likely) in zip(filed, directions, strict=True):
            item, row = int(pairs.items[number]), int(pairs.commitments[number])
            if language := chunk.languages[item]:
                reasons: tuple[str, ...] = (f"read in {language} by meaning alone",)
                passage = chunk.items[item].title.strip()
            else:
                reasons, passage = self._explainer.explain(
                    chunk.items[item], chunk.readings[item], row,
                    chunk.pack_hits.all[item], chunk.features[number],
                )  # fmt: skip
            score = float(scores[number])
            out[item].append(
                Match(
                    commitment_id=self._pack.commitments[row].id,
                    score=round(score, 4),
                    direction=direction,
                    # The last digits depend on which items are computed together.
                    direction_score=round(likely, 2),
                    reasons=reasons,
                    passage=passage,
                    sure=bool(sure[number]),
                )
            )
        return [tuple(sorted(each, key=lambda m: (-m.score, m.commitment_id))) for each in out]

    def _directions(self, chunk: Chunk, filed: NDArray[np.intp]) -> list[tuple[Direction, float]]:
        """Of each pair to file, in order, with its probability."""
        if not len(filed):
            return []
        read: dict[int, ItemFeatures] = {}
        places: dict[int, int] = {}
        pairs, order = [], []
        for number in filed:
            row, place = int(chunk.pairs.items[number]), int(chunk.pairs.commitments[number])
            if row not in read:
                vectors, item = chunk.pairs.vectors[row], chunk.items[row]
                read[row] = self._classifier.read_again(
                    chunk.readings[row], asks="?" in item.title, words=chunk.words[row],
                    mean=vectors[0], heading=vectors[1],
                )  # fmt: skip
            goal = self._goals.get(place)
            if goal is None:
                goal = self._goals[place] = self._classifier.goal(self._pack.commitments[place])
            pairs.append((read[row], goal))
            order.append(places.setdefault(row, len(places)))
        model = self._model.direction
        stem_logits = model.stem_logits([each.stems for each in read.values()])[order]
        signs = np.array([goal.sign for _, goal in pairs], dtype=np.float32)
        logits = model.logits(self._classifier.measure(pairs), stem_logits, signs)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        best = odds.argmax(axis=1)
        return [
            (DIRECTIONS[one], float(likely))
            for one, likely in zip(best, odds.max(axis=1) / odds.sum(axis=1), strict=True)
        ]

    def _learn(self, feedback: Feedback) -> dict[int, Lesson]:
        rows = {c.id: row for row, c in enumerate(self._pack.commitments)}
        by_commitment = feedback.by_commitment().items()
        reviews = {name: each for name, each in by_commitment if name in rows}
        if not reviews:
            return {}
        items = list({r.item.id: r.item for each in reviews.values() for r in each}.values())
        scores = dict(zip((item.id for item in items), self.scores(items), strict=True))
        vectors = {
            item.id: vector
            for chunk in self._scorer.chunks(items)
            for item, vector in zip(chunk.items, chunk.pairs.vectors[:, 0], strict=True)
        }
        lessons = {}
        for name, each in reviews.items():
            expected = np.array([scores[r.item.id].get(name, 0.0) for r in each], dtype=np.float32)
            own = np.stack([vectors[review.item.id] for review in each])
            lessons[rows[name]] = learn(each, own, expected)
        return lessons


def _is_foreign(chunk: Chunk) -> NDArray[np.bool_]:
    """For each pair whether its item is in another language."""
    items = np.array([tongue is not None for tongue in chunk.languages], dtype=bool)
    return np.asarray(items[chunk.pairs.items])


def _best_of_each(scores: Array, limits: Array, items: Ids) -> NDArray[np.intp]:
    """Which pairs to file: those over their limit, the best `_MAX_FILED` of each item."""
    over = np.flatnonzero(scores >= limits)
    order = over[np.lexsort((-scores[over], items[over]))]
    first = np.searchsorted(items[order], items[order], side="left")
    return np.sort(order[np.arange(len(order)) - first < _MAX_FILED])
