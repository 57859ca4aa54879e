"""From what a document says to clean, bounded entries; the same for every feed format."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Final

from bot.domain.item import Entry
from bot.ingest.dates import believable, parse_date
from bot.ingest.hints import Hints
from bot.ingest.identity import canonical_url, content_hash, entry_key, told_apart
from bot.ingest.languages import language_tag
from bot.ingest.links import clean_link
from bot.ingest.text import MAX_SUMMARY, MAX_TITLE, plain_text

MAX_ENTRIES: Final = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class RawText:
    """A text as the document gives it, and whether it is markup."""

    text: str = ""
    is_html: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class RawEntry:
    """An entry as the document gives it.

    Attributes:
        guid: The document's own id for it; None without.
        links: Where it may be read, the best first; may be relative or nonsense.
        title: May be empty.
        summary: May be empty.
        dates: Texts of dates, the best first.
        language: As the document says; None without.
    """

    guid: str | None = None
    links: tuple[str, ...] = ()
    title: RawText = field(default_factory=RawText)
    summary: RawText = field(default_factory=RawText)
    dates: tuple[str, ...] = ()
    language: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RawFeed:
    """A document as its format's reader gives it.

    `whole` is False when it breaks off; see `bot.ingest.broken_off`.
    """

    title: RawText
    language: str | None
    site: str | None
    hints: Hints
    entries: tuple[RawEntry, ...]
    whole: bool = True


def clean_entries(raw: RawFeed, *, url: str, now: datetime) -> tuple[Entry, ...]:
    """At most 500 entries, the newest, in the order of the document, with keys unique in it."""
    dated = [(entry, _date(entry, now)) for entry in raw.entries]
    feed_language = language_tag(raw.language)
    entries = [
        _clean(entry, published, url=url, language=feed_language)
        for entry, published in _newest(dated, now)
    ]
    return told_apart(entries)


def _newest(
    dated: Sequence[tuple[RawEntry, datetime | None]], now: datetime
) -> list[tuple[RawEntry, datetime | None]]:
    """The newest, in their order; one without a date may be new, so it counts as such.

    Of too many that are equally new the first stay, or the last in a document that begins with its
    oldest.
    """
    if len(dated) <= MAX_ENTRIES:
        return list(dated)
    sign = 1 if _begins_with_the_oldest([date for _, date in dated if date]) else -1
    ranked = sorted(range(len(dated)), key=lambda i: (dated[i][1] or now, sign * i), reverse=True)
    return [dated[i] for i in sorted(ranked[:MAX_ENTRIES])]


def _begins_with_the_oldest(dates: Sequence[datetime]) -> bool:
    """Whether dates rise more often than they fall; one pinned entry does not turn the order.

    Without dates nothing tells, and most feeds begin with the newest.
    """
    steps = list(pairwise(dates))
    return sum(a < b for a, b in steps) > sum(a > b for a, b in steps)


def _date(raw: RawEntry, now: datetime) -> datetime | None:
    for text in raw.dates:
        if moment := believable(parse_date(text), now=now):
            return moment
    return None


def _clean(raw: RawEntry, published: datetime | None, *, url: str, language: str | None) -> Entry:
    """The entry; one that holds nothing but a picture has neither title nor summary."""
    title = plain_text(raw.title.text, at_most=MAX_TITLE, is_html=raw.title.is_html)
    summary = plain_text(raw.summary.text, at_most=MAX_SUMMARY, is_html=raw.summary.is_html)
    links = (clean_link(link, base=url) for link in raw.links)
    link = next((found for found in links if found), None)
    canonical = canonical_url(link) if link else None
    return Entry(
        key=entry_key(
            guid=raw.guid,
            canonical=canonical,
            title=title or raw.title.text,
            summary=summary or raw.summary.text,
        ),
        url=link,
        canonical_url=canonical,
        title=title,
        summary=summary,
        language=language_tag(raw.language) or language,
        published_at=published,
        content_hash=content_hash(title, summary),
    )
