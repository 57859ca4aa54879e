"""What the XML formats share: text that XML can hold, elements, dates, serialization.

Prefixes are written out (`dc:date`, declared on the root), so that nothing has to be registered
with ElementTree's global table.
"""

import re
from datetime import datetime
from email.utils import format_datetime
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

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
