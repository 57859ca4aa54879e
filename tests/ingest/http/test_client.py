"""Fetching a feed: conditions, redirects, statuses, manners toward hosts."""

import asyncio
import gzip
import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.errors import FetchError
from bot.domain.feed import Feed
from bot.ingest.http.client import Fetcher
from bot.ingest.http.response import Fetched, NotModified
from tests.ingest.conftest import QUICK, make_fetcher
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
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + RSS, "broke off before the end"),
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
