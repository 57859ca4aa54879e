"""Reading YAML or JSON text into a tree in which every value knows its line.

Plain YAML scalars are read by the YAML 1.2 core schema: `no`, `yes` and `on` are words, not
booleans; `012` is twelve. Hostile files: at most `MAX_BYTES` are read; anchors, aliases and tags
are refused, so nothing can expand; depth and the number of values are bounded.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError, YAMLStreamError
from ruamel.yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from bot.domain.errors import InputError, Problem

MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 12
MAX_NODES: Final = 250_000


class InvalidFileError(InputError):
    """A text is no tree, or not the tree that it should be; see `raised_as`."""


@contextmanager
def raised_as(kind: type[InputError]) -> Iterator[None]:
    """An `InvalidFileError` within becomes an error of `kind` with the same problems."""
    try:
        yield
    except InvalidFileError as error:
        raise kind(*error.problems) from error


class WrongError(ValueError):
    """A value that is refused, with its line; all of a file are gathered where that is possible."""

    def __init__(self, line: int, what: str, fix: str) -> None:
        super().__init__(what)
        self.line, self.what, self.fix = line, what, fix


@dataclass(frozen=True, kw_only=True, slots=True)
class Scalar:
    """A single value: `value` by YAML 1.2, `raw` as written.

    Attributes:
        block: Whether it is written as a block (`|` or `>`), whose end the parser does not know.
        start_mark: Where the parser found it; None for a value that stands in no file.
        end_mark: Behind its last character.
    """

    value: str | bool | int | float | None
    raw: str
    line: int = 0
    block: bool = False
    start_mark: StringMark | None = None
    end_mark: StringMark | None = None


class Group(dict[str, "Node"]):
    """The values of a mapping by key, in the order of the file.

    Attributes:
        lines: The line of each key.
        repeated: Keys that came once more, each with its line; their first value counts.
    """

    def __init__(self, start: StringMark, *, flow: bool = False) -> None:
        super().__init__()
        self.line = start.line + 1
        self.start_mark = self.end_mark = start
        self.flow = flow
        self.lines: dict[str, int] = {}
        self.repeated: list[tuple[str, int]] = []

    def line_of(self, key: str) -> int:
        """The line of the key's value, else of the group."""
        return self[key].line if key in self else self.line


class Items(list["Node"]):
    """The values of a sequence."""

    def __init__(self, start: StringMark, *, flow: bool = False) -> None:
        super().__init__()
        self.line = start.line + 1
        self.start_mark = self.end_mark = start
        self.flow = flow


Node = Scalar | Group | Items


def describe(node: Node) -> str:
    """What a person would call the value: `the text "often"`, `a list`, `empty`."""
    match node:
        case Group():
            return "a group of `key: value` lines"
        case Items():
            return "a list"
        case Scalar(value=None):
            return "empty"
        case Scalar(value=bool() as value):
            return str(value).lower()
        case Scalar(value=int() | float(), raw=raw):
            return f"the number {shorten(raw)}"
        case Scalar(raw=raw):
            return f'the text "{shorten(raw)}"'


def shorten(text: str, length: int = 40) -> str:
    """`text` on one line, printable, cut to `length` characters."""
    line = "".join(c if c.isprintable() else " " for c in text)
    return line if len(line) <= length else line[: length - 1] + "…"


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, with or without a byte order mark.

    Raises:
        InvalidFileError: The file is absent, not readable, too large or not UTF-8.
    """
    where = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise invalid(where, *_os_problem(path, error)) from error
    if len(data) > MAX_BYTES:
        raise invalid(where, "the file is larger than 1 MiB", "split or shorten it")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        fix = "save it again with the encoding UTF-8"
        raise invalid(where, "the file is not UTF-8 text", fix, line) from error


def _os_problem(path: Path, error: OSError) -> tuple[str, str]:
    """What keeps a file from being read, and how to fix it."""
    if isinstance(error, FileNotFoundError):
        return f"there is no file {path}", "create it, or name another file"
    if isinstance(error, IsADirectoryError):
        return f"{path} is a folder", "name a file"
    if isinstance(error, PermissionError):
        return f"{path} may not be read", "give the bot's user the right to read it"
    return f"{path} cannot be read ({error.strerror})", "check the file"


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def parse_tree(text: str, where: str) -> Node:
    """The tree of the one document in `text`; an empty text is an empty scalar.

    Raises:
        InvalidFileError: Broken YAML, or something in it that is refused.
    """
    text = text.removeprefix("\ufeff")
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise invalid(where, "the text is larger than 1 MiB", "split or shorten it")
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        what = f"the control character U+{ord(found[0]):04X} is in the text"
        raise invalid(where, what, "delete it", line)
    if text.lstrip().startswith(("{", "[")):
        # JSON may be indented with tabs, which YAML refuses; inside JSON strings tabs are escaped.
        text = text.replace("\t", " ")
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer = _Composer
    try:
        root = yaml.compose(io.StringIO(text))
    except WrongError as error:
        raise invalid(where, error.what, error.fix, error.line) from error
    except MarkedYAMLError as error:
        raise InvalidFileError(_syntax_problem(error, where, text)) from error
    except (YAMLError, YAMLStreamError, ValueError, OverflowError) as error:
        # ValueError and OverflowError: escapes such as "\\UFFFFFFFF" that name no character
        fix = "check the quoted texts in it"
        raise invalid(where, "this is not valid YAML", fix) from error
    return Scalar(value=None, raw="", line=1) if root is None else root


def invalid(where: str, what: str, fix: str, line: int | None = None) -> InvalidFileError:
    """The error with one problem."""
    return InvalidFileError(Problem(where=where, what=what, fix=fix, line=line))


class _Composer(Composer):
    """Makes the tree from the parser's events, and refuses what it must not hold."""

    _count = 0

    def compose_node(self, parent: object, index: object) -> Node:
        """The next node; both arguments are the library's and mean nothing here."""
        event = self.parser.get_event()
        self._refuse(event)
        if isinstance(event, ScalarEvent):
            return _scalar(event)
        self.depth += 1
        made = Group if isinstance(event, MappingStartEvent) else Items
        node = made(event.start_mark, flow=bool(event.flow_style))
        while not self.parser.check_event(MappingEndEvent, SequenceEndEvent):
            if isinstance(node, Group):
                self._pair(node)
            else:
                node.append(self.compose_node(None, None))
        node.end_mark = self.parser.get_event().end_mark
        self.depth -= 1
        return node

    def _pair(self, group: Group) -> None:
        key, value = self.compose_node(None, None), self.compose_node(None, None)
        if not isinstance(key, Scalar):
            what = "a list or group stands where a key should"
            raise WrongError(key.line, what, "write key: value")
        if key.raw in group:
            group.repeated.append((key.raw, key.line))
            return
        if isinstance(value, Scalar) and not value.raw:
            # The parser notices an empty value lines later than where it belongs.
            value = Scalar(value=value.value, raw="", line=key.line)
        group[key.raw] = value
        group.lines[key.raw] = key.line

    def _refuse(self, event: NodeEvent) -> None:
        self._count += 1
        if isinstance(event, AliasEvent) or event.anchor is not None:
            what, fix = "anchors (&) and aliases (*) are not used here", "write the value out"
        elif getattr(event, "tag", None) is not None:
            what, fix = "a type tag (!) is not used here", "write the plain value"
        elif self.depth >= MAX_DEPTH:
            what, fix = "values are nested too deep", "check the indentation and brackets"
        elif self._count > MAX_NODES:
            what, fix = "the file holds too many values", "split it"
        else:
            return
        raise WrongError(event.start_mark.line + 1, what, fix)


# YAML 1.2.2, 10.3.2, tag resolution of the core schema. `.inf`, `.nan`, hex and octal have no use
# here and stay text.
_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,300}|[0-9]{1,300}(\.[0-9]{0,300})?)([eE][-+]?[0-9]{1,3})?")


def _scalar(event: ScalarEvent) -> Scalar:
    raw: str = event.value
    if any("\ud800" <= c <= "\udfff" for c in raw):
        # JSON writes characters beyond U+FFFF as two escapes; a lone half becomes U+FFFD.
        raw = raw.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    value: str | bool | float | None = raw
    if event.implicit[0]:
        if raw in _WORDS:
            value = _WORDS[raw]
        elif _INTEGER.fullmatch(raw):
            value = int(raw)
        elif _FLOAT.fullmatch(raw):
            value = float(raw)
    return Scalar(
        value=value,
        raw=raw,
        line=event.start_mark.line + 1,
        block=event.style in {"|", ">"},
        start_mark=event.start_mark,
        end_mark=event.end_mark,
    )


# What git leaves in a file where two people changed the same lines.
_MERGE_MARKER = re.compile(r"^(?:<{7}|>{7})(?: .*)?\r?$", re.MULTILINE)
# What the parser says, and the same in the words of a person who has the file open.
_SYNTAX: Final = (
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
    (
        "found another document",
        "a second document begins here (`---`)",
        "keep everything in one document",
    ),
)


def _syntax_problem(error: MarkedYAMLError, where: str, text: str) -> Problem:
    """What the YAML parser says, as a problem."""
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
