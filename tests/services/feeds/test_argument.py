"""What admins type where a feed or a site is meant."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import InputError
from bot.services.feeds.argument import read_address, unwrapped

COMMAND = "/briefing feeds add"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("https://example.org/feed.xml", "https://example.org/feed.xml"),
        (" example.org ", "example.org"),
        ("example.org/news?x=1", "example.org/news?x=1"),
        ("example.org:8080/feed", "example.org:8080/feed"),
        ("<https://example.org/a|example.org/a>", "https://example.org/a"),
        ("<http://example.org/?a=1&amp;b=2>", "http://example.org/?a=1&b=2"),
        ("127.0.0.1:8000/feed", "127.0.0.1:8000/feed"),
        ("[::1]/feed", "[::1]/feed"),
        ("localhost:8000", "localhost:8000"),
        ("nachrichten.köln", "nachrichten.köln"),
    ],
)
def test_addresses_and_sites_are_taken(typed: str, meant: str) -> None:
    assert read_address(typed, command=COMMAND) == meant


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "needs the address"),
        ("notaurl", "“notaurl” is neither an address nor a site"),
        ("not.a url", "blanks"),
        ("ftp://example.org/feed", "begins with ftp:"),
        ("javascript:alert(1)", "begins with javascript:"),
        ("file:///etc/passwd", "begins with file:"),
        ("https://user:secret@example.org/", "user name or password"),
        ("https:///feed", "no host"),
        ("https://[::1", "no address"),
        ("-.-", "neither an address nor a site"),
    ],
)
def test_anything_else_is_refused_by_the_name_of_the_argument(typed: str, says: str) -> None:
    with pytest.raises(InputError) as refused:
        read_address(typed, command=COMMAND)
    (problem,) = refused.value.problems
    assert problem.where == COMMAND
    assert problem.line is None
    assert says in problem.what
    assert COMMAND in problem.fix


@given(st.text(max_size=300))
def test_any_text_is_either_taken_or_refused_in_words(typed: str) -> None:
    with suppress(InputError):
        assert read_address(typed, command=COMMAND) == unwrapped(typed)
