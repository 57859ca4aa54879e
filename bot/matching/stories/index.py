"""Stories: items, from any outlets, that report the same event.

Pairs of items are measured, what the measures count says how surely both report one event, and an
item joins the story that it is surest of.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.matching.stories.fingerprint import NO_TIME, WORDS, Arrival, Places, Sketcher, Sketches
from bot.matching.stories.table import Pairs, StoryTable
from bot.matching.text.knowledge import knowledge
from bot.matching.text.vectors import Array, WordVectors

_WINDOW = timedelta(days=10)
# Logit from which on an item joins a story: the mean of its nearest members' logits.
_JOINS = 0.0
_MEMBERS = 4
# Items compared together; the result is that of one by one.
_BLOCK = 256


class StoryIndex:
    """Groups items as they arrive, for one thread.

    Pure memory: filled anew from the ledger at the start, with the known items. The same items in
    the same order give the same groups, in whatever pieces they come.
    """

    def __init__(self, *, vectors: WordVectors, window: timedelta = _WINDOW) -> None:
        """Makes an empty index; items further apart than `window` are never the same event."""
        self._sketcher = Sketcher(vectors=vectors, knowledge=knowledge())
        self._table = StoryTable(window_s=int(window.total_seconds()))

    def group(self, arrivals: Iterable[Arrival]) -> list[int]:
        """The story of each item, in order, all of them remembered."""
        stories: list[int] = []
        coming = iter(arrivals)
        while some := list(islice(coming, min(_BLOCK, self._make_room()))):
            new = self._sketcher.sketch(some)
            found = self._enter(new, [each.story_id is None for each in some])
            own = new.story.tolist()
            stories += [b if a is None else a for a, b in zip(found, own, strict=True)]
        return stories

    def _make_room(self) -> int:
        """Drops old items when it is time; gives how many can enter."""
        if self._table.free <= 0:
            self._sketcher.forget(self._table.drop)
        return self._table.free

    def _enter(self, new: Sketches, lookup: Sequence[bool]) -> list[int | None]:
        """Holds the items, and gives the story that each joins."""
        pairs = self._table.enter(new, len(self._sketcher.words), lookup)
        held = self._table.held
        found: list[int | None] = [None] * len(new)
        features = measure(held, pairs)
        counted = features[:, : len(COUNTED)] * np.array(_WEIGHTS, dtype=np.float32)
        # For each pair how surely it is one event; 0 is even.
        plain = counted.sum(axis=1) + _INTERCEPT
        sure = withheld(plain, look_alike(held, pairs, features))
        groups = _by_item(pairs, sure)
        for number in np.flatnonzero(lookup).tolist():
            row = pairs.start + number
            twin = self._table.twin(row)
            if twin is not None:
                found[number] = int(held.story[twin])
            elif number in groups:
                found[number] = _joined(held.story, *groups[number])
            if (story := found[number]) is not None:
                held.story[row] = story
        return found


def _by_item(pairs: Pairs, sure: Array) -> dict[int, tuple[Places, Array]]:
    """Known rows and logits of each new item that at least one of them may draw in."""
    out = {}
    numbers = pairs.new - pairs.start
    for number in np.unique(numbers[sure >= _JOINS]).tolist():
        here = slice(*np.searchsorted(numbers, (number, number + 1)))
        out[number] = (pairs.known[here], sure[here])
    return out


def _joined(stories: Places, known: Places, sure: Array) -> int | None:
    """The story whose nearest members are surest on average; the oldest number of equals."""
    members: dict[int, list[float]] = {}
    for story, each in zip(stories[known].tolist(), sure.tolist(), strict=True):
        members.setdefault(story, []).append(each)
    near = {story: sorted(each, reverse=True)[:_MEMBERS] for story, each in members.items()}
    best, story = max((sum(each) / len(each), -story) for story, each in near.items())
    return -story if best >= _JOINS else None


# The part of both titles that they share; the words that are in one's title and anywhere in the
# other; the two most telling words shared; how many are shared, as log(1 + n); cosine of the
# directions of meaning; numbers below 1,000 shared; days between them; 1 where a date is missing,
# and then one day is taken.
COUNTED: Final = (
    "title", "across", "best_word", "second_word", "shared", "meaning", "numbers",
    "days", "undated",
)  # fmt: skip
# Columns of `measure`: those that are counted, and what `look_alike` goes by: how rare all that
# they share is together; 1 where both name the very same numbers, be it none; 1 where both name
# numbers, and none of them is shared.
FEATURES: Final = (*COUNTED, "evidence", "same_numbers", "other_numbers")
_WEIGHTS: Final = (2.01, 2.23, 3.34, 3.11, 0.18, 3.19, 1.44, -0.40, -3.29)
# What each of `COUNTED` counts, and what all must outweigh together, as `bench/fit_stories.py`
# found them.
_INTERCEPT: Final = -3.86
# Logit of a pair that only looks alike, at most.
_NOT = -2.0
_COPY, _COMMON_WORD = 0.8, 0.5
# A word that one in p of n items has is worth log(p)/log(n), so that words worth 1 together are
# found together once among n items if they fall by chance.
_CHANCE = 1.0
_EVIDENCE, _TITLE, _BEST, _MEANING, _DAYS, _SAME, _OTHER = (
    FEATURES.index(name)
    for name in (
        "evidence", "title", "best_word", "meaning", "days", "same_numbers", "other_numbers",
    )
)  # fmt: skip
_YEAR, _DAY_S = 1_000, 86_400


def measure(held: Sketches, pairs: Pairs) -> Array:
    """(pairs, FEATURES); a row depends on nothing but its two items and the words' rarity."""
    new, known = pairs.new, pairs.known
    at = new - pairs.start
    said = pairs.weights[at[:, None], pairs.columns[held.words[known]]]
    weight = np.abs(said)
    mine, theirs = said < 0, np.arange(WORDS) < held.titled[known][:, None]
    own = pairs.titles[at]
    plain, others = held.heading[new], held.heading[known]
    best = np.partition(weight, -2, axis=1)
    # Sums of whole numbers, so their order does not show.
    both = np.vecdot(held.vector[new].astype(np.float32), held.vector[known].astype(np.float32))
    numbers = _Numbers(held, pairs)
    days, undated = _days(held, pairs)
    columns = (
        # The known title's weight is taken to have the mean rarity of the new one's words.
        (weight * (mine & theirs)).sum(axis=1) / _floor(own * np.sqrt(others / _floor(plain))),
        (weight * (mine | theirs)).sum(axis=1) / np.maximum(np.sqrt(plain * others), 1),
        best[:, -1],
        best[:, -2],
        np.log1p((weight > 0).sum(axis=1)),
        both / (held.length[new] * held.length[known]),
        numbers.small,
        days,
        undated,
        weight.sum(axis=1),
        (numbers.shared == numbers.of_new) & (numbers.shared == numbers.of_known),
        (numbers.shared == 0) & (numbers.of_new > 0) & (numbers.of_known > 0),
    )
    return np.stack(columns, axis=1).astype(np.float32)


def withheld(found: Array, alike: NDArray[np.bool_]) -> Array:
    """Logits with those of pairs that only look alike held down."""
    return np.where(alike, np.minimum(found, _NOT), found)


def look_alike(held: Sketches, pairs: Pairs, features: Array) -> NDArray[np.bool_]:
    """Pairs that share a form and not an event.

    Two items of one feed, unless one is nearly a copy of the other with the same numbers within a
    day: columns, weather and market reports. Texts whose numbers differ and that share common
    words only. And texts that share no more than chance gives among so many.
    """
    new, known = pairs.new, pairs.known
    copy = (
        (features[:, _SAME] > 0)
        & (features[:, _TITLE] >= _COPY)
        & (features[:, _MEANING] >= _COPY)
        & (features[:, _DAYS] <= 1)
    )
    one_feed = (held.feed[new] == held.feed[known]) & (held.feed[new] > 0)
    clash = features[:, _OTHER] > 0
    chance = features[:, _EVIDENCE] < _CHANCE
    return np.asarray(chance | (one_feed & ~copy) | (clash & (features[:, _BEST] < _COMMON_WORD)))


def _floor(divisor: Array) -> Array:
    return np.maximum(divisor, np.float32(1e-6))


class _Numbers:
    """How many numbers each pair's items name: `of_new`, `of_known`, `shared`, `small` of these."""

    def __init__(self, held: Sketches, pairs: Pairs) -> None:
        # Column by column: there are thousands of pairs, and six numbers of an item at most.
        mine, theirs = (np.ascontiguousarray(held.numbers[n].T) for n in (pairs.new, pairs.known))
        common = np.zeros(theirs.shape, dtype=bool)
        for number in mine:
            common |= theirs == number
        common &= theirs > 0
        self.of_new, self.of_known = _count(mine > 0), _count(theirs > 0)
        self.shared, self.small = _count(common), _count(common & (theirs <= _YEAR))


def _count(columns: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """How many of the columns, of which there are few, are true, row by row."""
    return np.asarray(columns.view(np.uint8).sum(axis=0, dtype=np.uint8))


def _days(held: Sketches, pairs: Pairs) -> tuple[Array, NDArray[np.bool_]]:
    one, other = held.when[pairs.new], held.when[pairs.known]
    undated = (one == NO_TIME) | (other == NO_TIME)
    apart = np.abs(np.where(undated, _DAY_S, one - other)) / _DAY_S
    return apart.astype(np.float32), undated
