"""Addresses as browsers ask for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.urls import same_feed_key, url_problem, web_address


@pytest.mark.parametrize(
    ("given_as", "address"),
    [
        ("https://example.org/feed?only=a|b", "https://example.org/feed?only=a%7Cb"),
        ("https://example.org/{year}/feed#^top`", "https://example.org/%7Byear%7D/feed#%5Etop%60"),
        ('https://example.org/?q="a b"<c>', "https://example.org/?q=%22a%20b%22%3Cc%3E"),
        ("  https://example.org/feed ", "https://example.org/feed"),
        ("https://example.org/%7C/통일?q=100%", "https://example.org/%7C/통일?q=100%"),
        ("feed://example.org/rss", "http://example.org/rss"),
        ("Feed:https://example.org/rss", "https://example.org/rss"),
        ("feed://https://example.org/rss", "https://example.org/rss"),
        ("feed:example.org:8080/rss", "http://example.org:8080/rss"),
        ("https://example.org/?u=feed:https://x.example/", None),
        ("feed:javascript:alert(1)", None),
        ("feed:file:///etc/passwd", None),
        ("feed:feed://example.org/rss", None),
        ("https://exa|mple.org/", None),
        ("example.org/a|b", None),
    ],
)
def test_an_address_is_written_as_browsers_ask_for_it(given_as, address):
    assert web_address(given_as) == (given_as if address is None else address)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a b",
        "https://exa|mple.org/",
        "https://exa{m}ple.org/",
        "https://example.org/\\x",
        "https://example.org/\x00",
        "https://example.org/\u200b",
        "https://example.org/\u00a0",
        "feed:javascript:alert(1)",
        "feed:file:///etc/passwd",
    ],
)
def test_what_no_browser_asks_for_is_named(url):
    assert url_problem(url) is not None


@given(st.text(alphabet='/?#%|{}<>"^` aä1:=&', max_size=40))
def test_no_address_keeps_what_ends_it_early_in_markup(rest):
    url = web_address(f"https://example.org/{rest}")

    assert web_address(url) == url
    assert url.startswith("https://example.org/")
    assert not set(' "<>^`{|}') & set(url)
    assert url_problem(url) is None
    assert same_feed_key(url) == same_feed_key(f"https://example.org/{rest}".strip())
