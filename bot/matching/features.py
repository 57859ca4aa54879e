"""What is measured of an item and a commitment; every number means the same for any pack."""

from dataclasses import dataclass

import numpy as np

from bot.matching.compiled import CompiledPack, Ids, Table
from bot.matching.lookup import Sight
from bot.matching.vectors import Array

NAMES = (
    "bias",
    "words", "best_word", "second_word", "third_word", "title_best_word", "title_words",
    "share_of_text", "share_of_name", "share_of_clause", "second_clause",
    "thing", "things", "title_thing", "title_things", "place", "title_place",
    "cosine", "name_cosine", "title_cosine",
    "covered", "title_covered",
    "parties", "title_parties", "no_party", "strangers", "party_missing",
    "watched", "title_watched", "watched_twice", "excluded", "lacking",
    "has_watch", "has_examples", "example", "example_cosine", "kin", "rival",
    "party_fit", "title_party_fit", "all_parties", "title_all_parties", "title_strangers",
    "first_is_party", "first_is_stranger", "mood", "talks", "contact", "title_contact",
)  # fmt: skip


_BEST = 3
_CLEAR, _TELLING = 0.25, 0.15
"""A word of the item stands for a term when it is so near to it, and the term weighs so much."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairs:
    """Items and commitments to measure against each other.

    Attributes:
        items: Rows of the sight.
        commitments: Rows of the pack.
        vectors: (items, 2, 256): direction of the item's words, and of its title's.
        places: (items, places + 1): 1 where the item names the party; the last column counts
            named places that are nobody's party.
        title_places: The same for the title.
    """

    items: Ids
    commitments: Ids
    vectors: Array
    places: Array
    title_places: Array
    first_place: Ids
    contact: Array


def measure(pack: CompiledPack, sight: Sight, pairs: Pairs) -> Array:
    """(pairs, features) in the order of `NAMES`."""
    i, c = pairs.items, pairs.commitments
    out: dict[str, Array] = {"bias": np.ones(len(i), dtype=np.float32)}
    _measure_words(out, pack, sight, i, c)
    _measure_things(out, pack, sight, i, c)
    _measure_cosines(out, pack, pairs)
    _measure_parties(out, pack, pairs)
    _measure_given(out, pack, sight, i, c)
    _measure_others(out, pack, pairs)
    return np.stack([out[name] for name in NAMES], axis=1)


def _measure_words(out: dict[str, Array], pack: CompiledPack, sight: Sight, i: Ids, c: Ids) -> None:
    terms, weights = pack.words.terms[c], pack.words.weights[c]
    has = sight.all[i[:, None], terms]
    shares = has * weights
    several = shares.shape[1] > _BEST
    best = np.sort(np.partition(shares, -_BEST)[:, -_BEST:] if several else shares)
    titles = sight.title[i[:, None], terms] * weights
    out["words"] = np.log1p(shares.sum(axis=1))
    for place, name in enumerate(("best_word", "second_word", "third_word"), start=1):
        out[name] = best[:, -place] if best.shape[1] >= place else np.zeros_like(shares[:, 0])
    out["title_best_word"] = titles.max(axis=1)
    out["title_words"] = np.log1p(titles.sum(axis=1))
    out["share_of_text"] = _share(pack.words, sight.all, i, c)
    out["share_of_name"] = _share(pack.titles, sight.all, i, c)
    clauses = np.sort(_segment_shares(pack.clauses, sight.all, i, c), axis=1)
    out["share_of_clause"] = clauses[:, -1]
    out["second_clause"] = clauses[:, -2] if clauses.shape[1] > 1 else np.zeros_like(clauses[:, 0])
    bits = np.bitwise_or.reduce(
        np.where((has > _CLEAR) & (weights > _TELLING), sight.bits[i[:, None], terms], 0), axis=1
    )
    positions = np.arange(sight.word_weights.shape[1], dtype=np.uint64)
    hit = ((bits[:, None] >> positions) & np.uint64(1)).astype(np.float32)
    for name, each in (
        ("covered", sight.word_weights),
        ("title_covered", sight.word_weights * sight.word_in_title),
    ):
        total = each.sum(axis=1)
        out[name] = (hit * each[i]).sum(axis=1) / np.maximum(total[i], 0.5)


def _share(table: Table, strengths: Array, i: Ids, c: Ids) -> Array:
    """The part of a commitment's weight that the item has, 0 to 1."""
    weights = table.weights[c]
    has = (strengths[i[:, None], table.terms[c]] * weights).sum(axis=1)
    return np.asarray(has / np.maximum(weights.sum(axis=1), 0.5))


def _segment_shares(table: Table, strengths: Array, i: Ids, c: Ids) -> Array:
    """(pairs, segments): the part of each segment's weight that the item has."""
    weights = table.weights[c]
    has = (strengths[i[:, None, None], table.terms[c]] * weights).sum(axis=2)
    return np.asarray(has / np.maximum(weights.sum(axis=2), 0.8))


def _measure_things(
    out: dict[str, Array], pack: CompiledPack, sight: Sight, i: Ids, c: Ids
) -> None:
    for table, one, several in ((pack.things, "thing", "things"), (pack.places, "place", "")):
        terms, weights = table.terms[c], table.weights[c]
        for prefix, strengths in (("", sight.all), ("title_", sight.title)):
            shares = strengths[i[:, None], terms] * weights
            out[prefix + one] = shares.max(axis=1)
            if several:
                out[prefix + several] = np.log1p(shares.sum(axis=1))


def _measure_cosines(out: dict[str, Array], pack: CompiledPack, pairs: Pairs) -> None:
    c = pairs.commitments
    words, titles = pairs.vectors[pairs.items, 0], pairs.vectors[pairs.items, 1]
    text = pack.own[c]
    out["cosine"] = np.einsum("ij,ij->i", text, words)
    out["title_cosine"] = np.einsum("ij,ij->i", text, titles)
    out["name_cosine"] = np.einsum("ij,ij->i", pack.own_name[c], words)
    out["example_cosine"] = np.zeros(len(c), dtype=np.float32)
    if pack.examples.any():
        both = np.einsum("ikj,ij->ik", pack.examples[c], words)
        out["example_cosine"] = both.max(axis=1)


def _measure_parties(out: dict[str, Array], pack: CompiledPack, pairs: Pairs) -> None:
    parties = pack.parties[pairs.commitments]
    total = np.maximum(parties.sum(axis=1), 1)
    named = pairs.places[pairs.items]
    present = (parties * named[:, :-1]).sum(axis=1)
    out["parties"] = present / total
    titled = pairs.title_places[pairs.items]
    out["title_parties"] = (parties * titled[:, :-1]).sum(axis=1) / total
    out["no_party"] = (present == 0).astype(np.float32)
    strangers = named.sum(axis=1) - present
    out["strangers"] = np.log1p(strangers)
    out["party_missing"] = ((present == 0) & (strangers > 0)).astype(np.float32)
    count = parties.sum(axis=1)
    in_title = (parties * titled[:, :-1]).sum(axis=1)
    title_strangers = titled.sum(axis=1) - in_title
    out["party_fit"] = present / np.maximum(count + strangers, 1)
    out["title_party_fit"] = in_title / np.maximum(count + title_strangers, 1)
    out["all_parties"] = ((count > 0) & (present >= np.minimum(count, 2))).astype(np.float32)
    out["title_all_parties"] = ((count > 0) & (in_title >= np.minimum(count, 2))).astype(np.float32)
    out["title_strangers"] = np.log1p(title_strangers)
    first = pairs.first_place[pairs.items]
    padded = np.hstack([parties, np.zeros((len(parties), 2), dtype=np.float32)])
    is_party = padded[np.arange(len(first)), first]
    out["first_is_party"] = is_party
    out["first_is_stranger"] = ((first != parties.shape[1] + 1) & (is_party == 0)).astype(
        np.float32
    )
    out["mood"], out["talks"] = pack.kinds[pairs.commitments].T
    out["contact"], out["title_contact"] = pairs.contact[pairs.items].T


def _measure_given(out: dict[str, Array], pack: CompiledPack, sight: Sight, i: Ids, c: Ids) -> None:
    terms, weights = pack.watch_any.terms[c], pack.watch_any.weights[c]
    found = (sight.all[i[:, None], terms] * weights).sum(axis=1)
    out["watched"] = (found > 0).astype(np.float32)
    out["watched_twice"] = np.log1p(np.maximum(found - 1, 0))
    out["title_watched"] = ((sight.title[i[:, None], terms] * weights).max(axis=1) > 0).astype(
        np.float32
    )
    out["has_watch"] = (weights.sum(axis=1) > 0).astype(np.float32)
    none = sight.all[i[:, None], pack.watch_none.terms[c]] * pack.watch_none.weights[c]
    out["excluded"] = (none.max(axis=1) > 0).astype(np.float32)
    every = sight.all[i[:, None], pack.watch_all.terms[c]] * pack.watch_all.weights[c]
    out["lacking"] = (every.sum(axis=1) < pack.watch_all.weights[c].sum(axis=1)).astype(np.float32)
    given = pack.progress.weights[c].sum(axis=(1, 2)) + pack.setback.weights[c].sum(axis=(1, 2))
    out["has_examples"] = (given > 0).astype(np.float32)
    out["example"] = np.maximum(
        _segment_shares(pack.progress, sight.all, i, c).max(axis=1),
        _segment_shares(pack.setback, sight.all, i, c).max(axis=1),
    )


def _measure_others(out: dict[str, Array], pack: CompiledPack, pairs: Pairs) -> None:
    """How strong the item's other commitments are: those akin to this one, and the strangers."""
    i = pairs.items
    strength = out["words"] + out["things"] + out["watched"]
    out["kin"], out["rival"] = np.zeros_like(strength), np.zeros_like(strength)
    if not len(i):
        return
    starts = np.flatnonzero(np.r_[True, i[1:] != i[:-1]])
    lengths = np.diff(np.r_[starts, len(i)])
    group = np.repeat(np.arange(len(starts)), lengths)
    place = np.arange(len(i)) - starts[group]
    means = np.zeros((len(starts), lengths.max(), pack.means.shape[1]), dtype=np.float32)
    others = np.zeros((len(starts), 1, lengths.max()), dtype=np.float32)
    means[group, place] = pack.means[pairs.commitments]
    others[group, 0, place] = strength
    likeness = np.clip(means @ means.transpose(0, 2, 1), 0, 1)
    own = np.arange(lengths.max())
    likeness[:, own, own] = 0.0
    out["kin"] = (likeness * others).max(axis=2)[group, place]
    likeness[:, own, own] = 1.0
    out["rival"] = ((1 - likeness) * others).max(axis=2)[group, place]


LEADS = (
    "words",
    "cosine",
    "things",
    "share_of_clause",
    "covered",
    "example",
    "watched_twice",
    "party_fit",
    "title_things",
    "share_of_name",
    "name_cosine",
)
"""Features of which the lead over the item's next best commitment is a feature of its own."""


def leads(features: Array, items: Ids) -> Array:
    """(pairs, leads): each value less the best of the item's other commitments.

    `items` must be sorted: the pairs of one item stand together.
    """
    if not len(items):
        return np.zeros((0, len(LEADS)), dtype=np.float32)
    columns = [NAMES.index(name) for name in LEADS]
    values = features[:, columns]
    starts = np.flatnonzero(np.r_[True, items[1:] != items[:-1]])
    group = np.cumsum(np.r_[False, items[1:] != items[:-1]])
    best = np.maximum.reduceat(values, starts, axis=0)[group]
    is_best = values >= best
    others = np.where(is_best, -np.inf, values)
    second = np.maximum.reduceat(others, starts, axis=0)[group]
    several = np.add.reduceat(is_best.astype(np.int32), starts, axis=0)[group] > 1
    rival = np.where(is_best & ~several, second, best)
    return np.asarray(values - np.where(np.isfinite(rival), rival, 0.0), dtype=np.float32)


PRODUCTS = (
    ("has_watch", "words"), ("has_watch", "best_word"), ("has_watch", "thing"),
    ("has_watch", "cosine"), ("has_watch", "covered"), ("has_watch", "title_best_word"),
    ("has_examples", "words"), ("has_examples", "cosine"), ("has_examples", "thing"),
    ("cosine", "words"), ("thing", "words"), ("parties", "words"), ("covered", "thing"),
    ("parties", "things"), ("title_parties", "title_things"), ("strangers", "things"),
    ("no_party", "words"), ("words", "words"), ("cosine", "cosine"), ("things", "things"),
    ("second_word", "cosine"), ("watched", "cosine"), ("watched", "covered"),
    ("watched", "parties"), ("kin", "words"), ("rival", "words"), ("kin", "things"),
    ("rival", "things"), ("example", "example_cosine"), ("watched", "example"),
    ("mood", "title_party_fit"), ("mood", "title_contact"), ("talks", "contact"),
    ("talks", "title_contact"), ("talks", "party_fit"), ("talks", "title_strangers"),
    ("party_fit", "words"), ("title_party_fit", "title_words"), ("mood", "party_fit"),
    ("title_strangers", "things"), ("title_all_parties", "mood"),
)  # fmt: skip
"""Two features that say more together than one by one."""

EXPANDED = (
    *NAMES[1:],
    *(f"lead_{name}" for name in LEADS),
    *(f"{first}*{second}" for first, second in PRODUCTS),
)
"""The columns that the model weighs; the bias is the model's own."""


def expand(features: Array, items: Ids) -> Array:
    """(pairs, columns) in the order of `EXPANDED`; `items` sorted."""
    column = {name: number for number, name in enumerate(NAMES)}
    first = features[:, [column[name] for name, _ in PRODUCTS]]
    second = features[:, [column[name] for _, name in PRODUCTS]]
    return np.hstack([features[:, 1:], leads(features, items), first * second])
