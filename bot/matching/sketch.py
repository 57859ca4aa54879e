"""Sketches: what is kept of an item to tell whether another reports the same event."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from bot.domain.item import ItemText
from bot.matching.knowledge import Knowledge
from bot.matching.text import read_word, words_of
from bot.matching.vectors import Array, WordVectors

WORDS, NUMBERS, DIMENSIONS = 32, 6, 128
"""Kept of an item: its first telling words and numbers, and the direction of its meaning."""
NO_TIME = np.iinfo(np.int64).min
_LIMIT = 2_000
"""Characters read of a title and of a summary: a feed may publish whole articles."""
_SHORTEST, _TELLING, _FULL = 3, 0.1, 255
"""Letters of a word; the least weight of one; how the weight 1 is stored."""
_SCALE, _BYTE = 400.0, 127
_GREATEST = 10**9
_REMEMBERED = 100_000
"""Written forms remembered; then they are read anew."""

Numbers = NDArray[np.int32]
Places = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """An item and what is known of its coming.

    Attributes:
        item: The item.
        begins: Number of the story that it begins when it belongs to none known.
        story_id: Its story where that is settled; None where it is still to be found.
        seen_at: When it was first seen: stands in for a missing `published_at`, and an item
            cannot have been published later. None when unknown.
        feed: What published it, by any name; None when unknown.
    """

    item: ItemText
    begins: int = 0
    story_id: int | None = None
    seen_at: datetime | None = None
    feed: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sketches:
    """Items as rows of arrays; unused cells are 0.

    Attributes:
        words: (items, WORDS) numbers of the telling words, those of the title first.
        weights: How much each says, 255 for 1.
        titled: How many of the words are the title's.
        numbers: (items, NUMBERS) the numbers named, each plus 1.
        vector: (items, DIMENSIONS) direction of meaning, largest component 127.
        length: Length of `vector`; 1 for an item without words.
        when: Seconds since 1970, or `NO_TIME`.
        feed: Number of the feed, 0 when unknown.
        story: Story settled, or begun when no other is found.
        digest: Of the whole text; 0 for an empty one.
    """

    words: Numbers
    weights: NDArray[np.uint8]
    titled: NDArray[np.uint8]
    numbers: Numbers
    vector: NDArray[np.int8]
    length: Array
    when: Places
    feed: Numbers
    story: Places
    digest: Places

    def __len__(self) -> int:
        """How many items."""
        return len(self.when)


def sketch_fields() -> dict[str, tuple[type[np.generic], tuple[int, ...]]]:
    """Type and shape of a row of each array of `Sketches`."""
    return {
        "words": (np.int32, (WORDS,)), "weights": (np.uint8, (WORDS,)), "titled": (np.uint8, ()),
        "numbers": (np.int32, (NUMBERS,)), "vector": (np.int8, (DIMENSIONS,)),
        "length": (np.float32, ()), "when": (np.int64, ()), "feed": (np.int32, ()),
        "story": (np.int64, ()), "digest": (np.int64, ()),
    }  # fmt: skip


class Sketcher:
    """Makes sketches; numbers words, feeds and written forms as it meets them."""

    def __init__(self, *, vectors: WordVectors, knowledge: Knowledge) -> None:
        self._vectors = vectors
        self._filler = knowledge.filler
        self.words: dict[str, int] = {"": 0}
        self._feeds: dict[str, int] = {}
        self._forms: dict[str, tuple[int, int, int, int]] = {}
        """Word, weight, row of `_meanings` and number of each written form."""
        self._meanings = np.zeros((1_024, DIMENSIONS), dtype=np.int8)

    def sketch(self, arrivals: Sequence[Arrival]) -> Sketches:
        """A row for each arrival, in order."""
        size = len(arrivals)
        rows = {
            name: np.zeros((size, *shape), dtype=kind)
            for name, (kind, shape) in sketch_fields().items()
        }
        if len(self._forms) > _REMEMBERED:
            self._forms = {}
        meant = [self._fill(rows, row, each) for row, each in enumerate(arrivals)]
        rows["vector"], rows["length"] = self._directions(rows["weights"], meant)
        return Sketches(**rows)

    @property
    def written(self) -> Collection[str]:
        """The forms of words met and remembered, as written."""
        return self._forms.keys()

    def forget(self, renumber: Callable[[dict[str, int]], dict[str, int]]) -> None:
        """Numbers the words anew, for an index that dropped items."""
        self.words = renumber(self.words)
        self._forms = {}

    def _fill(self, rows: dict[str, NDArray[np.generic]], row: int, each: Arrival) -> list[int]:
        """Writes a row; gives where the meanings of its words stand."""
        item = each.item
        found: dict[int, tuple[int, int]] = {}
        numbers: dict[int, None] = {}
        self._read(item.title[:_LIMIT], found, numbers)
        titled = min(len(found), WORDS)
        if titled < WORDS:
            self._read(item.summary[:_LIMIT], found, numbers)
        words = list(found)[:WORDS]
        said = list(found.values())[:WORDS]
        rows["words"][row, : len(words)] = words
        rows["weights"][row, : len(words)] = [weight for weight, _ in said]
        rows["titled"][row] = titled
        named = list(numbers)[:NUMBERS]
        rows["numbers"][row, : len(named)] = named
        rows["when"][row] = _seconds(item.published_at, each.seen_at)
        if each.feed is not None:
            rows["feed"][row] = self._feeds.setdefault(each.feed, len(self._feeds) + 1)
        rows["story"][row] = each.begins if each.story_id is None else each.story_id
        rows["digest"][row] = _digest(item)
        return [meaning for _, meaning in said]

    def _read(self, text: str, found: dict[int, tuple[int, int]], numbers: dict[int, None]) -> None:
        forms = self._forms
        for surface in words_of(text):
            form = forms.get(surface)
            if form is None:
                form = forms[surface] = self._learn(surface)
            word, weight, meaning, number = form
            if word and word not in found:
                found[word] = (weight, meaning)
            if number:
                numbers[number] = None

    def _learn(self, surface: str) -> tuple[int, int, int, int]:
        key, stem = read_word(surface)
        number = int(key) % _GREATEST + 1 if key.isascii() and key.isdigit() else 0
        if stem in self._filler or (len(stem) < _SHORTEST and not stem.isupper()):
            return 0, 0, 0, number
        vector, weight = self._vectors.known(key)
        if weight <= _TELLING:
            return 0, 0, 0, number
        row = len(self._forms)
        if row >= len(self._meanings):
            self._meanings = np.concatenate((self._meanings, np.zeros_like(self._meanings)))
        self._meanings[row] = np.clip(np.rint(vector[:DIMENSIONS] * _SCALE), -_BYTE, _BYTE)
        word = self.words.setdefault(stem, len(self.words))
        return word, round(weight * _FULL), row, number

    def _directions(
        self, weights: NDArray[np.generic], meant: list[list[int]]
    ) -> tuple[NDArray[np.int8], Array]:
        """Weighted mean of each item's words, in whole numbers, so that no order of sums shows."""
        counts = np.array([len(each) for each in meant])
        total = np.zeros((len(meant), DIMENSIONS), dtype=np.float32)
        if counts.any():
            places = np.concatenate([np.array(each, dtype=np.intp) for each in meant])
            heavy = np.asarray(weights, dtype=np.float32)
            heavy = heavy[np.arange(WORDS) < counts[:, None]]
            said = np.flatnonzero(counts)
            starts = (np.cumsum(counts) - counts)[said]
            total[said] = np.add.reduceat(self._meanings[places] * heavy[:, None], starts, axis=0)
        largest = np.maximum(np.abs(total).max(axis=1, keepdims=True, initial=0.0), 1.0)
        vector = np.rint(total * (_BYTE / largest)).astype(np.int8)
        square = np.square(vector.astype(np.float32)).sum(axis=1)
        return vector, np.sqrt(np.maximum(square, 1.0)).astype(np.float32)


def _seconds(published_at: datetime | None, seen_at: datetime | None) -> int:
    known = [each for each in (published_at, seen_at) if each is not None]
    return int(min(known).timestamp()) if known else NO_TIME


def _digest(item: ItemText) -> int:
    text = " ".join(f"{item.title}\n{item.summary}".split()).casefold()
    if not text:
        return 0
    found = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(found, "big", signed=True) or 1
