"""Labelled sets, read and measured for fitting; see `bench.fit_matching`."""

import random
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.config.commitments_file import load_pack
from bot.domain.commitment import Commitment, Pack, Watch
from bot.matching.direction.classifier import NAMES as DIRECTION_NAMES
from bot.matching.direction.classifier import DirectionClassifier
from bot.matching.evaluation.metrics import BadLine, GoldItem, read_lines
from bot.matching.model import DIRECTIONS
from bot.matching.relevance import features
from bot.matching.relevance.compiled import compile_pack, gives_more
from bot.matching.relevance.foreign import Encoder, Interpreter
from bot.matching.relevance.scoring import Scorer
from bot.matching.text.knowledge import knowledge
from bot.matching.text.vectors import WordVectors

FOLDS = 5
MADE_UP = Path(__file__).with_name("subjects")
EXAMPLES = Path(__file__).with_name("direction_examples.toml")
# Of how many items in English each pack of another subject meets one.
_FAR_STEP = 32
# Written subjects by the real agreement whose parties and promises they share.
SHARED = {
    "ohrid-2023": "brussels-2013",
    "new-start-2010": "geneva-2021",
    "phase-one-2020": "woodside-2023",
}

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
        items: (pairs,): places in the gold file; -1 for headlines that stand in none.
        commitments: (pairs,): places in the pack; likewise.
    """

    columns: Floats
    stems: list[Mapping[str, float]]
    signs: Floats
    truth: NDArray[np.int64]
    stories: NDArray[Any]
    items: NDArray[np.int64]
    commitments: NDArray[np.int64]

    def only(self, rows: NDArray[np.bool_]) -> "DirectionPairs":
        """Some of the pairs."""
        return DirectionPairs(
            columns=self.columns[rows],
            stems=[stems for stems, kept in zip(self.stems, rows, strict=True) if kept],
            signs=self.signs[rows], truth=self.truth[rows], stories=self.stories[rows],
            items=self.items[rows], commitments=self.commitments[rows],
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One set, measured: a row for each pair of an item and a commitment looked at.

    Attributes:
        name: As printed.
        subject: The gold file; sets that share it are one subject.
        made_up: True for the written subjects of `bench/subjects`.
        bare: True when no commitment has watch terms or examples.
        pack: The pack; `gold` the items, as they stand in the file; `texts` title and summary of
            each in English words.
        columns: (rows, `features.EXPANDED`).
        items: Of each row, the item's place in `gold`; `commitments` its place in the pack.
        truth: 1 where the label is.
        foreign: Whether the item is in another language; `likeness` (rows, 3) as in `Chunk`.
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
    pack: Pack
    gold: Sequence[GoldItem]
    texts: Sequence[tuple[str, str]]
    columns: Floats
    items: NDArray[np.int64]
    commitments: NDArray[np.int64]
    truth: Floats
    foreign: NDArray[np.bool_]
    likeness: Floats
    counted: NDArray[np.bool_]
    stories: NDArray[Any]
    labels: dict[str, int]
    directions: DirectionPairs
    folds: dict[str, int] = field(default_factory=dict)

    def in_folds(self, stories: NDArray[Any], keep: Iterable[int]) -> NDArray[np.bool_]:
        """For each of the stories, whether it is in one of the folds."""
        fold = np.array([self.folds[story] for story in stories])
        return np.isin(fold, list(keep))

    def only(self, rows: NDArray[np.bool_], pairs: NDArray[np.bool_]) -> "Measured":
        """Some of the rows, and some of the labelled pairs."""
        names = (
            "columns", "items", "commitments", "truth", "foreign", "likeness", "counted", "stories",
        )  # fmt: skip
        some: dict[str, Any] = {name: getattr(self, name)[rows] for name in names}
        return replace(self, **some, directions=self.directions.only(pairs))


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
            gold = read_gold(gold_path)
            sets.append(measure(f"{name}{words}", poorer, gold, str(gold_path), vectors))
    return sets, packs


def load_made_up(folder: Path, vectors: WordVectors) -> list[Measured]:
    """The written subjects, in order of name."""
    return [
        replace(
            measure(f"made up: {each.name}", load_pack(each / "commitments.json"),
                    read_gold(gold), str(gold), vectors),
            made_up=True,
        )
        for each in sorted(folder.iterdir())
        if (gold := each / "items.jsonl").exists()
    ]  # fmt: skip


def load_far(
    sets: Sequence[Measured], made_up: Sequence[Measured], vectors: WordVectors
) -> list[Measured]:
    """Real items against the packs of the written subjects, which none of them bears on.

    All items of a labelled set are near its subject: without these nothing would tell how little
    most news bears on a pack. Each item in another language meets every pack, the many others one
    pack in `_FAR_STEP`. Subjects that share an agreement are left out.
    """
    golds = {each.subject: each.gold for each in sets}
    others = [each for each in made_up if not each.name.endswith(tuple(SHARED.values()))]
    far = []
    for subject, gold in golds.items():
        foreign, english = [], []
        for each in gold:
            is_english = (each.language or "en").split("-")[0] == "en"
            (english if is_english else foreign).append(each)
        for number, other in enumerate(others):
            some = [*foreign, *english[number::_FAR_STEP]]
            one = measure(f"far: {other.name}", other.pack, some, subject, vectors)
            far.append(replace(one, counted=np.ones(len(one.truth), dtype=bool)))
    return far


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


@cache
def _encoder() -> Encoder:
    return Encoder()


def measure(
    name: str, pack: Pack, gold: Sequence[GoldItem], subject: str, vectors: WordVectors
) -> Measured:
    facts = knowledge()
    interpreter = Interpreter(pack, encoder=_encoder(), knowledge=facts)
    compiled = compile_pack(interpreter.pack, vectors=vectors, knowledge=facts)
    scorer = Scorer(compiled, vectors, interpreter)
    columns, rows, languages, likeness, done = [], [], [], [], 0
    for chunk in scorer.chunks([each.item for each in gold]):
        columns.append(features.expand(chunk.features, chunk.pairs.items))
        rows.append(np.stack([chunk.pairs.items + done, chunk.pairs.commitments]))
        languages += chunk.languages
        likeness.append(chunk.likeness)
        done += len(chunk.items)
    items, commitments = np.concatenate(rows, axis=1).astype(np.int64)
    _, texts = scorer.texts([each.item for each in gold])
    ids = [c.id for c in pack.commitments]
    named = {label for each in gold for label in each.labels}
    stories = np.array([story_of(each) for each in gold])
    labels = dict.fromkeys(stories.tolist(), 0)
    for story, each in zip(stories.tolist(), gold, strict=True):
        labels[story] += len(each.labels)
    pairs = [
        (number, ids.index(label), DIRECTIONS.index(direction))
        for number, each in enumerate(gold)
        for label, direction in each.labels.items()
        if label in ids
    ]
    return Measured(
        name=name, subject=subject, made_up=False, pack=pack, gold=gold, texts=texts,
        bare=not any(map(gives_more, pack.commitments)),
        columns=np.concatenate(columns).astype(float), items=items, commitments=commitments,
        truth=np.array([ids[c] in gold[i].labels for i, c in zip(items, commitments, strict=True)],
                       dtype=float),
        foreign=np.array([tongue is not None for tongue in languages])[items],
        likeness=np.concatenate(likeness).astype(float),
        counted=np.isin(np.array(ids), list(named))[commitments],
        stories=stories[items], labels=labels,
        directions=measure_directions(
            [
                (interpreter.pack.commitments[c], *texts[i], way, stories[i])
                for i, c, way in pairs
            ],
            DirectionClassifier(vectors=vectors, knowledge=facts),
            np.array([pair[:2] for pair in pairs], dtype=np.int64).reshape(-1, 2),
        ),
    )  # fmt: skip


def measure_directions(
    pairs: Sequence[tuple[Commitment, str, str, int, str]],
    classifier: DirectionClassifier,
    places: NDArray[np.int64] | None = None,
) -> DirectionPairs:
    """(commitment, title, summary, direction, story), measured; `places` of item and commitment."""
    if places is None:
        places = np.full((len(pairs), 2), -1)
    goals = {id(commitment): classifier.goal(commitment) for commitment, *_ in pairs}
    read = [classifier.read(title, summary) for _, title, summary, *_ in pairs]
    own = [goals[id(commitment)] for commitment, *_ in pairs]
    return DirectionPairs(
        columns=(
            classifier.measure(list(zip(read, own, strict=True))).astype(float)
            if pairs
            else np.zeros((0, len(DIRECTION_NAMES)))
        ),
        stems=[each.stems for each in read],
        signs=np.array([goal.sign for goal in own]),
        truth=np.array([direction for *_, direction, _ in pairs], dtype=np.int64),
        stories=np.array([story for *_, story in pairs]),
        items=places[:, 0],
        commitments=places[:, 1],
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
