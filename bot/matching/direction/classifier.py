"""Which way an item points for a commitment: toward it, away from it, or neither.

What counts is what happens to the thing, not the tone: where a commitment asks to stop something
("suspend exercises"), its return is a setback; where it asks to start something, its end is.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.domain.commitment import Commitment
from bot.matching.direction import clause_events
from bot.matching.direction.clause_events import ClauseEvents
from bot.matching.direction.goals import CommitmentGoal, GoalReader, near
from bot.matching.direction.polarity import (
    KINDS,
    POLAR,
    THINGS,
    PolarityReader,
    PolarityWords,
    polarity_of,
)
from bot.matching.relevance.compiled import mean_of
from bot.matching.text.annotate import TITLE, Reader, Reading
from bot.matching.text.knowledge import Knowledge
from bot.matching.text.vectors import Array, WordVectors

_OF_ITEM = (
    "advance", "retreat", "title_advance", "title_retreat", "consider", "title_consider",
    "negation", "hypothetical", "retrospect", "refrain", "doing", "undoing",
    "refrain_doing", "refrain_undoing", "title_refrain_doing", "title_refrain_undoing",
    "negated_doing", "negated_advance", "tone", "title_tone", "examples", "question",
    "doing_balance", "title_doing_balance", "harm", "title_harm", "balance", "title_balance",
    "title_refrain", "title_consider_alone", "first_is_good", "first_is_bad", "end_is_bad",
)  # fmt: skip
NAMES = (*_OF_ITEM, *clause_events.NAMES)
_EXAMPLES, _NAMED, _CONSIDER_ALONE, _CONSIDER, _BALANCE, _FIRST_GOOD, _FIRST_BAD, _LAST_BAD = (
    _OF_ITEM.index(name)
    for name in (
        "examples", "title_refrain", "title_consider_alone", "title_consider", "title_balance",
        "first_is_good", "first_is_bad", "end_is_bad",
    )
)  # fmt: skip
# How much a word of the title counts, and of the summary.
_IN_TITLE, _IN_SUMMARY = 1.0, 0.7


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemFeatures:
    """An item, read for all its commitments.

    Attributes:
        mean: Direction of its words.
        plain: Numbers of the polarity words, in the order of `_OF_ITEM`.
        signed: What is added to them times the goal's sign.
        first: Labels of the title's first polarity word that has one; `last` of its last one.
        events: What happens in its clauses.
        stems: Weight of each of its stems.
    """

    mean: Array
    plain: Array
    signed: Array
    first: tuple[str, ...]
    last: tuple[str, ...]
    events: ClauseEvents
    stems: Mapping[str, float]


class DirectionClassifier:
    """Measures which way items point."""

    def __init__(self, *, vectors: WordVectors, knowledge: Knowledge) -> None:
        self._vectors = vectors
        self._polarity = PolarityReader(knowledge)
        self._plain = Reader(vectors=vectors, knowledge=knowledge)
        self._goals = GoalReader(self._plain, self._polarity, vectors=vectors)
        words = {
            name: [
                term.text
                for term in knowledge.polarity.terms()
                if THINGS.union({name}).issuperset(term.labels) and name in term.labels
            ]
            for name in ("advance", "retreat")
        }
        toward = mean_of([self._plain.read_parts(" ".join(words["advance"]))], vectors)
        away = mean_of([self._plain.read_parts(" ".join(words["retreat"]))], vectors)
        self._tone = toward - away

    def goal(self, commitment: Commitment) -> CommitmentGoal:
        """What the commitment asks for."""
        return self._goals.goal(commitment)

    def read(self, title: str, summary: str = "") -> ItemFeatures:
        """The features of an item, from its texts."""
        reading = self._plain.read_parts(title, summary)
        return self.read_again(
            reading,
            asks="?" in title,
            words=self._vectors.matrix(word.key for word in reading.words),
            mean=mean_of([reading], self._vectors),
            heading=mean_of([self._plain.read_parts(title)], self._vectors),
        )

    def read_again(
        self, reading: Reading, *, asks: bool, words: Array, mean: Array, heading: Array
    ) -> ItemFeatures:
        """The same for one that was read.

        `asks` when the title asks a question; `words` are the vectors of its telling words, a row
        each, `mean` is their direction and `heading` that of the title's words.
        """
        polarity = self._polarity.read_texts(reading.texts, asks=asks)
        telling = [h.term.labels for h in polarity.hits if h.part == TITLE]
        telling = [labels for labels in telling if not POLAR.isdisjoint(labels)]
        title, summary = polarity.stems
        plain, signed = _of_item(polarity, float(mean @ self._tone), float(heading @ self._tone))
        return ItemFeatures(
            mean=mean,
            plain=plain,
            signed=signed,
            first=telling[0] if telling else (),
            last=telling[-1] if telling else (),
            events=ClauseEvents(polarity, reading, words),
            stems=dict.fromkeys(summary, _IN_SUMMARY) | dict.fromkeys(title, _IN_TITLE),
        )

    def measure(self, pairs: Sequence[tuple[ItemFeatures, CommitmentGoal]]) -> Array:
        """(pairs, `NAMES`): the numbers for each item and commitment."""
        signs = np.array([goal.sign for _, goal in pairs], dtype=np.float32)
        own = np.array([read.plain for read, _ in pairs])
        own += signs[:, None] * np.array([read.signed for read, _ in pairs])
        own[:, _NAMED] = [goal.title for _, goal in pairs]
        for row, (read, goal) in enumerate(pairs):
            if goal.has_examples:
                own[row, _EXAMPLES] = read.mean @ (goal.progress - goal.setback)
        first = np.array([polarity_of(read.first, goal.sign) for read, goal in pairs])
        last = np.array([polarity_of(read.last, goal.sign) for read, goal in pairs])
        own[:, _FIRST_GOOD], own[:, _FIRST_BAD] = first > 0, first < 0
        own[:, _LAST_BAD] = last < 0
        own[:, _CONSIDER_ALONE] = own[:, _CONSIDER] * (1 - np.minimum(1, np.abs(own[:, _BALANCE])))
        alike = near([(read.events.vectors, goal) for read, goal in pairs])
        happens = np.array(
            [
                read.events.measure(goal, each)
                for (read, goal), each in zip(pairs, alike, strict=True)
            ],
            dtype=np.float32,
        )
        # The logarithm of each value and one, with the value's sign.
        return np.hstack([own, np.copysign(np.log1p(np.abs(happens)), happens)])


def _of_item(polarity: PolarityWords, tone: float, title_tone: float) -> tuple[Array, Array]:
    """What the polarity words of the whole item say: by itself, and times the goal's sign.

    What depends on the goal otherwise stays 0: `DirectionClassifier.measure` fills it in.
    """
    counts = [*polarity.both, *polarity.title]
    values = np.array([*map(math.log1p, counts), tone, title_tone, polarity.asks, 1.0], np.float32)
    return np.asarray(_PLAIN @ values), np.asarray(_SIGNED @ values)


def _recipe(parts: Mapping[str, str]) -> Array:
    """(`_OF_ITEM`, values): each number as a sum of values, with a minus before some."""
    values = [*KINDS, *(f"title {kind}" for kind in KINDS), "tone", "title tone", "asks", "one"]
    out = np.zeros((len(_OF_ITEM), len(values)), dtype=np.float32)
    for name, recipe in parts.items():
        for part in recipe.split(", "):
            out[_OF_ITEM.index(name), values.index(part.removeprefix("-"))] = (
                -1.0 if part.startswith("-") else 1.0
            )
    return out


_PLAIN = _recipe({
    **{kind: kind for kind in (
        "advance", "retreat", "consider", "negation", "hypothetical", "retrospect", "doing",
        "undoing", "harm",
    )},
    **{f"title_{kind}": f"title {kind}" for kind in ("advance", "retreat", "consider", "harm")},
    "negated_doing": "not doing", "negated_advance": "not advance",
    "tone": "tone", "title_tone": "title tone", "question": "asks",
    "balance": "advance, -retreat, -harm",
    "title_balance": "title advance, -title retreat, -title harm",
})  # fmt: skip
_SIGNED = _recipe({
    "refrain": "one", "refrain_doing": "doing", "refrain_undoing": "undoing",
    "title_refrain_doing": "title doing", "title_refrain_undoing": "title undoing",
    "doing_balance": "doing, -undoing",
    "title_doing_balance": "title doing, -title undoing",
    "balance": "-doing, undoing", "title_balance": "-title doing, title undoing",
})  # fmt: skip
