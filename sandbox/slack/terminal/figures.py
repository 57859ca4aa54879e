"""Tables and charts, drawn with characters."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sandbox.slack.model import JsonObject
from sandbox.slack.terminal.reader import Reader, printable
from sandbox.slack.terminal.rich_text import rich_text

_BAR_WIDTH = 30


def table(block: JsonObject, reader: Reader) -> RenderableType:
    """A table; the first row is its head."""
    head, *rows = block["rows"]
    shown = Table(title=printable(block["caption"]) if "caption" in block else None)
    for cell in head:
        shown.add_column(_cell(cell, reader))
    for row in rows:
        shown.add_row(*(_cell(cell, reader) for cell in row))
    return shown


def chart(block: JsonObject, _reader: Reader) -> RenderableType:
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
