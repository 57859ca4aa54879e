"""From what a document says to clean, bounded entries; the same for every feed format."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from bot.domain.item import Entry
from bot.domain.text import MAX_SUMMARY, MAX_TITLE, language_tag, plain_text
from bot.domain.urls import PLAIN, clean_link
from bot.ingest.formats.dates import believable, parse_date
from bot.ingest.formats.polling_hints import Hints

# MERGED identity: What makes an item the same item next time; pure rules.
#
# A feed's own id (GUID) comes first, else the canonical url, else title and text. Neither date
# nor
# title alone ever decides, because publishers edit both. The second check, canonical url together
# with the title within a month, is the ledger's: it holds the earlier items.


_MAX_KEY: Final = 300
_IN_NAMES: Final = "!$&'()*+,;=:@-._~"  # what needs no encoding in a path (RFC 3986, 3.3)
_TRACKING_PREFIXES = ("utm_", "mtm_", "pk_", "piwik_", "hsa_", "at_campaign", "at_medium")
_TRACKING = frozenset({
    "fbclid", "gclid", "gclsrc", "dclid", "wbraid", "gbraid", "msclkid", "yclid", "twclid",
    "ttclid", "igshid", "igsh", "mc_cid", "mc_eid", "_hsenc", "_hsmi", "mkt_tok", "oly_anon_id",
    "oly_enc_id", "vero_id", "wickedid", "soc_src", "soc_trk", "ns_mchannel", "ns_source",
    "ns_campaign", "ns_linkname", "ns_fee", "cmpid", "cmp", "ocid", "xtor", "smid", "ftag",
    "_ga", "_gl", "sr_share", "taid", "sref", "srnd", "guccounter", "spm", "ref_src", "ref_url",
    "ito", "cid_source", "wt.mc_id", "wt_mc", "s_cid", "icid", "feedtype", "feedname", "sh_kit",
})  # fmt: skip
_SHARED_QUERY = re.compile(r"[\w.~%+-]+=[^&]*")
_WWW = re.compile(r"^(www[0-9]?|m|amp)\.(?=[^.]+\.)")


def canonical_url(url: str) -> str | None:
    """The address for comparison only: equal for addresses that are the same article.

    Left out are scheme, `www.`, `m.` and `amp.` before the host, default port, credentials,
    fragment, trailing slash and parameters that only track readers; parameters are sorted and
    percent-encoding is made uniform. None when it is no address of a host.

    >>> canonical_url("http://www.Example.org/a/?utm_source=x&id=7#top")
    'example.org/a?id=7'
    """
    parts = _split(url.strip())
    if parts is None or not (name := parts.host.rstrip(".")):
        return None
    host = f"{_WWW.sub('', _ascii_host(name))}{parts.port}"
    path = _uniform(re.sub(r"/{2,}", "/", parts.path)).rstrip("/")
    query = _query(parts.query)
    return f"{host}{path}?{query}" if query else f"{host}{path}"


class _Parts(NamedTuple):
    """An address in parts; `port` begins with a colon, and is empty for the usual ones."""

    host: str
    port: str
    path: str
    query: str
    fragment: str


def _split(url: str) -> _Parts | None:
    """The parts of an address; None when it is none."""
    if plain := PLAIN.fullmatch(url):
        host, path, query, fragment = plain.groups("")
        return _Parts(host, "", path, query, fragment)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    port_text = "" if port in {None, 80, 443} else f":{port}"
    return _Parts(host, port_text, parts.path, parts.query, parts.fragment)


def _ascii_host(host: str) -> str:
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _uniform(path: str) -> str:
    """Percent-encoding written in one way: `%7E` and `~`, `é` and `%C3%A9` become equal.

    An encoded slash stays encoded: it is part of a name.
    """
    if "%" not in path and path.isascii():
        return path
    return "/".join(
        quote(unquote(segment, errors="surrogateescape"), safe=_IN_NAMES, errors="surrogateescape")
        for segment in path.split("/")
    )


def _query(query: str) -> str:
    if not _SHARED_QUERY.match(query):
        return query  # empty, or not made of name=value: kept as it is
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="replace", max_num_fields=100)
    except ValueError:
        return query
    return urlencode(sorted(pair for pair in pairs if not _tracks(pair[0].lower())))


def _tracks(name: str) -> bool:
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


def entry_key(*, guid: str | None, canonical: str | None, title: str, summary: str) -> str:
    """What makes an entry the same one next time, within its feed; at most 300 characters.

    A GUID that is an address counts without scheme and `www.`, since sites move to https; its
    fragment stays, because RSS items may differ in nothing else.
    """
    guid = " ".join((guid or "").split())
    if guid:
        return _bounded("id", _guid_address(guid) or guid)
    if canonical:
        return _bounded("url", canonical)
    return f"text:{content_hash(title, summary)}"


def _guid_address(guid: str) -> str | None:
    if not guid[:8].lower().startswith(("http://", "https://")):
        return None
    parts = _split(guid)
    if parts is None or not parts.host:
        return None
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{_WWW.sub('', parts.host)}{parts.port}{parts.path}{query}{fragment}"


def _bounded(kind: str, value: str) -> str:
    key = f"{kind}:{value}"
    if len(key) <= _MAX_KEY and key.isprintable():
        return key
    return f"{kind}-sha256:{hashlib.sha256(value.encode('utf-8', 'replace')).hexdigest()}"


def content_hash(title: str, summary: str) -> str:
    """SHA-256, hex, of an entry's text: a different one is a revision."""
    return hashlib.sha256(f"{title}\n{summary}".encode("utf-8", "replace")).hexdigest()


def normalised_title(title: str) -> str:
    """The title for comparison: case, accents, punctuation and blanks do not matter.

    >>> normalised_title("“Peace” at last – again!") == normalised_title("Peace at last, again")
    True
    """
    letters = unicodedata.normalize("NFKD", title).casefold()
    kept = (c if c.isalnum() else " " for c in letters if not unicodedata.combining(c))
    return " ".join("".join(kept).split())


def told_apart(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries of one document with keys that are unique in it, in the same order.

    Where several entries share a key (some feeds give all items the same GUID), the canonical url
    is added to it, and where that is shared too, the title (without one, the text), and for entries
    without a GUID the text. Entries that are then still the same are one item twice: the newest
    stays, or the first without dates.
    """
    entries = _extended(entries, lambda entry: entry.canonical_url or "")
    entries = _extended(entries, lambda entry: normalised_title(entry.title) or entry.summary)
    entries = _extended(entries, lambda entry: entry.content_hash if _is_by_url(entry) else "")
    best: dict[str, Entry] = {}
    for entry in entries:
        other = best.get(entry.key)
        if other is None or _newer(entry, other):
            best[entry.key] = entry
    return tuple(entry for entry in entries if best[entry.key] is entry)


def _is_by_url(entry: Entry) -> bool:
    return entry.key.startswith(("url", "and:url"))


def _newer(entry: Entry, other: Entry) -> bool:
    return (
        entry.published_at is not None
        and other.published_at is not None
        and entry.published_at > other.published_at
    )


def _extended(entries: Sequence[Entry], more: Callable[[Entry], str]) -> list[Entry]:
    """The entries; `more` is added to a key that entries with different `more` share."""
    times = Counter(entry.key for entry in entries)
    if len(times) == len(entries):
        return list(entries)
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

    `whole` is False when it breaks off; see `bot.ingest.formats.feedparser`.
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
