"""Where the feeds stand in the text of a feed list: which lines belong to which feed."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.ingest.nodes import MappingNode, Node, Pair, ScalarNode, SequenceNode
from bot.ingest.yaml_tree import parse_tree

_DASH = re.compile(r"( *)-( +)(?=[^\s#])")
_KEY = re.compile(r"""\s*(?:-\s+)?["']?(\w+)["']?\s*:(?:\s|$)""")


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """The lines of one feed, from its dash on, without comments and blank lines behind it.

    Attributes:
        lines: Without line ends.
        indent: The blanks before its keys.
    """

    lines: tuple[str, ...]
    indent: str

    def key_of(self, line: str) -> str | None:
        """The key that a line begins, when it stands where this feed's keys stand."""
        match = _KEY.match(line)
        column = len(line) - len(line.lstrip(" -"))
        return match[1] if match and column == len(self.indent) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """A feed list's text by lines.

    Attributes:
        lines: All lines, without their ends.
        end: How lines end in this file.
        spans: First line and the line behind the last, for each feed, in the order of the list.
        insert_at: Where the lines of a further feed go.
        dash: The blanks before a dash.
    """

    lines: tuple[str, ...]
    end: str
    spans: tuple[tuple[int, int], ...]
    insert_at: int
    dash: str

    def with_blocks(self, feeds: Sequence[Sequence[str]]) -> str:
        """The text with more feeds behind the last; each is given as its lines `key: value`."""
        blocks = [
            f"{self.dash}{'- ' if number == 0 else '  '}{line}"
            for keys in feeds
            for number, line in enumerate(keys)
        ]
        return self._text(self.lines[: self.insert_at], blocks, self.lines[self.insert_at :])

    def without_block(self, place: int) -> str:
        """The text without one feed; comments around it stay."""
        start, stop = self.spans[place]
        if len(self.spans) == 1:
            head = [re.sub(r"^(feeds\s*:)", r"\1 []", line) for line in self.lines[:start]]
            return self._text(head, self.lines[stop:])
        return self._text(self.lines[:start], self.lines[stop:])

    def with_block_changed(self, place: int, edit: Callable[[Block], Block | None]) -> str | None:
        """The text with the block that `edit` makes of one feed's; None when it makes none."""
        start, stop = self.spans[place]
        indent = " " * _key_column(self.lines[start])
        block = edit(Block(lines=self.lines[start:stop], indent=indent))
        if block is None:
            return None
        return self._text(self.lines[:start], block.lines, self.lines[stop:])

    def _text(self, *parts: Sequence[str]) -> str:
        return self.end.join(line for part in parts for line in part)


def layout_of(text: str, where: str) -> Layout | None:
    """The layout; None when the list is not written line by line below `feeds:`."""
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(end)
    root = parse_tree(text, where)
    pairs = root.pairs if isinstance(root, MappingNode) else ()
    place = next((n for n, pair in enumerate(pairs) if pair.key == "feeds"), None)
    if place is None:
        return _without_list(lines, end) if _is_plain(root, lines) else None
    value = pairs[place].value
    if isinstance(value, SequenceNode) and value.items:
        behind = pairs[place + 1].line - 1 if place + 1 < len(pairs) else len(lines)
        return _with_feeds(lines, end, value.items, behind)
    return _with_empty_list(lines, end, pairs[place])


def _is_plain(root: Node, lines: Sequence[str]) -> bool:
    empty = isinstance(root, ScalarNode) and root.value is None
    return empty or not any(line.lstrip().startswith(("{", "---", "...")) for line in lines)


def _without_list(lines: list[str], end: str) -> Layout:
    while lines and not lines[-1].strip():
        lines.pop()
    lines += ["feeds:", ""]
    return Layout(lines=tuple(lines), end=end, spans=(), insert_at=len(lines) - 1, dash="  ")


def _with_empty_list(lines: list[str], end: str, feeds: Pair) -> Layout | None:
    line = lines[feeds.line - 1]
    emptied = re.sub(r"^(feeds\s*:)\s*(?:\[\s*\]|~|null)?\s*?(\s+#.*)?$", r"\1\2", line)
    if not re.match(r"feeds\s*:\s*(#|$)", emptied):
        return None
    changed = [*lines[: feeds.line - 1], emptied, *lines[feeds.line :]]
    if feeds.line == len(lines):
        changed.append("")
    return Layout(lines=tuple(changed), end=end, spans=(), insert_at=feeds.line, dash="  ")


def _with_feeds(lines: list[str], end: str, items: Sequence[Node], behind: int) -> Layout | None:
    starts = [item.line - 1 for item in items]
    dashes = [_DASH.match(lines[start]) for start in starts]
    columns = {len(dash[1]) for dash in dashes if dash}
    if None in dashes or len(columns) != 1 or len(set(starts)) != len(starts):
        return None
    limits = [*starts[1:], behind]
    spans = tuple(
        (start, _content_end(lines, start, limit))
        for start, limit in zip(starts, limits, strict=True)
    )
    stop = spans[-1][1]
    if stop == len(lines):
        lines = [*lines, ""]  # the last line had no end
    return Layout(
        lines=tuple(lines), end=end, spans=spans, insert_at=stop, dash=" " * columns.pop()
    )


def _content_end(lines: Sequence[str], start: int, limit: int) -> int:
    """The line behind the last that belongs to the feed; comments behind it are the next one's."""
    column = _key_column(lines[start])
    stop = limit
    while stop > start + 1:
        line = lines[stop - 1]
        text = line.lstrip()
        belongs = text and not (text.startswith("#") and len(line) - len(text) <= column)
        if belongs and not text.startswith(("---", "...")):
            break
        stop -= 1
    return stop


def _key_column(line: str) -> int:
    match = _DASH.match(line)
    return match.end() if match else 0
