"""What is measured of an item and a commitment; every number means the same for any pack."""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.matching.relevance.compiled import CompiledPack, Ids, Table
from bot.matching.relevance.lookup import PackHits
from bot.matching.text.vectors import Array

NAMES = (
    "bias",
    "words", "best_word", "second_word", "third_word", "title_best_word", "title_words",
    "share_of_text", "share_of_name", "share_of_clause", "second_clause",
    "thing", "things", "title_thing", "title_things", "place", "title_place",
    "cosine", "name_cosine", "title_cosine",
    "covered", "title_covered",
    "parties", "title_parties", "no_party", "strangers", "party_missing",
    "watched", "title_watched", "watched_twice", "excluded", "lacking",
    "has_watch", "has_examples", "example", "example_cosine", "related", "rival",
    "party_fit", "title_party_fit", "all_parties", "title_all_parties", "title_strangers",
    "first_is_party", "first_is_stranger", "mood", "talks", "contact", "title_contact",
)  # fmt: skip


_BEST = 3
# A word of the item stands for a term when it is so near to it, and the term weighs so much.
_CLEAR, _TELLING = 0.25, 0.15


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairs:
    """Items and commitments to measure against each other.

    Attributes:
        items: Rows of the hits; `commitments` those of the pack.
        vectors: (items, 2, 256): direction of the item's words, and of its title's.
        places: (items, places + 1): 1 where the item names the party; the last column counts
            named places that are no party.
        title_places: The same for the title.
    """

    items: Ids
    commitments: Ids
    vectors: Array
    places: Array
    title_places: Array
    first_place: Ids
    contact: Array


class _Seen:
    """How strongly each pair's item has terms of its commitment, looked up by flat place."""

    __slots__ = ("all", "bits", "commitments", "starts", "title")

    def __init__(self, pack_hits: PackHits, pairs: Pairs) -> None:
        self.all, self.title = pack_hits.all.ravel(), pack_hits.title.ravel()
        self.bits = pack_hits.bits.ravel()
        self.commitments = pairs.commitments
        self.starts = pairs.items.astype(np.int64) * pack_hits.all.shape[1]

    def places(self, table: Table) -> NDArray[np.int64]:
        """Where the terms of each pair's commitment stand in `all`, `title` and `bits`."""
        terms = table.terms[self.commitments]
        return np.asarray(terms + self.starts.reshape(-1, *[1] * (terms.ndim - 1)))

    def share(self, table: Table, least: float = 0.5) -> Array:
        """The part of a commitment's weight, or of each of its segments', that the item has."""
        total, has = table.totals[self.commitments], self.all[self.places(table)]
        has *= table.weights[self.commitments]
        return np.asarray(has.sum(axis=-1) / np.maximum(total, np.float32(least)))


def measure(pack: CompiledPack, pack_hits: PackHits, pairs: Pairs) -> Array:
    """(pairs, features) in the order of `NAMES`."""
    seen = _Seen(pack_hits, pairs)
    out: dict[str, Array] = {"bias": np.ones(len(pairs.items), dtype=np.float32)}
    _measure_words(out, pack, seen)
    _measure_covered(out, pack, seen, pack_hits, pairs)
    _measure_things(out, pack, seen)
    _measure_cosines(out, pack, pairs)
    _measure_parties(out, pack, pairs)
    _measure_given(out, pack, seen)
    _measure_others(out, pack, pairs)
    return np.stack([out[name] for name in NAMES], axis=1)


def _measure_words(out: dict[str, Array], pack: CompiledPack, seen: _Seen) -> None:
    at, weights = seen.places(pack.words), pack.words.weights[seen.commitments]
    shares = seen.all[at] * weights
    several = shares.shape[1] > _BEST
    best = np.sort(np.partition(shares, -_BEST)[:, -_BEST:] if several else shares)
    titles = seen.title[at] * weights
    words = shares.sum(axis=1)
    out["words"] = np.log1p(words)
    for place, name in enumerate(("best_word", "second_word", "third_word"), start=1):
        out[name] = best[:, -place] if best.shape[1] >= place else np.zeros_like(shares[:, 0])
    out["title_best_word"] = titles.max(axis=1)
    out["title_words"] = np.log1p(titles.sum(axis=1))
    out["share_of_text"] = words / np.maximum(pack.words.totals[seen.commitments], 0.5)
    out["share_of_name"] = seen.share(pack.titles)
    clauses = np.sort(seen.share(pack.clauses, 0.8), axis=1)
    out["share_of_clause"] = clauses[:, -1]
    out["second_clause"] = clauses[:, -2] if clauses.shape[1] > 1 else np.zeros_like(clauses[:, 0])


def _measure_covered(
    out: dict[str, Array], pack: CompiledPack, seen: _Seen, pack_hits: PackHits, pairs: Pairs
) -> None:
    """How much of what the item says stands for words of the commitment."""
    at = seen.places(pack.words)
    clear = (seen.all[at] > _CLEAR) & (pack.words.weights > _TELLING)[seen.commitments]
    bits = np.bitwise_or.reduce(seen.bits[at] * clear, axis=1)
    said = int(np.flatnonzero(pack_hits.word_weights.any(axis=0)).max(initial=-1)) + 1
    hit = np.unpackbits(bits.astype("<u8").view(np.uint8).reshape(-1, 8), axis=1, bitorder="little")
    for name, each in (
        ("covered", pack_hits.word_weights),
        ("title_covered", pack_hits.word_weights * pack_hits.word_in_title),
    ):
        total = each.sum(axis=1)[pairs.items]
        has = (hit[:, :said] * each[pairs.items, :said]).sum(axis=1)
        out[name] = has / np.maximum(total, 0.5)


def _measure_things(out: dict[str, Array], pack: CompiledPack, seen: _Seen) -> None:
    for table, one, several in ((pack.things, "thing", "things"), (pack.places, "place", "")):
        at, weights = seen.places(table), table.weights[seen.commitments]
        for prefix, strengths in (("", seen.all), ("title_", seen.title)):
            shares = strengths[at] * weights
            out[prefix + one] = shares.max(axis=1)
            if several:
                out[prefix + several] = np.log1p(shares.sum(axis=1))


def _measure_cosines(out: dict[str, Array], pack: CompiledPack, pairs: Pairs) -> None:
    c = pairs.commitments
    size = pack.own.shape[1]
    found = np.zeros((3, len(c)), dtype=np.float32)
    out["example_cosine"] = np.zeros(len(c), dtype=np.float32)
    has_examples = pack.examples.any()
    # Item by item: what is gathered stays near the processor.
    bounds = np.searchsorted(pairs.items, np.arange(len(pairs.vectors) + 1)).tolist()
    for row, (start, end) in enumerate(itertools.pairwise(bounds)):
        own = c[start:end]
        both = pairs.vectors[row]
        found[:2, start:end] = both @ pack.own[own].T
        found[2, start:end] = pack.own_name[own] @ both[0]
        if has_examples:
            likeness = pack.examples[own].reshape(-1, size) @ both[0]
            out["example_cosine"][start:end] = likeness.reshape(-1, 2).max(axis=1, initial=-1.0)
    out["cosine"], out["title_cosine"], out["name_cosine"] = found


def _measure_parties(out: dict[str, Array], pack: CompiledPack, pairs: Pairs) -> None:
    i, c = pairs.items, pairs.commitments
    parties, count = pack.parties[c], pack.party_counts[c]
    total = np.maximum(count, 1)
    present = np.einsum("ij,ij->i", parties, pairs.places[:, :-1][i])
    in_title = np.einsum("ij,ij->i", parties, pairs.title_places[:, :-1][i])
    out["parties"] = present / total
    out["title_parties"] = in_title / total
    out["no_party"] = (present == 0).astype(np.float32)
    strangers = pairs.places.sum(axis=1)[i] - present
    out["strangers"] = np.log1p(strangers)
    out["party_missing"] = ((present == 0) & (strangers > 0)).astype(np.float32)
    title_strangers = pairs.title_places.sum(axis=1)[i] - in_title
    out["party_fit"] = present / np.maximum(count + strangers, 1)
    out["title_party_fit"] = in_title / np.maximum(count + title_strangers, 1)
    out["all_parties"] = ((count > 0) & (present >= np.minimum(count, 2))).astype(np.float32)
    out["title_all_parties"] = ((count > 0) & (in_title >= np.minimum(count, 2))).astype(np.float32)
    out["title_strangers"] = np.log1p(title_strangers)
    first = pairs.first_place[i]
    known = first < parties.shape[1]
    is_party = np.zeros(len(first), dtype=np.float32)
    is_party[known] = pack.parties[c[known], first[known]]
    out["first_is_party"] = is_party
    is_stranger = (first != parties.shape[1] + 1) & (is_party == 0)
    out["first_is_stranger"] = is_stranger.astype(np.float32)
    out["mood"], out["talks"] = pack.kinds[c].T
    out["contact"], out["title_contact"] = pairs.contact[i].T


def _measure_given(out: dict[str, Array], pack: CompiledPack, seen: _Seen) -> None:
    c = seen.commitments
    at, weights = seen.places(pack.watch_any), pack.watch_any.weights[c]
    found = (seen.all[at] * weights).sum(axis=1)
    out["watched"] = (found > 0).astype(np.float32)
    out["watched_twice"] = np.log1p(np.maximum(found - 1, 0))
    out["title_watched"] = ((seen.title[at] * weights).max(axis=1) > 0).astype(np.float32)
    out["has_watch"] = (pack.watch_any.totals[c] > 0).astype(np.float32)
    none = seen.all[seen.places(pack.watch_none)] * pack.watch_none.weights[c]
    out["excluded"] = (none.max(axis=1) > 0).astype(np.float32)
    every = seen.all[seen.places(pack.watch_all)] * pack.watch_all.weights[c]
    out["lacking"] = (every.sum(axis=1) < pack.watch_all.totals[c]).astype(np.float32)
    given = pack.progress.totals.sum(axis=1) + pack.setback.totals.sum(axis=1)
    out["has_examples"] = (given > 0).astype(np.float32)[c]
    out["example"] = np.maximum(
        seen.share(pack.progress, 0.8).max(axis=1), seen.share(pack.setback, 0.8).max(axis=1)
    )


def _measure_others(out: dict[str, Array], pack: CompiledPack, pairs: Pairs) -> None:
    """How strong the item's other commitments are: related ones, and rivals."""
    i = pairs.items
    strength = out["words"] + out["things"] + out["watched"]
    out["related"], out["rival"] = np.zeros_like(strength), np.zeros_like(strength)
    if not len(i):
        return
    starts = np.flatnonzero(np.r_[True, i[1:] != i[:-1]])
    lengths = np.diff(np.r_[starts, len(i)])
    group = np.repeat(np.arange(len(starts)), lengths)
    place = np.arange(len(i)) - starts[group]
    rows = np.zeros((len(starts), lengths.max()), dtype=np.int64)
    others = np.zeros((len(starts), 1, lengths.max()), dtype=np.float32)
    rows[group, place] = pairs.commitments
    others[group, 0, place] = strength  # 0 beyond the item's own, whatever row stands there
    if pack.relatedness is None:
        means = pack.means[rows]
        likeness = np.clip(means @ means.transpose(0, 2, 1), 0, 1)
    else:
        likeness = pack.relatedness[rows[:, :, None], rows[:, None, :]]
    own = np.arange(lengths.max())
    likeness[:, own, own] = 0.0
    out["related"] = (likeness * others).max(axis=2)[group, place]
    likeness[:, own, own] = 1.0
    out["rival"] = ((1 - likeness) * others).max(axis=2)[group, place]


# Features of which the lead over the item's next best commitment is a feature of its own.
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


def leads(features: Array, items: Ids) -> Array:
    """(pairs, leads): each value less the best of the item's other commitments.

    `items` must be sorted: the pairs of one item stand together.
    """
    return lead(features[:, [NAMES.index(name) for name in LEADS]], items)


def lead(values: Array, items: Ids, alone: float = 0.0) -> Array:
    """Each value less the best of the item's other commitments, or less `alone` without others."""
    if not len(items):
        return np.zeros(values.shape, dtype=np.float32)
    begins = np.r_[True, items[1:] != items[:-1]]
    starts, group = np.flatnonzero(begins), np.cumsum(begins) - 1
    best = np.maximum.reduceat(values, starts, axis=0)[group]
    is_best = values >= best
    others = np.where(is_best, -np.inf, values)
    second = np.maximum.reduceat(others, starts, axis=0)[group]
    several = np.add.reduceat(is_best.astype(np.int32), starts, axis=0)[group] > 1
    rival = np.where(is_best & ~several, second, best)
    return np.asarray(values - np.where(np.isfinite(rival), rival, alone), dtype=np.float32)


# Two features that say more together than one by one.
PRODUCTS = (
    ("has_watch", "words"), ("has_watch", "best_word"), ("has_watch", "thing"),
    ("has_watch", "cosine"), ("has_watch", "covered"), ("has_watch", "title_best_word"),
    ("has_examples", "words"), ("has_examples", "cosine"), ("has_examples", "thing"),
    ("cosine", "words"), ("thing", "words"), ("parties", "words"), ("covered", "thing"),
    ("parties", "things"), ("title_parties", "title_things"), ("strangers", "things"),
    ("no_party", "words"), ("words", "words"), ("cosine", "cosine"), ("things", "things"),
    ("second_word", "cosine"), ("watched", "cosine"), ("watched", "covered"),
    ("watched", "parties"), ("related", "words"), ("rival", "words"), ("related", "things"),
    ("rival", "things"), ("example", "example_cosine"), ("watched", "example"),
    ("mood", "title_party_fit"), ("mood", "title_contact"), ("talks", "contact"),
    ("talks", "title_contact"), ("talks", "party_fit"), ("talks", "title_strangers"),
    ("party_fit", "words"), ("title_party_fit", "title_words"), ("mood", "party_fit"),
    ("title_strangers", "things"), ("title_all_parties", "mood"),
)  # fmt: skip

# The columns that the model weighs; the bias is the model's own.
EXPANDED = (
    *NAMES[1:],
    *(f"lead_{name}" for name in LEADS),
    *(f"{first}*{second}" for first, second in PRODUCTS),
)


def expand(features: Array, items: Ids) -> Array:
    """(pairs, columns) in the order of `EXPANDED`; `items` sorted."""
    column = {name: number for number, name in enumerate(NAMES)}
    first = features[:, [column[name] for name, _ in PRODUCTS]]
    second = features[:, [column[name] for _, name in PRODUCTS]]
    return np.hstack([features[:, 1:], leads(features, items), first * second])
