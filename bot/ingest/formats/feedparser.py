"""RSS, Atom and RDF documents through feedparser, bytes in, raw values out.

feedparser is given bytes only (a string may be taken for a path or an address), and its cleaning
of markup is switched off, because all markup is removed afterwards anyway.

A connection without a length may end anywhere and still look fine, so the end of the root element
marks a whole document; one without it is asked for again. What it holds is kept all the same, as
feedparser finds it, but for a last entry that breaks off: without its link, its id or its date it
would be another article when the whole document comes.
"""

import io
import re
import sys
from html.entities import html5
from typing import Any, Final

import feedparser

from bot.ingest.formats.entries import RawEntry, RawFeed, RawText, polling_hints

_ROOT: Final = re.compile(rb"<((?:[\w.-]{1,40}:)?(?:rss|feed|rdf))(?=[\s/>])", re.IGNORECASE)
_ROOT_WITHIN: Final = 64 * 1024
# Where tags are none. A CDATA section that nothing ends is more often a slip than the place where
# the document breaks off, and readers go on behind it.
_UNSEEN: Final = re.compile(rb"<!\[CDATA\[.*?\]\]>|<!--.*?(?:-->|\Z)", re.DOTALL)
_ENTITY: Final = re.compile(rb"<!ENTITY\s[^>]*>?")
_SHORT_ENTITY: Final = re.compile(
    rb"<!ENTITY\s+[\w.:-]{1,100}\s+"
    rb"""(?:"[^"&%]{0,64}"|'[^'&%]{0,64}'|"&#?\w{1,10};"|'&#?\w{1,10};')\s*>"""
)
_CONTROLS: Final = bytes(set(range(0x20)) - set(b"\t\r\n"))
_CDATA: Final = re.compile(rb"(<!\[CDATA\[.*?(?:\]\]>|\Z))", re.DOTALL)
_NUMBER: Final = rb"(?:#(?:[0-9]{1,7}|[xX][0-9a-fA-F]{1,6});)"
_NAME: Final = rb"(?:([A-Za-z_][\w.:-]{0,63});)"
_BARE_AMPERSAND: Final = re.compile(rb"&(?!%b|%b)" % (_NUMBER, _NAME))
# Other than the five that XML has.
_REFERENCE: Final = re.compile(rb"((?:&%b)+)|&(?!(?:amp|lt|gt|quot|apos);)%b" % (_NUMBER, _NAME))
_NO_XML: Final = re.compile("[^\t\r\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DATE_KEYS: Final = ("published", "updated", "created")


class TangledError(ValueError):
    """The document is tangled so that its parser itself breaks."""


def read_xml_feed(body: bytes) -> RawFeed | None:
    """What feedparser makes of the document, in UTF-8; None when it is no feed."""
    document, whole = whole_part(mended(harmless(body)))
    parsed = _parsed(document)
    if not parsed.get("version") and not parsed.entries:
        return None
    feed = parsed.feed
    # The language of the document counts more than what its root element hands down to titles.
    inherited = _detail(feed, "title").get("language") if _string(feed, "language") else None
    return RawFeed(
        title=_text(feed, "title"),
        language=_string(feed, "language"),
        site=_string(feed, "link"),
        hints=polling_hints(
            ttl=_string(feed, "ttl"),
            period=_string(feed, "sy_updateperiod"),
            frequency=_string(feed, "sy_updatefrequency"),
            body=body,
        ),
        entries=tuple(_entry(entry, inherited) for entry in parsed.entries),
        whole=whole,
    )


def _parsed(document: bytes) -> Any:  # noqa: ANN401 - feedparser has no types
    """What feedparser gives; `TangledError` for the few documents that it trips over."""
    try:
        return feedparser.parse(
            io.BytesIO(document),
            # No base address is given: relative links are resolved later, and a relative GUID must
            # stay as it is, or all items would be new when the feed moves to another host.
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        # Elements in places where no feed has them: a category's end without its beginning.
        raise TangledError from error


def harmless(body: bytes) -> bytes:
    """The document without entity declarations that could grow, nest or fetch something.

    Short ones stay (some feeds declare `&nbsp;`); one that names others, a file or an address, or
    is longer than 64 bytes, goes, and its references become text. With what is left a document
    cannot grow by more than some twenty times.
    """
    if b"<!ENTITY" not in body:
        return body
    return _ENTITY.sub(lambda m: m[0] if _SHORT_ENTITY.fullmatch(m[0]) else b"", body)


def mended(body: bytes) -> bytes:
    """The document without what no XML parser reads past, outside of CDATA sections.

    A bare ampersand becomes an escaped one, so that `?id=1&lang=en` and `&copy=2` stay what they
    are. A name of HTML (`&nbsp;`) becomes its characters, two halves of one (`&#xD83D;&#xDE00;`)
    become it, and what XML does not allow becomes nothing.
    """
    has_own = b"<!ENTITY" in body

    def one(match: re.Match[bytes]) -> bytes:
        numbers, name = (group.decode("ascii", "replace") for group in match.groups(b""))
        if numbers:
            codes = (
                int(f"0{n}", 0) if n[0] in "xX" else int(n) for n in numbers[2:-1].split(";&#")
            )
            text = "".join(chr(code) for code in codes if code <= sys.maxunicode)
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            return _referred(_NO_XML.sub("", text))
        if has_own:
            return match[0]
        characters = html5.get(f"{name};")
        return _referred(characters) if characters else b"&amp;" + match[0][1:]

    parts = _CDATA.split(body.translate(None, _CONTROLS))
    parts[::2] = [_REFERENCE.sub(one, _BARE_AMPERSAND.sub(b"&amp;", part)) for part in parts[::2]]
    return b"".join(parts)


def _referred(text: str) -> bytes:
    return b"".join(b"&#%d;" % ord(char) for char in text)


def _entry(entry: Any, inherited: str | None) -> RawEntry:  # noqa: ANN401 - feedparser is untyped
    title = _text(entry, "title")
    if not title.text and (of_episode := _string(entry, "itunes_title")):
        title = RawText(text=of_episode)
    language = _detail(entry, "title").get("language")
    return RawEntry(
        guid=_string(entry, "id"),
        links=_links(entry),
        title=title,
        summary=_summary(entry),
        dates=tuple(d for key in _DATE_KEYS if (d := _string(entry, key))),
        language=_string(entry, "language") or (None if language == inherited else language),
    )


def _string(values: Any, key: str) -> str | None:  # noqa: ANN401
    """A text that is really there; feedparser's own look-up guesses some keys from others."""
    value = dict.get(values, key)
    return value if isinstance(value, str) else None


def _detail(values: Any, key: str) -> dict[str, Any]:  # noqa: ANN401
    detail = dict.get(values, f"{key}_detail")
    return detail if isinstance(detail, dict) else {}


def _text(values: Any, key: str) -> RawText:  # noqa: ANN401
    kind = dict.get(_detail(values, key), "type")
    return RawText(text=_string(values, key) or "", is_html=kind != "text/plain")


def _summary(entry: Any) -> RawText:  # noqa: ANN401
    """The summary, else the first content that is text."""
    summary = _text(entry, "summary")
    if summary.text.strip():
        return summary
    for content in dict.get(entry, "content") or ():
        kind, value = str(dict.get(content, "type") or ""), dict.get(content, "value")
        if isinstance(value, str) and value.strip() and (kind.startswith("text/") or "xml" in kind):
            return RawText(text=value, is_html=kind != "text/plain")
    return summary


def _links(entry: Any) -> tuple[str, ...]:  # noqa: ANN401
    """The publisher's own address first (FeedBurner hides it), then the entry's, then others."""
    others = sorted(dict.get(entry, "links") or (), key=_rank)
    links = [
        *(dict.get(entry, key) for key in ("feedburner_origlink", "link")),
        *(dict.get(link, "href") for link in others),
    ]
    return tuple(dict.fromkeys(link for link in links if isinstance(link, str) and link.strip()))


def _rank(link: Any) -> int:  # noqa: ANN401
    """Pages to read come before sources, and those before sound and pictures."""
    kinds = ("alternate", "via", "related", "enclosure")
    kind = dict.get(link, "rel") or "alternate"
    return kinds.index(kind) if kind in kinds else len(kinds)


def whole_part(body: bytes) -> tuple[bytes, bool]:
    """The document, without a last entry that breaks off, and whether it is whole.

    One whose root is none of a feed's counts as whole: nothing is known about its end.

    >>> whole_part(b"<rss><channel><item><title>A</title></item><item><title>B</title><link>http")
    (b'<rss><channel><item><title>A</title></item>', False)
    """
    seen = _UNSEEN.sub(lambda m: b" " * len(m[0]), body)
    root = _ROOT.search(seen, 0, _ROOT_WITHIN)
    if root is None or _ends(root[1], seen) or _is_empty(seen, root.end()):
        return body, True
    prefix, colon, name = root[1].rpartition(b":")
    entry = re.escape(prefix + colon) + b"entry" if name.lower() == b"feed" else b"(?:rss:)?item"
    begun = _last(rb"<" + entry + rb"(?=[\s/>]|\Z)", seen)
    after = _last(rb"</" + entry + rb"\s{0,9}>", seen)
    is_cut = after < begun and not _is_empty(seen, begun)
    return (body[:begun] if is_cut else body), False


def _ends(name: bytes, seen: bytes) -> bool:
    """Whether the element is closed; some servers write more after that."""
    return _last(rb"</" + re.escape(name) + rb"\s{0,9}>", seen) >= 0


def _is_empty(seen: bytes, start: int) -> bool:
    """Whether the tag in which `start` lies also ends its element."""
    end = seen.find(b">", start)
    return end > 0 and seen[end - 1 : end] == b"/"


def _last(pattern: bytes, seen: bytes) -> int:
    """Where the last match begins; -1 without one."""
    begins = -1
    for match in re.finditer(pattern, seen, re.IGNORECASE):
        begins = match.start()
    return begins
