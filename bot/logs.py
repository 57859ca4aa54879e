"""Log lines: constant sentence first, fields after, as text for people or JSON for collectors.

What strangers sent may stand in a field or an error, so no character of it can end a line, begin
another or steer a terminal.
"""

import logging
import secrets
import sys
import time
from typing import Any, Final

from pythonjsonlogger.json import JsonFormatter

from bot.settings import LogFormat

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_CHATTY: Final = ("alembic", "apscheduler", "httpx", "httpcore", "aiosqlite", "asyncio")


class TextFormatter(logging.Formatter):
    """`2019-02-28T08:00:00Z INFO bot.delivery digest sent key=digest:1:2019-02-28 parts=2`."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = ""
    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("%(asctime)sZ %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The line, with the record's own fields after the sentence in the order given."""
        fields = [f" {k}={escaped(str(v))}" for k, v in vars(record).items() if k not in _STANDARD]
        # The base class calls the three methods below for its parts.
        line, newline, rest = super().format(record).partition("\n")
        return f"{line}{''.join(fields)}{newline}{rest}"

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the base class's name
        """The first line, whatever is in its message."""
        return escaped(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802, ANN401 - as in the base class
        """A traceback, indented: so an error's text cannot pass for a line of its own."""
        return _indented(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802 - the base class's name
        """Indented as a traceback is."""
        return _indented(super().formatStack(stack_info))


def escaped(text: str) -> str:
    """The text with every character that does not print, beside the space, in Python's spelling."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _indented(text: str) -> str:
    return "\n".join(f"    {escaped(line)}" for line in text.split("\n"))


def set_up_logging(form: LogFormat, *, level: int = logging.INFO) -> None:
    """Send all log lines to standard error in one form; call once at the start of a process."""
    handler = logging.StreamHandler(sys.stderr)
    json_form = JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s")
    handler.setFormatter(json_form if form is LogFormat.JSON else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def new_reference() -> str:
    """A short word to find a failure by: an apology shows it, and the log has it."""
    return secrets.token_hex(4)
