"""Slack's text as styled text: mrkdwn, plain text, rich text.

https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from rich.style import Style
from rich.text import Text

from sandbox.slack.model import JsonObject
from sandbox.slack.terminal.reader import Reader, printable, unescape

_CODE: Final = Style(color="bright_red")
_LINK: Final = Style(color="bright_blue", underline=True)
_MENTION: Final = Style(color="cyan", bold=True)
_ALARM: Final = Style(color="black", bgcolor="yellow", bold=True)
_QUOTE_BAR: Final = "▌ "

_HOLE: Final = 0xE000
_HOLES: Final = 6000
_FENCE = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)
_QUOTE = re.compile(r"(?:&gt;|>) ?")
_PIECE = re.compile(r"`([^`\n]+)`|<([^<>\n]+)>")
_STYLED = re.compile(
    r"(?<![\w*])\*(?=\S)(?P<bold>[^*\n]+?)(?<=\S)\*(?![\w*])"
    r"|(?<![\w_])_(?=\S)(?P<italic>[^_\n]+?)(?<=\S)_(?![\w_])"
    r"|(?<![\w~])~(?=\S)(?P<strike>[^~\n]+?)(?<=\S)~(?![\w~])"
    r"|:(?P<emoji>[a-z0-9_+-]+(?:::skin-tone-\d)?):"
)
_STYLES: Final = {
    "bold": Style(bold=True),
    "italic": Style(italic=True),
    "strike": Style(strike=True),
}
# The emoji of a briefing bot, by Slack's names; others are shown by name.
_EMOJI: Final[Mapping[str, str]] = {
    "bell": "🔔",
    "calendar": "📅",
    "eyes": "👀",
    "hourglass_flowing_sand": "⏳",
    "information_source": "ℹ",
    "link": "🔗",
    "memo": "📝",
    "newspaper": "📰",
    "thumbsdown": "👎",
    "thumbsup": "👍",
    "+1": "👍",
    "-1": "👎",
    "warning": "⚠",
    "white_check_mark": "✅",
    "x": "❌",
}


def mrkdwn(source: str, reader: Reader) -> Text:
    """The text as Slack shows it: styles, links, mentions, dates, quotes, code."""
    shown = Text()
    at = 0
    text = printable(source)
    for fence in _FENCE.finditer(text):
        shown.append_text(_lines(text[at : fence.start()], reader))
        shown.append(unescape(fence[1]), _CODE)
        at = fence.end()
    shown.append_text(_lines(text[at:], reader))
    return shown


def plain(source: str) -> Text:
    """A plain_text object: no styles, but emoji."""
    names = re.compile(r":([a-z0-9_+-]+):")
    return Text(names.sub(lambda found: _emoji(found[1]), printable(source)))


def rich_text(block: JsonObject, reader: Reader) -> Text:
    """A rich text block as styled text, a line for each of its sections."""
    return Text("\n").join(_rich_line(piece["elements"], reader) for piece in block["elements"])


def _lines(text: str, reader: Reader) -> Text:
    """Line by line, with a bar before each quoted one."""
    shown = Text()
    for index, line in enumerate(text.split("\n")):
        if index:
            shown.append("\n")
        quote = _QUOTE.match(line)
        if quote:
            shown.append(_QUOTE_BAR, "dim")
        shown.append_text(_inline(line[quote.end() if quote else 0 :], reader))
    return shown


def _inline(line: str, reader: Reader) -> Text:
    """One line: code and tokens are set aside first, so that no style looks into them."""
    pieces: list[Text] = []

    def set_aside(found: re.Match[str]) -> str:
        if len(pieces) >= _HOLES:
            return found[0]
        code, token = found[1], found[2]
        pieces.append(Text(unescape(code), _CODE) if code else _token(token, reader))
        return chr(_HOLE + len(pieces) - 1)

    return _style(_PIECE.sub(set_aside, line), pieces)


def _style(text: str, pieces: list[Text]) -> Text:
    shown = Text()
    at = 0
    for found in _STYLED.finditer(text):
        shown.append_text(_fill(text[at : found.start()], pieces))
        if found["emoji"]:
            shown.append(_emoji(found["emoji"]))
        else:
            name = str(found.lastgroup)
            inner = _style(found[name], pieces)
            inner.stylize_before(_STYLES[name])
            shown.append_text(inner)
        at = found.end()
    shown.append_text(_fill(text[at:], pieces))
    return shown


def _fill(text: str, pieces: list[Text]) -> Text:
    """Put what was set aside back in; decode the entities of the rest."""
    shown = Text()
    run = ""
    for char in text:
        index = ord(char) - _HOLE
        if 0 <= index < len(pieces):
            shown.append(unescape(run)).append_text(pieces[index])
            run = ""
        else:
            run += char
    return shown.append(unescape(run))


def _token(token: str, reader: Reader) -> Text:
    """What stands between angle brackets: a mention, a channel, a date, or a link."""
    target, _, label = token.partition("|")
    kind, rest = target[:1], target[1:]
    if kind == "@":
        return Text(reader.user(rest), _MENTION)
    if kind == "#":
        return Text(reader.channel(rest, unescape(label)), _MENTION)
    if kind == "!":
        return _special(rest, label, reader)
    shown = unescape(label or target.removeprefix("mailto:"))
    return Text(shown, _LINK + Style(link=unescape(target)))


def _special(command: str, label: str, reader: Reader) -> Text:
    """`<!here>`, `<!subteam^...>` and `<!date^seconds^template^link|fallback>`."""
    name, *parts = command.split("^")
    if name == "date":
        return _date(parts, label, reader)
    if name == "subteam":
        return Text(unescape(label) or "@group", _MENTION)
    return Text(f"@{name}", _ALARM)


def _date(parts: list[str], label: str, reader: Reader) -> Text:
    seconds, template, *link = [*parts, "", ""][:3]
    if not seconds.isdigit() or not template:
        return Text(unescape(label))
    style = _LINK + Style(link=link[0]) if link and link[0] else Style()
    return Text(reader.date(int(seconds), unescape(template)), style)


def _rich_line(elements: list[JsonObject], reader: Reader) -> Text:
    shown = Text()
    for element in elements:
        text = _SHOWN[element["type"]](element, reader)
        text.stylize(_styled(element.get("style", {})))
        shown.append_text(text)
    return shown


def _styled(flags: Mapping[str, Any]) -> Style:
    code = _CODE if flags.get("code") else Style()
    return code + Style(
        bold=flags.get("bold") or None,
        italic=flags.get("italic") or None,
        strike=flags.get("strike") or None,
    )


def _link(element: JsonObject, _reader: Reader) -> Text:
    url = printable(element["url"])
    return Text(printable(element.get("text", "")) or url, _LINK + Style(link=url))


def _rich_date(element: JsonObject, reader: Reader) -> Text:
    return Text(reader.date(element["timestamp"], printable(element["format"])))


def _emoji(name: str) -> str:
    """The character for a name, or the name in colons as Slack shows an unknown one."""
    return _EMOJI.get(name.partition("::")[0], f":{name}:")


_SHOWN: Final[Mapping[str, Callable[[JsonObject, Reader], Text]]] = {
    "text": lambda element, _reader: Text(printable(element["text"])),
    "link": _link,
    "emoji": lambda element, _reader: Text(_emoji(element["name"])),
    "user": lambda element, reader: Text(reader.user(element["user_id"]), _MENTION),
    "date": _rich_date,
}
