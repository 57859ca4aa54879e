"""Fits the numbers of `bot/matching/model.json`, and measures them honestly.

    python -m bench.fit_matching --set PACK:GOLD [--set ...] [--seed 1 ...] [--write] [--quick]

Each set is a pack (commitments.yaml or the JSON form) and its labelled items (JSON lines). Sets
that share a gold file are one subject. The written subjects of `bench/subjects` are fitted on
too, never measured. Two kinds of figures are printed:

- by story: the items of one story, in all sets of the subject, are in the same fold; weights,
  calibration and thresholds come from the other folds (and the other subjects) alone;
- across: nothing of the subject itself is used.

scikit-learn, a development dependency, is needed here and nowhere else.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.fit_models import fit, fit_direction
from bench.fit_sets import (
    FOLDS,
    MADE_UP,
    DirectionPairs,
    Floats,
    Measured,
    direction_examples,
    folds_of,
    load_made_up,
    load_sets,
)
from bot.matching.direction.classifier import DirectionClassifier
from bot.matching.evaluation.metrics import calibration_error
from bot.matching.model import SHIPPED, direction_from, scoring_from, sigmoid
from bot.matching.text.knowledge import knowledge
from bot.matching.text.vectors import load_vectors

_EVERY = set(range(FOLDS))


def as_data(sets: Sequence[Measured], examples: DirectionPairs) -> dict[str, Any]:
    """All of `model.json`, from all rows."""
    keep = {each.subject: _EVERY for each in sets}
    bare = [each for each in sets if each.bare]
    for_bare = fit(bare or sets, keep)
    return {
        "bare": for_bare,
        "given": fit(sets, keep) if len(bare) < len(sets) else for_bare,
        "direction": fit_direction(sets, keep, examples),
    }


def right_directions(data: dict[str, Any], pairs: DirectionPairs) -> Floats:
    """1 for each pair whose direction comes out right."""
    directions = direction_from(data)
    stem_logits = directions.stem_logits(pairs.stems)
    logits = directions.logits(
        pairs.columns.astype(np.float32), stem_logits, pairs.signs.astype(np.float32)
    )
    return np.asarray(logits.argmax(axis=1) == pairs.truth, dtype=float)


def cross_validate(
    sets: Sequence[Measured], each: Measured, examples: DirectionPairs, *, across: bool
) -> dict[str, float]:
    """The figures of one set; see the module's docstring."""
    others = [s for s in sets if s.subject != each.subject] if across else list(sets)
    like = [s for s in others if s.bare or not each.bare]
    scores, file, sure = (np.zeros(len(each.truth)) for _ in range(3))
    right = np.zeros(len(each.directions.truth))
    for number in [None] if across else range(FOLDS):
        away = _EVERY if number is None else {number}
        keep = {s.subject: _EVERY for s in others}
        if number is not None:
            keep[each.subject] = _EVERY - away
        rows = each.in_folds(each.stories, away)
        fitted = scoring_from(fit(like, keep))
        scores[rows] = sigmoid(fitted.logits(each.columns[rows].astype(np.float32)))
        file[rows], sure[rows] = fitted.file, fitted.sure
        pairs = each.in_folds(each.directions.stories, away)
        right[pairs] = right_directions(
            fit_direction(others, keep, examples), each.directions.only(pairs)
        )
    return figures(each, scores, file, sure) | {"direction": float(right.mean())}


def figures(each: Measured, scores: Floats, file: Floats, sure: Floats) -> dict[str, float]:
    rows, truth = each.counted, each.truth > 0
    filed, surely = (scores >= file) & rows, (scores >= sure) & rows
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


def show(name: str, kind: str, found: Sequence[dict[str, float]]) -> None:
    """Means over the seeds, and from where to where F1 and direction went."""
    parts = [f"{name:34} {kind:9}"]
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
) -> None:
    for across in (False, True):
        for name in sorted(each.name for each in sets):
            found = []
            for seed in seeds[:1] if across else seeds:
                folded = folds_of([*sets, *made_up], seed)
                each = next(s for s in folded if s.name == name)
                if not across or each.bare:
                    found.append(cross_validate(folded, each, examples, across=across))
            if found:
                show(name, "across" if across else "by story", found)


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
    if arguments.write:
        fitted = as_data(folds_of([*sets, *made_up], 1), examples)
        SHIPPED.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    if not arguments.quick:
        measure_all(sets, arguments.seed, examples, made_up)


if __name__ == "__main__":
    main()
