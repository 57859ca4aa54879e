"""Log lines: constant sentence first, fields after, as text for people or JSON for collectors."""

import logging
import secrets
import sys
import time
from typing import Final

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
        line = super().format(record)
        fields = [f"{k}={v}" for k, v in vars(record).items() if k not in _STANDARD]
        first, newline, rest = line.partition("\n")
        return " ".join([first, *fields]) + newline + rest


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
