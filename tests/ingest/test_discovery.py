"""Finding the feed of a site."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.errors import FetchError
from bot.ingest.discovery import FeedLink, feed_links, find_feeds, usual_places
from tests.ingest.conftest import NOW, QUICK, make_fetcher
from tests.ingest.poll.test_run import HereParser
from tests.ingest.serving import RSS, redirect, reply

URL = "https://example.org/news/"
PAGE = b"""<!DOCTYPE html><html><head>
<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">
<LINK REL="Alternate" TYPE="application/atom+xml; charset=utf-8" TITLE="News &amp; more"
 HREF="atom">
<link rel="alternate" type="application/atom+xml" href="/news/atom">
<link rel="alternate" hreflang="fr" href="/fr/">
<link rel="stylesheet" type="text/css" href="/rss.css">
<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
</head><body><a href="/rss">RSS</a></body></html>"""


def page(links: str) -> bytes:
    return f"<!DOCTYPE html><html><head>{links}</head><body>Hello</body></html>".encode()


def alternate(href: str, title: str = "") -> str:
    return f"<link rel='alternate' type='application/rss+xml' href='{href}' title='{title}'>"


async def find(text, fetcher):
    return await find_feeds(text, fetcher, HereParser(), clock=lambda: NOW)


def test_a_page_names_its_feeds_and_those_of_comments_come_last():
    assert feed_links(PAGE, url=URL) == (
        FeedLink(url="https://example.org/news/atom", title="News & more"),
        FeedLink(url="https://example.org/comments/feed", title="Comments"),
    )


def test_without_named_feeds_links_that_look_like_feeds_count():
    body = b"<body><a href='/about'>x</a><a href='/rss' title='All'>RSS</a></body>"

    assert feed_links(body, url=URL) == (FeedLink(url="https://example.org/rss", title="All"),)


def test_links_are_relative_to_the_base_that_the_page_names():
    body = b"<base href='https://cdn.example.org/x/'>" + alternate("feed").encode()

    assert feed_links(body, url=URL)[0].url == "https://cdn.example.org/x/feed"


def test_a_page_with_thousands_of_feeds_gives_twenty():
    body = page("".join(alternate(f"/{n}") for n in range(5000)))

    assert len(feed_links(body, url=URL)) == 20


@given(
    st.binary(max_size=300)
    | st.text(alphabet="<>linka rel=alternate\"'/!-[]", max_size=300).map(str.encode)
)
@example(b"<![A\x00")
@example(b"<![if IE]><![CDATA[x]]><a href=/feed>")
def test_no_page_breaks_the_reader(body):
    feed_links(body, url=URL)


def test_usual_places_are_below_the_page_and_at_the_top():
    places = usual_places("https://example.org/news/index?x#y")

    assert "https://example.org/news/index/feed" in places
    assert "https://example.org/feed" in places
    assert len(set(places)) == len(places)


async def test_a_feed_is_found_as_itself(server, fetcher):
    server.routes["/feed"] = reply()

    (found,) = await find(server.url("/feed"), fetcher)

    assert found.url == server.url("/feed")
    assert found.parsed.title == "Wire"
    assert found.parsed.entries[0].title == "Talks begin"


async def test_a_feed_that_has_moved_for_good_is_found_at_its_new_address(server, fetcher):
    server.routes |= {"/old": redirect("/new", 301), "/new": reply()}

    assert (await find(server.url("/old"), fetcher))[0].url == server.url("/new")


async def test_the_feeds_that_a_page_names_are_found_and_read(server, fetcher):
    links = alternate("/a") + alternate("/gone") + alternate("/page") + alternate("/b")
    server.routes |= {
        "/": reply(200, page(links)),
        "/a": reply(),
        "/b": reply(200, RSS.replace(b"Wire", b"Second")),
        "/page": reply(200, page("")),
    }

    found = await find(server.url(), fetcher)

    assert [(f.url, f.parsed.title) for f in found] == [
        (server.url("/a"), "Wire"),
        (server.url("/b"), "Second"),
    ]


async def test_a_site_that_names_none_is_searched_at_the_usual_places(server, fetcher):
    server.routes |= {"/news": reply(200, page("")), "/rss.xml": reply(), "/atom.xml": reply()}

    (found,) = await find(server.url("/news"), fetcher)

    assert found.url == server.url("/rss.xml")


async def test_a_site_without_a_feed_is_said_to_have_none(server, fetcher):
    server.routes["/"] = reply(200, page(""))

    with pytest.raises(FetchError, match="no feed was found") as caught:
        await find(server.url(), fetcher)
    assert caught.value.kind == "not_a_feed"


async def test_a_site_that_cannot_be_fetched_is_said_why(server, fetcher):
    server.routes["/"] = reply(403, b"")

    with pytest.raises(FetchError, match="refuses us"):
        await find(server.url(), fetcher)


@pytest.mark.parametrize(
    "refused",
    [
        reply(403, b""),
        reply(401, b""),
        reply(406, b""),
        reply(500, b"oops"),
        reply(503, b"<html><title>Just a moment...</title></html>"),
        reply(403, b"", {"Server": "cloudflare"}),
        reply(200, b"<html><title>Just a moment...</title></html>"),
    ],
)
async def test_a_site_whose_page_refuses_is_searched_at_the_usual_places(server, fetcher, refused):
    server.routes |= {"/": refused, "/atom.xml": reply(), "/feed": reply(403, b"")}

    (found,) = await find(server.url(), fetcher)

    assert found.url == server.url("/atom.xml")


async def test_a_page_that_refuses_below_a_site_is_searched_below_and_at_the_top(server, fetcher):
    server.routes |= {"/news/": reply(403, b""), "/feed": reply(), "/news/rss.xml": reply()}

    assert (await find(server.url("/news/"), fetcher))[0].url == server.url("/news/rss.xml")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/old", 404),
        ("/old", 410),
        ("/old", 400),
        ("/old", 429),
        ("/news.xml", 403),
        ("/a/feed?x=1", 503),
        ("/RSS", 500),
    ],
)
async def test_an_address_that_means_one_feed_is_not_searched_further(
    server, fetcher, path, status
):
    server.routes |= {path.partition("?")[0]: reply(status, b""), "/rss.xml": reply()}

    with pytest.raises(FetchError):
        await find(server.url(path), fetcher)
    assert server.paths() == [path]


async def test_a_site_that_asks_to_be_left_alone_is(server, fetcher):
    server.routes |= {"/": reply(503, b"", {"Retry-After": "600"}), "/feed": reply()}

    with pytest.raises(FetchError, match="in trouble"):
        await find(server.url(), fetcher)
    assert server.paths() == ["/"]


async def test_a_feed_is_listed_as_browsers_ask_for_it(server, fetcher):
    server.routes["/f"] = reply()
    for address in (server.url("/f?only=a|b"), f"feed:{server.url('/f?only=a|b')}"):
        assert (await find(address, fetcher))[0].url == server.url("/f?only=a%7Cb")


async def test_a_bare_host_is_tried_with_https_and_then_with_http(server):
    server.routes["/"] = reply()

    async with make_fetcher(replace(QUICK, connect=timedelta(seconds=0.2))) as fetcher:
        (found,) = await find(f"127.0.0.1:{server.port}/", fetcher)

    assert found.url == server.url()


async def test_an_address_as_slack_writes_it_is_understood(server, fetcher):
    server.routes["/feed"] = reply()

    (found,) = await find(f"<{server.url('/feed')}|feed>", fetcher)

    assert found.url == server.url("/feed")


async def test_a_page_cannot_lead_inward(server, fetcher):
    """A page names feeds in the inner network: none of them is asked."""
    inner = ("http://10.0.0.1/feed", "http://169.254.169.254/feed", "file:///etc/passwd")
    server.routes["/"] = reply(200, page("".join(alternate(url) for url in inner)))

    with pytest.raises(FetchError, match="no feed was found"):
        await find(server.url(), fetcher)
