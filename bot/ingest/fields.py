"""Reading the keys of one mapping, with every problem noted instead of raised.

A reader asks for each key by what it should be; what is wrong is added to `Problems` with the
line, what stands there and what to write, and the reader goes on, so that a person sees all
problems of a file at once.
"""

import difflib
import math
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from bot.domain.errors import Problem
from bot.ingest.feed_url import url_problem
from bot.ingest.intervals import LONGEST, SHORTEST, format_interval, parse_interval
from bot.ingest.nodes import MappingNode, Node, ScalarNode, SequenceNode, describe, shorten
from bot.ingest.text import one_line

_MAX_PROBLEMS: Final = 200
_WORDS_FOR_TRUE = frozenset({"yes", "y", "on", "1"})
_WORDS_FOR_FALSE = frozenset({"no", "n", "off", "0"})


class Problems:
    """The problems of one file, up to 200 of them."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._found: list[Problem] = []
        self._left_out = 0

    def add(self, line: int | None, what: str, mend: str) -> None:
        """Notes one problem."""
        if len(self._found) >= _MAX_PROBLEMS:
            self._left_out += 1
            return
        self._found.append(Problem(where=self._where, what=what, mend=mend, line=line))

    def in_order(self) -> tuple[Problem, ...]:
        """All that was noted, by line; the last one counts those beyond the limit, if any."""
        ordered = sorted(self._found, key=lambda problem: problem.line or 0)
        if self._left_out:
            ordered.append(
                Problem(
                    where=self._where,
                    what=f"there are {self._left_out} more problems",
                    mend="mend these first",
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

    def wrong(self, key: str, what: str, mend: str) -> None:
        """Notes a problem with the value of `key`."""
        self._problems.add(self.line_of(key), f"{key} {what}", mend)

    def missing(self, key: str, mend: str) -> None:
        """Notes that a required key is absent or empty."""
        state = "is empty" if key in self._values else "is missing"
        self._problems.add(self.line_of(key), f"{key} {state} in this {self.what}", mend)

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
        mend = f"write a number more than {above:g} and at most {at_most:g}, such as 1.5"
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.wrong(key, f"should be a number, not {describe(node)}", mend)
        elif not (math.isfinite(value) and above < value <= at_most):
            self.wrong(key, f"is out of range: {describe(node)}", mend)
        else:
            return float(value)
        return default

    def whole(self, key: str, *, at_least: int, at_most: int) -> int | None:
        """A whole number within bounds; None when absent or wrong."""
        node = self.node(key)
        if node is None:
            return None
        value = node.value if isinstance(node, ScalarNode) else None
        mend = f"write a whole number from {at_least} to {at_most}"
        if isinstance(value, bool) or not isinstance(value, int):
            self.wrong(key, f"should be a whole number, not {describe(node)}", mend)
        elif not at_least <= value <= at_most:
            self.wrong(key, f"is out of range: {describe(node)}", mend)
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
            mend = f"write {key}: {str(word in _WORDS_FOR_TRUE).lower()}"
        else:
            mend = f"write {key}: true or {key}: false"
        self.wrong(key, f"should be true or false, not {describe(node)}", mend)
        return default

    def interval(self, key: str) -> timedelta | None:
        """An interval such as `30m`, within the bounds of `bot.ingest.intervals`."""
        node = self.node(key)
        if node is None:
            return None
        interval = parse_interval(node.raw) if isinstance(node, ScalarNode) else None
        if interval is None:
            mend = "write a number with m, h or d: 30m, 2h, 1d"
            self.wrong(key, f"should be an interval, not {describe(node)}", mend)
        elif not SHORTEST <= interval <= LONGEST:
            between = f"{format_interval(SHORTEST)} and {format_interval(LONGEST)}"
            mend = f"write one between {between}; publishers like 30m or more"
            self.wrong(key, f"is out of range: {describe(node)}", mend)
        else:
            return interval
        return None

    def day(self, key: str) -> date | None:
        """A calendar date as YYYY-MM-DD; None when absent or wrong."""
        node = self.node(key)
        if node is None:
            return None
        raw = node.raw.strip() if isinstance(node, ScalarNode) else ""
        mend = f"write year-month-day: {key}: 2018-06-12"
        try:
            day = date.fromisoformat(raw) if len(raw) == len("2018-06-12") else None
        except ValueError:
            self.wrong(key, f"is no date of the calendar: {describe(node)}", mend)
            return None
        if day is None:
            self.wrong(key, f"should be a date, not {describe(node)}", mend)
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
    mend = f"did you mean {nearest[0]}?" if nearest else f"a {what} may have: {', '.join(known)}"
    return f'"{shorten(key)}" means nothing in a {what}', mend
