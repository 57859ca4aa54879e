"""Log lines: one record is one line that nobody else can write, in both forms."""

import io
import json
import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.logs import TextFormatter, set_up_logging
from bot.settings import LogFormat

FORGED = "2026-01-01T00:00:00Z ERROR bot.fake forged line"
HOSTILE = (
    f"x\n{FORGED}",
    f"x\r{FORGED}",
    f"x\r\n{FORGED}",
    f"x\u2028{FORGED}",
    f"x\x85{FORGED}",
    f"x\x0b{FORGED}\x0c",
    "\x1b[2J\x1b[31mred\x07",
    "\x9b31m",
    "abc\u202etxt.exe",
    "\udc80 lone surrogate",
    "\x00",
)


@pytest.fixture(params=list(LogFormat))
def logged(request, monkeypatch):
    """Logs in one of the forms and gives what was written."""
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    set_up_logging(request.param)
    yield written.getvalue
    root.handlers[:] = before
    root.setLevel(level)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
@pytest.mark.parametrize("place", ["message", "argument", "field"])
def test_a_hostile_text_stays_in_its_line(logged, text, place):
    logger = logging.getLogger("bot.door")
    if place == "message":
        logger.info(text)
    elif place == "argument":
        logger.info("said %s", text)
    else:
        logger.info("said", extra={"text": text})
    (line,) = logged().splitlines()
    assert line.isprintable()
    assert "bot.door" in line


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_the_text_of_an_error_cannot_pass_for_a_line(logged, text):
    logging.getLogger("bot.door").error("failed", exc_info=ValueError(text))
    lines = logged().split("\n")
    assert "ValueError" in logged()
    for line in lines:
        assert line.isprintable()
        assert not line.startswith(FORGED)


@given(st.text(), st.text())
def test_any_record_is_one_line_of_text(message, field):
    record = logging.makeLogRecord({"msg": message, "name": "bot", "levelname": "INFO", "f": field})
    line = TextFormatter().format(record)
    assert line.isprintable()
    assert re.match(r"\d{4}-\d\d-\d\dT[\d:]{8}Z INFO bot ", line)
    assert " f=" in line


def test_a_line_for_a_collector_has_the_text_as_it_was(monkeypatch):
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    set_up_logging(LogFormat.JSON)
    logging.getLogger("bot").info("said", extra={"text": HOSTILE[0]})
    root.handlers[:] = before
    root.setLevel(level)
    assert json.loads(written.getvalue())["text"] == HOSTILE[0]
