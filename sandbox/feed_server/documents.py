"""Feed documents: one pure function for each format, from a channel to bytes.

Prefixes are written out (`dc:date`, declared on the root), so that nothing has to be registered
with ElementTree's global table.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from sandbox.feed_server.model import FeedFormat
from sandbox.feed_server.publication import Channel, FeedEntry

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RSS1 = "http://purl.org/rss/1.0/"
XHTML = "http://www.w3.org/1999/xhtml"

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain(text: str) -> str:
    """The text on one line, without what XML 1.0 cannot hold (section 2.2: Char)."""
    return " ".join(_NOT_XML.sub("", text).split())


def child(parent: ET.Element, tag: str, text: str | None = None, **attributes: str) -> ET.Element:
    """A new last child of `parent`; its text is made plain."""
    element = ET.SubElement(parent, tag, {name: plain(value) for name, value in attributes.items()})
    if text is not None:
        element.text = plain(text)
    return element


def serialize(root: ET.Element, encoding: str = "utf-8") -> bytes:
    """The document with its declaration; what `encoding` lacks becomes a character reference."""
    ET.indent(root, space="  ")
    declared = f'<?xml version="1.0" encoding="{encoding}"?>\n'
    text = ET.tostring(root, encoding="unicode")
    return f"{declared}{text}\n".encode(encoding, "xmlcharrefreplace")


def rfc822(moment: datetime, zone: str, label: str | None = None) -> str:
    """`Fri, 27 Jul 2018 12:40:00 +0900`, or with the label in place of the offset."""
    text = format_datetime(moment.astimezone(ZoneInfo(zone)))
    return text if label is None else f"{text.rsplit(' ', 1)[0]} {label}"


def rfc3339(moment: datetime, zone: str) -> str:
    """`2018-07-27T12:40:00+09:00`."""
    return moment.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")


# What the RSS 0.92 feed is written in.
OLD_ENCODING = "iso-8859-1"


def render_rss(channel: Channel) -> bytes:
    """RSS 2.0: title, link, summary, date, a GUID that is no link, categories."""
    root = ET.Element("rss", {"version": "2.0", "xmlns:atom": ATOM})
    head = _rss_head(root, channel)
    child(head, "ttl", "30")
    child(head, "atom:link", rel="self", href=channel.feed_url, type="application/rss+xml")
    for entry in channel.entries:
        item = _rss_item(head, entry, summary=entry.summary)
        child(item, "guid", entry.guid, isPermaLink="false")
        child(item, "pubDate", rfc822(entry.published_at, channel.outlet.time_zone))
    return serialize(root)


def render_rss_full(channel: Channel) -> bytes:
    """RSS 2.0 as blogs have it: escaped HTML in the description, CDATA in content:encoded."""
    root = ET.Element(
        "rss", {"version": "2.0", "xmlns:atom": ATOM, "xmlns:content": CONTENT, "xmlns:dc": DC}
    )
    head = _rss_head(root, channel)
    child(head, "atom:link", rel="self", href=channel.feed_url, type="application/rss+xml")
    for number, entry in enumerate(channel.entries):
        item = _rss_item(head, entry, summary=f"<p>{escape(plain(entry.summary))}</p>")
        child(item, "guid", entry.guid, isPermaLink="false")
        child(item, "pubDate", rfc822(entry.published_at, channel.outlet.time_zone))
        child(item, "dc:creator", f"{channel.outlet.title} desk")
        child(item, "content:encoded", f"section {number}")
    document = serialize(root)
    for number, entry in enumerate(channel.entries):
        document = _with_cdata(document, number, _body(entry))
    return document


def render_rss_old(channel: Channel) -> bytes:
    """RSS 0.92 in ISO 8859-1: items have no ids but their links, zones may be names."""
    outlet = channel.outlet
    root = ET.Element("rss", {"version": "0.92"})
    head = _rss_head(root, channel)
    for entry in channel.entries:
        item = _rss_item(head, entry, summary=entry.summary)
        child(item, "pubDate", rfc822(entry.published_at, outlet.time_zone, outlet.zone_label))
    return serialize(root, OLD_ENCODING)


def _rss_head(root: ET.Element, channel: Channel) -> ET.Element:
    outlet = channel.outlet
    head = child(root, "channel")
    child(head, "title", outlet.title)
    child(head, "link", channel.home_url)
    child(head, "description", outlet.description)
    child(head, "language", outlet.language)
    built = rfc822(channel.updated_at, outlet.time_zone, outlet.zone_label)
    child(head, "lastBuildDate", built)
    return head


def _rss_item(head: ET.Element, entry: FeedEntry, *, summary: str) -> ET.Element:
    item = child(head, "item")
    child(item, "title", entry.title)
    child(item, "link", entry.url)
    child(item, "description", summary)
    for category in entry.categories:
        child(item, "category", category)
    return item


def _body(entry: FeedEntry) -> str:
    link = escape(plain(entry.url))
    return f'<p>{escape(plain(entry.summary))}</p>\n<p><a href="{link}">Read the report</a></p>'


def _with_cdata(document: bytes, number: int, html: str) -> bytes:
    """The document with one content:encoded as a CDATA section, which ElementTree cannot write.

    No text of an item can look like the element that is replaced, for its `<` is escaped.
    """
    section = html.replace("]]>", "]]]]><![CDATA[>")
    return document.replace(
        f"<content:encoded>section {number}</content:encoded>".encode(),
        f"<content:encoded><![CDATA[{section}]]></content:encoded>".encode(),
        1,
    )


def render_rdf(channel: Channel) -> bytes:
    """The channel with its table of contents, then the items beside it."""
    outlet = channel.outlet
    root = ET.Element("rdf:RDF", {"xmlns:rdf": RDF, "xmlns": RSS1, "xmlns:dc": DC})
    head = child(root, "channel", **{"rdf:about": channel.feed_url})
    child(head, "title", outlet.title)
    child(head, "link", channel.home_url)
    child(head, "description", outlet.description)
    child(head, "dc:language", outlet.language)
    child(head, "dc:date", rfc3339(channel.updated_at, outlet.time_zone))
    contents = child(child(head, "items"), "rdf:Seq")
    for entry in channel.entries:
        child(contents, "rdf:li", **{"rdf:resource": plain(entry.url)})
        item = child(root, "item", **{"rdf:about": entry.url})
        child(item, "title", entry.title)
        child(item, "link", entry.url)
        child(item, "description", entry.summary)
        child(item, "dc:date", rfc3339(entry.published_at, outlet.time_zone))
        for category in entry.categories:
            child(item, "dc:subject", category)
    return serialize(root)


def render_atom(channel: Channel) -> bytes:
    """Atom with the summary as escaped HTML."""
    feed = _atom_feed(channel)
    for entry in channel.entries:
        element = _atom_entry(feed, entry, channel.outlet.time_zone)
        child(element, "summary", f"<p>{escape(plain(entry.summary))}</p>", type="html")
    return serialize(feed)


def render_atom_xhtml(channel: Channel) -> bytes:
    """Atom with a plain summary and the text again as XHTML content."""
    feed = _atom_feed(channel)
    for entry in channel.entries:
        element = _atom_entry(feed, entry, channel.outlet.time_zone)
        child(element, "summary", entry.summary)
        content = child(element, "content", type="xhtml")
        body = child(content, "div", xmlns=XHTML)
        child(body, "p", entry.summary)
    return serialize(feed)


def _atom_feed(channel: Channel) -> ET.Element:
    outlet = channel.outlet
    feed = ET.Element("feed", {"xmlns": ATOM, "xml:lang": outlet.language})
    child(feed, "id", f"urn:outlet:{outlet.id}")
    child(feed, "title", outlet.title)
    child(feed, "subtitle", outlet.description)
    child(feed, "updated", rfc3339(channel.updated_at, outlet.time_zone))
    child(feed, "link", rel="self", type="application/atom+xml", href=channel.feed_url)
    child(feed, "link", rel="alternate", type="text/html", href=channel.home_url)
    child(child(feed, "author"), "name", outlet.title)
    return feed


def _atom_entry(feed: ET.Element, entry: FeedEntry, zone: str) -> ET.Element:
    element = child(feed, "entry")
    child(element, "id", entry.guid)
    child(element, "title", entry.title)
    child(element, "link", rel="alternate", type="text/html", href=entry.url)
    child(element, "published", rfc3339(entry.published_at, zone))
    child(element, "updated", rfc3339(entry.updated_at, zone))
    for category in entry.categories:
        child(element, "category", term=category)
    return element


def render_json(channel: Channel) -> bytes:
    """The feed as one JSON object, UTF-8."""
    outlet = channel.outlet
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": plain(outlet.title),
        "home_page_url": channel.home_url,
        "feed_url": channel.feed_url,
        "description": plain(outlet.description),
        "language": outlet.language,
        "authors": [{"name": plain(outlet.title)}],
        "items": [_json_item(entry, outlet.time_zone) for entry in channel.entries],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _json_item(entry: FeedEntry, zone: str) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": plain(entry.guid),
        "url": plain(entry.url),
        "title": plain(entry.title),
        "summary": plain(entry.summary),
        "content_text": plain(entry.summary),
        "date_published": rfc3339(entry.published_at, zone),
    }
    if entry.updated_at > entry.published_at:
        item["date_modified"] = rfc3339(entry.updated_at, zone)
    if entry.categories:
        item["tags"] = [plain(category) for category in entry.categories]
    return item


@dataclass(frozen=True, kw_only=True, slots=True)
class Renderer:
    """How a format is written.

    Attributes:
        media_type: What the document is served as, without parameters.
        render: Gives the document's bytes.
        charset: What the bytes are in; None where the media type has no such parameter.
        link_type: What pages call it in `<link rel="alternate">`; None for the media type.
    """

    media_type: str
    render: Callable[[Channel], bytes]
    charset: str | None = "utf-8"
    link_type: str | None = None

    @property
    def content_type(self) -> str:
        """The value of the Content-Type header field."""
        if self.charset is None:
            return self.media_type
        return f"{self.media_type}; charset={self.charset}"


# The renderer of every format.
RENDERERS: Mapping[FeedFormat, Renderer] = MappingProxyType(
    {
        FeedFormat.RSS: Renderer(media_type="application/rss+xml", render=render_rss),
        FeedFormat.RSS_FULL: Renderer(media_type="application/rss+xml", render=render_rss_full),
        FeedFormat.RSS_OLD: Renderer(
            media_type="text/xml",
            render=render_rss_old,
            charset=OLD_ENCODING,
            link_type="application/rss+xml",
        ),
        FeedFormat.ATOM: Renderer(media_type="application/atom+xml", render=render_atom),
        FeedFormat.ATOM_XHTML: Renderer(
            media_type="application/atom+xml", render=render_atom_xhtml
        ),
        FeedFormat.RDF: Renderer(media_type="application/rdf+xml", render=render_rdf),
        FeedFormat.JSON: Renderer(
            media_type="application/feed+json", render=render_json, charset=None
        ),
    }
)
