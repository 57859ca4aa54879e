"""Small rules that a value must keep; tables of them describe all of Block Kit.

A rule gives a `Problem` for each fault that it finds and nothing when the value is right.
The wording is the one in which Slack answers `invalid_blocks` and `invalid_arguments`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from sandbox.slack.blockkit.limits import LIMITS, Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One fault in blocks or in a view.

    Attributes:
        message: Slack's wording, for example "must be less than 3001 characters".
        pointer: JSON pointer (RFC 6901) from the root of the request to the value.
    """

    message: str
    pointer: str

    def __str__(self) -> str:
        """One line as in Slack's answers: `must be ... [json-pointer:/blocks/0/text]`."""
        return f"{self.message} [json-pointer:{self.pointer}]"


# A rule on several fields of one object: (fields, pointer to the object) -> problems.
FieldsRule = Callable[[Mapping[str, object], str], Iterator[Problem]]


class Rule(Protocol):
    """Something that a JSON value keeps or breaks."""

    def problems(self, value: object, at: str) -> Iterator[Problem]:
        """The faults of `value`, which stands at the JSON pointer `at`."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A string whose length is in a named limit, optionally of a certain form."""

    limit: str
    form: re.Pattern[str] | None = None

    def problems(self, value: object, at: str) -> Iterator[Problem]:
        """Not a string, too long, too short, or not of the form."""
        if not isinstance(value, str):
            yield Problem(message="must provide a string", pointer=at)
            return
        span = LIMITS[self.limit]
        if len(value) > span.most:
            yield Problem(message=f"must be less than {span.most + 1} characters", pointer=at)
        elif len(value) < span.least:
            yield Problem(message=f"must be more than {span.least - 1} characters", pointer=at)
        elif self.form is not None and not self.form.fullmatch(value):
            yield Problem(message=f"must match pattern: {self.form.pattern}", pointer=at)


@dataclass(frozen=True, slots=True)
class AnyText:
    """Any string."""

    def problems(self, value: object, at: str) -> Iterator[Problem]:
        """Not a string."""
        if not isinstance(value, str):
            yield Problem(message="must provide a string", pointer=at)


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def problems(self, value: object, at: str) -> Iterator[Problem]:
        """Not a boolean."""
        if not isinstance(value, bool):
            yield Problem(message="must provide a boolean", pointer=at)


@dataclass(frozen=True, slots=True)
class Number:
    """A number; whole and inside a named limit where those are given."""

    limit: str | None = None
    whole: bool = True

    def problems(self, value: object, at: str) -> Iterator[Problem]:
        """Not a number, not whole, or out of range."""
        wanted = (int,) if self.whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, wanted):
            yield Problem(message="must provide a number", pointer=at)
            return
        if self.limit is None:
            return
        span = LIMITS[self.limit]
        if value > span.most:
            yield Problem(message=f"must be less than {span.most + 1}", pointer=at)
        elif value < span.least:
            yield Problem(message=f"must be more than {span.least - 1}", pointer=at)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: frozenset[str]

    def problems(self, value: object, at: str) -> Iterator[Problem]:
        """None of the words."""
        if not isinstance(value, str) or value not in self.words:
            yield Problem(message="must be a valid enum value", pointer=at)


@dataclass(frozen=True, slots=True)
class Items:
    """A list whose count is in a named limit and whose items keep one rule."""

    item: Rule
    limit: str

    def problems(self, value: object, at: str) -> Iterator[Problem]:
        """Not a list, too many, too few, and the faults of each item."""
        if not isinstance(value, list):
            yield Problem(message="must provide an array", pointer=at)
            return
        yield from count_problems(len(value), LIMITS[self.limit], at)
        for index, item in enumerate(value):
            yield from self.item.problems(item, f"{at}/{index}")


@dataclass(frozen=True, slots=True)
class Record:
    """An object with known fields.

    Attributes:
        fields: The rule of each field that may stand there.
        required: The fields that must stand there.
        together: Rules that look at several fields.
    """

    fields: Mapping[str, Rule]
    required: frozenset[str] = frozenset()
    together: tuple[FieldsRule, ...] = ()

    def problems(self, value: object, at: str) -> Iterator[Problem]:
        """Not an object, a field missing or unknown, and the faults of each field."""
        if not isinstance(value, dict):
            yield Problem(message="must provide an object", pointer=at)
            return
        for name in sorted(self.required - value.keys()):
            yield Problem(message=f"missing required field: {name}", pointer=at)
        for name, part in value.items():
            rule = self.fields.get(name)
            if rule is None:
                yield Problem(message=f"invalid additional property: {name}", pointer=at)
            else:
                yield from rule.problems(part, f"{at}/{name}")
        for rule_of_fields in self.together:
            yield from rule_of_fields(value, at)


@dataclass(frozen=True, slots=True)
class ByType:
    """An object whose field `type` says which record it must be."""

    records: Mapping[str, Rule]

    def problems(self, value: object, at: str) -> Iterator[Problem]:
        """Not an object, no type, a type that is not allowed here, and the record's faults."""
        if not isinstance(value, dict):
            yield Problem(message="must provide an object", pointer=at)
            return
        if "type" not in value:
            yield Problem(message="missing required field: type", pointer=at)
            return
        kind = value["type"]
        record = self.records.get(kind) if isinstance(kind, str) else None
        if record is None:
            yield Problem(message=f"unsupported type: {kind}", pointer=f"{at}/type")
        else:
            yield from record.problems(value, at)

    def only(self, *kinds: str) -> "ByType":
        """The same rule with fewer types allowed."""
        return ByType({kind: self.records[kind] for kind in kinds})


def count_problems(count: int, span: Span, at: str) -> Iterator[Problem]:
    """Too many or too few items in the list at `at`."""
    if count > span.most:
        yield Problem(message=f"no more than {span.most} items allowed", pointer=at)
    elif count < span.least:
        yield Problem(message=f"no fewer than {span.least} items allowed", pointer=at)


def typed(
    kind: str,
    fields: Mapping[str, Rule],
    *,
    required: tuple[str, ...] = (),
    together: tuple[FieldsRule, ...] = (),
) -> Record:
    """A record that carries its own `type` word."""
    return Record(
        {"type": Choice(frozenset({kind})), **fields},
        required=frozenset({"type", *required}),
        together=together,
    )


def at_least_one(*names: str) -> FieldsRule:
    """One of these fields must be there and not empty."""
    listed = " or ".join(f"`{name}`" for name in names)

    def check(fields: Mapping[str, object], at: str) -> Iterator[Problem]:
        if not any(fields.get(name) for name in names):
            yield Problem(message=f"must define either {listed}", pointer=f"{at}/type")

    return check


def exactly_one(*names: str) -> FieldsRule:
    """Exactly one of these fields must be there."""
    listed = " or ".join(f"`{name}`" for name in names)

    def check(fields: Mapping[str, object], at: str) -> Iterator[Problem]:
        if sum(name in fields for name in names) != 1:
            yield Problem(message=f"must define one of {listed}", pointer=at)

    return check
