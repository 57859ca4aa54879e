"""The short way through plain documents says what feedparser says, or nothing at all."""

import warnings
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.formats.entries import RawFeed
from bot.ingest.formats.feedparser import read_xml_feed
from bot.ingest.formats.plain_feed import read_plain_feed
from tests.ingest.conftest import shared_data

TEXTS = st.one_of(
    st.sampled_from([
        "", " ", "Talks resume", "AT&T", "a < b", "<b>Bold</b>", "&amp;", "x &nbsp; y", "Ã©tÃ©",
        "\x85", "5 < 6 & 7 > 3", "</p>", "<madeup>", "&#8230;", "ünïcode", "https://a.example/?x=1",
        "12345", "tag:a.example,2026:1", "a;b", "Mon, 01 Jan 2026 10:00:00 GMT", "en_US",
        "2026년 3월 2일",
    ]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12),
)  # fmt: skip
RSS_PARTS = (
    "title", "link", "guid", 'guid isPermaLink="false"', 'guid ispermalink="true"', "pubDate",
    "description", "content:encoded", "category", "dc:creator", "author", "comments", "source",
    "feedburner:origLink", "dc:date", "media:title", "summary", 'title type="html"', "Title",
)  # fmt: skip
ATOM_PARTS = (
    "title", 'title type="html"', 'title type="xhtml"', "id", "summary", 'summary type="html"',
    "content", 'content type="html"', 'content type="text/plain"', "published", "updated",
    "category", "rights", 'title xml:lang="de"',
)  # fmt: skip


def element(part: str, text: str, *, cdata: bool) -> str:
    content = f"<![CDATA[{text}]]>" if cdata and "]]>" not in text else escape(text)
    return f"<{part}>{content}</{part.split(maxsplit=1)[0]}>"


LINKS = st.builds(
    lambda rel, kind, href: f"<link{rel}{kind} href={quoteattr(href)}/>",
    st.sampled_from(["", ' rel="alternate"', ' rel="SELF"', ' rel="via"', ' rel="enclosure"']),
    st.sampled_from(["", ' type="text/html"', ' type="image/png"', ' type="xhtml"']),
    st.sampled_from(["https://a.example/1", "/1", "", "https://a.example/?a=1&b;=2", "urn:x"]),
)


def wrapped(name: str, each: list[list[str]]) -> str:
    return "".join(f"<{name}>{''.join(inner)}</{name}>" for inner in each)


def parts(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.builds(element, st.sampled_from(names), TEXTS, cdata=st.booleans())


RSS = st.builds(
    lambda head, items, lang: (
        f'<?xml version="1.0"?><rss version="2.0"{lang} '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:media="http://search.yahoo.com/mrss/" '
        'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><channel>'
        f"{''.join(head)}{wrapped('item', items)}"
        "</channel></rss>"
    ),
    st.lists(parts(("title", "link", "language", "ttl", "description", "pubDate")), max_size=4),
    st.lists(st.lists(parts(RSS_PARTS), max_size=6), max_size=3),
    st.sampled_from(["", ' xml:lang="en_GB"', ' xml:lang=""']),
)
ATOM = st.builds(
    lambda head, entries, lang: (
        f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"{lang}>'
        f"{''.join(head)}{wrapped('entry', entries)}</feed>"
    ),
    st.lists(st.one_of(parts(("title", "id", "updated", "subtitle")), LINKS), max_size=4),
    st.lists(st.lists(st.one_of(parts(ATOM_PARTS), LINKS), max_size=6), max_size=3),
    st.sampled_from(["", ' xml:lang="ko"', ' xml:lang="pt_BR"']),
)


def feedparsers(body: bytes) -> RawFeed | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read_xml_feed(body)


@given(st.one_of(RSS, ATOM))
def test_what_is_read_plainly_is_what_feedparser_reads(document: str) -> None:
    body = document.encode()
    plain = read_plain_feed(body)
    assert plain is None or plain == feedparsers(body)


@pytest.mark.parametrize("folder", ["feeds-wild", "feeds-news"])
def test_real_documents_read_the_same_both_ways(folder: str) -> None:
    documents = [p.read_bytes() for p in sorted(shared_data(folder).rglob("*")) if p.is_file()]
    read = [(body, plain) for body in documents if (plain := read_plain_feed(body)) is not None]
    assert read
    for body, plain in read:
        assert plain == feedparsers(body)


PLAIN = (
    '<rss version="2.0"><channel><title>News</title><item><title>Talks</title>'
    "<link>https://a.example/1</link></item></channel></rss>"
)


def test_a_plain_document_takes_the_short_way() -> None:
    read = read_plain_feed(PLAIN.encode())
    assert read is not None
    assert read.entries[0].links == ("https://a.example/1",)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<rss", "<!DOCTYPE rss [<!ENTITY x 'y'>]><rss"),
        ("<rss", "<?xml-stylesheet href='x'?><rss"),
        ("<item>", "<item xml:base='https://b.example/'>"),
        ("<title>Talks", "<title>Talks</title><title>More"),
        ("Talks", "Talks <b>resume</b>"),
        ("https://a.example/1", "/1"),
        ("https://a.example/1", "https://a.example/?a=1&amp;b;"),
        ("</rss>", ""),
        ("<item>", "<item><unknown/>"),
        ('"2.0"', '"0.91"'),
    ],
)
def test_anything_unusual_is_left_to_feedparser(old: str, new: str) -> None:
    assert old in PLAIN
    assert read_plain_feed(PLAIN.replace(old, new, 1).encode()) is None
