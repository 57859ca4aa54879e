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
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import Final

from sqlalchemy import Connection, bindparam, select

from bot.domain.item import DateSource, Entry
from bot.ledger.db.columns import storable
from bot.ledger.db.rows import AnyRow, AnySelect, batches
from bot.ledger.db.tables import item_keys, items

# MERGED wording: How two titles of one item compare: could they be of one article, and does the
# news differ.
#
# Rules on values only, and on written words, not on meaning: they must not err often, and where
# they
# err a person sees one mark too many, never one item too few.


_WORD: Final = re.compile(r"\w+")
_HALF: Final = 0.5
_ALIKE: Final = 0.6
"""Part of all letters in common, for titles in scripts that part no words."""
_SAME_WORD: Final = 0.75
"""Part of the letters in common from which on two words are one word in two forms or spellings."""
_SHORT: Final = 3
_TURNING: Final = frozenset({
    "no", "not", "never", "nor", "without", "denies", "denied", "refuses", "refused", "rejects",
    "rejected", "false", "retracted", "correction",
})  # fmt: skip
"""Words that turn what is said into its opposite by being there."""


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
    """Whether an edited title tells other news than before: a word or a number became another one.

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
    gone, come = (
        [workspace for workspace in old if workspace not in new],
        [workspace for workspace in new if workspace not in old],
    )
    if not _TURNING.isdisjoint(gone) or not _TURNING.isdisjoint(come):
        return True
    if any(workspace.isdigit() for workspace in gone) and any(
        workspace.isdigit() for workspace in come
    ):
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


SAME_ITEM_WITHIN = timedelta(days=30)
REPUBLISHED = 5
MAX_INDEXED_BYTES = 1_000
"""PostgreSQL refuses index entries above about 2,700 bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What the rules read of a stored item.

    Attributes:
        id: The item's number.
        keys: Every key the feed has published it under.
        address: Its canonical address; None without.
        title: Of the newest revision.
        content_hash: Of the newest revision.
        first_seen_at: When it was first stored.
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
    """An entry of a fetched document, with what tells whose entry it is, as the ledger keeps it.

    Attributes:
        entry: The entry.
        key: Its key.
        address: Its canonical address; None without.
    """

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
    found = _by_own_key(document, by_key)
    for rule in (_by_face, _by_text_and_date, _by_address, _republished):
        left = [sighting for sighting in document if sighting.key not in found]
        if not left:
            break
        held = {item.id for item in found.values()}
        found |= rule(left, [item for item in known if item.id not in held], at)
    steps = _Steps()
    for sighting in document:
        steps.take(found.get(sighting.key), sighting, by_key)
    return Plan(new=tuple(steps.new), revised=tuple(steps.revised), renamed=tuple(steps.renamed))


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


@dataclass(slots=True)
class _Steps:
    """A plan in the making."""

    new: list[Sighting] = field(default_factory=list)
    revised: list[tuple[int, Sighting]] = field(default_factory=list)
    renamed: list[tuple[int, str]] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)

    def take(self, item: Known | None, sighting: Sighting, by_key: dict[str, Known]) -> None:
        """Note what the sighting is; an item changes at most once in a document."""
        if item is None:
            self.new.append(_under_a_free_key(sighting, by_key))
            return
        if sighting.key not in by_key:
            self.renamed.append((item.id, sighting.key))
        if item.id not in self.taken:
            self.taken.add(item.id)
            if item.content_hash != sighting.entry.content_hash:
                self.revised.append((item.id, sighting))


def _under_a_free_key(sighting: Sighting, by_key: dict[str, Known]) -> Sighting:
    if sighting.key not in by_key:
        return sighting
    return Sighting(entry=sighting.entry, key=sighting.further_key, address=sighting.address)


Found = dict[str, Known]
"""Items by the keys of the sightings that are theirs."""


def reused(document: Iterable[Sighting], by_key: Mapping[str, Known]) -> frozenset[str]:
    """The keys of those sightings whose key belongs to another article.

    What was once stored as an article of its own under a key used again stays one.

    Args:
        document: In its order.
        by_key: The items, under each of their keys.
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
        if is_another_article(item, sighting) if first is None else _are_two(first, sighting):
            others.add(sighting.key)
        else:
            claims.setdefault(item.id, sighting)
    return frozenset(others)


def _by_own_key(document: Sequence[Sighting], by_key: Mapping[str, Known]) -> Found:
    others = reused(document, by_key)
    under = ((s, s.further_key if s.key in others else s.key) for s in document)
    return {s.key: by_key[key] for s, key in under if key in by_key}


def _are_two(first: Sighting, second: Sighting) -> bool:
    """Whether two entries of one document are two articles, though the ledger has one for both."""
    return first.address != second.address and not alike(first.entry.title, second.entry.title)


def _by_face(left: Sequence[Sighting], free: Sequence[Known], at: datetime) -> Found:
    return _paired(
        left,
        free,
        of_sighting=lambda s: _face(s.address, s.entry.title),
        of_item=lambda item: _face(item.address, item.title),
        if_=lambda item, entry: (
            _recent(item, at) or item.content_hash == entry.content_hash or _same_date(item, entry)
        ),
    )


def _by_text_and_date(left: Sequence[Sighting], free: Sequence[Known], _at: datetime) -> Found:
    return _paired(
        left,
        free,
        of_sighting=lambda s: (
            (s.entry.content_hash, s.entry.published_at)
            if s.entry.title and s.entry.published_at
            else None
        ),
        of_item=lambda item: (item.content_hash, item.published_at),
    )


def _by_address(left: Sequence[Sighting], free: Sequence[Known], at: datetime) -> Found:
    in_document = Counter(s.address for s in left)
    in_ledger = Counter(item.address for item in free)

    def alone(address: str | None) -> str | None:
        """The address when it is one article's; None for a home page and for what several have."""
        if address is None or "/" not in address:
            return None
        return address if in_document[address] == 1 == in_ledger[address] else None

    return _paired(
        left,
        free,
        of_sighting=lambda s: alone(s.address),
        of_item=lambda item: alone(item.address),
        if_=lambda item, entry: (
            _same_date(item, entry) or (_recent(item, at) and alike(item.title, entry.title))
        ),
    )


def _republished(left: Sequence[Sighting], free: Sequence[Known], _at: datetime) -> Found:
    found = _paired(
        left,
        free,
        of_sighting=lambda s: s.entry.content_hash if s.entry.title else None,
        of_item=lambda item: item.content_hash,
    )
    return found if len(found) >= REPUBLISHED and 2 * len(found) > len(left) else {}


def _recent(item: Known, at: datetime) -> bool:
    return item.first_seen_at >= at - SAME_ITEM_WITHIN


def _same_date(item: Known, entry: Entry) -> bool:
    return item.published_at is not None and item.published_at == entry.published_at


def _paired(
    left: Sequence[Sighting],
    free: Sequence[Known],
    *,
    of_sighting: Callable[[Sighting], Hashable],
    of_item: Callable[[Known], Hashable],
    if_: Callable[[Known, Entry], bool] = lambda _item, _entry: True,
) -> Found:
    """Each sighting with an item that has the same mark (None is no mark), each item once."""
    by_mark = {mark: item for item in free if (mark := of_item(item)) is not None}
    found: Found = {}
    for sighting in left:
        mark = of_sighting(sighting)
        item = None if mark is None else by_mark.get(mark)
        if item is not None and if_(item, sighting.entry):
            found[sighting.key] = item
            del by_mark[mark]
    return found


def _face(address: str | None, title: str) -> tuple[str, str] | None:
    """By what an item is known without its key; None when that would be too little."""
    normal = normal_title(storable(title))
    return (address, normal) if address and normal else None


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


# MERGED known_items: The stored items that a fetched document may speak of.


_COLUMNS = (
    items.c.id,
    items.c.key,
    items.c.canonical_url,
    items.c.title,
    items.c.content_hash,
    items.c.first_seen_at,
    items.c.published_at,
    items.c.date_source,
)

# Built once: a poll of many feeds runs each of these many times.
_BY_KEY = select(*_COLUMNS).where(
    items.c.feed_id == bindparam("feed"), items.c.key.in_(bindparam("some", expanding=True))
)
_BY_FURTHER_KEY = (
    select(*_COLUMNS, item_keys.c.key.label("further"))
    .join_from(items, item_keys, item_keys.c.item_id == items.c.id)
    .where(
        item_keys.c.feed_id == bindparam("feed"),
        item_keys.c.key.in_(bindparam("some", expanding=True)),
    )
)
_BY_ADDRESS = (
    select(*_COLUMNS)
    .where(
        items.c.feed_id == bindparam("feed"),
        items.c.canonical_url.in_(bindparam("some", expanding=True)),
    )
    .order_by(items.c.id)
)


_BY_DATE = select(*_COLUMNS).where(
    items.c.feed_id == bindparam("feed"),
    items.c.published_at.in_(bindparam("some", expanding=True)),
    items.c.content_hash.in_(bindparam("texts", expanding=True)),
)
_BY_TEXT = select(*_COLUMNS).where(
    items.c.feed_id == bindparam("feed"),
    items.c.content_hash.in_(bindparam("some", expanding=True)),
)


def known_items(connection: Connection, feed_id: int, document: Sequence[Sighting]) -> list[Known]:
    """The stored items that a document may speak of, by any of its keys."""
    finding = _Finding(connection, feed_id)
    finding.find(_BY_KEY, [key for s in document for key in (s.key, s.further_key)])
    finding.find(_BY_FURTHER_KEY, [s.key for s in finding.unknown(document)])
    left = [*finding.unknown(document), *finding.reused(document)]
    if left:
        finding.find(_BY_ADDRESS, sorted({s.address for s in left if s.address is not None}))
        _find_by_text(finding, left)
    return finding.found()


def _find_by_text(finding: "_Finding", left: Sequence[Sighting]) -> None:
    """Items of the same text and date; where an archive may have come anew, of the same text."""
    texts = {s.entry.content_hash for s in left} - finding.texts()
    entries = [s.entry for s in left if s.entry.content_hash in texts]
    if len(entries) >= REPUBLISHED:
        finding.find(_BY_TEXT, sorted(texts))
    elif dates := sorted({e.published_at for e in entries if e.published_at is not None}):
        finding.find(_BY_DATE, dates, texts=sorted(texts))


class _Finding:
    """Rows found so far, and under which keys."""

    def __init__(self, connection: Connection, feed_id: int) -> None:
        self._connection = connection
        self._feed_id = feed_id
        self._rows: dict[int, AnyRow] = {}
        self._keys: dict[int, set[str]] = {}

    def find(self, query: AnySelect, some: Iterable[object], **more: object) -> None:
        for batch in batches(some):
            values = {"feed": self._feed_id, "some": batch, **more}
            for row in self._connection.execute(query, values):
                self._rows[row.id] = row
                keys = self._keys.setdefault(row.id, {row.key})
                keys.add(getattr(row, "further", row.key))

    def unknown(self, document: Sequence[Sighting]) -> list[Sighting]:
        """Sightings under keys that the feed has never used."""
        used = {key for keys in self._keys.values() for key in keys}
        return [sighting for sighting in document if sighting.key not in used]

    def reused(self, document: Sequence[Sighting]) -> list[Sighting]:
        """Sightings whose key belongs to another article."""
        others = reused(document, {key: known for known in self.found() for key in known.keys})
        return [sighting for sighting in document if sighting.key in others]

    def texts(self) -> set[str]:
        return {row.content_hash for row in self._rows.values()}

    def found(self) -> list[Known]:
        return [_to_known(row, self._keys[row.id]) for row in self._rows.values()]


def _to_known(row: AnyRow, keys: Iterable[str]) -> Known:
    return Known(
        id=row.id,
        keys=frozenset(keys),
        address=row.canonical_url,
        title=row.title,
        content_hash=row.content_hash,
        first_seen_at=row.first_seen_at,
        published_at=row.published_at if row.date_source == DateSource.PUBLISHER else None,
    )
