"""feeds.yaml: read and checked, with every problem named by line, and edited in place.

defaults: {every: 30m}
feeds:
  - url: https://example.org/world.xml      # the only key that must be there
    title: Example World
    category: agency
    language: en
    weight: 1.5
    every: 1h
    enabled: true

An edit touches only the lines that it must, by the lines of the one parsed tree. (A round trip
through the YAML library keeps comments too, but ties a comment to the line before it, so that
taking out one feed takes the heading of the next.) A list that is not written one `- url: ...`
below the other goes through the library instead, and what comes of it is read and compared.
"""

import io
import math
import os
import re
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Annotated, ClassVar, Final

from pydantic import BeforeValidator, ValidationInfo
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from bot.config.yaml import (
    Entry,
    Form,
    Node,
    Reading,
    Signature,
    WrongError,
    items,
    line,
    line_of,
    parse_tree,
    read_entry,
    read_flag,
    read_line,
    read_text,
    signature_of,
    value_of,
)
from bot.domain.errors import FeedListError, Problem
from bot.domain.feed import FeedList, FeedSpec
from bot.domain.feed_edit import FeedEdit, FeedEditKind, edited
from bot.domain.urls import same_feed_key, url_problem, web_address

MAX_FEEDS: Final = 5000
_LANGUAGE: Final = Form(
    re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}"), "language tag of BCP 47", "en or zh-Hant"
)
LIST_EXAMPLE: Final = (
    "write feeds: and below it lines such as `- url: https://example.org/feed.xml`"
)
_EMPTY_ON_PURPOSE = re.compile(r"^feeds:\s*\[\s*\]", re.MULTILINE)


def _read_url(node: Node, info: ValidationInfo[Reading]) -> str:
    """An http or https address that no feed before it has, however it is spelled."""
    url, here = read_line(node, 2000), line_of(node)
    if problem := url_problem(url):
        raise WrongError(node, *problem)
    first = info.context.lines.setdefault(same_feed_key(url), here)
    if first != here:
        what = f"this feed is listed already in line {first}"
        info.context.add(here, what, "keep one of the two")
    return web_address(url)


def _number(*, above: float, at_most: float) -> BeforeValidator:
    """Lets a value be a number more than `above` and not more than `at_most`."""
    fix = f"write a number more than {above:g} and at most {at_most:g}, such as 1.5"

    def read(node: Node) -> float:
        value = value_of(node) if isinstance(node, ScalarNode) else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise WrongError(node, "should be a number, not {}", fix)
        if not (math.isfinite(value) and above < value <= at_most):
            raise WrongError(node, "is out of range: {}", fix)
        return value

    return BeforeValidator(read)


def _read_interval(node: Node) -> timedelta:
    """An interval such as `30m`, from `SHORTEST` to `LONGEST`."""
    interval = parse_interval(node.value) if isinstance(node, ScalarNode) else None
    if interval is None:
        fix = "write a number with m, h or d: 30m, 2h, 1d"
        raise WrongError(node, "should be an interval, not {}", fix)
    if not SHORTEST <= interval <= LONGEST:
        between = f"{format_interval(SHORTEST)} and {format_interval(LONGEST)}"
        fix = f"write one between {between}; publishers like 30m or more"
        raise WrongError(node, "is out of range: {}", fix)
    return interval


# The shortest interval a list may ask for: docs/decisions.md, on manners toward publishers.
SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(days=7)
_INTERVAL = re.compile(r"([0-9]{1,20}) ?([mhdw])")
_UNITS = {name[0]: timedelta(**{name: 1}) for name in ("minutes", "hours", "days", "weeks")}
_MOST = 1_000_000  # of a unit: more would overflow, and is too long anyway


def parse_interval(text: str) -> timedelta | None:
    """The interval that `text` names; None when it names none.

    >>> parse_interval("90m")
    datetime.timedelta(seconds=5400)
    """
    match = _INTERVAL.fullmatch(text.strip().lower())
    return min(int(match[1]), _MOST) * _UNITS[match[2]] if match else None


def format_interval(interval: timedelta) -> str:
    """The interval in the largest unit that divides it: the inverse of `parse_interval`.

    >>> format_interval(timedelta(minutes=90)), format_interval(timedelta(hours=2))
    ('90m', '2h')
    """
    name = next((name for name in "dh" if not interval % _UNITS[name]), "m")
    return f"{interval // _UNITS[name]}{name}"


class FeedEntry(Entry):
    """One feed of the list, its keys in the order in which they are written."""

    kind: ClassVar[str] = "feed"
    shape: ClassVar[tuple[str, str]] = (
        "a feed should be a group of keys, not {}",
        "write - url: https://example.org/feed.xml",
    )
    url: Annotated[str, BeforeValidator(_read_url)]
    title: Annotated[str | None, line(200)] = None
    category: Annotated[str | None, line(60)] = None
    language: Annotated[str | None, line(40, _LANGUAGE)] = None
    weight: Annotated[float, _number(above=0, at_most=10)] = 1.0
    every: Annotated[timedelta | None, BeforeValidator(_read_interval)] = None
    enabled: Annotated[bool, BeforeValidator(read_flag)] = True


class _Defaults(Entry):
    """What holds for feeds that do not say otherwise."""

    kind: ClassVar[str] = "group of defaults"
    shape: ClassVar[tuple[str, str]] = (
        "defaults should be a group, not {}",
        "write defaults: {every: 30m}",
    )
    every: Annotated[timedelta, BeforeValidator(_read_interval)] = FeedList().every


class FeedsDocument(Entry):
    """The whole file."""

    kind: ClassVar[str] = "feed list"
    shape: ClassVar[tuple[str, str]] = ("a feed list begins with feeds:, not {}", LIST_EXAMPLE)
    defaults: _Defaults = _Defaults.model_construct()
    feeds: Annotated[tuple[FeedEntry, ...], items(MAX_FEEDS, "feeds", fix=LIST_EXAMPLE)] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedsFile:
    """The file's text, without a byte order mark, with what it means.

    `root` is the tree of the text; None after an edit, until it is needed.
    """

    where: str
    text: str
    feeds: FeedList
    root: Node | None

    @property
    def is_emptied(self) -> bool:
        """Whether the text says on purpose (`feeds: []`) that there are no feeds."""
        return _EMPTY_ON_PURPOSE.search(self.text) is not None

    def edited(self, edits: Sequence[FeedEdit]) -> "FeedsFile":
        """The file with edits made in their order; additions that follow each other are one step.

        Raises:
            FeedListError: An edit would make the list wrong, or the file is written in a way that
                cannot be edited from here.
        """
        file = self
        for is_add, same in groupby(edits, key=lambda edit: edit.kind is FeedEditKind.ADD):
            for step in [list(same)] if is_add else [[edit] for edit in same]:
                wanted = edited(file.feeds, step)
                if wanted != file.feeds:
                    file = _written(file, wanted)
        return file


def parse_feeds_file(text: str, where: str) -> FeedsFile:
    """The feed list in `text`; an empty text is an empty list.

    Raises:
        FeedListError: With all problems of the text, by line.
    """
    reading = Reading(where=where, error=FeedListError)
    root = parse_tree(text, reading)
    if isinstance(root, ScalarNode) and value_of(root) is None:
        return FeedsFile(where=where, text=text, feeds=FeedList(), root=root)
    document = read_entry(FeedsDocument, root, reading)
    feeds = tuple(FeedSpec(**dict(entry)) for entry in document.feeds)
    listed = FeedList(feeds=feeds, every=document.defaults.every)
    return FeedsFile(where=where, text=text, feeds=listed, root=root)


def read_feeds_file(path: Path) -> FeedsFile:
    """The file at `path`; see `parse_feeds_file` for the errors."""
    return parse_feeds_file(read_text(path, FeedListError), str(path))


def as_listed(spec: FeedSpec, where: str) -> FeedSpec:
    """The feed as it is read once it stands in the file.

    Raises:
        FeedListError: It could not stand there.
    """
    pairs = [
        (ScalarNode(None, key), ScalarNode(None, str(one), style='"' if one == str(one) else None))
        for key, one in _values_of(spec).items()
    ]
    reading = Reading(where=where, error=FeedListError)
    return FeedSpec(**dict(read_entry(FeedEntry, MappingNode(None, pairs), reading)))


def replace_text(path: Path, old: str, new: str) -> Signature | None:
    """Writes the new text in one step: a reader, or a crash, finds the old file or the new one.

    Returns:
        The signature of the new file; None when its text is not `old` any more.

    Raises:
        OSError: It cannot be written.
    """
    path = path.resolve()  # behind a link the file itself is replaced, and the link stays
    if path.read_bytes().removeprefix(b"\xef\xbb\xbf") != old.encode():
        return None
    status = path.stat()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(new)
            file.flush()
            os.fsync(file.fileno())
        with suppress(PermissionError):  # only root may give files away
            os.chown(temporary, status.st_uid, status.st_gid)
        temporary.chmod(status.st_mode & 0o7777)
        signature = signature_of(temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the replacement survives a loss of power, where the system can do that
    finally:
        os.close(folder)
    return signature


Value = str | float | bool
KEYS: Final = tuple(FeedEntry.model_fields)


def _written(file: FeedsFile, wanted: FeedList) -> FeedsFile:
    """The file with one step of edits: feeds put at the end, or one taken out or changed."""
    if file.root is None:
        file = parse_feeds_file(file.text, file.where)
    old, new = file.feeds.feeds, wanted.feeds
    differing = (n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b)
    place = next(differing, min(len(old), len(new)))
    for spec in new[place:] if len(new) > len(old) else new[place : place + 1]:
        as_listed(spec, file.where)
    usual, text = _Usual.of(file), None
    if usual and len(new) > len(old):
        blocks = _yaml([*map(_values_of, new[place:])], usual.dash).split("\n")
        text = _inserted(usual.lines, usual.end_of(len(old) - 1), blocks)
    elif usual and new and len(new) < len(old):
        text = "\n".join(usual.without(place))
    elif usual and new:
        text = usual.changed(place, old[place], new[place])
    if text is not None:
        return FeedsFile(where=file.where, text=text, feeds=wanted, root=None)
    # What is laid out in another way is read again, to see that it means what it should.
    for text in (_edge_text(file, usual, new), _library_text(file.text, old, new, place)):
        with suppress(FeedListError):
            if text is not None and (done := parse_feeds_file(text, file.where)).feeds == wanted:
                return done
    what = "this file is written in a way that cannot be edited from here"
    raise FeedListError(Problem(where=file.where, what=what, fix="edit it by hand"))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Usual:
    """A list in the usual form: each feed begins with a dash and a key on a line of its own.

    Attributes:
        lines: All lines of the text; their numbers count from 0 here.
        dash: The blanks before a dash.
        behind: The line behind the list.
    """

    lines: list[str]
    items: list[MappingNode]
    dash: str
    behind: int

    @classmethod
    def of(cls, file: FeedsFile) -> "_Usual | None":
        """The list by lines; None when it has no feeds or another form."""
        root = file.root
        pairs = root.value if isinstance(root, MappingNode) and not root.flow_style else []
        feeds = next((value for key, value in pairs if key.value == "feeds"), None)
        if not isinstance(feeds, SequenceNode) or not feeds.value or feeds.flow_style:
            return None
        lines, dash = file.text.split("\n"), " " * feeds.start_mark.column
        starts = [item.start_mark for item in feeds.value]
        before = (lines[start.line][: start.column] for start in starts)
        if _OTHER_BREAK.search(file.text) or not all(re.fullmatch(f"{dash}- +", b) for b in before):
            return None
        keys = (key.start_mark.line for key, _ in pairs)
        behind = min((n for n in keys if n > starts[-1].line), default=len(lines))
        return cls(lines=lines, items=feeds.value, dash=dash, behind=behind)

    def changed(self, place: int, old: FeedSpec, new: FeedSpec) -> str | None:
        """The text with another value of a feed; None where the old one is not alone in a line."""
        was, becomes = _values_of(old), _values_of(new)
        (key, *more) = (one for one in KEYS if was.get(one) != becomes.get(one))
        return None if more else self._with_value(place, key, becomes.get(key))

    def without(self, place: int) -> list[str]:
        """The lines without those of a feed; comments around it stay."""
        return self.lines[: self.items[place].start_mark.line] + self.lines[self.end_of(place) :]

    def _with_value(self, place: int, key: str, value: Value | None) -> str | None:
        item, lines = self.items[place], list(self.lines)
        name, node = next((pair for pair in item.value if pair[0].value == key), (item, None))
        if item.flow_style:
            return None
        if node is None:
            added = _yaml({key: value}).split("\n") if value is not None else []
            more = [" " * item.start_mark.column + line for line in added]
            return _inserted(lines, self.end_of(place), more)
        number, end = name.start_mark.line, node.end_mark
        if node.id != "scalar" or node.style in _BLOCKS or not node.value or end.line != number:
            return None
        if value is not None:
            before, behind = lines[number][: node.start_mark.column], lines[number][end.column :]
            lines[number] = f"{before}{_yaml({key: value}).partition(': ')[2]}{behind}"
        elif number == item.start_mark.line:
            return None
        else:
            del lines[number]
        return "\n".join(lines)

    def end_of(self, place: int) -> int:
        """The line behind the last of a feed; comments behind it are the next one's."""
        item = self.items[place]
        last: Node = item
        while not isinstance(last, ScalarNode) and not last.flow_style:
            last = last.value[-1][1] if isinstance(last, MappingNode) else last.value[-1]
        # Where a block of text (`|`) ends the parser hides, but not where it begins.
        surely = last.start_mark if getattr(last, "style", None) in _BLOCKS else last.end_mark
        is_last = place + 1 == len(self.items)
        stop = self.behind if is_last else self.items[place + 1].start_mark.line
        while stop > surely.line + 1:
            line = self.lines[stop - 1]
            text = line.strip()
            of_next = text.startswith("#") and line.index("#") <= item.start_mark.column
            if text and not of_next and not line.startswith(("---", "...")):
                break
            stop -= 1
        return stop


# Line breaks of YAML by which `_Usual` does not count.
_BLOCKS = frozenset({"|", ">"})
_OTHER_BREAK = re.compile("[\x85\u2028\u2029]|\r(?!\n)")


def _inserted(lines: Sequence[str], at: int, more: Sequence[str]) -> str:
    """The text with more lines, which end as the first one does."""
    end = "\r" if lines[0].endswith("\r") else ""
    before, behind = list(lines[:at]), lines[at:]
    if before and not behind:  # the last line had no end
        before[-1], behind = before[-1] + end, [""]
    return "\n".join([*before, *(line + end for line in more), *behind])


def _edge_text(file: FeedsFile, usual: _Usual | None, new: Sequence[FeedSpec]) -> str | None:
    """The text with the first feeds of a list that had none, or without the last one."""
    pairs = file.root.value if isinstance(file.root, MappingNode) else []
    key = next((name.start_mark.line + 1 for name, _ in pairs if name.value == "feeds"), 0)
    if not new and usual:
        head = (re.sub(r"^(feeds\s*:)", r"\1 []", line) for line in usual.lines[:key])
        return "\n".join([*head, *usual.without(0)[key:]])
    if file.feeds.feeds:
        return None
    lines = file.text.split("\n")
    if key:
        empty = r"^(feeds\s*:)\s*(?:\[\s*\]|~|null)?\s*?(\s+#.*|\s*)$"
        lines[key - 1] = re.sub(empty, r"\1\2", lines[key - 1])
    else:
        lines = [*file.text.rstrip().split("\n"), "feeds:"]
    return _inserted(lines, key or len(lines), _yaml([*map(_values_of, new)], "  ").split("\n"))


def _values_of(spec: FeedSpec) -> dict[str, Value]:
    """The keys to write, in their usual order; what is as usual is left out."""
    values: dict[str, Value | None] = {key: getattr(spec, key) for key in KEYS} | {
        "weight": None if spec.weight == 1 else spec.weight,
        "every": format_interval(spec.every) if spec.every else None,
        "enabled": None if spec.enabled else False,
    }
    return {key: value for key, value in values.items() if value is not None}


def _yaml(value: object, dash: str = "") -> str:
    """A value as it is written, quoted where YAML needs it, its lines as long as they are."""
    yaml, out = YAML(typ="rt"), io.StringIO()
    yaml.width = 10_000
    yaml.indent(mapping=2, sequence=len(dash) + 2, offset=len(dash))
    yaml.dump(value, out)
    return out.getvalue().removesuffix("\n")


def _library_text(
    text: str, old: Sequence[FeedSpec], new: Sequence[FeedSpec], place: int
) -> str | None:
    """The text with one step by the library's round trip; None where it cannot read it."""
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    try:
        document = yaml.load(text) or CommentedMap()
    except YAMLError:
        return None
    feeds = document.get("feeds") or CommentedSeq()
    document["feeds"] = feeds
    if len(new) > len(old):
        feeds.extend(CommentedMap(_values_of(spec)) for spec in new[place:])
    elif len(new) < len(old):
        feeds.pop(place)
    else:
        values = _values_of(new[place])
        for key in _values_of(old[place]).keys() - values.keys():
            del feeds[place][key]
        feeds[place].update(values)
    return f"{_yaml(document, '  ')}\n"
