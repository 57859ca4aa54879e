"""From what a document says to clean, bounded entries and hints; the same for every format.

A format's reader gives a `RawFeed`; `clean_entries` makes plain text, absolute links and believable
dates of it, and gives each entry its key, which makes it the same item next time. A feed's own id
(GUID) comes first, else the canonical URL, else title and text. Neither date nor title alone ever
decides, because publishers edit both. What the ledger holds is compared in
`bot.ledger.items.identity`.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from bot.domain.feed import LONGEST_WAIT, FeedHints
from bot.domain.item import Entry
from bot.domain.text import MAX_SUMMARY, MAX_TITLE, language_tag, plain_text
from bot.domain.urls import canonical_url, clean_link, guid_address
from bot.ingest.formats.dates import believable, parse_date

MAX_ENTRIES: Final = 500
_MAX_KEY: Final = 300
_BARE_ID: Final = re.compile(r"[\w-]+")
# What programs that make feeds put in the place of news when they fail: RSS-Bridge, CSS2RSS and
# Feed43, Nitter, Google News.
_ERROR: Final = re.compile(
    r"Bridge returned error -?\w+!.{0,40}|ERROR(?: page)?:.*|RSS reader not yet whitelist(?:ed)?!?"
    r"|This feed is not available\.|This RSS feed URL is deprecated\b.*"
)
# PHP writes it wherever it stands when something fails.
_PHP_MESSAGE: Final = re.compile(
    r"(?:PHP )?(?:Warning|Notice|Deprecated|Strict Standards|Parse error"
    r"|(?:(?:Recoverable|Catchable) f|F)atal error): .{1,600}?"
    r" in (?=\S{0,300}[/\\])\S{1,400}\.(?:php\d?|inc|phtml|tpl)"
    r"(?:\(\d{1,6}\) ?: [\w '()]{1,40})? on line \d{1,6}"
)
# Polling hints: ttl, skipHours and skipDays of RSS 2.0 (hours in GMT), updatePeriod and
# updateFrequency of the syndication module of RSS 1.0.
_PERIODS: Final = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS: Final = 24  # some write 24 for midnight
_HEAD_BYTES: Final = 64 * 1024
_SKIP_HOURS = re.compile(rb"<skipHours\b[^>]{0,100}>([^$]{0,4000}?)</skipHours", re.IGNORECASE)
_SKIP_DAYS = re.compile(rb"<skipDays\b[^>]{0,100}>([^$]{0,4000}?)</skipDays", re.IGNORECASE)
_HOUR = re.compile(rb"<hour>\s{0,20}([0-9]{1,2})\s{0,20}</hour>", re.IGNORECASE)
_DAY = re.compile(rb"<day>\s{0,20}([A-Za-z]{6,9})\s{0,20}</day>", re.IGNORECASE)


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
    """A document as its format's reader gives it; `whole` is False when it breaks off."""

    title: RawText
    language: str | None
    site: str | None
    hints: FeedHints
    entries: tuple[RawEntry, ...]
    whole: bool = True


def polling_hints(
    *, ttl: str | None, period: str | None, frequency: str | None, body: bytes
) -> FeedHints:
    """The polling hints of an XML document; what is not understood is left out.

    Where hours or days are skipped altogether the lists are nonsense and left out too.
    """
    waits = []
    if re.fullmatch(r"[1-9][0-9]{0,5}", ttl := (ttl or "").strip()):
        waits.append(timedelta(minutes=int(ttl)))
    if length := _PERIODS.get((period or "").strip().lower()):
        times = (frequency or "1").strip()
        is_number = re.fullmatch(r"[1-9][0-9]{0,3}", times)
        waits.append(length / int(times) if is_number else length)
    head = body[:_HEAD_BYTES]
    in_hours, in_days = _SKIP_HOURS.search(head), _SKIP_DAYS.search(head)
    numbers = map(int, _HOUR.findall(in_hours[1]) if in_hours else ())
    hours = frozenset(number % _HOURS for number in numbers if number <= _HOURS)
    names = (name.decode().lower() for name in (_DAY.findall(in_days[1]) if in_days else ()))
    days = frozenset(_DAYS.index(name) for name in names if name in _DAYS)
    return FeedHints(
        every=min(max(waits), LONGEST_WAIT) if waits else None,
        skip_hours=hours if len(hours) < _HOURS else frozenset(),
        skip_days=days if len(days) < len(_DAYS) else frozenset(),
    )


def entry_key(*, guid: str | None, canonical: str | None, title: str, summary: str) -> str:
    """What makes an entry the same one next time, within its feed; at most 300 characters.

    A GUID that is an address counts without scheme and `www.`, since sites move to https.
    """
    guid = " ".join((guid or "").split())
    if guid:
        return _bounded("id", guid_address(guid) or guid)
    if canonical:
        return _bounded("url", canonical)
    return f"text:{content_hash(title, summary)}"


def _bounded(kind: str, value: str) -> str:
    key = f"{kind}:{value}"
    if len(key) <= _MAX_KEY and key.isprintable():
        return key
    return f"{kind}-sha256:{hashlib.sha256(value.encode('utf-8', 'replace')).hexdigest()}"


def content_hash(title: str, summary: str) -> str:
    """SHA-256, hex, of an entry's text: a different one is a revision."""
    return hashlib.sha256(f"{title}\n{summary}".encode("utf-8", "replace")).hexdigest()


def normalised_title(title: str) -> str:
    """The title for comparison; case, accents, punctuation and blanks do not matter.

    >>> normalised_title("“Peace” at last – again!") == normalised_title("Peace at last, again")
    True
    """
    letters = unicodedata.normalize("NFKD", title).casefold()
    kept = (c if c.isalnum() else " " for c in letters if not unicodedata.combining(c))
    return " ".join("".join(kept).split())


def dedupe_keys(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries of one document with keys that are unique in it, in the same order.

    Where several entries share a key (some feeds give all items the same GUID), the canonical url
    is added to it, and where that is shared too, the fragment, then the title (without one, the
    text), and for entries without a GUID the text. Entries that are then still the same are one
    item twice: the newest stays, or the first without dates.
    """
    if len({entry.key for entry in entries}) == len(entries):
        return tuple(entries)
    entries = _lengthened(entries, lambda entry: entry.canonical_url or "")
    entries = _lengthened(entries, lambda entry: (entry.url or "").partition("#")[2])
    entries = _lengthened(entries, lambda entry: normalised_title(entry.title) or entry.summary)
    entries = _lengthened(entries, _text_of_one_without_guid)
    best: dict[str, Entry] = {}
    for entry in entries:
        other = best.setdefault(entry.key, entry)
        if entry.published_at and other.published_at and entry.published_at > other.published_at:
            best[entry.key] = entry
    return tuple(entry for entry in entries if best[entry.key] is entry)


def _text_of_one_without_guid(entry: Entry) -> str:
    return entry.content_hash if entry.key.startswith(("url", "and:url")) else ""


def _lengthened(entries: Sequence[Entry], more: Callable[[Entry], str]) -> list[Entry]:
    """The entries, with `more` added to each key that entries with different `more` share."""
    times = Counter(entry.key for entry in entries)
    variants: dict[str, set[str]] = {}
    for entry in entries:
        if times[entry.key] > 1:
            variants.setdefault(entry.key, set()).add(more(entry))
    return [
        replace(entry, key=_bounded("and", f"{entry.key} {more(entry)}"))
        if len(variants.get(entry.key, ())) > 1
        else entry
        for entry in entries
    ]


def clean_entries(
    raw: RawFeed, *, url: str, now: datetime
) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """At most 500 entries, the newest, in the order of the document, with keys unique in it.

    Beside them the titles of those that are no news, but errors of the program that makes the feed.
    One in which there is nothing at all is no entry. `url` is what relative links are relative to.
    """
    dated = []
    for given in raw.entries:
        dates = (believable(parse_date(text, now=now), now=now) for text in given.dates)
        dated.append((given, next((date for date in dates if date), None)))
    if len(dated) > MAX_ENTRIES:
        dated = _newest(dated, now)
    feed_language = language_tag(raw.language)
    entries, errors = [], []
    for given, published in dated:
        entry = _clean(given, published, url=url, language=feed_language)
        if _ERROR.fullmatch(entry.title):
            errors.append(entry.title)
        elif entry.title or entry.summary:
            entries.append(entry)
        elif said := plain_text(f"{given.title.text} {given.summary.text}", at_most=MAX_TITLE):
            errors.append(said)  # PHP's messages were all of it
        elif entry.url or given.guid or f"{given.title.text}{given.summary.text}".strip():
            entries.append(entry)
    return dedupe_keys(entries), tuple(errors)


def _newest(
    dated: Sequence[tuple[RawEntry, datetime | None]], now: datetime
) -> list[tuple[RawEntry, datetime | None]]:
    """The newest, in their order; one without a date may be new, so it counts as such.

    Of too many that are equally new the first stay, or the last in a document that begins with its
    oldest.
    """
    sign = 1 if _begins_with_the_oldest([date for _, date in dated if date]) else -1
    ranked = sorted(range(len(dated)), key=lambda i: (dated[i][1] or now, sign * i), reverse=True)
    return [dated[i] for i in sorted(ranked[:MAX_ENTRIES])]


def _begins_with_the_oldest(dates: Sequence[datetime]) -> bool:
    """Whether dates rise more often than they fall; one pinned entry does not turn the order.

    Most feeds begin with the newest, so that is taken for true without dates.
    """
    steps = list(pairwise(dates))
    return sum(a < b for a, b in steps) > sum(a > b for a, b in steps)


def _clean(raw: RawEntry, published: datetime | None, *, url: str, language: str | None) -> Entry:
    """The entry; one that holds nothing but a picture has neither title nor summary."""
    title = plain_text(raw.title.text, at_most=MAX_TITLE, is_html=raw.title.is_html)
    summary = plain_text(raw.summary.text, at_most=MAX_SUMMARY, is_html=raw.summary.is_html)
    if " on line " in f"{title} {summary}":
        texts = (_PHP_MESSAGE.sub(" ", text) for text in (title, summary))
        title, summary = (" ".join(text.split()) for text in texts)
    # An id without a word about that it is no address is one only where it looks like one.
    given = (link for link in raw.links if link != raw.guid or not _BARE_ID.fullmatch(link))
    link = next((found for link in given if (found := clean_link(link, base=url))), None)
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
