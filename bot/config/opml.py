"""OPML: feed lists from and for other feed readers (https://opml.org/spec2.opml).

The reader takes hostile files: declarations of entities are refused, size, depth and count are
bounded, and every address is checked as in feeds.yaml.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from bot.config.entries import LONGEST, SHORTEST, format_interval, parse_interval
from bot.config.feeds_file import MAX_FEEDS
from bot.domain.errors import FeedListError, Problem
from bot.domain.feed import Feed, FeedList, FeedSpec
from bot.domain.text import language_tag, one_line, shorten
from bot.domain.urls import same_feed_key, url_problem

# MERGED opml_own: What OPML has no place for, in attributes of our own: weight, interval, and
# whether it is paused.
#
# OPML 2.0 allows attributes of a namespace (https://opml.org/spec2.opml, "Extending OPML"); other
# feed readers pass them over. They are read by their usual prefix, as expat gives it.


NAMESPACE: Final = 'xmlns:briefing="urn:summit-briefing-bot:opml"'
"""Declares the prefix; for the outermost element."""
_WEIGHT, _EVERY, _ENABLED = "briefing:weight", "briefing:every", "briefing:enabled"
_USUAL_EVERY: Final = FeedList().every
_HEAVIEST: Final = 10
_TRUTHS: Final = {"true": True, "false": False}


@dataclass(frozen=True, kw_only=True, slots=True)
class Own:
    """What an outline says in our own attributes; the usual where it says nothing."""

    weight: float = 1.0
    every: timedelta | None = None
    enabled: bool = True


def read_own(values: Mapping[str, str]) -> Own | tuple[str, str]:
    """Our attributes of an outline, by bounds as in feeds.yaml; else what is wrong, and its mend.

    Args:
        values: All its attributes, names in lower case.
    """
    weight = _number(values.get(_WEIGHT, "1"))
    if weight is None or not 0 < weight <= _HEAVIEST:
        return f"its {_WEIGHT} is no weight", "write a number more than 0 and at most 10"
    every = parse_interval(values[_EVERY]) if _EVERY in values else None
    if _EVERY in values and (every is None or not SHORTEST <= every <= LONGEST):
        between = f"{format_interval(SHORTEST)} and {format_interval(LONGEST)}"
        return f"its {_EVERY} is no interval", f"write one between {between}, such as 1h"
    enabled = _TRUTHS.get(values.get(_ENABLED, "true").strip().lower())
    if enabled is None:
        return f"its {_ENABLED} is neither true nor false", "write one of them"
    return Own(weight=weight, every=every, enabled=enabled)


def own_attributes(feed: FeedSpec | Feed) -> str:
    """Our attributes of a feed, each after a blank; those that would say the usual are left out."""
    values = (
        (_WEIGHT, f"{feed.weight!r}" if feed.weight != 1 else None),
        (_EVERY, format_interval(feed.every) if feed.every and _tells_every(feed) else None),
        (_ENABLED, None if feed.enabled else "false"),
    )
    return "".join(f" {name}={quoteattr(value)}" for name, value in values if value is not None)


def _tells_every(feed: FeedSpec | Feed) -> bool:
    """The usual interval is left out, unless the feed's line names it."""
    own = feed.own_every is not None if isinstance(feed, Feed) else not feed.inherits
    return own or feed.every != _USUAL_EVERY


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


MAX_BYTES: Final = 1024 * 1024
_MAX_DEPTH: Final = 50
_MAX_TITLE: Final = 200
_MAX_CATEGORY: Final = 60
_MAX_NAMED: Final = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedList:
    """What an OPML file gives.

    Attributes:
        feeds: In the order of the file, each address once.
        left_out: Feeds that cannot be listed and outlines that are none, each with what is wrong.
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
        message = expat.ErrorString(error.code)
        raise _refused(
            where, f"this is not valid XML ({message})", "export it anew", error.lineno
        ) from error
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
            self._leave_out(
                f"the outline “{self._empty}” has no address (xmlUrl), so it is skipped",
                "give it the address of its feed",
                self._empty_line,
            )
            self._empty = None

    def entity(self, *_: object) -> None:
        """An entity is declared."""
        raise _refused(self.where, "it declares entities", "export it anew from a feed reader")

    def _feed(self, url: str, values: dict[str, str], category: str | None, line: int) -> None:
        if problem := url_problem(url):
            what = f"the address {shorten(one_line(url), _MAX_NAMED)} {problem[0]}"
            self._leave_out(what, problem[1], line)
            return
        read = read_own(values)
        if not isinstance(read, Own):
            what = f"{shorten(one_line(url), _MAX_NAMED)} cannot be listed: {read[0]}"
            self._leave_out(what, read[1], line)
            return
        key = same_feed_key(url)
        if key in self._seen:
            return
        if len(self.feeds) >= MAX_FEEDS:
            raise _refused(self.where, f"it lists more than {MAX_FEEDS:,} feeds", "split it", line)
        self._seen.add(key)
        own = shorten(one_line(values.get("category", "").split(",")[0]), _MAX_CATEGORY)
        self.feeds.append(
            FeedSpec(
                url=url,
                title=None if _named_by_address(values, url) else _label(values, _MAX_TITLE),
                category=own.strip("/").rpartition("/")[2] or category,
                language=language_tag(values.get("language")),
                weight=read.weight,
                every=read.every,
                enabled=read.enabled,
            )
        )

    def _leave_out(self, what: str, fix: str, line: int) -> None:
        self.left_out.append(Problem(where=self.where, what=what, fix=fix, line=line))


def _named_by_address(values: dict[str, str], url: str) -> bool:
    """Whether whoever wrote the list had no title, since an outline must have a text."""
    return {values.get("title", url).strip(), values.get("text", url).strip()} == {url}


def _label(values: dict[str, str], at_most: int) -> str | None:
    label = one_line(values.get("title", "")) or one_line(values.get("text", ""))
    return shorten(label, at_most) or None


def write_opml(feeds: Iterable[FeedSpec | Feed], *, title: str, at: datetime) -> str:
    """An OPML 2.0 file of the feeds, those of a category together, in the order of the list.

    Weight, interval and whether a feed is paused are in attributes of our own, where they are not
    the usual; see `bot.config.opml`.
    """
    groups: dict[str | None, list[FeedSpec | Feed]] = {}
    for feed in feeds:
        groups.setdefault(feed.category, []).append(feed)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<opml version="2.0" {NAMESPACE}>',
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
    label = quoteattr(feed.title or feed.url)
    language = f" language={quoteattr(feed.language)}" if feed.language else ""
    rest = f"{language}{own_attributes(feed)}"
    return f'<outline type="rss" text={label} title={label} xmlUrl={quoteattr(feed.url)}{rest}/>'


def _refused(where: str, what: str, fix: str, line: int | None = None) -> FeedListError:
    return FeedListError(Problem(where=where, what=what, fix=fix, line=line))
