"""OPML: feed lists from and for other feed readers (https://opml.org/spec2.opml).

The reader takes hostile files: declarations of entities are refused, size, depth and count are
bounded, and every address is checked as in feeds.yaml.

It takes broken files too, as many in use are: what XML refuses is split at its tags and read
attribute by attribute, and a list of addresses without any markup will do. A line that gives no
feed is named, whatever the reason.

What OPML has no place for (weight, interval, whether a feed is paused) stands in attributes of our
own namespace, as OPML 2.0 allows ("Extending OPML"); other feed readers pass them over. They are
read by their usual prefix, as expat gives it.
"""

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from html import unescape
from html.entities import html5
from typing import Any, Final
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from bot.config.feeds_file import (
    LONGEST,
    MAX_FEEDS,
    SHORTEST,
    format_interval,
    parse_interval,
)
from bot.domain.errors import FeedListError, Problem
from bot.domain.feed import Feed, FeedList, FeedSpec
from bot.domain.text import language_tag, one_line, shorten
from bot.domain.urls import same_feed_key, url_problem, web_address

MAX_BYTES: Final = 1024 * 1024
_NAMESPACE: Final = 'xmlns:briefing="urn:summit-briefing-bot:opml"'
_WEIGHT, _EVERY, _ENABLED = "briefing:weight", "briefing:every", "briefing:enabled"
_TRUTHS: Final = {"true": True, "false": False}
_MAX_DEPTH: Final = 50
_MAX_TITLE: Final = 200
_MAX_CATEGORY: Final = 60
_MAX_NAMED: Final = 60

# What a file may be instead, by what stands in its beginning: what it is called, and what to do.
_HEAD: Final = 64 * 1024
_OTHERS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE | re.MULTILINE), what, fix)
    for pattern, what, fix in (
        (r"\A\s*\Z", "the file is empty", "export the list anew"),
        (r"\A(?:PK\x03\x04|\x1f.\x08|7z)", "this is an archive", "unpack it, and import its files"),
        (r"\A%PDF-", "this is a PDF", "export the list as OPML"),
        (r"\A\{\\rtf", "this is rich text (RTF)", "save it as plain text"),
        (r"\A\s*[{\[]\s*[\"\[\]{}]", "this is JSON, not OPML", "export the list as OPML"),
        (r"<(?:rss|feed|rdf:rdf)[\s>]", "this is a feed, not a list of feeds",
         "`feeds add` lists a feed"),
        (r"<input[^<>]{1,400}type\s*=\s*[\"']?password|<title>[^<]{0,99}\b(?:log|sign)[ -]?[io]n\b",
         "this is a login page, not OPML",
         "sign in with a browser, save the list from there, and import that file"),
        (r"<(?:!doctype\s+(?:html|netscape\S*)|html|head|title|body|script)[\s>]",
         "this is a web page, not OPML",
         "give the address of the OPML file; `feeds add` finds the feeds of a site"),
        (r"^feeds:\s*$", "this is a feeds.yaml, not OPML", "put its lines into your feeds.yaml"),
        ("", "this is not an OPML file", "export the list as OPML"),
    )
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedList:
    """What an OPML file gives: feeds in its order, each address once, and problems of others.

    Left out are feeds that cannot be listed, and outlines that are none.
    """

    feeds: tuple[FeedSpec, ...]
    left_out: tuple[Problem, ...] = ()


def read_opml(body: bytes, where: str) -> ImportedList:
    """The feeds of an OPML file; a feed's category is its own, else the outline that it is in.

    Raises:
        FeedListError: It is no OPML, hostile or too large.
    """
    if len(body) > MAX_BYTES:
        raise _refused(where, "the file is larger than 1 MiB", "export fewer feeds")
    text = _AMPERSAND.sub(_mended_ampersand, _decoded(body))
    reader = _as_xml(text, where) or _as_broken(text, where) or _as_addresses(text, where)
    if reader is None:
        what, fix = next(said for pattern, *said in _OTHERS if pattern.search(text[:_HEAD]))
        raise _refused(where, what, fix)
    return ImportedList(feeds=tuple(reader.feeds), left_out=tuple(reader.left_out))


def _as_xml(text: str, where: str) -> "_Reader | None":
    """What the text gives as XML from where it begins; None where it is none, or no OPML."""
    begin = _BEGIN.search(text)
    before = text[: begin.start()] if begin else ""
    reader = _Reader(where)
    parser = expat.ParserCreate("utf-8")  # whatever the declaration says: it is decoded
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: reader.start(
        name, attributes, parser.CurrentLineNumber + before.count("\n")
    )
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = reader.entity
    with suppress(expat.ExpatError):
        parser.Parse(text[len(before) :].encode(), True)
        if reader.is_opml and not reader.has_stray:
            return reader
    return None


def _as_broken(text: str, where: str) -> "_Reader | None":
    """What a text that XML refuses gives, tag by tag; None where it is no OPML.

    A tag goes as far as the next one, since a quote or a bracket may be missing. A feed that is
    not closed ends where the next outline begins, so it holds no others.
    """
    if _OTHER_ROOT.match(text):
        return None
    text = _without_comments(text)
    reader = _Reader(where)
    is_feed: list[bool] = []  # of the outlines that are open
    tags = list(_TAG.finditer(text))
    line, counted = 1, 0
    for tag, after in zip(tags, [*(tag.start() for tag in tags[1:]), len(text)], strict=False):
        line += text.count("\n", counted, tag.end())
        counted = tag.end()
        inside, bracket, rest = text[tag.end() : after].rpartition(">")
        inside = " ".join((inside if bracket else rest).split())
        values = dict(_attributes(inside.removesuffix("/")))
        has_address = _address(values) != ""
        closes = tag["close"] and not has_address
        ended = len(is_feed) if tag["other"] else bool(is_feed and (closes or is_feed[-1]))
        for _ in range(ended):
            is_feed.pop()
            reader.end()
        if tag["other"] or closes:
            reader.is_opml = reader.is_opml or bool(closes) or "opml" in tag[0].lower()
            continue
        reader.start("outline", values, line)
        is_feed.append(has_address)
        if inside.endswith("/") or not bracket:
            is_feed.pop()
            reader.end()
    for _ in is_feed:
        reader.end()
    return reader if reader.is_opml else None


def _as_addresses(text: str, where: str) -> "_Reader | None":
    """What a list of addresses gives, one on a line; None where no line is an address.

    Empty lines and those that begin with `#` say nothing; any other line is named.
    """
    lines = [line.strip().removeprefix("- ").strip() for line in text.split("\n")]
    if _IS_MARKUP.match(text) or not any(_ADDRESS.fullmatch(line) for line in lines):
        return None
    reader = _Reader(where)
    for number, line in enumerate(lines, start=1):
        if _ADDRESS.fullmatch(line):
            reader.start("outline", {"xmlUrl": unescape(line)}, number)
            reader.end()
        elif line and not line.startswith("#"):
            what = f"“{shorten(one_line(unescape(line)), _MAX_NAMED)}” is no address"
            reader.leave_out(what, "write one address on each line", number)
    return reader


# Where XML begins; what a server or a mail program put before it is passed over.
_BEGIN: Final = re.compile(r"<(?:\?xml|!doctype|(?:\w{1,20}:)?opml)\b", re.IGNORECASE)
_OTHER_ROOT: Final = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html|rss|feed|rdf:rdf)\b", re.IGNORECASE
)
_IS_MARKUP: Final = re.compile(r"\s*(?:<|[{\[]\s*[\"\[\]{}])")
# Tags where another one ends at the latest. Where the name is damaged, an address tells an outline:
# in a tag, or in a line that follows the end of one.
_TAG: Final = re.compile(
    r"<(?P<close>/)?(?:\w+:)?outline\b|</?(?P<other>(?:\w+:)?(?:opml|head|body)\b)"
    r"|<[a-z]\w*(?=[^<>]*\sxmlurl\s*=)"
    r"|(?<=>\n)(?![ \t]*</?(?:outline|opml|head|body)\b)(?=[^\n]*\bxmlurl\s*=)[^\w\n]*\w*",
    re.IGNORECASE,
)
_QUOTES: Final = "\"'“”„‟″‘’‚‛"
# An attribute goes as far as the next one: a name that OPML knows, or any before a quote. A value
# may so hold quotes, and lack its own. The blanks are single.
_NEXT: Final = (
    r"(?:(?:text|title|type|version|description|language|category|(?:xml|html|feed)?url"
    rf"|briefing:\w+) ?=|[\w:.-]+ ?= ?[{_QUOTES}])"
)
_ATTRIBUTE: Final = re.compile(
    rf"(?<![^ {_QUOTES}])([\w:.-]+) ?= ?(.*?)(?=(?<=[{_QUOTES}]){_NEXT}| {_NEXT}|\Z)", re.IGNORECASE
)
_ADDRESS: Final = re.compile(r"(?:https?|feed):\S+", re.IGNORECASE)
_AMPERSAND: Final = re.compile(
    r"&(#[0-9]{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)?"
)
_XML_ENTITIES: Final = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})


def _attributes(inside: str) -> Iterator[tuple[str, str]]:
    for found in _ATTRIBUTE.finditer(inside):
        yield found[1], unescape(found[2].strip().strip(_QUOTES))


def _mended_ampersand(found: re.Match[str]) -> str:
    """A reference that XML knows; a bare `&` escaped, and HTML's names by their numbers."""
    name = found[1]
    if name and (name in _XML_ENTITIES or name.startswith("#")):
        return found[0]
    return "".join(f"&#{ord(c)};" for c in html5[name]) if name in html5 else f"&amp;{name or ''}"


def _without_comments(text: str) -> str:
    """The text with as many line breaks as before."""
    kept, at = [], 0
    while (begin := text.find("<!--", at)) >= 0 and (end := text.find("-->", begin)) >= 0:
        kept += [text[at:begin], "\n" * text.count("\n", begin, end)]
        at = end + len("-->")
    return "".join([*kept, text[at:]])


def _decoded(body: bytes) -> str:
    text = _raw_text(body).removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _raw_text(body: bytes) -> str:
    """The text of a file, whatever it declares: UTF-8 where that fits, since labels often lie.

    Then come the declared encoding and the one of Western Windows; a byte that is wrong costs one
    character.
    """
    for mark, name in _MARKS.items():
        if body.startswith(mark):
            return body.decode(name, "replace")
    declared = _DECLARED.match(body)
    label = declared[1].decode() if declared else ""
    names = [label, "utf-8"] if b"\x1b" in body else ["utf-8", label]  # escapes are of ISO 2022
    for name in names:
        with suppress(ValueError, LookupError):
            return body.decode(name)
    rough = body.decode("utf-8", "replace")
    wrong = rough.count("\ufffd")
    if sum(not c.isascii() for c in rough) > 2 * wrong:
        return rough  # more letters than wrong bytes
    return body.decode("cp1252", "replace")


_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    b"<\x00": "utf-16-le",
    b"\x00<": "utf-16-be",
}
# Names of encodings of text; others that Python knows are slow, or no encodings of files.
_DECLARED: Final = re.compile(
    rb"[^<]{0,999}<\?xml[^>]{0,99}encoding\s*=\s*[\"']"
    rb"((?:iso-|windows-|cp|koi8-|euc-|gb|big5|shift|mac)[\w-]{0,20})",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Reader:
    """Gathers feeds while the parser walks through the file."""

    where: str
    is_opml: bool = False
    has_stray: bool = False  # an outline that is text, since it lacks its bracket
    feeds: list[FeedSpec] = field(default_factory=list)
    left_out: list[Problem] = field(default_factory=list)
    _categories: list[str | None] = field(default_factory=list)
    _empty: str | None = None
    _empty_line: int = 0
    _seen: dict[str, int] = field(default_factory=dict)

    def start(self, name: str, attributes: Mapping[str, str], line: int) -> None:
        """An element begins."""
        name = name.lower().rpartition(":")[2]
        is_outline = name == "outline"
        self.is_opml = self.is_opml or is_outline or name == "opml"
        if len(self._categories) >= _MAX_DEPTH:
            raise _refused(self.where, "its outlines are nested too deep", "export it anew", line)
        values = {key.lower(): value for key, value in attributes.items()}
        url = _address(attributes)
        category = self._categories[-1] if self._categories else None
        self._empty = None
        if url and (is_outline or "xmlurl" in values):
            self._feed(url, values, category, line)
        elif is_outline:
            self._empty, self._empty_line = _label(values, _MAX_NAMED) or "without a name", line
            category = _label(values, _MAX_CATEGORY) or category
        self._categories.append(category)

    def end(self, _name: str = "outline") -> None:
        """An element ends: one without an address and without outlines in it is no feed."""
        self._categories.pop()
        if self._empty is not None:
            what = f"the outline “{self._empty}” has no address (xmlUrl), so it is skipped"
            self.leave_out(what, "give it the address of its feed", self._empty_line)
            self._empty = None

    def text(self, data: str) -> None:
        """Text between two tags."""
        self.has_stray = self.has_stray or "xmlurl" in data.lower()

    def entity(self, *_: object) -> None:
        """An entity is declared."""
        raise _refused(self.where, "it declares entities", "export it anew from a feed reader")

    def _feed(self, url: str, values: dict[str, str], category: str | None, line: int) -> None:
        if problem := url_problem(url):
            what = f"the address {shorten(one_line(url), _MAX_NAMED)} {problem[0]}"
            self.leave_out(what, problem[1], line)
            return
        try:
            own = _own_values(values)
        except ValueError as error:
            what, fix = error.args
            what = f"{shorten(one_line(url), _MAX_NAMED)} cannot be listed: {what}"
            self.leave_out(what, fix, line)
            return
        key = same_feed_key(url)
        if key in self._seen:
            what = f"{shorten(one_line(url), _MAX_NAMED)} stands in line {self._seen[key]} already"
            self.leave_out(f"{what}, which counts", "", line)
            return
        if len(self.feeds) >= MAX_FEEDS:
            raise _refused(self.where, f"it lists more than {MAX_FEEDS:,} feeds", "split it", line)
        self._seen[key] = line
        named = shorten(one_line(values.get("category", "").split(",")[0]), _MAX_CATEGORY)
        self.feeds.append(
            FeedSpec(
                url=url,
                title=None if _named_by_address(values, url) else _label(values, _MAX_TITLE),
                category=named.strip("/").rpartition("/")[2] or category,
                language=language_tag(values.get("language")),
                **own,
            )
        )

    def leave_out(self, what: str, fix: str, line: int) -> None:
        """A line gives no feed, and why."""
        if len(self.left_out) >= MAX_FEEDS:
            what, fix = f"more than {MAX_FEEDS:,} of its lines give no feed", "export it anew"
            raise _refused(self.where, what, fix, line)
        self.left_out.append(Problem(where=self.where, what=what, fix=fix, line=line))


def _address(attributes: Mapping[str, str]) -> str:
    """The address of the outline's feed as it is fetched; empty without one.

    A link and an inclusion have an address (`url`) that leads to no feed.
    """
    values = {key.lower(): value.strip() for key, value in attributes.items()}
    is_link = values.get("type", "").lower() in {"link", "include"}
    url = (
        values.get("xmlurl") or values.get("feedurl") or ("" if is_link else values.get("url", ""))
    )
    return web_address(url)


def _own_values(values: Mapping[str, str]) -> dict[str, Any]:
    """Weight, interval and whether a feed is on, as far as our own attributes say, by name.

    The bounds are those of feeds.yaml; names of attributes are in lower case.

    Raises:
        ValueError: One of them is no good, with what is wrong and how to fix it.
    """
    found: dict[str, Any] = {}
    if _WEIGHT in values:
        found["weight"] = 0.0
        with suppress(ValueError):
            found["weight"] = float(values[_WEIGHT])
        if not 0 < found["weight"] <= 10:  # noqa: PLR2004 - as in feeds.yaml; of NaN neither holds
            fix = "write a number more than 0 and at most 10"
            raise ValueError(f"its {_WEIGHT} is no weight", fix)
    if _EVERY in values:
        found["every"] = every = parse_interval(values[_EVERY])
        if every is None or not SHORTEST <= every <= LONGEST:
            between = f"{format_interval(SHORTEST)} and {format_interval(LONGEST)}"
            fix = f"write one between {between}, such as 1h"
            raise ValueError(f"its {_EVERY} is no interval", fix)
    if _ENABLED in values:
        found["enabled"] = _TRUTHS.get(values[_ENABLED].strip().lower())
        if found["enabled"] is None:
            raise ValueError(f"its {_ENABLED} is neither true nor false", "write one of them")
    return found


def _named_by_address(values: dict[str, str], url: str) -> bool:
    """Whether the list gives no title: an outline must have a text, so it is the address."""
    return {values.get("title", url).strip(), values.get("text", url).strip()} == {url}


def _label(values: dict[str, str], at_most: int) -> str | None:
    label = one_line(values.get("title", "")) or one_line(values.get("text", ""))
    return shorten(label, at_most) or None


def write_opml(feeds: Iterable[FeedSpec | Feed], *, title: str, at: datetime) -> str:
    """An OPML 2.0 file of the feeds, those of a category together, in the order of the list."""
    groups: dict[str | None, list[FeedSpec | Feed]] = {}
    for feed in feeds:
        groups.setdefault(feed.category, []).append(feed)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<opml version="2.0" {_NAMESPACE}>',
        "  <head>",
        f"    <title>{escape(title)}</title>",
        f"    <dateCreated>{format_datetime(at)}</dateCreated>",
        "  </head>",
        "  <body>",
    ]
    for category, members in groups.items():
        if category is None:
            lines += [f"    {_outline(feed)}" for feed in members]
            continue
        lines.append(f"    <outline text={quoteattr(category)}>")
        lines += [f"      {_outline(feed)}" for feed in members]
        lines.append("    </outline>")
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def _outline(feed: FeedSpec | Feed) -> str:
    """A feed's element; of our own attributes those that would say the usual are left out."""
    names_every = feed.own_every is not None if isinstance(feed, Feed) else not feed.inherits
    every = feed.every if names_every or feed.every != FeedList().every else None
    label = feed.title or feed.url
    values = (
        ("text", label),
        ("title", label),
        ("xmlUrl", feed.url),
        ("language", feed.language),
        (_WEIGHT, repr(feed.weight) if feed.weight != 1 else None),
        (_EVERY, format_interval(every) if every else None),
        (_ENABLED, None if feed.enabled else "false"),
    )
    given = " ".join(f"{name}={quoteattr(value)}" for name, value in values if value)
    return f'<outline type="rss" {given}/>'


def _refused(where: str, what: str, fix: str, line: int | None = None) -> FeedListError:
    return FeedListError(Problem(where=where, what=what, fix=fix, line=line))
