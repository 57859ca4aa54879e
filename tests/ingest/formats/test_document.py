"""Documents of every format become the same clean entries; hostile ones do no harm."""

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import FetchError
from bot.domain.feed import FeedHints
from bot.domain.urls import PLAIN, clean_link
from bot.ingest.formats import document
from bot.ingest.formats.document import Format, ParsedFeed, parse
from bot.ingest.formats.entries import MAX_ENTRIES, RawEntry, RawFeed, RawText
from bot.ingest.formats.feedparser import harmless
from tests.ingest.conftest import NOW

SY = "xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"
URL = "https://example.org/news/feed.xml"
RSS2 = """<?xml version="1.0"?><rss version="2.0"><channel><title>Wire &amp;amp; News</title>
<link>/news/</link><language>en_us</language><item><guid isPermaLink="false">n1</guid>
<title>Talks &lt;b&gt;resume&lt;/b&gt;</title><link>../a/1</link>
<pubDate>Tue, 12 Jun 2018 08:00:00 SGT</pubDate>
<description><![CDATA[<p>Both sides <i>met</i>.</p>]]></description></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-US"><title>Wire &amp; News</title>
<link href="/news/"/><entry><id>n1</id><title>Talks resume</title>
<link rel="alternate" href="../a/1"/><link rel="enclosure" href="/x.mp3"/>
<updated>2018-06-12T08:00:00+08:00</updated><summary type="html">&lt;p&gt;Both sides
met.&lt;/p&gt;</summary></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel
rdf:about="x"><title>Wire &amp; News</title><link>https://example.org/news/</link>
<dc:language>en-US</dc:language></channel><item rdf:about="n1"><title>Talks resume</title>
<link>https://example.org/a/1</link><dc:date>2018-06-12T00:00:00Z</dc:date>
<description>Both sides met.</description></item></rdf:RDF>"""
JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Wire & News",
        "home_page_url": "https://example.org/news/",
        "language": "en-US",
        "items": [
            {
                "id": "n1",
                "url": "https://example.org/a/1",
                "title": "Talks resume",
                "content_html": "<p>Both sides <i>met</i>.</p>",
                "date_published": "2018-06-12T08:00:00+08:00",
            }
        ],
    }
)


def read(body: str | bytes, content_type: str | None = None, url: str = URL) -> ParsedFeed:
    data = body.encode() if isinstance(body, str) else body
    return parse(data, content_type=content_type, url=url, now=NOW)


def rss(*items: str, head: str = "") -> str:
    return (
        f"<rss version='2.0' {SY}><channel><title>T</title>{head}{''.join(items)}</channel></rss>"
    )


@pytest.mark.parametrize(
    "document", [RSS2, ATOM, RDF, JSON_FEED], ids=["rss", "atom", "rdf", "json"]
)
def test_every_format_gives_the_same_feed(document):
    parsed = read(document)

    assert (parsed.title, parsed.language) == ("Wire & News", "en-US")
    assert parsed.site == "https://example.org/news/"
    (entry,) = parsed.entries
    assert entry.title == "Talks resume"
    assert entry.summary == "Both sides met."
    assert entry.url == "https://example.org/a/1"
    assert entry.canonical_url == "example.org/a/1"
    assert entry.published_at == datetime(2018, 6, 12, tzinfo=UTC)
    assert entry.language == "en-US"
    assert entry.key == "id:n1"


NOT_FEEDS = {
    "empty": (b"", "empty"),
    "blanks": (b" \n\t", "empty"),
    "web-page": (b"<!DOCTYPE html><html><head></head></html>", "web page"),
    "web-page-without-doctype": (b"<HTML lang='en'><body>x</body></HTML>", "web page"),
    "challenge-page": (b"<html><title>Just a moment...</title></html>", "see a human"),
    "opml": (b"<opml version='2.0'><head/><body/></opml>", "OPML"),
    "other-xml": (b"<?xml version='1.0'?><project><a/></project>", "not a feed"),
    "sitemap": (b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'/>", "not a feed"),
    "json": (b'{"items": []}', "no JSON Feed"),
    "json-of-another-kind": (b'{"items": [{"name": "x", "id": 3}]}', "no JSON Feed"),
    "json-list": (b"[1, 2]", "not a feed"),
    "json-broken": (b'{"version": "https://jsonfeed.org/version/1", "items": [', "no JSON Feed"),
    "json-deep": (b'{"items": ' + b"[" * 200_000, "no JSON Feed"),
    "json-huge-number": (b'{"items": [' + b"9" * 10_000 + b"]}", "no JSON Feed"),
    "json-items-no-list": (b'{"version": "https://jsonfeed.org/version/1", "items": 3}', "no JSON"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not a feed"),
    "pdf": (b"%PDF-1.7\n" + bytes(100), "not a feed"),
    "zeros": (bytes(10_000), "not a feed"),
    "local-file-name": (b"/etc/passwd", "not a feed"),
    "address": (b"http://169.254.169.254/latest/", "not a feed"),
}
BILLION = "".join(
    f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" if n else "<!ENTITY e0 'lol lol lol'>"
    for n in range(10)
)
# Documents that must come out harmless: what must not be in what we keep.
HARMLESS = {
    "entity-billion-laughs": (
        f"<!DOCTYPE rss [{BILLION}]>" + rss("<item><title>A &e9;</title></item>"),
        "lol lol",
    ),
    "entity-quadratic": (
        f'<!DOCTYPE rss [\n<!ENTITY a "{"x" * 50_000}">\n]>'
        + rss(f"<item><title>A {'&a;' * 10_000}</title></item>"),
        "xxxxx",
    ),
    "entity-quadratic-in-utf-16": (
        (
            f'<!DOCTYPE rss [\n<!ENTITY a "{"x" * 50_000}">\n]>'
            + rss(f"<item><title>A {'&a;' * 10_000}</title></item>")
        ).encode("utf-16"),
        "xxxxx",
    ),
    "entity-external-file": (
        "<!DOCTYPE rss [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
        + rss("<item><title>A &a;</title></item>"),
        "root:",
    ),
    "entity-external-url": (
        "<!DOCTYPE rss [<!ENTITY a SYSTEM 'http://127.0.0.1:9/'>]>"
        + rss("<item><title>A &a;</title></item>"),
        "127.0.0.1",
    ),
    "entity-public": (
        "<!DOCTYPE rss [<!ENTITY a PUBLIC '-//X' 'file:///etc/passwd'>]>"
        + rss("<item><title>A &a;</title></item>"),
        "root:",
    ),
    "entity-parameter": (
        "<!DOCTYPE rss [<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;]>"
        + rss("<item><title>A</title></item>"),
        "root:",
    ),
    "entity-parameter-inside": (
        "<!DOCTYPE rss [<!ENTITY % p '<!ENTITY a \"boom\">'> %p;]>"
        + rss("<item><title>A &a;</title></item>"),
        "boom",
    ),
    "doctype-external": (
        "<!DOCTYPE rss SYSTEM 'file:///etc/passwd'>" + rss("<item><title>A</title></item>"),
        "root:",
    ),
    "xinclude": (
        rss(
            "<item><title>A</title><description><x:include xmlns:x='http://www.w3.org/2001/XInclude'"
            " href='/etc/passwd' parse='text'/></description></item>"
        ),
        "root:",
    ),
    "stylesheet": (
        "<?xml version='1.0'?><?xml-stylesheet href='file:///etc/passwd'?>"
        + rss("<item><title>A</title></item>"),
        "root:",
    ),
    "script-in-title": (
        rss("<item><title>A&lt;script&gt;evil()&lt;/script&gt;</title></item>"),
        "evil",
    ),
    "script-link": (
        rss("<item><title>A</title><link>javascript:evil()</link></item>"),
        "evil",
    ),
    "data-link": (
        rss("<item><title>A</title><link>data:text/html,evil</link></item>"),
        "evil",
    ),
    "link-breaks-out": (
        rss("<item><title>A</title><link>https://x.org/a>|&lt;!here></link></item>"),
        "<!here",
    ),
    "link-credentials": (
        rss("<item><title>A</title><link>https://user:evil@x.org/</link></item>"),
        "evil",
    ),
    "direction-override": (rss("<item><title>A\u202egpj.exe</title></item>"), "\u202e"),
    "null-in-title": (rss("<item><title>A&#0;B</title></item>"), "\x00"),
}
# Documents that are broken or odd, and must still give their one entry with this title.
STILL_READ = {
    "unclosed-tags": "<rss version='2.0'><channel><item><title>A</title></channel></rss>",
    "bare-ampersand": rss("<item><title>A</title><description>R&D & more</description></item>"),
    "undeclared-entity": rss("<item><title>A</title><description>&nbsp;x</description></item>"),
    "undeclared-namespace": rss("<item><title>A</title><media:x>y</media:x></item>"),
    "control-character": rss("<item><title>A</title><description>\x0b</description></item>"),
    "declared-short-entity": '<!DOCTYPE rss [\n<!ENTITY a "A">\n]>'
    + rss("<item><title>&a;</title></item>"),
    "leading-blanks": "\n\n  " + rss("<item><title>A</title></item>"),
    "leading-rubbish": "<br />Warning: x" + rss("<item><title>A</title></item>"),
    "no-channel": "<rss version='2.0'><item><title>A</title></item></rss>",
    "two-titles": rss("<item><title>A</title><title></title></item>"),
    "deeply-nested": rss(
        "<item><title>A</title><description>" + "<b>" * 20_000 + "</description></item>"
    ),
    "many-attributes": rss(
        "<item><title " + " ".join(f"a{n}='x'" for n in range(5000)) + ">A</title></item>"
    ),
    "wrong-encoding-named": "<?xml version='1.0' encoding='utf-16'?>"
    + rss("<item><title>A</title></item>"),
    "unknown-encoding-named": "<?xml version='1.0' encoding='no-such'?>"
    + rss("<item><title>A</title></item>"),
}
# Documents that end too early, in the title of an entry behind A.
ONE = "<item><title>A</title></item>"
BROKEN_OFF = {
    "in-a-title": f"<rss version='2.0'><channel>{ONE}<item><title>Talks brea",
    "in-a-title-after-a-link": f"<rss version='2.0'><channel>{ONE}<item><link>https://x/</link><title>B",
    "in-the-end-of-a-title": f"<rss version='2.0'><channel>{ONE}<item><title>B</tit",
    "in-cdata-with-tags": (
        f"<rss version='2.0'><channel>{ONE}<item><title><![CDATA[</title></item></rss>]]> and then"
    ),
    "in-the-tag-of-an-entry": f"<rss version='2.0'><channel>{ONE}<item",
    "in-a-comment-with-tags": f"<rss version='2.0'><channel>{ONE}<item><!-- </item></rss>",
    "in-a-link": f"<rss version='2.0'><channel>{ONE}<item><title>B</title><link>https://x.o",
    "before-the-end-of-an-entry": (
        f"<rss version='2.0'><channel>{ONE}<item><title>B</title><link>https://x.org/</link>"
    ),
    "between-entries": f"<rss version='2.0'><channel>{ONE}",
    "after-the-channel": f"<rss version='2.0'><channel>{ONE}</channel>",
    "atom": (
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>A</title></entry>"
        "<entry><id>urn:b</id><title>B"
    ),
    "atom-with-prefix": (
        "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:title>A</a:title></a:entry>"
        "<a:entry><a:title>B</a:ti"
    ),
    "rdf": RDF.replace("Talks resume", "A").removesuffix("</rdf:RDF>") + "<item><title>B",
    "in-half-a-character": f"<rss version='2.0'><channel>{ONE}<item><title>Ré".encode()[:-1],
    "utf-16": f"<rss version='2.0'><channel>{ONE}<item><title>B".encode("utf-16"),
}
SECURITY_TABLE = {
    "test_documents_that_break_off_give_what_was_whole": BROKEN_OFF,
    "test_what_is_not_a_feed_is_said_to_be_none": NOT_FEEDS,
    "test_hostile_documents_come_out_harmless": HARMLESS,
    "test_broken_documents_are_still_read": STILL_READ,
}


@pytest.mark.parametrize("case", NOT_FEEDS)
def test_what_is_not_a_feed_is_said_to_be_none(case):
    body, words = NOT_FEEDS[case]

    with pytest.raises(FetchError, match=words) as caught:
        read(body)
    assert caught.value.kind in {"not_a_feed", "bot_challenge"}


def test_a_cdata_section_that_nothing_ends_hides_no_end_of_its_entry():
    document = (
        f"<rss version='2.0'><channel>{ONE}<item><title>B</title><description><![CDATA[x"
        "</description></item></channel></rss>"
    )
    assert [entry.title for entry in read(document).entries] == ["A", "B"]


@pytest.mark.parametrize("case", BROKEN_OFF)
def test_documents_that_break_off_give_what_was_whole(case):
    parsed = read(BROKEN_OFF[case])

    assert [entry.title for entry in parsed.entries] == ["A"]
    assert not parsed.whole
    assert parsed.shortfalls == ("the document breaks off before its end; what it holds is read",)


@pytest.mark.parametrize("document", ["<rss><channel><title>Bro<item><title>x</ti", "<feed>"])
def test_a_document_that_breaks_off_before_its_first_entry_is_a_failure(document):
    with pytest.raises(FetchError, match="breaks off before its first entry"):
        read(document)


def test_what_is_left_out_of_a_long_document_is_counted():
    many = "".join(f"<item><title>Talks, day {n}</title></item>" for n in range(601))
    parsed = read(f"<rss><channel>{many}</channel></rss>")
    assert len(parsed.entries) == 500
    assert parsed.shortfalls == ("of its 601 entries only the newest 500 are read",)
    assert read(RSS2).shortfalls == ()


@pytest.mark.parametrize(
    "document",
    [RSS2, ATOM, RDF, JSON_FEED, f"{RSS2}\n<!-- 3 ms --><script/>", "<rss version='2.0'/>",
     RSS2.replace("</rss>", "</RSS >"), *STILL_READ.values()],
)  # fmt: skip
def test_a_document_with_its_end_is_whole(document):
    assert read(document).whole


TWO = RSS2.replace("<item>", f"{ONE}<item>", 1)


CUT = {
    "RSS": TWO,
    "an only entry": RSS2,
    "Atom": ATOM,
    "RDF": RDF,
    "JSON": JSON_FEED,
    "CDATA": TWO.replace("</title><", "</title><description><![CDATA[<p>a</p>]]></description><"),
}


@pytest.mark.parametrize("document", CUT.values(), ids=CUT)
@given(data=st.data())
def test_wherever_a_document_breaks_off_what_is_read_of_it_is_whole(document, data):
    length = data.draw(st.integers(min_value=0, max_value=len(document)))
    with contextlib.suppress(FetchError):
        parsed = read(document[:length])
        assert parsed.whole == (length == len(document))
        assert parsed.entries == read(document).entries[: len(parsed.entries)]


@pytest.mark.parametrize("case", HARMLESS)
def test_hostile_documents_come_out_harmless(case, benchmark_s):
    document, never = HARMLESS[case]

    took_s = benchmark_s(lambda: read(document))

    (entry,) = read(document).entries
    assert entry.title.startswith("A")
    assert never not in repr(entry)
    assert took_s < 2


@pytest.mark.parametrize("case", STILL_READ)
def test_broken_documents_are_still_read(case):
    (entry,) = read(STILL_READ[case]).entries

    assert entry.title == "A"


ENCODED = "Gespräch – Völker"


@pytest.mark.parametrize(
    ("encoding", "declared", "content_type"),
    [
        ("utf-8", "utf-8", None),
        ("utf-8", None, None),
        ("utf-8", None, "text/xml"),
        ("utf-8", "utf-8", "application/xml; charset=ISO-8859-1"),
        ("utf-8-sig", None, None),
        ("utf-16", "utf-16", None),
        ("utf-16-le", "utf-16", None),
        ("utf-16-be", None, None),
        ("utf-32", "utf-32", None),
        ("iso-8859-15", "iso-8859-15", None),
        ("windows-1252", "windows-1252", None),
        ("windows-1252", None, "application/rss+xml; charset=windows-1252"),
        ("windows-1252", "utf-8", "text/xml; charset=windows-1252"),
        ("windows-1252", "iso-8859-1", "text/xml"),
        ("windows-1252", "utf-8", "text/xml; charset=utf-8"),
        ("windows-1252", "us-ascii", None),
        ("windows-1252", "utf-7", None),
        ("windows-1252", "utf-16", None),
        ("utf-8", "utf-16", None),
        ("utf-8", "windows-1252", "text/xml; charset=windows-1252"),
        ("utf-16-be", "utf-8", "text/xml; charset=utf-8"),
    ],
)
def test_letters_survive_right_and_wrong_labels(encoding, declared, content_type):
    text = ENCODED if encoding != "iso-8859-15" else ENCODED.replace("–", "-")
    declaration = f"<?xml version='1.0' encoding='{declared}'?>" if declared else ""
    body = (declaration + rss(f"<item><title>{text}</title></item>")).encode(encoding)

    assert read(body, content_type).entries[0].title == text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        # The label, and what browsers read under it, where Python's name for it means less.
        ("euc-kr", "북미 정상회담"),
        ("euc-kr cp949", "똠방각하 뷁 쨰"),
        ("ks_c_5601-1987 cp949", "펲시콜라 햏"),
        ("windows-949 cp949", "쌰"),
        ("shift_jis", "首脳会談"),
        ("Shift_JIS cp932", "①㈱髙橋"),
        ("x-sjis cp932", "Ⅲ期 纊"),
        ("euc-jp euc_jis_2004", "①㈱の会談"),
        ("iso-2022-jp", "首脳会談"),
        ("gb2312", "会谈"),
        ("gb2312 gb18030", "朱镕基 € 㐀"),
        ("x-gbk gbk", "會談"),
        ("gb2312", "联通"),  # by chance also valid UTF-8
        ("big5", "高峰會談"),
        ("big5-hkscs", "佢哋傾咗"),
        ("koi8-r", "Саммит"),
        ("x-cp1251 cp1251", "Саммит"),
        ("iso-8859-9 cp1254", "Görüşme “başladı”"),
        ("tis-620 cp874", "ประชุม…"),
        ("windows-1256", "المحادثات"),
    ],
)
@pytest.mark.parametrize("before", ["", "\n \n", "Warning: x\n"])
def test_other_scripts_are_read_by_their_label(encoding, text, before):
    label, _, larger = encoding.partition(" ")
    declaration = f"{before}<?xml version='1.0' encoding='{label}'?>"
    item = rss(f"<item><title>{text}</title></item>")

    assert read((declaration + item).encode(larger or label)).entries[0].title == text
    served = f"text/xml; charset={label}"
    assert read((before + item).encode(larger or label), served).entries[0].title == text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "Переговоры возобновлены в столице"),
        ("cp949", "남북 정상회담이 판문점에서 열렸다. 양측은 이산가족 상봉에 합의했다."),
        ("cp932", "日朝首脳会談が平壌で開かれた。両国は拉致問題の解決に向けて協議を続ける。"),
        ("gb18030", "中国外交部发言人表示，各方应保持克制，推动半岛问题政治解决进程。"),
        ("cp1252", "Café déjà ouvert"),
        ("cp1252", "Gespräche über “Völkerrecht”"),
        ("cp1252", "Voilà où mène la politique à court terme"),
        ("cp1252", "Möte på måndag: återtåg"),
        ("cp1252", "A reunião não trouxe soluções"),
        ("cp1252", "La città è più verde, però"),
        ("cp1250", "Rząd przyjął ustawę, żołnierze wracają"),
        ("cp1250", "Česká vláda schválila příští rozpočet"),
        ("cp1250", "Új szőlő és a tűzoltók gyűlése"),
        ("cp1254", "Görüşme başladı, açıklama yapıldı"),
        ("cp1257", "Valdība pieņēma likumu, šodien Rīgā"),
        ("cp1257", "Vyriausybė priėmė įstatymą, žinią išgirdę žmonės"),
    ],
)
@pytest.mark.parametrize("label", [None, "utf-8", "no-such"])
def test_what_no_label_or_a_false_one_names_is_found_in_the_bytes(encoding, text, label):
    declaration = f"<?xml version='1.0' encoding='{label}'?>" if label else ""
    body = (declaration + rss(f"<item><title>{text}</title></item>")).encode(encoding)

    assert read(body, label and f"text/xml; charset={label}").entries[0].title == text


@pytest.mark.parametrize(
    "served", ["text/xml; charset=iso-8859-1", "text/xml; charset=utf-8", "text/xml"]
)
def test_a_declared_encoding_outvotes_what_servers_name_by_default(served):
    declaration = "<?xml version='1.0' encoding='windows-1251'?>"
    body = (declaration + rss("<item><title>Саммит</title></item>")).encode("cp1251")

    assert read(body, served).entries[0].title == "Саммит"


@given(
    st.sampled_from([("utf-8", "Переговоры 회담 é"), ("euc-kr", "정상회담"), ("cp932", "会談①")]),
    st.sampled_from([b"\xff", b"\xd1", b"\x80"]),
    st.integers(0, 3),
)
def test_a_bad_byte_costs_one_character_and_not_the_document(letters, bad, place):
    encoding, text = letters
    items = [f"<item><title>{n} {text}</title></item>".encode(encoding) for n in range(4)]
    items[place] = items[place].replace(b"</title>", b" x" + bad + b"</title>")
    declaration = f"<?xml version='1.0' encoding='{encoding}'?><rss version='2.0'><channel>"
    body = declaration.encode() + b"".join(items) + b"</channel></rss>"

    titles = [entry.title for entry in read(body).entries]

    assert [title[: len(text) + 2] for title in titles] == [f"{n} {text}" for n in range(4)]
    assert all(len(title) <= len(text) + len("0  x?") for title in titles)


@pytest.mark.parametrize("taken_for", ["latin-1", "cp1251"])
def test_what_was_encoded_twice_is_read_once(taken_for):
    item = f"<item><title>{'Переговоры Сеул'.encode().decode(taken_for)}</title></item>"

    assert read(rss(item)).entries[0].title == "Переговоры Сеул"


def test_titles_and_summaries_are_bounded():
    entry = read(rss(f"<item><title>{'word ' * 500}</title>"
                     f"<description>{'word ' * 5000}</description></item>")).entries[0]  # fmt: skip

    assert len(entry.title) <= 500
    assert len(entry.summary) <= 4000


def test_of_too_many_entries_the_newest_are_kept_in_their_order():
    start = datetime(2020, 1, 1, tzinfo=UTC)
    dates = (start + timedelta(hours=n) for n in range(MAX_ENTRIES + 50))
    items = [
        f"<item><guid>{n}</guid><pubDate>{date.isoformat()}</pubDate></item>"
        for n, date in enumerate(dates)
    ]

    entries = read(rss(*items)).entries

    assert [e.key for e in entries] == [f"id:{n}" for n in range(50, MAX_ENTRIES + 50)]


def test_without_dates_the_first_entries_are_kept():
    entries = read(rss(*(f"<item><guid>{n}</guid></item>" for n in range(MAX_ENTRIES + 9)))).entries

    assert [e.key for e in entries] == [f"id:{n}" for n in range(MAX_ENTRIES)]


OLD, NEWER, NEWEST = ("2020-01-01", "2020-01-02", "2020-01-03")
MANY = MAX_ENTRIES + 50
# Dates of some entries among many that have none, and whether the last or the first of these stay.
ORDERS = {
    "oldest-first": ({0: OLD, 9: NEWER, 19: NEWEST}, "last"),
    "oldest-first-with-the-newest-pinned": ({0: NEWEST, 1: OLD, 9: NEWER, 19: NEWEST}, "last"),
    "newest-first": ({0: NEWEST, 9: NEWER, 19: OLD}, "first"),
    "newest-first-with-the-oldest-pinned": ({0: OLD, 1: NEWEST, 9: NEWER, 19: OLD}, "first"),
    "one-date": ({9: NEWEST}, "first"),
    "one-date-for-all": ({0: OLD, 9: OLD, 19: OLD}, "first"),
    "dates-that-nobody-believes": ({0: "1970-01-01", 9: "1971-01-01", 19: "1972-01-01"}, "first"),
}


@pytest.mark.parametrize("case", ORDERS)
def test_of_too_many_without_dates_those_at_the_new_end_of_the_document_are_kept(case):
    dates, end = ORDERS[case]
    items = [
        f"<item><guid>{n}</guid>"
        + (f"<pubDate>{dates[n]}</pubDate>" if n in dates else "")
        + "</item>"
        for n in range(MANY)
    ]

    kept = [e.key for e in read(rss(*items)).entries]

    believed = {n for n, date in dates.items() if date >= OLD}
    undated = [f"id:{n}" for n in range(MANY) if n not in believed]
    assert kept == (undated[-MAX_ENTRIES:] if end == "last" else undated[:MAX_ENTRIES])


def test_the_first_believable_date_counts():
    item = (
        "<item><title>A</title><pubDate>{}</pubDate>"
        "<dc:date xmlns:dc='http://purl.org/dc/elements/1.1/'>{}</dc:date></item>"
    )

    def date(published, updated):
        return read(rss(item.format(published, updated))).entries[0].published_at

    assert date("2020-01-01", "2021-01-01") == datetime(2020, 1, 1, tzinfo=UTC)
    assert date("soon", "2021-01-01") == datetime(2021, 1, 1, tzinfo=UTC)
    assert date("2099-01-01", "2021-01-01") == datetime(2021, 1, 1, tzinfo=UTC)
    assert date("soon", "1970-01-01") is None


def test_dates_in_other_scripts_are_read_by_feedparser():
    entry = read(
        rss("<item><title>A</title><pubDate>Κυρ, 11 Ιούλ 2004 12:00:00 EST</pubDate></item>")
    ).entries[0]

    assert entry.published_at == datetime(2004, 7, 11, 17, tzinfo=UTC)


def test_a_content_stands_in_for_a_missing_summary():
    atom = (
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>A</title>"
        "<content type='html'>&lt;p&gt;Full text&lt;/p&gt;</content></entry></feed>"
    )

    assert read(atom).entries[0].summary == "Full text"


def test_the_publishers_own_link_is_preferred_to_a_counter():
    item = ("<item><link>https://counter.example/1</link><feedburner:origLink "
            "xmlns:feedburner='http://rssnamespace.org/feedburner/ext/1.0'>https://example.org/1"
            "</feedburner:origLink></item>")  # fmt: skip

    assert read(rss(item)).entries[0].url == "https://example.org/1"


def test_json_feeds_with_wrong_types_lose_only_what_is_wrong():
    document = {
        "version": "https://jsonfeed.org/version/1",
        "title": ["no"],
        "items": [
            {"id": 7, "title": {"a": 1}, "content_text": "a < b & c", "url": 3, "tags": "x"},
            "no item",
            None,
            {"id": True, "external_url": "https://example.org/x", "date_published": 5},
        ],
    }

    first, second = read(json.dumps(document)).entries

    assert (first.key, first.title, first.summary, first.url) == ("id:7", "", "a < b & c", None)
    assert (second.key, second.url) == ("url:example.org/x", "https://example.org/x")


def test_hints_say_when_to_look_again():
    head = (
        "<ttl>60</ttl><skipHours><hour>0</hour><hour> 24 </hour><hour>7</hour></skipHours>"
        "<skipDays><day>Sunday</day><day>Caturday</day></skipDays>"
    )

    assert read(rss(head=head)).hints == FeedHints(
        every=timedelta(hours=1), skip_hours=frozenset({0, 7}), skip_days=frozenset({6})
    )


def period(name: str, frequency: str | None = None) -> str:
    times = f"<sy:updateFrequency>{frequency}</sy:updateFrequency>" if frequency else ""
    return f"<sy:updatePeriod>{name}</sy:updatePeriod>{times}"


@pytest.mark.parametrize(
    ("head", "every"),
    [
        ("<ttl>0</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<ttl>99999999999</ttl>", None),
        ("<ttl>525600</ttl>", timedelta(days=1)),
        (period("hourly"), timedelta(hours=1)),
        (period("daily", "4"), timedelta(hours=6)),
        (period("daily", "0"), timedelta(days=1)),
        (period("yearly"), timedelta(days=1)),
        (period("often"), None),
    ],
)
def test_wishes_are_read_within_reason(head, every):
    assert read(rss(head=head)).hints.every == every


def test_skipping_every_hour_is_nonsense_and_left_out():
    hours = "".join(f"<hour>{n}</hour>" for n in range(24))
    days = "".join(
        f"<day>{d}day</day>" for d in ("Mon", "Tues", "Wednes", "Thurs", "Fri", "Satur", "Sun")
    )
    head = f"<skipHours>{hours}</skipHours><skipDays>{days}</skipDays>"

    assert read(rss(head=head)).hints == FeedHints()


LINKS = {
    "absolute": ("https://example.org/a", "https://example.org/a"),
    "relative": ("b?c=d", "https://example.org/news/b?c=d"),
    "scheme-relative": ("//x.org/a", "https://x.org/a"),
    "blank-inside": ("https://x.org/a b", "https://x.org/a%20b"),
    "line-break-inside": ("https://x.org/\na", "https://x.org/a"),
    "angle-brackets": ("https://x.org/<a>", "https://x.org/%3Ca%3E"),
    "bar": ("https://x.org/a|b", "https://x.org/a%7Cb"),
    "quote": ('https://x.org/"a', "https://x.org/%22a"),
    "other-letters": ("https://x.org/é", "https://x.org/%C3%A9"),
    "other-letters-in-host": (
        "https://bücher.example:81/é",
        "https://xn--bcher-kva.example:81/%C3%A9",
    ),
    "encoded-already": ("https://x.org/%C3%A9", "https://x.org/%C3%A9"),
    "credentials": ("https://user:pw@x.org/", "https://x.org/"),
    "zero-width": ("https://x.org/a\u200bb", "https://x.org/ab"),
    "direction-mark": ("https://x.org/a\u202eb", "https://x.org/ab"),
    "ipv6": ("http://[2606:4700::1]/a", "http://[2606:4700::1]/a"),
    "port": ("http://x.org:8080/a", "http://x.org:8080/a"),
    "script": ("javascript:alert(1)", None),
    "script-with-blank": (" java\tscript:alert(1)", None),
    "mail": ("mailto:a@x.org", None),
    "file": ("file:///etc/passwd", None),
    "slack": ("slack://open", None),
    "no-host": ("http:///a", None),
    "host-first": ("www.x.org/a?b", "https://www.x.org/a?b"),
    "host-alone": ("www.x.org", "https://www.x.org"),
    "own-host-first": ("Example.org:8080/a", "https://example.org:8080/a"),
    "host-of-the-same-site": ("news.example.org/a", "https://news.example.org/a"),
    "file-and-no-host": ("index.php/a", "https://example.org/news/index.php/a"),
    "file-alone": ("2026.11.html", "https://example.org/news/2026.11.html"),
    "one-slash": ("http:/x.org/a", "http://x.org/a"),
    "no-slash": ("https:x.org/a", "https://x.org/a"),
    "no-colon": ("https//x.org/a", "https://x.org/a"),
    "escaped-twice": ("https://x.org/?a=1&amp;lang=2&#038;b=3", "https://x.org/?a=1&lang=2&b=3"),
    "not-applicable": ("N/A", None),
    "not-applicable-in-small": (" n/a ", None),
    "dash": ("-", None),
    "none": ("None", None),
    "null": ("null", None),
    "hash": ("#", None),
    "scheme-alone": ("https://", None),
    "blank-page": ("about:blank", None),
    "bad-host": ("https://x<y>.org/", None),
    "bad-port": ("https://x.org:port/", None),
    "broken-bracket": ("https://[::1/", None),
    "too-long": ("https://x.org/" + "a" * 3000, None),
    "empty": ("", None),
}
SECURITY_TABLE["test_links_come_out_absolute_and_closed"] = LINKS


@pytest.mark.parametrize("case", LINKS)
def test_links_come_out_absolute_and_closed(case):
    link, clean = LINKS[case]

    assert clean_link(link, base=URL) == clean


@given(st.text(max_size=200))
def test_no_link_can_break_out_of_markup(text):
    link = clean_link(text, base=URL)

    assert link is None or (
        link.startswith(("http://", "https://"))
        and link.isascii()
        and not any(c in link for c in '<>|"` \n\\^{}')
    )


@given(st.from_regex(PLAIN, fullmatch=True))
def test_an_address_that_needs_no_reading_is_left_as_it_is(link):
    # A tabulator is dropped, but not before the address was read part by part.
    assert clean_link(link, base=URL) == link == clean_link(f"{link[:4]}\t{link[4:]}", base=URL)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_parser(body):
    with contextlib.suppress(FetchError):
        assert all(entry.key for entry in read(body).entries)


def test_documents_without_entities_are_left_as_they_are():
    body = rss("<item><title>A</title></item>").encode()

    assert harmless(body) is body


def test_the_same_document_gives_the_same_entries():
    assert read(RSS2) == replace(read(RSS2))


@pytest.mark.parametrize("date", ["2026년 2월 1일 오전 10:00", "Sun, 1 Feb 2026 10:00 AM GMT"])
def test_dates_in_other_words_reach_the_entry(date):
    (entry,) = read(rss(f"<item><title>A</title><pubDate>{date}</pubDate></item>")).entries

    assert entry.published_at == datetime(2026, 2, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("date", ["2026년", "2026년 봄"])
def test_a_date_is_not_filled_in_from_the_calendar(date):
    (entry,) = read(rss(f"<item><title>A</title><pubDate>{date}</pubDate></item>")).entries

    assert entry.published_at is None


def test_a_json_feed_may_count_milliseconds():
    document = json.loads(JSON_FEED)
    document["items"][0]["date_published"] = 1528761600000

    (entry,) = read(json.dumps(document)).entries

    assert entry.published_at == datetime(2018, 6, 12, tzinfo=UTC)


DC = "xmlns:dc='http://purl.org/dc/elements/1.1/'"
LANGUAGES = {
    "channel": ("<rss version='2.0'><channel><language>ko</language>", "", "ko"),
    "root": ("<rss version='2.0' xml:lang='ko'><channel>", "", "ko"),
    "channel-over-root": (
        "<rss version='2.0' xml:lang='en'><channel><title>T</title><language>ko</language>",
        "",
        "ko",
    ),
    "channel-over-root-read-by-feedparser": (
        "<!DOCTYPE rss><rss xml:lang='en'><channel><title>T</title><language>ko</language>",
        "",
        "ko",
    ),
    "attribute-of-the-channel": ("<rss version='2.0'><channel xml:lang='ko'>", "", "ko"),
    "dublin-core": (f"<rss version='2.0' {DC}><channel><dc:language>ko</dc:language>", "", "ko"),
    "entry-over-channel": (
        f"<rss version='2.0' {DC}><channel><language>ko</language>",
        "<dc:language>de</dc:language>",
        "de",
    ),
    "none": ("<rss version='2.0'><channel>", "", None),
    "nonsense": ("<rss version='2.0'><channel><language>the usual</language>", "", None),
}


@pytest.mark.parametrize("case", LANGUAGES)
def test_an_entry_has_its_own_language_or_that_of_its_document(case):
    head, own, language = LANGUAGES[case]

    (entry,) = read(f"{head}<item><title>A</title>{own}</item></channel></rss>").entries

    assert entry.language == language


@pytest.mark.parametrize(("own", "language"), [("", "ko"), (" xml:lang='de'", "de")])
def test_an_atom_entry_has_its_own_language_or_that_of_its_document(own, language):
    (entry,) = read(
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='ko'><title>T</title>"
        f"<entry{own}><title>A</title></entry></feed>"
    ).entries

    assert entry.language == language


TANGLED = (
    b"<rss version='2.0'><channel><item><title>A</title><category>x"
    b"<item><title>B</title></item></category></item></channel></rss>"
)


def test_a_document_that_breaks_feedparser_itself_is_said_to_be_unreadable():
    with pytest.raises(KeyError):
        feedparser.parse(TANGLED)
    with pytest.raises(FetchError, match="tangled") as failed:
        parse(TANGLED, content_type=None, url="https://example.org/", now=NOW)
    assert failed.value.kind == "unreadable"


def test_a_further_format_is_a_row_of_the_table(monkeypatch):
    def read(body: bytes, _content_type: str | None, _url: str) -> RawFeed | None:
        statuses = json.loads(body)
        entries = (RawEntry(guid=s["uri"], summary=RawText(text=s["content"])) for s in statuses)
        return RawFeed(
            title=RawText(), language=None, site=None, hints=FeedHints(), entries=tuple(entries)
        )

    statuses = Format(lambda body, _, url: body.startswith(b"[{") and url == URL, read)
    monkeypatch.setattr(document, "FORMATS", {"statuses": statuses, **document.FORMATS})
    body = json.dumps([{"uri": "https://social.example/1", "content": "<p>Talks resume</p>"}])

    (entry,) = parse(body.encode(), content_type="application/json", url=URL, now=NOW).entries

    assert (entry.key, entry.summary) == ("id:social.example/1", "Talks resume")


def channel(*items: str, link: str = "https://www.ministry.example/en/", root: str = "") -> str:
    link = f"<link>{link}</link>" if link else ""
    return (
        f"<rss version='2.0'{root}><channel><title>T</title>{link}{''.join(items)}</channel></rss>"
    )


@pytest.mark.parametrize(
    ("link", "root", "address"),
    [
        ("https://www.ministry.example/en/", "", "https://www.ministry.example/en/a/1"),
        ("http://www.ministry.example", "", "http://www.ministry.example/a/1"),
        ("www.ministry.example/en/", "", "https://www.ministry.example/en/a/1"),
        ("/en/", "", "https://example.org/en/a/1"),
        ("", "", "https://example.org/news/a/1"),
        ("N/A", "", "https://example.org/news/a/1"),
        ("https://x.example/", " xml:base='https://base.example/b/'", "https://base.example/b/a/1"),
    ],
)
def test_links_are_relative_to_the_base_or_the_site_or_the_document(link, root, address):
    item = "<item><title>A</title><link>a/1</link></item>"

    assert read(channel(item, link=link, root=root)).entries[0].url == address


def test_links_of_atom_are_relative_to_each_base():
    atom = (
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://b.example/x/'>"
        "<link href='/home/'/><entry xml:base='y/'><title>A</title><link href='z'/></entry>"
        "<entry><title>B</title><link href='/z'/></entry></feed>"
    )

    parsed = read(atom)

    assert parsed.site == "https://b.example/home/"
    assert [e.url for e in parsed.entries] == ["https://b.example/x/y/z", "https://b.example/z"]


@pytest.mark.parametrize(
    ("guid", "address"),
    [("12345", None), ("N/A", None), ("https://a.example/g", "https://a.example/g"),
     ("/news/3", "https://www.ministry.example/news/3")],
)  # fmt: skip
def test_an_id_is_an_address_only_where_it_looks_like_one(guid, address):
    for element in ("<author>x</author>", "<unknown/>"):  # read plainly, and by feedparser
        (entry,) = read(
            channel(f"<item><title>A</title><guid>{guid}</guid>{element}</item>")
        ).entries
        assert entry.url == address


AMPERSANDS = "Q&A: R&D & more &section &notable &lang"
ADDRESS = "https://x.example/?id=1&lang=en&sect=2&copy=3&reg=4&not=5&times=6"


@pytest.mark.parametrize("more", ["", "&nbsp;", "&eacute;", "&bogus;", "&#0;", "\x0b"])
def test_bare_ampersands_stay_what_they_are(more):
    item = f"<item><title>{AMPERSANDS}</title><link>{ADDRESS}</link><author>{more}</author></item>"
    atom = (
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><entry>"
        f"<title>{AMPERSANDS}</title><link href='{ADDRESS}'/><summary>{more}</summary>"
        "</entry></feed>"
    )
    for feed in (channel(item), atom):
        (entry,) = read(feed).entries
        assert (entry.title, entry.url) == (AMPERSANDS, ADDRESS)


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("Trade &amp; transit &amp;sect=3", "Trade & transit &sect=3"),
        ("<![CDATA[Trade & transit &copy=3]]>", "Trade & transit &copy=3"),
        ("&copy 2026 &amp;mdash; all", "© 2026 — all"),
        ("&lt;b&gt;Bold&lt;/b&gt; &amp;amp; more", "Bold & more"),
        ("<i>Talks</i> resume", "Talks resume"),
        ("&#xD83D;&#xDE00; &#55357;x &#1114112;&#xFFFF;&bogus;", "😀 \ufffdx &bogus;"),
        ("a\x0bb\x00c&#11;d&#x1f;e", "abcde"),
    ],
)
def test_titles_are_read_as_they_were_meant(title, plain):
    item = f"<item><title>{title}</title></item>"

    assert [entry.title for entry in read(channel(item)).entries] == [plain]


@pytest.mark.parametrize(
    ("inside", "title"),
    [
        ("<itunes:title>Episode 5</itunes:title>", "Episode 5"),
        ("<itunes:title>Episode 5</itunes:title><title>Main</title>", "Main"),
        ("<title>Main</title><itunes:title>Episode 5</itunes:title>", "Main"),
        ("<media:group><media:title>Video</media:title></media:group>", "Video"),
        (
            "<media:content><media:title>Pic</media:title></media:content><title>Main</title>",
            "Main",
        ),
        (
            "<title>Main</title><media:content><media:title>Pic</media:title></media:content>",
            "Main",
        ),
    ],
)
def test_titles_of_episodes_and_videos_stand_in_for_a_missing_one(inside, title):
    root = (
        " xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'"
        " xmlns:media='http://search.yahoo.com/mrss/'"
    )

    (entry,) = read(channel(f"<item>{inside}</item>", root=root)).entries

    assert entry.title == title


WARNING = (
    "<br />\n<b>Warning</b>:  Undefined variable $x in <b>/var/www/feed.php</b> on line <b>12</b>"
    "<br />\n"
)
PLAIN_WARNING = (
    "\nPHP Notice:  Undefined index: y in C:\\www\\rss.php(7) : eval()'d code on line 3\n"
)
NEWS = "<item><title>A</title><link>https://a.example/1</link></item>"


@pytest.mark.parametrize("warning", [WARNING, PLAIN_WARNING, WARNING * 3])
@pytest.mark.parametrize("document", [channel(NEWS), JSON_FEED], ids=["rss", "json"])
def test_a_document_after_a_warning_is_read_and_the_warning_said(warning, document):
    parsed = read(warning + document)

    assert [entry.title for entry in parsed.entries] == [
        entry.title for entry in read(document).entries
    ]
    (shortfall,) = parsed.shortfalls
    assert "Undefined" in shortfall


@pytest.mark.parametrize("warning", [WARNING, WARNING.replace("<", "&lt;"), PLAIN_WARNING])
def test_warnings_inside_a_document_are_no_part_of_its_news(warning):
    title = (
        f"<item><title>{warning}Talks resume</title><description>A{warning}B</description></item>"
    )

    parsed = read(channel(f"{warning}{title}{warning}"))

    assert [(entry.title, entry.summary) for entry in parsed.entries] == [("Talks resume", "A B")]


def test_words_that_only_sound_like_a_warning_stay():
    title = "Notice: trains delayed in Seoul on line 2"

    assert read(channel(f"<item><title>{title}</title></item>")).entries[0].title == title


ERRORS = [
    "Bridge returned error 404! (20567)",
    "Bridge returned error 0! (20786)",
    "ERROR page: Ministry",
    "RSS reader not yet whitelisted!",
    "This feed is not available.",
    "This RSS feed URL is deprecated, please update",
    WARNING,
]


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_in_the_place_of_news_is_said_and_no_news(error):
    item = f"<item><title>{error}</title><guid>x_20567</guid></item>"

    parsed = read(channel(item, NEWS))

    assert [entry.title for entry in parsed.entries] == ["A"]
    (shortfall,) = parsed.shortfalls
    assert "error message" in shortfall
    with pytest.raises(FetchError, match="an error message instead of news") as caught:
        read(channel(item))
    assert caught.value.kind == "unreadable"


@pytest.mark.parametrize(
    "title", ["Bridge returned to service", "Error in count: ministry apologises", "Bridge error"]
)
def test_news_about_errors_is_news(title):
    assert [e.title for e in read(channel(f"<item><title>{title}</title></item>")).entries] == [
        title
    ]


def test_entries_with_nothing_in_them_are_none():
    empty = ("<item/>", "<item></item>", "<item><author>x</author><title> </title></item>",
             "<item><pubDate>2026-01-01</pubDate><link>N/A</link></item>")  # fmt: skip
    something = "<item><guid>1</guid></item><item><description>x</description></item>"

    parsed = read(channel(*empty, NEWS, something))

    assert [(e.title, e.summary) for e in parsed.entries] == [("A", ""), ("", ""), ("", "x")]


@pytest.mark.parametrize(
    ("document", "titles"),
    [
        ({"title": "J", "items": [{"id": 1, "title": "A", "url": "/1"}]}, ["A"]),
        ({"items": [{"url": "https://a.example/1", "content_html": "<p>A</p>"}]}, [""]),
        ({"version": None, "items": [None, {"id": 2.5, "title": "B", "url": None}]}, ["B"]),
        ({"version": "https://jsonfeed.org/version/1", "title": None, "items": None}, []),
        ({"version": "https://jsonfeed.org/version/1", "items": [{"id": 1, "title": 7}]}, ["7"]),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_json_feeds_are_read_without_version_and_with_nulls(document, titles, encoding):
    parsed = read(json.dumps(document).encode(encoding))

    assert [entry.title for entry in parsed.entries] == titles


def test_json_with_a_bad_byte_and_a_raw_line_break_is_read():
    body = JSON_FEED.replace("Talks resume", "Talks\nresume é").encode() + b" "

    (entry,) = read(body.replace("é".encode(), b"\xc3")).entries

    assert entry.title.startswith("Talks resume")
