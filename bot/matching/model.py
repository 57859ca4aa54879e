"""The shipped numbers: small models with named, readable weights.

A match is scored by the mean of two logits: a logistic regression's, and that of a few shallow
trees, which see what only counts together. Commitments with nothing but a title and a text have
numbers of their own ("bare"); those with watch terms or examples have others ("given").

`model.json` is written by `bench/fit_matching.py`; nothing in it is code.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.domain.evidence import Direction
from bot.matching.direction import classifier
from bot.matching.relevance import features, foreign
from bot.matching.text.vectors import Array

SHIPPED = Path(__file__).parent / "model.json"
_HOPELESS = -4.0
_ROWS = 128
DIRECTIONS = (Direction.PROGRESS, Direction.SETBACK, Direction.NEUTRAL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Linear:
    """`(columns - mean) / scale @ weights + bias`, one output a column of `weights`."""

    mean: Array
    scale: Array
    weights: Array
    bias: Array

    def logits(self, columns: Array) -> Array:
        """(rows, outputs)."""
        centred = (columns - self.mean) / self.scale
        return np.asarray(centred @ self.weights + self.bias, dtype=np.float32)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trees:
    """Shallow decision trees, each complete, whose leaves are summed.

    Attributes:
        columns: (trees, 2^depth - 1): the column that each inner node compares with its limit; the
            children of node n are 2n + 1 (not above the limit) and 2n + 2.
        leaves: (trees, 2^depth): what each leaf adds, from left to right.
        base: The sum without any tree.
    """

    columns: NDArray[np.int64]
    limits: Array
    leaves: Array
    base: float

    def logits(self, rows: Array) -> Array:
        """(rows,)."""
        columns = np.ascontiguousarray(rows.T, dtype=np.float32)
        # A few rows at a time: what is computed of them stays near the processor.
        pieces = [
            self._sums(columns[:, start : start + _ROWS]) for start in range(0, len(rows), _ROWS)
        ]
        return np.concatenate([*pieces, np.zeros(0, dtype=np.float32)])

    def _sums(self, values: Array) -> Array:
        """(rows,), from (columns, rows): all tests of all trees, instead of walks down each."""
        trees, inner = self.columns.shape
        above = np.empty((inner, trees, values.shape[1]), dtype=bool)
        for node in range(inner):
            np.greater(values[self.columns[:, node]], self.limits[:, node, None], out=above[node])
        leaf = _leaves(above.view(np.uint8), 0, (inner + 1) // 2)
        found = self.leaves.ravel()[leaf + (np.arange(trees) * (inner + 1))[:, None]]
        return np.asarray(self.base + found.sum(axis=0))


def _leaves(above: NDArray[np.uint8], node: int, step: int) -> NDArray[np.uint8]:
    """(trees, rows): which leaf below the node is reached, counted from its leftmost one.

    `above` (nodes, trees, rows) is 1 where a value is above its node's limit; `step` leaves are on
    the node's left.
    """
    here: NDArray[np.uint8] = above[node]
    if step == 1:
        return here
    left = _leaves(above, 2 * node + 1, step // 2)
    right = _leaves(above, 2 * node + 2, step // 2)
    # The right number where `here` is 1, else the left one, without a branch.
    found: NDArray[np.uint8] = left ^ ((left ^ right) & -here) | here * np.uint8(step)
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Scoring:
    """From `features.EXPANDED` to the probability of a match.

    Attributes:
        linear: One logit.
        trees: Another; the mean of both counts.
        slope: Calibration: the probability is `sigmoid(slope * logit + offset)`.
        file: The score from which on a match is filed.
        sure: The score from which on it is filed without review.
    """

    linear: Linear
    trees: Trees
    slope: float
    offset: float
    file: float
    sure: float

    def logits(self, columns: Array) -> Array:
        """Calibrated logits, (rows,)."""
        linear = self.linear.logits(columns)[:, 0]
        logits = self.slope * linear + self.offset
        # Where the linear model alone is this far from filing, the trees cannot change it.
        near = np.flatnonzero(logits > _HOPELESS)
        both = 0.5 * (linear[near] + self.trees.logits(columns[near]))
        logits[near] = self.slope * both + self.offset
        return np.asarray(logits)


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignScoring:
    """From `foreign.NAMES` to the probability of a match, for items in other languages.

    Attributes:
        linear: The logit.
        file: The score from which on a match is filed, always for review: too few are labelled
            to tell from where on they are sure.
    """

    linear: Linear
    file: float


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectionModel:
    """From `direction.NAMES` and an item's stems to one logit for each of `DIRECTIONS`.

    Attributes:
        linear: From the numbers of `direction.NAMES`.
        words: For each stem its row in `table`.
        table: (stems, 6): what a stem adds by itself, then what it adds times the goal's sign.
    """

    linear: Linear
    words: Mapping[str, int]
    table: Array

    def stem_logits(self, items: Sequence[Mapping[str, float]]) -> Array:
        """(items, 2, 3): what an item's stems add, by themselves and times the goal's sign."""
        words = self.words
        known = [[stem for stem in stems if stem in words] for stems in items]
        counts = np.array([len(each) for each in known], dtype=np.int64)
        total = np.zeros((len(items), 2 * len(DIRECTIONS)), dtype=np.float32)
        if counts.any():
            rows = [words[stem] for each in known for stem in each]
            pairs = zip(items, known, strict=True)
            weights = [stems[stem] for stems, each in pairs for stem in each]
            said = self.table[rows] * np.array(weights, dtype=np.float32)[:, None]
            starts = (np.cumsum(counts) - counts)[counts > 0]
            total[counts > 0] = np.add.reduceat(said, starts, axis=0)
        return total.reshape(-1, 2, len(DIRECTIONS))

    def logits(self, columns: Array, stem_logits: Array, signs: Array) -> Array:
        """(pairs, 3); `stem_logits` (pairs, 2, 3), `signs` (pairs,) of the goals."""
        return self.linear.logits(columns) + stem_logits[:, 0] + signs[:, None] * stem_logits[:, 1]


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """Everything that was fitted.

    Attributes:
        bare: For commitments with a title and a text alone.
        given: For commitments with watch terms or examples.
        foreign: For items in other languages, on top of the two.
        digest: Hex digits that change with any of the numbers.
    """

    bare: Scoring
    given: Scoring
    foreign: ForeignScoring
    direction: DirectionModel
    digest: str


def sigmoid(logits: Array) -> Array:
    """Probabilities from logits."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30))))


@cache
def shipped_model() -> Model:
    """The numbers that come with the bot; read once for a process."""
    return model_from(json.loads(SHIPPED.read_text(encoding="utf-8")))


def model_from(data: Mapping[str, Any]) -> Model:
    """A model from the content of `model.json`.

    Raises:
        KeyError: A feature that this version measures has no weight there: fit again.
    """
    return Model(
        bare=scoring_from(data["bare"]),
        given=scoring_from(data["given"]),
        foreign=foreign_from(data["foreign"]),
        direction=direction_from(data["direction"]),
        digest=hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:8],
    )


def scoring_from(data: Mapping[str, Any]) -> Scoring:
    """One half of `model.json`."""
    return Scoring(
        linear=_linear(data["linear"], features.EXPANDED, ("weight",)),
        trees=_trees(data["trees"]),
        **data["calibration"],
        **data["thresholds"],
    )


def foreign_from(data: Mapping[str, Any]) -> ForeignScoring:
    """The part of `model.json` for items in other languages."""
    linear = _linear(data["linear"], foreign.NAMES, ("weight",))
    return ForeignScoring(linear=linear, file=data["file"])


def direction_from(data: Mapping[str, Any]) -> DirectionModel:
    """The part of `model.json` that tells directions."""
    return DirectionModel(
        linear=_linear(data, classifier.NAMES, [str(each) for each in DIRECTIONS]),
        words={stem: row for row, stem in enumerate(data["stems"])},
        table=np.array(
            [numbers.split() for numbers in data["stems"].values()], dtype=np.float32
        ).reshape(-1, 2 * len(DIRECTIONS)),
    )


def _trees(data: Mapping[str, Any]) -> Trees:
    column = {name: number for number, name in enumerate(features.EXPANDED)}
    tests = [[test.split(" > ") for test in tree["tests"]] for tree in data["each"]]
    return Trees(
        columns=np.array([[column[name] for name, _ in tree] for tree in tests], dtype=np.int64),
        limits=np.array([[float(limit) for _, limit in tree] for tree in tests], dtype=np.float32),
        leaves=np.array([tree["leaves"] for tree in data["each"]], dtype=np.float32),
        base=data["base"],
    )


def _linear(data: Mapping[str, Any], names: Sequence[str], outputs: Sequence[str]) -> Linear:
    rows = [data["features"][name] for name in names]
    return Linear(
        mean=np.array([row["mean"] for row in rows], dtype=np.float32),
        scale=np.array([row["scale"] for row in rows], dtype=np.float32),
        weights=np.array([[row[out] for out in outputs] for row in rows], dtype=np.float32),
        bias=np.array([data["bias"][out] for out in outputs], dtype=np.float32),
    )
