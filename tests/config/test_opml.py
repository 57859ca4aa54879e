"""Feed lists from and for other feed readers."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.opml import MAX_BYTES, ImportedList, read_opml, write_opml
from bot.domain.errors import FeedListError
from bot.domain.feed import FeedList, FeedSpec
from tests.ingest.conftest import NOW

GOOD = b"""<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.1"><head><title>My feeds</title></head><body>
<outline text="Agencies"><outline text="World" type="rss" xmlUrl="https://example.org/world"/>
  <outline text="Deeper"><outline title="Asia" text="x" xmlurl="http://example.org/asia"/></outline>
</outline>
<outline text="Ministry &amp; Co" xmlUrl=" https://example.org/m "
 category="/gov/east,x" language="en-us"/>
<outline text="no feed" htmlUrl="https://example.org/"/>
<outline text="again" xmlUrl="https://EXAMPLE.org/world#x"/>
<outline text="bad" xmlUrl="javascript:alert(1)"/>
</body></opml>"""


def opml(inside: str) -> bytes:
    return f"<opml version='2.0'><body>{inside}</body></opml>".encode()


BILLION = "".join(f"<!ENTITY e{n + 1} '{f'&e{n};' * 10}'>" for n in range(10))
REFUSED = {
    "opml-entity-bomb": (
        f"<!DOCTYPE opml [<!ENTITY e0 'ha'>{BILLION}]><opml>&e10;</opml>".encode(),
        "declares entities",
    ),
    "opml-external-entity": (
        b"<!DOCTYPE opml [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><opml>&x;</opml>",
        "declares entities",
    ),
    "opml-parameter-entity": (
        b"<!DOCTYPE opml [<!ENTITY % x SYSTEM 'http://127.0.0.1/'> %x;]><opml/>",
        "declares entities",
    ),
    "opml-deep": (opml("<outline text='a'>" * 5000), "nested too deep"),
    "opml-too-large": (b"<opml>" + b" " * MAX_BYTES, "larger than 1 MiB"),
    "opml-too-many-feeds": (
        opml("".join(f"<outline xmlUrl='http://a.b/{n}'/>" for n in range(5001))),
        "more than 5,000",
    ),
    "opml-broken": (b"<opml><body><outline></body></opml>", "not valid XML (mismatched tag)"),
    "opml-empty": (b"", "not valid XML"),
    "opml-is-html": (b"<html><body/></html>", "not an OPML file"),
    "opml-is-rss": (b"<rss version='2.0'/>", "a feed, not a list of feeds"),
    "opml-is-binary": (bytes(range(256)), "not valid XML"),
    "opml-unknown-encoding": (b"<?xml version='1.0' encoding='nope'?><opml/>", ""),
}
SECURITY_TABLE = {"test_broken_and_hostile_lists_are_refused": REFUSED}


def test_a_list_is_read_with_its_categories():
    imported = read_opml(GOOD, "feeds.opml")

    assert imported.feeds == (
        FeedSpec(url="https://example.org/world", title="World", category="Agencies"),
        FeedSpec(url="http://example.org/asia", title="Asia", category="Deeper"),
        FeedSpec(
            url="https://example.org/m", title="Ministry & Co", category="east", language="en-US"
        ),
    )


def test_feeds_that_cannot_be_listed_are_left_out_and_named():
    skipped, problem = read_opml(GOOD, "feeds.opml").left_out

    assert "javascript:alert(1)" in problem.what
    assert (problem.where, problem.line) == ("feeds.opml", 10)
    assert "“no feed” has no address" in skipped.what
    assert skipped.line == 8


def test_only_outlines_without_an_address_and_without_others_in_them_are_skipped():
    inside = "<outline text='a'><outline text='b'/><outline xmlUrl='https://x.y/'/></outline>"
    imported = read_opml(opml(f"{inside}<outline/>"), "f")

    assert [spec.category for spec in imported.feeds] == ["a"]
    assert ["“b”" in one.what for one in imported.left_out] == [True, False]


@pytest.mark.parametrize(
    ("attribute", "words"),
    [
        ("weight='0'", "no weight"),
        ("weight='nan'", "no weight"),
        ("weight='heavy'", "no weight"),
        ("weight='10.5'", "no weight"),
        ("every='often'", "no interval"),
        ("every='1m'", "no interval"),
        ("enabled='perhaps'", "neither true nor false"),
    ],
)
def test_a_feed_whose_own_attributes_are_wrong_is_left_out_and_named(attribute, words):
    body = opml(f"<outline xmlUrl='https://example.org/a' briefing:{attribute}/>")
    imported = read_opml(body, "f")

    assert imported.feeds == ()
    assert [words in one.what for one in imported.left_out] == [True]


@pytest.mark.parametrize("case", REFUSED)
def test_broken_and_hostile_lists_are_refused(case):
    body, words = REFUSED[case]

    with pytest.raises(FeedListError) as caught:
        read_opml(body, "feeds.opml")
    assert words in str(caught.value)


def test_an_external_doctype_is_not_fetched():
    body = b"<!DOCTYPE opml SYSTEM 'http://127.0.0.1:9/x.dtd'><opml version='2.0'/>"

    assert read_opml(body, "feeds.opml") == ImportedList(feeds=())


names = st.text(min_size=1, max_size=30).filter(lambda t: t.isprintable() and t == t.strip())
specs = st.builds(
    FeedSpec,
    url=st.integers(0, 10**6).map(lambda n: f"https://example.org/{n}?a=1&b='2'"),
    title=names.filter(lambda t: " ".join(t.split()) == t and t.isascii()),
    category=st.none() | st.sampled_from(["agency", "R&D", 'the "big" ones', "<b>"]),
    language=st.none() | st.sampled_from(["en", "pt-BR"]),
    weight=st.floats(0, 10, exclude_min=True),
    every=st.none() | st.integers(31, 7 * 24 * 60).map(lambda n: timedelta(minutes=n)),
    enabled=st.booleans(),
)


@given(st.lists(specs, max_size=4, unique_by=lambda spec: spec.url))
def test_what_is_written_is_read_back(feeds):
    text = write_opml(feeds, title="Feeds <of> & for all", at=NOW)

    imported = read_opml(text.encode(), "feeds.opml")

    by_category = sorted(feeds, key=lambda s: [f.category for f in feeds].index(s.category))
    assert imported.feeds == tuple(by_category)
    assert imported.left_out == ()


def test_a_feed_without_a_title_is_written_by_its_address_and_has_none_when_read():
    spec = FeedSpec(url="https://example.org/a?b=1&c")
    text = write_opml([spec], title="t", at=NOW)

    assert 'title="https://example.org/a?b=1&amp;c"' in text
    assert read_opml(text.encode(), "f").feeds == (spec,)


def test_a_usual_interval_is_written_where_the_line_names_it():
    usual = FeedList().every
    lines = [FeedSpec(url="https://a.example/", every=usual), FeedSpec(url="https://b.example/")]
    lines.append(FeedSpec(url="https://c.example/", every=usual, inherits=True))
    written = write_opml(lines, title="List", at=NOW)
    assert [feed.every for feed in read_opml(written, "list.opml").feeds] == [usual, None, None]
