"""What reviews teach: simulated reviews on the labelled sets, measured on the items not reviewed.

    python -m bench.learn_matching --set PACK:GOLD --set PACK:GOLD [--reviews 20] [--seed 1]

For each set the model is fitted on the other subjects alone. For each commitment a team reviews
some of the items that the matcher would file or nearly file; the verdicts are the labels. F1 is
that of the commitment over all other items, before and after.
"""

import argparse
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.fit_matching import as_data
from bench.fit_sets import (
    MADE_UP,
    direction_examples,
    folds_of,
    load_made_up,
    load_sets,
    read_gold,
)
from bot.config.commitments_file import load_pack
from bot.domain.commitment import Pack
from bot.domain.evidence import Feedback, Verdict
from bot.matching.direction.classifier import DirectionClassifier
from bot.matching.evaluation.metrics import Counts, GoldItem
from bot.matching.matcher import Matcher
from bot.matching.model import Model, model_from
from bot.matching.text.knowledge import knowledge
from bot.matching.text.vectors import WordVectors, load_vectors

_NEARLY = 0.1


@dataclass(frozen=True, kw_only=True)
class Learned:
    """One commitment, before and after its reviews, over the items not reviewed."""

    name: str
    reviews: int
    before: Counts
    after: Counts


def simulate(
    pack: Pack,
    gold: Sequence[GoldItem],
    model: Model,
    vectors: WordVectors,
    *,
    reviews: int,
    seed: int,
) -> list[Learned]:
    items = [each.item for each in gold]
    plain = Matcher(pack, vectors=vectors, model=model)
    scores, filed = plain.scores(items), filed_by(plain, gold)
    named = sorted({name for each in gold for name in each.labels})
    out = []
    for name in named:
        rng = random.Random(f"{seed} {name}")
        near = [n for n, each in enumerate(scores) if each.get(name, 0.0) >= _NEARLY]
        reviewed = set(rng.sample(near, min(reviews, len(near))))
        verdicts = [
            (name, items[n], Verdict.CONFIRMED if name in gold[n].labels else Verdict.REJECTED)
            for n in sorted(reviewed)
        ]
        taught = Matcher(pack, vectors=vectors, model=model, feedback=Feedback.of(verdicts))
        rest = [n for n in range(len(gold)) if n not in reviewed]
        if not any(name in gold[n].labels for n in rest):
            continue
        after = filed_by(taught, gold)
        out.append(
            Learned(
                name=name,
                reviews=len(reviewed),
                before=count(name, gold, filed, rest),
                after=count(name, gold, after, rest),
            )
        )
    return out


def filed_by(matcher: Matcher, gold: Sequence[GoldItem]) -> list[set[str]]:
    found = matcher.match_many([each.item for each in gold])
    return [{match.commitment_id for match in each} for each in found]


def count(
    name: str, gold: Sequence[GoldItem], filed: Sequence[set[str]], rows: Sequence[int]
) -> Counts:
    pairs = [(name in filed[n], name in gold[n].labels) for n in rows]
    return Counts(
        right=pairs.count((True, True)),
        wrong=pairs.count((True, False)),
        missed=pairs.count((False, True)),
    )


def micro(each: Sequence[Counts]) -> float:
    return Counts(
        right=sum(c.right for c in each),
        wrong=sum(c.wrong for c in each),
        missed=sum(c.missed for c in each),
    ).f1


def show(title: str, found: Sequence[Learned]) -> None:
    before, after = micro([each.before for each in found]), micro([each.after for each in found])
    worst = min(each.after.f1 - each.before.f1 for each in found)
    print(f"{title}: micro-F1 {before:.3f} before, {after:.3f} after; worst change {worst:+.3f}")
    for each in found:
        change = each.after.f1 - each.before.f1
        print(f"  {each.name:22} {each.reviews:3} reviews  {each.before.f1:.3f} {change:+.3f}")


def models(specs: Sequence[str], vectors: WordVectors, seed: int) -> Mapping[str, Model]:
    """For each gold file a model fitted on the other gold files and the made-up subjects alone."""
    loaded, packs = load_sets(specs, vectors)
    subjects = {each.subject for each in loaded}
    sets = folds_of([*loaded, *load_made_up(MADE_UP, vectors)], seed)
    examples = direction_examples(
        packs, DirectionClassifier(vectors=vectors, knowledge=knowledge())
    )
    out = {}
    for subject in subjects:
        others = [each for each in sets if each.subject != subject]
        out[subject] = model_from(as_data(others, examples))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--set", action="append", required=True, metavar="PACK:GOLD")
    parser.add_argument("--reviews", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    vectors = load_vectors()
    fitted = models(arguments.set, vectors, arguments.seed)
    if len(fitted) == 1:
        sys.exit("sets of at least two subjects are needed: a model is fitted on the others")
    for spec in arguments.set:
        pack_path, gold_path = (Path(part) for part in spec.split(":"))
        model = fitted[str(gold_path)]
        found = simulate(
            load_pack(pack_path), read_gold(gold_path), model, vectors,
            reviews=arguments.reviews, seed=arguments.seed,
        )  # fmt: skip
        show(f"{pack_path.name} on {gold_path.name}", found)


if __name__ == "__main__":
    main()
