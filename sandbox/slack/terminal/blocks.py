"""Blocks, each as something that rich can draw."""

from collections.abc import Callable, Mapping
from typing import Final

from rich.console import Group, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from sandbox.slack.model import JsonObject
from sandbox.slack.terminal.elements import element, text_object
from sandbox.slack.terminal.figures import chart, table
from sandbox.slack.terminal.reader import Reader, printable
from sandbox.slack.terminal.rich_text import rich_text

_GAP: Final = "  "


def render_blocks(
    blocks: list[JsonObject], reader: Reader, state: JsonObject | None = None
) -> list[RenderableType]:
    """One renderable for each block.

    Args:
        blocks: As stored.
        reader: Who looks.
        state: What stands in the fields, in the shape of `state.values`.
    """
    return [
        _block(block, reader, (state or {}).get(block.get("block_id", ""), {})) for block in blocks
    ]


def _block(block: JsonObject, reader: Reader, entries: JsonObject) -> RenderableType:
    draw = _DRAW.get(block["type"])
    if draw is None:
        return Text(f"[{block['type']} block]", "dim")
    return draw(block, reader, entries)


def _header(block: JsonObject, reader: Reader, _entries: JsonObject) -> RenderableType:
    text = text_object(block["text"], reader)
    text.stylize("bold underline")
    return text


def _section(block: JsonObject, reader: Reader, entries: JsonObject) -> RenderableType:
    parts: list[RenderableType] = []
    if "text" in block:
        parts.append(text_object(block["text"], reader))
    if "fields" in block:
        parts.append(_fields(block["fields"], reader))
    if "accessory" not in block:
        return Group(*parts)
    accessory = block["accessory"]
    grid = Table.grid(expand=True, padding=(0, 2))
    grid.add_column(ratio=1)
    grid.add_column(justify="right")
    grid.add_row(Group(*parts), element(accessory, reader, entries.get(accessory.get("action_id"))))
    return grid


def _fields(fields: list[JsonObject], reader: Reader) -> RenderableType:
    """Two columns, filled row by row."""
    grid = Table.grid(expand=True, padding=(0, 2))
    grid.add_column(ratio=1)
    grid.add_column(ratio=1)
    texts: list[RenderableType] = [text_object(each, reader) for each in fields]
    for left in range(0, len(texts), 2):
        grid.add_row(*texts[left : left + 2])
    return grid


def _context(block: JsonObject, reader: Reader, _entries: JsonObject) -> RenderableType:
    shown = [
        element(part, reader) if part["type"] == "image" else text_object(part, reader)
        for part in block["elements"]
    ]
    line = Text(_GAP).join(shown)
    line.stylize_before("dim")
    return line


def _actions(block: JsonObject, reader: Reader, entries: JsonObject) -> RenderableType:
    shown = [
        element(part, reader, entries.get(part.get("action_id"))) for part in block["elements"]
    ]
    return Text(_GAP).join(shown)


def _image(block: JsonObject, reader: Reader, _entries: JsonObject) -> RenderableType:
    lines: list[RenderableType] = [element({**block, "type": "image"}, reader)]
    if "title" in block:
        lines.insert(0, text_object(block["title"], reader))
    return Group(*lines)


def _input(block: JsonObject, reader: Reader, entries: JsonObject) -> RenderableType:
    part = block["element"]
    label = text_object(block["label"], reader)
    label.stylize("bold")
    if block.get("optional"):
        label.append(" (optional)", "dim")
    lines: list[RenderableType] = [label, element(part, reader, entries.get(part["action_id"]))]
    if "hint" in block:
        hint = text_object(block["hint"], reader)
        hint.stylize_before("dim")
        lines.append(hint)
    return Group(*lines)


def _container(block: JsonObject, reader: Reader, _entries: JsonObject) -> RenderableType:
    title = text_object(block["title"], reader) if "title" in block else None
    return Panel(Group(*render_blocks(block["child_blocks"], reader)), title=title)


def _card(block: JsonObject, reader: Reader, _entries: JsonObject) -> RenderableType:
    names = ("title", "subtitle", "body", "subtext")
    lines = [text_object(block[name], reader) for name in names if name in block]
    lines += [element(part, reader) for part in block.get("actions", [])]
    return Panel(Group(*lines), expand=False)


def _alert(block: JsonObject, reader: Reader, _entries: JsonObject) -> RenderableType:
    return Panel(text_object(block["text"], reader), title=block.get("level", "default"))


_Draw = Callable[[JsonObject, Reader, JsonObject], RenderableType]
_DRAW: Final[Mapping[str, _Draw]] = {
    "actions": _actions,
    "alert": _alert,
    "card": _card,
    "carousel": lambda block, reader, _entries: Group(*render_blocks(block["elements"], reader)),
    "container": _container,
    "context": _context,
    "context_actions": _actions,
    "data_table": lambda block, reader, _entries: table(block, reader),
    "data_visualization": lambda block, reader, _entries: chart(block, reader),
    "divider": lambda _block, _reader, _entries: Rule(style="dim"),
    "header": _header,
    "image": _image,
    "input": _input,
    "markdown": lambda block, _reader, _entries: Markdown(printable(block["text"])),
    "rich_text": lambda block, reader, _entries: rich_text(block, reader),
    "section": _section,
    "table": lambda block, reader, _entries: table(block, reader),
    "video": lambda block, reader, _entries: Padding(text_object(block["title"], reader), 0),
}
