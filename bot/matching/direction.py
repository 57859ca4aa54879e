"""Which way an item points for a commitment: toward it, away from it, or neither.

What counts is what happens to the thing, not the tone: where a commitment asks to stop something
("suspend exercises"), its return is a setback; where it asks to start something, its end is.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from bot.domain.commitment import Commitment
from bot.matching.drafts import mean_of
from bot.matching.knowledge import Knowledge
from bot.matching.reading import Hit, Reader, Reading
from bot.matching.text import Token, tokens_of
from bot.matching.vectors import Array, WordVectors

NAMES = (
    "advance", "retreat", "title_advance", "title_retreat", "consider", "title_consider",
    "negation", "hypothetical", "retrospect", "refrain", "doing", "undoing",
    "refrain_doing", "refrain_undoing", "title_refrain_doing", "title_refrain_undoing",
    "negated_doing", "negated_advance", "tone", "title_tone", "examples", "question",
    "mood", "title_mood", "harm", "title_harm", "balance", "title_balance", "title_refrain",
    "net_consider", "first_is_good", "first_is_bad", "end_is_bad",
)  # fmt: skip
_NAMED, _INSIDE = 0.9, 0.6
"""A title that asks to stop settles it; words in the text alone only go so far."""
_REACH = 3
"""A "no" or "not" turns what stands at most so many words after it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Aim:
    """What a commitment asks for, as direction needs it.

    Attributes:
        refrain: From 0 (asks to do something) to 1 (asks to stop or refrain).
        title: 1 when its very title says so.
        progress: Direction of its examples of progress; zeros without.
        setback: Likewise of setback.
    """

    refrain: float
    title: float
    progress: Array
    setback: Array


@dataclass(frozen=True, kw_only=True, slots=True)
class Stance:
    """What an item's words say of where things go, whatever the commitment.

    Attributes:
        hits: Stance words found, in the order of the text.
        title: How often each kind stands in the title; `summary` and `both` likewise.
        asks: True when the title asks a question.
    """

    hits: list[Hit]
    title: dict[str, float]
    summary: dict[str, float]
    both: dict[str, float]
    asks: bool


class Compass:
    """Measures which way items point."""

    def __init__(self, *, vectors: WordVectors, knowledge: Knowledge) -> None:
        self._vectors = vectors
        self._reader = Reader(vectors=vectors, knowledge=knowledge, lexicon=knowledge.stance)
        self._plain = Reader(vectors=vectors, knowledge=knowledge)
        words = {
            name: [term.text for term in knowledge.stance.terms() if term.labels == (name,)]
            for name in ("advance", "retreat")
        }
        toward = mean_of([self._plain.read_parts(" ".join(words["advance"]))], vectors)
        away = mean_of([self._plain.read_parts(" ".join(words["retreat"]))], vectors)
        self._tone = toward - away

    def aim(self, commitment: Commitment) -> Aim:
        """What the commitment asks for."""
        title = {label for hit in self.read(commitment.title).hits for label in hit.term.labels}
        text = self.read(commitment.text).hits
        named, begins = "refrain" in title, "doing" in title and "refrain" not in title
        stops = sum("refrain" in hit.term.labels for hit in text)
        starts = sum("doing" in hit.term.labels for hit in text)
        inside = _INSIDE * stops / (stops + starts + 1)
        refrain = 0.1 if begins else _NAMED if named else 0.1 + inside
        return Aim(
            refrain=refrain,
            title=float(named),
            progress=mean_of(
                [self._plain.read_parts(e) for e in commitment.progress], self._vectors
            ),
            setback=mean_of([self._plain.read_parts(e) for e in commitment.setback], self._vectors),
        )

    def read(self, title: str, summary: str = "") -> Stance:
        """The stance words of a title and a summary."""
        return self.read_tokens((tokens_of(title), tokens_of(summary)), asks="?" in title)

    def read_tokens(self, tokens: tuple[list[Token], list[Token]], *, asks: bool) -> Stance:
        """`read` for a title and a summary that are in words already."""
        reading = self._reader.read_tokens(tokens, words=False)
        starts = [{token.start: token.surface.lower() for token in each} for each in tokens]
        # "will" is not "willing", although they share a stem.
        reading.hits = [
            hit
            for hit in reading.hits
            if starts[hit.part][hit.start].startswith(_beginning(hit.term.text))
        ]
        title, summary = _counts(reading)
        both = {name: title.get(name, 0) + summary.get(name, 0) for name in _KINDS}
        return Stance(hits=reading.hits, title=title, summary=summary, both=both, asks=asks)

    def measure(self, title: str, summary: str, aim: Aim) -> Array:
        """The numbers of `NAMES` for one item and one commitment."""
        plain = self._plain.read_parts(title, summary)
        heading = mean_of([self._plain.read_parts(title)], self._vectors)
        stance = self.read(title, summary)
        return self.measure_read(stance, mean_of([plain], self._vectors), heading, aim)

    def measure_read(self, stance: Stance, mean: Array, heading: Array, aim: Aim) -> Array:
        """`measure` for an item that was read: its stance, and the directions of its words."""
        count, both = (stance.title, stance.summary), stance.both
        sign = 2 * aim.refrain - 1
        net = _squash(both["doing"]) - _squash(both["undoing"])
        title_net = _squash(count[0].get("doing", 0)) - _squash(count[0].get("undoing", 0))
        signs = _signs(stance.hits, sign)
        first, last = (signs[0], signs[-1]) if signs else (0.0, 0.0)
        balance = (
            _squash(both["advance"]) - _squash(both["retreat"]) - _squash(both["harm"])
            - sign * net,
            _squash(count[0].get("advance", 0)) - _squash(count[0].get("retreat", 0))
            - _squash(count[0].get("harm", 0)) - sign * title_net,
        )  # fmt: skip
        values = {

            "advance": _squash(both["advance"]), "retreat": _squash(both["retreat"]),
            "title_advance": _squash(count[0].get("advance", 0)),
            "title_retreat": _squash(count[0].get("retreat", 0)),
            "consider": _squash(both["consider"]),
            "title_consider": _squash(count[0].get("consider", 0)),
            "negation": _squash(both["negation"]), "hypothetical": _squash(both["hypothetical"]),
            "retrospect": _squash(both["retrospect"]), "refrain": sign,
            "doing": _squash(both["doing"]), "undoing": _squash(both["undoing"]),
            "refrain_doing": sign * _squash(both["doing"]),
            "refrain_undoing": sign * _squash(both["undoing"]),
            "title_refrain_doing": sign * _squash(count[0].get("doing", 0)),
            "title_refrain_undoing": sign * _squash(count[0].get("undoing", 0)),
            "negated_doing": _squash(both["not doing"]),
            "negated_advance": _squash(both["not advance"]),
            "tone": float(mean @ self._tone), "title_tone": float(heading @ self._tone),
            "examples": float(mean @ (aim.progress - aim.setback)),
            "question": float(stance.asks),
            "mood": sign * net, "title_mood": sign * title_net,
            "harm": _squash(both["harm"]), "title_harm": _squash(count[0].get("harm", 0)),
            "balance": balance[0], "title_balance": balance[1], "title_refrain": aim.title,
            "net_consider": _squash(count[0].get("consider", 0)) * (1 - min(1.0, abs(balance[1]))),
            "first_is_good": float(first > 0), "first_is_bad": float(first < 0),
            "end_is_bad": float(last < 0),
        }  # fmt: skip
        return np.array([values[name] for name in NAMES], dtype=np.float32)


_KINDS = (
    "advance", "retreat", "consider", "negation", "hypothetical", "retrospect", "doing", "undoing",
    "harm", "not doing", "not advance",
)  # fmt: skip


def _signs(hits: Sequence[Hit], refrain: float) -> list[float]:
    """The way of each telling word of the title, in order: above 0 toward the commitment."""
    way = {"advance": 1.0, "retreat": -1.0, "harm": -1.0, "doing": -refrain, "undoing": refrain}
    return [
        sum(way.get(label, 0.0) for label in hit.term.labels)
        for hit in hits
        if hit.part == 0 and not way.keys().isdisjoint(hit.term.labels)
    ]


@cache
def _beginning(text: str) -> str:
    """What a word must begin with to be a form of this one: all but its last letter."""
    word = text.lower().partition(" ")[0]
    return word[: max(3, len(word) - 1)] if " " not in text else word[:3]


def _squash(count: float) -> float:
    return math.log1p(count)


def _counts(reading: Reading) -> tuple[dict[str, float], dict[str, float]]:
    """How often each kind of stance word stands in the title and in the summary."""
    counts: tuple[dict[str, float], dict[str, float]] = ({}, {})
    negated_until = [-1, -1]
    starts = [{t.start: n for n, t in enumerate(tokens)} for tokens in reading.tokens]
    for hit in reading.hits:
        position = starts[hit.part][hit.start]
        if "negation" in hit.term.labels:
            negated_until[hit.part] = position + len(hit.term.stems) + _REACH
        turned = "negation" not in hit.term.labels and position < negated_until[hit.part]
        for label in hit.term.labels:
            name = label
            if turned and label in ("doing", "undoing", "advance", "retreat"):
                extra = {"doing": "not doing", "advance": "not advance"}.get(label)
                name = {"doing": "undoing", "undoing": "doing", "advance": "retreat"}.get(
                    label, "advance"
                )
                if extra:
                    counts[hit.part][extra] = counts[hit.part].get(extra, 0) + 1
            counts[hit.part][name] = counts[hit.part].get(name, 0) + 1
    return counts
