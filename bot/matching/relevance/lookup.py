"""What items share with a pack, and which commitments are worth a closer look."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.matching.relevance.compiled import CompiledPack, Ids
from bot.matching.text.annotate import TITLE, Reading
from bot.matching.text.knowledge import Term
from bot.matching.text.vectors import Array

# Cosines below this say nothing: most words of a language are this near to some other.
LEAST_LIKENESS = 0.35
_NEAR_CONCEPT = 0.4
# A concept named by one word is less certain than one named by a phrase.
_ONE_WORD = 0.75
# Telling words of an item that count; the first ones, and one bit each.
_MAX_WORDS = 62
_MAX_NEIGHBOURS = 32
_MAX_REMEMBERED = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class PackHits:
    """What a few items share with a pack.

    Attributes:
        all: (items, terms): how strongly the item has the term, 0 to 1; an exact word has 1.
        title: The same for the item's title alone.
        bits: (items, terms): the item's telling words that stand for the term, one bit each.
        word_weights: (items, words): weight of each telling word, in the order of the bits.
        word_in_title: (items, words): 1 where the word stands in the title.
    """

    all: Array
    title: Array
    bits: NDArray[np.uint64]
    word_weights: Array
    word_in_title: Array


@dataclass(frozen=True, slots=True)
class _Near:
    ids: Ids
    likeness: Array


class Lookup:
    """Finds a pack's terms in items, through the words' own forms and their vectors."""

    def __init__(self, compiled: CompiledPack) -> None:
        self._compiled = compiled
        self._near: dict[str, _Near] = {}
        self._named: dict[str, _Near] = {}
        self._terms: dict[int, tuple[tuple[tuple[int, float], ...], Term]] = {}
        self._effects = {
            label: tuple(compiled.ids[other] for other in others if other in compiled.ids)
            for label, others in compiled.near.items()
        }
        self._pair_ids = {
            (first, second): number
            for name, number in compiled.ids.items()
            for first, _, second in [name.partition(" ")]
            if second and name[1:2] != ":"
        }

    def see(self, readings: Sequence[Reading]) -> PackHits:
        """What each reading shares with the pack, in order."""
        near, exact = self._learn_words(readings), self._exact
        shape = (len(readings), len(self._compiled.ids))
        words = [reading.words[:_MAX_WORDS] for reading in readings]
        counts = np.array([len(each) for each in words])
        flat = [word for each in words for word in each]
        found = [exact(word.stem) if word.named else near[word.key] for word in flat]
        used = np.arange(_MAX_WORDS) < counts[:, None]
        weights = np.zeros(used.shape, dtype=np.float32)
        in_title = np.zeros_like(weights)
        parts = np.array([word.part for word in flat], dtype=np.int64)
        weights[used] = [word.weight for word in flat]
        in_title[used] = parts == TITLE
        whole, title = np.zeros((2, *shape), dtype=np.float32)
        mask = np.zeros(shape, dtype=np.uint64)
        if found:
            rows, positions = np.nonzero(used)
            is_news = (parts == TITLE) & ~np.array([word.back for word in flat])
            _write(whole, title, mask, found, (rows * shape[1], positions, is_news))
        self._write_labels(readings, whole, title)
        return PackHits(
            all=whole, title=title, bits=mask, word_weights=weights, word_in_title=in_title
        )

    def candidates(self, pack_hits: PackHits, most: int) -> tuple[Ids, Ids]:
        """(item row, commitment row) pairs worth a closer look, at most `most` an item."""
        compiled = self._compiled
        total = len(compiled.commitments)
        rows, terms = np.nonzero(pack_hits.all != 0)  # finding what is true is quicker than numbers
        starts = compiled.starts[terms]
        lengths = compiled.starts[terms + 1] - starts
        ends = np.cumsum(lengths)
        at = np.repeat(starts - ends + lengths, lengths) + np.arange(lengths.sum())
        posted = compiled.posting_rows[at]
        weights = compiled.posting_weights[at] * np.repeat(pack_hits.all[rows, terms], lengths)
        # Where the postings of each item begin, and of the one behind the last.
        firsts = np.searchsorted(rows, np.arange(len(pack_hits.all) + 1))
        bounds = np.append(0, ends)[firsts].tolist()
        found: list[Ids] = []
        for start, end in itertools.pairwise(bounds):
            scores = np.bincount(posted[start:end], weights=weights[start:end], minlength=total)
            best = np.flatnonzero(scores != 0)
            if len(best) > most:
                best = np.sort(best[np.argpartition(-scores[best], most)[:most]])
            found.append(best.astype(np.int32))
        counts = [len(each) for each in found]
        items = np.repeat(np.arange(len(found), dtype=np.int32), counts)
        return items, np.concatenate(found) if found else items

    def _exact(self, stem: str) -> _Near:
        """The term that is this very stem: names have no neighbours."""
        if stem not in self._named:
            own = [self._compiled.ids[stem]] if stem in self._compiled.ids else []
            ids, ones = np.array(own, dtype=np.int32), np.ones(len(own), dtype=np.float32)
            self._named[stem] = _Near(ids, ones)
        return self._named[stem]

    def _learn_words(self, readings: Sequence[Reading]) -> dict[str, _Near]:
        """Neighbours of every word of the readings, new ones computed."""
        near = self._near if len(self._near) < _MAX_REMEMBERED else {}
        new = {
            word.key: word for reading in readings for word in reading.words if word.key not in near
        }
        if not new and near is self._near:
            return near
        rows = np.array([word.vector for word in new.values()]).reshape(len(new), -1)
        # Rounded, so that it makes no difference which words are computed together.
        likeness = np.round(rows @ self._compiled.word_rows.T, 3)
        learned = {
            key: self._neighbours(word.stem, cosines)
            for (key, word), cosines in zip(new.items(), likeness, strict=True)
        }
        self._near = near | learned if len(learned) > len(near) else near
        self._near.update(learned)
        return self._near

    def _neighbours(self, stem: str, cosines: Array) -> _Near:
        """The terms nearest to a word, the word's own stem among them with the value 1."""
        found = np.flatnonzero(cosines >= LEAST_LIKENESS)
        if len(found) > _MAX_NEIGHBOURS:
            found = found[np.argsort(-cosines[found], kind="stable")[:_MAX_NEIGHBOURS]]
        ids = self._compiled.word_ids[found]
        values = (cosines[found] - LEAST_LIKENESS) / (1 - LEAST_LIKENESS)
        own = self._compiled.ids.get(stem)
        if own is not None:
            ids, values = np.append(ids[ids != own], own), np.append(values[ids != own], 1.0)
        return _Near(ids.astype(np.int32), values.astype(np.float32))

    def _write_labels(self, readings: Sequence[Reading], whole: Array, title: Array) -> None:
        """Things, places and watch terms; a concept's neighbours in part; double words."""
        width, pair_ids = whole.shape[1], self._pair_ids
        found: dict[int, tuple[float, int]] = {}
        for row, reading in enumerate(readings):
            start = row * width
            self._find_labels(reading, start, found)
            for pair in pair_ids.keys() & reading.pairs.keys():
                found[start + pair_ids[pair]] = (1.0, reading.pairs[pair])
        places = np.fromiter(found, dtype=np.int64, count=len(found))
        values = np.array([value for value, _ in found.values()], dtype=np.float32)
        in_title = np.array([part == TITLE for _, part in found.values()], dtype=bool)
        whole.ravel()[places] = values
        title.ravel()[places[in_title]] = values[in_title]

    def _find_labels(
        self, reading: Reading, start: int, found: dict[int, tuple[float, int]]
    ) -> None:
        """Adds how strong each label is, and its part, by its id counted from `start` on."""
        effects, of_term = self._effects, self._of_term
        for label, part in reading.labels.items():
            for number in effects.get(label, ()):
                found[start + number] = (_NEAR_CONCEPT, part)
        for term, part, _, _, back in reading.hits:
            seen = part + back
            for own, value in of_term(term):
                before = found.get(start + own)
                if before is None:
                    found[start + own] = (value, seen)
                elif before[0] < value or before[1] > seen:
                    found[start + own] = (max(value, before[0]), min(seen, before[1]))

    def _of_term(self, term: Term) -> tuple[tuple[int, float], ...]:
        """The ids of its labels, and how strongly it stands for each; kept by its identity."""
        known = self._terms.get(id(term))
        if known is None:
            value = _ONE_WORD if len(term.stems) == 1 else 1.0
            ids = self._compiled.ids
            found = tuple((ids[x], value if x[0] == "c" else 1.0) for x in term.labels if x in ids)
            # With the term itself, so that its identity stays its own.
            known = self._terms[id(term)] = found, term
        return known[0]


def _write(
    whole: Array,
    title: Array,
    mask: NDArray[np.uint64],
    found: list[_Near],
    facts: tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]],
) -> None:
    """Writes each term's strongest word, and which words stand for it.

    `facts`: for each word where its item's row begins, its bit, and whether it tells the news of
    the title.
    """
    counts = np.array([len(each.ids) for each in found])
    rows, bits, titled = (np.repeat(each, counts) for each in facts)
    at = np.concatenate([each.ids for each in found]) + rows
    strength = np.concatenate([each.likeness for each in found])
    np.maximum.at(whole.ravel(), at, strength)
    np.maximum.at(title.ravel(), at[titled], strength[titled])
    # Each word has a bit of its own and each of its terms once: the sum is the union.
    np.add.at(mask.ravel(), at, np.uint64(1) << bits.astype(np.uint64))
