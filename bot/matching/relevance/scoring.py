"""From items to measured pairs: reading, looking up and measuring in chunks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, compress
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from bot.domain.item import ItemText
from bot.matching.relevance.compiled import CompiledPack, Ids
from bot.matching.relevance.features import NAMES, Pairs, measure
from bot.matching.relevance.foreign import Interpreter
from bot.matching.relevance.foreign import measure as measure_likeness
from bot.matching.relevance.lookup import Lookup, PackHits
from bot.matching.text.annotate import TITLE, Reading
from bot.matching.text.vectors import Array, WordVectors

_MAX = 4
_TELLING, _WATCHED = 0.12, 1.2
_PARTIES, _VALUE = NAMES.index("parties"), itemgetter(0)
_AS_A_WHOLE = "its words as a whole are close to the commitment's"
_SENTENCE = re.compile(r"[^.!?;]+(?:[.!?;](?=\S)[^.!?;]*)*[.!?;]*")


class _Found(NamedTuple):
    """A piece of the item that speaks for the match: how much, where, and as what."""

    value: float
    part: int
    start: int
    end: int
    label: str  # of a watch term or a concept; empty for a word that the commitment uses too


class Explainer:
    """Gives reasons for matches with one pack."""

    def __init__(self, pack: CompiledPack) -> None:
        self._pack = pack
        self._terms_of: dict[int, dict[str, float]] = {}
        self._words_of: dict[int, dict[str, tuple[int, float]]] = {}

    def explain(
        self, item: ItemText, reading: Reading, row: int, strengths: Array, features: Array
    ) -> tuple[tuple[str, ...], str]:
        """Reasons by weight, and the sentence of the item that carries most, word for word."""
        found = self._terms(reading, row) + self._words(reading, row, strengths)
        found.sort(key=_VALUE, reverse=True)
        reasons: dict[str, None] = {}
        taken: list[_Found] = []
        for piece in found:
            if not any(_overlap(piece, other) for other in taken):
                taken.append(piece)
                if len(reasons) < _MAX - 1:
                    reasons.setdefault(_reason(item, piece))
        texts = list(reasons)
        if parties := _parties(self._pack, row, features):
            texts.append(parties)
        return tuple(texts) or (_AS_A_WHOLE,), _passage(item, taken)

    def _terms(self, reading: Reading, row: int) -> list[_Found]:
        """Watch terms, and words that stand for a concept of the commitment."""
        weights = self._terms_of.get(row)
        if weights is None:
            weights = self._terms_of[row] = {
                self._pack.names[int(number)]: float(weight)
                for table in (self._pack.watch_any, self._pack.things)
                for number, weight in zip(table.terms[row], table.weights[row], strict=True)
                if weight > 0
            }
        found = []
        for term, part, start, end, _ in reading.hits:
            for label in term.labels:
                if label in weights:
                    size = 1.0 if len(term.stems) > 1 else 0.6
                    value = _WATCHED if label[:2] == "w:" else size * weights[label]
                    found.append(_Found(value, part, start, end, label))
                    break
        return found

    def _words(self, reading: Reading, row: int, strengths: Array) -> list[_Found]:
        """Words that the commitment uses too."""
        pack = self._pack
        words = self._words_of.get(row)
        if words is None:
            pairs = zip(pack.words.terms[row], pack.words.weights[row], strict=True)
            words = self._words_of[row] = {
                pack.names[n]: (int(n), float(w)) for n, w in pairs if w >= _TELLING
            }
        found = []
        for word in reading.words:
            if known := words.get(word.stem):
                value = known[1] * float(strengths[known[0]])
                if value >= _TELLING:
                    found.append(_Found(value * 0.8, word.part, word.start, word.end, ""))
        return found


def _reason(item: ItemText, piece: _Found) -> str:
    said = (item.title if piece.part == TITLE else item.summary)[piece.start : piece.end]
    meaning = piece.label[2:].replace("-", " ")
    if piece.label[:2] in ("", "w:") or meaning in said.lower():
        return f"names “{said}”"
    return f"“{said}” is about {meaning}"


def _overlap(one: _Found, other: _Found) -> bool:
    return one.part == other.part and one.start < other.end and other.start < one.end


def _parties(pack: CompiledPack, row: int, features: Array) -> str:
    share = float(features[_PARTIES])
    count = int(pack.parties[row].sum())
    if count <= 1 or share <= 0:
        return ""
    if share < 1:
        return "one party" if share * count <= 1 else "some parties"
    return {2: "both parties"}.get(count, "all parties")


def _passage(item: ItemText, found: list[_Found]) -> str:
    """The title or the sentence of the summary with most of what was found; the title on a tie."""
    best, best_value = item.title.strip(), sum(p.value for p in found if p.part == TITLE)
    for match in _SENTENCE.finditer(item.summary):
        value = sum(
            p.value for p in found if p.part != TITLE and match.start() <= p.start < match.end()
        )
        if value > best_value + 1e-6 or not best:
            best, best_value = match.group().strip(), value
    return best


MAX_CANDIDATES = 16
# Measured together at most: items, and cells of (items, terms).
_CHUNK, _CELLS = 128, 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Chunk:
    """A few items, measured.

    Attributes:
        languages: Of each item that is read by meaning alone, its language; None for others.
        readings: Of each item; likewise `words`, the vectors of its telling words.
        pack_hits: What they share with the pack.
        pairs: Which items and commitments were measured.
        features: A row for each pair.
        likeness: (pairs, 3): `foreign.measure`; zeros for items that are read as English.
    """

    items: Sequence[ItemText]
    languages: list[str | None]
    readings: list[Reading]
    words: list[Array]
    pack_hits: PackHits
    pairs: Pairs
    features: Array
    likeness: Array


class Scorer:
    """Measures items against one pack."""

    def __init__(
        self, compiled: CompiledPack, vectors: WordVectors, interpreter: Interpreter | None = None
    ) -> None:
        """Without an interpreter, every item is read as English."""
        self.compiled = compiled
        self._interpreter = interpreter
        self._vectors = vectors
        self._lookup = Lookup(compiled)

    def chunks(self, items: Sequence[ItemText]) -> Iterator[Chunk]:
        """The items in order, a chunk at a time."""
        size = max(8, min(_CHUNK, _CELLS // len(self.compiled.ids)))
        for start in range(0, len(items), size):
            yield self._chunk(items[start : start + size])

    def _chunk(self, items: Sequence[ItemText]) -> Chunk:
        languages, parts = self.texts(items)
        readings = [self.compiled.reader.read_parts(*part) for part in parts]
        pack_hits = self._lookup.see(readings)
        words = _words(readings, self._vectors.size)
        rows, commitments = self._lookup.candidates(pack_hits, MAX_CANDIDATES)
        places, title_places, first, contact = self._places(readings)
        pairs = Pairs(
            items=rows,
            commitments=commitments,
            vectors=self._means(readings, words),
            places=places,
            title_places=title_places,
            first_place=first,
            contact=contact,
        )
        return Chunk(
            items=items,
            languages=languages,
            readings=readings,
            words=words,
            pack_hits=pack_hits,
            pairs=pairs,
            features=measure(self.compiled, pack_hits, pairs),
            likeness=self._likeness(items, languages, pairs),
        )

    def texts(self, items: Sequence[ItemText]) -> tuple[list[str | None], list[tuple[str, str]]]:
        """The language of each item where it is not English, and title and summary in English."""
        parts = [(item.title, item.summary) for item in items]
        if (interpreter := self._interpreter) is None:
            return [None] * len(items), parts
        languages = [interpreter.language(*part) for part in parts]
        foreign = iter(
            interpreter.interpret(
                [
                    text
                    for part, tongue in zip(parts, languages, strict=True)
                    if tongue
                    for text in part
                ]
            )
        )
        return languages, [
            (next(foreign), next(foreign)) if tongue else part
            for part, tongue in zip(parts, languages, strict=True)
        ]

    def _likeness(
        self, items: Sequence[ItemText], languages: list[str | None], pairs: Pairs
    ) -> Array:
        out = np.zeros((len(pairs.items), 3), dtype=np.float32)
        foreign = np.array([tongue is not None for tongue in languages], dtype=bool)
        if self._interpreter is not None and foreign.any():
            texts = [f"{each.title}. {each.summary}" for each in items]
            likeness = self._interpreter.likeness(list(compress(texts, foreign)))
            rows = foreign[pairs.items]
            place = np.cumsum(foreign) - 1
            out[rows] = measure_likeness(
                likeness, place[pairs.items[rows]], pairs.commitments[rows]
            )
        return out

    def _means(self, readings: list[Reading], words: list[Array]) -> Array:
        """(readings, 2, 256): direction of all telling words, and of the title's."""
        out = np.zeros((len(readings), 2, self._vectors.size), dtype=np.float32)
        for row, (reading, vectors) in enumerate(zip(readings, words, strict=True)):
            if reading.words:
                weights = [word.weight for word in reading.words]
                titled = [word.weight if word.part == TITLE else 0.0 for word in reading.words]
                np.matmul(np.array((weights, titled), dtype=np.float32), vectors, out=out[row])
        lengths = np.linalg.norm(out, axis=2, keepdims=True)
        return np.asarray(out / np.maximum(lengths, 1e-6))

    def _places(self, readings: list[Reading]) -> tuple[Array, Array, Ids, Array]:
        columns = self.compiled.place_columns
        named = np.zeros((len(readings), len(columns) + 1), dtype=np.float32)
        titled = np.zeros_like(named)
        first = np.full(len(readings), len(columns) + 1, dtype=np.int32)
        contact = np.zeros((len(readings), 2), dtype=np.float32)
        contacts = self.compiled.reader.kinds.get("contact", frozenset())
        for row, reading in enumerate(readings):
            is_first = True
            for label, part in reading.labels.items():
                if label[:2] == "p:":
                    column = columns.get(label, -1)
                    if is_first:
                        is_first = False
                        first[row] = column if column >= 0 else len(columns)
                    named[row, column] += 1
                    titled[row, column] += part == TITLE
                elif label in contacts:
                    contact[row, 0] = 1
                    contact[row, 1] = contact[row, 1] or part == TITLE
        return named, titled, first, contact


def _words(readings: list[Reading], size: int) -> list[Array]:
    """For each reading (words, 256): its telling words' vectors, in one piece of memory."""
    vectors = [word.vector for reading in readings for word in reading.words]
    if not vectors:
        return [np.zeros((0, size), dtype=np.float32) for _ in readings]
    ends = accumulate(len(reading.words) for reading in readings)
    whole = np.concatenate(vectors).reshape(-1, size)
    return [
        whole[end - len(reading.words) : end] for reading, end in zip(readings, ends, strict=True)
    ]
