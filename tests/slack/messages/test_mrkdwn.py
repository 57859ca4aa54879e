"""Foreign text is harmless in Slack's mark-up, whatever it holds."""

import doctest
import re
from datetime import UTC, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.limits import PLANNED_SECTION
from bot.slack.messages import blocks
from bot.slack.messages.blocks import (
    LONGEST_URL,
    bold,
    date,
    date_time,
    escape,
    link,
    safe_url,
    target,
)
from tests.briefing.builders import PATIENT
from tests.slack.hostile import ATTACKS, URLS, assert_harmless, texts, urls

NOON = datetime(2019, 2, 28, 20, 0, tzinfo=UTC)


def test_the_examples_in_docstrings_hold() -> None:
    result = doctest.testmod(blocks)
    assert result.attempted > 0
    assert result.failed == 0


@PATIENT
@given(texts)
def test_escaped_text_holds_no_token_and_no_stray_entity(text: str) -> None:
    escaped = escape(text)
    assert_harmless(escaped)
    assert "<" not in escaped
    assert "\n" not in escaped


@PATIENT
@given(texts, st.integers(1, 120))
def test_a_limit_holds_and_never_cuts_an_entity(text: str, limit: int) -> None:
    escaped = escape(text, limit=limit)
    assert len(escaped) <= limit
    assert_harmless(escaped)


def test_an_ampersand_is_escaped_first_and_once() -> None:
    assert escape("Q&A <b> &lt;") == "Q&amp;A &lt;b&gt; &amp;lt;"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*bold* and _slanted_", "∗bold∗ and ˍslantedˍ"),
        ("~gone~ `code` ```", "∼gone∼ ˋcodeˋ ˋˋˋ"),
        ("snake_case and 3*4*5", "snake_case and 3*4*5"),
        ("글자*굵게*글자", "글자∗굵게∗글자"),
        ("> quoted", "\u200b&gt; quoted"),
        (":rage: at 12:30:45", ":\u200brage: at 12:30:45"),
        ("Ratio 3:2, and so: on", "Ratio 3:2, and so: on"),
    ],
)
def test_what_would_format_a_line_of_ours_is_shown_as_it_was_written(text: str, shown: str) -> None:
    assert escape(text) == shown


@PATIENT
@given(texts)
def test_bold_is_ended_by_us_alone(text: str) -> None:
    made = bold(text)
    assert not made or re.fullmatch(r"\*.+\*", made)
    assert not re.search(r"(?<![0-9A-Za-z])[*_~]|[*_~](?![0-9A-Za-z])|`", made[1:-1])


@PATIENT
@given(urls, texts)
def test_a_link_goes_to_http_or_nowhere(url: str | None, text: str) -> None:
    made = link(url, text)
    assert_harmless(made)
    if made.startswith("<"):
        address = made[1:].partition("|")[0].replace("&amp;", "&")
        parts = urlsplit(address)
        assert parts.scheme in {"http", "https"}
        assert parts.hostname
        assert "@" not in parts.netloc
        assert len(made.partition("|")[0]) <= LONGEST_URL + 1


@pytest.mark.parametrize("url", URLS[2:4] + URLS[5:11] + URLS[12:])
def test_an_address_that_is_no_safe_link_is_left_out_and_its_text_stays(url: str) -> None:
    assert safe_url(url) is None
    assert link(url, "Headline") == "Headline"


def test_a_safe_address_keeps_working() -> None:
    assert link("https://example.org/a?b=1&c=2", "x") == "<https://example.org/a?b=1&amp;c=2|x>"
    assert safe_url(" https://example.org/|<!channel> ") == (
        "https://example.org/%7C%3C!channel%3E"
    )


def test_dates_are_in_the_readers_zone_with_a_fallback_in_the_given_one() -> None:
    seoul = ZoneInfo("Asia/Seoul")
    assert date(NOON, zone=seoul) == "<!date^1551384000^{date_short}|1 Mar 2019>"
    assert date_time(NOON, zone=seoul) == (
        "<!date^1551384000^{date_short}, {time}|1 Mar 2019, 05:00>"
    )


@pytest.mark.parametrize("attack", [*ATTACKS, "U01!", "u01admin", "U01ADMIN>"])
def test_only_an_id_becomes_a_mention(attack: str) -> None:
    assert "<" not in target(attack)


def test_ids_become_mentions() -> None:
    assert (target("U01ANALYST"), target("C012345"), target("W01ANALYST")) == (
        "<@U01ANALYST>",
        "<#C012345>",
        "<@W01ANALYST>",
    )


def test_a_text_too_long_for_a_section_is_a_fault_of_ours() -> None:
    with pytest.raises(ValueError, match="too many"):
        blocks.mrkdwn("x" * (PLANNED_SECTION + 1))
