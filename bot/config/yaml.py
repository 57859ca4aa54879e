"""Reading YAML or JSON text into a tree of nodes that know their lines.

Plain YAML scalars are read by the YAML 1.2 core schema: `no`, `yes` and `on` are words, not
booleans; `012` is twelve.

Hostile files: at most `MAX_BYTES` are read; anchors, aliases and tags are refused, so nothing can
expand; depth and the number of values are bounded.
"""

import difflib
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError, YAMLStreamError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from bot.domain.errors import Problem
from bot.domain.text import one_line
from bot.domain.urls import url_problem

# MERGED nodes: A file's content as a small tree in which every value knows its line.
#
# The readers of feeds.yaml and commitments.yaml work on this tree, so that each problem they find
# can name a line.


@dataclass(frozen=True, kw_only=True, slots=True)
class ScalarNode:
    """A single value: `value` by YAML 1.2, `raw` as written."""

    value: str | bool | int | float | None
    raw: str
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A key with its value; keys are always text here."""

    key: str
    line: int
    value: "Node"


@dataclass(frozen=True, kw_only=True, slots=True)
class MappingNode:
    """Keys with values in the order of the file; a key written twice is there twice."""

    pairs: tuple[Pair, ...]
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SequenceNode:
    """A list of values."""

    items: tuple["Node", ...]
    line: int


Node = ScalarNode | MappingNode | SequenceNode


def describe(node: Node) -> str:
    """What a person would call the value: `the text "often"`, `a list`, `nothing`."""
    match node:
        case MappingNode():
            return "a group of `key: value` lines"
        case SequenceNode():
            return "a list"
        case ScalarNode(value=None):
            return "empty"
        case ScalarNode(value=bool() as value):
            return str(value).lower()
        case ScalarNode(value=int() | float(), raw=raw):
            return f"the number {shorten(raw)}"
        case ScalarNode(raw=raw):
            return f'the text "{shorten(raw)}"'


def shorten(text: str, length: int = 40) -> str:
    """`text` on one line, printable, cut to `length` characters."""
    line = "".join(c if c.isprintable() else " " for c in text)
    return line if len(line) <= length else line[: length - 1] + "…"


# MERGED yaml_words: What the YAML parser and the operating system complain of, in the words of an
# admin.


_MERGE_MARKER = re.compile(r"^(?:<{7}|>{7})(?: .*)?\r?$", re.MULTILINE)
"""What git leaves in a file where two people changed the same lines."""


def syntax_problem(error: MarkedYAMLError, where: str, text: str) -> Problem:
    """What the YAML parser says, in the words of somebody who has the file open."""
    if marker := _MERGE_MARKER.search(text):
        return Problem(
            where=where,
            what="two versions of the file were put together, and not all of it is decided",
            fix="keep one version of what is between <<<<<<< and >>>>>>>, and take the marks out",
            line=text.count("\n", 0, marker.start()) + 1,
        )
    mark = error.problem_mark or error.context_mark
    line = min(mark.line + 1, text.count("\n") + 1) if mark else None
    said = error.problem or error.context or "it cannot be read"
    for pattern, what, fix in _SYNTAX:
        if pattern in said:
            return Problem(where=where, what=what, fix=fix, line=line)
    what = f"this is not valid YAML ({shorten(said, 80)})"
    return Problem(
        where=where, what=what, fix="check indentation, quotes and brackets here", line=line
    )


_SYNTAX = (
    ("'\\t'", "a tab stands where YAML wants spaces", "indent with spaces"),
    (
        "mapping values are not allowed here",
        "a second colon stands in this line",
        'put the text in quotes: title: "Peace: a report"',
    ),
    (
        "unexpected end of stream",
        "a quoted text is not closed",
        "add the missing quote, or double the quote inside the text",
    ),
    ("<stream end>", "a bracket is not closed", "add the missing ] or }"),
    (
        "expected <block end>",
        "the indentation does not fit the lines above",
        "line the key up with the other keys of the same group",
    ),
    (
        "could not find expected ':'",
        "a key has no colon",
        "write key: value, with a space after the colon",
    ),
    (
        "cannot start any token",
        "a text begins with a character that means something to YAML (@, ` or %)",
        "put the text in quotes",
    ),
)


def os_problem(path: Path, error: OSError) -> tuple[str, str]:
    """What keeps a file from being read, and how to mend it."""
    if isinstance(error, FileNotFoundError):
        return f"there is no file {path}", "create it, or name another file"
    if isinstance(error, IsADirectoryError):
        return f"{path} is a folder", "name a file"
    if isinstance(error, PermissionError):
        return f"{path} may not be read", "give the bot's user the right to read it"
    return f"{path} cannot be read ({error.strerror})", "check the file"


# MERGED intervals: Intervals as people write them: `30m`, `2h`, `1d`.


_PATTERN = re.compile(r"([0-9]{1,20}) ?([mhdw])")
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_MOST = 1_000_000
"""Of a unit; more is taken for so many, which is still too long."""
SHORTEST = timedelta(minutes=5)
"""The shortest interval a list may ask for; see docs/decisions.md on manners toward publishers."""
LONGEST = timedelta(days=7)


def parse_interval(text: str) -> timedelta | None:
    """The interval that `text` names; None when it names none.

    >>> parse_interval("90m")
    datetime.timedelta(seconds=5400)
    """
    match = _PATTERN.fullmatch(text.strip().lower())
    return min(int(match[1]), _MOST) * _UNITS[match[2]] if match else None


def format_interval(interval: timedelta) -> str:
    """The interval in the largest unit that divides it: the inverse of `parse_interval`.

    >>> format_interval(timedelta(minutes=90)), format_interval(timedelta(hours=2))
    ('90m', '2h')
    """
    for name in ("d", "h"):
        if interval % _UNITS[name] == timedelta(0):
            return f"{interval // _UNITS[name]}{name}"
    return f"{interval // _UNITS['m']}m"


# MERGED fields: Reading the keys of one mapping, with every problem noted instead of raised.
#
# A reader asks for each key by what it should be; what is wrong is added to `Problems` with the
# line, what stands there and what to write, and the reader goes on, so that a person sees all
# problems of a file at once.


_MAX_PROBLEMS: Final = 200
_WORDS_FOR_TRUE = frozenset({"yes", "y", "on", "1"})
_WORDS_FOR_FALSE = frozenset({"no", "n", "off", "0"})


class Problems:
    """The problems of one file, up to 200 of them."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._found: list[Problem] = []
        self._left_out = 0

    def add(self, line: int | None, what: str, fix: str) -> None:
        """Notes one problem."""
        if len(self._found) >= _MAX_PROBLEMS:
            self._left_out += 1
            return
        self._found.append(Problem(where=self._where, what=what, fix=fix, line=line))

    def in_order(self) -> tuple[Problem, ...]:
        """All that was noted, by line; the last one counts those beyond the limit, if any."""
        ordered = sorted(self._found, key=lambda problem: problem.line or 0)
        if self._left_out:
            ordered.append(
                Problem(
                    where=self._where,
                    what=f"there are {self._left_out} more problems",
                    fix="mend these first",
                )
            )
        return tuple(ordered)


class Fields:
    """The keys of one mapping, read one by one.

    Args:
        node: The mapping.
        problems: Where problems go.
        what: What the mapping is, for messages, such as `feed`.
        known: The keys that mean something here; any other is a problem.
        ignored: Keys that may be there and are not read.
    """

    def __init__(
        self,
        node: MappingNode,
        problems: Problems,
        *,
        what: str,
        known: Iterable[str],
        ignored: Iterable[str] = (),
    ) -> None:
        self.line = node.line
        self.what = what
        self._problems = problems
        self._values: dict[str, Node] = {}
        self._check_keys(node, tuple(known), frozenset(ignored))

    def _check_keys(
        self, node: MappingNode, known: tuple[str, ...], ignored: frozenset[str]
    ) -> None:
        lines: dict[str, int] = {}
        for pair in node.pairs:
            if pair.key in lines:
                self._problems.add(
                    pair.line,
                    f"{shorten(pair.key)} is given twice in this {self.what} "
                    f"(first in line {lines[pair.key]})",
                    "keep one of them",
                )
                continue
            lines[pair.key] = pair.line
            if pair.key in known:
                self._values[pair.key] = pair.value
            elif pair.key not in ignored:
                self._problems.add(pair.line, *unknown_key(pair.key, known, self.what))

    def node(self, key: str) -> Node | None:
        """The value as it stands; None when the key is absent or empty."""
        node = self._values.get(key)
        return None if isinstance(node, ScalarNode) and node.value is None else node

    def line_of(self, key: str) -> int:
        """The line of the value, else of the mapping."""
        node = self._values.get(key)
        return node.line if node else self.line

    def wrong(self, key: str, what: str, fix: str) -> None:
        """Notes a problem with the value of `key`."""
        self._problems.add(self.line_of(key), f"{key} {what}", fix)

    def missing(self, key: str, fix: str) -> None:
        """Notes that a required key is absent or empty."""
        state = "is empty" if key in self._values else "is missing"
        self._problems.add(self.line_of(key), f"{key} {state} in this {self.what}", fix)

    def text(self, key: str, *, at_most: int, example: str, required: bool = False) -> str | None:
        """A text without leading and trailing blanks; numbers and true/false count as text."""
        node = self.node(key)
        if node is None:
            if required:
                self.missing(key, f"write {key}: {example}")
            return None
        if not isinstance(node, ScalarNode):
            self.wrong(key, f"should be a text, not {describe(node)}", f"write {key}: {example}")
            return None
        text = node.raw.strip()
        if not text:
            self.missing(key, f"write {key}: {example}")
            return None
        if len(text) > at_most:
            self.wrong(key, f"has {len(text):,} characters", f"shorten it to {at_most:,} at most")
            return None
        return text

    def line_text(
        self, key: str, *, at_most: int, example: str, required: bool = False
    ) -> str | None:
        """A text on one line: line breaks and runs of blanks become one blank."""
        text = self.text(key, at_most=at_most, example=example, required=required)
        if text and not one_line(text):
            self.wrong(key, "has nothing that can be seen", f"write {key}: {example}")
            return None
        return " ".join(text.split()) if text else text

    def texts(self, key: str, *, at_most: int, each: int, example: str) -> tuple[str, ...]:
        """A list of texts in the order of the file; a single text is a list of one."""
        node = self.node(key)
        if node is None:
            return ()
        if isinstance(node, MappingNode):
            self.wrong(key, f"should be a list, not {describe(node)}", f"write {key}: {example}")
            return ()
        items = node.items if isinstance(node, SequenceNode) else (node,)
        if len(items) > at_most:
            self.wrong(key, f"has {len(items):,} entries", f"keep {at_most:,} at most")
            return ()
        found = (self._item(key, item, each, example) for item in items)
        return tuple(dict.fromkeys(text for text in found if text))

    def _item(self, key: str, item: Node, each: int, example: str) -> str | None:
        text = " ".join(item.raw.split()) if isinstance(item, ScalarNode) else None
        if not text:
            what = f"an entry of {key} should be a text, not {describe(item)}"
            self._problems.add(item.line, what, f"write {key}: {example}")
        elif len(text) > each:
            what = f"an entry of {key} has {len(text):,} characters"
            self._problems.add(item.line, what, f"shorten it to {each:,} at most")
            return None
        return text

    def number(self, key: str, *, above: float, at_most: float, default: float) -> float:
        """A number more than `above` and not more than `at_most`."""
        node = self.node(key)
        if node is None:
            return default
        value = node.value if isinstance(node, ScalarNode) else None
        fix = f"write a number more than {above:g} and at most {at_most:g}, such as 1.5"
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.wrong(key, f"should be a number, not {describe(node)}", fix)
        elif not (math.isfinite(value) and above < value <= at_most):
            self.wrong(key, f"is out of range: {describe(node)}", fix)
        else:
            return float(value)
        return default

    def whole(self, key: str, *, at_least: int, at_most: int) -> int | None:
        """A whole number within bounds; None when absent or wrong."""
        node = self.node(key)
        if node is None:
            return None
        value = node.value if isinstance(node, ScalarNode) else None
        fix = f"write a whole number from {at_least} to {at_most}"
        if isinstance(value, bool) or not isinstance(value, int):
            self.wrong(key, f"should be a whole number, not {describe(node)}", fix)
        elif not at_least <= value <= at_most:
            self.wrong(key, f"is out of range: {describe(node)}", fix)
        else:
            return value
        return None

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false; `yes`, `no`, `on` and `off` are words in YAML 1.2, and said to be so."""
        node = self.node(key)
        if node is None:
            return default
        if isinstance(node, ScalarNode) and isinstance(node.value, bool):
            return node.value
        word = node.raw.strip().lower() if isinstance(node, ScalarNode) else ""
        if word in _WORDS_FOR_TRUE | _WORDS_FOR_FALSE:
            fix = f"write {key}: {str(word in _WORDS_FOR_TRUE).lower()}"
        else:
            fix = f"write {key}: true or {key}: false"
        self.wrong(key, f"should be true or false, not {describe(node)}", fix)
        return default

    def interval(self, key: str) -> timedelta | None:
        """An interval such as `30m`, within the bounds of `bot.config.yaml`."""
        node = self.node(key)
        if node is None:
            return None
        interval = parse_interval(node.raw) if isinstance(node, ScalarNode) else None
        if interval is None:
            fix = "write a number with m, h or d: 30m, 2h, 1d"
            self.wrong(key, f"should be an interval, not {describe(node)}", fix)
        elif not SHORTEST <= interval <= LONGEST:
            between = f"{format_interval(SHORTEST)} and {format_interval(LONGEST)}"
            fix = f"write one between {between}; publishers like 30m or more"
            self.wrong(key, f"is out of range: {describe(node)}", fix)
        else:
            return interval
        return None

    def day(self, key: str) -> date | None:
        """A calendar date as YYYY-MM-DD; None when absent or wrong."""
        node = self.node(key)
        if node is None:
            return None
        raw = node.raw.strip() if isinstance(node, ScalarNode) else ""
        fix = f"write year-month-day: {key}: 2018-06-12"
        try:
            day = date.fromisoformat(raw) if len(raw) == len("2018-06-12") else None
        except ValueError:
            self.wrong(key, f"is no date of the calendar: {describe(node)}", fix)
            return None
        if day is None:
            self.wrong(key, f"should be a date, not {describe(node)}", fix)
        return day

    def url(self, key: str, *, example: str, required: bool = False) -> str | None:
        """An http or https address without credentials, as written."""
        text = self.text(key, at_most=2000, example=example, required=required)
        if text is None:
            return None
        if problem := url_problem(text):
            self.wrong(key, *problem)
            return None
        return text


def unknown_key(key: str, known: tuple[str, ...], what: str) -> tuple[str, str]:
    """What is wrong with a key that nobody reads, and the nearest key that somebody reads."""
    nearest = difflib.get_close_matches(key.lower(), known, n=1, cutoff=0.6)
    fix = f"did you mean {nearest[0]}?" if nearest else f"a {what} may have: {', '.join(known)}"
    return f'"{shorten(key)}" means nothing in a {what}', fix


MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 12
MAX_NODES: Final = 250_000


class UnreadableError(Exception):
    """The text is no tree at all; carries the one `Problem`. Translated by the file readers."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, with or without a byte order mark.

    Raises:
        UnreadableError: The file is absent, not readable, too large or not UTF-8.
    """
    where = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _unreadable(where, *os_problem(path, error)) from error
    if len(data) > MAX_BYTES:
        raise _unreadable(where, "the file is larger than 1 MiB", "split or shorten it")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _unreadable(
            where, "the file is not UTF-8 text", "save it again with the encoding UTF-8", line
        ) from error


def parse_tree(text: str, where: str) -> Node:
    """The tree of the one document in `text`; an empty text is an empty scalar.

    Raises:
        UnreadableError: Broken YAML, or something in it that is refused.
    """
    text = text.removeprefix("\ufeff")
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise _unreadable(where, "the text is larger than 1 MiB", "split or shorten it")
    _refuse_control_characters(text, where)
    if text.lstrip().startswith(("{", "[")):
        # JSON may be indented with tabs, which YAML refuses; inside JSON strings tabs are escaped.
        text = text.replace("\t", " ")
    try:
        return _Builder(where).build(YAML(typ="safe", pure=True).parse(text))
    except MarkedYAMLError as error:
        raise UnreadableError(syntax_problem(error, where, text)) from error
    except (YAMLError, YAMLStreamError, ValueError, OverflowError) as error:
        # ValueError and OverflowError: escapes such as "\\UFFFFFFFF" that name no character
        raise _unreadable(
            where, "this is not valid YAML", "check the quoted texts in it"
        ) from error


@dataclass(slots=True)
class _Open:
    """A mapping or sequence whose end has not come yet."""

    line: int
    mapping: bool
    children: list[Node] = field(default_factory=list)


class _Builder:
    """Turns parser events into nodes without recursion."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._stack: list[_Open] = []
        self._root: Node | None = None
        self._count = 0

    def build(self, events: Iterator[Event]) -> Node:
        documents = 0
        for event in events:
            line = event.start_mark.line + 1 if event.start_mark else 1
            match event:
                case DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        raise _unreadable(
                            self._where,
                            "a second document begins here (`---`)",
                            "keep everything in one document",
                            line,
                        )
                case NodeEvent():
                    self._node(event, line)
                case MappingEndEvent() | SequenceEndEvent():
                    self._close()
        return self._root or ScalarNode(value=None, raw="", line=1)

    def _node(self, event: NodeEvent, line: int) -> None:
        self._refuse(event, line)
        match event:
            case ScalarEvent(value=raw, implicit=implicit):
                raw = _join_surrogates(raw)
                value = _resolve(raw) if implicit[0] else raw
                self._add(ScalarNode(value=value, raw=raw, line=line))
            case MappingStartEvent() | SequenceStartEvent():
                self._stack.append(_Open(line, isinstance(event, MappingStartEvent)))

    def _refuse(self, event: NodeEvent, line: int) -> None:
        self._count += 1
        if isinstance(event, AliasEvent) or event.anchor is not None:
            what, fix = "anchors (&) and aliases (*) are not used here", "write the value out"
        elif getattr(event, "tag", None) is not None:
            what, fix = "a type tag (!) is not used here", "write the plain value"
        elif len(self._stack) >= MAX_DEPTH:
            what, fix = "values are nested too deep", "check the indentation and brackets"
        elif self._count > MAX_NODES:
            what, fix = "the file holds too many values", "split it"
        else:
            return
        raise _unreadable(self._where, what, fix, line)

    def _add(self, node: Node) -> None:
        if self._stack:
            self._stack[-1].children.append(node)
        else:
            self._root = node

    def _close(self) -> None:
        done = self._stack.pop()
        if not done.mapping:
            self._add(SequenceNode(items=tuple(done.children), line=done.line))
            return
        pairs = []
        for key, value in zip(done.children[::2], done.children[1::2], strict=True):
            if not isinstance(key, ScalarNode):
                raise _unreadable(
                    self._where, "a list or group stands where a key should", "write key: value",
                    key.line,
                )  # fmt: skip
            pairs.append(Pair(key=key.raw, line=key.line, value=_beside(key, value)))
        self._add(MappingNode(pairs=tuple(pairs), line=done.line))


def _beside(key: ScalarNode, value: Node) -> Node:
    """The value of a key; the parser notices an empty one lines later than where it belongs."""
    empty = isinstance(value, ScalarNode) and not value.raw
    return replace(value, line=key.line) if empty else value


# YAML 1.2.2, 10.3.2, tag resolution of the core schema.
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,300}|[0-9]{1,300}(\.[0-9]{0,300})?)([eE][-+]?[0-9]{1,3})?")


def _resolve(raw: str) -> str | bool | int | float | None:
    """A plain scalar's value; `.inf`, `.nan`, hex and octal have no use here and stay text."""
    if raw in _NULL:
        return None
    if raw in _BOOLEANS:
        return _BOOLEANS[raw]
    if _INTEGER.fullmatch(raw):
        return int(raw)
    return float(raw) if _FLOAT.fullmatch(raw) else raw


def _join_surrogates(text: str) -> str:
    """JSON writes characters beyond U+FFFF as two escapes; a lone half becomes U+FFFD."""
    if any("\ud800" <= c <= "\udfff" for c in text):
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def _refuse_control_characters(text: str, where: str) -> None:
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        what = f"the control character U+{ord(found[0]):04X} is in the text"
        raise _unreadable(where, what, "delete it", line)


def _unreadable(where: str, what: str, fix: str, line: int | None = None) -> UnreadableError:
    return UnreadableError(Problem(where=where, what=what, fix=fix, line=line))
