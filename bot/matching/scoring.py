"""From items to measured pairs: reading, looking up and measuring in chunks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from bot.domain.item import ItemText
from bot.matching.compiled import CompiledPack, Ids
from bot.matching.features import Pairs, measure
from bot.matching.lookup import Lookup, Sight
from bot.matching.reading import TITLE, Reading
from bot.matching.vectors import Array, WordVectors

MOST_CANDIDATES = 16
_CHUNK, _CELLS = 128, 1_000_000
"""Items looked at together: at most so many, and so many cells of (items, terms)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chunk:
    """A few items, measured.

    Attributes:
        items: The items.
        readings: Of each item; likewise `words`, the vectors of its telling words.
        words: See `readings`.
        sight: What they share with the pack.
        pairs: Which items and commitments were measured.
        features: A row for each pair.
    """

    items: Sequence[ItemText]
    readings: list[Reading]
    words: list[Array]
    sight: Sight
    pairs: Pairs
    features: Array


class Scorer:
    """Measures items against one pack."""

    def __init__(self, compiled: CompiledPack, vectors: WordVectors) -> None:
        self.compiled = compiled
        self._vectors = vectors
        self._lookup = Lookup(compiled)

    def chunks(self, items: Sequence[ItemText]) -> Iterator[Chunk]:
        """The items in order, a chunk at a time."""
        size = max(8, min(_CHUNK, _CELLS // len(self.compiled.ids)))
        for start in range(0, len(items), size):
            yield self._chunk(items[start : start + size])

    def _chunk(self, items: Sequence[ItemText]) -> Chunk:
        readings = [self.compiled.reader.read(item) for item in items]
        sight = self._lookup.see(readings)
        words = _words(readings, self._vectors.size)
        rows, commitments = self._lookup.candidates(sight, MOST_CANDIDATES)
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
        features = measure(self.compiled, sight, pairs)
        return Chunk(
            items=items, readings=readings, words=words, sight=sight, pairs=pairs, features=features
        )

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
        kinds = self.compiled.reader.contacts
        for row, reading in enumerate(readings):
            nobody = True
            for label, part in reading.labels.items():
                if label[:2] == "p:":
                    column = columns.get(label, -1)
                    if nobody:
                        nobody = False
                        first[row] = column if column >= 0 else len(columns)
                    named[row, column] += 1
                    titled[row, column] += part == TITLE
                elif label in kinds:
                    contact[row, 0] = 1
                    if part == TITLE:
                        contact[row, 1] = 1
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
