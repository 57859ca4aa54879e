"""Which entries of a fetched document are new items, new texts of old ones, or nothing new.

Rules on values only. An entry is an item that the ledger has

1. when the feed has published that item under the entry's key before; unless address, title and
   date all differ: then the feed has used the key again, for another article; or an earlier entry
   of the document is that item and this one has another address and title;
2. else, among the items that the document does not hold under their own keys (a feed that changes
   its keys has published them again),
   a. when canonical address and title are the item's (letters' case and blanks aside), and text or
      date are too, or it was first seen in the last 30 days: some addresses are those of a page
      whose articles come and go;
   b. when text and publisher's date are the item's, whatever the address: a site that moved;
   c. when the address is the item's, no other item or entry has it, and it has a path: an edited
      headline, if the dates are the same, or the titles alike and the item not older than 30 days;
   d. when its text is the item's, and so it is of most other entries left over, at least five:
      an archive published again under new keys, addresses and dates.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import Any, Final, NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, case, select

from bot.domain.item import DateSource, Entry
from bot.ledger.db.columns import storable
from bot.ledger.db.rows import AnySelect, batches, value_of
from bot.ledger.db.tables import item_keys, items

SAME_ITEM_WITHIN: Final = timedelta(days=30)
REPUBLISHED: Final = 5
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
        published_at: The publisher's date; None when it gave none that is believable.
    """

    id: int
    keys: frozenset[str]
    address: str | None
    title: str
    content_hash: str
    first_seen_at: datetime
    published_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """An entry of a fetched document, with key and canonical address as the ledger keeps them."""

    entry: Entry
    key: str
    address: str | None

    @property
    def further_key(self) -> str:
        """What an article is stored under whose key belongs to another one."""
        return _bounded(f"and:{self.key} {self.address} {normal_title(self.entry.title)}")


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

    Of several with one key, or with one address, title and text, the first counts.
    """
    by_key: dict[str, Sighting] = {}
    copies: set[tuple[str, str]] = set()
    for entry in entries:
        address = _bounded(entry.canonical_url) if entry.canonical_url else None
        if address is not None:
            if (address, entry.content_hash) in copies:
                continue
            copies.add((address, entry.content_hash))
        key = _bounded(entry.key)
        by_key.setdefault(key, Sighting(entry=entry, key=key, address=address))
    return tuple(by_key.values())


def plan_document(document: Sequence[Sighting], known: Sequence[Known], *, at: datetime) -> Plan:
    """What to store of a document fetched at `at`, given the items it may speak of."""
    if not known:
        return Plan(new=tuple(document))
    by_key = {key: item for item in known for key in item.keys}
    found = _found(document, known, by_key, at)
    new: list[Sighting] = []
    revised: dict[int, Sighting | None] = {}  # an item changes at most once in a document
    renamed: list[tuple[int, str]] = []
    for sighting in document:
        item, is_used = found.get(sighting.key), sighting.key in by_key
        if item is None:
            new.append(replace(sighting, key=sighting.further_key) if is_used else sighting)
            continue
        if not is_used:
            renamed.append((item.id, sighting.key))
        is_same = item.content_hash == sighting.entry.content_hash
        revised.setdefault(item.id, None if is_same else sighting)
    changed = tuple((item_id, s) for item_id, s in revised.items() if s is not None)
    return Plan(new=tuple(new), revised=changed, renamed=tuple(renamed))


def _found(
    document: Sequence[Sighting], known: Sequence[Known], by_key: Mapping[str, Known], at: datetime
) -> dict[str, Known]:
    """The items by the keys of the sightings that are theirs; by rule 1, then by each of rule 2."""
    others = reused(document, by_key)
    under = ((s, s.further_key if s.key in others else s.key) for s in document)
    found = {s.key: by_key[key] for s, key in under if key in by_key}
    for rule in _RULES:
        left = [sighting for sighting in document if sighting.key not in found]
        if not left:
            break
        held = {item.id for item in found.values()}
        found |= _paired(rule, left, [item for item in known if item.id not in held], at)
    return found


def reused(document: Iterable[Sighting], by_key: Mapping[str, Known]) -> frozenset[str]:
    """The keys of those sightings whose key belongs to another article.

    What was once stored as an article of its own under a key used again stays one.
    """
    claims: dict[int, Sighting] = {}
    others: set[str] = set()
    for sighting in document:
        item = by_key.get(sighting.key)
        if item is None:
            continue
        if sighting.further_key in by_key:
            others.add(sighting.key)
            continue
        # An item with several keys may be met under two of them. What is compared then are the two
        # entries: the item itself is about to change, and the next fetch would decide otherwise.
        first = claims.get(item.id)
        if first is None:
            is_other = is_another_article(item, sighting)
        else:
            alike_titles = alike(first.entry.title, sighting.entry.title)
            is_other = first.address != sighting.address and not alike_titles
        if is_other:
            others.add(sighting.key)
        else:
            claims.setdefault(item.id, sighting)
    return frozenset(others)


def is_another_article(item: Known, sighting: Sighting) -> bool:
    """Whether the feed uses the item's key for something else: address, title, date all differ."""
    entry = sighting.entry
    return (
        item.address is not None
        and sighting.address is not None
        and item.address != sighting.address
        and item.content_hash != entry.content_hash
        and not _same_date(item, entry)
        and not alike(item.title, entry.title)
    )


class _Rule(NamedTuple):
    """When a sighting is an item that the document does not hold under its own key.

    Attributes:
        of_sighting: A mark that both must have; None is no mark.
        of_item: The same of an item.
        fits: What must be true beside that, at the time of the fetch.
        alone: Marks that several sightings or several items have are none.
        archive: Only when it holds for most of what is left, and for at least five.
    """

    of_sighting: Callable[[Sighting], Hashable]
    of_item: Callable[[Known], Hashable]
    fits: Callable[[Known, Entry, datetime], bool] = lambda _item, _entry, _at: True
    alone: bool = False
    archive: bool = False


def _face(address: str | None, title: str) -> tuple[str, str] | None:
    normal = normal_title(storable(title))
    return (address, normal) if address and normal else None


def _recent(item: Known, at: datetime) -> bool:
    return item.first_seen_at >= at - SAME_ITEM_WITHIN


def _same_date(item: Known, entry: Entry) -> bool:
    return item.published_at is not None and item.published_at == entry.published_at


_RULES: Final = (
    _Rule(
        lambda s: _face(s.address, s.entry.title),
        lambda item: _face(item.address, item.title),
        lambda item, entry, at: (
            _recent(item, at) or item.content_hash == entry.content_hash or _same_date(item, entry)
        ),
    ),
    _Rule(
        lambda s: (
            (s.entry.content_hash, s.entry.published_at)
            if s.entry.title and s.entry.published_at
            else None
        ),
        lambda item: (item.content_hash, item.published_at),
    ),
    _Rule(
        lambda s: s.address,
        lambda item: item.address,
        lambda item, entry, at: (
            "/" in (item.address or "")  # a home page is that of many articles
            and (_same_date(item, entry) or (_recent(item, at) and alike(item.title, entry.title)))
        ),
        alone=True,
    ),
    _Rule(
        lambda s: s.entry.content_hash if s.entry.title else None,
        lambda item: item.content_hash,
        archive=True,
    ),
)


def _paired(
    rule: _Rule, left: Sequence[Sighting], free: Sequence[Known], at: datetime
) -> dict[str, Known]:
    """Each sighting with an item by a rule, each item once."""
    sought = [(sighting, rule.of_sighting(sighting)) for sighting in left]
    marked = [(rule.of_item(item), item) for item in free]
    by_mark = {mark: item for mark, item in marked if mark is not None}
    if rule.alone:
        times = Counter(mark for _, mark in sought), Counter(mark for mark, _ in marked)
        by_mark = {m: item for m, item in by_mark.items() if times[0][m] == 1 == times[1][m]}
    found: dict[str, Known] = {}
    for sighting, mark in sought:
        item = None if mark is None else by_mark.get(mark)
        if item is not None and rule.fits(item, sighting.entry, at):
            found[sighting.key] = item
            del by_mark[mark]
    if rule.archive and (len(found) < REPUBLISHED or 2 * len(found) <= len(left)):
        return {}
    return found


def _bounded(text: str) -> str:
    """`text` as an index can hold it: a long one is cut, with the SHA-256 of all of it behind."""
    text = storable(text)
    raw = text.encode()
    if len(raw) <= MAX_INDEXED_BYTES:
        return text
    return f"{text[:100]}#{hashlib.sha256(raw).hexdigest()}"


def date_of(entry: Entry, *, at: datetime) -> tuple[datetime, DateSource]:
    """The item's date: the publisher's, else when it was first seen."""
    if entry.published_at is None:
        return at, DateSource.FIRST_SEEN
    return entry.published_at, DateSource.PUBLISHER


# Built once: a poll of many feeds runs each of these many times.
_PUBLISHERS = (items.c.date_source == DateSource.PUBLISHER, items.c.published_at)
_KNOWN = select(
    *(items.c[name] for name in ("id", "key", "title", "content_hash", "first_seen_at")),
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
_BY_ADDRESS = _OF_FEED.where(items.c.canonical_url.in_(_SOME)).order_by(items.c.id)
_BY_TEXT = _OF_FEED.where(items.c.content_hash.in_(_SOME))
_BY_DATE = _OF_FEED.where(
    items.c.published_at.in_(_SOME), items.c.content_hash.in_(bindparam("texts", expanding=True))
)


def known_items(connection: Connection, feed_id: int, document: Sequence[Sighting]) -> list[Known]:
    """The stored items that a document may speak of, by any of its keys."""
    known: dict[int, Known] = {}

    def find(query: AnySelect, some: Iterable[object], **more: object) -> None:
        for batch in batches(some):
            values = {"feed": feed_id, "some": batch, **more}
            for row in connection.execute(query, values):
                keys = {row.key, getattr(row, "further", row.key)}
                if row.id in known:
                    keys |= known[row.id].keys
                known[row.id] = value_of(Known, row, keys=frozenset(keys))

    find(_BY_KEY, [key for s in document for key in (s.key, s.further_key)])
    used = {key for item in known.values() for key in item.keys}
    find(_BY_FURTHER_KEY, [s.key for s in document if s.key not in used])
    by_key = {key: item for item in known.values() for key in item.keys}
    others = reused(document, by_key)
    left = [s for s in document if s.key not in by_key or s.key in others]
    find(_BY_ADDRESS, sorted({s.address for s in left if s.address is not None}))
    # Items of the same text and date; where an archive may have come anew, of the same text.
    known_texts = {item.content_hash for item in known.values()}
    entries = [s.entry for s in left if s.entry.content_hash not in known_texts]
    texts = sorted({entry.content_hash for entry in entries})
    if len(entries) >= REPUBLISHED:
        find(_BY_TEXT, texts)
    elif dates := sorted({e.published_at for e in entries if e.published_at is not None}):
        find(_BY_DATE, dates, texts=texts)
    return list(known.values())
