"""RSS 2.0 and Atom documents that are written plainly, read by expat alone.

Most feeds are: well-formed, without a document type, each part at most once, no markup inside
texts. What feedparser says of these is known in advance, and this reader says the same in a sixth
of the time. What is not in the tables below (another element, a second title, a relative address,
`xml:base`, XHTML) makes it give up, and feedparser reads the document.
"""

import re
from dataclasses import dataclass, field
from typing import Final
from xml.etree import ElementTree as ET

from bot.ingest.formats.entries import RawEntry, RawFeed, RawText, polling_hints

_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_SHORT: Final = {
    _ATOM: "atom:",
    "{http://purl.org/rss/1.0/modules/content/}": "content:",
    "{http://purl.org/dc/elements/1.1/}": "dc:",
    "{http://purl.org/rss/1.0/modules/slash/}": "slash:",
    "{http://purl.org/rss/1.0/modules/syndication/}": "sy:",
    "{http://wellformedweb.org/commentAPI/}": "wfw:",
}
_XML: Final = "{http://www.w3.org/XML/1998/namespace}"
_UNSETTLING: Final = frozenset({"base", "lang", f"{_XML}base", f"{_XML}lang"})

# The elements that may stand in an element: the text of some is kept, others are passed over.
_TEXT, _PASSED, _LINK, _SMALL, _ENTRY = range(5)
_LEVELS: Final = {
    level: {name: kind for kind, names in enumerate(kinds) for name in names.split()}
    for level, kinds in {
        "channel": (
            "title link language ttl sy:updateperiod sy:updatefrequency",
            ("description pubdate lastbuilddate generator docs copyright category webmaster "
             "managingeditor"), "atom:link", "image skiphours skipdays", "item",
        ),
        "item": (
            "title link guid pubdate description content:encoded",
            "category comments author dc:creator dc:subject slash:comments wfw:commentrss",
        ),
        "feed": (
            "id title", "subtitle updated generator rights category", "link", "author", "entry"
        ),
        "entry": ("id title summary content published updated", "category", "link", "author"),
        "image": ("", "url title link width height"),
        "skiphours": ("", "hour"),
        "skipdays": ("", "day"),
        "author": ("", "name uri email"),
    }.items()
}  # fmt: skip
_BARE: Final = frozenset({"link", "description", "content:encoded", "pubdate", "language", "ttl"})

_FOREIGN = re.compile(rb"<![DEde]|<\?(?!xml\s)")
# One that no reader would change; empty stays empty.
_ADDRESS = re.compile(r"(?:https?://[A-Za-z0-9](?:[\w.~:/?#@!$&()*+,=%-]|'(?!$))*)?", re.ASCII)
_NAME = re.compile(r"[\w.:/?=&#@,+-]*", re.ASCII)
_MARKED = re.compile(r"</\w|&#?\w")  # a title that feedparser may take for markup
_REPAIRED = re.compile("[\x80-\x9f]|[\xc2-\xf4][\x80-\xbf]")  # UTF-8 taken for Latin-1, or may be
_TYPES: Final = {"text": False, "text/plain": False, "html": True, "text/html": True}
_PAGES: Final = frozenset({"text/html", "html", "application/xhtml+xml", "xhtml"})
_LINK_KEYS: Final = frozenset({"rel", "type", "href", "title", "length", "hreflang"})
_RANKS: Final = ("alternate", "via", "related", "enclosure")


class _NotPlainError(Exception):
    """Feedparser must read it."""


def _require(plain: object) -> None:
    if not plain:
        raise _NotPlainError


@dataclass(slots=True)
class _Part:
    """A feed or an entry: the texts of its elements, whether they are markup, and its links."""

    texts: dict[str, str] = field(default_factory=dict)
    is_html: dict[str, bool] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)
    link: str | None = None
    entries: list["_Part"] = field(default_factory=list)

    def text(self, *names: str) -> RawText:
        """The first of some texts that is not empty."""
        name = next((name for name in names if self.texts.get(name)), names[0])
        return RawText(text=self.texts.get(name, ""), is_html=self.is_html.get(name, True))


def read_plain_feed(body: bytes) -> RawFeed | None:
    """What feedparser would say of the document, in UTF-8; None when it has to be asked."""
    if not body.startswith(b"<") or _FOREIGN.search(body):
        return None
    try:
        # Without a document type nothing can grow. What the declaration names was true once.
        root = ET.fromstring(body, parser=ET.XMLParser(encoding="utf-8"))  # noqa: S314
        return _feed(root, body)
    except (_NotPlainError, ET.ParseError):
        return None


def _feed(root: ET.Element, body: bytes) -> RawFeed:
    language = root.attrib.pop(f"{_XML}lang", "").replace("_", "-")
    if root.tag == "rss" and root.get("version", "").startswith("2.") and len(root) == 1:
        feed = _part(root[0], "channel")
        _require(root[0].tag.lower() == "channel" and not root[0].attrib)
    else:
        _require(root.tag == f"{_ATOM}feed" and "version" not in root.attrib)
        feed = _part(root, "feed")
    _require(_UNSETTLING.isdisjoint(root.attrib))
    # Feedparser hands a language down to entries unless the feed has a title.
    texts = feed.texts
    _require(not language or "title" in texts)
    _require(texts.get("language") != "")
    return RawFeed(
        title=feed.text("title"),
        language=texts.get("language", language or None),
        site=feed.link,
        hints=polling_hints(
            ttl=texts.get("ttl"),
            period=texts.get("sy:updateperiod"),
            frequency=texts.get("sy:updatefrequency"),
            body=body,
        ),
        entries=tuple(map(_entry, feed.entries)),
    )


def _entry(part: _Part) -> RawEntry:
    texts = part.texts
    summary = part.text("summary", "description", "content", "content:encoded")
    if "content" in texts and "summary" not in texts:  # feedparser takes it for a summary
        summary = RawText(text=summary.text)
    order = {rel: n for n, rel in enumerate(_RANKS)}
    ranked = sorted(part.links, key=lambda link: order.get(link[0], len(order)))
    links = (part.link, *(address for _, address in ranked))
    return RawEntry(
        guid=texts.get("id", texts.get("guid")),
        links=tuple(dict.fromkeys(link for link in links if link)),
        title=part.text("title"),
        summary=summary,
        dates=tuple(d for n in ("pubdate", "published", "updated") if (d := texts.get(n))),
    )


def _part(element: ET.Element, name: str) -> _Part:
    """What the tables keep of an element, in the order of the document."""
    part, level, is_atom = _Part(), _LEVELS[name], element.tag.startswith(_ATOM)
    for child in element:
        namespace, brace, local = child.tag.rpartition("}")
        prefix = _SHORT.get(namespace + brace, "?:") if brace else ""
        if is_atom:
            _require(prefix)
            prefix = prefix.removeprefix("atom:")
        child_name = prefix + local.lower()
        kind = level.get(child_name)
        _require(kind is not None and _UNSETTLING.isdisjoint(child.attrib))
        if kind == _TEXT:
            _take_text(part, child_name, child, is_atom=is_atom)
        elif kind == _LINK:
            _take_link(part, child_name, child)
        elif kind == _ENTRY:
            part.entries.append(_part(child, child_name))
        elif kind == _SMALL:
            _require(not child.attrib)
            _part(child, child_name)
        _require(kind not in {_TEXT, _PASSED, _LINK} or not len(child))
    return part


def _take_text(part: _Part, name: str, element: ET.Element, *, is_atom: bool) -> None:
    text, attributes = (element.text or "").strip(), element.attrib
    _require(name not in part.texts and not (attributes and name in _BARE))
    _require(text.isascii() or not _REPAIRED.search(text))
    part.texts[name] = text
    if name == "link":
        _require(_ADDRESS.fullmatch(text))
        part.link = text
        part.links.append(("alternate", text))
    elif name in {"guid", "id"}:
        values = {key.lower(): value for key, value in attributes.items()}
        if values.get("ispermalink", "true") == "true":
            _require(_NAME.fullmatch(text))
            part.link = text if part.link is None else part.link
    elif is_atom and name in {"title", "summary", "content"}:
        kind = _TYPES.get(attributes.get("type", "text").lower())
        _require(kind is not None and attributes.keys() <= {"type"})
        part.is_html[name] = bool(kind)
    elif name == "title":
        _require(not attributes and not _MARKED.search(text))
        part.is_html[name] = False


def _take_link(part: _Part, name: str, element: ET.Element) -> None:
    values = {key.lower(): value for key, value in element.attrib.items()}
    address, rel = values.get("href", ""), values.get("rel", "alternate").lower()
    _require(address and _ADDRESS.fullmatch(address))
    _require(values.keys() <= _LINK_KEYS and (name, rel) != ("atom:link", "alternate"))
    part.links.append((rel, address))
    if rel == "alternate" and values.get("type", "text/html").lower() in _PAGES:
        part.link = address
