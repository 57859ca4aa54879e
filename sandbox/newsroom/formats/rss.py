"""RSS 2.0, plain and full, and an old-fashioned RSS 0.92 (https://www.rssboard.org/)."""

from html import escape
from xml.etree import ElementTree as ET

from sandbox.newsroom.formats.xml import ATOM, CONTENT, DC, child, plain, rfc822, serialize
from sandbox.newsroom.publication import Channel, FeedEntry

OLD_ENCODING = "iso-8859-1"
"""What the RSS 0.92 feed is written in."""


def render_rss(channel: Channel) -> bytes:
    """RSS 2.0: title, link, summary, date, a GUID that is no link, categories."""
    root = ET.Element("rss", {"version": "2.0", "xmlns:atom": ATOM})
    head = _head(root, channel)
    child(head, "ttl", "30")
    child(head, "atom:link", rel="self", href=channel.feed_url, type="application/rss+xml")
    for entry in channel.entries:
        item = _item(head, entry, summary=entry.summary)
        child(item, "guid", entry.guid, isPermaLink="false")
        child(item, "pubDate", rfc822(entry.published_at, channel.outlet.time_zone))
    return serialize(root)


def render_rss_full(channel: Channel) -> bytes:
    """RSS 2.0 as blogs have it: escaped HTML in the description, CDATA in content:encoded."""
    root = ET.Element(
        "rss", {"version": "2.0", "xmlns:atom": ATOM, "xmlns:content": CONTENT, "xmlns:dc": DC}
    )
    head = _head(root, channel)
    child(head, "atom:link", rel="self", href=channel.feed_url, type="application/rss+xml")
    for number, entry in enumerate(channel.entries):
        item = _item(head, entry, summary=f"<p>{escape(plain(entry.summary))}</p>")
        child(item, "guid", entry.guid, isPermaLink="false")
        child(item, "pubDate", rfc822(entry.published_at, channel.outlet.time_zone))
        child(item, "dc:creator", f"{channel.outlet.title} newsroom")
        child(item, "content:encoded", f"section {number}")
    document = serialize(root)
    for number, entry in enumerate(channel.entries):
        document = _with_cdata(document, number, _body(entry))
    return document


def render_rss_old(channel: Channel) -> bytes:
    """RSS 0.92 in ISO 8859-1: the link is all that tells items apart, the zone may be a name."""
    outlet = channel.outlet
    root = ET.Element("rss", {"version": "0.92"})
    head = _head(root, channel)
    for entry in channel.entries:
        item = _item(head, entry, summary=entry.summary)
        child(item, "pubDate", rfc822(entry.published_at, outlet.time_zone, outlet.zone_label))
    return serialize(root, OLD_ENCODING)


def _head(root: ET.Element, channel: Channel) -> ET.Element:
    outlet = channel.outlet
    head = child(root, "channel")
    child(head, "title", outlet.title)
    child(head, "link", channel.home_url)
    child(head, "description", outlet.description)
    child(head, "language", outlet.language)
    built = rfc822(channel.updated_at, outlet.time_zone, outlet.zone_label)
    child(head, "lastBuildDate", built)
    return head


def _item(head: ET.Element, entry: FeedEntry, *, summary: str) -> ET.Element:
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
