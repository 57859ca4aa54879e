"""What the clauses of an item say happens to the things that a commitment is about."""

import math
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from itertools import compress
from operator import sub
from typing import NamedTuple

from bot.matching.direction.goals import CommitmentGoal
from bot.matching.direction.polarity import PolarityWords
from bot.matching.text.annotate import Reading
from bot.matching.text.vectors import Array

_ASIDE_WORDS = frozenset({
    "after", "although", "amid", "as", "because", "before", "despite", "even", "following", "if",
    "pending", "since", "though", "unless", "until", "when", "which", "while", "who", "whose",
    "without",
})  # fmt: skip
_BUT_WORDS = frozenset({"but", "despite", "however", "yet"})
_IF_WORDS = frozenset({"if", "unless", "until"})
_OPENERS = _ASIDE_WORDS | _BUT_WORDS | {"instead"}
# Characters between two words from which on there is more than a space or a hyphen.
_GAP = 2


class Clauses:
    """A text's words by clause.

    Attributes:
        of: For each word the number of its clause.
        aside: For each clause, whether it stands beside the news: "..., as talks stall".
        buts: How many clauses begin with "but" or the like.
        ifs: How many begin with "if" or the like.
    """

    __slots__ = ("aside", "buts", "ifs", "of")

    def __init__(self, words: Sequence[str], starts: Sequence[int], ends: Sequence[int]) -> None:
        """Cuts a text, given its words' keys and from and to which character each stands."""
        self.of: list[int] = []
        self.aside: list[bool] = [False] if words else []
        self.buts = self.ifs = 0
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
            self.aside[-1] = word in _ASIDE_WORDS
            self.buts += word in _BUT_WORDS
            self.ifs += word in _IF_WORDS

    def turned(self, negations: Collection[tuple[int, int]], reach: int) -> set[int]:
        """The words that a "no" turns: those at most `reach` words after it in its own clause.

        `negations` has the first word and the number of words of each.
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
    "no_object", "demand", "contact", "but", "if",
)  # fmt: skip
_TALKS = tuple(f"{kind}_{part}" for kind in ("demand", "contact") for part in _PARTS)
# `tone`: words of progress less words of setback, in clauses that speak of the commitment
# (`aside`: in clauses beside the news; `elsewhere`: in the others). `effect`: a thing of the
# commitment starts or grows (1) or stops or shrinks (-1), times whether there should be more of
# it; `effect_value` and `value` use whether such things are goods or burdens by themselves;
# `no_object`: it is not said what starts or stops. `demand`, `contact`: a thing is
# asked for; people meet.
NAMES = (
    *(f"{name}_{part}" for part in _PARTS for name in _OF_PART),
    "effect_unsure", "clauses_title", "goal_talks", "goal_mood",
    *(f"{goal}*{name}" for goal in ("goal_talks", "goal_mood") for name in _TALKS),
)  # fmt: skip
_TONE, _EFFECT, _WORTH, _VALUE, _NO_OBJECT, _DEMAND, _CONTACT, _BUT, _IF = (
    _OF_PART.index(name)
    for name in (
        "tone", "effect", "effect_value", "value", "no_object", "demand", "contact", "but", "if",
    )
)  # fmt: skip
_ASIDE, _ELSEWHERE = 1, 2
_WIDTH = len(_OF_PART)
_SUM = 2 * _WIDTH
_OF_TALKS = [NAMES.index(name) for name in _TALKS]
_NO_REACH, _AHEAD, _BEHIND = 3, 7, 6
_CONCEPT, _UNKNOWN = 0.8, 0.3
# How much a thing counts by its distance from its verb, in words.
_FADE = tuple(math.exp(-far / 4) for far in range(_AHEAD + _BEHIND + 3))


class _Facts(NamedTuple):
    """What a polarity word says, by its labels."""

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


class _PartEvents(NamedTuple):
    """One part of an item, read once for all its commitments.

    Attributes:
        verbs: Turned where a "no" stands before.
        values: For each place 1 where a good is named, -1 where a burden.
        unsure: Clauses that only consider.
        counts: How often a thing is asked for, and people meet.
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
    """Both parts of an item; measured against each goal."""

    __slots__ = ("_parts", "_rows", "vectors")

    def __init__(self, polarity: PolarityWords, reading: Reading, vectors: Array) -> None:
        """Reads an item further; `vectors` are those of the reading's words, a row each."""
        self.vectors = vectors
        # Names stand for nothing but themselves, and for nothing that a commitment wants.
        self._rows = {word.stem: row for row, word in enumerate(reading.words) if not word.named}
        self._parts = [_read_part(part, polarity, reading, self._rows) for part in (0, 1)]

    def measure(self, goal: CommitmentGoal, near: Mapping[int, tuple[float, float]]) -> list[float]:
        """The values of `NAMES`, before their logarithm; `near` as `goals.near` gives it."""
        out = [0.0] * len(NAMES)
        words = goal.words
        # Weight and sign of the goal's words that the item has, by the item's stems.
        targets = {
            stem: words[stem] if stem in words else near[row]
            for stem, row in self._rows.items()
            if row in near or stem in words
        }
        for part, events in enumerate(self._parts):
            _measure(events, part * _WIDTH, goal, targets, out)
        out[_SUM + 1] = len(self._parts[0].clauses.aside)
        out[_SUM + 2], out[_SUM + 3] = goal.talks, goal.mood
        for number, place in enumerate(_OF_TALKS):
            out[_SUM + 4 + number] = goal.talks * out[place]
            out[_SUM + 4 + len(_OF_TALKS) + number] = goal.mood * out[place]
        return out


def _read_part(
    part: int, polarity: PolarityWords, reading: Reading, known: dict[str, int]
) -> _PartEvents:
    text = polarity.texts[part]
    clauses = Clauses(polarity.keys[part], text.starts, text.ends)
    hits = [
        (hit.place, len(hit.term.stems), _facts(hit.term.labels))
        for hit in polarity.hits
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
            doing, good = facts.doing * turn, facts.good * turn
            verbs.append(_Verb(first, first + length, clause, doing, good))
    concepts = [
        (bisect_left(text.starts, hit.start), hit.term.labels)
        for hit in reading.hits
        if hit.part == part and hit.term.labels[0][:2] == "c:"
    ]
    named: dict[str, list[int]] = {}
    stems = polarity.stems[part]
    for place, stem in compress(enumerate(stems), map(known.__contains__, stems)):
        named.setdefault(stem, []).append(place)
    return _PartEvents(clauses, verbs, values, unsure, (demand, contact), named, concepts)


def _measure(
    events: _PartEvents,
    base: int,
    goal: CommitmentGoal,
    targets: dict[str, tuple[float, float]],
    out: list[float],
) -> None:
    """Adds what one part says to its values, which begin at `base`."""
    clauses = events.clauses
    out[base + _DEMAND], out[base + _CONTACT] = events.counts
    out[base + _BUT], out[base + _IF] = clauses.buts, clauses.ifs
    if not events.verbs:
        return
    here = _here(events, goal, targets)
    about = [0.0] * len(clauses.aside)
    for place, (weight, _) in here.items():
        about[clauses.of[place]] += weight
    most = max(about) or 1.0
    for verb in events.verbs:
        aside = _ASIDE if clauses.aside[verb.clause] else 0
        if verb.good:
            share = about[verb.clause] / most
            out[base + _TONE + aside] += verb.good * share
            out[base + _TONE + _ELSEWHERE] += verb.good * (1 - share)
        if verb.doing:
            thing = _object(verb, events, here)
            if thing is None:
                out[base + _NO_OBJECT] -= 0.5 * verb.doing * goal.sign
                continue
            weight, sign = here.get(thing, (0.0, 0.0))
            value = events.values.get(thing, 0)
            out[base + _VALUE] += verb.doing * value
            out[base + _EFFECT + aside] += verb.doing * sign * weight
            out[base + _WORTH] += verb.doing * value * weight
            if verb.clause in events.unsure:
                out[_SUM] += weight


def _here(
    events: _PartEvents, goal: CommitmentGoal, targets: dict[str, tuple[float, float]]
) -> dict[int, tuple[float, float]]:
    """Weight and sign by place, for the words and concepts that the goal names too."""
    named = events.named
    here = {place: targets[stem] for stem in targets if stem in named for place in named[stem]}
    for place, labels in events.concepts:
        for label in labels:
            sign = goal.concepts.get(label)
            if sign is not None and here.get(place, (0.0, 0.0))[0] < _CONCEPT:
                here[place] = (_CONCEPT, sign)
    return here


def _object(verb: _Verb, events: _PartEvents, here: dict[int, tuple[float, float]]) -> int | None:
    """The place of what starts or stops: the nearest telling thing in the clause, behind first."""
    of, values = events.clauses.of, events.values
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
