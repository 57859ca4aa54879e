"""What makes an item the same item next time."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.item import Entry
from bot.domain.urls import PLAIN, canonical_url, clean_link, host_of, in_ascii, same_feed_key
from bot.ingest.formats.document import parse
from bot.ingest.formats.entries import content_hash, dedupe_keys, entry_key, normalised_title
from tests.ingest.conftest import NOW

BASE = "https://example.org/a/b?id=7"
SAME_URL = {
    "scheme": "http://example.org/a/b?id=7",
    "www": "https://www.example.org/a/b?id=7",
    "mobile-host": "https://m.example.org/a/b?id=7",
    "amp-host": "https://amp.example.org/a/b?id=7",
    "host-case": "https://EXAMPLE.org/a/b?id=7",
    "host-dot": "https://example.org./a/b?id=7",
    "default-port": "https://example.org:443/a/b?id=7",
    "fragment": "https://example.org/a/b?id=7#comments",
    "trailing-slash": "https://example.org/a/b/?id=7",
    "double-slash": "https://example.org//a///b?id=7",
    "utm": "https://example.org/a/b?utm_source=rss&utm_medium=feed&id=7",
    "utm-capital": "https://example.org/a/b?UTM_Source=rss&id=7",
    "fbclid": "https://example.org/a/b?id=7&fbclid=IwAR0",
    "gclid": "https://example.org/a/b?id=7&gclid=x",
    "mailchimp": "https://example.org/a/b?mc_cid=1&mc_eid=2&id=7",
    "matomo": "https://example.org/a/b?mtm_campaign=x&id=7",
    "credentials": "https://user:pw@example.org/a/b?id=7",
    "percent-encoding": "https://example.org/%61/b?id=7",
    "blanks-around": "  https://example.org/a/b?id=7\n",
}
OTHER_URL = {
    "other-path": "https://example.org/a/c?id=7",
    "other-query": "https://example.org/a/b?id=8",
    "other-host": "https://example.net/a/b?id=7",
    "other-subdomain": "https://news.example.org/a/b?id=7",
    "other-port": "https://example.org:8080/a/b?id=7",
    "path-case": "https://example.org/A/b?id=7",
    "query-missing": "https://example.org/a/b",
    "encoded-slash": "https://example.org/a%2Fb?id=7",
}
NO_URL = {"empty": "", "no-host": "mailto:a@example.org", "broken": "http://[::1", "path": "/a/b"}
SAME_GUID = {
    "https": "https://example.org/?p=1",
    "www": "http://www.example.org/?p=1",
    "host-case": "http://Example.ORG/?p=1",
    "port": "http://example.org:80/?p=1",
    "blanks": " http://example.org/?p=1\n",
}
OTHER_GUID = {
    "fragment": "http://example.org/?p=1#2",
    "query": "http://example.org/?p=2",
    "path-case": "http://example.org/A?p=1",
    "urn": "urn:uuid:1",
}


def entry(**changes) -> Entry:
    values = {
        "key": "id:1", "url": "https://example.org/1", "canonical_url": "example.org/1",
        "title": "Talks begin", "summary": "", "language": None, "published_at": None,
        "content_hash": "",
    }  # fmt: skip
    return Entry(**{**values, **changes})


def item(guid="", link="", title="", text="", date="") -> str:
    parts = (("guid", guid), ("link", link), ("title", title), ("description", text))
    body = "".join(f"<{name}>{value}</{name}>" for name, value in parts if value)
    return f"<item>{body}<pubDate>{date}</pubDate></item>"


def keys(*items: str) -> list[str]:
    body = f"<rss version='2.0'><channel><title>t</title>{''.join(items)}</channel></rss>"
    parsed = parse(body.encode(), content_type=None, url="https://example.org/feed", now=NOW)
    return [e.key for e in parsed.entries]


# Two documents, and how many of the second's items are the same as in the first.
MET_AGAIN = {
    "edited-title": ([item("1", title="A")], [item("1", title="A, corrected")], 1),
    "edited-date": ([item("1", date="1 Jan 2020")], [item("1", date="2 Jan 2020")], 1),
    "edited-text": ([item("1", text="A")], [item("1", text="B")], 1),
    "moved-link": ([item("1", "https://example.org/a")], [item("1", "https://x.org/b")], 1),
    "guid-turns-https": (
        [item("http://example.org/1")],
        [item("https://www.example.org/1")],
        1,
    ),
    "no-guid-tracking-added": (
        [item(link="https://example.org/a")],
        [item(link="http://www.example.org/a/?utm_source=feed#x")],
        1,
    ),
    "no-guid-no-link": ([item(title="A", text="B")], [item(title="A", text="B")], 1),
    "no-guid-no-link-edited": ([item(title="A", text="B")], [item(title="A", text="C")], 0),
    "other-guid": ([item("1", title="A")], [item("2", title="A")], 0),
    "all-guids-equal": (
        [item("x", f"https://example.org/{n}") for n in range(3)],
        [item("x", f"https://example.org/{n}") for n in range(3)],
        3,
    ),
    "all-guids-and-links-equal": (
        [item("x", "https://example.org/", f"Title {n}") for n in range(3)],
        [item("x", "https://example.org/", f"Title {n}") for n in range(3)],
        3,
    ),
    "order-changes": (
        [item(f"{n}") for n in range(5)],
        [item(f"{n}") for n in reversed(range(5))],
        5,
    ),
    "archive-published-again": (
        [item(f"{n}", date="1 Jan 2020") for n in range(50)],
        [item(f"{n}", date="1 Jan 2026") for n in range(50)],
        50,
    ),
    "relative-guid-after-a-move": ([item("193")], [item("193")], 1),
}
SECURITY_TABLE = {
    "test_addresses_of_the_same_article_are_equal": SAME_URL,
    "test_addresses_of_other_articles_differ": OTHER_URL,
    "test_what_is_no_address_has_no_canonical_form": NO_URL,
    "test_a_guid_that_is_an_address_counts_without_scheme_and_www": SAME_GUID,
    "test_guids_that_differ_stay_different": OTHER_GUID,
    "test_items_are_met_again": MET_AGAIN,
}


@pytest.mark.parametrize("case", SAME_URL)
def test_addresses_of_the_same_article_are_equal(case):
    assert canonical_url(SAME_URL[case]) == canonical_url(BASE) == "example.org/a/b?id=7"


@pytest.mark.parametrize("case", OTHER_URL)
def test_addresses_of_other_articles_differ(case):
    assert canonical_url(OTHER_URL[case]) != canonical_url(BASE)


@pytest.mark.parametrize("case", NO_URL)
def test_what_is_no_address_has_no_canonical_form(case):
    assert canonical_url(NO_URL[case]) is None


def key_of(guid: str) -> str:
    return entry_key(guid=guid, canonical="example.org/1", title="A", summary="")


@pytest.mark.parametrize("case", SAME_GUID)
def test_a_guid_that_is_an_address_counts_without_scheme_and_www(case):
    assert key_of(SAME_GUID[case]) == key_of("http://example.org/?p=1")


@pytest.mark.parametrize("case", OTHER_GUID)
def test_guids_that_differ_stay_different(case):
    assert key_of(OTHER_GUID[case]) != key_of("http://example.org/?p=1")


@pytest.mark.parametrize("case", MET_AGAIN)
def test_items_are_met_again(case):
    first, second, met = MET_AGAIN[case]

    assert len(keys(*first)) == len(set(keys(*first))) == len(first)
    assert len(set(keys(*first)) & set(keys(*second))) == met


def test_parameters_may_come_in_any_order():
    assert canonical_url("https://a.org/?b=2&a=1") == canonical_url("https://a.org/?a=1&b=2")


def test_a_query_that_is_no_list_of_values_is_kept():
    assert canonical_url("https://a.org/?article123") == "a.org?article123"


def test_hosts_of_other_scripts_are_written_in_one_way():
    assert canonical_url("https://bücher.example/") == canonical_url(
        "https://xn--bcher-kva.example"
    )


def test_two_hosts_that_an_older_rule_took_for_one_are_two():
    names = ("faß.de", "fass.de")
    for same in (canonical_url, same_feed_key, host_of, in_ascii, clean_link):
        assert len({same(f"https://{name}/a") for name in names}) == 2
    assert canonical_url("https://faß.de/a") == "xn--fa-hia.de/a"


def test_the_same_item_twice_in_a_document_is_there_once_and_the_newest():
    old = entry(published_at=datetime(2020, 1, 1, tzinfo=UTC), summary="old")
    new = entry(published_at=datetime(2020, 1, 2, tzinfo=UTC), summary="new")

    assert dedupe_keys([old, new]) == (new,)
    assert dedupe_keys([new, old]) == (new,)
    assert dedupe_keys([replace(old, published_at=None), new])[0].summary == "old"


def test_entries_of_one_document_have_keys_of_their_own():
    same = [
        entry(key="id:x", canonical_url=f"example.org/{n % 2}", title=f"Title {n % 3}")
        for n in range(6)
    ]

    told = dedupe_keys(same)

    assert len({e.key for e in told}) == len(told) == 6


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("“Peace” at last – again!", "Peace at last, again"),
        ("ÉTÉ à Genève", "ete a geneve"),
        ("U.S.-led talks", "U S led talks"),
        ("  two   blanks ", "two blanks"),
        ("ﬁne print", "fine print"),
    ],
)
def test_titles_are_compared_without_case_accents_and_punctuation(one, other):
    assert normalised_title(one) == normalised_title(other)


def test_titles_that_differ_in_a_word_stay_different():
    assert normalised_title("Talks begin") != normalised_title("Talks end")


@given(st.text(max_size=2000))
def test_keys_are_bounded_and_printable(guid):
    key = entry_key(guid=guid, canonical=None, title="A", summary="")

    assert 0 < len(key) <= 300
    assert key.isprintable()


@given(st.text(max_size=100), st.text(max_size=100))
def test_the_hash_tells_title_and_summary(title, summary):
    assert content_hash(title, summary) == content_hash(title, summary)
    assert content_hash(title, summary) != content_hash(title + "x", summary)


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader_of_addresses(text):
    canonical_url(f"https://example.org/{text}")
    canonical_url(text)


def test_entries_of_one_address_and_title_without_guids_are_dedupe_keys_by_their_text():
    same = {"key": "url:example.org/status", "canonical_url": "example.org/status"}
    first, second, again = (
        entry(**same, summary=text, content_hash=text) for text in ("well", "a delay", "a delay")
    )
    kept = dedupe_keys([first, second, again])
    assert [e.summary for e in kept] == ["well", "a delay"]
    assert len({e.key for e in kept}) == 2


def test_entries_of_one_page_and_title_without_guids_are_told_by_their_anchors():
    same = {"key": "url:example.org/new", "canonical_url": "example.org/new", "summary": ""}
    kept = dedupe_keys([entry(**same, url=f"https://example.org/new#n{n}") for n in (1, 2)])
    assert len({e.key for e in kept}) == 2


@given(st.from_regex(PLAIN, fullmatch=True))
def test_an_address_that_needs_no_reading_is_the_same_as_with_the_usual_port(url):
    host = PLAIN.fullmatch(url)["host"]
    with_port = url.replace(f"//{host}", f"//{host}:80", 1)

    assert canonical_url(url) == canonical_url(with_port)
    assert key_of(url) == key_of(with_port)
