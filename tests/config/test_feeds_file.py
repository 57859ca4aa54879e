"""feeds.yaml: what is read, and every kind of wrong line with its fix."""

import contextlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.feeds_file import (
    MAX_FEEDS,
    format_interval,
    parse_feeds_file,
    parse_interval,
    read_feeds_file,
)
from bot.domain.errors import FeedListError
from bot.domain.feed import FeedList, FeedSpec
from bot.domain.urls import host_of, same_feed_key

GOOD = """
defaults: {every: 1h}
feeds:
  - url: https://example.org/a.xml
  - url: http://example.org:8080/b.xml?x=1
    title: >
      Example
      World
    category: agency
    language: no
    weight: 2
    every: 90m
    enabled: false
"""
FEED = "feeds:\n  - url: https://example.org/a.xml\n    {}\n"
# The text, the line, a part of what is wrong, a part of the fix.
WRONG = {
    "not-a-group": ("- url: https://example.org", 1, "a list", "feeds:"),
    "just-text": ("hello", 1, 'the text "hello"', "feeds:"),
    "unknown-key-on-top": ("feeed: []", 1, '"feeed" means nothing', "did you mean feeds?"),
    "unknown-key-far-off": ("feeds: []\nxyz: 1", 2, '"xyz"', "may have: defaults, feeds"),
    "feeds-no-list": ("feeds: 3", 1, "the number 3", "- url:"),
    "feeds-a-group": ("feeds:\n  url: x", 2, "a group", "- url:"),
    "feed-just-text": ("feeds:\n  - https://example.org", 2, "a group of keys", "- url:"),
    "feed-empty": ("feeds:\n  -", 2, "empty", "- url:"),
    "url-missing": ("feeds:\n  - title: A", 2, "url is missing", "write url:"),
    "title-of-marks": (FEED.format("title: \u202e\u200f"), 3, "nothing that can be seen", "title:"),
    "host-without-a-label": ("feeds:\n  - url: http://a..b/x", 2, "a host that cannot be", "copy"),
    "host-of-300": (
        f"feeds:\n  - url: http://{'a' * 300}.org/",
        2,
        "a host that cannot be",
        "copy",
    ),
    "url-empty": ("feeds:\n  - url:\n    title: A", 2, "url is empty", "write url:"),
    "url-a-list": ("feeds:\n  - url: [a]", 2, "a list", "write url:"),
    "url-without-scheme": ("feeds:\n  - url: example.org/x", 2, "no full", "https://example.org/x"),
    "url-ftp": ("feeds:\n  - url: ftp://example.org/", 2, "begins with ftp:", "http: and https:"),
    "url-file": ("feeds:\n  - url: file:///etc/passwd", 2, "begins with file:", "http"),
    "url-script": ("feeds:\n  - url: javascript:alert(1)", 2, "begins with", "http"),
    "url-credentials": ("feeds:\n  - url: https://me:pw@example.org", 2, "password", "without"),
    "url-no-host": ("feeds:\n  - url: https:///x", 2, "no host", "whole address"),
    "url-blank": ("feeds:\n  - url: https://example.org/a b", 2, "blanks", "anew"),
    "url-bad-port": ("feeds:\n  - url: https://example.org:x/", 2, "no address", "anew"),
    "url-port-zero": ("feeds:\n  - url: https://example.org:0/", 2, "port 0", "leave the port"),
    "url-too-long": (f"feeds:\n  - url: https://example.org/{'a' * 3000}", 2, "3,0", "shorten"),
    "url-twice": (
        "feeds:\n  - url: https://example.org/a\n  - url: HTTP://EXAMPLE.org:80/a#x",
        3,
        "listed already in line 2",
        "keep one",
    ),
    "key-twice": (FEED.format("weight: 1\n    weight: 2"), 4, "given twice", "keep one"),
    "unknown-key": (FEED.format("titel: A"), 3, '"titel"', "did you mean title?"),
    "key-with-capital": (FEED.format("Title: A"), 3, '"Title"', "did you mean title?"),
    "title-a-list": (FEED.format("title: [A]"), 3, "a list", "title:"),
    "title-too-long": (FEED.format(f"title: {'a' * 300}"), 3, "300 characters", "200"),
    "weight-word": (FEED.format("weight: no"), 3, 'the text "no"', "number"),
    "weight-true": (FEED.format("weight: true"), 3, "true", "number"),
    "weight-zero": (FEED.format("weight: 0"), 3, "out of range", "more than 0"),
    "weight-negative": (FEED.format("weight: -1"), 3, "out of range", "more than 0"),
    "weight-too-much": (FEED.format("weight: 11"), 3, "out of range", "at most 10"),
    "weight-infinite": (FEED.format("weight: 1e999"), 3, "out of range", "at most 10"),
    "weight-not-a-number": (FEED.format("weight: .nan"), 3, ".nan", "number"),
    "enabled-yes": (FEED.format("enabled: yes"), 3, 'the text "yes"', "enabled: true"),
    "enabled-off": (FEED.format("enabled: off"), 3, 'the text "off"', "enabled: false"),
    "enabled-number": (FEED.format("enabled: 1"), 3, "the number 1", "enabled: true"),
    "enabled-word": (FEED.format("enabled: maybe"), 3, '"maybe"', "true or enabled: false"),
    "every-number": (FEED.format("every: 30"), 3, "the number 30", "30m"),
    "every-words": (FEED.format("every: half an hour"), 3, "half an hour", "30m"),
    "every-seconds": (FEED.format("every: 30s"), 3, "30s", "30m"),
    "every-too-short": (FEED.format("every: 4m"), 3, "out of range", "5m and 7d"),
    "every-too-long": (FEED.format("every: 8d"), 3, "out of range", "5m and 7d"),
    "every-negative": (FEED.format("every: -1h"), 3, "-1h", "30m"),
    "language-sentence": (FEED.format("language: British English"), 3, "no language tag", "BCP"),
    "defaults-no-group": ("defaults: 30m\nfeeds: []", 1, "defaults should be", "{every: 30m}"),
    "defaults-unknown": ("defaults: {weight: 1}", 1, '"weight"', "every"),
    "defaults-every": ("defaults:\n  every: often", 2, "often", "30m"),
    "no-blank-after-url": (
        "feeds:\n  - url:https://example.org/a\n",
        2,
        "a blank is missing after `url:`",
        "write url: https://example.org/a",
    ),
    "no-blank-after-a-capital": (
        "feeds:\n  - URL:https://example.org/a\n",
        2,
        "a blank is missing after `URL:`",
        "write URL: https://example.org/a",
    ),
    "no-blank-after-feeds": ("feeds:[]", 1, "a blank is missing after `feeds:`", "feeds: []"),
    "no-blank-in-braces": ("defaults: {every:30m}", 1, "missing after `every:`", "after every:"),
    "no-blank-after-dashes": (
        "feeds:\n  -url: http://e.org/a\n  -title: A",
        2,
        "lacks a blank after a dash",
        "write `- ` before each entry",
    ),
    **{
        f"url-{name}": (f"feeds:\n  - url: {url}", 2, what, f"write {fix}")
        for name, url, what, fix in (
            ("curly", "“https://e.org/a”", "curly quotes around it", "https://e.org/a"),
            ("curly-single", "‘https://e.org/a’", "curly quotes", "https://e.org/a"),
            ("curly-low", "„https://e.org/a“", "curly quotes", "https://e.org/a"),
            ("curly-at-the-end", "https://e.org/a”", "curly quotes", "https://e.org/a"),
            ("guillemets", "«https://e.org/a»", "curly quotes", "https://e.org/a"),
            ("in-angles", "<https://e.org/a>", "quotes or brackets", "https://e.org/a"),
            ("curly-and-more", "“ftp://e.org/a”", "curly quotes", "it without"),
            ("no-colon", "https//e.org/a", "lacks the colon after https", "https://e.org/a"),
            ("no-colon-http", "http//e.org", "lacks the colon after http", "http://e.org"),
            ("semicolon", "https;//e.org/a", "lacks the colon", "https://e.org/a"),
            ("one-slash", "https:/e.org/a", "1 slash after https:", "https://e.org/a"),
            ("no-slash", "https:e.org/a", "no slashes after https:", "https://e.org/a"),
            ("three-slashes", "https:///e.org/a", "3 slashes", "https://e.org/a"),
            ("backslashes", "https:\\\\e.org/a", "backslashes", "https://e.org/a"),
            ("misspelled", "htps://e.org/a", "htps, a misspelling of https", "https://e.org/a"),
            ("misspelled-http", "htp://e.org/a", "htp, a misspelling of http", "http://e.org/a"),
            ("beheaded", "ttps://e.org/a", "ttps, a misspelling", "https://e.org/a"),
            ("only-slashes", "//e.org/a", "no full address", "https://e.org/a"),
        )
    },
    "url-scheme-twice": (
        "feeds:\n  - url: https://https://e.org/a",
        2,
        "begins with https:// twice",
        "delete one",
    ),
    "url-hidden": ("feeds:\n  - url: https://e\u200b.org/", 2, "(U+200B)", "delete it"),
    "weight-in-curly-quotes": (FEED.format("weight: “2”"), 3, "curly quotes", "such as 1.5"),
    "no-break-spaces": (
        "feeds:\n\u00a0\u00a0- url: https://e.org/a\n\u00a0\u00a0- url: https://e.org/b",
        2,
        "no-break space, stands where YAML wants a plain space (and in 1 more line)",
        "write a plain space",
    ),
    "no-break-space-after-the-dash": (
        "feeds:\n  -\u00a0url: https://e.org/a",
        2,
        "no-break space",
        "write a plain space",
    ),
    "no-break-space-after-the-colon": (
        "feeds:\n  - url:\u00a0https://e.org/a",
        2,
        "no-break space",
        "write a plain space",
    ),
    "thin-spaces-before-a-key": (
        "feeds:\n  - url: https://e.org/a\n\u2009\u2009\u2009title: A",
        3,
        "thin space",
        "write a plain space",
    ),
    "too-many-feeds": (
        "feeds:\n" + "".join(f"  - url: http://e.org/{n}\n" for n in range(MAX_FEEDS + 1)),
        2,
        "5,001 feeds",
        "5,000",
    ),
}


def parse_feeds(text: str, where: str) -> FeedList:
    return parse_feeds_file(text, where).feeds


def problems_of(text: str):
    with pytest.raises(FeedListError) as caught:
        parse_feeds(text, "feeds.yaml")
    return caught.value.problems


def test_a_list_is_read_whole_and_in_order():
    assert parse_feeds(GOOD, "feeds.yaml") == FeedList(
        every=timedelta(hours=1),
        feeds=(
            FeedSpec(url="https://example.org/a.xml"),
            FeedSpec(
                url="http://example.org:8080/b.xml?x=1",
                title="Example World",
                category="agency",
                language="no",
                weight=2.0,
                every=timedelta(minutes=90),
                enabled=False,
            ),
        ),
    )


@pytest.mark.parametrize("text", ["", "feeds:", "feeds: []", "# nothing yet\n", "defaults:\n"])
def test_an_empty_list_is_a_list(text):
    assert parse_feeds(text, "feeds.yaml") == FeedList()


@pytest.mark.parametrize("case", WRONG)
def test_each_wrong_line_is_named_with_its_fix(case):
    text, line, what, fix = WRONG[case]

    (problem,) = problems_of(text)

    assert what in problem.what
    assert fix in problem.fix
    assert (problem.where, problem.line) == ("feeds.yaml", line)


def test_all_problems_are_found_at_once_in_the_order_of_the_file():
    text = "feeds:\n  - title: A\n    weight: 0\n  - url: x\n    enabled: yes\ncolour: red\n"

    assert [problem.line for problem in problems_of(text)] == [2, 3, 4, 5, 6]


def test_after_two_hundred_problems_the_rest_is_counted():
    text = "feeds:\n" + "  - weight: 0\n" * 300

    *first, last = problems_of(text)

    assert len(first) == 200
    assert last.what == "there are 400 more problems"


def test_a_password_in_an_address_is_not_repeated():
    (problem,) = problems_of("feeds:\n  - url: https://me:s3cret@example.org/")

    assert "s3cret" not in str(problem)


def test_a_password_in_a_mistyped_address_is_not_repeated_either():
    (problem,) = problems_of("feeds:\n  - url: https//me:s3cret@example.org/")

    assert "lacks the colon" in problem.what
    assert "s3cret" not in str(problem)


def test_the_error_is_one_line_for_each_problem():
    with pytest.raises(FeedListError) as caught:
        parse_feeds("feeds:\n  - title: A\n  - title: B", "feeds.yaml")

    first, second = str(caught.value).splitlines()
    assert first == (
        "feeds.yaml:2: url is missing in this feed; write url: https://example.org/feed.xml"
    )
    assert second.startswith("feeds.yaml:3: ")


def test_a_file_is_read_and_its_path_named(tmp_path):
    path = tmp_path / "feeds.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert len(read_feeds_file(path).feeds.feeds) == 2

    path.write_text("feeds: 3", encoding="utf-8")
    with pytest.raises(FeedListError, match=f"^{path}:1: "):
        read_feeds_file(path)
    with pytest.raises(FeedListError, match="there is no file"):
        read_feeds_file(tmp_path / "nothing.yaml")


@given(st.text(max_size=300))
def test_any_text_is_a_list_or_a_list_of_problems(text):
    with contextlib.suppress(FeedListError):
        assert isinstance(parse_feeds(text, "feeds.yaml"), FeedList)


@pytest.mark.parametrize(
    ("text", "minutes"), [("30m", 30), ("2h", 120), ("1d", 1440), (" 1 W ", 10080)]
)
def test_intervals_are_read(text, minutes):
    assert parse_interval(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "m", "30", "1.5h", "30 minutes", "m30", "30ms", "٣m"])
def test_what_is_no_interval_is_none(text):
    assert parse_interval(text) is None


@given(st.integers(1, 10_000))
def test_an_interval_is_written_as_it_is_read(minutes):
    interval = timedelta(minutes=minutes)

    assert parse_interval(format_interval(interval)) == interval


def test_a_host_is_one_whatever_its_port_and_spelling():
    for url in ("https://Example.org:443/a", "http://example.org:8080/b", "http://example.org./"):
        assert host_of(url) == "example.org"
    assert host_of("https://bücher.example/") == "xn--bcher-kva.example"


def test_addresses_of_one_feed_are_equal_and_others_are_not():
    for absurd in ("http://example.org:99999/a", "http://[::1/a"):
        assert same_feed_key(absurd) == absurd
    same = same_feed_key("http://example.org/a")
    assert same == same_feed_key("https://EXAMPLE.org:443/a#x")
    assert same_feed_key("https://bücher.example/") == same_feed_key("http://xn--bcher-kva.example")
    assert same == same_feed_key("https://example.org/b/.././a")
    assert same_feed_key("https://example.org//b/../a") != same
    assert same != same_feed_key("https://example.org/a?x")
    assert same != same_feed_key("https://www.example.org/a")
    assert same != same_feed_key("https://example.org/A")
