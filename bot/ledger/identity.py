"""Which entries of a fetched document are new items, new texts of old ones, or nothing new.

Rules on values only. An entry is an item that the ledger has

* when the feed has published that item under the entry's key before, else
* when the item's canonical address and title are the entry's (letters' case and blanks aside), it
  was first seen in the last 30 days, and it is not in the document under its own key as well: a
  feed that changes its keys has published it again.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.item import DateSource, Entry
from bot.ledger.columns import storable

SAME_ITEM_WITHIN = timedelta(days=30)
NEWS_ON_FIRST_FETCH = timedelta(hours=24)
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
    """

    id: int
    keys: frozenset[str]
    address: str | None
    title: str
    content_hash: str
    first_seen_at: datetime


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What to store of a document, in its order.

    Attributes:
        new: What to store as items.
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
    by_key = {key: item for item in known for key in item.keys}
    present = frozenset(sighting.key for sighting in document)
    by_face = _recent_by_face(known, present=present, at=at)
    steps = _Steps()
    for sighting in document:
        item = by_key.get(sighting.key)
        if item is None and by_face:
            item = by_face.pop(_face(sighting.address, sighting.entry.title), None)
            if item is not None:
                steps.renamed.append((item.id, sighting.key))
        steps.take(item, sighting)
    return Plan(new=tuple(steps.new), revised=tuple(steps.revised), renamed=tuple(steps.renamed))


@dataclass(slots=True)
class _Steps:
    """A plan in the making."""

    new: list[Sighting] = field(default_factory=list)
    revised: list[tuple[int, Sighting]] = field(default_factory=list)
    renamed: list[tuple[int, str]] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)

    def take(self, item: Known | None, sighting: Sighting) -> None:
        """Note what the sighting is; an item changes at most once in a document."""
        if item is None:
            self.new.append(sighting)
        elif item.id not in self.taken:
            self.taken.add(item.id)
            if item.content_hash != sighting.entry.content_hash:
                self.revised.append((item.id, sighting))


def _recent_by_face(
    known: Sequence[Known], *, present: frozenset[str], at: datetime
) -> dict[tuple[str, str] | None, Known]:
    """Items seen first in the last 30 days that the document does not hold under their keys."""
    return {
        face: item
        for item in known
        if (face := _face(item.address, item.title)) is not None
        and item.first_seen_at >= at - SAME_ITEM_WITHIN
        and not item.keys & present
    }


def _face(address: str | None, title: str) -> tuple[str, str] | None:
    """By what an item is known without its key; None when that would be too little."""
    normal = normal_title(title)
    return (address, normal) if address and normal else None


def normal_title(title: str) -> str:
    """A title for comparison: compatible forms, case and runs of blanks made one."""
    return " ".join(unicodedata.normalize("NFKC", storable(title)).casefold().split())


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


def is_backlog(entry: Entry, *, first_fetch: bool, at: datetime) -> bool:
    """Whether the entry was there before we came: not news, but stored and matched.

    On a feed's first fetch that is everything but what is dated within the last 24 hours.
    """
    if not first_fetch:
        return False
    return entry.published_at is None or entry.published_at <= at - NEWS_ON_FIRST_FETCH
