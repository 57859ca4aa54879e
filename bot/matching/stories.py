"""Stories: items, from any outlets, that report the same event."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from bot.domain.item import ItemText
from bot.matching.knowledge import knowledge
from bot.matching.reading import TITLE, Reader, Reading
from bot.matching.vectors import Array, WordVectors

_ALGORITHM = "stories-2"
_WINDOW = timedelta(days=10)
_UNKNOWN = timedelta(days=1)
_ALIKE = 0.31
"""Items at least this much alike report the same event."""
_FADE = 0.10
"""How much more alike items must be when the whole window lies between them."""
_WORDS, _TITLE, _MEANING, _CLASH = 0.5, 0.2, 0.3, 0.08
"""What words, title words and meaning count in likeness; what differing numbers take away."""
_NEAREST = 0.4
"""How much the nearest member of a story decides, against the mean of the nearest four."""
_MOST_COMPARED = 60
_FEW, _TELLING, _YEAR = 20, 0.1, 4
"""Items before rarity means anything; least weight of a word; digits that a year has."""
_COMMON = 0.2
"""Words in more than this part of all items lead to no candidates (once there are many)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sketch:
    """What is kept of an item."""

    story_id: int
    when: datetime | None
    vector: Array
    words: dict[str, float]
    title: frozenset[str]
    numbers: frozenset[str]


class StoryIndex:
    """Groups items as they arrive.

    Pure memory: filled anew from the ledger at the start, with `add` for each known item. `add`
    and `find` are for one thread.
    """

    version = _ALGORITHM
    """Changes when grouping would come out differently."""

    def __init__(self, *, vectors: WordVectors, window: timedelta = _WINDOW) -> None:
        """An empty index.

        Args:
            vectors: See `load_vectors`.
            window: Items further apart than this are never the same event.
        """
        facts = knowledge()
        self._reader = Reader(vectors=vectors, knowledge=facts)
        self._vectors = vectors
        self._window = window
        self._items: list[_Sketch] = []
        self._by_word: dict[str, list[int]] = defaultdict(list)

    def add(self, item: ItemText, story_id: int, *, seen_at: datetime | None = None) -> None:
        """Remembers that the item belongs to the story.

        Args:
            item: The item.
            story_id: Its story.
            seen_at: Stands in for a missing `published_at`; None when that is unknown too, and
                then the item is compared whatever its age.
        """
        sketch = self._sketch(item, story_id, seen_at)
        number = len(self._items)
        self._items.append(sketch)
        for word in sketch.words:
            self._by_word[word].append(number)

    def find(self, item: ItemText, *, seen_at: datetime | None = None) -> int | None:
        """The story that the item belongs to, or None when nothing near lies in the window."""
        sketch = self._sketch(item, 0, seen_at)
        likeness: dict[int, list[float]] = defaultdict(list)
        for number in self._candidates(sketch):
            known = self._items[number]
            apart = self._apart(sketch, known)
            if apart is not None:
                alike = self._alike(sketch, known) - _FADE * (apart / self._window)
                likeness[known.story_id].append(alike)
        best = max(((_of_story(each), -story) for story, each in likeness.items()), default=None)
        return -best[1] if best is not None and best[0] >= _ALIKE else None

    def _apart(self, one: _Sketch, other: _Sketch) -> timedelta | None:
        """How far apart in time; None when too far."""
        if one.when is None or other.when is None:
            return min(_UNKNOWN, self._window)
        apart = abs(one.when - other.when)
        return apart if apart <= self._window else None

    def _candidates(self, sketch: _Sketch) -> list[int]:
        """Items that share the most telling words, in the order of their arrival."""
        limit = max(50.0, _COMMON * len(self._items))
        shared: dict[int, float] = defaultdict(float)
        for word, weight in sketch.words.items():
            numbers = self._by_word.get(word, [])
            if len(numbers) <= limit:
                for number in numbers[-2_000:]:
                    shared[number] += weight * self._rarity(word)
        best = sorted(shared, key=lambda number: (-shared[number], number))[:_MOST_COMPARED]
        return sorted(best)

    def _alike(self, one: _Sketch, other: _Sketch) -> float:
        """0 to 1: words in common by rarity, titles in common, and direction of meaning."""
        weights = {
            word: self._rarity(word) * weight for word, weight in (one.words | other.words).items()
        }
        both = sum(weights[word] for word in one.words.keys() & other.words.keys())
        size = math.sqrt(
            sum(weights[word] for word in one.words) * sum(weights[word] for word in other.words)
        )
        titles = one.title & other.title
        most = math.sqrt(
            sum(weights.get(w, 0.5) for w in one.title)
            * sum(weights.get(w, 0.5) for w in other.title)
        )
        words = both / size if size else 0.0
        title = sum(weights.get(w, 0.5) for w in titles) / most if most else 0.0
        meaning = float(one.vector @ other.vector)
        clash = bool(one.numbers and other.numbers and not one.numbers & other.numbers)
        return _WORDS * words + _TITLE * title + _MEANING * meaning - _CLASH * clash

    def _rarity(self, word: str) -> float:
        """Rarity among the items seen, between 0.2 and 1; 1 while there are few."""
        total = len(self._items)
        if total < _FEW:
            return 1.0
        seen = len(self._by_word.get(word, ()))
        return max(0.2, math.log((total + 1) / (seen + 1)) / math.log(total + 1))

    def _sketch(self, item: ItemText, story_id: int, seen_at: datetime | None) -> _Sketch:
        reading = self._reader.read(item)
        return _Sketch(
            story_id=story_id,
            when=item.published_at or seen_at,
            vector=self._mean(reading),
            words={word.stem: word.weight for word in reading.words if word.weight > _TELLING},
            title=frozenset(word.stem for word in reading.words if word.part == TITLE),
            numbers=frozenset(
                token.key for tokens in reading.tokens for token in tokens
                if token.key.isdigit() and len(token.key) < _YEAR
            ),
        )  # fmt: skip

    def _mean(self, reading: Reading) -> Array:
        total = np.zeros(self._vectors.size, dtype=np.float32)
        for word in reading.words:
            total += word.weight * word.vector
        return total / (float(np.linalg.norm(total)) or 1.0)


def _of_story(likeness: list[float]) -> float:
    """An item joins a story by its nearest member, held back by the rest of them."""
    ordered = sorted(likeness, reverse=True)[:4]
    return _NEAREST * ordered[0] + (1 - _NEAREST) * sum(ordered) / len(ordered)


def headline(items: Sequence[ItemText]) -> ItemText:
    """The item that says most: of telling names, numbers and words; the first of equals.

    Titles that ask, shout or only point at pictures say little.

    Raises:
        ValueError: There are no items.
    """
    return max(items, key=_says)


def _says(item: ItemText) -> float:
    words = item.title.split()
    told = min(len(set(words)), 16) + 1.5 * sum(word[0].isdigit() for word in words)
    told += 0.1 * min(len(item.summary.split()), 40)
    told -= 6 * ("?" in item.title) + 4 * item.title.isupper()
    return told - 0.5 * max(0, len(words) - 18)
