"""Messages, modals and Home tabs as rich draws them."""

from collections.abc import Callable, Mapping
from itertools import chain, repeat
from typing import Final

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from sandbox.slack.form_state import VALUE_FIELD, initial_field
from sandbox.slack.model import JsonObject, Message
from sandbox.slack.terminal.text import Reader, mrkdwn, plain, printable, rich_text
from sandbox.slack.views import View

_GAP: Final = "  "
_BAR_WIDTH = 30
_BUTTON_STYLES: Final = {"primary": "bold green", "danger": "bold red"}
_WRITING: Final = frozenset({"plain_text_input", "url_text_input", "number_input"})


def render_message(message: Message, reader: Reader | None = None) -> RenderableType:
    """A message with its author, time, content, files and replies.

    Args:
        message: As stored.
        reader: Who looks; None knows no names and lives in UTC.
    """
    who = reader or Reader()
    lines: list[RenderableType] = [_author_line(message, who)]
    if message.ephemeral_to is not None:
        lines.append(Text("Only visible to you", "dim italic"))
    if message.blocks:
        lines += _blocks(message.blocks, who)
    else:
        lines.append(mrkdwn(message.text, who))
    lines += [
        Text(f"[file: {printable(each['title'] or each['name'])}]", "italic")
        for each in message.body.get("files", [])
    ]
    count = message.body.get("reply_count")
    if count:
        lines.append(Text(f"↳ {count} {'reply' if count == 1 else 'replies'}", "blue"))
    return Group(*lines)


def render_view(view: View, reader: Reader | None = None) -> RenderableType:
    """A modal in a frame with its buttons, or a Home tab."""
    who = reader or Reader()
    body = _blocks(view.blocks, who, view.state)
    spaced: list[RenderableType] = list(chain.from_iterable(zip(body, repeat(Text("")))))
    if view.body["type"] == "home":
        return Panel(Group(*spaced), title="Home", title_align="left", border_style="magenta")
    buttons = Text()
    for name, style in (("close", ""), ("submit", "bold green")):
        if view.body[name] is not None:
            label = plain(view.body[name]["text"]).plain
            buttons.append(f"[ {label} ]", style).append("  ")
    return Panel(
        Group(*spaced, buttons),
        title=plain(view.title),
        title_align="left",
        border_style="cyan",
    )


def _author_line(message: Message, reader: Reader) -> Text:
    name = reader.users.get(message.user or "", message.user or "unknown")
    line = Text(printable(name), "bold")
    if message.from_app:
        line.append(" APP", "dim reverse")
    line.append(f"  {reader.clock(message.ts)}", "dim")
    if "edited" in message.body:
        line.append("  (edited)", "dim")
    return line


def _blocks(
    blocks: list[JsonObject], reader: Reader, state: JsonObject | None = None
) -> list[RenderableType]:
    """One renderable for each block.

    Args:
        blocks: As stored.
        reader: Who looks.
        state: What stands in the fields, in the shape of `state.values`.
    """
    values = state or {}
    return [
        _DRAW[block["type"]](block, reader, values.get(block.get("block_id", ""), {}))
        for block in blocks
    ]


def _header(block: JsonObject, reader: Reader, _entries: JsonObject) -> RenderableType:
    text = _text_object(block["text"], reader)
    text.stylize("bold underline")
    return text


def _section(block: JsonObject, reader: Reader, entries: JsonObject) -> RenderableType:
    parts: list[RenderableType] = []
    if "text" in block:
        parts.append(_text_object(block["text"], reader))
    if "fields" in block:
        parts.append(_fields(block["fields"], reader))
    if "accessory" not in block:
        return Group(*parts)
    accessory = block["accessory"]
    grid = Table.grid(expand=True, padding=(0, 2))
    grid.add_column(ratio=1)
    grid.add_column(justify="right")
    grid.add_row(
        Group(*parts), _element(accessory, reader, entries.get(accessory.get("action_id")))
    )
    return grid


def _fields(fields: list[JsonObject], reader: Reader) -> RenderableType:
    """Two columns, filled row by row."""
    grid = Table.grid(expand=True, padding=(0, 2))
    grid.add_column(ratio=1)
    grid.add_column(ratio=1)
    texts: list[RenderableType] = [_text_object(each, reader) for each in fields]
    for left in range(0, len(texts), 2):
        grid.add_row(*texts[left : left + 2])
    return grid


def _context(block: JsonObject, reader: Reader, _entries: JsonObject) -> RenderableType:
    shown = [
        _element(part, reader) if part["type"] == "image" else _text_object(part, reader)
        for part in block["elements"]
    ]
    line = Text(_GAP).join(shown)
    line.stylize_before("dim")
    return line


def _actions(block: JsonObject, reader: Reader, entries: JsonObject) -> RenderableType:
    shown = [
        _element(part, reader, entries.get(part.get("action_id"))) for part in block["elements"]
    ]
    return Text(_GAP).join(shown)


def _image(block: JsonObject, reader: Reader, _entries: JsonObject) -> RenderableType:
    lines: list[RenderableType] = [_element({**block, "type": "image"}, reader)]
    if "title" in block:
        lines.insert(0, _text_object(block["title"], reader))
    return Group(*lines)


def _input(block: JsonObject, reader: Reader, entries: JsonObject) -> RenderableType:
    part = block["element"]
    label = _text_object(block["label"], reader)
    label.stylize("bold")
    if block.get("optional"):
        label.append(" (optional)", "dim")
    lines: list[RenderableType] = [label, _element(part, reader, entries.get(part["action_id"]))]
    if "hint" in block:
        hint = _text_object(block["hint"], reader)
        hint.stylize_before("dim")
        lines.append(hint)
    return Group(*lines)


def _table(block: JsonObject, reader: Reader) -> RenderableType:
    """A table; the first row is its head."""
    head, *rows = block["rows"]
    shown = Table(title=printable(block["caption"]))
    for cell in head:
        shown.add_column(_cell(cell, reader))
    for row in rows:
        shown.add_row(*(_cell(cell, reader) for cell in row))
    return shown


def _chart(block: JsonObject) -> RenderableType:
    """A chart: its title, and a bar for each figure."""
    drawn = block["chart"]
    lines: list[RenderableType] = [Text(printable(block["title"]), "bold")]
    if drawn["type"] == "pie":
        lines.append(_bars(drawn["segments"]))
    for series in drawn.get("series", []):
        lines += [Text(printable(series["name"]), "italic"), _bars(series["data"])]
    return Group(*lines)


def _bars(points: list[JsonObject]) -> Table:
    grid = Table.grid(padding=(0, 1))
    most = max((abs(point["value"]) for point in points), default=0) or 1
    for point in points:
        length = round(_BAR_WIDTH * abs(point["value"]) / most)
        bar = Text("█" * length, "cyan")
        grid.add_row(Text(printable(point["label"])), bar, Text(f"{point['value']:g}"))
    return grid


def _cell(cell: JsonObject, reader: Reader) -> RenderableType:
    if cell["type"] == "rich_text":
        return rich_text(cell, reader)
    return Text(printable(str(cell.get("text", cell.get("value", "")))))


def _text_object(text: JsonObject, reader: Reader) -> Text:
    """A plain_text or mrkdwn object."""
    if text["type"] == "mrkdwn":
        return mrkdwn(text["text"], reader)
    return plain(text["text"])


def _element(part: JsonObject, reader: Reader, entry: JsonObject | None = None) -> Text:
    """An element as one sees it.

    Args:
        part: The element.
        reader: Who looks.
        entry: What was typed or chosen, in the shape of `state.values`; None for nothing.
    """
    kind = part["type"]
    if kind == "image":
        return Text(f"[image: {printable(part['alt_text'])}]", "italic dim")
    if kind in {"button", "icon_button"}:
        style = _BUTTON_STYLES.get(part.get("style", ""), "bold")
        return Text.assemble("[ ", plain(part["text"]["text"]), " ]", style=style)
    if kind == "overflow":
        return Text("[ ⋯ ]", "bold")  # as in Slack: what it offers is seen when it is opened
    if kind == "feedback_buttons":
        good, bad = part["positive_button"], part["negative_button"]
        return Text(f"[ {good['text']['text']} ] [ {bad['text']['text']} ]", "bold")
    if kind in {"checkboxes", "radio_buttons"}:
        return _choices(part, reader, entry)
    return _field(part, reader, entry)


def _choices(part: JsonObject, reader: Reader, entry: JsonObject | None) -> Text:
    """One line for each option, with its mark."""
    held = _held(part, entry)
    picked = held if isinstance(held, list) else [held]
    values = {option["value"] for option in picked if isinstance(option, dict)}
    marks = ("☑", "☐") if part["type"] == "checkboxes" else ("◉", "○")
    lines = []
    for option in part["options"]:
        mark = marks[0] if option["value"] in values else marks[1]
        line = Text(f"{mark} ") + _text_object(option["text"], reader)
        if "description" in option:
            line += Text(" — ") + _text_object(option["description"], reader)
        lines.append(line)
    return Text("\n").join(lines)


def _field(part: JsonObject, reader: Reader, entry: JsonObject | None) -> Text:
    """A menu, a picker or an input: what stands in it, or its placeholder."""
    held = _held(part, entry)
    shown = _value_text(held, reader)
    hint = plain(part["placeholder"]["text"]) if "placeholder" in part else Text(" " * 12)
    inside = shown if shown.plain else Text.assemble(hint, style="dim")
    mark = "" if part["type"] in _WRITING else " ▾"
    return Text.assemble("[ ", inside, f"{mark} ]")


def _held(part: JsonObject, entry: JsonObject | None) -> object:
    if entry is not None:
        return entry.get(VALUE_FIELD[part["type"]])
    return part.get(initial_field(part))


def _value_text(held: object, reader: Reader) -> Text:
    if isinstance(held, dict) and "text" in held:
        return _text_object(held["text"], reader)
    if isinstance(held, list):
        return Text(", ").join(_value_text(each, reader) for each in held)
    if held is None:
        return Text()
    text = printable(str(held))
    if text in reader.users:
        return Text(reader.user(text))
    return Text(reader.channel(text) if text in reader.channels else text)


_Draw = Callable[[JsonObject, Reader, JsonObject], RenderableType]
_DRAW: Final[Mapping[str, _Draw]] = {
    "actions": _actions,
    "context": _context,
    "context_actions": _actions,
    "data_table": lambda block, reader, _entries: _table(block, reader),
    "data_visualization": lambda block, reader, _entries: _chart(block),
    "divider": lambda _block, _reader, _entries: Rule(style="dim"),
    "header": _header,
    "image": _image,
    "input": _input,
    "rich_text": lambda block, reader, _entries: rich_text(block, reader),
    "section": _section,
}
