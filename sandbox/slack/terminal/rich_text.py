"""Rich text blocks as styled text."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.style import Style
from rich.text import Text

from sandbox.slack.model import JsonObject
from sandbox.slack.terminal.emoji import emoji
from sandbox.slack.terminal.mrkdwn import ALARM, CODE, LINK, MENTION, QUOTE_BAR
from sandbox.slack.terminal.reader import Reader, printable

_BULLETS: Final = "•◦▪"
_INDENT: Final = 2


def rich_text(block: JsonObject, reader: Reader) -> RenderableType:
    """The whole block: sections, lists, quotes and preformatted text, one after the other."""
    return Group(*(_piece(piece, reader) for piece in block["elements"]))


def _piece(piece: JsonObject, reader: Reader) -> RenderableType:
    if piece["type"] == "rich_text_list":
        return _listing(piece, reader)
    line = _line(piece["elements"], reader)
    if piece["type"] == "rich_text_quote":
        return Text("\n").join(Text(QUOTE_BAR, "dim") + part for part in line.split("\n"))
    if piece["type"] == "rich_text_preformatted":
        line.stylize(CODE)
    return line


def _listing(piece: JsonObject, reader: Reader) -> RenderableType:
    depth = piece.get("indent", 0)
    first = piece.get("offset", 0) + 1
    lines = []
    for number, item in enumerate(piece["elements"], start=first):
        mark = f"{number}." if piece["style"] == "ordered" else _BULLETS[depth % len(_BULLETS)]
        lines.append(Text(f"{mark} ") + _line(item["elements"], reader))
    return Padding(Group(*lines), (0, 0, 0, _INDENT * (depth + 1)))


def _line(elements: list[JsonObject], reader: Reader) -> Text:
    shown = Text()
    for element in elements:
        text = _SHOWN[element["type"]](element, reader)
        text.stylize(_styled(element.get("style", {})))
        shown.append_text(text)
    return shown


def _styled(flags: Mapping[str, Any]) -> Style:
    code = CODE if flags.get("code") else Style()
    return code + Style(
        bold=flags.get("bold") or None,
        italic=flags.get("italic") or None,
        strike=flags.get("strike") or None,
        underline=flags.get("underline") or None,
    )


def _link(element: JsonObject, _reader: Reader) -> Text:
    url = printable(element["url"])
    return Text(printable(element.get("text", "")) or url, LINK + Style(link=url))


def _date(element: JsonObject, reader: Reader) -> Text:
    return Text(reader.date(element["timestamp"], printable(element["format"])))


_SHOWN: Final[Mapping[str, Callable[[JsonObject, Reader], Text]]] = {
    "text": lambda element, _reader: Text(printable(element["text"])),
    "link": _link,
    "emoji": lambda element, _reader: Text(emoji(element["name"])),
    "user": lambda element, reader: Text(reader.user(element["user_id"]), MENTION),
    "channel": lambda element, reader: Text(reader.channel(element["channel_id"]), MENTION),
    "usergroup": lambda _element, _reader: Text("@group", MENTION),
    "team": lambda _element, _reader: Text("@team", MENTION),
    "broadcast": lambda element, _reader: Text(f"@{element['range']}", ALARM),
    "color": lambda element, _reader: Text(printable(element["value"])),
    "date": _date,
}
