"""Edits on the text of a feed list: the right lines change, and no others."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.feeds_file import feed_added, feed_changed, feed_removed, parse_feeds
from bot.domain.errors import FeedListError
from bot.domain.feed import FeedSpec

A, B, C = (f"https://example.org/{name}.xml" for name in "abc")
USUAL = f"""\
# Our feeds.
defaults: {{every: 30m}}  # all of them

feeds:
  # The big one.
  - url: {A}
    title: "Example A"   # checked in May
    weight: 1.5

  # The small one:
  #   rarely new
  - url: {B}  # moved once
    title: >
      Example
      B
  # the end
"""
FLUSH = f"feeds:\n- url: {A}\n  title: A\n- title: 'B: the second'\n  url: {B}"
BRACES = f"feeds:\n  - {{url: {A}, title: A}}  # first\n  - {{url: {B}}}\n"
BRACKETS = f"# top\nfeeds: [{{url: {A}}}, {{url: {B}}}]\n"
FEEDS_FIRST = f"feeds:\n  - url: {A}\n  - url: {B}\n# how often\ndefaults:\n  every: 1h\n"
DASH_ALONE = f"feeds:\n  -\n    url: {A}\n  -\n    url: {B}\n"
WINDOWS = USUAL.replace("\n", "\r\n")
TEXTS = {
    "usual": USUAL,
    "flush": FLUSH,
    "braces": BRACES,
    "brackets": BRACKETS,
    "feeds-first": FEEDS_FIRST,
    "dash-alone": DASH_ALONE,
    "windows": WINDOWS,
}
BY_LIBRARY = {"braces", "brackets", "dash-alone"}  # these are laid out anew
EMPTY = {
    "nothing": "",
    "comment": "# our feeds\n",
    "defaults-only": "defaults: {every: 1h}",
    "key-only": "feeds:\n",
    "key-without-line-end": "feeds:",
    "brackets": "feeds: []  # none yet\n",
    "null": "feeds: null\ndefaults: {every: 1h}\n",
    "braces": "{}\n",
}


def urls(text: str) -> list[str]:
    return [feed.url for feed in parse_feeds(text, "f").feeds]


def comments(text: str) -> list[str]:
    return re.findall(r"#.*", text)


def paused(spec: FeedSpec) -> FeedSpec:
    return replace(spec, enabled=False)


def resumed(spec: FeedSpec) -> FeedSpec:
    return replace(spec, enabled=True)


@pytest.mark.parametrize("name", TEXTS)
def test_a_feed_comes_last_however_the_list_is_written(name):
    text = feed_added(TEXTS[name], FeedSpec(url=C, title="C: third", weight=2.0), "f")

    assert urls(text) == [A, B, C]
    assert parse_feeds(text, "f").feeds[-1].title == "C: third"
    assert comments(text) == comments(TEXTS[name])


@pytest.mark.parametrize("name", EMPTY)
def test_the_first_feed_goes_into_an_empty_list(name):
    text = feed_added(EMPTY[name], FeedSpec(url=C), "f")

    assert urls(text) == [C]
    assert comments(text) == comments(EMPTY[name])
    assert parse_feeds(text, "f").every == parse_feeds(EMPTY[name], "f").every


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("url", [A, B])
def test_a_feed_is_taken_out_however_the_list_is_written(name, url):
    text = feed_removed(TEXTS[name], url, "f")

    assert urls(text) == [u for u in (A, B) if u != url]


@pytest.mark.parametrize("name", TEXTS)
def test_the_last_feed_may_go_too_and_another_may_come(name):
    empty = feed_removed(feed_removed(TEXTS[name], A, "f"), B, "f")
    assert urls(empty) == []

    assert urls(feed_added(empty, FeedSpec(url=C), "f")) == [C]


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("url", [A, B])
def test_pausing_and_resuming_changes_nothing_else(name, url):
    text = feed_changed(TEXTS[name], url, paused, "f")

    assert [f.url for f in parse_feeds(text, "f").feeds if not f.enabled] == [url]
    assert comments(text) == comments(TEXTS[name])
    again = feed_changed(text, url, resumed, "f")
    assert parse_feeds(again, "f") == parse_feeds(TEXTS[name], "f")
    if name not in BY_LIBRARY:
        assert again.rstrip() == TEXTS[name].rstrip()


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("url", [A, B])
def test_a_feed_moves_in_its_place(name, url):
    text = feed_changed(TEXTS[name], url, lambda spec: replace(spec, url=C), "f")

    assert urls(text) == [C if u == url else u for u in (A, B)]
    assert comments(text) == comments(TEXTS[name])


def test_only_the_lines_of_the_edit_change():
    spec = FeedSpec(url=C, title="C", every=timedelta(hours=2), enabled=False)
    added = feed_added(USUAL, spec, "f")
    assert added == USUAL.replace(
        "  # the end\n",
        f"  - url: {C}\n    title: C\n    every: 2h\n    enabled: false\n  # the end\n",
    )

    removed = feed_removed(USUAL, A, "f")
    block = f'  - url: {A}\n    title: "Example A"   # checked in May\n    weight: 1.5\n'
    assert removed == USUAL.replace(block, "")

    moved = feed_changed(USUAL, B, lambda s: replace(s, url=C), "f")
    assert moved == USUAL.replace(B, C)

    pausing = feed_changed(USUAL, A, paused, "f")
    assert pausing == USUAL.replace("weight: 1.5\n", "weight: 1.5\n    enabled: false\n")


def test_windows_line_ends_stay():
    text = feed_added(WINDOWS, FeedSpec(url=C), "f")

    assert text.count("\n") == text.count("\r\n")


def test_a_key_that_is_there_is_rewritten_with_its_comment():
    text = f"feeds:\n  - url: {A}\n    enabled: true # since May\n    weight: 2\n"

    assert feed_changed(text, A, paused, "f") == text.replace("true", "false")


def test_a_value_over_several_lines_is_rewritten_whole():
    text = feed_changed(USUAL, B, lambda s: replace(s, title="B"), "f")

    assert parse_feeds(text, "f").feeds[1].title == "B"


def test_nothing_to_change_changes_nothing():
    assert feed_changed(USUAL, A, resumed, "f") == USUAL


def test_an_edit_that_would_make_the_list_wrong_is_refused():
    with pytest.raises(FeedListError, match="listed already in line"):
        feed_changed(USUAL, A, lambda spec: replace(spec, url=B), "f")
    with pytest.raises(FeedListError, match="begins with file"):
        feed_added(USUAL, FeedSpec(url="file:///etc/passwd"), "f")
    with pytest.raises(FeedListError, match="is not listed"):
        feed_removed(USUAL, C, "f")
    with pytest.raises(FeedListError, match="a tab"):
        feed_removed("feeds:\n\t- url: x", C, "f")


words = st.text(min_size=1, max_size=40).map(lambda t: " ".join(t.split())).filter(bool)
texts = words.filter(lambda t: t.isprintable() and not any("\ud800" <= c <= "\udfff" for c in t))


@given(
    st.sampled_from(list(TEXTS.values())),
    texts,
    st.floats(0.01, 10).map(lambda workspace: round(workspace, 3)),
    st.booleans(),
)
def test_whatever_a_feed_is_called_it_is_read_back_as_written(text, title, weight, enabled):
    spec = FeedSpec(url=C, title=title, weight=weight, enabled=enabled)

    assert parse_feeds(feed_added(text, spec, "f"), "f").feeds[-1] == spec
