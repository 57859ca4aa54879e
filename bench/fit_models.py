"""The models themselves: from measured sets to the numbers of `model.json`."""

import random
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.fit_sets import DirectionPairs, Floats, Measured
from bot.matching.direction import classifier
from bot.matching.model import DIRECTIONS, scoring_from
from bot.matching.relevance import features, foreign

try:
    from scipy.sparse import csr_matrix, hstack  # type: ignore[import-untyped] # has no types
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
except ModuleNotFoundError:
    sys.exit("scikit-learn is missing: it is a development dependency; run `make setup`")

# Inverse strength of the L2 penalty, on columns of unit variance.
_MATCH_C, _FOREIGN_C, _DIRECTION_C = 0.01, 0.1, 0.005
_TREES, _DEPTH = 120, 3
_TURNS = 4
# Aimed at on the fitting items, to keep 0.90 on others.
_SURE_PRECISION = 0.96
# How much a pair of a made-up subject counts, where the packs give more than title and text;
# elsewhere such pairs are left out: they shift how sure to be, and rank no better.
_MADE_UP = 0.1
# How much it counts for direction; likewise a made-up headline.
_MADE_UP_DIRECTION, _EXAMPLES = 0.5, 0.5
# Part of the made-up pairs without a label that is fitted on, each for several; for speed.
_KEPT = 0.3
# How much a pair of an item and a pack on another subject counts; likewise in other languages.
_FAR, _FAR_FOREIGN = 0.5, 0.1
# Scale of stems beside columns of unit variance; in how many subjects one must be; the smallest
# number that is kept.
_STEM, _IN_SUBJECTS, _LEAST = 2.5, 3, 0.004

# For each subject the folds to fit on.
Keep = dict[str, set[int]]


def fit(
    sets: Sequence[Measured], far: Sequence[Measured], keep: Keep, seed: int = 7
) -> dict[str, Any]:
    """Weights from all rows in English; calibration and thresholds from real rows held out in turn.

    The made-up news is harder than real news, so that it tells nothing of how sure to be; without
    any real set it must. `far` are pairs that do not match; they calibrate nothing either.
    """
    real_sets = [each for each in sets if not each.made_up]
    if real_sets and all(each.bare for each in real_sets):
        sets = real_sets
    columns, truth, weights, names, real = _rows(sets, far, keep)
    stories = sorted(set(names))
    random.Random(seed).shuffle(stories)
    turn = {story: number % _TURNS for number, story in enumerate(stories)}
    turns = np.array([turn[name] for name in names])
    logits = np.zeros(len(truth))
    for number in range(_TURNS):
        away = turns == number
        partial = scoring_from(_weights(columns[~away], truth[~away], weights[~away], seed))
        logits[away] = partial.logits(columns[away].astype(np.float32))
    judged = real if real.any() else np.ones(len(truth), dtype=bool)
    platt = LogisticRegression(C=1e6).fit(logits[judged, None], truth[judged])
    slope, offset = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    scores = 1 / (1 + np.exp(-(slope * logits[judged] + offset)))
    file, sure = best_thresholds(scores, truth[judged])
    return _weights(columns, truth, weights, seed) | {
        "calibration": {"slope": _round(slope), "offset": _round(offset)},
        "thresholds": {"file": _round(file), "sure": _round(sure)},
    }


def fit_foreign(
    sets: Sequence[Measured], far: Sequence[Measured], keep: Keep, scoring: dict[str, Any]
) -> dict[str, Any]:
    """The part of `model.json` for items in other languages, on top of the scoring for English.

    `far` are pairs that do not match; the threshold is that of the sets alone. Without any
    labelled item in another language they are scored as if they were English.
    """
    parts, truths, model = [], [], scoring_from(scoring)
    for each in (*sets, *far):
        rows = each.counted & each.foreign
        if each.folds:
            rows &= each.in_folds(each.stories, keep[each.subject])
        logits = model.logits(each.columns[rows].astype(np.float32))
        parts.append(foreign.columns(logits, each.likeness[rows], each.items[rows]))
        truths.append(each.truth[rows])
    near = sum(len(part) for part in parts[: len(sets)])
    columns, truth = np.concatenate(parts), np.concatenate(truths)
    weights = np.where(np.arange(len(truth)) < near, 1.0, _FAR_FOREIGN)
    if not truth.any():
        zeros = np.zeros(len(foreign.NAMES))
        only_logit = np.array([name == "logit" for name in foreign.NAMES], dtype=float)
        linear = _linear(foreign.NAMES, zeros, zeros + 1, only_logit, 0.0)
        return {"linear": linear, "file": scoring["thresholds"]["file"]}
    mean, scale = _moments(columns, weights)
    fitted = LogisticRegression(C=_FOREIGN_C).fit((columns - mean) / scale, truth, weights)
    scores = fitted.predict_proba((columns - mean) / scale)[:near, 1]
    return {
        "linear": _linear(foreign.NAMES, mean, scale, fitted.coef_[0], fitted.intercept_[0]),
        "file": _round(best_thresholds(scores, truth[:near])[0]),
    }


def _linear(
    names: Sequence[str], mean: Floats, scale: Floats, weights: Floats, bias: float
) -> dict[str, Any]:
    rows = zip(names, mean, scale, weights, strict=True)
    return {
        "bias": {"weight": _round(bias)},
        "features": {
            name: {"mean": _round(m), "scale": _round(s), "weight": _round(w)}
            for name, m, s, w in rows
        },
    }


def _rows(
    sets: Sequence[Measured], far: Sequence[Measured], keep: Keep
) -> tuple[Floats, Floats, Floats, NDArray[Any], NDArray[np.bool_]]:
    """Counted rows of the folds to keep: columns, truth, weights, story names, whether real."""
    rng = np.random.default_rng(3)
    parts = []
    for each in sets:
        rows = each.counted & ~each.foreign & each.in_folds(each.stories, keep[each.subject])
        weights = np.ones(len(rows))
        if each.made_up:
            labelled = each.truth > 0
            rows &= labelled | (rng.random(len(rows)) < _KEPT)
            weights = np.where(labelled, _MADE_UP, _MADE_UP / _KEPT)
        names = np.array([f"{each.subject} {story}" for story in each.stories[rows]])
        real = np.full(rows.sum(), not each.made_up)
        parts.append((each.columns[rows], each.truth[rows], weights[rows], names, real))
    for each in far:
        rows = ~each.foreign
        count = int(rows.sum())
        names = np.array([f"{each.subject} {story}" for story in each.stories[rows]], dtype=str)
        none = np.zeros(count)
        parts.append((each.columns[rows], none, none + _FAR, names, none > 0))
    columns, truth, weights, names, real = (
        np.concatenate(part) for part in zip(*parts, strict=True)
    )
    return columns, truth, weights, names, real


def _weights(columns: Floats, truth: Floats, weights: Floats, seed: int) -> dict[str, Any]:
    """A linear model and trees, in the form of `model.json`, not yet calibrated."""
    mean, scale = _moments(columns, weights)
    linear = LogisticRegression(C=_MATCH_C, max_iter=2000).fit(
        (columns - mean) / scale, truth, weights
    )
    boosted = GradientBoostingClassifier(
        n_estimators=_TREES, max_depth=_DEPTH, learning_rate=0.05, subsample=0.6,
        max_features=0.3, min_samples_leaf=20, random_state=seed,
    ).fit(columns, truth, weights)  # fmt: skip
    rate = np.average(truth, weights=weights)
    return {
        "linear": _linear(features.EXPANDED, mean, scale, linear.coef_[0], linear.intercept_[0]),
        "trees": {
            "base": _round(np.log(rate / (1 - rate))),
            "each": [_complete(tree.tree_, 0.05) for tree in boosted.estimators_[:, 0]],
        },
        "calibration": {"slope": 1.0, "offset": 0.0},
        "thresholds": {"file": 0.5, "sure": 0.9},
    }


def _moments(columns: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Weighted mean and standard deviation of each column; 1 for columns that never change."""
    mean = np.average(columns, axis=0, weights=weights)
    scale = np.sqrt(np.average((columns - mean) ** 2, axis=0, weights=weights))
    return mean, np.where(scale < 1e-6, 1.0, scale)


def _complete(tree: Any, rate: float) -> dict[str, Any]:  # noqa: ANN401 - scikit-learn's Tree
    """One tree with all its places filled; where it ends early, both sides say the same."""
    tests: list[str] = []
    level = [0]
    for _ in range(_DEPTH):
        below = []
        for node in level:
            ends = tree.children_left[node] < 0
            name = features.EXPANDED[0 if ends else tree.feature[node]]
            tests.append(f"{name} > {0.0 if ends else float(tree.threshold[node]):.5g}")
            below += [node, node] if ends else [tree.children_left[node], tree.children_right[node]]
        level = below
    return {"tests": tests, "leaves": [_round(rate * tree.value[node, 0, 0]) for node in level]}


def best_thresholds(scores: Floats, truth: Floats) -> tuple[float, float]:
    """Where F1 is best, and where precision is surely enough.

    Calibrated scores are best filed from half of the best F1 on (Lipton and others, 2014); that
    is steadier than the place of the best F1 itself, which moves with a few items.
    """
    grid = np.arange(0.15, 0.85, 0.01)
    f1 = np.array(
        [2 * truth[scores >= t].sum() / ((scores >= t).sum() + truth.sum()) for t in grid]
    )
    smooth = np.convolve(np.pad(f1, 3, mode="edge"), np.ones(7) / 7, mode="valid")
    file = float(smooth.max()) / 2
    for sure in np.arange(max(file, 0.5), 0.985, 0.01):
        if truth[scores >= sure].mean() >= _SURE_PRECISION:
            return file, float(sure)
    return file, 0.98


def fit_direction(sets: Sequence[Measured], keep: Keep, examples: DirectionPairs) -> dict[str, Any]:
    """The part of `model.json` that tells directions: a linear model of columns and stems.

    The variants of a pack hold the same items: together they count as one set.
    """
    variants = Counter(each.subject for each in sets)
    subjects: dict[str, set[str]] = {}
    parts, weights = [examples], [np.full(len(examples.truth), _EXAMPLES)]
    for each in sets:
        own = each.directions.only(each.in_folds(each.directions.stories, keep[each.subject]))
        parts.append(own)
        one = _MADE_UP_DIRECTION if each.made_up else 1 / variants[each.subject]
        weights.append(np.full(len(own.truth), one))
        for stems in own.stems:
            for stem in stems:
                subjects.setdefault(stem, set()).add(each.subject)
    names = sorted(stem for stem, found in subjects.items() if len(found) >= _IN_SUBJECTS)
    weight, columns = np.concatenate(weights), np.concatenate([part.columns for part in parts])
    mean, scale = _moments(columns, weight)
    dense = csr_matrix((columns - mean) / scale)
    matrix = hstack([dense, *(_stem_matrix(parts, names))]).tocsr()
    truth = np.concatenate([part.truth for part in parts])
    fitted = LogisticRegression(C=_DIRECTION_C, max_iter=2000).fit(matrix, truth, weight)
    return _direction_as_data(fitted, mean, scale, names)


def _stem_matrix(parts: Sequence[DirectionPairs], names: Sequence[str]) -> tuple[Any, Any]:
    """(pairs, stems) of their weights, and the same times the goals' signs."""
    place = {name: number for number, name in enumerate(names)}
    values, rows, columns, signs = [], [], [], np.concatenate([part.signs for part in parts])
    for row, stems in enumerate(stems for part in parts for stems in part.stems):
        for stem, weight in stems.items():
            if stem in place:
                values.append(_STEM * weight)
                rows.append(row)
                columns.append(place[stem])
    plain = csr_matrix((values, (rows, columns)), shape=(len(signs), len(names)))
    return plain, plain.multiply(signs[:, None]).tocsr()


def _direction_as_data(
    fitted: Any,  # noqa: ANN401 - scikit-learn's model
    mean: Floats,
    scale: Floats,
    names: Sequence[str],
) -> dict[str, Any]:
    count = len(classifier.NAMES)
    linear, words = fitted.coef_[:, :count], _STEM * fitted.coef_[:, count:]
    by_stem = words.reshape(len(DIRECTIONS), 2, len(names)).transpose(2, 1, 0)
    return {
        "bias": dict(zip(map(str, DIRECTIONS), map(_round, fitted.intercept_), strict=True)),
        "features": {
            name: {
                "mean": _round(mean[n]),
                "scale": _round(scale[n]),
                **{str(d): _round(linear[k][n]) for k, d in enumerate(DIRECTIONS)},
            }
            for n, name in enumerate(classifier.NAMES)
        },
        "stems": {
            name: " ".join(f"{number:.3f}" for number in numbers.ravel())
            for name, numbers in zip(names, by_stem, strict=True)
            if np.abs(numbers).max() >= _LEAST
        },
    }


def _round(number: float) -> float:
    return round(float(number), 4)
