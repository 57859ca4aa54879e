"""Feed lists from and for other feed readers."""

import contextlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.opml import MAX_BYTES, ImportedList, read_opml, write_opml
from bot.domain.errors import FeedListError
from bot.domain.feed import FeedList, FeedSpec
from bot.domain.text import one_line
from bot.domain.urls import same_feed_key
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
    "opml-full-of-empty-outlines": (opml("<outline/>" * 5001), "more than 5,000 of its lines"),
    "opml-empty": (b" \n", "the file is empty"),
    "opml-is-html": (b"<html><body/></html>", "a web page, not OPML"),
    "opml-is-html-with-an-outline": (b"<!DOCTYPE html><br><outline xmlUrl='http://a.b/'>", "a web"),
    "opml-is-a-login": (b"<html><p><form><input name=p type=password></html>", "a login page"),
    "opml-is-part-of-a-page": (b"<head><title>News</title></head><body><p>x", "a web page"),
    "opml-is-a-login-by-its-title": (
        b"<title>Log in to Reader</title><div id=app>",
        "a login page",
    ),
    "opml-are-bookmarks": (b"<!DOCTYPE NETSCAPE-Bookmark-file-1><DL><p>", "a web page, not OPML"),
    "opml-is-rich-text": (b"{\\rtf1\\ansi https://example.org/}", "rich text"),
    "opml-is-rss": (b"<rss version='2.0'/>", "a feed, not a list of feeds"),
    "opml-is-json": (b'{"feeds": ["https://example.org/"]}', "JSON, not OPML"),
    "opml-is-yaml": (b"feeds:\n- url: https://example.org/", "a feeds.yaml, not OPML"),
    "opml-is-packed": (b"\x1f\x8b\x08\x00\x00", "an archive"),
    "opml-is-pdf": (b"%PDF-1.7", "a PDF"),
    "opml-is-prose": (b"Our feeds are at https://example.org/", "not an OPML file"),
    "opml-is-binary": (bytes(range(256)), "not an OPML file"),
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
    skipped, again, problem = read_opml(GOOD, "feeds.opml").left_out

    assert (again.line, "stands in line 3 already" in again.what) == (9, True)
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


A, B = "https://a.example/rss?x=1&copy=2", "https://b.example/"
MENDED = {
    "bare-ampersands": opml(f'<outline text="R&D, &c." xmlUrl="{A}"/><outline xmlUrl="{B}"/>'),
    "names-of-html": opml(
        f'<outline text="Caf&eacute; &ndash;" xmlUrl="{A}"/><outline xmlUrl="{B}"/>'
    ),
    "larger-than": opml(f'<outline text="X > Y" xmlUrl="{A}" />,<outline xmlUrl="{B}">'),
    "smaller-than": opml(f'<outline text="X <3" xmlUrl="{A}" /><outline xmlUrl="{B}"/>'),
    "quotes-within": opml(f'<outline text="the "best"" xmlUrl="{A}"/><outline xmlUrl="{B}"/>'),
    "markup-within": opml(
        f'<outline description="By <a href="http://x.y" rel="z">us</a>." text="X" xmlUrl="{A}"/>'
        f'<outline text="&> <b>X</b>" xmlUrl="{B}" />'
    ),
    "no-closing-quote": opml(f'<outline text="X xmlUrl="{A}"/>\n<outline xmlUrl="{B}/>'),
    "no-opening-quote": opml(f'<outline text=X" xmlUrl={A}" type="rss"/><outline xmlUrl={B}\' />'),
    "no-quotes": opml(f"<outline text=X Y type=rss xmlUrl={A} /><outline xmlUrl={B} >"),
    "curly-quotes": opml(f"<outline text=“X Y” xmlUrl=“{A}”/><outline text=‘X’ xmlUrl=’{B}’/>"),
    "no-bracket-at-the-end": opml(f'<outline xmlUrl="{A}"\n<outline xmlUrl="{B}"/>'),
    "no-bracket-at-the-begin": opml(f'\n outline xmlUrl="{A}"/>\n<outline xmlUrl="{B}"/>'),
    "misspelt-tag": opml(f'<outlin xmlUrl="{A}"/><outlinetext="X" xmlUrl="{B}"/>'),
    "unclosed-outlines": opml(f'<outline xmlUrl="{A}"><outline text="Q"><outline xmlUrl="{B}">'),
    "other-cases": opml(f'<OUTLINE XMLURL="{A}"/><Outline xmlurl="{B}"/>').replace(b"&", b"&amp;"),
    "url": opml(f'<outline type="rss" url="{A}"/><outline feedUrl="{B}"/>'),
    "no-body": f'<opml><outline xmlUrl="{A}"/><outline xmlUrl="{B}"/></opml>'.encode(),
    "a-prefix": f'<n:opml xmlns:n="n"><n:outline xmlUrl="{A}"/><n:outline xmlUrl="{B}"/>'.encode(),
    "attributes-on-lines-of-their-own": opml(
        f'\n<outline\n text="R&D"\n xmlUrl="{A}"\n/>\n<outline\n text="X"\n xmlUrl="{B}/>'
    ),
    "no-root": f'<outline xmlUrl="{A}"/><outline xmlUrl="{B}"/>'.encode(),
    "several-roots": opml(f'<outline xmlUrl="{A}"/>') + opml(f'<outline xmlUrl="{B}"/>'),
    "cut-off": opml(f'<outline xmlUrl="{A}"/><outline xmlUrl="{B}"/><outline te')[:-14],
    "junk-first": b"\r\n\xef\xbb\xbf Warning: <b>x</b>\r\n<?xml version='1.0'?>"
    + opml(f'<outline xmlUrl="{A}"/><outline xmlUrl="{B}"/>'),
    "a-comment": opml(f'<!--<outline xmlUrl="x"/>--><outline xmlUrl="{A}"/><outline xmlUrl="{B}">'),
    "feed-scheme": opml(f'<outline xmlUrl="feed:{A}"/><outline xmlUrl="feed://{B}"/>'),
    "addresses": f"# ours\n{A}\n\n- {B}\r\n".encode(),
}

NAMED = {"cut-off": ["the outline "]}


@pytest.mark.parametrize("case", MENDED)
def test_a_broken_list_gives_its_feeds_all_the_same(case):
    imported = read_opml(MENDED[case], "feeds.opml")

    assert [spec.url.rstrip("/") for spec in imported.feeds] == [A, B.rstrip("/")]
    assert [one.what[:12] for one in imported.left_out] == NAMED.get(case, [])


def test_titles_and_folders_of_a_broken_list_are_read():
    body = opml(
        '<outline text="Law & order"><outline text="Caf&eacute; &ndash; &foo; <3 A&amp;B"'
        f' xmlUrl="{A}"></outline><outline title="the "best" of > all" xmlUrl="{B}"></outline>'
    )
    imported = read_opml(body + b"<outline xmlUrl='https://c.example/' text='C'/>", "f")

    assert [(spec.title, spec.category) for spec in imported.feeds] == [
        ("Café – &foo; <3 A&B", "Law & order"),
        ('the "best" of > all', "Law & order"),
        ("C", None),
    ]


@pytest.mark.parametrize(
    ("declared", "used"),
    [
        ("", "utf-8-sig"), ("", "utf-16"), ("utf-16", "utf-8"), ("iso-8859-1", "utf-8"),
        ("utf-8", "cp1252"), ("nope", "cp1252"), ("", "utf-16-le"), ("windows-1252", "cp1252"),
    ],
)  # fmt: skip
def test_an_encoding_that_is_wrongly_declared_or_not_at_all_is_found(declared, used):
    head = f"<?xml version='1.0' encoding='{declared}'?>" if declared else ""
    body = (head + opml(f"<outline text='Café – x' xmlUrl='{B}'/>").decode()).encode(used)

    assert [spec.title for spec in read_opml(body, "f").feeds] == ["Café – x"]


def test_a_declared_encoding_is_read_and_a_bad_byte_costs_one_character():
    body = opml(f"<outline text='Новости' xmlUrl='{B}'/>")
    russian = b"<?xml version='1.0' encoding='windows-1251'?>" + body
    assert read_opml(russian.decode().encode("cp1251"), "f").feeds[0].title == "Новости"
    assert read_opml(body.replace("Н".encode(), b"\xff"), "f").feeds[0].title == "\ufffdовости"


def test_a_link_to_a_page_is_no_feed():
    imported = read_opml(opml(f"<outline type='link' text='Page' url='{B}'/>"), "f")

    assert imported.feeds == ()
    assert ["“Page” has no address" in one.what for one in imported.left_out] == [True]


def test_lines_of_a_list_of_addresses_that_are_none_are_named():
    imported = read_opml(f"{A}\nexample.org\n{A}\n".encode(), "f")

    assert [spec.url for spec in imported.feeds] == [A]
    assert [(one.line, one.what.partition(" ")[0]) for one in imported.left_out] == [
        (2, "“example.org”"),
        (3, A),
    ]


LINES = [f'  <outline text="Feed {n}" type="rss" xmlUrl="https://{n}.example/f"/>' for n in "abcde"]


@given(
    st.integers(0, len(LINES) - 1),
    st.integers(0, len(LINES[0])),
    st.integers(0, 2),
    st.text("<>\"'“/&=; x", max_size=2),
)
def test_one_damaged_line_costs_no_other_and_is_read_or_named(number, at, removed, added):
    damaged = LINES[number][:at] + added + LINES[number][at + removed :]
    lines = [*LINES[:number], damaged, *LINES[number + 1 :]]
    text = "\n".join(["<opml><body>", *lines, "</body></opml>"])

    imported = read_opml(text.encode(), "f")

    urls = [spec.url for spec in imported.feeds]
    others = [f"https://{n}.example/f" for n in "abcde" if n != "abcde"[number]]
    assert [url for url in urls if url in others] == others
    assert len(urls) == len(LINES) or [one.line for one in imported.left_out] == [number + 2]


hostile = st.lists(
    st.sampled_from(["<", ">", "outline", "<outline ", "</outline>", "<opml>", "xmlUrl=", '"', "&"])
    | st.sampled_from(
        ["'", "“", "http://a.b/", "feed:", "<!--", "-->", " ", "\n", "/", "<!DOCTYPE "]
    )
    | st.text(max_size=3),
    max_size=40,
)


@given(hostile.map("".join) | st.binary(max_size=60))
def test_whatever_the_file_holds_the_answer_is_a_list_or_a_sentence(body):
    with contextlib.suppress(FeedListError):
        read_opml(body if isinstance(body, bytes) else body.encode("utf-8", "replace"), "f")


@pytest.mark.parametrize(
    "part",
    [
        "<outline ", '<outline a="', 'a="', "<outline x" + "a" * 999, "<!--", "<opml><x ", "&", "<",
        "a= ", '"a =', " \t", "\n", "<?xml", "outline\n", "<x xmlUrl=", "<input ", "https://a.b/ ",
    ],
)  # fmt: skip
def test_a_hostile_file_is_read_in_time(part, benchmark_s):
    body = (f"<opml><outline {part}" + part * MAX_BYTES).encode()[:MAX_BYTES]

    def read():
        with contextlib.suppress(FeedListError):
            read_opml(body, "f")

    assert benchmark_s(read) < 5  # quadratic would be hours


def test_an_external_doctype_is_not_fetched():
    body = b"<!DOCTYPE opml SYSTEM 'http://127.0.0.1:9/x.dtd'><opml version='2.0'/>"

    assert read_opml(body, "feeds.opml") == ImportedList(feeds=())


# As feeds.yaml holds them: on one line, shown as they are.
names = st.text(max_size=60).map(one_line).filter(bool)
specs = st.builds(
    FeedSpec,
    url=st.tuples(st.integers(0, 10**6), st.text("?&=;'#amp%C3ü", max_size=9)).map(
        lambda parts: "https://example.org/{}{}".format(*parts)
    ),
    title=st.none() | names,
    category=st.none() | names | st.sampled_from(["R&D", 'the "big" ones', "<b>", "a/b, c"]),
    language=st.none() | st.sampled_from(["en", "pt-BR"]),
    weight=st.floats(0, 10, exclude_min=True),
    every=st.none() | st.integers(31, 7 * 24 * 60).map(lambda n: timedelta(minutes=n)),
    enabled=st.booleans(),
)


@given(st.lists(specs, max_size=4, unique_by=lambda spec: same_feed_key(spec.url)))
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
    written = write_opml(lines, title="List", at=NOW).encode()
    assert [feed.every for feed in read_opml(written, "list.opml").feeds] == [usual, None, None]
