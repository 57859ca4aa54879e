"""Items: entries of feeds, as published."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DateSource(StrEnum):
    """Where an item's date comes from."""

    PUBLISHER = "publisher"  # the feed gave it, and it is believable
    FIRST_SEEN = "first_seen"  # the feed gave none, or an absurd one: when we first saw the item


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One entry as read from a feed document, cleaned and bounded, not yet stored.

    Attributes:
        key: What makes it the same item next time, unique within the feed: from the GUID, else
            the canonical URL, else title and text.
        url: Where to read it, http or https; None when the entry has no usable link.
        canonical_url: `url` without scheme, www, tracking parameters, fragment and trailing
            slash, for comparison only; None without url.
        title: Plain text, one line, may be empty when the summary is not.
        summary: Plain text, one line, may be empty.
        language: BCP 47 tag from the document; None when not said.
        published_at: As the publisher says, believable and not in the future; None otherwise.
        content_hash: SHA-256 hex of title and summary, for telling revisions.
    """

    key: str
    url: str | None
    canonical_url: str | None
    title: str
    summary: str
    language: str | None
    published_at: datetime | None
    content_hash: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A stored item, at its newest revision.

    Attributes:
        outlet: The feed's title, for people.
        key: See `Entry.key`.
        revision: 1 for the first text seen, 2 after the first edit, and so on.
        url: See `Entry.url`.
        published_at: The publisher's date, else when we first saw it; see `date_source`.
        backlog: True when it is older than our first fetch: stored and matched, but not news.
        changed_at: When we last saw an edit that turned it into other news; None without one.
        language: See `Entry.language`.
    """

    id: int
    feed_id: int
    outlet: str
    key: str
    revision: int
    url: str | None
    title: str
    summary: str
    published_at: datetime
    date_source: DateSource
    first_seen_at: datetime
    backlog: bool = False
    changed_at: datetime | None = None
    language: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemText:
    """What matching reads of an item, stored or not.

    `id` is any name by which the caller knows it, `source` the outlet; None stands for unknown.
    """

    id: str
    title: str
    summary: str = ""
    source: str | None = None
    published_at: datetime | None = None
