"""One commitment, read: its terms with their weights, before the pack's own weights are known."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from bot.domain.commitment import Commitment, Pack
from bot.matching.knowledge import term_of
from bot.matching.reading import TITLE, Reader, Reading
from bot.matching.vectors import Array, WordVectors

Weights = dict[str, float]
"""Weights by term: a stem, two stems joined by a space, or a label."""
Keys = dict[str, str]
"""For each stem the word that its vector is looked up by; empty for names."""

_CLAUSE = re.compile(r"[:;,()]|\band\b|\bor\b|\s[-–—]\s")
_WATCH_WORD, _TITLE_BOOST = 0.5, 1.3
_ONE_WORD, _TITLE_THING, _SEGMENT_THING = 0.7, 1.25, 0.7


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """One commitment's terms.

    Attributes:
        words: Single and double words of title, text and watch terms.
        titles: Those of the title alone.
        things: Concepts.
        places: Who and where.
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
    watch: tuple[list[str], list[str], list[str]]
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
        watch=(
            [watch_label(p) for p in commitment.watch.any],
            [watch_label(p) for p in commitment.watch.all],
            [watch_label(p) for p in commitment.watch.none],
        ),
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


def _words(reading: Reading, keys: Keys, factor: float = 1.0) -> Weights:
    weights = {word.stem: word.weight * factor for word in reading.words}
    for word in reading.words:
        keys.setdefault(word.stem, "" if word.named else word.key)
    by_stem = {word.stem: word.weight for word in reading.words}
    for first, second in reading.pairs:
        weights[f"{first} {second}"] = factor * 0.5 * (by_stem[first] + by_stem[second])
    return weights


def _segment(reading: Reading, keys: Keys) -> Weights:
    weights = {word.stem: word.weight for word in reading.words}
    for word in reading.words:
        keys.setdefault(word.stem, "" if word.named else word.key)
    weights |= {label: _SEGMENT_THING for label in reading.labels if label[:2] == "c:"}
    return weights


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
    found = [
        label
        for name in named
        for label in reader.read_parts(name).labels
        if label.startswith("p:")
    ]
    return found or [label for label in both.labels if label.startswith("p:")]


def mean_of(readings: Iterable[Reading], vectors: WordVectors) -> Array:
    """Direction of the weighted sum of all telling words; zeros when there are none."""
    total = np.zeros(vectors.size, dtype=np.float32)
    for reading in readings:
        for word in reading.words:
            total += word.weight * word.vector
    return total / (float(np.linalg.norm(total)) or 1.0)
