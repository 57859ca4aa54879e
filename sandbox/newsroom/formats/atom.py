"""Atom 1.0 (RFC 4287), with HTML summaries or with XHTML content."""

from html import escape
from xml.etree import ElementTree as ET

from sandbox.newsroom.formats.xml import ATOM, XHTML, child, plain, rfc3339, serialize
from sandbox.newsroom.publication import Channel, FeedEntry


def render_atom(channel: Channel) -> bytes:
    """Atom with the summary as escaped HTML."""
    feed = _feed(channel)
    for entry in channel.entries:
        element = _entry(feed, entry, channel.outlet.time_zone)
        child(element, "summary", f"<p>{escape(plain(entry.summary))}</p>", type="html")
    return serialize(feed)


def render_atom_xhtml(channel: Channel) -> bytes:
    """Atom with a plain summary and the text again as XHTML content."""
    feed = _feed(channel)
    for entry in channel.entries:
        element = _entry(feed, entry, channel.outlet.time_zone)
        child(element, "summary", entry.summary)
        content = child(element, "content", type="xhtml")
        body = child(content, "div", xmlns=XHTML)
        child(body, "p", entry.summary)
    return serialize(feed)


def _feed(channel: Channel) -> ET.Element:
    outlet = channel.outlet
    feed = ET.Element("feed", {"xmlns": ATOM, "xml:lang": outlet.language})
    child(feed, "id", f"urn:newsroom:{outlet.id}")
    child(feed, "title", outlet.title)
    child(feed, "subtitle", outlet.description)
    child(feed, "updated", rfc3339(channel.updated_at, outlet.time_zone))
    child(feed, "link", rel="self", type="application/atom+xml", href=channel.feed_url)
    child(feed, "link", rel="alternate", type="text/html", href=channel.home_url)
    child(child(feed, "author"), "name", outlet.title)
    return feed


def _entry(feed: ET.Element, entry: FeedEntry, zone: str) -> ET.Element:
    element = child(feed, "entry")
    child(element, "id", entry.guid)
    child(element, "title", entry.title)
    child(element, "link", rel="alternate", type="text/html", href=entry.url)
    child(element, "published", rfc3339(entry.published_at, zone))
    child(element, "updated", rfc3339(entry.updated_at, zone))
    for category in entry.categories:
        child(element, "category", term=category)
    return element
