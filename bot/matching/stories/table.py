"""The items that stories are made of: their sketches in arrays, and where each word occurs."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.matching.stories.fingerprint import NO_TIME, Numbers, Places, Sketches, sketch_fields
from bot.matching.text.vectors import Array

# An item is looked up by its most telling words, each leads to the last items that have it, and
# the best of these are compared: what an item costs does not grow with the items held.
_TELLING, _LAST, _COMPARED = 8, 48, 24
# The number of items counts as this at least when rarity is computed; the rarity of the most common
# word; how the weight 1 is stored.
_FEW, _LEAST, _FULL = 20, 0.05, 255.0
# Old items are dropped from the first number on; never are more held than the second.
_ROOM, _MAX = 32_768, 131_072
# Exact copies compared, from the last one back.
_TWINS = 16
# Bits of a row number and of a sum of votes, which share a whole number for sorting; the vote of
# the weight 1.
_ROW, _VOTE, _POINTS = 18, 14, 1_000.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairs:
    """New items, each with the known ones that may report its event.

    Attributes:
        start: Row of the first new item; the new ones are the last rows of the table.
        new: Row of the new item of each pair, ascending; `known` of the other, always smaller.
        weights: (new items, columns) what each word says of the item, rarity counted in; negative
            for words of its title, 0 for words that it has not.
        titles: What each new item's title says in all: summed in the order of its words, so that no
            rounding depends on what else comes with it.
        columns: Column of each word of the vocabulary; 0 when no new item has it. Only until the
            next items enter.
    """

    start: int
    new: Places
    known: Places
    weights: Array
    titles: Array
    columns: Numbers


class StoryTable:
    """Sketches of the items held, by row in the order of arrival."""

    def __init__(self, *, window_s: int, room: int = _ROOM) -> None:
        """Makes an empty table; items further apart than the window are not compared.

        From `room` items on, those older than the newest by more than two windows are dropped.
        """
        self._window = window_s
        self._room = self._limit = room
        self._fields = {
            name: np.zeros((64, *shape), dtype=kind)
            for name, (kind, shape) in sketch_fields().items()
        }
        self._size = self._entered = 0
        self._posts: list[array[int]] = []
        self._seen = np.zeros(0, dtype=np.int32)
        self._columns = np.zeros(0, dtype=np.int32)
        self._twins: dict[int, int] = {}
        self._earlier: array[int] = array("i")

    @property
    def free(self) -> int:
        """How many items it takes before `drop` is due."""
        return self._limit - self._size

    @property
    def held(self) -> Sketches:
        """All rows, as views that may be written."""
        return Sketches(**{name: rows[: self._size] for name, rows in self._fields.items()})

    def enter(self, new: Sketches, vocabulary: int, lookup: Sequence[bool]) -> Pairs:
        """Appends items, at most `free`, and pairs those that `lookup` names with known ones.

        `vocabulary` is one more than the greatest number of a word.
        """
        start = self._size
        self._columns[self._fields["words"][start - self._entered : start]] = 0
        self._grow(vocabulary)
        self._append(new)
        said = self._weigh(new, start)
        votes = self._vote(new, np.abs(said), lookup, start)
        found, columns = _columns(new.words)
        self._columns[new.words] = columns
        weights = np.zeros((len(new), len(found)), dtype=np.float32)
        weights[np.arange(len(new))[:, None], columns] = said
        items, known = self._nearest(votes, start)
        return Pairs(
            start=start,
            new=items + start,
            known=known,
            weights=weights,
            titles=-np.minimum(said, 0).sum(axis=1),
            columns=self._columns,
        )

    def twin(self, row: int) -> int | None:
        """The last item before with the very same text, within the window."""
        when = self._fields["when"]
        own, earlier = int(when[row]), row
        for _ in range(_TWINS):
            earlier = self._earlier[earlier]
            if earlier < 0:
                return None
            other = int(when[earlier])
            if NO_TIME in (own, other) or abs(own - other) <= self._window:
                return earlier
        return None

    def drop(self, words: dict[str, int]) -> dict[str, int]:
        """Drops what is too old, and gives the words that are left, numbered anew."""
        held = self.held
        keep = self._kept(held.when)
        used = np.unique(np.append(held.words[keep], 0))
        number = np.zeros(len(self._posts), dtype=np.int32)
        number[used] = np.arange(len(used), dtype=np.int32)
        rows = {name: np.array(array_[: self._size][keep]) for name, array_ in self._fields.items()}
        rows["words"] = number[rows["words"]]
        self._size = self._entered = 0
        self._posts, self._twins, self._earlier = [], {}, array("i")
        self._seen, self._columns = self._seen[:0], self._columns[:0]
        left = Sketches(**rows)
        self._grow(len(used))
        self._append(left)
        np.add.at(self._seen, left.words, 1)
        for row in range(len(left)):
            self._post(left, row, 0)
        self._limit = min(max(self._room, 2 * len(left)), _MAX)
        return {word: int(number[old]) for word, old in words.items() if number[old] or not old}

    def _kept(self, when: Places) -> NDArray[np.bool_]:
        dated = when[when != NO_TIME]
        newest = dated.max() if len(dated) else 0
        keep = (when == NO_TIME) | (when >= newest - 2 * self._window)
        most = min(_MAX, max(self._room, len(when))) * 3 // 4
        if keep.sum() > most and len(when) >= _MAX:
            keep[: np.flatnonzero(keep)[-most]] = False
        return np.asarray(keep)

    def _grow(self, vocabulary: int) -> None:
        self._posts.extend(array("i") for _ in range(vocabulary - len(self._posts)))
        if len(self._seen) < vocabulary:
            more = np.zeros(2 * vocabulary - len(self._seen), dtype=np.int32)
            self._seen = np.concatenate((self._seen, more))
            self._columns = np.concatenate((self._columns, more))

    def _append(self, new: Sketches) -> None:
        start, self._size = self._size, self._size + len(new)
        self._entered = len(new)
        for name, rows in self._fields.items():
            lacking = self._size - len(rows)
            if lacking > 0:
                shape = (max(len(rows) // 2, lacking), *rows.shape[1:])
                self._fields[name] = np.concatenate((rows, np.zeros(shape, dtype=rows.dtype)))
            self._fields[name][start : self._size] = getattr(new, name)

    def _weigh(self, new: Sketches, start: int) -> Array:
        """(items, WORDS) weight by rarity among the items before; negative in the title."""
        flat = new.words.ravel()
        order = np.argsort(flat, kind="stable")
        ordered = flat[order]
        before = np.empty(len(flat), dtype=np.int64)
        before[order] = np.arange(len(flat)) - np.searchsorted(ordered, ordered)
        seen = self._seen[new.words] + before.reshape(new.words.shape)
        np.add.at(self._seen, flat, 1)
        total = start + np.arange(len(new), dtype=np.float64)[:, None]
        most = np.log(np.maximum(total, _FEW) + 1)
        rarity = np.maximum(_LEAST, 1 - np.log(seen + 1) / most)
        said = (rarity * new.weights / _FULL).astype(np.float32)
        titled = np.arange(said.shape[1]) < new.titled[:, None]
        return np.asarray(np.where(titled, -said, said))

    def _vote(self, new: Sketches, said: Array, lookup: Sequence[bool], start: int) -> Places:
        """What each telling word says for each of the last items that have it, to be sorted."""
        best = np.argsort(-said, axis=1, kind="stable")[:, :_TELLING]
        telling = np.take_along_axis(new.words, best, axis=1)
        points = np.rint(np.take_along_axis(said, best, axis=1) * _POINTS).astype(np.int64)
        rows, lengths = array("i"), []
        posts = self._posts
        for number, words in enumerate(telling.tolist()):
            if lookup[number]:
                for word in words:
                    last = posts[word][-_LAST:]
                    rows.extend(last)
                    lengths.append(len(last))
            self._post(new, number, start)
        looked = np.flatnonzero(lookup)
        items = np.repeat(np.repeat(looked, telling.shape[1]), lengths)
        votes = np.repeat(points[looked].ravel(), lengths)
        known = np.frombuffer(rows, dtype=np.int32).astype(np.int64)
        return np.asarray((((items << _ROW) | known) << _VOTE) | votes)

    def _nearest(self, votes: Places, start: int) -> tuple[Places, Places]:
        """The pairs with most votes of each item, the younger first of equals."""
        ordered = np.sort(votes)
        pairs = ordered >> _VOTE
        if not len(pairs):
            return pairs, pairs
        first = _first_of_each(pairs)
        summed = np.cumsum(ordered & ((1 << _VOTE) - 1))
        total = np.diff(summed[np.append(first[1:], len(pairs)) - 1], prepend=0)
        items, known = pairs[first] >> _ROW, pairs[first] & ((1 << _ROW) - 1)
        when = self._fields["when"]
        one, other = when[items + start], when[known]
        dated = (one != NO_TIME) & (other != NO_TIME)
        near = ~dated | (np.abs(np.where(dated, one - other, 0)) <= self._window)
        items, known, total = items[near], known[near], total[near]
        key = (((items << _VOTE) | ((1 << _VOTE) - 1 - total)) << _ROW) | ((1 << _ROW) - 1 - known)
        key = np.sort(key)
        items, known = key >> (_ROW + _VOTE), (1 << _ROW) - 1 - (key & ((1 << _ROW) - 1))
        starts = _first_of_each(items)
        counts = np.diff(starts, append=len(items))
        few = np.arange(len(items)) - np.repeat(starts, counts) < _COMPARED
        return items[few], known[few]

    def _post(self, new: Sketches, number: int, start: int) -> None:
        """Lets the item's words and its text lead to it."""
        row = start + number
        for word in new.words[number].tolist():
            if not word:
                break
            post = self._posts[word]
            post.append(row)
            if len(post) > 2 * _LAST:
                del post[:-_LAST]
        digest = int(new.digest[number])
        self._earlier.append(self._twins.get(digest, -1) if digest else -1)
        if digest:
            self._twins[digest] = row


def _first_of_each(ordered: Places) -> Places:
    """Where each value comes first; 0 when there is none."""
    return np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))


def _columns(words: Numbers) -> tuple[Numbers, Numbers]:
    """The different words, 0 first, and the place of each word among them."""
    found, places = np.unique(np.append(words.ravel(), 0), return_inverse=True)
    return found, places[:-1].reshape(words.shape).astype(np.int32)
