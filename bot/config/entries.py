"""The keys of a file's groups as pydantic models, and what the value of each key may be.

The models read the nodes of a tree. `read_entry` notes every problem of a file with its line, what
stands there and what to write instead, so that a person sees all of them at once.
"""

import difflib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, ClassVar, Final, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from bot.config.yaml import (
    InvalidFileError,
    Node,
    describe,
    line_of,
    shorten,
    value_of,
)
from bot.domain.errors import Problem
from bot.domain.text import one_line
from bot.domain.urls import url_problem, web_address

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
    """What is noted while one file is read: its problems, up to 200, and how many there are more.

    `lines` has the line of each address or id that the file may name only once.
    """

    where: str
    lines: dict[str, int | None] = field(default_factory=dict)
    found: list[Problem] = field(default_factory=list)
    left_out: int = 0

    def add(self, line: int | None, what: str, fix: str) -> None:
        """Notes one problem."""
        if len(self.found) < _MAX_PROBLEMS:
            self.found.append(Problem(where=self.where, what=what, fix=fix, line=line))
        else:
            self.left_out += 1


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
        if not isinstance(node, MappingNode):
            raise WrongError(node, *cls.shape, named=False)
        note, fields = info.context.add, cls.model_fields
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
        InvalidFileError: With all problems, by line.
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
    found = sorted(reading.found, key=lambda problem: problem.line or 0)
    if reading.left_out:
        what = f"there are {reading.left_out} more problems"
        found.append(Problem(where=reading.where, what=what, fix="fix these first"))
    raise InvalidFileError(*found)


def unknown_key(key: str, known: Sequence[str], kind: str) -> tuple[str, str]:
    """What is wrong with a key that means nothing, and the nearest one that does."""
    nearest = difflib.get_close_matches(key.lower(), known, n=1, cutoff=0.6)
    fix = f"did you mean {nearest[0]}?" if nearest else f"a {kind} may have: {', '.join(known)}"
    return f'"{shorten(key)}" means nothing in a {kind}', fix


def read_line(node: Node, at_most: int) -> str:
    """A text on one line; numbers and true/false count as text."""
    text = " ".join(node.value.split()) if isinstance(node, ScalarNode) else ""
    if not text:
        raise WrongError(node, "should be a text, not {}")
    if not one_line(text):
        raise WrongError(node, "has nothing that can be seen")
    if len(text) > at_most:
        what, fix = f"has {len(text):,} characters", f"shorten it to {at_most:,} at most"
        raise WrongError(node, what, fix)
    return text


def line(at_most: int) -> BeforeValidator:
    """Lets a text be of one line: breaks and runs of blanks become one blank."""
    return BeforeValidator(lambda node: read_line(node, at_most))


def read_url(node: Node) -> str:
    """An http or https address without credentials, as browsers ask for it."""
    text = read_line(node, 2000)
    if problem := url_problem(text):
        raise WrongError(node, *problem)
    return web_address(text)


def items(
    at_most: int, things: str = "entries", *, fix: str = "begin each entry with -"
) -> BeforeValidator:
    """Lets a value be a list."""

    def read(node: Node) -> list[Node]:
        if not isinstance(node, SequenceNode):
            raise WrongError(node, "should be a list, not {}", fix)
        if len(node.value) > at_most:
            what = f"lists {len(node.value):,} {things}"
            raise WrongError(node, what, f"keep {at_most:,} at most")
        return list(node.value)

    return BeforeValidator(read)


def texts(at_most: int) -> BeforeValidator:
    """Lets a value be a list, or a single text as a list of one."""

    def read(node: Node) -> list[Node]:
        if isinstance(node, MappingNode):
            raise WrongError(node, "should be a list, not {}")
        found = [node] if isinstance(node, ScalarNode) else list(node.value)
        if len(found) > at_most:
            raise WrongError(node, f"has {len(found):,} entries", f"keep {at_most:,} at most")
        return found

    return BeforeValidator(read)


UNIQUE: Final = AfterValidator(lambda values: tuple(dict.fromkeys(values)))


def number(*, above: float, at_most: float) -> BeforeValidator:
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


def whole(*, at_least: int, at_most: int) -> BeforeValidator:
    """Lets a value be a whole number within bounds."""
    fix = f"write a whole number from {at_least} to {at_most}"

    def read(node: Node) -> int:
        value = value_of(node) if isinstance(node, ScalarNode) else None
        if isinstance(value, bool) or not isinstance(value, int):
            raise WrongError(node, "should be a whole number, not {}", fix)
        if not at_least <= value <= at_most:
            raise WrongError(node, "is out of range: {}", fix)
        return value

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


def read_day(node: Node, info: ValidationInfo) -> date:
    """A calendar date as YYYY-MM-DD."""
    raw = node.value.strip() if isinstance(node, ScalarNode) else ""
    fix = f"write year-month-day: {info.field_name}: 2018-06-12"
    if len(raw) != len("2018-06-12"):
        raise WrongError(node, "should be a date, not {}", fix)
    try:
        return date.fromisoformat(raw)
    except ValueError as error:
        raise WrongError(node, "is no date of the calendar: {}", fix) from error


def read_interval(node: Node) -> timedelta:
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
