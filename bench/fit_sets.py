"""Labelled sets, read and measured for fitting; see `bench.fit_matching`."""

import random
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.config.commitments_file import load_pack
from bot.domain.commitment import Commitment, Pack, Watch
from bot.matching.direction.classifier import DirectionClassifier
from bot.matching.evaluation.metrics import BadLine, GoldItem, read_lines
from bot.matching.model import DIRECTIONS
from bot.matching.relevance import features
from bot.matching.relevance.compiled import compile_pack, gives_more
from bot.matching.relevance.scoring import Scorer
from bot.matching.text.knowledge import knowledge
from bot.matching.text.vectors import WordVectors

FOLDS = 5
MADE_UP = Path(__file__).with_name("subjects")
EXAMPLES = Path(__file__).with_name("direction_examples.toml")

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class DirectionPairs:
    """Labelled pairs, measured for direction.

    Attributes:
        columns: (pairs, `direction.NAMES`).
        stems: Of each pair, the weight of the item's stems.
        signs: (pairs,): the goals' signs.
        truth: (pairs,): places in `DIRECTIONS`.
        stories: (pairs,): names of stories.
    """

    columns: Floats
    stems: list[Mapping[str, float]]
    signs: Floats
    truth: NDArray[np.int64]
    stories: NDArray[Any]

    def only(self, rows: NDArray[np.bool_]) -> "DirectionPairs":
        """Some of the pairs."""
        return DirectionPairs(
            columns=self.columns[rows],
            stems=[stems for stems, kept in zip(self.stems, rows, strict=True) if kept],
            signs=self.signs[rows], truth=self.truth[rows], stories=self.stories[rows],
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One set, measured: a row for each pair of an item and a commitment looked at.

    Attributes:
        name: As printed.
        subject: The gold file; sets that share it are one subject.
        made_up: True for the written subjects of `bench/subjects`.
        bare: True when no commitment has watch terms or examples.
        columns: (rows, `features.EXPANDED`).
        truth: 1 where the label is.
        counted: Whether some label of the set names the commitment.
        stories: Of each row.
        labels: For each story the number of its labels.
        directions: The labelled pairs.
        folds: The fold of each story.
    """

    name: str
    subject: str
    made_up: bool
    bare: bool
    columns: Floats
    truth: Floats
    counted: NDArray[np.bool_]
    stories: NDArray[Any]
    labels: dict[str, int]
    directions: DirectionPairs
    folds: dict[str, int] = field(default_factory=dict)

    def in_folds(self, stories: NDArray[Any], keep: Iterable[int]) -> NDArray[np.bool_]:
        """For each of the stories, whether it is in one of the folds."""
        fold = np.array([self.folds[story] for story in stories])
        return np.isin(fold, list(keep))


def read_gold(path: Path) -> list[GoldItem]:
    with path.open("rb") as lines:
        read = list(read_lines(lines))
    bad = [line for line in read if isinstance(line, BadLine)]
    if bad:
        sys.exit(f"{path}:{bad[0].number}: {bad[0].what}")
    return [line for line in read if isinstance(line, GoldItem)]


def story_of(gold: GoldItem) -> str:
    return gold.story or f"only {gold.item.id}"


def load_sets(specs: Sequence[str], vectors: WordVectors) -> tuple[list[Measured], list[Pack]]:
    """The sets, each pack also with less than it gives; and the packs."""
    sets, packs = [], []
    for spec in specs:
        pack_path, gold_path = (Path(part) for part in spec.split(":"))
        pack, name = load_pack(pack_path), pack_path.name
        packs.append(pack)
        for words, poorer in _variants(pack):
            sets.append(measure(f"{name}{words}", poorer, gold_path, vectors))
    return sets, packs


def load_made_up(folder: Path, vectors: WordVectors) -> list[Measured]:
    """The written subjects, in order of name."""
    return [
        measure(f"made up: {each.name}", load_pack(each / "commitments.json"), gold, vectors, True)
        for each in sorted(folder.iterdir())
        if (gold := each / "items.jsonl").exists()
    ]


def _variants(pack: Pack) -> list[tuple[str, Pack]]:
    """The pack, and where it gives watch terms or examples, with less and with neither."""
    if not any(map(gives_more, pack.commitments)):
        return [("", pack)]
    no_watch: dict[str, Any] = {"watch": Watch()}
    no_examples: dict[str, Any] = {"progress": (), "setback": ()}
    return [
        ("", pack),
        (" bare", _poorer(pack, no_watch | no_examples)),
        (" without watch", _poorer(pack, no_watch)),
        (" without examples", _poorer(pack, no_examples)),
    ]


def _poorer(pack: Pack, less: Mapping[str, Any]) -> Pack:
    return replace(
        pack,
        summits=tuple(
            replace(s, commitments=tuple(replace(c, **less) for c in s.commitments))
            for s in pack.summits
        ),
    )


def measure(
    name: str, pack: Pack, path: Path, vectors: WordVectors, made_up: bool = False
) -> Measured:
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
    by_id = {c.id: c for c in pack.commitments}
    labels: dict[str, int] = {}
    for each in gold:
        labels[story_of(each)] = labels.get(story_of(each), 0) + len(each.labels)
    pairs = [
        (
            by_id[label],
            each.item.title,
            each.item.summary,
            DIRECTIONS.index(direction),
            story_of(each),
        )
        for each in gold
        for label, direction in each.labels.items()
        if label in by_id
    ]
    return Measured(
        name=name, subject=str(path), made_up=made_up,
        bare=not any(map(gives_more, pack.commitments)),
        columns=np.concatenate(columns).astype(float), truth=np.array(truth, dtype=float),
        counted=np.array(counted), stories=np.array(stories), labels=labels,
        directions=measure_directions(pairs, DirectionClassifier(vectors=vectors, knowledge=facts)),
    )  # fmt: skip


def measure_directions(
    pairs: Sequence[tuple[Commitment, str, str, int, str]], classifier: DirectionClassifier
) -> DirectionPairs:
    """(commitment, title, summary, direction, story), measured."""
    goals = {id(commitment): classifier.goal(commitment) for commitment, *_ in pairs}
    read = [classifier.read(title, summary) for _, title, summary, *_ in pairs]
    own = [goals[id(commitment)] for commitment, *_ in pairs]
    return DirectionPairs(
        columns=classifier.measure(list(zip(read, own, strict=True))).astype(float),
        stems=[each.stems for each in read],
        signs=np.array([goal.sign for goal in own]),
        truth=np.array([direction for *_, direction, _ in pairs]),
        stories=np.array([story for *_, story in pairs]),
    )


def direction_examples(packs: Sequence[Pack], classifier: DirectionClassifier) -> DirectionPairs:
    """Made-up headlines: those of direction_examples.toml, and the examples in the packs."""
    rows: list[tuple[Commitment, str, str, int, str]] = []
    for entry in tomllib.loads(EXAMPLES.read_text("utf-8"))["commitment"]:
        made = Commitment(id="made-up", title=entry["title"], text=entry["text"], summit_id="")
        rows += [
            (made, text, "", direction, entry["title"])
            for direction, key in enumerate("psn")
            for text in entry[key]
        ]
    for commitment in (c for pack in packs for c in pack.commitments):
        plain = replace(commitment, progress=(), setback=())
        for direction, texts in enumerate((commitment.progress, commitment.setback)):
            rows += [(plain, text, "", direction, commitment.id) for text in texts]
    return measure_directions(rows, classifier)


def folds_of(sets: Sequence[Measured], seed: int) -> list[Measured]:
    """Every story of a subject gets a fold, the same one in all its sets."""
    rng = random.Random(seed)
    out = []
    for subject in sorted({each.subject for each in sets}):
        mine = [each for each in sets if each.subject == subject]
        stories = sorted({story for each in mine for story in each.labels})
        rng.shuffle(stories)
        folds = {story: number % FOLDS for number, story in enumerate(stories)}
        out += [replace(each, folds=folds) for each in mine]
    return sorted(out, key=lambda each: each.name)
