"""Reading YAML or JSON files into a tree in which every value knows its line.

Plain YAML scalars are read by the YAML 1.2 core schema: `no`, `yes` and `on` are words, not
booleans; `012` is twelve. Hostile files: at most `MAX_BYTES` are read; anchors, aliases and tags
are refused, so nothing can expand; depth and the number of values are bounded.
"""

import io
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError, YAMLStreamError
from ruamel.yaml.events import AliasEvent, ScalarEvent
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

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


Node = ScalarNode | MappingNode | SequenceNode

# YAML 1.2.2, 10.3.2, tag resolution of the core schema. `.inf`, `.nan`, hex and octal have no use
# here and stay text.
_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,300}|[0-9]{1,300}(\.[0-9]{0,300})?)([eE][-+]?[0-9]{1,3})?")


def value_of(node: ScalarNode) -> str | bool | int | float | None:
    """The value of a scalar; one that is quoted is a text."""
    raw: str = node.value
    if node.style is not None:
        return raw
    if raw in _WORDS:
        return _WORDS[raw]
    if _INTEGER.fullmatch(raw):
        return int(raw)
    return float(raw) if _FLOAT.fullmatch(raw) else raw


def line_of(node: Node) -> int | None:
    """The line on which a node begins, from 1; None for one that stands in no file."""
    return node.start_mark.line + 1 if node.start_mark else None


def describe(node: Node) -> str:
    """What a person would call the value: `the text "often"`, `a list`, `empty`."""
    if isinstance(node, MappingNode):
        return "a group of `key: value` lines"
    if isinstance(node, SequenceNode):
        return "a list"
    match value_of(node):
        case None:
            return "empty"
        case bool() as value:
            return str(value).lower()
        case int() | float():
            return f"the number {shorten(node.value)}"
        case _:
            return f'the text "{shorten(node.value)}"'


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


# Time of the last change in nanoseconds, size in bytes, and the file's own number: a replaced file
# has another one, even when it is as long and as old.
Signature = tuple[int, int, int]
QUIET_S: Final = 10  # a file that stays unchanged so long is not being written any more


def signature_of(path: Path) -> Signature | None:
    """What changes when the file does; None when it is not there."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def is_quiet(signature: Signature | None, *, now_s: float | None = None) -> bool:
    """Whether the file's last change is so long ago that it is finished; one may be absent.

    `now_s` is seconds since 1970 by the clock that dates files; None for this machine's.
    """
    now_s = time.time() if now_s is None else now_s
    return signature is not None and now_s - signature[0] / 1e9 >= QUIET_S


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
    except InvalidFileError as error:
        raise InvalidFileError(replace(error.problems[0], where=where)) from error
    except MarkedYAMLError as error:
        raise InvalidFileError(_syntax_problem(error, where, text)) from error
    except (YAMLError, YAMLStreamError, ValueError, OverflowError) as error:
        # ValueError and OverflowError: escapes such as "\\UFFFFFFFF" that name no character
        fix = "check the quoted texts in it"
        raise invalid(where, "this is not valid YAML", fix) from error
    return ScalarNode(None, "", StringMark(where, 0, 0, 0, text, 0)) if root is None else root


def invalid(where: str, what: str, fix: str, line: int | None = None) -> InvalidFileError:
    """The error with one problem."""
    return InvalidFileError(Problem(where=where, what=what, fix=fix, line=line))


class _Composer(Composer):
    """Makes the tree, and refuses what it must not hold."""

    _count = 0

    def compose_node(self, parent: Node | None, index: Node | int | None) -> Node:
        """The next node; of a mapping's keys `index` is None."""
        event = self.parser.peek_event()
        self._count += 1
        what = ""
        if isinstance(event, AliasEvent) or event.anchor is not None:
            what, fix = "anchors (&) and aliases (*) are not used here", "write the value out"
        elif getattr(event, "tag", None) is not None:
            what, fix = "a type tag (!) is not used here", "write the plain value"
        elif self.depth >= MAX_DEPTH:
            what, fix = "values are nested too deep", "check the indentation and brackets"
        elif self._count > MAX_NODES:
            what, fix = "the file holds too many values", "split it"
        elif (
            isinstance(parent, MappingNode) and index is None and not isinstance(event, ScalarEvent)
        ):
            what, fix = "a list or group stands where a key should", "write key: value"
        if what:
            raise invalid("", what, fix, event.start_mark.line + 1)
        node: Node = super().compose_node(parent, index)
        if isinstance(node, ScalarNode):
            if any("\ud800" <= c <= "\udfff" for c in node.value):
                # JSON writes characters beyond U+FFFF as two escapes; a lone half becomes U+FFFD.
                both = node.value.encode("utf-16", "surrogatepass")
                node.value = both.decode("utf-16", "replace")
            if not node.value and isinstance(index, ScalarNode):
                # The parser notices an empty value lines later than where it belongs.
                node.start_mark = node.end_mark = index.end_mark
        return node


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
