"""Which entries of a fetched document are new items, new texts of old ones, or nothing new.

Rules on values only, with the ledger's queries for them at the end. What outvotes what is one table
in docs/identity.md. In short: a key says which item an entry is, unless most else says otherwise;
an entry under a new key, with another date and another text, is a new item; and what several share,
in the document or in what is known of the feed, says nothing. Of a feed that holds only its latest
item nothing can be counted.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import Any, Final, NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, case, select

from bot.domain.item import DateSource, Entry
from bot.domain.urls import guid_address
from bot.ledger.db.columns import storable
from bot.ledger.db.rows import BATCH, AnySelect, batches, value_of
from bot.ledger.db.tables import item_keys, items

SAME_ITEM_WITHIN: Final = timedelta(days=30)
REPUBLISHED: Final = 5
# Titles that are hardly given twice; "Press release" is.
TELLING_WORDS: Final = 5
TELLING_LETTERS: Final = 30
# PostgreSQL refuses index entries above about 2,700 bytes.
MAX_INDEXED_BYTES: Final = 1_000

# How two titles compare: on written words, not on meaning. These rules must not err often, and
# where they err a person sees one mark too many, never one item too few.
_WORD: Final = re.compile(r"\w+")
_HALF: Final = 0.5
# Part of all letters in common, for titles in scripts that part no words.
_ALIKE: Final = 0.6
# Part of the letters in common from which on two words are one word in two forms or spellings.
_SAME_WORD: Final = 0.75
_SHORT: Final = 3
# Keys that bot.ingest.formats.entries makes of an address or a text, also in their longer forms.
_MADE_KEY: Final = re.compile(r"(?:and:)*(?:url[:-]|text:)|and-sha256:")
# What counts the parts of a series: numbers, also within words ("Q3", "20th"), months and weekdays.
_COUNTING: Final = re.compile(
    r"\w*\d\w*|january|february|march|april|may|june|july|august|september|october|november"
    r"|december|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
)
# Words that turn what is said into its opposite by being there.
_TURNING: Final = frozenset({
    "no", "not", "never", "nor", "without", "denies", "denied", "refuses", "refused", "rejects",
    "rejected", "false", "retracted", "correction",
})  # fmt: skip


def normal_title(title: str) -> str:
    """A title for comparison: compatible forms, case and runs of blanks made one.

    >>> normal_title(" Ｔａｌｋｓ in  HANOI")
    'talks in hanoi'
    """
    return " ".join(unicodedata.normalize("NFKC", title).casefold().split())


def alike(one: str, other: str) -> bool:
    """Whether two titles may be two wordings for one article; never when either is empty.

    They share at least half of the words of the shorter, or most of their letters.

    >>> alike("Talks on remains resume", "Talks on war remains resume in Panmunjom")
    True
    >>> alike("Talks on remains resume", "Exercises suspended")
    False
    """
    first, second = normal_title(one), normal_title(other)
    if not first or not second:
        return False
    words, others = set(_WORD.findall(first)), set(_WORD.findall(second))
    fewer = min(len(words), len(others))
    if fewer and len(words & others) >= _HALF * fewer:
        return True
    return SequenceMatcher(None, first, second, autojunk=False).ratio() >= _ALIKE


def differs_in_substance(before: str, after: str) -> bool:
    """Whether an edited title has other news than before: a word or a number became another one.

    Words that were only added or left out ("Update: ..."), or that changed their form or spelling,
    make no difference; a word that turns the sense does.

    >>> differs_in_substance("North agrees to dismantle site", "North refuses to dismantle site")
    True
    >>> differs_in_substance("Missle site is closed", "Update: Missile site closed")
    False
    >>> differs_in_substance("55 cases returned", "50 cases returned")
    True
    """
    old, new = (_WORD.findall(normal_title(title)) for title in (before, after))
    gone, come = [w for w in old if w not in new], [w for w in new if w not in old]
    if not _TURNING.isdisjoint((*gone, *come)):
        return True
    if any(word.isdigit() for word in gone) and any(word.isdigit() for word in come):
        return True
    return bool(_without_forms(gone, come)) and bool(_without_forms(come, gone))


def _is_next_part(before: str, after: str) -> bool:
    """Whether two titles count two parts of a series: a number, month or weekday became another.

    >>> _is_next_part("Situation report 1: flaring", "Situation report 2: flaring")
    True
    >>> _is_next_part("Talks on remains", "Talks on 55 remains")
    False
    """
    old, new = (
        set(filter(_COUNTING.fullmatch, _WORD.findall(normal_title(title))))
        for title in (before, after)
    )
    return bool(old - new) and bool(new - old)


def _without_forms(words: list[str], others: list[str]) -> list[str]:
    """The telling ones of which no other is a form."""
    return [
        word
        for word in words
        if len(word) > _SHORT
        and not word.isdigit()
        and not any(SequenceMatcher(None, word, o).ratio() >= _SAME_WORD for o in others)
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """A stored item, as the rules need it.

    Attributes:
        keys: Every key the feed has published it under.
        address: Its canonical address; None without.
        url: The address as published, which has the fragment.
        published_at: The publisher's date; None when it gave none that is believable.
    """

    id: int
    keys: frozenset[str]
    address: str | None
    title: str
    content_hash: str
    first_seen_at: datetime
    url: str | None = None
    published_at: datetime | None = None

    @property
    def has_own_id(self) -> bool:
        """Whether one of its keys is an id that the feed gave."""
        return any(_is_own_id(key, self.url) for key in self.keys)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """An entry of a fetched document, with key and canonical address as the ledger keeps them."""

    entry: Entry
    key: str
    address: str | None

    @property
    def further_key(self) -> str:
        """What an article is stored under whose key belongs to another one."""
        entry = self.entry
        face = f"{self.address}{_fragment(entry.url)} {entry.published_at}"
        return _bounded(f"and:{self.key} {face} {normal_title(entry.title)}")

    @property
    def has_own_id(self) -> bool:
        """Whether its key is an id that the feed gave, and not its address or text in disguise."""
        return _is_own_id(self.key, self.entry.url)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What to store of a document, in its order.

    Attributes:
        new: What to store as items; the key of each is free.
        revised: Numbers of items, with their new texts.
        renamed: Numbers of items, with a further key of each.
    """

    new: tuple[Sighting, ...] = ()
    revised: tuple[tuple[int, Sighting], ...] = ()
    renamed: tuple[tuple[int, str], ...] = ()


def sightings(entries: Iterable[Entry]) -> tuple[Sighting, ...]:
    """The document's entries in order, each once.

    Of several with one key, or with one address, title, text and date, the first counts.
    """
    by_key: dict[str, Sighting] = {}
    copies: set[tuple[object, ...]] = set()
    for entry in entries:
        address = _bounded(entry.canonical_url) if entry.canonical_url else None
        if address is not None:
            copy = address, _fragment(entry.url), entry.content_hash, entry.published_at
            if copy in copies:
                continue
            copies.add(copy)
        key = _bounded(entry.key)
        by_key.setdefault(key, Sighting(entry=entry, key=key, address=address))
    return tuple(by_key.values())


def plan_document(document: Sequence[Sighting], known: Sequence[Known], *, at: datetime) -> Plan:
    """What to store of a document fetched at `at`, given the items it may speak of."""
    if not known:
        return Plan(new=tuple(document))
    texts = {key: item.content_hash for item in known for key in item.keys}
    if all(texts.get(s.key) == s.entry.content_hash for s in document):
        return Plan()
    feed = _Feed(document, known, at)
    feed.find_by_keys()
    for rule in _RULES:
        feed.find_by(rule)
    new: list[Sighting] = []
    revised: list[tuple[int, Sighting]] = []
    renamed: list[tuple[int, str]] = []
    for sighting in document:
        key = sighting.further_key if sighting.key in texts else sighting.key
        item = feed.found.get(sighting.key)
        if item is None:
            new.append(replace(sighting, key=key))
            continue
        entry = sighting.entry
        is_edited = item.content_hash != entry.content_hash
        # Where its own key is another item's, the next fetch would ask again whose it is, unless
        # all else says so by itself.
        is_clear = key != sighting.key and bool(entry.title and entry.url) and not is_edited
        is_clear = is_clear and (item.url, item.published_at) == (entry.url, entry.published_at)
        if key not in texts and sighting.key not in item.keys and not is_clear:
            renamed.append((item.id, key))
        # An item changes at most once in a document.
        if is_edited and feed.first[item.id] is sighting:
            revised.append((item.id, sighting))
    return Plan(new=tuple(new), revised=tuple(revised), renamed=tuple(renamed))


class _Face(NamedTuple):
    """What an entry or an item shows beside its key.

    Attributes:
        place: Its address, with the fragment on pages where fragments tell articles apart.
        is_own: Whether the place is a page (no site's front) that nobody else has, in the document
            and in what is known of the feed.
        title: Normal.
        text: The hash of title and summary.
        date: The publisher's.
    """

    place: str | None
    is_own: bool
    title: str
    text: str
    date: datetime | None

    @property
    def path(self) -> str | None:
        """The place without the parameters, in which servers put tokens."""
        return None if self.place is None else re.split("[?;]", self.place, maxsplit=1)[0]

    @property
    def host(self) -> str | None:
        return None if self.place is None else re.split("[/?;#]", self.place, maxsplit=1)[0]


class _Pair(NamedTuple):
    """An item and an entry that may be it."""

    item: Known
    sighting: Sighting
    old: _Face
    new: _Face

    @property
    def same_text(self) -> bool:
        return self.old.text == self.new.text

    @property
    def same_date(self) -> bool:
        return self.old.date is not None and self.old.date == self.new.date

    @property
    def undated(self) -> bool:
        return self.old.date is None and self.new.date is None

    @property
    def redated(self) -> bool:
        """Whether the entry has a date that is not the item's."""
        return self.new.date is not None and self.new.date != self.old.date

    @property
    def alike(self) -> bool:
        return alike(self.item.title, self.sighting.entry.title)


class _Feed:
    """A document beside what is known of its feed, and which entries are found to be which items.

    Attributes:
        found: The items by the keys of the sightings that are theirs.
        first: The sighting that speaks for an item, by its number.
    """

    def __init__(self, document: Sequence[Sighting], known: Sequence[Known], at: datetime) -> None:
        self.document, self.at = document, at
        self.is_single = len(document) == 1
        seen = [(s.address, _fragment(s.entry.url)) for s in document]
        stored = [(item.address, _fragment(item.url)) for item in known]
        together = [[*seen, *stored]] if self.is_single else []
        split = {
            page
            for group in (seen, stored, *together)
            for page, times in Counter(page for page, _ in set(group)).items()
            if times > 1
        }
        seen_places, stored_places = (
            [page + part if page and page in split else page for page, part in group]
            for group in (seen, stored)
        )
        self.times = Counter(seen_places), Counter(stored_places)
        self.new = {
            s.key: self._face(place, s.entry.title, s.entry.content_hash, s.entry.published_at)
            for s, place in zip(document, seen_places, strict=True)
        }
        self.known = [
            (item, self._face(place, item.title, item.content_hash, item.published_at))
            for item, place in zip(known, stored_places, strict=True)
        ]
        self.found: dict[str, Known] = {}
        self.first: dict[int, Sighting] = {}
        self.is_rekeyed = False  # after `find_by_keys`: no entry stands under a key of its item

    def _face(self, place: str | None, title: str, text: str, date: datetime | None) -> _Face:
        is_page = place is not None and any(mark in place for mark in "/?#")
        is_own = is_page and all(times[place] <= 1 for times in self.times)
        return _Face(place, is_own, normal_title(storable(title)), text, date)

    def is_own_page(self, pair: _Pair) -> bool:
        """Whether the page says by itself that the entry is the item.

        Nothing can be counted in a feed that holds only its latest item, under an id of its own.
        """
        return pair.new.is_own and not (self.is_single and pair.sighting.has_own_id)

    def find_by_keys(self) -> None:
        """Find the items that stand in the document under their keys."""
        by_key = {key: (item, face) for item, face in self.known for key in item.keys}
        left: list[_Pair] = []
        for s in self.document:
            if (named := by_key.get(s.key)) is None:
                continue
            pair = _Pair(named[0], s, named[1], self.new[s.key])
            own = None if pair.same_text else by_key.get(s.further_key)
            if own is None:
                left.append(pair)
                continue
            # What was once stored as an article of its own under a key used again stays one.
            self.found[s.key] = own[0]
            self.first.setdefault(own[0].id, s)
        # Who has the item's text comes first, and speaks for it at the next fetch too.
        faces = {(face.place, face.text) for _, face in self.known if face.place and face.title}
        for pair in sorted(left, key=lambda pair: not pair.same_text):
            if not pair.same_text and (pair.new.place, pair.new.text) in faces:
                continue  # it is that other item, whatever its key says
            # An item with several keys may be met under two of them. What is compared then are
            # the two entries, since the item itself is about to change.
            first = self.first.get(pair.item.id)
            if not (self._is_another(pair) if first is None else self._are_two(first, pair)):
                self.found[pair.sighting.key] = pair.item
                self.first.setdefault(pair.item.id, pair.sighting)
        self.is_rekeyed = not self.found

    def _is_another(self, pair: _Pair) -> bool:
        """Whether the feed uses the item's key for another article."""
        old, new = pair.old, pair.new
        has_id = pair.sighting.has_own_id
        if pair.same_text or (pair.same_date and (has_id or old.place == new.place)):
            return False
        if not has_id:
            # The key is the address without fragment, and says as much as the address does.
            if old.place != new.place or not (new.is_own or pair.alike):
                return True
            is_next = self.is_single or not new.is_own or not pair.alike
            is_next = is_next or _is_next_part(pair.item.title, pair.sighting.entry.title)
            return pair.redated and is_next
        if old.place is None or new.place is None or old.place == new.place:
            return pair.redated and not new.is_own and not pair.alike
        seen, stored = self.times
        is_elsewhere = seen[old.place] > 0 or stored[new.place] > 0
        return not pair.alike or (pair.redated and (self.is_single or is_elsewhere))

    def _are_two(self, first: Sighting, pair: _Pair) -> bool:
        """Whether two entries under two keys of one item are two articles."""
        one, other = self.new[first.key], pair.new
        if one.text == other.text:
            return False
        if one.date is not None and other.date is not None and one.date != other.date:
            return True
        return one.place != other.place and not alike(first.entry.title, pair.sighting.entry.title)

    def find_by(self, rule: "_Rule") -> None:
        """Find items by a rule, of those that nobody holds, for entries that are not found yet."""
        left = [s for s in self.document if s.key not in self.found]
        free: dict[Hashable, list[tuple[Known, _Face]]] = {}
        for item, face in self.known if left else ():
            if item.id not in self.first and (mark := rule.mark(face)) is not None:
                free.setdefault(mark, []).append((item, face))
        if not free:
            return
        if rule.alone:
            seen = Counter(map(rule.mark, self.new.values()))
            stored = Counter(rule.mark(face) for _, face in self.known)
            free = {mark: some for mark, some in free.items() if seen[mark] == 1 == stored[mark]}
        pairs: list[_Pair] = []
        for s in left:
            new = self.new[s.key]
            some = free.get(rule.mark(new), [])
            fitting = [one for one in some if rule.fits(self, _Pair(one[0], s, one[1], new))]
            if fitting:
                item, old = one = next((o for o in fitting if o[1].text == new.text), fitting[0])
                some.remove(one)
                pairs.append(_Pair(item, s, old, new))
        if rule.together(self, pairs, len(left)):
            for pair in pairs:
                self.found[pair.sighting.key] = pair.item
                self.first.setdefault(pair.item.id, pair.sighting)


class _Rule(NamedTuple):
    """When an entry is an item that the document does not hold under its key.

    Attributes:
        mark: What both must have in common; None is no mark.
        fits: What must be true beside that.
        alone: Marks that several entries of the document, or several items, have are none.
        together: Whether the pairs hold, of which there might be as many as entries were left.
    """

    mark: Callable[[_Face], Hashable]
    fits: Callable[[_Feed, _Pair], bool]
    alone: bool = True
    together: Callable[[_Feed, list[_Pair], int], bool] = lambda _feed, _pairs, _left: True


def _are_two_of_a_day(feed: _Feed, pair: _Pair) -> bool:
    """Whether what shares its text and its day is two articles, with an id and a page of each.

    Where no entry stands under a key of its item, ids may have changed: then a long title, a path
    that stays, or another host, speaks for the same one.
    """
    old, new = pair.old, pair.new
    if not (pair.item.has_own_id and pair.sighting.has_own_id) or _is_moment(new.date):
        return False
    if old.place is None or new.place is None or old.place == new.place:
        return False
    if not feed.is_rekeyed:
        return True
    is_moved = old.path == new.path or old.host != new.host
    return not is_moved and (feed.is_single or not _is_telling(new))


def _same_text_and_date(feed: _Feed, pair: _Pair) -> bool:
    if _are_two_of_a_day(feed, pair):
        return False
    has_summary = bool(pair.sighting.entry.summary)
    return has_summary or _is_moment(pair.new.date) or feed.is_rekeyed


def _same_page_and_title(feed: _Feed, pair: _Pair) -> bool:
    is_own = feed.is_own_page(pair)
    if pair.same_text:
        # A title alone that comes again on a page for all is the next one of its kind.
        return is_own or not pair.redated or bool(pair.sighting.entry.summary)
    if pair.same_date:
        return is_own or _is_moment(pair.new.date)
    return is_own and _is_edit(feed, pair)


def _is_edit(feed: _Feed, pair: _Pair) -> bool:
    """Whether an entry on the item's own page may be an edit, although its date does not say so."""
    return pair.item.first_seen_at >= feed.at - SAME_ITEM_WITHIN and not pair.redated


def _same_title_and_date(feed: _Feed, pair: _Pair) -> bool:
    is_moved = feed.is_rekeyed and not feed.is_single
    return _is_telling(pair.new) + _is_moment(pair.new.date) + is_moved >= 2  # noqa: PLR2004 - of 3


def _same_title_undated(feed: _Feed, pair: _Pair) -> bool:
    if pair.sighting.has_own_id and not feed.is_rekeyed:
        return False
    return pair.undated and (_is_telling(pair.new) or feed.is_rekeyed) and not feed.is_single


def _republished(feed: _Feed, pairs: list[_Pair], left: int) -> bool:
    """Whether most of what was left has a known text: too much to have come again by chance."""
    if 2 * len(pairs) <= left:
        return False
    is_rekeyed = feed.is_rekeyed and not any(
        pair.redated or (pair.same_date and _are_two_of_a_day(feed, pair)) for pair in pairs
    )
    few = 2 if is_rekeyed else REPUBLISHED
    return len(pairs) >= few


_RULES: Final = (
    _Rule(
        lambda face: (face.place, face.title) if face.place and face.title else None,
        _same_page_and_title,
        alone=False,
    ),
    _Rule(
        lambda face: (face.text, face.date) if face.title and face.date else None,
        _same_text_and_date,
    ),
    _Rule(
        lambda face: (face.title, face.date) if face.title and face.date else None,
        _same_title_and_date,
    ),
    _Rule(
        lambda face: (face.path, face.date) if face.date else None,
        lambda feed, pair: (
            (feed.is_rekeyed or not pair.sighting.has_own_id)
            and _is_moment(pair.new.date)
            and pair.alike
        ),
    ),
    _Rule(
        lambda face: face.place if face.is_own else None,
        lambda feed, pair: (
            feed.is_own_page(pair) and (pair.same_date or (_is_edit(feed, pair) and pair.alike))
        ),
    ),
    _Rule(
        lambda face: (face.path, face.text) if face.path and face.title else None,
        lambda feed, pair: (
            pair.undated
            and bool(pair.sighting.entry.summary)
            and (feed.is_rekeyed or not pair.sighting.has_own_id)
        ),
    ),
    _Rule(
        lambda face: (face.path, face.title) if face.path and face.title else None,
        _same_title_undated,
    ),
    _Rule(
        lambda face: face.text if face.title else None,
        lambda _, __: True,
        together=_republished,
    ),
)


def _fragment(url: str | None) -> str:
    """The fragment with its `#`, empty without."""
    _, mark, fragment = (url or "").partition("#")
    return mark + fragment if fragment else ""


def _is_own_id(key: str, url: str | None) -> bool:
    return not _MADE_KEY.match(key) and (url is None or key != f"id:{guid_address(url)}")


def _is_telling(face: _Face) -> bool:
    """Whether a title is so long that it is hardly given twice."""
    return len(face.title.split()) >= TELLING_WORDS or len(face.title) >= TELLING_LETTERS


def _is_moment(date: datetime | None) -> bool:
    """Whether a date is so exact that two articles hardly share it, as a day or an hour is not."""
    return date is not None and (date.second > 0 or date.minute % 15 > 0)


def _bounded(text: str) -> str:
    """`text` as an index can hold it: a long one is cut, with the SHA-256 of all of it behind."""
    text = storable(text)
    raw = text.encode()
    if len(raw) <= MAX_INDEXED_BYTES:
        return text
    return f"{text[:100]}#{hashlib.sha256(raw).hexdigest()}"


# Built once: a poll of many feeds runs each of these many times.
_PUBLISHERS = (items.c.date_source == DateSource.PUBLISHER, items.c.published_at)
_KNOWN = select(
    *(items.c[name] for name in ("id", "key", "url", "title", "content_hash", "first_seen_at")),
    items.c.canonical_url.label("address"),
    case(_PUBLISHERS).label("published_at"),
)
_OF_FEED = _KNOWN.where(items.c.feed_id == bindparam("feed"))
_SOME: BindParameter[Any] = bindparam("some", expanding=True)
_BY_KEY = _OF_FEED.where(items.c.key.in_(_SOME))
_BY_FURTHER_KEY = (
    _KNOWN.add_columns(item_keys.c.key.label("further"))
    .join_from(items, item_keys, item_keys.c.item_id == items.c.id)
    .where(item_keys.c.feed_id == bindparam("feed"), item_keys.c.key.in_(_SOME))
)
# A page that all items share is no reason to read all of them.
_BY_ADDRESS = (
    _OF_FEED.where(items.c.canonical_url.in_(_SOME)).order_by(items.c.id.desc()).limit(2 * BATCH)
)
_BY_TEXT = _OF_FEED.where(items.c.content_hash.in_(_SOME))
_BY_DATE = _OF_FEED.where(items.c.published_at.in_(_SOME))
# The title is not indexed, and of one that is given to all the newest are enough.
_BY_TITLE = (
    _OF_FEED.where(items.c.date_source != DateSource.PUBLISHER, items.c.title.in_(_SOME))
    .order_by(items.c.id.desc())
    .limit(2 * BATCH)
)


def known_items(connection: Connection, feed_id: int, document: Sequence[Sighting]) -> list[Known]:
    """The stored items that a document may speak of, by any of its keys."""
    known: dict[int, Known] = {}

    def find(query: AnySelect, some: Iterable[object]) -> None:
        for batch in batches(some):
            for row in connection.execute(query, {"feed": feed_id, "some": batch}):
                keys = {row.key, getattr(row, "further", row.key)}
                if row.id in known:
                    keys |= known[row.id].keys
                known[row.id] = value_of(Known, row, keys=frozenset(keys))

    find(_BY_KEY, [s.key for s in document])
    texts = {key: item.content_hash for item in known.values() for key in item.keys}
    changed = [s for s in document if texts.get(s.key) != s.entry.content_hash]
    if not changed:
        return list(known.values())
    find(_BY_KEY, [s.further_key for s in changed])
    find(_BY_FURTHER_KEY, [key for s in changed for key in (s.key, s.further_key)])
    find(_BY_ADDRESS, sorted({s.address for s in changed if s.address is not None}))
    dates = {s.entry.published_at for s in changed}
    find(_BY_DATE, sorted(date for date in dates if date is not None))
    # Where links change at each fetch, or an archive may have come anew.
    if len(changed) >= REPUBLISHED or None in dates:
        find(_BY_TEXT, sorted({s.entry.content_hash for s in changed}))
    # Where links have tokens, and texts counters, the title is all that is left.
    undated = [s for s in changed if s.entry.published_at is None and s.address is not None]
    if not texts or not all(s.has_own_id for s in undated):
        find(_BY_TITLE, sorted({storable(s.entry.title) for s in undated if s.entry.title}))
    return list(known.values())
