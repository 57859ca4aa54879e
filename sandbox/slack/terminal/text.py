"""Slack's text as one person sees it: names, dates, mrkdwn, plain text and rich text.

https://docs.slack.dev/messaging/formatting-message-text
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from rich.style import Style
from rich.text import Text

from sandbox.slack.model import JsonObject

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
_KEPT_CONTROLS: Final = frozenset("\n\t")
_BIDI: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_TEENS: Final = range(11, 14)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """What is needed to show wire text to one person.

    Attributes:
        users: User id to handle.
        channels: Channel id to name.
        zone: Where the reader lives.
        now: The reader's present moment, for "today"; None shows dates in full.
    """

    users: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo = UTC
    now: datetime | None = None

    def user(self, user_id: str) -> str:
        """`@handle`, or the id when it is unknown."""
        return f"@{self.users.get(user_id, user_id)}"

    def channel(self, channel_id: str, label: str = "") -> str:
        """`#name`, or what the message says it is called."""
        return f"#{self.channels.get(channel_id, label or channel_id)}"

    def date(self, seconds: int, template: str) -> str:
        """A moment in the reader's zone, written as a date token asks for it.

        Args:
            seconds: Unix seconds.
            template: Text with `{date_short_pretty}`, `{time}` and the like, see
                https://docs.slack.dev/messaging/formatting-message-text#date-formatting.
        """
        local = datetime.fromtimestamp(seconds, tz=self.zone)
        text = template
        for name, shown in self._date_words(local).items():
            text = text.replace(f"{{{name}}}", shown)
        return text

    def clock(self, ts: str) -> str:
        """Hours and minutes of a message, in the reader's zone."""
        return datetime.fromtimestamp(float(ts), tz=self.zone).strftime("%H:%M")

    def _date_words(self, local: datetime) -> dict[str, str]:
        month, day = local.strftime("%B"), f"{local.day}{_ordinal(local.day)}"
        plain = {
            "date_num": local.strftime("%Y-%m-%d"),
            "date_slash": local.strftime("%m/%d/%Y"),
            "date": f"{month} {day}, {local.year}",
            "date_short": f"{local.strftime('%b')} {local.day}, {local.year}",
            "date_long": f"{local.strftime('%A')}, {month} {day}, {local.year}",
        }
        relative = self._relative_day(local)
        pretty = {
            f"{name}_pretty": relative or shown
            for name, shown in plain.items()
            if name in {"date", "date_short", "date_long"}
        }
        times = {"time": local.strftime("%H:%M"), "time_secs": local.strftime("%H:%M:%S")}
        return {**pretty, **plain, **times, "ago": self._ago(local)}

    def _relative_day(self, local: datetime) -> str | None:
        if self.now is None:
            return None
        days = (local.date() - self.now.astimezone(self.zone).date()).days
        return {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days)

    def _ago(self, local: datetime) -> str:
        if self.now is None:
            return local.strftime("%Y-%m-%d %H:%M")
        passed = self.now - local
        size = abs(passed)
        for unit, length in (("day", timedelta(days=1)), ("hour", timedelta(hours=1))):
            count = size // length
            if count:
                words = f"{count} {unit}{'s' if count > 1 else ''}"
                return f"{words} ago" if passed > timedelta(0) else f"in {words}"
        return "just now"


def printable(text: str) -> str:
    """The text without characters that could steer the terminal or turn text around."""
    return "".join(
        char
        for char in text
        if char in _KEPT_CONTROLS
        or (unicodedata.category(char) not in {"Cc", "Cs", "Co"} and char not in _BIDI)
    )


def _unescape(text: str) -> str:
    """Slack's three entities decoded, once."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def mrkdwn(source: str, reader: Reader) -> Text:
    """The text as Slack shows it: styles, links, mentions, dates, quotes, code."""
    shown = Text()
    at = 0
    text = printable(source)
    for fence in _FENCE.finditer(text):
        shown.append_text(_lines(text[at : fence.start()], reader))
        shown.append(_unescape(fence[1]), _CODE)
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
        pieces.append(Text(_unescape(code), _CODE) if code else _token(token, reader))
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
            shown.append(_unescape(run)).append_text(pieces[index])
            run = ""
        else:
            run += char
    return shown.append(_unescape(run))


def _token(token: str, reader: Reader) -> Text:
    """What stands between angle brackets: a mention, a channel, a date, or a link."""
    target, _, label = token.partition("|")
    kind, rest = target[:1], target[1:]
    if kind == "@":
        return Text(reader.user(rest), _MENTION)
    if kind == "#":
        return Text(reader.channel(rest, _unescape(label)), _MENTION)
    if kind == "!":
        return _special(rest, label, reader)
    shown = _unescape(label or target.removeprefix("mailto:"))
    return Text(shown, _LINK + Style(link=_unescape(target)))


def _special(command: str, label: str, reader: Reader) -> Text:
    """`<!here>`, `<!subteam^...>` and `<!date^seconds^template^link|fallback>`."""
    name, *parts = command.split("^")
    if name == "date":
        return _date(parts, label, reader)
    if name == "subteam":
        return Text(_unescape(label) or "@group", _MENTION)
    return Text(f"@{name}", _ALARM)


def _date(parts: list[str], label: str, reader: Reader) -> Text:
    seconds, template, *link = [*parts, "", ""][:3]
    if not seconds.isdigit() or not template:
        return Text(_unescape(label))
    style = _LINK + Style(link=link[0]) if link and link[0] else Style()
    return Text(reader.date(int(seconds), _unescape(template)), style)


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


def _ordinal(day: int) -> str:
    if day in _TEENS:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


_SHOWN: Final[Mapping[str, Callable[[JsonObject, Reader], Text]]] = {
    "text": lambda element, _reader: Text(printable(element["text"])),
    "link": _link,
    "emoji": lambda element, _reader: Text(_emoji(element["name"])),
    "user": lambda element, reader: Text(reader.user(element["user_id"]), _MENTION),
    "date": _rich_date,
}
