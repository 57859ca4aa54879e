"""OPML: feed lists from and for other feed readers (https://opml.org/spec2.opml).

The reader takes hostile files: declarations of entities are refused, size, depth and count are
bounded, and every address is checked as in feeds.yaml.

What OPML has no place for (weight, interval, whether a feed is paused) stands in attributes of our
own namespace, as OPML 2.0 allows ("Extending OPML"); other feed readers pass them over. They are
read by their usual prefix, as expat gives it.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
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
from bot.domain.urls import same_feed_key, url_problem

MAX_BYTES: Final = 1024 * 1024
_NAMESPACE: Final = 'xmlns:briefing="urn:summit-briefing-bot:opml"'
_WEIGHT, _EVERY, _ENABLED = "briefing:weight", "briefing:every", "briefing:enabled"
_TRUTHS: Final = {"true": True, "false": False}
_MAX_DEPTH: Final = 50
_MAX_TITLE: Final = 200
_MAX_CATEGORY: Final = 60
_MAX_NAMED: Final = 60


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
        FeedListError: It is no OPML, broken, hostile or too large.
    """
    if len(body) > MAX_BYTES:
        raise _refused(where, "the file is larger than 1 MiB", "export fewer feeds")
    reader = _Reader(where)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: reader.start(
        name, attributes, parser.CurrentLineNumber
    )
    parser.EndElementHandler = reader.end
    parser.EntityDeclHandler = reader.entity
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        what = f"this is not valid XML ({expat.ErrorString(error.code)})"
        raise _refused(where, what, "export it anew", error.lineno) from error
    except (ValueError, LookupError) as error:  # an encoding that Python does not know
        raise _refused(where, "its encoding is not known", "export it as UTF-8") from error
    if not reader.is_opml:
        if reader.is_feed:
            raise _refused(where, "this is a feed, not a list of feeds", "`feeds add` lists a feed")
        raise _refused(where, "this is not an OPML file", "export the list as OPML")
    return ImportedList(feeds=tuple(reader.feeds), left_out=tuple(reader.left_out))


@dataclass(slots=True)
class _Reader:
    """Gathers feeds while the parser walks through the file."""

    where: str
    is_opml: bool = False
    is_feed: bool = False
    feeds: list[FeedSpec] = field(default_factory=list)
    left_out: list[Problem] = field(default_factory=list)
    _categories: list[str | None] = field(default_factory=list)
    _empty: str | None = None
    _empty_line: int = 0
    _seen: set[str] = field(default_factory=set)

    def start(self, name: str, attributes: dict[str, str], line: int) -> None:
        """An element begins."""
        if not self._categories:
            self.is_opml = name.lower() == "opml"
            self.is_feed = name.lower().rpartition(":")[2] in {"rss", "feed", "rdf"}
        if len(self._categories) >= _MAX_DEPTH:
            raise _refused(self.where, "its outlines are nested too deep", "export it anew", line)
        values = {key.lower(): value for key, value in attributes.items()}
        url = values.get("xmlurl", "").strip()
        category = self._categories[-1] if self._categories else None
        self._empty = None
        if name.lower() == "outline" and url:
            self._feed(url, values, category, line)
        elif name.lower() == "outline":
            self._empty, self._empty_line = _label(values, _MAX_NAMED) or "without a name", line
            category = _label(values, _MAX_CATEGORY) or category
        self._categories.append(category)

    def end(self, _name: str) -> None:
        """An element ends: one without an address and without outlines in it is no feed."""
        self._categories.pop()
        if self._empty is not None:
            what = f"the outline “{self._empty}” has no address (xmlUrl), so it is skipped"
            self._leave_out(what, "give it the address of its feed", self._empty_line)
            self._empty = None

    def entity(self, *_: object) -> None:
        """An entity is declared."""
        raise _refused(self.where, "it declares entities", "export it anew from a feed reader")

    def _feed(self, url: str, values: dict[str, str], category: str | None, line: int) -> None:
        if problem := url_problem(url):
            what = f"the address {shorten(one_line(url), _MAX_NAMED)} {problem[0]}"
            self._leave_out(what, problem[1], line)
            return
        try:
            own = _own_values(values)
        except ValueError as error:
            what, fix = error.args
            what = f"{shorten(one_line(url), _MAX_NAMED)} cannot be listed: {what}"
            self._leave_out(what, fix, line)
            return
        key = same_feed_key(url)
        if key in self._seen:
            return
        if len(self.feeds) >= MAX_FEEDS:
            raise _refused(self.where, f"it lists more than {MAX_FEEDS:,} feeds", "split it", line)
        self._seen.add(key)
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

    def _leave_out(self, what: str, fix: str, line: int) -> None:
        self.left_out.append(Problem(where=self.where, what=what, fix=fix, line=line))


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
