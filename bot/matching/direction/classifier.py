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
from bot.matching.direction.clause_events import ClauseEvents, squash
from bot.matching.direction.goals import AimReader, CommitmentGoal, near
from bot.matching.direction.polarity import (
    KINDS,
    THINGS,
    PolarityWords,
    StanceReader,
    tells_way,
    way,
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
    "mood", "title_mood", "harm", "title_harm", "balance", "title_balance", "title_refrain",
    "net_consider", "first_is_good", "first_is_bad", "end_is_bad",
)  # fmt: skip
NAMES = (*_OF_ITEM, *clause_events.NAMES)
_EXAMPLES, _NAMED, _NET, _CONSIDER, _BALANCE, _FIRST_GOOD, _FIRST_BAD, _LAST_BAD = (
    _OF_ITEM.index(name)
    for name in (
        "examples", "title_refrain", "net_consider", "title_consider", "title_balance",
        "first_is_good", "first_is_bad", "end_is_bad",
    )
)  # fmt: skip
_IN_TITLE, _IN_SUMMARY = 1.0, 0.7
"""How much a word of the title counts, and of the summary."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemFeatures:
    """An item, read for all its commitments.

    Attributes:
        stance: Its stance words.
        mean: Direction of its words.
        heading: Direction of its title's words.
        plain: Numbers of the stance words, in the order of `_OF_ITEM`.
        signed: What is added to them times the aim's sign.
        first: Labels of the title's first stance word that tells a way; `last` of its last one.
        last: See `first`.
        happenings: What happens in its clauses.
        stems: Weight of each of its stems.
    """

    stance: PolarityWords
    mean: Array
    heading: Array
    plain: Array
    signed: Array
    first: tuple[str, ...]
    last: tuple[str, ...]
    happenings: ClauseEvents
    stems: Mapping[str, float]


class DirectionClassifier:
    """Measures which way items point."""

    def __init__(self, *, vectors: WordVectors, knowledge: Knowledge) -> None:
        self._vectors = vectors
        self._stance = StanceReader(knowledge)
        self._plain = Reader(vectors=vectors, knowledge=knowledge)
        self._aims = AimReader(vectors=vectors, knowledge=knowledge)
        words = {
            name: [
                term.text
                for term in knowledge.stance.terms()
                if THINGS.union({name}).issuperset(term.labels) and name in term.labels
            ]
            for name in ("advance", "retreat")
        }
        toward = mean_of([self._plain.read_parts(" ".join(words["advance"]))], vectors)
        away = mean_of([self._plain.read_parts(" ".join(words["retreat"]))], vectors)
        self._tone = toward - away

    def aim(self, commitment: Commitment) -> CommitmentGoal:
        """What the commitment asks for."""
        return self._aims.aim(commitment)

    def read(self, title: str, summary: str = "") -> ItemFeatures:
        """An item that nobody has read yet."""
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

        Args:
            reading: What was read.
            asks: Whether the title asks a question.
            words: The vectors of its telling words, a row each.
            mean: Their direction; `heading` that of the title's words.
            heading: See `mean`.
        """
        stance = self._stance.read_texts(reading.texts, asks=asks)
        telling = [h.term.labels for h in stance.hits if h.part == TITLE]
        telling = [labels for labels in telling if tells_way(labels)]
        plain, signed = _of_item(stance, float(mean @ self._tone), float(heading @ self._tone))
        return ItemFeatures(
            stance=stance,
            mean=mean,
            heading=heading,
            plain=plain,
            signed=signed,
            first=telling[0] if telling else (),
            last=telling[-1] if telling else (),
            happenings=ClauseEvents(stance, reading, words),
            stems=_stems(stance.stems),
        )

    def measure(self, pairs: Sequence[tuple[ItemFeatures, CommitmentGoal]]) -> Array:
        """(pairs, `NAMES`): the numbers for each item and commitment."""
        aim_signs = np.array([aim.sign for _, aim in pairs], dtype=np.float32)
        own = np.array([read.plain for read, _ in pairs])
        own += aim_signs[:, None] * np.array([read.signed for read, _ in pairs])
        own[:, _NAMED] = [aim.title for _, aim in pairs]
        for row, (read, aim) in enumerate(pairs):
            if aim.has_examples:
                own[row, _EXAMPLES] = read.mean @ (aim.progress - aim.setback)
        first = np.array([way(read.first, aim.sign) for read, aim in pairs])
        last = np.array([way(read.last, aim.sign) for read, aim in pairs])
        own[:, _FIRST_GOOD], own[:, _FIRST_BAD] = first > 0, first < 0
        own[:, _LAST_BAD] = last < 0
        own[:, _NET] = own[:, _CONSIDER] * (1 - np.minimum(1, np.abs(own[:, _BALANCE])))
        alike = near([(read.happenings.vectors, aim) for read, aim in pairs])
        happens = np.array(
            [
                read.happenings.measure(aim, each)
                for (read, aim), each in zip(pairs, alike, strict=True)
            ],
            dtype=np.float32,
        )
        return np.hstack([own, squash(happens)])


def _stems(stems: tuple[list[str], ...]) -> dict[str, float]:
    title, summary = stems
    return dict.fromkeys(summary, _IN_SUMMARY) | dict.fromkeys(title, _IN_TITLE)


def _of_item(stance: PolarityWords, tone: float, title_tone: float) -> tuple[Array, Array]:
    """What the stance words of the whole item say: by itself, and times the aim's sign.

    What depends on the aim otherwise stays 0: `DirectionClassifier.measure` fills it in.
    """
    counts = [*stance.both, *stance.title]
    values = np.array([*map(math.log1p, counts), tone, title_tone, stance.asks, 1.0], np.float32)
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
    "mood": "doing, -undoing", "title_mood": "title doing, -title undoing",
    "balance": "-doing, undoing", "title_balance": "-title doing, title undoing",
})  # fmt: skip
