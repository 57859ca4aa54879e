"""What items share with a pack, and which commitments are worth a closer look."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.matching.compiled import CompiledPack, Ids
from bot.matching.reading import TITLE, Reading
from bot.matching.vectors import Array

LEAST_LIKENESS = 0.35
"""Cosines below this say nothing: most words of a language are this near to some other."""
_NEAR_CONCEPT = 0.4
_ONE_WORD = 0.75
"""A concept named by one word is less certain than one named by a phrase."""
_MOST_WORDS = 62
"""Telling words of an item that are looked at; the first ones, and one bit each."""
_MOST_NEIGHBOURS = 32
_REMEMBERED = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
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

    def see(self, readings: Sequence[Reading]) -> Sight:
        """What each reading shares with the pack, in order."""
        near = self._learn_words(readings)
        shape = (len(readings), len(self._compiled.ids))
        found: list[_Near] = []
        # One entry for each (item, word): where its row begins, its bit, its part.
        facts: list[tuple[int, int, int]] = []
        weights = np.zeros((len(readings), _MOST_WORDS), dtype=np.float32)
        in_title = np.zeros_like(weights)
        for row, reading in enumerate(readings):
            words = reading.words[:_MOST_WORDS]
            weights[row, : len(words)] = [word.weight for word in words]
            in_title[row, : len(words)] = [word.part == TITLE for word in words]
            for position, word in enumerate(words):
                each = near[word.key] if not word.named else self._exact(word.stem)
                if len(each.ids):
                    found.append(each)
                    facts.append((row * shape[1], 1 << position, word.part + word.back))
        whole = np.zeros(shape, dtype=np.float32)
        title = np.zeros(shape, dtype=np.float32)
        mask = np.zeros(shape, dtype=np.uint64)
        if found:
            _write(whole, title, mask, found, facts)
        self._write_labels(readings, whole, title)
        return Sight(
            all=whole, title=title, bits=mask, word_weights=weights, word_in_title=in_title
        )

    def candidates(self, sight: Sight, most: int) -> tuple[Ids, Ids]:
        """(item row, commitment row) pairs worth a closer look, at most `most` an item."""
        compiled = self._compiled
        total = len(compiled.commitments)
        items: list[Ids] = []
        found: list[Ids] = []
        for row, strengths in enumerate(sight.all):
            terms = np.flatnonzero(strengths)
            starts, ends = compiled.starts[terms], compiled.starts[terms + 1]
            lengths = ends - starts
            if not lengths.sum():
                continue
            at = np.repeat(starts - np.cumsum(lengths) + lengths, lengths) + np.arange(
                lengths.sum()
            )
            rows = compiled.posting_rows[at]
            scores = np.bincount(
                rows,
                weights=compiled.posting_weights[at] * np.repeat(strengths[terms], lengths),
                minlength=total,
            )
            best = np.flatnonzero(scores > 0)
            if len(best) > most:
                best = np.sort(best[np.argpartition(-scores[best], most)[:most]])
            found.append(best.astype(np.int32))
            items.append(np.full(len(best), row, dtype=np.int32))
        if not items:
            return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32)
        return np.concatenate(items), np.concatenate(found)

    def _exact(self, stem: str) -> _Near:
        """The term that is this very stem: names have no neighbours."""
        found = self._named.get(stem)
        if found is None:
            own = self._compiled.ids.get(stem)
            ids = np.array([] if own is None else [own], dtype=np.int32)
            found = self._named[stem] = _Near(ids, np.ones(len(ids), dtype=np.float32))
        return found

    def _learn_words(self, readings: Sequence[Reading]) -> dict[str, _Near]:
        """Neighbours of every word of the readings, new ones computed."""
        near = self._near if len(self._near) < _REMEMBERED else {}
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
        if len(found) > _MOST_NEIGHBOURS:
            found = found[np.argsort(-cosines[found], kind="stable")[:_MOST_NEIGHBOURS]]
        ids = self._compiled.word_ids[found]
        values = (cosines[found] - LEAST_LIKENESS) / (1 - LEAST_LIKENESS)
        own = self._compiled.ids.get(stem)
        if own is not None:
            ids, values = np.append(ids[ids != own], own), np.append(values[ids != own], 1.0)
        return _Near(ids.astype(np.int32), values.astype(np.float32))

    def _write_labels(self, readings: Sequence[Reading], whole: Array, title: Array) -> None:
        """Things, places and watch terms; a concept's neighbours in part; double words."""
        ids, effects, pair_ids = self._compiled.ids, self._effects, self._pair_ids
        for row, reading in enumerate(readings):
            found: dict[int, tuple[float, int]] = {}
            for label, part in reading.labels.items():
                for number in effects.get(label, ()):
                    found[number] = (_NEAR_CONCEPT, part)
            for hit in reading.hits:
                value = _ONE_WORD if len(hit.term.stems) == 1 else 1.0
                for label in hit.term.labels:
                    own = ids.get(label)
                    if own is not None:
                        before = found.get(own, (0.0, 2))
                        strength = value if label[0] == "c" else 1.0
                        found[own] = (
                            max(strength, before[0]), min(hit.part + hit.back, before[1])
                        )  # fmt: skip
            for pair in pair_ids.keys() & reading.pairs.keys():
                found[pair_ids[pair]] = (1.0, reading.pairs[pair])
            for number, (value, part) in found.items():
                whole[row, number] = value
                if part == TITLE:
                    title[row, number] = value


def _write(
    whole: Array,
    title: Array,
    mask: NDArray[np.uint64],
    found: list[_Near],
    facts: list[tuple[int, int, int]],
) -> None:
    """Writes each term's strongest word, and which words stand for it."""
    counts = np.array([len(each.ids) for each in found])
    rows, bits, parts = (np.repeat(np.array(each), counts) for each in zip(*facts, strict=True))
    at = np.concatenate([each.ids for each in found]) + rows
    strength = np.concatenate([each.likeness for each in found])
    order = np.lexsort((strength, at))
    at, strength, bits, parts = at[order], strength[order], bits[order], parts[order]
    last = np.flatnonzero(np.r_[at[1:] != at[:-1], True])
    first = np.r_[0, last[:-1] + 1]
    whole.ravel()[at[last]] = strength[last]
    mask.ravel()[at[last]] = np.bitwise_or.reduceat(bits.astype(np.uint64), first)
    titled = parts == TITLE
    # Sorted by strength within a term, so that the strongest is written last and stands.
    title.ravel()[at[titled]] = strength[titled]
