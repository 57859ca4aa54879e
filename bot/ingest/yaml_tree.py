"""Reading YAML or JSON text into a tree of nodes that know their lines.

Plain YAML scalars are read by the YAML 1.2 core schema: `no`, `yes` and `on` are words, not
booleans; `012` is twelve.

Hostile files: at most `MAX_BYTES` are read; anchors, aliases and tags are refused, so nothing can
expand; depth and the number of values are bounded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
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
from bot.ingest.nodes import MappingNode, Node, Pair, ScalarNode, SequenceNode
from bot.ingest.yaml_words import os_problem, syntax_problem

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
            what, mend = "anchors (&) and aliases (*) are not used here", "write the value out"
        elif getattr(event, "tag", None) is not None:
            what, mend = "a type tag (!) is not used here", "write the plain value"
        elif len(self._stack) >= MAX_DEPTH:
            what, mend = "values are nested too deep", "check the indentation and brackets"
        elif self._count > MAX_NODES:
            what, mend = "the file holds too many values", "split it"
        else:
            return
        raise _unreadable(self._where, what, mend, line)

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


def _unreadable(where: str, what: str, mend: str, line: int | None = None) -> UnreadableError:
    return UnreadableError(Problem(where=where, what=what, mend=mend, line=line))
