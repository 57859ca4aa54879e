"""Fits the numbers of `bot/matching/model.json`, and measures them honestly.

    python -m bench.fit_matching --set PACK:GOLD [--set ...] [--seed 1 ...] [--write] [--quick]

Each set is a pack (commitments.yaml or the JSON form) and its labelled items (JSON lines). Sets
that share a gold file are one subject. The written subjects of `bench/subjects` are fitted on
too, never measured. The figures are "by story": the items of one story, in all sets of the subject,
are in the same fold; weights, calibration and thresholds come from the other folds (and the other
subjects) alone. `bench.leave_out` measures on agreements of which nothing was fitted on.

scikit-learn, a development dependency, is needed here and nowhere else.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.fit_models import fit, fit_direction, fit_foreign
from bench.fit_sets import (
    FOLDS,
    MADE_UP,
    DirectionPairs,
    Floats,
    Measured,
    direction_examples,
    folds_of,
    load_far,
    load_made_up,
    load_sets,
)
from bot.matching.direction.classifier import DirectionClassifier
from bot.matching.evaluation.metrics import calibration_error
from bot.matching.model import SHIPPED, direction_from, foreign_from, scoring_from, sigmoid
from bot.matching.relevance import foreign
from bot.matching.text.knowledge import knowledge
from bot.matching.text.vectors import load_vectors

_EVERY = set(range(FOLDS))


def as_data(
    sets: Sequence[Measured], examples: DirectionPairs, far: Sequence[Measured] = ()
) -> dict[str, Any]:
    """All of `model.json`, from all rows."""
    keep = {each.subject: _EVERY for each in sets}
    bare = [each for each in sets if each.bare]
    for_bare = fit(bare or sets, far, keep)
    return {
        "bare": for_bare,
        "given": fit(sets, far, keep) if len(bare) < len(sets) else for_bare,
        "foreign": fit_foreign(bare or sets, far, keep, for_bare),
        "direction": fit_direction(sets, keep, examples),
    }


def direction_logits(data: dict[str, Any], pairs: DirectionPairs) -> Floats:
    """(pairs, 3), by the part of `model.json` that tells directions."""
    directions = direction_from(data)
    stem_logits = directions.stem_logits(pairs.stems)
    logits = directions.logits(
        pairs.columns.astype(np.float32), stem_logits, pairs.signs.astype(np.float32)
    )
    return logits.astype(float)


def right_directions(data: dict[str, Any], pairs: DirectionPairs) -> Floats:
    """1 for each pair whose direction comes out right."""
    right = direction_logits(data, pairs).argmax(axis=1) == pairs.truth
    return np.asarray(right, dtype=float)


def scored(
    each: Measured, scoring: dict[str, Any], other: dict[str, Any]
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """For each row its score, whether it is filed, and whether without review."""
    english, told = scoring_from(scoring), foreign_from(other)
    logits, rows = english.logits(each.columns.astype(np.float32)), each.foreign
    columns = foreign.columns(logits[rows], each.likeness[rows], each.items[rows])
    logits[rows] = told.linear.logits(columns.astype(np.float32))[:, 0]
    scores = sigmoid(logits)
    file = scores >= np.where(rows, told.file, english.file)
    return scores, file, ~rows & (scores >= english.sure)


def cross_validate(
    sets: Sequence[Measured], each: Measured, examples: DirectionPairs, far: Sequence[Measured]
) -> dict[str, float]:
    """The figures of one set; see the module's docstring."""
    like = [s for s in sets if s.bare or not each.bare]
    scores = np.zeros(len(each.truth))
    filed, sure = np.zeros((2, len(each.truth)), dtype=bool)
    right = np.zeros(len(each.directions.truth))
    for number in range(FOLDS):
        keep = {s.subject: _EVERY for s in sets} | {each.subject: _EVERY - {number}}
        rows = each.in_folds(each.stories, {number})
        pairs = each.in_folds(each.directions.stories, {number})
        held_out = each.only(rows, pairs)
        fitted = fit(like, far, keep)
        other = fit_foreign(like, far, keep, fitted)
        scores[rows], filed[rows], sure[rows] = scored(held_out, fitted, other)
        right[pairs] = right_directions(fit_direction(sets, keep, examples), held_out.directions)
    return figures(each, scores, filed, sure) | {"direction": float(right.mean())}


def figures(
    each: Measured, scores: Floats, filed: NDArray[np.bool_], sure: NDArray[np.bool_]
) -> dict[str, float]:
    rows, truth = each.counted, each.truth > 0
    filed, surely = filed & rows, sure & rows
    hits, total = (filed & truth).sum(), sum(each.labels.values())
    return {
        "P": hits / max(1, filed.sum()),
        "R": hits / total,
        "F1": 2 * hits / (filed.sum() + total),
        "sure P": truth[surely].mean() if surely.any() else 1.0,
        "sure part": surely.sum() / max(1, filed.sum()),
        "ECE": calibration_error(list(scores[rows]), list(truth[rows])),
        "ECE of the filed": calibration_error(list(scores[filed]), list(truth[filed])),
    }


def show(name: str, found: Sequence[dict[str, float]]) -> None:
    """Means over the seeds, and from where to where F1 and direction went."""
    parts = [f"{name:34}"]
    for figure in found[0]:
        values = [each[figure] for each in found]
        text = f"{figure} {np.mean(values):.3f}"
        if len(found) > 1 and figure in ("F1", "direction", "sure P"):
            text += f" ({min(values):.3f}-{max(values):.3f})"
        parts.append(text)
    print("  ".join(parts), flush=True)


def measure_all(
    sets: Sequence[Measured],
    seeds: Sequence[int],
    examples: DirectionPairs,
    made_up: Sequence[Measured],
    far: Sequence[Measured],
) -> None:
    for name in sorted(each.name for each in sets):
        found = []
        for seed in seeds:
            folded = folds_of([*sets, *made_up], seed)
            each = next(s for s in folded if s.name == name)
            found.append(cross_validate(folded, each, examples, far))
        show(name, found)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--set", action="append", required=True, metavar="PACK:GOLD")
    parser.add_argument("--made-up", type=Path, default=MADE_UP, metavar="FOLDER")
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--quick", action="store_true", help="fit only, measure nothing")
    parser.add_argument("--write", action="store_true", help=f"write {SHIPPED.name}")
    arguments = parser.parse_args()
    vectors = load_vectors()
    sets, packs = load_sets(arguments.set, vectors)
    made_up = load_made_up(arguments.made_up, vectors)
    examples = direction_examples(
        packs, DirectionClassifier(vectors=vectors, knowledge=knowledge())
    )
    far = load_far(sets, made_up, vectors)
    if arguments.write:
        fitted = as_data(folds_of([*sets, *made_up], 1), examples, far)
        SHIPPED.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    if not arguments.quick:
        measure_all(sets, arguments.seed, examples, made_up, far)


if __name__ == "__main__":
    main()
