"""Sketches: what is kept of an item to tell whether another reports the same event."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from bot.domain.item import ItemText
from bot.matching.text.knowledge import Knowledge
from bot.matching.text.tokens import Forms, read_word, words_of
from bot.matching.text.vectors import Array, WordVectors

# Kept of an item: its first telling words and numbers, and the direction of its meaning.
WORDS, NUMBERS, DIMENSIONS = 32, 6, 128
NO_TIME = np.iinfo(np.int64).min
# Characters read of a title and of a summary: a feed may publish whole articles.
_LIMIT = 2_000
# Letters of a word; the least weight of one; how the weight 1 is stored.
_SHORTEST, _TELLING, _FULL = 3, 0.1, 255
_SCALE, _BYTE = 400.0, 127
_GREATEST = 10**9

Numbers = NDArray[np.int32]
Places = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """An item and what is known of its coming.

    Attributes:
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
        titled: How many of the words are the title's; `heading` what they say together.
        numbers: (items, NUMBERS) the numbers named, each plus 1.
        vector: (items, DIMENSIONS) direction of meaning, largest component 127.
        length: Of `vector`; 1 for an item without words.
        when: Seconds since 1970, or `NO_TIME`.
        feed: Number of the feed, 0 when unknown.
        story: Story settled, or begun when no other is found.
        digest: Of the whole text; 0 for an empty one.
    """

    words: Numbers
    weights: NDArray[np.uint8]
    titled: NDArray[np.uint8]
    heading: Array
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
        "heading": (np.float32, ()), "numbers": (np.int32, (NUMBERS,)),
        "vector": (np.int8, (DIMENSIONS,)), "length": (np.float32, ()), "when": (np.int64, ()),
        "feed": (np.int32, ()), "story": (np.int64, ()), "digest": (np.int64, ()),
    }  # fmt: skip


# Of a word as written: its number, weight, row of `_meanings`, and number named plus 1; empty for
# most words of a text, which have none of them.
_Form = tuple[int, int, int, int] | tuple[()]


@dataclass(slots=True)
class _Drafts:
    """Sketches in the making: how many words and numbers each has, and all of them in one row."""

    counts: list[int] = field(default_factory=list)
    words: list[int] = field(default_factory=list)
    weights: list[int] = field(default_factory=list)
    meanings: list[int] = field(default_factory=list)
    titled: list[int] = field(default_factory=list)
    number_counts: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)


class Sketcher:
    """Makes sketches; numbers words, feeds and written forms as it meets them."""

    def __init__(self, *, vectors: WordVectors, knowledge: Knowledge) -> None:
        self._vectors = vectors
        self._filler = knowledge.filler
        self.words: dict[str, int] = {"": 0}
        self._feeds: dict[str, int] = {}
        self._forms = Forms(self._learn)
        self._meanings = np.zeros((1_024, DIMENSIONS), dtype=np.int8)

    def sketch(self, arrivals: Sequence[Arrival]) -> Sketches:
        """A row for each arrival, in order."""
        self._forms.forget_many()
        drafts = _Drafts()
        for each in arrivals:
            self._draft(each.item, drafts)
        size = len(arrivals)
        rows = {
            name: np.zeros((size, *shape), dtype=kind)
            for name, (kind, shape) in sketch_fields().items()
        }
        used = np.arange(WORDS) < np.array(drafts.counts, dtype=np.int64)[:, None]
        rows["words"][used] = drafts.words
        rows["weights"][used] = drafts.weights
        rows["titled"][:] = drafts.titled
        titled = np.arange(WORDS) < rows["titled"][:, None]
        rows["heading"][:] = (rows["weights"] * titled).sum(axis=1) / float(_FULL)
        named = np.arange(NUMBERS) < np.array(drafts.number_counts, dtype=np.int64)[:, None]
        rows["numbers"][named] = drafts.numbers
        rows["when"][:] = [_seconds(each.item.published_at, each.seen_at) for each in arrivals]
        feeds = self._feeds
        rows["feed"][:] = [
            0 if each.feed is None else feeds.setdefault(each.feed, len(feeds) + 1)
            for each in arrivals
        ]
        rows["story"][:] = [
            each.begins if each.story_id is None else each.story_id for each in arrivals
        ]
        rows["digest"][:] = [_digest(each.item) for each in arrivals]
        rows["vector"], rows["length"] = self._directions(drafts)
        return Sketches(**rows)

    def forget(self, renumber: Callable[[dict[str, int]], dict[str, int]]) -> None:
        """Numbers the words anew, for an index that dropped items."""
        self.words = renumber(self.words)
        self._forms = Forms(self._learn)

    def _draft(self, item: ItemText, drafts: _Drafts) -> None:
        """Adds the telling words and the numbers of an item, those of its title first."""
        found: dict[int, tuple[int, int]] = {}
        numbers: dict[int, None] = {}
        self._read(item.title[:_LIMIT], found, numbers)
        titled = min(len(found), WORDS)
        if titled < WORDS:
            self._read(item.summary[:_LIMIT], found, numbers)
        before = len(drafts.words)
        drafts.words.extend(islice(found, WORDS))
        for weight, meaning in islice(found.values(), WORDS):
            drafts.weights.append(weight)
            drafts.meanings.append(meaning)
        drafts.counts.append(len(drafts.words) - before)
        drafts.titled.append(titled)
        drafts.numbers.extend(islice(numbers, NUMBERS))
        drafts.number_counts.append(min(len(numbers), NUMBERS))

    def _read(self, text: str, found: dict[int, tuple[int, int]], numbers: dict[int, None]) -> None:
        for form in filter(None, map(self._forms.__getitem__, words_of(text))):
            word, weight, meaning, number = form
            if word and word not in found:
                found[word] = (weight, meaning)
            if number:
                numbers[number] = None

    def _learn(self, surface: str) -> _Form:
        key, stem = read_word(surface)
        number = int(key) % _GREATEST + 1 if key.isascii() and key.isdigit() else 0
        bare = (0, 0, 0, number) if number else ()
        if stem in self._filler or (len(stem) < _SHORTEST and not stem.isupper()):
            return bare
        vector, weight = self._vectors.known(key)
        if weight <= _TELLING:
            return bare
        row = len(self._forms)
        if row >= len(self._meanings):
            self._meanings = np.concatenate((self._meanings, np.zeros_like(self._meanings)))
        self._meanings[row] = np.clip(np.rint(vector[:DIMENSIONS] * _SCALE), -_BYTE, _BYTE)
        word = self.words.setdefault(stem, len(self.words))
        return word, round(weight * _FULL), row, number

    def _directions(self, drafts: _Drafts) -> tuple[NDArray[np.int8], Array]:
        """Weighted mean of each item's words, in whole numbers, so that no order of sums shows."""
        counts = np.array(drafts.counts, dtype=np.int64)
        total = np.zeros((len(counts), DIMENSIONS), dtype=np.float32)
        if counts.any():
            heavy = np.array(drafts.weights, dtype=np.float32)[:, None]
            said = np.flatnonzero(counts)
            starts = (np.cumsum(counts) - counts)[said]
            total[said] = np.add.reduceat(self._meanings[drafts.meanings] * heavy, starts, axis=0)
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
