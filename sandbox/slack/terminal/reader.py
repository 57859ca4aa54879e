"""Who looks at a message: their names for things, their time zone, their today."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

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
        """`@handle`, or the id when nobody has it."""
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


def unescape(text: str) -> str:
    """Slack's three entities decoded, once."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _ordinal(day: int) -> str:
    if day in _TEENS:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
