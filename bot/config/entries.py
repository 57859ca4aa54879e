"""The keys of a file's groups as pydantic models, and what the value of each key may be.

`read_entry` notes every problem of a file with its line, what stands there and what to write
instead, so that a person sees all of them at once.
"""

import difflib
import math
import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, ClassVar, Final, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from bot.config.yaml import (
    Group,
    InvalidFileError,
    Items,
    Node,
    Scalar,
    WrongError,
    describe,
    invalid,
    shorten,
)
from bot.domain.errors import Problem
from bot.domain.text import one_line
from bot.domain.urls import url_problem

_MAX_PROBLEMS: Final = 200


@dataclass(kw_only=True)
class Reading:
    """What is noted while one file is read: its problems, up to 200, and what has a line.

    Attributes:
        where: The file, for messages.
        lines: The line of each address or id that the file may name only once.
        levels: The levels that a guideline may name, by their text.
    """

    where: str
    lines: dict[str, int] = field(default_factory=dict)
    levels: dict[str, int] = field(default_factory=dict)
    _found: list[Problem] = field(default_factory=list)
    _left_out: int = 0

    def add(self, line: int, what: str, fix: str) -> None:
        """Notes one problem; line 0 is none."""
        if len(self._found) >= _MAX_PROBLEMS:
            self._left_out += 1
            return
        self._found.append(Problem(where=self.where, what=what, fix=fix, line=line or None))

    def check(self) -> None:
        """Raises `InvalidFileError` with all that was noted, by line, if anything was."""
        found = sorted(self._found, key=lambda problem: problem.line or 0)
        if self._left_out:
            what = f"there are {self._left_out} more problems"
            found.append(Problem(where=self.where, what=what, fix="fix these first"))
        if found:
            raise InvalidFileError(*found)


def _reading(info: ValidationInfo) -> Reading:
    if not isinstance(info.context, Reading):
        raise TypeError("an Entry is read by read_entry")
    return info.context


@dataclass(frozen=True)
class Rule:
    """What the value of a key may be: the metadata of a field of an `Entry`.

    `_read` gives the value of a key; what is wrong with it is raised, or noted in the `Reading`.

    Attributes:
        example: A good value, for the person who has to write one.
    """

    example: str = ""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> Any:  # noqa: ANN401 - as pydantic
        return BeforeValidator(self._check).__get_pydantic_core_schema__(source, handler)

    def _check(self, node: Node, info: ValidationInfo) -> object:
        return self._read(info.field_name or "", node, _reading(info))

    def _read(self, key: str, node: Node, reading: Reading) -> object:
        raise NotImplementedError

    def wrong(self, key: str, node: Node, what: str, fix: str = "") -> WrongError:
        """The error for a value; without a fix given it is to write the example."""
        return WrongError(node.line, f"{key} {what}", fix or f"write {key}: {self.example}")


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
    def _known(cls, node: Node, info: ValidationInfo) -> dict[str, Node]:
        """The values of the known keys that are not empty; what is wrong with keys is noted."""
        reading = _reading(info)
        if not isinstance(node, Group):
            what, fix = cls.shape
            raise WrongError(node.line, what.format(describe(node)), fix)
        for key, line in node.repeated:
            first = f"(first in line {node.lines[key]})"
            what = f"{shorten(key)} is given twice in this {cls.kind} {first}"
            reading.add(line, what, "keep one of them")
        for key in node.keys() - cls.model_fields.keys():
            reading.add(node.lines[key], *unknown_key(key, tuple(cls.model_fields), cls.kind))
        return {key: node[key] for key in cls.model_fields if cls._is_given(key, node, reading)}

    @classmethod
    def _is_given(cls, key: str, node: Group, reading: Reading) -> bool:
        value = node.get(key)
        required = cls.model_fields[key].is_required()
        empty = value is None or (isinstance(value, Scalar) and value.value is None)
        blank = isinstance(value, Scalar) and not value.raw.strip()
        none = required and isinstance(value, Items) and not value
        if (required and empty) or (blank and not empty) or none:
            state = "is empty" if key in node else "is missing"
            reading.add(node.line_of(key), f"{key} {state} in this {cls.kind}", cls._fix(key))
        return not (empty or blank or none)

    @classmethod
    def _fix(cls, key: str) -> str:
        rules = (rule for rule in cls.model_fields[key].metadata if isinstance(rule, Rule))
        return f"write {key}: {next(rules).example}"


E = TypeVar("E", bound=Entry)


def read_entry(model: type[E], node: Node, reading: Reading) -> E:
    """The node as an entry.

    Raises:
        InvalidFileError: With all problems, by line.
    """
    entry = None
    try:
        entry = model.model_validate(node, context=reading)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            wrong = one.get("ctx", {}).get("error")
            if isinstance(wrong, WrongError):
                reading.add(wrong.line, wrong.what, wrong.fix)
            elif one["type"] != "missing":  # which `Entry` has noted with its line
                reading.add(node.line, one["msg"], "")
    reading.check()
    if entry is None:
        raise invalid(reading.where, f"this is no {model.kind}", "")
    return entry


def unknown_key(key: str, known: tuple[str, ...], kind: str) -> tuple[str, str]:
    """What is wrong with a key that means nothing, and the nearest one that does."""
    nearest = difflib.get_close_matches(key.lower(), known, n=1, cutoff=0.6)
    fix = f"did you mean {nearest[0]}?" if nearest else f"a {kind} may have: {', '.join(known)}"
    return f'"{shorten(key)}" means nothing in a {kind}', fix


@dataclass(frozen=True)
class Text(Rule):
    """A text without leading and trailing blanks; numbers and true/false count as text."""

    at_most: int = 0

    def _read(self, key: str, node: Node, reading: Reading) -> str:
        if not isinstance(node, Scalar):
            raise self.wrong(key, node, f"should be a text, not {describe(node)}")
        text = node.raw.strip()
        if len(text) > self.at_most:
            fix = f"shorten it to {self.at_most:,} at most"
            raise self.wrong(key, node, f"has {len(text):,} characters", fix)
        return text


class Line(Text):
    """A text on one line: line breaks and runs of blanks become one blank."""

    def _read(self, key: str, node: Node, reading: Reading) -> str:
        text = super()._read(key, node, reading)
        if not one_line(text):
            raise self.wrong(key, node, "has nothing that can be seen")
        return " ".join(text.split())


@dataclass(frozen=True)
class Url(Text):
    """An http or https address without credentials, as written."""

    at_most: int = 2000

    def _read(self, key: str, node: Node, reading: Reading) -> str:
        text = super()._read(key, node, reading)
        if problem := url_problem(text):
            raise self.wrong(key, node, *problem)
        return text


@dataclass(frozen=True)
class Texts(Rule):
    """A list of texts, each once, in the order of the file; a single text is a list of one."""

    at_most: int = 0
    each: int = 0

    def _read(self, key: str, node: Node, reading: Reading) -> tuple[str, ...]:
        if isinstance(node, Group):
            raise self.wrong(key, node, f"should be a list, not {describe(node)}")
        items = node if isinstance(node, Items) else [node]
        if len(items) > self.at_most:
            what, fix = f"has {len(items):,} entries", f"keep {self.at_most:,} at most"
            raise self.wrong(key, node, what, fix)
        texts: dict[str, None] = {}
        for item in items:
            text = " ".join(item.raw.split()) if isinstance(item, Scalar) else ""
            texts[text] = None
            if not text:
                what = f"an entry of {key} should be a text, not {describe(item)}"
                reading.add(item.line, what, f"write {key}: {self.example}")
            elif len(text) > self.each:
                what = f"an entry of {key} has {len(text):,} characters"
                reading.add(item.line, what, f"shorten it to {self.each:,} at most")
        return tuple(texts)


@dataclass(frozen=True)
class Entries(Rule):
    """A list of groups; what each may hold says its model."""

    at_most: int = 0
    things: str = "entries"
    fix: str = "begin each entry with -"

    def _read(self, key: str, node: Node, reading: Reading) -> Items:
        if not isinstance(node, Items):
            raise self.wrong(key, node, f"should be a list, not {describe(node)}", self.fix)
        if len(node) > self.at_most:
            what, fix = f"lists {len(node):,} {self.things}", f"keep {self.at_most:,} at most"
            raise self.wrong(key, node, what, fix)
        return node


@dataclass(frozen=True, kw_only=True)
class Number(Rule):
    """A number more than `above` and not more than `at_most`."""

    above: float
    at_most: float

    def _read(self, key: str, node: Node, reading: Reading) -> float:
        value = node.value if isinstance(node, Scalar) else None
        fix = f"write a number more than {self.above:g} and at most {self.at_most:g}, such as 1.5"
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(key, node, f"should be a number, not {describe(node)}", fix)
        if not (math.isfinite(value) and self.above < value <= self.at_most):
            raise self.wrong(key, node, f"is out of range: {describe(node)}", fix)
        return value


@dataclass(frozen=True, kw_only=True)
class Whole(Rule):
    """A whole number within bounds."""

    at_least: int
    at_most: int

    def _read(self, key: str, node: Node, reading: Reading) -> int:
        value = node.value if isinstance(node, Scalar) else None
        fix = f"write a whole number from {self.at_least} to {self.at_most}"
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(key, node, f"should be a whole number, not {describe(node)}", fix)
        if not self.at_least <= value <= self.at_most:
            raise self.wrong(key, node, f"is out of range: {describe(node)}", fix)
        return value


_WORDS_FOR_TRUE = frozenset({"yes", "y", "on", "1"})
_WORDS_FOR_FALSE = frozenset({"no", "n", "off", "0"})


class Flag(Rule):
    """True or false; `yes`, `no`, `on` and `off` are words in YAML 1.2, and said to be so."""

    def _read(self, key: str, node: Node, reading: Reading) -> bool:
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        word = node.raw.strip().lower() if isinstance(node, Scalar) else ""
        if word in _WORDS_FOR_TRUE | _WORDS_FOR_FALSE:
            fix = f"write {key}: {str(word in _WORDS_FOR_TRUE).lower()}"
        else:
            fix = f"write {key}: true or {key}: false"
        raise self.wrong(key, node, f"should be true or false, not {describe(node)}", fix)


class Day(Rule):
    """A calendar date as YYYY-MM-DD."""

    def _read(self, key: str, node: Node, reading: Reading) -> date:
        raw = node.raw.strip() if isinstance(node, Scalar) else ""
        what, fix = (
            f"should be a date, not {describe(node)}",
            f"write year-month-day: {key}: 2018-06-12",
        )
        if len(raw) == len("2018-06-12"):
            with suppress(ValueError):
                return date.fromisoformat(raw)
            what = f"is no date of the calendar: {describe(node)}"
        raise self.wrong(key, node, what, fix)


class Interval(Rule):
    """An interval such as `30m`, from `SHORTEST` to `LONGEST`."""

    def _read(self, key: str, node: Node, reading: Reading) -> timedelta:
        interval = parse_interval(node.raw) if isinstance(node, Scalar) else None
        if interval is None:
            fix = "write a number with m, h or d: 30m, 2h, 1d"
            raise self.wrong(key, node, f"should be an interval, not {describe(node)}", fix)
        if not SHORTEST <= interval <= LONGEST:
            between = f"{format_interval(SHORTEST)} and {format_interval(LONGEST)}"
            fix = f"write one between {between}; publishers like 30m or more"
            raise self.wrong(key, node, f"is out of range: {describe(node)}", fix)
        return interval


# The shortest interval a list may ask for: docs/decisions.md, on manners toward publishers.
SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(days=7)
_INTERVAL = re.compile(r"([0-9]{1,20}) ?([mhdw])")
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
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
    for name in ("d", "h"):
        if interval % _UNITS[name] == timedelta(0):
            return f"{interval // _UNITS[name]}{name}"
    return f"{interval // _UNITS['m']}m"
