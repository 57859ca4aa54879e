"""Fits the numbers of `bot/matching/model.json`, and measures them honestly.

    python -m bench.fit_matching --set PACK:GOLD [--set ...] --seed 1 [--write] [--quick]

Each set is a pack (commitments.yaml or the JSON form) and its labelled items (JSON lines). Sets
that share a gold file are one subject. Two kinds of figures are printed:

- by story: the items of one story, in all sets of the subject, are in the same fold; weights,
  calibration and thresholds come from the other folds (and the other subjects) alone;
- across: nothing of the subject itself is used.

scikit-learn, a development dependency, is needed here and nowhere else.
"""

import argparse
import json
import random
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.domain.commitment import Commitment, Pack, Watch
from bot.ingest.pack_file import load_pack
from bot.matching import WordVectors, direction, features, load_vectors
from bot.matching.compiled import compile_pack, gives_more
from bot.matching.direction import Compass
from bot.matching.evaluation import GoldItem, calibration_error
from bot.matching.gold import BadLine, read_lines
from bot.matching.knowledge import knowledge
from bot.matching.model import DIRECTIONS, SHIPPED, scoring_from, sigmoid
from bot.matching.scoring import Scorer

try:
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
except ModuleNotFoundError:
    sys.exit("scikit-learn is missing: it is a development dependency; run `make setup`")

_FOLDS = 5
_MATCH_C, _DIRECTION_C = 0.01, 0.005
"""Inverse strength of the L2 penalty, on columns of unit variance."""
_TREES, _DEPTH = 120, 3
_TURNS = 4
_SURE_PRECISION = 0.96
"""Aimed at on the fitting items, to keep 0.90 on others."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One set, measured: a row for each pair of an item and a commitment looked at."""

    name: str
    subject: str
    bare: bool
    columns: Floats
    truth: Floats
    counted: NDArray[np.bool_]
    stories: NDArray[Any]
    labels: dict[str, int]
    directions: Floats
    direction_truth: NDArray[np.int64]
    direction_stories: NDArray[Any]
    folds: dict[str, int] = field(default_factory=dict)


def read_gold(path: Path) -> list[GoldItem]:
    with path.open("rb") as lines:
        read = list(read_lines(lines))
    bad = [line for line in read if isinstance(line, BadLine)]
    if bad:
        sys.exit(f"{path}:{bad[0].number}: {bad[0].what}")
    return [line for line in read if isinstance(line, GoldItem)]


def story_of(gold: GoldItem) -> str:
    return gold.story or f"only {gold.item.id}"


def measure(name: str, pack: Pack, path: Path, vectors: WordVectors) -> Measured:
    gold = read_gold(path)
    facts = knowledge()
    scorer = Scorer(compile_pack(pack, vectors=vectors, knowledge=facts), vectors)
    named = {label for each in gold for label in each.labels}
    columns, truth, counted, stories = [], [], [], []
    done = 0
    for chunk in scorer.chunks([each.item for each in gold]):
        columns.append(features.expand(chunk.features, chunk.pairs.items))
        for item, row in zip(chunk.pairs.items, chunk.pairs.commitments, strict=True):
            labelled, commitment = gold[done + item], pack.commitments[row].id
            truth.append(commitment in labelled.labels)
            counted.append(commitment in named)
            stories.append(story_of(labelled))
        done += len(chunk.items)
    rows = measure_directions(pack, gold, Compass(vectors=vectors, knowledge=facts))
    labels: dict[str, int] = {}
    for each in gold:
        labels[story_of(each)] = labels.get(story_of(each), 0) + len(each.labels)
    return Measured(
        name=name, subject=str(path), bare=not any(map(gives_more, pack.commitments)),
        columns=np.concatenate(columns).astype(float), truth=np.array(truth, dtype=float),
        counted=np.array(counted), stories=np.array(stories), labels=labels,
        directions=np.array([row[0] for row in rows], dtype=float),
        direction_truth=np.array([row[1] for row in rows]),
        direction_stories=np.array([row[2] for row in rows]),
    )  # fmt: skip


def measure_directions(
    pack: Pack, gold: Sequence[GoldItem], compass: Compass
) -> list[tuple[NDArray[np.float32], int, str]]:
    aims = {c.id: compass.aim(c) for c in pack.commitments}
    return [
        (
            compass.measure(each.item.title, each.item.summary, aims[name]),
            DIRECTIONS.index(label),
            story_of(each),
        )
        for each in gold
        for name, label in each.labels.items()
        if name in aims
    ]


def poorer(pack: Pack, **less: Any) -> Pack:  # noqa: ANN401 - fields of Commitment
    return replace(
        pack,
        summits=tuple(
            replace(s, commitments=tuple(replace(c, **less) for c in s.commitments))
            for s in pack.summits
        ),
    )


def folds_of(sets: Sequence[Measured], seed: int) -> list[Measured]:
    """Every story of a subject gets a fold, the same one in all its sets."""
    rng = random.Random(seed)
    out = []
    for subject in sorted({each.subject for each in sets}):
        mine = [each for each in sets if each.subject == subject]
        stories = sorted({story for each in mine for story in each.labels})
        rng.shuffle(stories)
        folds = {story: number % _FOLDS for number, story in enumerate(stories)}
        out += [replace(each, folds=folds) for each in mine]
    return sorted(out, key=lambda each: each.name)


def training(
    sets: Sequence[Measured], keep: dict[str, set[int]]
) -> tuple[Floats, Floats, NDArray[Any]]:
    """Counted rows of the sets in the folds to keep: columns, truth, story names."""
    parts = []
    for each in sets:
        fold = np.array([each.folds[story] for story in each.stories])
        rows = each.counted & np.isin(fold, list(keep[each.subject]))
        names = np.array([f"{each.subject} {story}" for story in each.stories[rows]])
        parts.append((each.columns[rows], each.truth[rows], names))
    columns, truth, names = (np.concatenate(part) for part in zip(*parts, strict=True))
    return columns, truth, names


def fit_weights(columns: Floats, truth: Floats) -> dict[str, Any]:
    """A linear model and trees, in the form of `model.json`, not yet calibrated."""
    mean, scale = columns.mean(axis=0), columns.std(axis=0)
    scale = np.where(scale < 1e-6, 1.0, scale)
    linear = LogisticRegression(C=_MATCH_C, max_iter=2000).fit((columns - mean) / scale, truth)
    boosted = GradientBoostingClassifier(
        n_estimators=_TREES, max_depth=_DEPTH, learning_rate=0.05, subsample=0.6,
        max_features=0.3, min_samples_leaf=20, random_state=0,
    ).fit(columns, truth)  # fmt: skip
    rate = truth.mean()
    return {
        "linear": {
            "bias": {"weight": _round(linear.intercept_[0])},
            "features": {
                name: {"mean": _round(m), "scale": _round(s), "weight": _round(w)}
                for name, m, s, w in zip(
                    features.EXPANDED, mean, scale, linear.coef_[0], strict=True
                )
            },
        },
        "trees": {
            "base": _round(np.log(rate / (1 - rate))),
            "each": [complete(tree.tree_, 0.05) for tree in boosted.estimators_[:, 0]],
        },
        "calibration": {"slope": 1.0, "offset": 0.0},
        "thresholds": {"file": 0.5, "sure": 0.9},
    }


def complete(tree: Any, rate: float) -> dict[str, Any]:  # noqa: ANN401 - scikit-learn's Tree
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


def fit(sets: Sequence[Measured], keep: dict[str, set[int]]) -> dict[str, Any]:
    """Weights from all rows; calibration and thresholds from rows held out in turn."""
    columns, truth, names = training(sets, keep)
    stories = sorted(set(names))
    random.Random(7).shuffle(stories)
    turn = {story: number % _TURNS for number, story in enumerate(stories)}
    turns = np.array([turn[name] for name in names])
    logits = np.zeros(len(truth))
    for number in range(_TURNS):
        away = turns == number
        partial = scoring_from(fit_weights(columns[~away], truth[~away]))
        logits[away] = partial.logits(columns[away].astype(np.float32))
    platt = LogisticRegression(C=1e6).fit(logits[:, None], truth)
    slope, offset = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    file, sure = best_thresholds(1 / (1 + np.exp(-(slope * logits + offset))), truth)
    return fit_weights(columns, truth) | {
        "calibration": {"slope": _round(slope), "offset": _round(offset)},
        "thresholds": {"file": _round(file), "sure": _round(sure)},
    }


def best_thresholds(scores: Floats, truth: Floats) -> tuple[float, float]:
    """Where F1 is best (smoothed over its neighbours), and where precision is surely enough."""
    grid = np.arange(0.15, 0.85, 0.01)
    f1 = np.array(
        [2 * truth[scores >= t].sum() / ((scores >= t).sum() + truth.sum()) for t in grid]
    )
    smooth = np.convolve(np.pad(f1, 3, mode="edge"), np.ones(7) / 7, mode="valid")
    file = float(grid[smooth.argmax()])
    for sure in np.arange(max(file, 0.5), 0.985, 0.01):
        if truth[scores >= sure].mean() >= _SURE_PRECISION:
            return file, float(sure)
    return file, 0.98


def direction_examples(packs: Sequence[Pack], compass: Compass) -> tuple[Floats, NDArray[Any]]:
    """Made-up headlines: those of direction_examples.toml, and the examples in the packs."""
    rows: list[tuple[Commitment, str, int]] = []
    given = tomllib.loads(Path(__file__).with_name("direction_examples.toml").read_text("utf-8"))
    for entry in given["commitment"]:
        made = Commitment(id="made-up", title=entry["title"], text=entry["text"], summit_id="")
        rows += [(made, text, k) for k, key in enumerate("psn") for text in entry[key]]
    for commitment in (c for pack in packs for c in pack.commitments):
        plain = replace(commitment, progress=(), setback=())
        rows += [(plain, text, 0) for text in commitment.progress]
        rows += [(plain, text, 1) for text in commitment.setback]
    columns = [compass.measure(text, "", compass.aim(commitment)) for commitment, text, _ in rows]
    return np.array(columns, dtype=float), np.array([way for *_, way in rows])


def fit_direction(
    sets: Sequence[Measured],
    keep: dict[str, set[int]],
    examples: tuple[Floats, NDArray[Any]],
) -> dict[str, Any]:
    columns, truth = [examples[0]], [examples[1]]
    for each in sets:
        fold = np.array([each.folds[story] for story in each.direction_stories])
        rows = np.isin(fold, list(keep[each.subject]))
        columns.append(each.directions[rows])
        truth.append(each.direction_truth[rows])
    x, y = np.concatenate(columns), np.concatenate(truth)
    mean, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale < 1e-6, 1.0, scale)
    model = LogisticRegression(C=_DIRECTION_C, max_iter=2000).fit((x - mean) / scale, y)
    return {"mean": mean, "scale": scale, "model": model}


def predicted(fitted: dict[str, Any], columns: Floats) -> NDArray[np.int64]:
    return np.asarray(fitted["model"].predict((columns - fitted["mean"]) / fitted["scale"]))


def show(
    each: Measured, kind: str, scores: Floats, limits: tuple[Floats, Floats], right: float
) -> None:
    file, sure = limits
    rows, truth = each.counted, each.truth > 0
    filed, surely = (scores >= file) & rows, (scores >= sure) & rows
    hits, total = (filed & truth).sum(), sum(each.labels.values())
    precision, recall = hits / max(1, filed.sum()), hits / total
    ece = calibration_error(list(scores[rows]), list(truth[rows]))
    filed_ece = calibration_error(list(scores[filed]), list(truth[filed]))
    print(
        f"{each.name:28} {kind:9} P {precision:.3f} R {recall:.3f} F1 "
        f"{2 * hits / (filed.sum() + total):.3f}  sure P {truth[surely].mean():.3f} "
        f"({surely.sum()} of {filed.sum()})  direction {right:.3f}  ECE {ece:.3f} "
        f"(of the filed {filed_ece:.3f})",
        flush=True,
    )


def cross_validate(
    sets: Sequence[Measured],
    each: Measured,
    examples: tuple[Floats, NDArray[Any]],
    *,
    across: bool,
) -> None:
    everything = set(range(_FOLDS))
    others = [s for s in sets if s.subject != each.subject] if across else list(sets)
    if not any(s.bare == each.bare for s in others):
        return
    scores, file, sure = (np.zeros(len(each.truth)) for _ in range(3))
    direction_right = np.zeros(len(each.direction_truth))
    fold = np.array([each.folds[story] for story in each.stories])
    direction_fold = np.array([each.folds[story] for story in each.direction_stories])
    for number in [None] if across else range(_FOLDS):
        keep = {s.subject: everything for s in others}
        if number is not None:
            keep[each.subject] = everything - {number}
        rows = np.ones(len(fold), dtype=bool) if number is None else fold == number
        drows = (
            np.ones(len(direction_fold), dtype=bool) if number is None else direction_fold == number
        )
        fitted = scoring_from(fit([s for s in others if s.bare == each.bare], keep))
        scores[rows] = sigmoid(fitted.logits(each.columns[rows].astype(np.float32)))
        file[rows], sure[rows] = fitted.file, fitted.sure
        guess = predicted(fit_direction(others, keep, examples), each.directions[drows])
        direction_right[drows] = guess == each.direction_truth[drows]
    show(
        each,
        "across" if across else "by story",
        scores,
        (file, sure),
        float(direction_right.mean()),
    )


def as_data(sets: Sequence[Measured], examples: tuple[Floats, NDArray[Any]]) -> dict[str, Any]:
    everything = {each.subject: set(range(_FOLDS)) for each in sets}
    way = fit_direction(sets, everything, examples)
    coefficients = way["model"].coef_
    bare = [each for each in sets if each.bare]
    given = [each for each in sets if not each.bare]
    for_bare = fit(bare or given, everything)
    return {
        "bare": for_bare,
        "given": fit(given, everything) if bare and given else for_bare,
        "direction": {
            "bias": dict(
                zip(map(str, DIRECTIONS), map(_round, way["model"].intercept_), strict=True)
            ),
            "features": {
                name: {
                    "mean": _round(way["mean"][n]),
                    "scale": _round(way["scale"][n]),
                    **{str(d): _round(coefficients[k][n]) for k, d in enumerate(DIRECTIONS)},
                }
                for n, name in enumerate(direction.NAMES)
            },
        },
    }


def _round(number: float) -> float:
    return round(float(number), 4)


def load_sets(specs: Sequence[str], vectors: WordVectors) -> tuple[list[Measured], list[Pack]]:
    sets, packs = [], []
    for spec in specs:
        pack_path, gold_path = (Path(part) for part in spec.split(":"))
        pack, name = load_pack(pack_path), pack_path.name
        sets.append(measure(name, pack, gold_path, vectors))
        packs.append(pack)
        if any(map(gives_more, pack.commitments)):
            nothing: dict[str, Any] = {"watch": Watch(), "progress": (), "setback": ()}
            sets.append(measure(f"{name} bare", poorer(pack, **nothing), gold_path, vectors))
            less = {"watch": Watch()}
            sets.append(measure(f"{name} without watch", poorer(pack, **less), gold_path, vectors))
            empty: dict[str, Any] = {"progress": (), "setback": ()}
            sets.append(
                measure(f"{name} without examples", poorer(pack, **empty), gold_path, vectors)
            )
    return sets, packs


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--set", action="append", required=True, metavar="PACK:GOLD")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="fit only, measure nothing")
    parser.add_argument("--write", action="store_true", help=f"write {SHIPPED.name}")
    arguments = parser.parse_args()
    vectors = load_vectors()
    loaded, packs = load_sets(arguments.set, vectors)
    sets = folds_of(loaded, arguments.seed)
    examples = direction_examples(packs, Compass(vectors=vectors, knowledge=knowledge()))
    if not arguments.quick:
        for across in (False, True):
            for each in sets:
                cross_validate(sets, each, examples, across=across)
    if arguments.write:
        data = json.dumps(as_data(sets, examples), indent=1) + "\n"
        SHIPPED.write_text(data, encoding="utf-8")


if __name__ == "__main__":
    main()
