"""A pack made ready for matching: its terms, their weights, and who is looked up by what."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.domain.commitment import Commitment, Pack
from bot.matching.text.annotate import TITLE, Reader, Reading
from bot.matching.text.knowledge import Knowledge, lexicon_of, term_of
from bot.matching.text.vectors import Array, WordVectors

# Weights by term: a stem, two stems joined by a space, or a label.
Weights = dict[str, float]
# For each stem the word that its vector is looked up by; empty for names.
Keys = dict[str, str]

_CLAUSE = re.compile(r"[:;,()]|\band\b|\bor\b|\s[-–—]\s")
_WATCH_WORD, _TITLE_BOOST = 0.5, 1.3
_ONE_WORD, _TITLE_THING, _SEGMENT_THING = 0.7, 1.25, 0.7


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """One commitment's terms.

    Attributes:
        words: Single and double words of title, text and watch terms; `titles` the title's alone.
        things: Concepts; `places` who and where.
        watch: Labels of the watch terms: any, all, none.
        clauses: The title, then what the text lists, one clause each.
        progress: One entry an example; `setback` likewise.
        means: Directions of title and text, of the title, of progress, of setback.
        parties: Labels of those who promised.
    """

    words: Weights
    titles: Weights
    things: Weights
    places: Weights
    watch: list[list[str]]
    clauses: list[Weights]
    progress: list[Weights]
    setback: list[Weights]
    means: list[Array]
    parties: list[str]


def watch_label(phrase: str) -> str:
    """The label under which a watch term is found in texts."""
    return f"w:{' '.join(term_of(phrase).stems)}"


def draft(
    commitment: Commitment, pack: Pack, reader: Reader, vectors: WordVectors, keys: Keys
) -> Draft:
    """Reads a commitment; notes in `keys` by which word each stem's vector is looked up."""
    title, text = reader.read_parts(commitment.title), reader.read_parts(commitment.text)
    watch = reader.read_parts(". ".join((*commitment.watch.any, *commitment.watch.all)))
    both = reader.read_parts(commitment.title, commitment.text)
    words = (
        _words(watch, keys, _WATCH_WORD) | _words(text, keys) | _words(title, keys, _TITLE_BOOST)
    )
    progress = [reader.read_parts(example) for example in commitment.progress]
    setback = [reader.read_parts(example) for example in commitment.setback]
    return Draft(
        words=words,
        titles=_words(title, keys),
        things=_things(both),
        places={label: 1.0 for label in both.labels if label[:2] == "p:"},
        watch=[
            [watch_label(phrase) for phrase in some]
            for some in (commitment.watch.any, commitment.watch.all, commitment.watch.none)
        ],
        clauses=[
            found
            for clause in (commitment.title, *_CLAUSE.split(commitment.text))
            if (found := _segment(reader.read_parts(clause), keys))
        ],
        progress=[_segment(reading, keys) for reading in progress],
        setback=[_segment(reading, keys) for reading in setback],
        means=[
            mean_of([title, text], vectors),
            mean_of([title], vectors),
            mean_of(progress, vectors),
            mean_of(setback, vectors),
        ],
        parties=_parties(commitment, pack, both, reader),
    )


def _single(reading: Reading, keys: Keys) -> Weights:
    for word in reading.words:
        keys.setdefault(word.stem, "" if word.named else word.key)
    return {word.stem: word.weight for word in reading.words}


def _words(reading: Reading, keys: Keys, factor: float = 1.0) -> Weights:
    single = _single(reading, keys)
    return {stem: weight * factor for stem, weight in single.items()} | {
        f"{first} {second}": factor * 0.5 * (single[first] + single[second])
        for first, second in reading.pairs
    }


def _segment(reading: Reading, keys: Keys) -> Weights:
    concepts = {label: _SEGMENT_THING for label in reading.labels if label[:2] == "c:"}
    return _single(reading, keys) | concepts


def _things(reading: Reading) -> Weights:
    """Concepts: those named by a phrase, and those of a title, count more."""
    weights: Weights = {}
    for hit in reading.hits:
        size = _ONE_WORD if len(hit.term.stems) == 1 else 1.0
        for label in hit.term.labels:
            if label[:2] == "c:":
                place = _TITLE_THING if reading.labels[label] == TITLE else 1.0
                weights[label] = max(weights.get(label, 0.0), size * place)
    return weights


def _parties(commitment: Commitment, pack: Pack, both: Reading, reader: Reader) -> list[str]:
    summit = pack.summit_by_id.get(commitment.summit_id)
    named = commitment.parties or (summit.parties if summit else ())
    found = [label for name in named for label in reader.read_parts(name).labels]
    places = [label for label in found if label.startswith("p:")]
    return places or [label for label in both.labels if label.startswith("p:")]


def mean_of(readings: Iterable[Reading], vectors: WordVectors) -> Array:
    """Direction of the weighted sum of all telling words; zeros when there are none."""
    total = np.zeros(vectors.size, dtype=np.float32)
    for reading in readings:
        for word in reading.words:
            total += word.weight * word.vector
    return total / (float(np.linalg.norm(total)) or 1.0)


Ids = NDArray[np.int32]

# The id of the term that no text has; pads the rows of term tables.
NOTHING = 0
_MAX_TERMS, _MAX_SEGMENTS, _SEGMENT_TERMS, _MAX_WATCH = 64, 16, 12, 96
_MAX_RELATED = 1_000
# A term leads to this many commitments at most, those where it weighs most.
_LISTED = 192


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """For each row, term ids, their weights, padded with `NOTHING` and 0, and their sum."""

    terms: Ids
    weights: Array
    totals: Array


@dataclass(frozen=True, kw_only=True, slots=True)
class CompiledPack:
    """All that scoring needs of a pack; rows are commitments in the order of the pack.

    Attributes:
        reader: Reads items with the pack's watch terms beside the general knowledge.
        names: Term names by id.
        ids: Term ids by name: a stem, two stems joined by a space, or a label.
        word_ids: Ids of the terms that have a vector.
        word_rows: Their vectors, one row each.
        words: As in `Draft`; likewise `titles`, `things` and `places`.
        watch_any: Those of `Watch.any`; likewise `watch_all` and `watch_none`.
        clauses: (commitments, segments, terms): what the text lists, one clause each.
        progress: Likewise, the examples of progress; `setback` those of setback.
        means: (commitments, 256): direction of title and text.
        relatedness: (commitments, commitments): how near these directions are, 0 to 1; None in a
            pack of more than `_MAX_RELATED`, which has too many pairs to hold.
        own: The same without most of what the whole pack shares; `own_name` of the title alone.
        examples: (commitments, 2, 256): directions of the examples of progress, of setback.
        parties: (commitments, places) 1 where the place is a party.
        party_counts: (commitments,) how many parties each has.
        kinds: (commitments, 2): how far each is about the mood between parties, about talks.
        place_columns: Column of `parties` by place label.
        postings: For each term id from `starts[id]` to `starts[id + 1]`: rows and weights.
    """

    commitments: tuple[Commitment, ...]
    reader: Reader
    names: list[str]
    ids: dict[str, int]
    word_ids: Ids
    word_rows: Array
    words: Table
    titles: Table
    things: Table
    places: Table
    watch_any: Table
    watch_all: Table
    watch_none: Table
    clauses: Table
    progress: Table
    setback: Table
    means: Array
    relatedness: Array | None
    own: Array
    own_name: Array
    examples: Array
    parties: Array
    party_counts: Array
    kinds: Array
    place_columns: dict[str, int]
    starts: NDArray[np.int64]
    posting_rows: Ids
    posting_weights: Array
    near: dict[str, tuple[str, ...]]


def compile_pack(pack: Pack, *, vectors: WordVectors, knowledge: Knowledge) -> CompiledPack:
    """Reads every commitment and weighs its terms: what few of the pack have counts most."""
    watch = [
        phrase for c in pack.commitments for phrase in (*c.watch.any, *c.watch.all, *c.watch.none)
    ]
    lexicon = knowledge.things
    if watch:
        lexicon = lexicon_of([*lexicon.terms(), *(term_of(p, watch_label(p)) for p in watch)])
    reader = Reader(vectors=vectors, knowledge=knowledge, lexicon=lexicon)
    keys: Keys = {}
    drafts = [draft(c, pack, reader, vectors, keys) for c in pack.commitments]
    return _assemble(pack, drafts, reader=reader, keys=keys, vectors=vectors, knowledge=knowledge)


def gives_more(commitment: Commitment) -> bool:
    """True when it has watch terms or examples beside title and text."""
    return bool(commitment.watch.any or commitment.progress or commitment.setback)


def _assemble(
    pack: Pack,
    drafts: Sequence[Draft],
    *,
    reader: Reader,
    keys: Keys,
    vectors: WordVectors,
    knowledge: Knowledge,
) -> CompiledPack:
    rarity = _rarity(drafts)
    ids: dict[str, int] = {"": NOTHING}
    columns, parties = _parties_of(drafts)

    def flat(rows: Sequence[Weights], most: int = _MAX_TERMS, *, weighed: bool = True) -> Table:
        return _table([_weighed(row, rarity) if weighed else row for row in rows], ids, most)

    def deep(rows: Sequence[list[Weights]]) -> Table:
        return _deep_table([[_weighed(w, rarity) for w in row] for row in rows], ids)

    words, things = flat([d.words for d in drafts]), flat([d.things for d in drafts])
    place_table = flat([d.places for d in drafts])
    watch = [
        flat([dict.fromkeys(d.watch[kind], 1.0) for d in drafts], _MAX_WATCH, weighed=False)
        for kind in range(3)
    ]
    titles = flat([d.titles for d in drafts])
    segments = [
        deep([getattr(d, name) for d in drafts]) for name in ("clauses", "progress", "setback")
    ]
    starts, rows, weights = _postings(len(ids), (words, things, place_table, watch[0]))
    means = np.array([d.means for d in drafts], dtype=np.float32).reshape(-1, 4, vectors.size)
    # How much of a pack's common direction says nothing: none in a pack of one, most in five.
    shared = 0.7 * min(1.0, max(0, len(drafts) - 1) / 4)
    own = means[:, :2] - shared * means[:, :2].sum(axis=0) / max(1, len(drafts))
    whole = means[:, 0].copy()
    named = [(ids[stem], key) for stem, key in keys.items() if key and stem in ids]
    return CompiledPack(
        commitments=pack.commitments, reader=reader, names=list(ids), ids=ids,
        word_ids=np.array([number for number, _ in named], dtype=np.int32),
        word_rows=vectors.matrix(key for _, key in named),
        words=words, titles=titles, things=things, places=place_table,
        watch_any=watch[0], watch_all=watch[1], watch_none=watch[2],
        clauses=segments[0], progress=segments[1], setback=segments[2],
        means=whole,
        relatedness=np.clip(whole @ whole.T, 0, 1) if len(whole) <= _MAX_RELATED else None,
        own=own[:, 0].copy(), own_name=own[:, 1].copy(), examples=means[:, 2:].copy(),
        parties=parties, party_counts=parties.sum(axis=1), kinds=_kinds(drafts, reader),
        place_columns=columns,
        starts=starts, posting_rows=rows, posting_weights=weights,
        near=dict(knowledge.near),
    )  # fmt: skip


def _parties_of(drafts: Sequence[Draft]) -> tuple[dict[str, int], Array]:
    """A column for each party, and (commitments, parties) 1 where one promised."""
    labels = sorted({label for draft in drafts for label in draft.parties})
    columns = {label: column for column, label in enumerate(labels)}
    parties = np.zeros((len(drafts), len(columns)), dtype=np.float32)
    for row, each in enumerate(drafts):
        parties[row, [columns[label] for label in each.parties]] = 1.0
    return columns, parties


def _kinds(drafts: Sequence[Draft], reader: Reader) -> Array:
    """(commitments, 2): how far each one is about the mood between the parties, about talks."""
    kinds = [reader.kinds.get(kind, ()) for kind in ("mood", "talks")]
    rows = [
        [max((d.things.get(label, 0.0) for label in labels), default=0.0) for labels in kinds]
        for d in drafts
    ]
    return np.array(rows, dtype=np.float32).reshape(-1, 2)


def _rarity(drafts: Sequence[Draft]) -> Weights:
    """For each term 1 when one commitment has it, near 0 when all do; 1 in a pack of one."""
    counts = Counter(
        term for draft in drafts for term in {*draft.words, *draft.things, *draft.places}
    )
    total = math.log(len(drafts) + 1)
    return {term: math.log((len(drafts) + 1) / count) / total for term, count in counts.items()}


def _weighed(weights: Weights, rarity: Weights) -> Weights:
    return {term: weight * rarity.get(term, 0.7) for term, weight in weights.items()}


def _table(rows: Sequence[Weights], ids: dict[str, int], most: int) -> Table:
    kept = [sorted(row.items(), key=lambda pair: -pair[1])[:most] for row in rows]
    width = max((len(row) for row in kept), default=0) or 1
    terms = np.full((len(rows), width), NOTHING, dtype=np.int32)
    weights = np.zeros((len(rows), width), dtype=np.float32)
    for number, row in enumerate(kept):
        for column, (term, weight) in enumerate(row):
            terms[number, column] = ids.setdefault(term, len(ids))
            weights[number, column] = weight
    return Table(terms=terms, weights=weights, totals=weights.sum(axis=-1))


def _deep_table(rows: Sequence[list[Weights]], ids: dict[str, int]) -> Table:
    depth = min(_MAX_SEGMENTS, max((len(row) for row in rows), default=0) or 1)
    padded = [(row + [{}] * depth)[:depth] for row in rows]
    table = _table([segment for row in padded for segment in row], ids, _SEGMENT_TERMS)
    shape = (len(rows), depth, -1) if rows else (0, depth, 1)
    weights = table.weights.reshape(shape)
    return Table(terms=table.terms.reshape(shape), weights=weights, totals=weights.sum(axis=-1))


def _postings(size: int, tables: Sequence[Table]) -> tuple[NDArray[np.int64], Ids, Array]:
    """Rows and weights by term id, the heaviest `_LISTED` of each term."""
    terms = np.concatenate([table.terms.ravel() for table in tables])
    weights = np.concatenate([table.weights.ravel() for table in tables])
    rows = np.concatenate([np.repeat(np.arange(len(t.terms)), t.terms.shape[1]) for t in tables])
    kept = weights > 0
    terms, weights, rows = terms[kept], weights[kept], rows[kept]
    order = np.lexsort((-weights, terms))
    terms, weights, rows = terms[order], weights[order], rows[order]
    first = np.searchsorted(terms, np.arange(size + 1))
    rank = np.arange(len(terms)) - first[terms]
    kept = rank < _LISTED
    terms, weights, rows = terms[kept], weights[kept], rows[kept]
    starts = np.searchsorted(terms, np.arange(size + 1)).astype(np.int64)
    return starts, rows.astype(np.int32), weights
