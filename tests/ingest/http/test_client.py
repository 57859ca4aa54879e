"""Fetching a feed: conditions, redirects, statuses, manners toward hosts."""

import asyncio
import gzip
import hashlib
from dataclasses import replace
from datetime import timedelta

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import FetchError
from bot.domain.feed import Feed, FeedHints
from bot.ingest.http.client import Fetcher, RedirectChain
from bot.ingest.http.response import Fetched, NotModified
from tests.ingest.conftest import NOW, QUICK, make_fetcher
from tests.ingest.serving import RSS, raw, redirect, reply


def feed_at(url: str, **known) -> Feed:
    return Feed(id=1, url=url, title="Wire", **known)


async def test_a_first_fetch_brings_the_document_and_what_to_remember(server, fetcher):
    server.routes["/feed"] = reply(
        200,
        gzip.compress(RSS),
        {
            "Content-Encoding": "gzip",
            "Content-Type": "application/rss+xml",
            "ETag": 'W/"a b"',
            "Last-Modified": "Tue, 12 Jun 2018 08:00:00 GMT",
            "Cache-Control": "public, max-age=600",
        },
    )

    answer = await fetcher.fetch(feed_at(server.url("/feed")))

    assert answer == Fetched(
        body=RSS,
        body_hash=hashlib.sha256(RSS).hexdigest(),
        content_type="application/rss+xml",
        etag='W/"a b"',
        last_modified="Tue, 12 Jun 2018 08:00:00 GMT",
        fresh_for=timedelta(minutes=10),
        final_url=server.url("/feed"),
    )


async def test_stored_validators_are_sent_back_byte_for_byte(server, fetcher):
    server.routes["/"] = raw(b"HTTP/1.1 304 X\r\nCache-Control: max-age=60\r\n\r\n")
    feed = feed_at(server.url(), etag='W/"x;y,z "', last_modified="yesterday, about noon")

    answer = await fetcher.fetch(feed)

    assert isinstance(answer, NotModified)
    assert answer.fresh_for == timedelta(minutes=1)
    assert server.requests[0].headers["if-none-match"] == 'W/"x;y,z "'
    assert server.requests[0].headers["if-modified-since"] == "yesterday, about noon"


async def test_a_first_request_has_no_conditions_and_says_who_asks(server, fetcher):
    server.routes["/"] = reply()

    await fetcher.fetch(feed_at(server.url()))

    headers = server.requests[0].headers
    assert "if-none-match" not in headers
    assert "if-modified-since" not in headers
    assert "cookie" not in headers
    assert headers["user-agent"] == "SummitBriefingBot/test (+https://example.org/bot)"
    assert headers["accept-encoding"] == "gzip, deflate"
    assert "application/rss+xml" in headers["accept"]


async def test_the_same_bytes_again_count_as_not_modified(server, fetcher):
    server.routes["/"] = reply(200, RSS, {"ETag": '"new"'})

    answer = await fetcher.fetch(feed_at(server.url(), body_hash=hashlib.sha256(RSS).hexdigest()))

    assert isinstance(answer, NotModified)
    assert answer.etag == '"new"'


@pytest.mark.parametrize("value", ["a" * 2000, "caf\xe9", " "])
async def test_validators_that_could_not_be_sent_back_are_dropped(server, fetcher, value):
    server.routes["/"] = reply(200, RSS, {"ETag": value})

    assert (await fetcher.fetch_url(server.url())).etag is None


async def test_nothing_has_changed_is_no_answer_to_a_first_request(server, fetcher):
    server.routes["/"] = raw(b"HTTP/1.1 304 X\r\n\r\n")

    with pytest.raises(FetchError, match="nothing yet"):
        await fetcher.fetch_url(server.url())


@pytest.mark.parametrize(
    ("statuses", "permanent"),
    [((301,), True), ((308, 301), True), ((302,), False), ((301, 307), False), ((303,), False)],
)
async def test_a_move_is_permanent_when_every_hop_is(server, fetcher, statuses, permanent):
    for number, status in enumerate(statuses):
        server.routes[f"/{number}"] = redirect(f"/{number + 1}", status)
    server.routes[f"/{len(statuses)}"] = reply()

    answer = await fetcher.fetch_url(server.url("/0"))

    end = server.url(f"/{len(statuses)}")
    assert answer.final_url == end
    assert answer.permanent_url == (end if permanent else None)


@pytest.mark.parametrize(
    "location", ["/b", "b", "//127.0.0.1:{port}/b", "http://127.0.0.1:{port}/b", "/b#part"]
)
async def test_redirects_may_be_relative(server, fetcher, location):
    server.routes["/a"] = redirect(location.format(port=server.port))
    server.routes["/b"] = reply()

    assert (await fetcher.fetch_url(server.url("/a"))).body == RSS


async def test_five_redirects_are_followed_and_no_sixth(server, fetcher):
    for number in range(9):
        server.routes[f"/{number}"] = redirect(f"/{number + 1}")
    server.routes["/9"] = reply()

    assert (await fetcher.fetch_url(server.url("/4"))).body == RSS
    with pytest.raises(FetchError, match="on and on") as caught:
        await fetcher.fetch_url(server.url("/3"))
    assert caught.value.kind == "redirects"


async def test_a_loop_of_redirects_ends(server, fetcher):
    server.routes["/"] = redirect("/")

    with pytest.raises(FetchError, match="on and on"):
        await fetcher.fetch_url(server.url())
    assert len(server.requests) == 6


async def test_cookies_are_neither_kept_nor_sent(server, fetcher):
    server.routes["/"] = reply(200, RSS, {"Set-Cookie": "id=1; Path=/"})

    await fetcher.fetch_url(server.url())
    await fetcher.fetch_url(server.url())

    assert "cookie" not in server.requests[1].headers


def sends_on(to: str, *cookies: str):
    """A redirect that sets cookies; to the address itself once a cookie has come, its document."""
    lines = "".join(f"Set-Cookie: {cookie}\r\n" for cookie in cookies)
    head = f"HTTP/1.1 302 X\r\nLocation: {to}\r\n{lines}Content-Length: 0\r\n\r\n"
    return raw(head.encode("latin-1"))


def unless_cookie(name: str, otherwise):
    async def answer(request, writer):
        known = name in request.headers.get("cookie", "")
        await (reply() if known else otherwise)(request, writer)

    return answer


@pytest.mark.parametrize(
    "cookies",
    [
        ["id=1"],
        ["id=1; Path=/; HttpOnly; SameSite=Lax"],
        ["id=1; Path=/feed", "other=2; Path=/elsewhere"],
        ["id=1; Max-Age=600; Expires=Thu, 01 Jan 2099 00:00:00 GMT"],
        ["a" * 5000 + "=1", "id=1"],
        ["=", ";;;", "id=1; Path="],
    ],
)
async def test_a_redirect_to_itself_with_a_cookie_leads_to_the_feed(server, fetcher, cookies):
    server.routes["/feed"] = unless_cookie("id=1", sends_on("/feed", *cookies))

    assert (await fetcher.fetch_url(server.url("/feed"))).body == RSS
    assert server.requests[1].headers["cookie"] == "id=1"
    await fetcher.fetch_url(server.url("/feed"))
    assert "cookie" not in server.requests[2].headers  # nothing is kept for the next time


COOKIES_ELSEWHERE = {
    "cookie-for-another-host": ("a.example", "id=1", "b.example"),
    "cookie-for-a-host-below": ("example.org", "id=1", "www.example.org"),
    "cookie-for-the-host-above": ("a.example.org", "id=1", "example.org"),
    "cookie-named-for-another-domain": ("a.example", "id=1; Domain=b.example", "b.example"),
    "cookie-named-for-a-host-below": ("example.org", "id=1; Domain=x.example.org", "x.example.org"),
    "cookie-named-for-a-whole-top": ("a.example", "id=1; Domain=example", "b.example"),
    "cookie-named-for-a-whole-registry": ("a.co.uk", "id=1; Domain=.co.uk", "b.co.uk"),
    "cookie-that-only-ends-alike": ("example.org", "id=1; Domain=example.org", "badexample.org"),
    "cookie-named-for-an-address": ("a.example", "id=1; Domain=127.0.0.1", "127.0.0.1"),
    "cookie-for-tls-only": ("a.example", "id=1; Secure", "a.example"),
    "cookie-for-another-path": ("a.example", "id=1; Path=/other", "a.example"),
    "cookie-that-is-over": ("a.example", "id=1; Max-Age=0", "a.example"),
    "cookie-too-long": ("a.example", "id=" + "1" * 5000, "a.example"),
    "cookie-with-a-line-break": ("a.example", "id=1\rX-Injected: 1", "a.example"),
    "cookie-beyond-ascii": ("a.example", "id=\xe9", "a.example"),
}


@pytest.mark.parametrize("case", COOKIES_ELSEWHERE)
async def test_cookies_go_nowhere_else(case, server, fetcher):
    begin, cookie, end = COOKIES_ELSEWHERE[case]
    server.routes |= {"/": sends_on(server.url("/end", end), cookie), "/end": reply()}

    assert (await fetcher.fetch_url(server.url("/", begin))).body == RSS

    sent = server.requests[1].headers
    assert "x-injected" not in sent
    assert sent.get("cookie") in ({"id=1 X-Injected: 1"} if "break" in case else {None})


@given(
    st.text(alphabet='ab=;, "\\%/:.1' + "expires" + "domain" + "-", max_size=80).map(
        lambda text: f"id=1; {text}"
    )
    | st.sampled_from(
        [
            "id=1; expires=Thu, 99 Jan 99999 99:99:99 GMT",
            "id=1; max-age=99999999999999999999",
            "id=1; max-age=x; version=2; port=80",
            "id=1; domain=..; path=//",
            "expires=1; expires=2",
        ]
    )
)
def test_no_cookie_breaks_a_journey(cookie):
    chain = RedirectChain(feed_at("http://a.example/"), "http://a.example/", 1.0)
    response = httpcore.Response(302, headers=[("Set-Cookie", cookie), ("Set-Cookie", "ok=1")])

    chain.follow(response, b"/next", 5)

    assert chain.url == "http://a.example/next"
    assert "ok=1" in (chain.cookie() or "")


async def test_a_cookie_for_a_whole_domain_goes_to_its_hosts_and_comes_back(server, fetcher):
    back, there = server.url("/feed", "a.example.org"), server.url("/login", "login.example.org")
    server.routes |= {
        "/feed": unless_cookie("id=2", sends_on(there, "id=1; Domain=example.org")),
        "/login": sends_on(back, "id=2; Domain=.example.org", "own=3"),
    }

    assert (await fetcher.fetch_url(back)).body == RSS
    assert [r.headers.get("cookie") for r in server.requests] == [None, "id=1", "id=2"]


async def test_more_cookies_than_a_server_reads_are_not_sent(server, fetcher):
    server.routes |= {"/": sends_on("/end", *(f"n{n}={'v' * 1000}" for n in range(90)))}
    server.routes["/end"] = reply()

    assert (await fetcher.fetch_url(server.url())).body == RSS
    assert "cookie" not in server.requests[1].headers


LOCATIONS = {
    "location-with-a-bar": (b"/b?f=a|b&g={x}", "/b?f=a%7Cb&g=%7Bx%7D"),
    "location-with-blanks": (b" /b?q=two words ", "/b?q=two%20words"),
    "location-with-quotes": (b'/b?q="a"<b>`c`^', "/b?q=%22a%22%3Cb%3E%60c%60%5E"),
    "location-in-utf-8": ("/b?q=통일".encode(), "/b?q=%ED%86%B5%EC%9D%BC"),
    "location-in-latin-1": (b"/b?q=caf\xe9", "/b?q=caf%E9"),
    "location-encoded-already": (b"/b?q=%7C%e9", "/b?q=%7C%e9"),
    "location-with-a-fragment": (b"/b#part {1}", "/b"),
    "location-of-a-query": (b"?q=|", "/?q=%7C"),
    "location-feed-scheme": (b"feed://127.0.0.1:PORT/b", "/b"),
    "location-feed-before-http": (b"feed:http://127.0.0.1:PORT/b?x={1}", "/b?x=%7B1%7D"),
    "location-with-line-feed": (b"/b?q=1\rX-Injected: 1", "/b?q=1%20X-Injected:%201"),
    "location-twice": (b"/b\r\nLocation: /c", "/b"),
}


@pytest.mark.parametrize("case", LOCATIONS)
async def test_redirects_are_followed_as_browsers_do(case, server, fetcher):
    location, path = LOCATIONS[case]

    async def answer(request, writer):
        there = location.replace(b"PORT", b"%d" % server.port)
        first = len(server.requests) == 1
        head = b"HTTP/1.1 302 X\r\nLocation: " + there + b"\r\nContent-Length: 0\r\n\r\n"
        await (raw(head) if first else reply())(request, writer)

    server.routes |= {"/": answer, "/b": reply()}

    assert (await fetcher.fetch_url(server.url())).body == RSS
    assert server.paths() == ["/", path]
    assert "x-injected" not in server.requests[1].headers


BAD_LOCATIONS = {
    "location-backslash": b"http:\\\\127.0.0.1\\b",
    "location-blank-in-its-host": b"http://127.0.0.1 .example/b",
    "location-bar-in-its-host": b"http://127.0.0.1|example/b",
    "location-null-by-percent-in-its-host": b"http://127.0.0.1%00.example/b",
    "location-bytes-in-its-host": b"http://\xff\xfe.example/b",
    "location-broken-bracket": b"http://[::1/b",
    "location-of-a-script": b"javascript:alert(1)",
    "location-feed-before-a-file": b"feed:file:///etc/passwd",
    "location-feed-inward": b"feed://10.0.0.1/b",
    "location-feed-before-feed": b"feed:feed://10.0.0.1/b",
    "location-with-credentials": b"http://user:pw@127.0.0.1/b",
    "location-too-long": b"/" + b"b" * 4000,
    "location-in-a-loop": b"/",
}
SECURITY_TABLE = {
    "test_cookies_go_nowhere_else": COOKIES_ELSEWHERE,
    "test_redirects_are_followed_as_browsers_do": LOCATIONS,
    "test_redirects_that_lead_nowhere_are_refused": BAD_LOCATIONS,
}


@pytest.mark.parametrize("case", BAD_LOCATIONS)
async def test_redirects_that_lead_nowhere_are_refused(case, server, fetcher):
    head = b"HTTP/1.1 302 X\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % BAD_LOCATIONS[case]
    server.routes["/"] = raw(head)

    with pytest.raises(FetchError) as caught:
        await fetcher.fetch_url(server.url())

    assert caught.value.kind in {"redirects", "blocked", "scheme"}
    assert set(server.paths()) == {"/"}


QUIET = {
    "newest_at": NOW - timedelta(days=9),
    "etag": '"1"',
    "last_modified": "yesterday",
    "hints": FeedHints(gap=timedelta(days=1)),
}


def always_304_with_conditions(otherwise):
    async def answer(request, writer):
        asked = "if-none-match" in request.headers or "if-modified-since" in request.headers
        await (raw(b"HTTP/1.1 304 X\r\n\r\n") if asked else otherwise)(request, writer)

    return answer


async def test_a_304_long_past_the_rhythm_is_doubted_once(server, fetcher):
    server.routes["/"] = always_304_with_conditions(reply(200, RSS, {"ETag": '"1"'}))
    feed = feed_at(server.url(), **QUIET)

    assert isinstance(await fetcher.fetch(feed), Fetched)
    same = replace(feed, body_hash=hashlib.sha256(RSS).hexdigest())
    assert isinstance(await fetcher.fetch(same), NotModified)
    assert len(server.requests) == 3
    later = replace(same, newest_at=NOW - timedelta(days=8))
    answer = await fetcher.fetch(later)
    assert isinstance(answer, NotModified)
    assert answer.sent
    assert len(server.requests) == 5


async def test_the_304s_of_a_whole_list_are_not_doubted_at_once(server, fetcher):
    server.routes["/"] = always_304_with_conditions(reply())
    feeds = [replace(feed_at(server.url(), **QUIET), id=number) for number in range(30)]

    answers = [await fetcher.fetch(feed) for feed in feeds]

    assert sum(isinstance(answer, Fetched) for answer in answers) == 10
    assert len(server.requests) == 40


@pytest.mark.parametrize(
    "known",
    [
        {"newest_at": None},
        {"newest_at": NOW - timedelta(days=4)},
        {"hints": FeedHints(gap=timedelta(days=2))},
        {"newest_at": NOW - timedelta(days=6), "hints": FeedHints()},
        {"newest_at": NOW - timedelta(hours=20), "hints": FeedHints(gap=timedelta(minutes=5))},
    ],
)
async def test_a_304_within_the_rhythm_is_believed(server, fetcher, known):
    server.routes["/"] = always_304_with_conditions(reply())

    assert isinstance(await fetcher.fetch(feed_at(server.url(), **QUIET | known)), NotModified)
    assert len(server.requests) == 1


@pytest.mark.parametrize("otherwise", [reply(503, b""), raw(b""), raw(b"HTTP/1.1 304 X\r\n\r\n")])
async def test_a_304_stays_good_when_asking_plainly_fails(server, fetcher, otherwise):
    server.routes["/"] = always_304_with_conditions(otherwise)

    assert isinstance(await fetcher.fetch(feed_at(server.url(), **QUIET)), NotModified)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "host", ["xn--ls8h.example", "xn--a.example", "xn--.example", "xn--0.example", "a-.example"]
)
async def test_hosts_that_no_idn_allows_are_asked_as_they_are(server, fetcher, host):
    server.routes |= {"/": redirect(f"http://xn--ls8h.example:{server.port}/b"), "/b": reply()}

    assert (await fetcher.fetch_url(server.url("/", host))).body == RSS


@pytest.mark.parametrize(
    "host",
    [
        "💩.example",
        "☃.example",
        "a💩b.example",
        "xn--\u202e.example",
        "\u202e.example",
        "a..example",
        "💩" * 80 + ".example",
        "xn--" + "z" * 60 + ".example",
    ],
)
async def test_hosts_that_cannot_be_asked_get_a_sentence(server, fetcher, host):
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch_url(server.url("/", host))

    assert caught.value.kind in {"scheme", "blocked"}
    assert server.requests == []


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("http://HOST/f?only=a|b&x={y}", "/f?only=a%7Cb&x=%7By%7D"),
        (" http://HOST/f?q=two words ", "/f?q=two%20words"),
        ("http://HOST/f?q=통일", "/f?q=%ED%86%B5%EC%9D%BC"),
        ("feed://HOST/f", "/f"),
        ("feed:http://HOST/f", "/f"),
        ("FEED://http://HOST/f", "/f"),
        ("feed:HOST/f", "/f"),
    ],
)
async def test_an_address_is_asked_for_as_browsers_do(server, fetcher, address, path):
    server.routes["/f"] = reply()

    answer = await fetcher.fetch_url(address.replace("HOST", f"127.0.0.1:{server.port}"))

    assert answer.body == RSS
    assert server.paths() == [path]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "does not understand"),
        (401, "wants a login"),
        (402, "payment"),
        (403, "refuses us"),
        (404, "nothing at this address"),
        (410, "permanently gone"),
        (418, "refuses (418)"),
        (429, "less often"),
        (451, "legal reasons"),
        (500, "in trouble (500)"),
        (503, "in trouble (503)"),
        (204, "nothing to read"),
        (300, "nothing to read"),
        (206, "nothing to read"),
    ],
)
async def test_a_status_is_named_in_plain_words(server, fetcher, status, words):
    server.routes["/"] = reply(status, b"")

    with pytest.raises(FetchError) as caught:
        await fetcher.fetch_url(server.url())

    assert words in str(caught.value)
    assert (caught.value.kind, caught.value.status) == ("status", status)


@pytest.mark.parametrize(
    ("status", "headers", "name"),
    [
        (403, {"Server": "cloudflare"}, "Cloudflare"),
        (503, {"cf-mitigated": "challenge"}, "Cloudflare"),
        (403, {"X-DataDome": "protected"}, "DataDome"),
        (403, {"Server": "AkamaiGHost"}, "Akamai"),
        (403, {"X-Iinfo": "1-2-3"}, "Imperva"),
    ],
)
async def test_a_wall_against_robots_is_named(server, fetcher, status, headers, name):
    server.routes["/"] = reply(status, b"", headers)

    with pytest.raises(FetchError, match=f"bot challenge \\({name}\\)") as caught:
        await fetcher.fetch_url(server.url())
    assert caught.value.kind == "bot_challenge"


async def test_a_server_in_trouble_behind_a_wall_is_still_a_server_in_trouble(server, fetcher):
    server.routes["/"] = reply(503, b"", {"Server": "cloudflare"})

    with pytest.raises(FetchError, match="in trouble"):
        await fetcher.fetch_url(server.url())


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(seconds=120)),
        ("Mon, 02 Mar 2026 13:00:00 GMT", timedelta(hours=1)),
        ("Mon, 02 Mar 2020 13:00:00 GMT", timedelta(0)),
        ("99999999999", None),
        ("9999999999", timedelta(days=31)),
        ("soon", None),
        ("-5", None),
    ],
)
async def test_retry_after_is_read(server, fetcher, value, wait):
    server.routes["/"] = reply(429, b"", {"Retry-After": value})

    with pytest.raises(FetchError) as caught:
        await fetcher.fetch_url(server.url())

    assert caught.value.retry_after == wait


async def test_a_server_that_is_not_there_is_said_to_be_down(fetcher, server):
    closed = await asyncio.start_server(lambda r, workspace: None, "127.0.0.1", 0)
    port = closed.sockets[0].getsockname()[1]
    closed.close()
    await closed.wait_closed()

    with pytest.raises(FetchError, match="may be down") as caught:
        await fetcher.fetch_url(f"http://127.0.0.1:{port}/")
    assert caught.value.kind == "refused"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + RSS[:-9], "broke off before the end"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "broke off"),
        (b"", "closed the connection without an answer"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "does not speak proper HTTP"),
    ],
)
async def test_a_server_that_hangs_up_is_told_from_one_that_is_none(server, fetcher, answer, said):
    server.routes["/"] = raw(answer)
    with pytest.raises(FetchError, match=said):
        await fetcher.fetch_url(server.url())


async def test_a_sentence_names_the_host_that_redirects_led_to(server, fetcher):
    server.routes["/"] = redirect(f"http://localhost:{server.port}/x")
    server.routes["/x"] = raw(b"")

    with pytest.raises(FetchError, match=r"sent on to localhost"):
        await fetcher.fetch_url(server.url())


async def test_plain_http_where_tls_is_expected_is_named(fetcher):
    async def answer_at_once(reader, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    listener = await asyncio.start_server(answer_at_once, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with listener:
        with pytest.raises(FetchError, match="no secure connection") as caught:
            await fetcher.fetch_url(f"https://127.0.0.1:{port}/")
    assert caught.value.kind == "tls"


class Gate:
    """An answer that waits until it is let through, and counts who waits."""

    def __init__(self, expected: int) -> None:
        self.waiting = 0
        self._expected = expected
        self.full = asyncio.Event()
        self.open = asyncio.Event()

    async def __call__(self, request, writer):
        self.waiting += 1
        if self.waiting == self._expected:
            self.full.set()
        await self.open.wait()
        await reply()(request, writer)


async def test_at_most_two_requests_run_toward_one_host(server, fetcher):
    gate = server.routes["/"] = Gate(expected=2)
    tasks = [asyncio.create_task(fetcher.fetch_url(server.url(f"/?{n}"))) for n in range(7)]

    async with asyncio.timeout(5):
        await gate.full.wait()
        gate.open.set()
        answers = await asyncio.gather(*tasks)

    assert len(answers) == 7
    assert server.most_open == 2


async def test_at_most_so_many_requests_run_at_once_over_all_hosts(server):
    gate = server.routes["/"] = Gate(expected=3)
    async with make_fetcher(replace(QUICK, concurrent=3)) as fetcher:
        urls = [server.url("/", host=f"h{n}.example") for n in range(9)]
        tasks = [asyncio.create_task(fetcher.fetch_url(url)) for url in urls]
        async with asyncio.timeout(5):
            await gate.full.wait()
            gate.open.set()
            await asyncio.gather(*tasks)

    assert server.most_open == 3


async def test_waiting_for_a_turn_does_not_count_as_the_servers_time(server):
    """The second waits out the whole time of the first, and still has all of its own."""
    server.routes["/silent"] = Gate(expected=1)
    server.routes["/"] = reply()
    limits = replace(QUICK, per_host=1, total=timedelta(seconds=0.3))
    async with make_fetcher(limits) as fetcher:
        first, second = await asyncio.gather(
            fetcher.fetch_url(server.url("/silent")),
            fetcher.fetch_url(server.url()),
            return_exceptions=True,
        )

    assert isinstance(first, FetchError)
    assert isinstance(second, Fetched)


async def test_a_cancelled_fetch_leaves_its_turn_to_others(server, fetcher: Fetcher):
    gate = server.routes["/stuck"] = Gate(expected=2)
    server.routes["/"] = reply()
    stuck = [asyncio.create_task(fetcher.fetch_url(server.url("/stuck"))) for _ in range(2)]
    async with asyncio.timeout(5):
        await gate.full.wait()
        for task in stuck:
            task.cancel()
        assert (await fetcher.fetch_url(server.url())).body == RSS
    await asyncio.gather(*stuck, return_exceptions=True)
