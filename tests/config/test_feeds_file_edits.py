"""Edits on the text of a feed list: the right lines change, and no others."""

import re
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.config.feeds_file import as_listed, parse_feeds_file
from bot.domain.errors import FeedListError
from bot.domain.feed import FeedList, FeedSpec
from bot.domain.feed_edit import FeedEdit, FeedEditKind

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


def parse_feeds(text: str, where: str) -> FeedList:
    return parse_feeds_file(text, where).feeds


def edit(text: str, kind: FeedEditKind, url: str, spec: FeedSpec | None = None) -> str:
    """The text after one edit; what the file is said to mean then is what it means when read."""
    done = parse_feeds_file(text, "f").edited([FeedEdit(kind=kind, url=url, spec=spec)])
    assert parse_feeds(done.text, "f") == done.feeds
    return done.text


def feed_added(text: str, spec: FeedSpec) -> str:
    return edit(text, FeedEditKind.ADD, spec.url, spec)


def feed_removed(text: str, url: str) -> str:
    return edit(text, FeedEditKind.REMOVE, url)


def moved(text: str, url: str, to: str) -> str:
    return edit(text, FeedEditKind.MOVE, url, FeedSpec(url=to))


def paused(text: str, url: str) -> str:
    return edit(text, FeedEditKind.PAUSE, url)


def resumed(text: str, url: str) -> str:
    return edit(text, FeedEditKind.RESUME, url)


@pytest.mark.parametrize("name", TEXTS)
def test_a_feed_comes_last_however_the_list_is_written(name):
    text = feed_added(TEXTS[name], FeedSpec(url=C, title="C: third", weight=2.0))

    assert urls(text) == [A, B, C]
    assert parse_feeds(text, "f").feeds[-1].title == "C: third"
    assert comments(text) == comments(TEXTS[name])


@pytest.mark.parametrize("name", EMPTY)
def test_the_first_feed_goes_into_an_empty_list(name):
    text = feed_added(EMPTY[name], FeedSpec(url=C))

    assert urls(text) == [C]
    assert comments(text) == comments(EMPTY[name])
    assert parse_feeds(text, "f").every == parse_feeds(EMPTY[name], "f").every


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("url", [A, B])
def test_a_feed_is_taken_out_however_the_list_is_written(name, url):
    text = feed_removed(TEXTS[name], url)

    assert urls(text) == [u for u in (A, B) if u != url]


@pytest.mark.parametrize("name", TEXTS)
def test_the_last_feed_may_go_too_and_another_may_come(name):
    empty = feed_removed(feed_removed(TEXTS[name], A), B)
    assert urls(empty) == []

    assert urls(feed_added(empty, FeedSpec(url=C))) == [C]


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("url", [A, B])
def test_pausing_and_resuming_changes_nothing_else(name, url):
    text = paused(TEXTS[name], url)

    assert [f.url for f in parse_feeds(text, "f").feeds if not f.enabled] == [url]
    assert comments(text) == comments(TEXTS[name])
    again = resumed(text, url)
    assert parse_feeds(again, "f") == parse_feeds(TEXTS[name], "f")
    if name not in BY_LIBRARY:
        assert again.rstrip() == TEXTS[name].rstrip()


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("url", [A, B])
def test_a_feed_moves_in_its_place(name, url):
    text = moved(TEXTS[name], url, C)

    assert urls(text) == [C if u == url else u for u in (A, B)]
    assert comments(text) == comments(TEXTS[name])


def test_only_the_lines_of_the_edit_change():
    spec = FeedSpec(url=C, title="C", every=timedelta(hours=2), enabled=False)
    added = feed_added(USUAL, spec)
    assert added == USUAL.replace(
        "  # the end\n",
        f"  - url: {C}\n    title: C\n    every: 2h\n    enabled: false\n  # the end\n",
    )

    removed = feed_removed(USUAL, A)
    block = f'  - url: {A}\n    title: "Example A"   # checked in May\n    weight: 1.5\n'
    assert removed == USUAL.replace(block, "")

    assert moved(USUAL, B, C) == USUAL.replace(B, C)

    pausing = paused(USUAL, A)
    assert pausing == USUAL.replace("weight: 1.5\n", "weight: 1.5\n    enabled: false\n")


def test_windows_line_ends_stay():
    text = feed_added(WINDOWS, FeedSpec(url=C))

    assert text.count("\n") == text.count("\r\n")


def test_a_key_that_is_there_is_rewritten_with_its_comment():
    text = f"feeds:\n  - url: {A}\n    enabled: true # since May\n    weight: 2\n"

    assert paused(text, A) == text.replace("true", "false")


def test_a_value_over_several_lines_is_rewritten_whole():
    text = USUAL.replace(f"url: {B}  # moved once", f"url: >\n      {B}")

    assert urls(moved(text, B, C)) == [A, C]


AWKWARD = {
    "quoted-text-with-a-comment-in-it": f'feeds:\n  - url: {A}\n    title: "A\n# not one"\n',
    "block-with-blank-lines": f"feeds:\n  - url: {A}\n    title: |+\n      A\n      # text\n\n\n",
    "block-with-a-marker": f"feeds:\n  - url: {A}\n    title: |\n      A\n      --- text\n",
    "plain-over-lines": f"feeds:\n  - url: {A}\n    title: A\n      and\n      more\n",
    "end-marker": f"feeds:\n  - url: {A}\n    title: A\n...\n",
    "empty-value": f"feeds:\n  - url: {A}\n    title:\n\n    # why\n",
    "quoted-key": f"feeds:\n  - 'url' : {A}\n    \"enabled\" : true  # now\n",
    "explicit-key": f"? feeds\n: - url: {A}\n    title: A\n",
    "next-line-breaks": f'feeds:\n  - url: {A}\n    title: "A\u2028b"\n    weight: 2\n',
    "old-line-ends": f"feeds:\r  - url: {A}\r    title: A\r",
    "json": f'{{\n\t"feeds": [\n\t\t{{"url": "{A}"}}\n\t]\n}}',
    "wide-dash": f"feeds:\n    -   url: {A}\n        title: A\n",
}


@pytest.mark.parametrize("name", AWKWARD)
def test_whatever_the_form_an_edit_means_what_it_should(name):
    text = AWKWARD[name]
    steps = (
        lambda: feed_added(text, FeedSpec(url=C)),
        lambda: paused(text, A),
        lambda: moved(text, A, C),
        lambda: resumed(paused(text, A), A),
        lambda: feed_removed(feed_added(text, FeedSpec(url=C)), A),
        lambda: feed_removed(text, A),
    )
    # Each step compares what is written with what was meant.
    assert [urls(step()) for step in steps] == [[A, C], [A], [C], [A], [C], []]


def test_a_step_for_each_edit_and_one_for_additions_that_follow_each_other():
    new = [FeedSpec(url=f"https://example.org/{n}.xml") for n in range(3)]
    adding = [FeedEdit(kind=FeedEditKind.ADD, url=spec.url, spec=spec) for spec in new]
    more = (
        FeedEdit(kind=FeedEditKind.PAUSE, url=new[1].url),
        FeedEdit(kind=FeedEditKind.REMOVE, url=A),
        *adding,
    )
    done = parse_feeds_file(USUAL, "f").edited([*adding, *more])
    assert parse_feeds(done.text, "f") == done.feeds
    assert urls(done.text) == [B, *(spec.url for spec in new)]
    assert comments(done.text) == [c for c in comments(USUAL) if "May" not in c]


def test_what_changes_nothing_changes_no_letter():
    assert resumed(USUAL, A) == USUAL
    assert feed_removed(USUAL, C) == USUAL
    assert moved(USUAL, C, A) == USUAL
    assert feed_added(USUAL, FeedSpec(url=A.replace("https", "http"))) == USUAL


def test_an_edit_that_would_make_the_list_wrong_is_refused():
    with pytest.raises(FeedListError, match="begins with file"):
        feed_added(USUAL, FeedSpec(url="file:///etc/passwd"))
    with pytest.raises(FeedListError, match="begins with ftp"):
        moved(USUAL, A, "ftp://example.org/")
    with pytest.raises(FeedListError, match="a tab"):
        feed_removed("feeds:\n\t- url: x", C)


def test_a_move_to_an_address_that_is_listed_takes_the_old_line_off():
    assert urls(moved(USUAL, A, B.replace("https", "http"))) == [B]


words = st.text(min_size=1, max_size=40).map(lambda t: " ".join(t.split())).filter(bool)
texts = words.filter(lambda t: t.isprintable() and not any("\ud800" <= c <= "\udfff" for c in t))


@given(
    st.sampled_from(list(TEXTS.values())),
    texts,
    st.floats(0.01, 10).map(lambda workspace: round(workspace, 3)),
    st.booleans(),
)
@example(USUAL, "Null", 1.0, True)
def test_whatever_a_feed_is_called_it_is_read_back_as_written(text, title, weight, enabled):
    spec = FeedSpec(url=C, title=title, weight=weight, enabled=enabled)

    assert as_listed(spec, "f") == spec
    assert parse_feeds(feed_added(text, spec), "f").feeds[-1] == spec
