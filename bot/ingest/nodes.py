"""A file's content as a small tree in which every value knows its line.

The readers of feeds.yaml and commitments.yaml work on this tree, so that each problem they find
can name a line.
"""

from dataclasses import dataclass


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
