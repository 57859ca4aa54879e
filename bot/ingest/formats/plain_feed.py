"""RSS 2.0 and Atom documents that are written plainly, read by expat alone.

Most feeds are: well-formed UTF-8 without a document type, each part at most once, no markup
inside texts. For these feedparser's answer can be told in advance, and this reader gives the same
several times faster. Whatever is not on the lists below (another element, a second title, a
relative address, `xml:base`, XHTML) makes it give up, and feedparser reads the document.
"""

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from feedparser.mixin import _FeedParserMixin

from bot.ingest.formats.entries import RawEntry, RawFeed, RawText
from bot.ingest.formats.polling_hints import read_hints

_ATOM: Final = "http://www.w3.org/2005/Atom"
_PREFIXES: Final = {
    "atom": _ATOM,
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "thr": "http://purl.org/rss/1.0/modules/threading/",
    "wfw": "http://wellformedweb.org/commentAPI/",
}
_SHORT: Final = {uri: prefix for prefix, uri in _PREFIXES.items()}
_LANG: Final = "http://www.w3.org/XML/1998/namespace lang"
_UNSETTLING: Final = frozenset({"base", "lang", "http://www.w3.org/XML/1998/namespace base", _LANG})
_TEXT, _PASSED, _LINK, _ENTRY, _CHILDREN = range(5)
_BARE: Final = frozenset({"link", "description", "content:encoded", "pubdate", "language", "ttl"})
"""Texts that have no attributes where they are written plainly."""

# What may stand in what, and how it is taken: its text is kept, or passed over, or ...
_RSS_ROOT: Final = {"channel": _CHILDREN}
_RSS_CHANNEL: Final = {
    **dict.fromkeys(("title", "link", "language", "ttl", "sy:updateperiod", "sy:updatefrequency"),
                    _TEXT),
    **dict.fromkeys(("description", "pubdate", "lastbuilddate", "generator", "docs", "copyright",
                     "category", "managingeditor", "webmaster"), _PASSED),
    "atom:link": _LINK, "item": _ENTRY, "image": _CHILDREN, "skiphours": _CHILDREN,
    "skipdays": _CHILDREN,
}  # fmt: skip
_RSS_ITEM: Final = {
    **dict.fromkeys(("title", "link", "guid", "pubdate", "description", "content:encoded",
                     "feedburner:origlink"), _TEXT),
    **dict.fromkeys(("category", "comments", "author", "dc:creator", "dc:subject",
                     "slash:comments", "wfw:comment", "wfw:commentrss", "thr:total"), _PASSED),
    "enclosure": _LINK,
}  # fmt: skip
_ATOM_FEED: Final = {
    "id": _TEXT, "title": _TEXT, "link": _LINK, "entry": _ENTRY, "author": _CHILDREN,
    **dict.fromkeys(("subtitle", "updated", "generator", "rights", "category"), _PASSED),
}  # fmt: skip
_ATOM_ENTRY: Final = {
    **dict.fromkeys(("id", "title", "summary", "content", "published", "updated"), _TEXT),
    "category": _PASSED, "link": _LINK, "author": _CHILDREN,
}  # fmt: skip
_SMALL: Final = {
    "image": dict.fromkeys(("url", "title", "link", "width", "height"), _PASSED),
    "skiphours": {"hour": _PASSED},
    "skipdays": {"day": _PASSED},
    "author": dict.fromkeys(("name", "uri", "email"), _PASSED),
}

_DECLARATION = re.compile(rb"<\?xml\s[^>]{0,200}?\?>")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([^\"']*)")
_FOREIGN = re.compile(rb"<![DEde]|<\?(?!xml\s)")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9](?:[\w.~:/?#@!$&()*+,=%-]|'(?!$))*", re.ASCII)
_NAME = re.compile(r"[\w.:/?=&#@,+-]+", re.ASCII)
_C1 = re.compile("[\x80-\x9f]")
_TYPES: Final = {"text": False, "text/plain": False, "html": True, "text/html": True}


class _NotPlainError(Exception):
    """Feedparser must read it."""


@dataclass(slots=True)
class _Part:
    """A feed or an entry: the texts of its elements, their attributes, and its links."""

    texts: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, Mapping[str, str]] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)
    link: str | None = None


def read_plain_feed(body: bytes) -> RawFeed | None:
    """What feedparser would say of the document; None when it has to be asked.

    Args:
        body: Bytes that are UTF-8 unless the document says otherwise.
    """
    if not _may_be_plain(body):
        return None
    reader = _Reader()
    try:
        reader.read(body)
        return reader.result(body)
    except (_NotPlainError, expat.ExpatError):
        return None


def _may_be_plain(body: bytes) -> bool:
    if not body.startswith(b"<") or _FOREIGN.search(body):
        return False
    declared = _DECLARATION.match(body)
    encoding = _ENCODING.search(declared[0]) if declared else None
    if encoding is not None and encoding[1].lower() != b"utf-8":
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


class _Reader:
    """Takes the events of one document."""

    def __init__(self) -> None:
        self._is_atom = False
        self._language: str | None = None
        self._feed = _Part()
        self._part = self._feed
        self._entries: list[_Part] = []
        self._levels: list[Mapping[str, int]] = []
        self._names: list[str] = []
        self._pieces: list[str] | None = None

    def read(self, body: bytes) -> None:
        parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartNamespaceDeclHandler = self._namespace
        parser.Parse(body, True)

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        """A well-known prefix must mean what it usually does: feedparser goes by both."""
        if _PREFIXES.get(prefix or "", uri) != uri:
            raise _NotPlainError

    def _text(self, text: str) -> None:
        if self._pieces is not None:
            self._pieces.append(text)

    def _start(self, full_name: str, attributes: dict[str, str]) -> None:
        if not self._levels:
            self._begin(full_name, attributes)
            return
        if attributes and not _UNSETTLING.isdisjoint(attributes):
            raise _NotPlainError
        name = self._short(full_name)
        kind = self._levels[-1].get(name)
        if kind is None:
            raise _NotPlainError
        self._names.append(name)
        level: Mapping[str, int] = {}
        if kind == _TEXT:
            if name in self._part.attributes or (attributes and name in _BARE):
                raise _NotPlainError
            self._part.attributes[name] = attributes
            self._pieces = []
        elif kind == _LINK:
            self._take_link(name, attributes)
        elif kind == _ENTRY:
            self._part = _Part()
            self._entries.append(self._part)
            level = _ATOM_ENTRY if self._is_atom else _RSS_ITEM
        elif kind == _CHILDREN:
            level = _RSS_CHANNEL if name == "channel" else _SMALL[name]
            if attributes:
                raise _NotPlainError
        self._levels.append(level)

    def _begin(self, full_name: str, attributes: dict[str, str]) -> None:
        self._language = attributes.get(_LANG)
        if not (_UNSETTLING - {_LANG}).isdisjoint(attributes):
            raise _NotPlainError
        if full_name == f"{_ATOM} feed" and "version" not in attributes:
            self._is_atom = True
            self._levels.append(_ATOM_FEED)
        elif full_name == "rss" and attributes.get("version", "").startswith("2."):
            self._levels.append(_RSS_ROOT)
        else:
            raise _NotPlainError
        self._names.append("")

    def _short(self, full_name: str) -> str:
        uri, _, local = full_name.rpartition(" ")
        local = local.lower()
        if self._is_atom:
            if uri == _ATOM:
                return local
            if not uri:
                raise _NotPlainError
        return f"{_SHORT.get(uri, '?')}:{local}" if uri else local

    def _end(self, _: str) -> None:
        name = self._names.pop()
        self._levels.pop()
        if self._pieces is not None:
            self._take(name, _mended("".join(self._pieces).strip()))
            self._pieces = None
        elif name in {"item", "entry"}:
            self._part = self._feed
        elif name == "channel":
            self._levels[-1] = {}  # a second one would not be plain

    def _take(self, name: str, text: str) -> None:
        part = self._part
        part.texts[name] = text
        if name == "link":
            part.link = _address(text)
            part.links.append(("alternate", part.link))
        elif name in {"guid", "id"}:
            values = {key.lower(): value for key, value in part.attributes[name].items()}
            is_link = values.get("ispermalink", "true") == "true"
            if is_link:
                if text and not _NAME.fullmatch(text):
                    raise _NotPlainError
                if part.link is None:
                    part.link = text

    def _take_link(self, name: str, attributes: dict[str, str]) -> None:
        values = {key.lower(): value for key, value in attributes.items()}
        if not values.keys() <= {"rel", "type", "href", "title", "length", "hreflang", "url"}:
            raise _NotPlainError
        address = _address(values.get("url" if name == "enclosure" else "href", ""))
        rel = values.get("rel", "alternate").lower()
        if name == "enclosure":
            if "href" in values or "rel" in values:
                raise _NotPlainError
            rel = "enclosure"
        elif "url" in values or not address or (name == "atom:link" and rel == "alternate"):
            raise _NotPlainError
        self._part.links.append((rel, address))
        if rel == "alternate":
            kind = values.get("type", "text/html").lower()
            if kind in {"text/html", "html", "application/xhtml+xml", "xhtml"}:
                self._part.link = address

    def result(self, body: bytes) -> RawFeed:
        texts = self._feed.texts
        language = None if self._language is None else self._language.replace("_", "-")
        said = texts.get("language", language or None)
        # What the root element hands down is no word of the entries where the document has one.
        handed = None if said and "title" in texts else language or None
        return RawFeed(
            title=self._title(self._feed),
            language=said,
            site=self._feed.link,
            hints=read_hints(
                ttl=texts.get("ttl"),
                period=texts.get("sy:updateperiod"),
                frequency=texts.get("sy:updatefrequency"),
                body=body,
            ),
            entries=tuple(self._entry(part, handed) for part in self._entries),
        )

    def _entry(self, part: _Part, language: str | None) -> RawEntry:
        texts = part.texts
        dates = [texts.get(name) for name in ("pubdate", "published", "updated")]
        return RawEntry(
            guid=texts.get("id", texts.get("guid")),
            links=_links(part),
            title=self._title(part),
            summary=self._summary(part),
            dates=tuple(date for date in dates if date),
            language=language if "title" in texts else None,
        )

    def _title(self, part: _Part) -> RawText:
        text = part.texts.get("title")
        if text is None:
            return RawText()
        if self._is_atom:
            return RawText(text=text, is_html=_is_html(part, "title"))
        if part.attributes["title"]:
            raise _NotPlainError
        marked = ("</" in text or "&" in text) and _FeedParserMixin.looks_like_html(text)
        return RawText(text=text, is_html=marked)

    def _summary(self, part: _Part) -> RawText:
        """The summary, else the content; feedparser takes the content for one."""
        names = ("summary", "content") if self._is_atom else ("description", "content:encoded")
        summary, content = (part.texts.get(name) for name in names)
        if not self._is_atom:
            return RawText(text=summary or content or "")
        given = summary is not None and _is_html(part, "summary")
        of_content = content is not None and _is_html(part, "content")
        if summary:
            return RawText(text=summary, is_html=given)
        if content:
            return RawText(text=content, is_html=True if summary is None else of_content)
        return RawText(text="", is_html=True if summary is None else given)


def _is_html(part: _Part, name: str) -> bool:
    attributes = part.attributes[name]
    kind = _TYPES.get(attributes.get("type", "text").lower())
    if kind is None or not attributes.keys() <= {"type"}:
        raise _NotPlainError
    return kind


def _links(part: _Part) -> tuple[str, ...]:
    kinds = ("alternate", "via", "related", "enclosure")
    ranked = sorted(
        part.links, key=lambda link: kinds.index(link[0]) if link[0] in kinds else len(kinds)
    )
    links = [part.texts.get("feedburner:origlink"), part.link, *(address for _, address in ranked)]
    return tuple(dict.fromkeys(link for link in links if link and link.strip()))


def _address(text: str) -> str:
    """An address that no reader would change; empty stays empty."""
    if text and (not _ADDRESS.fullmatch(text) or ";" in text):
        raise _NotPlainError
    return text


def _mended(text: str) -> str:
    """As feedparser mends texts: UTF-8 that somebody took for Latin-1 and encoded once more."""
    if text.isascii():
        return text
    with contextlib.suppress(UnicodeError):
        text = text.encode("iso-8859-1").decode("utf-8")
    if _C1.search(text):
        raise _NotPlainError
    return text
