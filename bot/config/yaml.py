"""YAML and JSON files read into checked values, with every problem named by line.

A file becomes a tree in which every value knows its line. Plain scalars are read by the YAML 1.2
core schema: `no`, `yes` and `on` are words, not booleans; `012` is twelve. Hostile files: at most
`MAX_BYTES` are read; anchors, aliases and tags are refused, so nothing can expand; depth and the
number of values are bounded.

The keys of a file's groups are pydantic models (`Entry`) that read the tree. `read_entry` notes
every problem with its line, what stands there and what to write instead, so that a person sees all
of them at once.
"""

import difflib
import io
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError, YAMLStreamError
from ruamel.yaml.events import AliasEvent, ScalarEvent
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from bot.config.syntax import (
    is_curly,
    no_blank_after,
    no_blank_in,
    odd_blank,
    shorten,
    syntax_problem,
)
from bot.domain.errors import HeldError, InputError, Problem
from bot.domain.text import one_line

MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 12
MAX_NODES: Final = 250_000

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
            letters = ", whose curly quotes are letters to YAML"
            return f'the text "{shorten(node.value)}"{letters if is_curly(node.value) else ""}'


def read_text(path: Path, error: type[InputError]) -> str:
    """The text of a file in UTF-8, with or without a byte order mark.

    Raises:
        InputError: The file is absent, not readable, too large or not UTF-8; of the type `error`.
    """
    reading = Reading(where=str(path), error=error)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as refused:
        raise reading.refusal(*_os_problem(path, refused)) from refused
    if len(data) > MAX_BYTES:
        raise reading.refusal("the file is larger than 1 MiB", "split or shorten it")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as refused:
        line = data.count(b"\n", 0, refused.start) + 1
        fix = "save it again with the encoding UTF-8"
        raise reading.refusal("the file is not UTF-8 text", fix, line) from refused


# Time of the last change in nanoseconds, size in bytes, and the file's own number: a replaced file
# has another one, even when it is as long and as old.
Signature = tuple[int, int, int]
QUIET_S: Final = 10  # a file that stays unchanged so long is not being written any more
# A change by hand that drops at least so many lines, and more than this part, waits for an admin.
FEWEST_HELD: Final = 2
PART_HELD: Final = 5
_LOST_NAMED: Final = 5


def signature_of(path: Path) -> Signature | None:
    """What changes when the file does; None when it is not there."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def is_quiet(signature: Signature | None, *, now_s: float | None = None) -> bool:
    """Whether the file's last change is so long ago that it is finished; one may be absent.

    `now_s` is seconds since 1970 by the clock that dates files; None for this machine's. A change
    that lies ahead says that this clock jumped, and not that the file is being written.
    """
    now_s = time.time() if now_s is None else now_s
    return signature is not None and abs(now_s - signature[0] / 1e9) >= QUIET_S


def held(
    name: str, path: Path, lost: Sequence[str], listed: int, *, fingerprint: str
) -> HeldError | None:
    """The error of a changed file that drops more than a fifth of what is listed, at least two.

    None where it drops less: a person takes out one line, an accident many. `name` is `feeds` or
    `commitments`, `lost` what is dropped, as people call it.
    """
    if len(lost) < FEWEST_HELD or PART_HELD * len(lost) <= listed:
        return None
    rest = len(lost) - _LOST_NAMED
    names = ", ".join(lost[:_LOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")
    what = f"it drops {len(lost)} of {listed} {name} ({names}), so the last good list stays"
    fix = f"put them back; if it is meant, `/briefing accept {name}` or `briefing accept {name}`"
    problem = Problem(where=str(path), what=what, fix=fix)
    return HeldError(problem, fingerprint=fingerprint)


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


def parse_tree(text: str, reading: "Reading") -> Node:
    """The tree of the one document in `text`; an empty text is an empty scalar.

    Raises:
        InputError: Broken YAML, or something in it that is refused.
    """
    reading.text = text = text.removeprefix("\ufeff")
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise reading.refusal("the text is larger than 1 MiB", "split or shorten it")
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        what = f"the control character U+{ord(found[0]):04X} is in the text"
        raise reading.refusal(what, "delete it", line)
    if text.lstrip().startswith(("{", "[")):
        # JSON may be indented with tabs, which YAML refuses; inside JSON strings tabs are escaped.
        text = text.replace("\t", " ")
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer = _Composer
    try:
        root: Node | None = yaml.compose(io.StringIO(text))
    except _RefusedError as error:
        raise reading.refusal(*error.args) from error
    except MarkedYAMLError as error:
        raise reading.error(syntax_problem(error, reading.where, text)) from error
    except (YAMLError, YAMLStreamError, ValueError, OverflowError) as error:
        # ValueError and OverflowError: escapes such as "\\UFFFFFFFF" that name no character
        fix = "check the quoted texts in it"
        raise reading.refusal("this is not valid YAML", fix) from error
    if root is None:
        return ScalarNode(None, "", StringMark(reading.where, 0, 0, 0, text, 0))
    return root


class _RefusedError(Exception):
    """Something in a text that is not used here: what, how to fix it, and the line."""


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
            raise _RefusedError(what, fix, event.start_mark.line + 1)
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


_MAX_PROBLEMS: Final = 200
# A good value for each key, for the person who has to write one.
_EXAMPLES: Final = {
    "url": "https://example.org/feed.xml", "title": "A few words", "category": "agency",
    "language": "en", "id": "a-short-name", "text": "What was promised", "paragraph": "4",
    "parties": "[France, Japan]", "theme": "energy", "progress": "[a sentence]",
    "setback": "[a sentence]", "any": "[some term, another]", "all": "[some term, another]",
    "none": "[some term, another]", "name": "Glasgow 2021", "summit": '"Glasgow 2021"',
    "source": "https://example.org/document", "scale": "implementation",
    "summits": "and below it - id: ...", "commitments": "and below it - id: ...",
}  # fmt: skip
_OF_LEVEL: Final = "what this level means"


@dataclass(kw_only=True)
class Reading:
    """One file that is read, and what is noted meanwhile: its problems, up to 200.

    Attributes:
        where: Names the file in messages.
        error: The type of the error that is raised when something is wrong.
        text: The whole text; empty for a single group that stands in no file.
        lines: The line of each address or id that the file may name only once.
        left_out: How many problems there are beyond those that were found.
    """

    where: str
    error: type[InputError]
    text: str = ""
    lines: dict[str, int | None] = field(default_factory=dict)
    found: list[Problem] = field(default_factory=list)
    left_out: int = 0

    def add(self, line: int | None, what: str, fix: str) -> None:
        """Notes one problem."""
        if len(self.found) < _MAX_PROBLEMS:
            self.found.append(Problem(where=self.where, what=what, fix=fix, line=line))
        else:
            self.left_out += 1

    def refusal(self, what: str, fix: str, line: int | None = None) -> InputError:
        """The error with one problem, which keeps the file from being read."""
        return self.error(Problem(where=self.where, what=what, fix=fix, line=line))


class WrongError(ValueError):
    """A value that is refused; pydantic gathers these.

    What is wrong is read behind the value's key where it is `named`; `{}` in it stands for the
    value's description. Without a `fix` it is to write the key's example.
    """

    def __init__(self, node: Node, what: str, fix: str = "", *, named: bool = True) -> None:
        super().__init__(what)
        self.line, self._what = line_of(node), what.replace("{}", describe(node))
        self._fix, self._named = fix, named

    def said(self, place: tuple[int | str, ...]) -> tuple[str, str]:
        """What is wrong and how to fix it, for the value at that place in the file."""
        key = next((part for part in reversed(place) if isinstance(part, str)), "")
        of = f"an entry of {key} " if place[-1:] != (key,) else f"{key} "
        fix = self._fix or f"write {key}: {_EXAMPLES.get(key, _OF_LEVEL)}"
        return f"{of if self._named else ''}{self._what}", fix


class Entry(BaseModel):
    """A group of keys in a file; any key but its fields is a problem.

    Attributes:
        kind: What people call it, such as `feed`.
        shape: What is wrong, and how to fix it, where it is no group; `{}` is what stands there.
    """

    model_config = ConfigDict(frozen=True)
    kind: ClassVar[str]
    shape: ClassVar[tuple[str, str]]

    @model_validator(mode="before")
    @classmethod
    def _known(cls, node: Node, info: ValidationInfo[Reading]) -> dict[str, Node]:
        """The values of the known keys that are not empty; what is wrong with keys is noted."""
        note, fields = info.context.add, cls.model_fields
        if not isinstance(node, MappingNode):
            found = no_blank_in(node.value) if isinstance(node, ScalarNode) else None
            is_key = found is not None and found[0].lower() in fields
            wrong = no_blank_after(*found) if found and is_key else cls.shape
            raise WrongError(node, *wrong, named=False)
        lines: dict[str, int | None] = {}
        values: dict[str, Any] = {}
        for key, value in node.value:
            name, line = key.value, line_of(key)
            if name in lines:
                what = f"{shorten(name)} is given twice in this {cls.kind}"
                note(line, f"{what} (first in line {lines[name]})", "keep one of them")
            elif name in fields:
                values[name] = value
            else:
                note(line, *unknown_key(name, tuple(fields), cls.kind))
            lines.setdefault(name, line)
        for name, about in fields.items():
            given: Any = values.get(name)
            required = about.is_required()
            scalar = isinstance(given, ScalarNode)
            absent = given is None or (scalar and value_of(given) is None)
            if absent or not (given.value.strip() if scalar else given.value or not required):
                values.pop(name, None)
                if required or not absent:
                    state = "is missing" if given is None else "is empty"
                    fix = f"write {name}: {_EXAMPLES.get(name, _OF_LEVEL)}"
                    note(line_of(given or node), f"{name} {state} in this {cls.kind}", fix)
        return values


E = TypeVar("E", bound=Entry)


def read_entry(model: type[E], node: Node, reading: Reading) -> E:
    """The node as an entry.

    Raises:
        InputError: With all problems, by line; of the type `reading.error`.
    """
    try:
        entry = model.model_validate(node, context=reading)
        if not reading.found:
            return entry
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            wrong = one.get("ctx", {}).get("error")
            if isinstance(wrong, WrongError):
                reading.add(wrong.line, *wrong.said(one["loc"]))
            elif one["type"] != "missing":  # which `Entry` has noted with its line
                reading.add(line_of(node), one["msg"], "")
    lines = {problem.line for problem in reading.found if problem.line}
    if problem := odd_blank(reading.text, reading.where, lines):
        raise reading.error(problem)  # where groups begin and end is not what it looks like
    found = sorted(reading.found, key=lambda problem: problem.line or 0)
    if reading.left_out:
        what = f"there are {reading.left_out} more problems"
        found.append(Problem(where=reading.where, what=what, fix="fix these first"))
    raise reading.error(*found)


def unknown_key(key: str, known: Sequence[str], kind: str) -> tuple[str, str]:
    """What is wrong with a key that means nothing, and the nearest one that does."""
    if (found := no_blank_in(key)) and found[0].lower() in known:
        what, _ = no_blank_after(*found)
        return what, f"write a space, or a new line, after {found[0]}:"
    nearest = difflib.get_close_matches(key.lower(), known, n=1, cutoff=0.6)
    fix = f"did you mean {nearest[0]}?" if nearest else f"a {kind} may have: {', '.join(known)}"
    return f'"{shorten(key)}" means nothing in a {kind}', fix


class Form(NamedTuple):
    """What a whole text must look like, what people call that, and an example of it."""

    pattern: re.Pattern[str]
    name: str
    example: str


def read_line(node: Node, at_most: int, form: Form | None = None) -> str:
    """A text on one line, of that form if any; numbers and true/false count as text."""
    text = " ".join(node.value.split()) if isinstance(node, ScalarNode) else ""
    if not text:
        raise WrongError(node, "should be a text, not {}")
    if not one_line(text):
        raise WrongError(node, "has nothing that can be seen")
    if len(text) > at_most:
        what, fix = f"has {len(text):,} characters", f"shorten it to {at_most:,} at most"
        raise WrongError(node, what, fix)
    if form is not None and not form.pattern.fullmatch(text):
        raise WrongError(node, f"is no {form.name}", f"write a {form.name} such as {form.example}")
    return text


def line(at_most: int, form: Form | None = None) -> BeforeValidator:
    """Lets a text be of one line: breaks and runs of blanks become one blank."""
    return BeforeValidator(lambda node: read_line(node, at_most, form))


def items(
    at_most: int, things: str = "entries", *, fix: str = "begin each entry with -"
) -> BeforeValidator:
    """Lets a value be a list."""

    def read(node: Node) -> list[Node]:
        if isinstance(node, MappingNode) and any(k.value.startswith("-") for k, _ in node.value):
            raise WrongError(node, "lacks a blank after a dash", "write `- ` before each entry")
        if not isinstance(node, SequenceNode):
            raise WrongError(node, "should be a list, not {}", fix)
        if len(node.value) > at_most:
            what = f"lists {len(node.value):,} {things}"
            raise WrongError(node, what, f"keep {at_most:,} at most")
        return list(node.value)

    return BeforeValidator(read)


# `yes`, `no`, `on` and `off` are words in YAML 1.2, and said to be so.
_TRUTHS: Final = {
    **dict.fromkeys(("yes", "y", "on", "1"), "true"),
    **dict.fromkeys(("no", "n", "off", "0"), "false"),
}


def read_flag(node: Node, info: ValidationInfo) -> bool:
    """True or false."""
    value = value_of(node) if isinstance(node, ScalarNode) else None
    if isinstance(value, bool):
        return value
    key, word = info.field_name, str(node.value).strip().lower()
    fix = f"{key}: {_TRUTHS[word]}" if word in _TRUTHS else f"{key}: true or {key}: false"
    raise WrongError(node, "should be true or false, not {}", f"write {fix}")
