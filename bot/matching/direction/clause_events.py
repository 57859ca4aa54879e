"""What the clauses of an item say happens to the things that a commitment is about."""

import math
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from itertools import compress
from operator import sub
from typing import NamedTuple

import numpy as np

from bot.matching.direction.goals import CommitmentGoal
from bot.matching.direction.polarity import PolarityWords
from bot.matching.text.annotate import Reading
from bot.matching.text.vectors import Array

# MERGED clauses: The clauses of a title or a sentence: what stands beside the news, and what is
# turned by a no.


_CLAUSES_ASIDE = frozenset({
    "after", "although", "amid", "as", "because", "before", "despite", "even", "following", "if",
    "pending", "since", "though", "unless", "until", "when", "which", "while", "who", "whose",
    "without",
})  # fmt: skip
_CLAUSES_TURN = frozenset({"but", "despite", "however", "yet"})
_CLAUSES_IF = frozenset({"if", "unless", "until"})
_OPENERS = _CLAUSES_ASIDE | _CLAUSES_TURN | {"instead"}
_GAP = 2
"""Characters between two words from which on there is more than a space or a hyphen."""


class Clauses:
    """A text's words by clause.

    Attributes:
        of: For each word the number of its clause.
        aside: For each clause, whether it stands beside the news: "..., as talks stall".
        turns: How many clauses begin with "but" or the like.
        ifs: How many begin with "if" or the like.
    """

    __slots__ = ("aside", "ifs", "of", "turns")

    def __init__(self, words: Sequence[str], starts: Sequence[int], ends: Sequence[int]) -> None:
        """Cuts a text.

        Args:
            words: Its words' keys, in order.
            starts: From which character each stands; `ends` to which.
            ends: See `starts`.
        """
        self.of: list[int] = []
        self.aside: list[bool] = [False] if words else []
        self.turns = self.ifs = 0
        # From each word but the first: the gap before it, and whether it opens a clause.
        gaps = map(sub, starts[1:], ends)
        opens = [*map(_OPENERS.__contains__, words)]
        self._open(words[:1], opens[:1])
        done = number = 0
        for place, (gap, opener) in enumerate(zip(gaps, opens[1:], strict=True), start=1):
            if gap >= _GAP or opener:
                self.of += [number] * (place - done)
                done, number = place, number + 1
                self.aside.append(False)
                self._open(words[place : place + 1], [opener])
        self.of += [number] * (len(words) - done)

    def _open(self, words: Sequence[str], opens: Sequence[bool]) -> None:
        """Notes by which word the last clause is opened, if any."""
        for word in compress(words, opens):
            self.aside[-1] = word in _CLAUSES_ASIDE
            self.turns += word in _CLAUSES_TURN
            self.ifs += word in _CLAUSES_IF

    def turned(self, negations: Collection[tuple[int, int]], reach: int) -> set[int]:
        """The words that a "no" turns: those at most `reach` after it in its own clause.

        Args:
            negations: First word and number of words of each negation.
            reach: Words.
        """
        of, size = self.of, len(self.of)
        return {
            place
            for first, length in negations
            for place in range(first + 1, min(size, first + length + reach))
            if of[place] == of[first]
        }


_PARTS = ("title", "summary")
_OF_PART = (
    "tone", "tone_aside", "tone_elsewhere", "effect", "effect_aside", "effect_value", "value",
    "loose", "demand", "contact", "turn", "if",
)  # fmt: skip
_TALKS = tuple(f"{kind}_{part}" for kind in ("demand", "contact") for part in _PARTS)
NAMES = (
    *(f"{name}_{part}" for part in _PARTS for name in _OF_PART),
    "effect_if", "clauses_title", "talks", "for_mood",
    *(f"{aim}*{name}" for aim in ("talks", "for_mood") for name in _TALKS),
)  # fmt: skip
"""`tone`: words of progress less words of setback, in clauses that speak of the commitment
(`aside`: in clauses beside the news; `elsewhere`: in the others). `effect`: a thing of the
commitment starts or grows (1) or stops or shrinks (-1), times whether there should be more of it;
`effect_value` and `value` use whether such things are goods or burdens by themselves; `loose`: it
is not said what starts or stops. `demand`, `contact`: somebody asks for something; people meet."""
_TONE, _EFFECT, _WORTH, _VALUE, _LOOSE, _DEMAND, _CONTACT, _TURN, _IF = 0, 3, 5, 6, 7, 8, 9, 10, 11
_ASIDE, _ELSEWHERE = 1, 2
_WIDTH = len(_OF_PART)
_SUM = 2 * _WIDTH
_OF_TALKS = [NAMES.index(name) for name in _TALKS]
_NO_REACH, _AHEAD, _BEHIND = 3, 7, 6
_CONCEPT, _UNKNOWN = 0.8, 0.3
_FADE = tuple(math.exp(-far / 4) for far in range(_AHEAD + _BEHIND + 3))
"""How much a thing counts so many words from its verb."""


class _Facts(NamedTuple):
    """What a stance word says, by its labels."""

    doing: int
    good: int
    value: int
    unsure: bool
    demand: bool
    contact: bool
    negation: bool


@cache
def _facts(labels: tuple[str, ...]) -> _Facts:
    return _Facts(
        doing=1 if "doing" in labels else -1 if "undoing" in labels else 0,
        good=1 if "advance" in labels else -1 if "retreat" in labels or "harm" in labels else 0,
        value=-1 if "burden" in labels else 1 if "good" in labels else 0,
        unsure="hypothetical" in labels or "consider" in labels,
        demand="demand" in labels,
        contact="contact" in labels,
        negation="negation" in labels,
    )


class _Verb(NamedTuple):
    """A word of starting or stopping, or of a good or bad turn, in one clause."""

    first: int
    after: int
    clause: int
    doing: int
    good: int


class _Scene(NamedTuple):
    """One part of an item, read once for all its commitments.

    Attributes:
        clauses: Of its words.
        verbs: See `_Verb`, turned where a "no" stands before.
        values: For each place 1 where a good is named, -1 where a burden.
        unsure: Clauses that only consider.
        counts: How often somebody asks for something, and people meet.
        named: Places of the telling words by their stem.
        concepts: (place, labels) of the concepts named.
    """

    clauses: Clauses
    verbs: list[_Verb]
    values: dict[int, int]
    unsure: set[int]
    counts: tuple[int, int]
    named: dict[str, list[int]]
    concepts: list[tuple[int, tuple[str, ...]]]


class ClauseEvents:
    """Both parts of an item; measured against each aim."""

    __slots__ = ("_rows", "_scenes", "vectors")

    def __init__(self, stance: PolarityWords, reading: Reading, vectors: Array) -> None:
        """Reads an item further; `vectors` are those of the reading's words, a row each."""
        self.vectors = vectors
        # Names stand for nothing but themselves, and for nothing that a commitment wants.
        self._rows = {word.stem: row for row, word in enumerate(reading.words) if not word.named}
        self._scenes = [_scene(part, stance, reading, self._rows) for part in (0, 1)]

    def measure(self, aim: CommitmentGoal, near: Mapping[int, tuple[float, float]]) -> list[float]:
        """The values of `NAMES` before `squash`; `near` as `aims.near` gives it."""
        out = [0.0] * len(NAMES)
        targets = self._targets(aim, near)
        for part, scene in enumerate(self._scenes):
            _measure(scene, part * _WIDTH, aim, targets, out)
        out[_SUM + 1] = len(self._scenes[0].clauses.aside)
        out[_SUM + 2], out[_SUM + 3] = aim.talks, aim.mood
        for number, place in enumerate(_OF_TALKS):
            out[_SUM + 4 + number] = aim.talks * out[place]
            out[_SUM + 4 + len(_OF_TALKS) + number] = aim.mood * out[place]
        return out

    def _targets(
        self, aim: CommitmentGoal, near: Mapping[int, tuple[float, float]]
    ) -> dict[str, tuple[float, float]]:
        """Weight and way of the aim's words that the item has, by the item's stems."""
        words = aim.words
        return {
            stem: words[stem] if stem in words else near[row]
            for stem, row in self._rows.items()
            if row in near or stem in words
        }


def squash(values: Array) -> Array:
    """The logarithm of each value and one, with the value's sign."""
    return np.asarray(np.copysign(np.log1p(np.abs(values)), values))


def _scene(part: int, stance: PolarityWords, reading: Reading, known: dict[str, int]) -> _Scene:
    text = stance.texts[part]
    clauses = Clauses(stance.keys[part], text.starts, text.ends)
    hits = [
        (hit.place, len(hit.term.stems), _facts(hit.term.labels))
        for hit in stance.hits
        if hit.part == part
    ]
    negations = [(first, length) for first, length, facts in hits if facts.negation]
    turned = clauses.turned(negations, _NO_REACH) if negations else ()
    values: dict[int, int] = {}
    unsure: set[int] = set()
    verbs, demand, contact = [], 0, 0
    for first, length, facts in hits:
        clause = clauses.of[first]
        demand += facts.demand
        contact += facts.contact
        if facts.value:
            values[first] = facts.value
        if facts.unsure:
            unsure.add(clause)
        if facts.doing or facts.good:
            turn = -1 if first in turned and not facts.negation else 1
            verbs.append(
                _Verb(first, first + length, clause, facts.doing * turn, facts.good * turn)
            )
    named: dict[str, list[int]] = {}
    stems = stance.stems[part]
    for n, stem in compress(enumerate(stems), map(known.__contains__, stems)):
        named.setdefault(stem, []).append(n)
    concepts = [
        (bisect_left(text.starts, hit.start), hit.term.labels)
        for hit in reading.hits
        if hit.part == part and hit.term.labels[0][:2] == "c:"
    ]
    return _Scene(clauses, verbs, values, unsure, (demand, contact), named, concepts)


def _measure(
    scene: _Scene,
    base: int,
    aim: CommitmentGoal,
    targets: dict[str, tuple[float, float]],
    out: list[float],
) -> None:
    """Adds what one part says to its values, which begin at `base`."""
    clauses = scene.clauses
    out[base + _DEMAND], out[base + _CONTACT] = scene.counts
    out[base + _TURN], out[base + _IF] = clauses.turns, clauses.ifs
    if not scene.verbs:
        return
    here = _here(scene, aim, targets)
    about = [0.0] * len(clauses.aside)
    for place, (weight, _) in here.items():
        about[clauses.of[place]] += weight
    most = max(about) or 1.0
    for verb in scene.verbs:
        aside = _ASIDE if clauses.aside[verb.clause] else 0
        if verb.good:
            share = about[verb.clause] / most
            out[base + _TONE + aside] += verb.good * share
            out[base + _TONE + _ELSEWHERE] += verb.good * (1 - share)
        if verb.doing:
            thing = _object(verb, scene, here)
            if thing is None:
                out[base + _LOOSE] -= 0.5 * verb.doing * aim.sign
                continue
            weight, way = here.get(thing, (0.0, 0.0))
            value = scene.values.get(thing, 0)
            out[base + _VALUE] += verb.doing * value
            out[base + _EFFECT + aside] += verb.doing * way * weight
            out[base + _WORTH] += verb.doing * value * weight
            if verb.clause in scene.unsure:
                out[_SUM] += weight


def _here(
    scene: _Scene, aim: CommitmentGoal, targets: dict[str, tuple[float, float]]
) -> dict[int, tuple[float, float]]:
    """Weight and way by place, for the words and concepts that the aim names too."""
    named = scene.named
    here = {place: targets[stem] for stem in targets if stem in named for place in named[stem]}
    for place, labels in scene.concepts:
        for label in labels:
            way = aim.concepts.get(label)
            if way is not None and here.get(place, (0.0, 0.0))[0] < _CONCEPT:
                here[place] = (_CONCEPT, way)
    return here


def _object(verb: _Verb, scene: _Scene, here: dict[int, tuple[float, float]]) -> int | None:
    """The place of what starts or stops: the nearest telling thing in the clause, behind first."""
    of, values = scene.clauses.of, scene.values
    best, best_weight = None, 0.0
    for place in (
        *range(verb.after, min(len(of), verb.after + _AHEAD)),
        *range(verb.first - 1, max(-1, verb.first - _BEHIND), -1),
    ):
        if (place in here or place in values) and of[place] == verb.clause:
            far = place - verb.after + 1 if place >= verb.after else verb.first - place + 2
            weight = max(here[place][0] if place in here else 0.0, _UNKNOWN) * _FADE[far]
            if weight > best_weight:
                best, best_weight = place, weight
    return best
