"""How good matching is on agreements that nothing was fitted on: each left out in turn.

    python -m bench.leave_out --set PACK:GOLD [--set ...] [--seed 1 2 3]

Weights, calibration, thresholds and directions come from all other agreements; neither the items
that are labelled with the one left out nor its commitments are fitted on, and no made-up subject
that shares it. An agreement is a summit, or several that share a labelled item. The first columns
are micro-F1, its range (5 to 95 %) when the stories are drawn anew, and that of a TF-IDF scan whose
threshold is the best for the set in hindsight; then precision, recall, direction (right, of all
labelled pairs), recall of progress, setback, neutral, precision of what is filed without review.
"""

import argparse
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from bench.fit_matching import right_directions, scored
from bench.fit_models import fit, fit_direction, fit_foreign
from bench.fit_sets import (
    FOLDS,
    MADE_UP,
    SHARED,
    DirectionPairs,
    Measured,
    direction_examples,
    folds_of,
    load_far,
    load_made_up,
    load_sets,
    story_of,
)
from bot.matching.direction.classifier import DirectionClassifier
from bot.matching.evaluation.baselines import best_in_hindsight, tfidf_scores
from bot.matching.relevance.compiled import compile_pack
from bot.matching.text.knowledge import knowledge
from bot.matching.text.vectors import WordVectors, load_vectors

# Commitments this near in meaning are siblings: they differ by a party or an object.
_SIBLING = 0.65
_DRAWN = 1_000


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """Pairs of item and commitment that are filed, labelled, or both; an entry each.

    Attributes:
        agreement: Its name; likewise `story` within its set.
        foreign: Whether the item is in another language than English.
        sibling: Whether the commitment has a sibling in its pack.
        way: The labelled direction, -1 without a label; `right` whether it was found.
        filed: Whether the matcher files it; `sure` without review; `plain` whether TF-IDF does.
    """

    agreement: NDArray[np.str_]
    story: NDArray[np.str_]
    foreign: NDArray[np.bool_]
    sibling: NDArray[np.bool_]
    way: NDArray[np.int64]
    right: NDArray[np.bool_]
    filed: NDArray[np.bool_]
    sure: NDArray[np.bool_]
    plain: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A set, and what is known of its commitments and items beside the measures.

    Attributes:
        agreements: The agreement of each commitment; likewise `siblings`, whether it has one.
        foreign: Whether each item is in another language than English; likewise its `stories`.
        plain: (items, commitments): whether a TF-IDF scan files it.
    """

    each: Measured
    agreements: NDArray[np.str_]
    siblings: NDArray[np.bool_]
    foreign: NDArray[np.bool_]
    stories: NDArray[np.str_]
    plain: NDArray[np.bool_]

    @classmethod
    def of(cls, each: Measured, vectors: WordVectors) -> "Subject":
        """What there is to know of a set."""
        return cls(
            each=each,
            agreements=np.array(agreements_of(each)),
            siblings=siblings_of(each, vectors),
            foreign=np.array([(g.language or "en").split("-")[0] != "en" for g in each.gold]),
            stories=np.array([story_of(gold) for gold in each.gold]),
            plain=plain_of(each),
        )


def agreements_of(each: Measured) -> list[str]:
    """The agreement of each commitment: its summit, or the first of those that share an item."""
    summit = {c.id: c.summit_id for c in each.pack.commitments}
    first = {name: name for name in summit.values()}
    for gold in each.gold:
        together = {first[summit[label]] for label in gold.labels if label in summit}
        first = {name: min(together) if own in together else own for name, own in first.items()}
    return [first[c.summit_id] for c in each.pack.commitments]


def siblings_of(each: Measured, vectors: WordVectors) -> NDArray[np.bool_]:
    """Whether each commitment has a sibling."""
    means = compile_pack(each.pack, vectors=vectors, knowledge=knowledge()).means
    likeness = means @ means.T - 2 * np.eye(len(means))
    return np.asarray(likeness.max(axis=1) >= _SIBLING)


def without(each: Measured, commitments: NDArray[np.bool_]) -> Measured:
    """The set without these commitments and the items that are labelled with them."""
    pairs = each.directions
    items = np.zeros(len(each.gold), dtype=bool)
    items[pairs.items[commitments[pairs.commitments]]] = True
    return each.only(
        ~commitments[each.commitments] & ~items[each.items],
        ~commitments[pairs.commitments] & ~items[pairs.items],
    )


def unlabelled(each: Measured, ids: AbstractSet[str]) -> Measured:
    """The set without items that are labelled with one of the commitments."""
    kept = np.array([ids.isdisjoint(gold.labels) for gold in each.gold])
    return each.only(kept[each.items], kept[each.directions.items])


def decisions(
    subjects: Sequence[Subject],
    made_up: Sequence[Measured],
    far: Sequence[Measured],
    examples: DirectionPairs,
    seed: int,
) -> Iterator[Decisions]:
    """The decisions on each agreement, fitted on all others."""
    for subject, name, sets, away in left_out(subjects, made_up, far, seed):
        yield decide(subject, name, sets, away, examples=examples, seed=seed)


def left_out(
    subjects: Sequence[Subject], made_up: Sequence[Measured], far: Sequence[Measured], seed: int
) -> Iterator[tuple[Subject, str, list[Measured], list[Measured]]]:
    """Each agreement with its set, and what may be fitted on when it is left out: sets, and far."""
    for subject in subjects:
        for name in sorted(set(subject.agreements.tolist())):
            out = subject.agreements == name
            rest = [without(s.each, out) if s is subject else s.each for s in subjects]
            made = [each for each in made_up if not each.name.endswith(SHARED.get(name, ":"))]
            sets = folds_of([*rest, *made], seed)
            ids = {subject.each.pack.commitments[row].id for row in np.flatnonzero(out)}
            away = [unlabelled(each, ids) for each in far]
            yield subject, name, sets, away


def decide(
    subject: Subject,
    name: str,
    sets: Sequence[Measured],
    far: Sequence[Measured],
    *,
    examples: DirectionPairs,
    seed: int,
) -> Decisions:
    """The decisions on one agreement, fitted on the sets."""
    each, pairs = subject.each, subject.each.directions
    keep = {s.subject: set(range(FOLDS)) for s in sets}
    fitted = fit(sets, far, keep, seed)
    _, file, sure = scored(each, fitted, fit_foreign(sets, far, keep, fitted))
    shape = (len(each.gold), len(subject.agreements))
    filed, surely, right = np.zeros((3, *shape), dtype=bool)
    filed[each.items, each.commitments] = file
    surely[each.items, each.commitments] = sure
    way = np.full(shape, -1)
    way[pairs.items, pairs.commitments] = pairs.truth
    directions = fit_direction(sets, keep, examples)
    right[pairs.items, pairs.commitments] = right_directions(directions, pairs) > 0
    named = (subject.agreements == name) & (way >= 0).any(axis=0)
    return decisions_of(
        subject, name, way=way, right=right, filed=filed, surely=surely, named=named
    )


def decisions_of(
    subject: Subject,
    name: str,
    *,
    way: NDArray[np.int64],
    right: NDArray[np.bool_],
    filed: NDArray[np.bool_],
    surely: NDArray[np.bool_],
    named: NDArray[np.bool_],
) -> Decisions:
    """The decisions in tables (items, commitments); `named` says which commitments count."""
    looked = (filed | (way >= 0) | subject.plain) & named
    items, commitments = np.nonzero(looked)
    return Decisions(
        agreement=np.full(len(items), name),
        story=subject.stories[items],
        foreign=subject.foreign[items],
        sibling=subject.siblings[commitments],
        way=way[looked],
        right=right[looked],
        filed=filed[looked],
        sure=surely[looked],
        plain=subject.plain[looked],
    )


def plain_of(each: Measured) -> NDArray[np.bool_]:
    """(items, commitments): what a TF-IDF scan files, with the best threshold in hindsight."""
    scores = tfidf_scores(each.pack, [gold.item for gold in each.gold])
    labels = [gold.labels for gold in each.gold]
    named = {name for each in labels for name in each}
    limit, _ = best_in_hindsight(scores, labels, named)
    return np.array([[row[c.id] >= limit for c in each.pack.commitments] for row in scores])


def f1(truth: NDArray[np.bool_], filed: NDArray[np.bool_]) -> float:
    return float(2 * (truth & filed).sum() / max(1, truth.sum() + filed.sum()))


def spread(found: Decisions, rows: NDArray[np.bool_], seed: int) -> tuple[float, float]:
    """From where to where F1 goes when the stories are drawn anew."""
    names = np.char.add(np.char.add(found.agreement[rows], " "), found.story[rows])
    _, story = np.unique(names, return_inverse=True)
    truth, filed = found.way[rows] >= 0, found.filed[rows]
    sums = [np.bincount(story, weights=x) for x in (truth & filed, truth * 1.0 + filed)]
    size = len(sums[0])
    drawn = np.random.default_rng(seed).multinomial(size, np.full(size, 1 / size), size=_DRAWN)
    low, high = np.quantile(2 * (drawn @ sums[0]) / np.maximum(1, drawn @ sums[1]), (0.05, 0.95))
    return float(low), float(high)


def line(name: str, found: Decisions, rows: NDArray[np.bool_]) -> str:
    truth, filed, sure = found.way >= 0, found.filed & rows, found.sure & rows
    low, high = spread(found, rows, 1)
    recalls = [found.right[rows & (found.way == way)].mean() for way in range(3)]
    figures = [
        f1(truth & rows, filed), low, high, f1(truth & rows, found.plain & rows),
        (truth & filed).sum() / max(1, filed.sum()),
        (truth & filed).sum() / max(1, (truth & rows).sum()),
        found.right[truth & rows].mean(), *recalls,
        truth[sure].mean() if sure.any() else 1.0,
    ]  # fmt: skip
    return f"{name:26}{(truth & rows).sum():5}" + "".join(f"{x:7.3f}" for x in figures)


def table(found: Decisions) -> str:
    """All figures, over all seeds together."""
    everything = np.ones(len(found.way), dtype=bool)
    parts = {
        "all": everything,
        "English": ~found.foreign, "other languages": found.foreign,
        "with siblings": found.sibling, "without": ~found.sibling,
    }  # fmt: skip
    parts |= {name: found.agreement == name for name in dict.fromkeys(found.agreement.tolist())}
    heads = ["labels", "F1", "from", "to", "TF-IDF", "P", "R", "way", "prog", "setb", "neut"]
    heads.append("sureP")
    head = f"{'':25}{heads[0]}" + "".join(f"{x:>7}" for x in heads[1:])
    return "\n".join([head, *(line(n, found, rows) for n, rows in parts.items() if rows.any())])


def joined(parts: Sequence[Decisions]) -> Decisions:
    names = [field.name for field in fields(Decisions)]
    return Decisions(**{n: np.concatenate([getattr(p, n) for p in parts]) for n in names})


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--set", action="append", required=True, metavar="PACK:GOLD")
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    arguments = parser.parse_args()
    vectors = load_vectors()
    sets, packs = load_sets(arguments.set, vectors)
    subjects = [Subject.of(each, vectors) for each in sets if each.bare]
    made_up = load_made_up(MADE_UP, vectors)
    classifier = DirectionClassifier(vectors=vectors, knowledge=knowledge())
    examples = direction_examples(packs, classifier)
    far = load_far(sets, made_up, vectors)
    runs = [joined([*decisions(subjects, made_up, far, examples, s)]) for s in arguments.seed]
    for seed, run in zip(arguments.seed, runs, strict=True):
        print(f"seed {seed}: micro-F1 {f1(run.way >= 0, run.filed):.4f}")
    print(table(joined(runs)))


if __name__ == "__main__":
    main()
