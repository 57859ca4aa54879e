"""How surely two items report the same event: measured pairs, and what the measures count."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.matching.sketch import NO_TIME, WORDS, Sketches
from bot.matching.story_table import Pairs
from bot.matching.vectors import Array

FEATURES: Final = (
    "title", "across", "best_word", "second_word", "shared", "meaning", "numbers",
    "days", "undated", "evidence",
)  # fmt: skip
"""Columns of `measure`: the part of both titles that they share; the words that are in one's title
and anywhere in the other; the two most telling words shared; how many are shared, as log(1 + n);
cosine of the directions of meaning; numbers below 1,000 shared; days between them; 1 where a date
is missing, and then one day is taken; how rare all that they share is together."""
_WEIGHTS: Final = (2.01, 2.23, 3.34, 3.11, 0.18, 3.19, 1.44, -0.40, -3.29)
_INTERCEPT: Final = -3.86
"""What each column but the last counts, and what all must outweigh together, as
`bench/fit_stories.py` found them."""
_NOT = -2.0
"""Logit of a pair that only looks alike, at most."""
_COPY, _COMMON_WORD = 0.8, 0.5
_CHANCE = 1.0
"""A word that one in p of n items has is worth log(p)/log(n), so that words worth 1 together are
found together once among n items if they fall by chance."""
_EVIDENCE, _TITLE, _BEST, _MEANING, _DAYS = (
    FEATURES.index(name) for name in ("evidence", "title", "best_word", "meaning", "days")
)
_YEAR, _FULL, _DAY_S = 1_000, 255.0, 86_400


def measure(held: Sketches, pairs: Pairs) -> Array:
    """(pairs, FEATURES); a row depends on nothing but its two items and the words' rarity."""
    new, known = pairs.new, pairs.known
    at = new - pairs.start
    said = pairs.weights[at[:, None], pairs.columns[held.words[known]]]
    weight = np.abs(said)
    mine, theirs = said < 0, np.arange(WORDS) < held.titled[known][:, None]
    own = pairs.titles[at]
    plain, others = _titles(held, slice(pairs.start, None))[at], _titles(held, known)
    best = np.partition(weight, -2, axis=1)
    product = held.vector[new].astype(np.float32) * held.vector[known]
    common = _numbers(held, pairs) & (held.numbers[known] <= _YEAR)
    days, undated = _days(held, pairs)
    columns = (
        # The known title's weight is taken to have the mean rarity of the new one's words.
        (weight * (mine & theirs)).sum(axis=1) / _floor(own * np.sqrt(others / _floor(plain))),
        (weight * (mine | theirs)).sum(axis=1) / np.maximum(np.sqrt(plain * others), 1),
        best[:, -1],
        best[:, -2],
        np.log1p((weight > 0).sum(axis=1)),
        product.sum(axis=1) / (held.length[new] * held.length[known]),
        common.sum(axis=1),
        days,
        undated,
        weight.sum(axis=1),
    )
    return np.stack(columns, axis=1).astype(np.float32)


def logits(held: Sketches, pairs: Pairs, features: Array) -> Array:
    """For each pair how surely it is one event; 0 is even."""
    counted = features[:, : len(_WEIGHTS)]
    found = (counted * np.array(_WEIGHTS, dtype=np.float32)).sum(axis=1) + _INTERCEPT
    return withheld(found, look_alike(held, pairs, features))


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
    shared = _numbers(held, pairs).sum(axis=1)
    of_new, of_known = ((held.numbers[rows] > 0).sum(axis=1) for rows in (new, known))
    same = (shared == of_new) & (shared == of_known)
    copy = (
        same
        & (features[:, _TITLE] >= _COPY)
        & (features[:, _MEANING] >= _COPY)
        & (features[:, _DAYS] <= 1)
    )
    one_feed = (held.feed[new] == held.feed[known]) & (held.feed[new] > 0)
    clash = (shared == 0) & (of_new > 0) & (of_known > 0)
    chance = features[:, _EVIDENCE] < _CHANCE
    return np.asarray(chance | (one_feed & ~copy) | (clash & (features[:, _BEST] < _COMMON_WORD)))


def _titles(held: Sketches, rows: slice | NDArray[np.int64]) -> Array:
    """What all words of the title say, without rarity."""
    titled = np.arange(WORDS) < held.titled[rows][:, None]
    return np.asarray((held.weights[rows] * titled).sum(axis=1) / _FULL, dtype=np.float32)


def _floor(divisor: Array) -> Array:
    return np.maximum(divisor, np.float32(1e-6))


def _numbers(held: Sketches, pairs: Pairs) -> NDArray[np.bool_]:
    """(pairs, NUMBERS) which numbers of the known item the new one has too."""
    mine, theirs = held.numbers[pairs.new], held.numbers[pairs.known]
    return np.asarray(((theirs[:, :, None] == mine[:, None, :]).any(axis=2)) & (theirs > 0))


def _days(held: Sketches, pairs: Pairs) -> tuple[Array, NDArray[np.bool_]]:
    one, other = held.when[pairs.new], held.when[pairs.known]
    undated = (one == NO_TIME) | (other == NO_TIME)
    apart = np.abs(np.where(undated, _DAY_S, one - other)) / _DAY_S
    return apart.astype(np.float32), undated
