"""Fits what the measures of a pair of items count for their being one event.

    python -m bench.fit_stories GOLD [GOLD ...]

takes labelled items (JSON lines with "story"), fits on each set and measures on the others, and
then fits on all of them and prints the numbers that `bot/matching/stories/index.py` holds.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from bot.matching.evaluation.metrics import GoldItem, b_cubed, read_lines
from bot.matching.stories.fingerprint import Arrival, Sketcher
from bot.matching.stories.index import COUNTED, look_alike, measure, withheld
from bot.matching.stories.table import StoryTable
from bot.matching.text.knowledge import knowledge
from bot.matching.text.vectors import Array, WordVectors, load_vectors

_WINDOW_S, _MEMBERS = 864_000, 4
_STRENGTH = 0.1
_LATE = datetime.max.replace(tzinfo=UTC)
_LIMITS = np.arange(-3.0, 2.01, 0.125)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A labelled set: its items in order, and every pair that the index would look at."""

    name: str
    gold: list[GoldItem]
    new: NDArray[np.int64]
    known: NDArray[np.int64]
    features: Array
    alike: NDArray[np.bool_]
    same: NDArray[np.bool_]


def measured(path: Path, vectors: WordVectors) -> Measured:
    with path.open("rb") as lines:
        gold = [each for each in read_lines(lines) if isinstance(each, GoldItem)]
    gold.sort(key=lambda each: each.item.published_at or _LATE)
    sketcher = Sketcher(vectors=vectors, knowledge=knowledge())
    table = StoryTable(window_s=_WINDOW_S)
    new = sketcher.sketch([Arrival(item=each.item) for each in gold])
    pairs = table.enter(new, len(sketcher.words), [True] * len(gold))
    features = measure(table.held, pairs)
    story = [each.story for each in gold]
    return Measured(
        name=path.parent.name + "/" + path.name,
        gold=gold,
        new=pairs.new,
        known=pairs.known,
        features=features,
        alike=look_alike(table.held, pairs, features),
        same=np.array(
            [story[a] is not None and story[a] == story[b]
             for a, b in zip(pairs.new.tolist(), pairs.known.tolist(), strict=True)]
        ),
    )  # fmt: skip


def fit(sets: Sequence[Measured]) -> tuple[NDArray[np.float64], float]:
    """Weights of the features that are counted, and the intercept."""
    columns = np.concatenate([each.features[:, : len(COUNTED)] for each in sets])
    same = np.concatenate([each.same for each in sets])
    scaler = StandardScaler().fit(columns)
    model = LogisticRegression(C=_STRENGTH, max_iter=5_000).fit(scaler.transform(columns), same)
    weights = model.coef_[0] / scaler.scale_
    return weights, float(model.intercept_[0] - weights @ scaler.mean_)


def grouped(each: Measured, sure: Array) -> list[int]:
    """A story for each item, found as the index does."""
    stories = list(range(len(each.gold)))
    starts = np.searchsorted(each.new, np.arange(len(stories) + 1))
    for row in range(len(stories)):
        members: dict[int, list[float]] = {}
        for pair in range(starts[row], starts[row + 1]):
            members.setdefault(stories[each.known[pair]], []).append(sure[pair])
        if members:
            best = max(
                (float(np.mean(sorted(near, reverse=True)[:_MEMBERS])), -story)
                for story, near in members.items()
            )
            if best[0] >= 0:
                stories[row] = -best[1]
    return stories


def f1(each: Measured, weights: NDArray[np.float64], intercept: float, limit: float) -> float:
    plain = each.features[:, : len(COUNTED)] @ weights + intercept - limit
    sure = withheld(plain.astype(np.float32), each.alike)
    found = grouped(each, sure)
    truth = [item.story or ("alone", row) for row, item in enumerate(each.gold)]
    return b_cubed(truth, found, [item.story is not None for item in each.gold])[2]


def best_limit(sets: Sequence[Measured], weights: NDArray[np.float64], intercept: float) -> float:
    """The middle of the seven neighbouring limits that do best together."""
    curve = [np.mean([f1(each, weights, intercept, limit) for each in sets]) for limit in _LIMITS]
    smooth = np.convolve(np.pad(curve, 3, mode="edge"), np.ones(7) / 7, "valid")
    return float(_LIMITS[int(np.argmax(smooth))])


def main(paths: Sequence[str]) -> None:
    vectors = load_vectors()
    sets = [measured(Path(path), vectors) for path in paths]
    for train in sets:
        weights, intercept = fit([train])
        limit = best_limit([train], weights, intercept)
        for each in sets:
            kind = "fitted on itself" if each is train else "not seen"
            print(
                f"{train.name} -> {each.name}: {f1(each, weights, intercept, limit):.3f} ({kind})"
            )
    weights, intercept = fit(sets)
    limit = best_limit(sets, weights, intercept)
    for name, weight in zip(COUNTED, weights, strict=True):
        print(f"{name:12} {weight:8.2f}")
    print(f"intercept    {intercept - limit:8.2f}  (limit moved to 0)")
    for each in sets:
        print(f"all -> {each.name}: {f1(each, weights, intercept, limit):.3f} (fitted on itself)")


if __name__ == "__main__":
    main(sys.argv[1:])
