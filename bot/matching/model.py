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
from bot.matching import direction, features
from bot.matching.vectors import Array

SHIPPED = Path(__file__).parent / "model.json"
_HOPELESS = -4.0
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
        columns: (trees, 2^depth - 1): the column that each inner node looks at; the children of
            node n are 2n + 1 (not above the limit) and 2n + 2.
        limits: Likewise: the limit that it compares with.
        leaves: (trees, 2^depth): what each leaf adds, from left to right.
        base: The sum without any tree.
    """

    columns: NDArray[np.int64]
    limits: Array
    leaves: Array
    base: float

    def logits(self, rows: Array) -> Array:
        """(rows,)."""
        trees, inner = self.columns.shape
        values = np.ascontiguousarray(rows, dtype=np.float32).ravel()
        start = (np.arange(len(rows)) * rows.shape[1])[:, None]
        columns, limits = self.columns.ravel(), self.limits.ravel()
        first = (np.arange(trees) * inner)[None, :]
        node = np.zeros((len(rows), trees), dtype=np.int64)
        for _ in range(int(np.log2(inner + 1))):
            at = first + node
            node = 2 * node + 1 + (values[start + columns[at]] > limits[at])
        tree = np.arange(trees)[None, :]
        return np.asarray(self.base + self.leaves[tree, node - inner].sum(axis=1))


@dataclass(frozen=True, kw_only=True, slots=True)
class Scoring:
    """From `features.EXPANDED` to the probability of a match.

    Attributes:
        linear: One logit.
        trees: Another; the mean of both counts.
        slope: Calibration: the probability is `sigmoid(slope * logit + offset)`.
        offset: See `slope`.
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
class Ways:
    """From `direction.NAMES` and an item's stems to one logit for each of `DIRECTIONS`.

    Attributes:
        linear: From the numbers of `direction.NAMES`.
        words: For each stem its row in `table`.
        table: (stems, 6): what a stem adds by itself, then what it adds times the aim's sign.
    """

    linear: Linear
    words: Mapping[str, int]
    table: Array

    def lean(self, stems: Mapping[str, float]) -> Array:
        """(2, 3): what all stems of an item add, by themselves and times the aim's sign."""
        rows = [(self.words[stem], weight) for stem, weight in stems.items() if stem in self.words]
        if not rows:
            return np.zeros((2, len(DIRECTIONS)), dtype=np.float32)
        places, weights = zip(*rows, strict=True)
        total = np.array(weights, dtype=np.float32) @ self.table[list(places)]
        return np.asarray(total.reshape(2, len(DIRECTIONS)))

    def logits(self, columns: Array, leans: Array, signs: Array) -> Array:
        """(pairs, 3); `leans` (pairs, 2, 3) as `lean` gives them, `signs` (pairs,) of the aims."""
        return self.linear.logits(columns) + leans[:, 0] + signs[:, None] * leans[:, 1]


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """Everything that was fitted.

    Attributes:
        bare: For commitments with a title and a text alone.
        given: For commitments with watch terms or examples.
        ways: Which way items point.
        digest: Hex digits that change with any of the numbers.
    """

    bare: Scoring
    given: Scoring
    ways: Ways
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
        ways=ways_from(data["direction"]),
        digest=hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:8],
    )


def scoring_from(data: Mapping[str, Any]) -> Scoring:
    """One half of `model.json`."""
    return Scoring(
        linear=_linear(data["linear"], features.EXPANDED, ("weight",)),
        trees=_trees(data["trees"]),
        slope=data["calibration"]["slope"],
        offset=data["calibration"]["offset"],
        file=data["thresholds"]["file"],
        sure=data["thresholds"]["sure"],
    )


def ways_from(data: Mapping[str, Any]) -> Ways:
    """The part of `model.json` that tells directions."""
    return Ways(
        linear=_linear(data, direction.NAMES, [str(each) for each in DIRECTIONS]),
        words={stem: row for row, stem in enumerate(data["words"])},
        table=np.array(
            [numbers.split() for numbers in data["words"].values()], dtype=np.float32
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
