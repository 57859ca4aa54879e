"""RSS 1.0 (https://web.resource.org/rss/1.0/spec): RDF, with Dublin Core for dates and tags.

An item is named by its address (`rdf:about` equals its link); GUIDs have no place here.
"""

from xml.etree import ElementTree as ET

from sandbox.newsroom.formats.xml import DC, RDF, RSS1, child, plain, rfc3339, serialize
from sandbox.newsroom.publication import Channel


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
