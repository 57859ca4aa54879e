"""A run over feeds: every result is handed over, and one feed's failure stays its own."""

import asyncio
import hashlib
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta

import pytest

from bot.domain.errors import FetchError, LedgerError
from bot.domain.feed import Feed, FeedHints, Recorded, UpdateKind
from bot.ingest.formats.document import parse
from bot.ingest.http.response import Fetched, NotModified
from bot.ingest.poll.run import HostQueue, PollReport, poll
from tests.ingest.conftest import NOW
from tests.ingest.serving import RSS, raw, redirect, reply


class HereParser:
    """Parses in this very thread."""

    async def parse(self, body, *, content_type, url, now):
        return parse(body, content_type=content_type, url=url, now=now)


@dataclass
class Book:
    """A recorder with a memory."""

    items: dict = field(default_factory=dict)
    feeds: dict = field(default_factory=dict)
    failing: bool = False

    async def record(self, update):
        if self.failing:
            raise LedgerError("the disk is full")
        state = {"due_at": update.due_at}
        if update.kind is UpdateKind.FAILED:
            state |= {"error": update.error, "not_found": update.not_found}
        if update.validators is not None:
            state |= asdict(update.validators)
            state |= {"feed_title": update.title, "hints": update.hints}
        self.feeds[update.feed_id] = state
        old = {key: e for (owner, key), e in self.items.items() if owner == update.feed_id}
        self.items |= {(update.feed_id, entry.key): entry for entry in update.entries}
        return Recorded(
            new=sum(e.key not in old for e in update.entries),
            revised=sum(e.key in old and old[e.key] != e for e in update.entries),
        )


def feeds_at(server, *paths) -> list[Feed]:
    return [Feed(id=n, url=server.url(path), title=f"Feed {n}") for n, path in enumerate(paths)]


async def run(feeds, fetcher, book, **more) -> PollReport:
    return await poll(
        feeds, fetcher, HereParser(), book, clock=lambda: NOW, chance=lambda: 0.0, **more
    )


async def test_every_kind_of_result_is_counted_and_recorded(server, fetcher):
    server.routes |= {
        "/good": reply(200, RSS, {"ETag": '"1"', "Cache-Control": "max-age=7200"}),
        "/same": raw(b"HTTP/1.1 304 X\r\n\r\n"),
        "/gone": reply(410, b""),
        "/page": reply(200, b"<!DOCTYPE html><html></html>"),
        "/busy": reply(429, b"", {"Retry-After": "86400"}),
    }
    book = Book()

    report = await run(feeds_at(server, "/good", "/same", "/gone", "/page", "/busy"), fetcher, book)

    assert (report.feeds, report.fetched, report.not_modified, len(report.errors)) == (5, 1, 1, 3)
    assert (report.items_new, report.items_revised) == (1, 0)
    errors = dict(report.errors)
    assert set(errors) == {"Feed 2", "Feed 3", "Feed 4"}
    assert "permanently gone" in errors["Feed 2"]
    assert "web page" in errors["Feed 3"]
    assert book.feeds[0]["etag"] == '"1"'
    assert book.feeds[0]["body_hash"] == hashlib.sha256(RSS).hexdigest()
    assert book.feeds[0]["feed_title"] == "Wire"
    assert book.feeds[0]["due_at"] == NOW + timedelta(hours=2)
    assert book.feeds[1]["due_at"] == NOW + timedelta(minutes=30)
    assert book.feeds[4]["due_at"] == NOW + timedelta(days=1)
    assert book.feeds[4]["error"] == errors["Feed 4"]


async def test_documents_that_are_not_read_whole_are_named(server, fetcher):
    many = b"".join(
        b"<item><guid>%d</guid><title>News %d</title></item>" % (n, n) for n in range(600)
    )
    server.routes |= {
        "/whole": reply(),
        "/cut": reply(200, RSS[: RSS.index(b"</channel>")]),
        "/long": reply(200, b"<rss version='2.0'><channel>" + many + b"</channel></rss>"),
    }
    report = await run(feeds_at(server, "/whole", "/cut", "/long"), fetcher, Book())
    assert (report.fetched, report.items_new) == (3, 502)
    in_part = dict(report.in_part)
    assert set(in_part) == {"Feed 1", "Feed 2"}
    assert "breaks off before its end" in in_part["Feed 1"]
    assert in_part["Feed 2"] == "of its 600 entries only the newest 500 are read"


async def test_a_second_run_brings_nothing_new(server, fetcher):
    server.routes["/"] = reply()
    (feed,) = feeds_at(server, "/")
    book = Book()

    first = await run([feed], fetcher, book)
    again = replace(feed, body_hash=book.feeds[0]["body_hash"])
    second = await run([again], fetcher, book)

    assert (first.items_new, second.items_new, second.not_modified) == (1, 0, 1)


async def test_a_document_that_breaks_off_is_asked_for_again(server, fetcher):
    validators = {"ETag": '"1"', "Last-Modified": "Tue, 12 Jun 2018 08:00:00 GMT"}
    server.routes["/"] = reply(200, RSS.removesuffix(b"</channel></rss>"), validators)
    book = Book()

    report = await run(feeds_at(server, "/"), fetcher, book)

    assert (report.fetched, report.items_new) == (1, 1)
    state = book.feeds[0]
    assert (state["etag"], state["last_modified"], state["body_hash"]) == (None, None, None)
    assert (state["feed_title"], state["hints"]) == (None, None)


async def test_new_validators_for_the_same_bytes_are_kept(server, fetcher):
    server.routes["/"] = reply(200, RSS, {"ETag": '"2"'})
    (feed,) = feeds_at(server, "/")
    book = Book()

    report = await run(
        [replace(feed, etag='"1"', body_hash=hashlib.sha256(RSS).hexdigest())], fetcher, book
    )

    assert report.not_modified == 1
    assert book.feeds[0]["etag"] == '"2"'
    assert book.items == {}


async def test_failures_in_a_row_lengthen_the_wait(server, fetcher):
    server.routes["/"] = reply(500, b"")
    (feed,) = feeds_at(server, "/")
    book = Book()

    await run([replace(feed, failures=3)], fetcher, book)

    assert book.feeds[0]["due_at"] == NOW + timedelta(hours=4)


async def test_links_are_resolved_against_where_the_document_came_from(server, fetcher):
    body = b"<rss version='2.0'><channel><item><link>a.html</link></item></channel></rss>"
    server.routes |= {"/old": redirect("/new/feed"), "/new/feed": reply(200, body)}
    book = Book()

    await run(feeds_at(server, "/old"), fetcher, book)

    (entry,) = book.items.values()
    assert entry.url == server.url("/new/a.html")


async def test_progress_is_told_after_each_feed(server, fetcher):
    server.routes["/"] = reply()
    told = []

    await run(
        feeds_at(server, "/?1", "/?2", "/nothing"), fetcher, Book(),
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip

    assert told == [(1, 3), (2, 3), (3, 3)]


async def test_no_feeds_is_an_empty_report(fetcher):
    assert await run([], fetcher, Book()) == PollReport()


async def test_a_ledger_that_cannot_store_ends_the_run_with_its_own_error(server, fetcher):
    server.routes["/"] = reply()

    with pytest.raises(LedgerError, match="disk is full"):
        await run(feeds_at(server, "/?1", "/?2", "/?3"), fetcher, Book(failing=True))


async def test_a_library_that_breaks_on_one_feed_is_that_feeds_failure(caplog):
    class Breaking:
        async def fetch(self, feed):
            if feed.id == 0:
                raise LookupError("unknown thing: secret")
            return Fetched(final_url=feed.url, body=RSS, body_hash="x")

    feeds = [Feed(id=n, url=f"https://example.org/{n}", title=f"Feed {n}") for n in range(2)]

    report = await run(feeds, Breaking(), Book())

    assert (report.fetched, len(report.errors)) == (1, 1)
    assert report.errors[0][1].startswith("something unforeseen went wrong (LookupError)")
    assert "a feed broke a library" in caplog.text


async def test_what_admins_should_hear_is_told_after_it_is_recorded(server, fetcher):
    many = b"".join(b"<item><guid>%d</guid></item>" % n for n in range(25))
    server.routes |= {
        "/gone": reply(410, b""),
        "/old": redirect("/new", 301),
        "/new": reply(),
        "/flood": reply(200, b"<rss version='2.0'><channel>" + many + b"</channel></rss>"),
        "/fine": reply(),
    }
    gone, old, flood, fine = feeds_at(server, "/gone", "/old", "/flood", "/fine")
    book, told = Book(), []

    async def listen(event):
        assert event.feed.id in book.feeds
        told.append((event.feed.id, event.kind, event.url))

    await run(
        [gone, old, fine, replace(flood, succeeded_at=NOW)],
        fetcher, book, listener=listen,
    )  # fmt: skip

    assert sorted(told) == [
        (0, "gone", None),
        (1, "moved", server.url("/new")),
        (2, "flood", None),
    ]


async def test_cancelling_a_run_stops_it_at_once():
    started = asyncio.Event()

    class Hanging:
        async def fetch(self, feed):
            started.set()
            await asyncio.Event().wait()

    feeds = [Feed(id=n, url=f"https://example.org/{n}", title="") for n in range(50)]
    task = asyncio.create_task(run(feeds, Hanging(), Book()))
    async with asyncio.timeout(5):
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_slow_host_holds_up_nobody_else():
    """Forty feeds of one host that never answers, and one of another that must be looked at."""
    other_done, release = asyncio.Event(), asyncio.Event()

    class Source:
        async def fetch(self, feed):
            if "slow" in feed.url:
                await release.wait()
                raise FetchError("slow", url=feed.url, kind="timeout")
            other_done.set()
            return NotModified(final_url=feed.url)

    slow = [Feed(id=n, url=f"https://slow.example/{n}", title="") for n in range(40)]
    other = Feed(id=99, url="https://other.example/", title="")
    task = asyncio.create_task(run([*slow, other], Source(), Book()))
    async with asyncio.timeout(5):
        await other_done.wait()
        release.set()
        report = await task

    assert (len(report.errors), len(report.left_alone), report.not_modified) == (4, 36, 1)


class Unreachable:
    """Raises for every feed but those at `up`."""

    def __init__(self, *up: str, kind: str = "dns") -> None:
        self.up, self.kind, self.asked = up, kind, []

    async def fetch(self, feed):
        self.asked.append(feed.url)
        if any(name in feed.url for name in self.up):
            return NotModified(final_url=feed.url)
        raise FetchError("no such name", url=feed.url, kind=self.kind)


def feeds_of(hosts: int, *, each: int = 1, **state) -> list[Feed]:
    state = {"succeeded_at": NOW - timedelta(hours=1), **state}
    urls = [f"https://h{host}.example/{n}" for n in range(each) for host in range(hosts)]
    return [Feed(id=n, url=url, title=url, **state) for n, url in enumerate(urls)]


async def test_an_outage_of_our_own_counts_against_no_feed():
    book = Book()
    report = await run(feeds_of(8), Unreachable(), book)
    assert len(report.errors) == 8
    assert list(book.feeds.values()) == [{"due_at": NOW + timedelta(minutes=5)}] * 8


@pytest.mark.parametrize(
    ("feeds", "source"),
    [
        (feeds_of(8), Unreachable("h7")),
        (feeds_of(8), Unreachable(kind="status")),
        (feeds_of(8, succeeded_at=NOW - timedelta(days=2)), Unreachable()),
        (feeds_of(8, succeeded_at=None), Unreachable()),
    ],
)
async def test_where_anybody_answers_or_it_lasts_too_long_failures_count(feeds, source):
    book = Book()
    await run(feeds, source, book)
    down = [feed for feed in feeds if not any(name in feed.url for name in source.up)]
    assert all("error" in book.feeds[feed.id] for feed in down)


async def test_a_host_out_of_reach_is_left_alone_after_three_feeds():
    source, book = Unreachable("h1"), Book()
    report = await run(feeds_of(2, each=40), source, book, at_once=1)
    assert sum("h0" in url for url in source.asked) == 3
    assert sum("h1" in url for url in source.asked) == 40
    assert (len(report.errors), len(report.left_alone), report.not_modified) == (3, 37, 40)
    assert report.feeds == 80
    assert "was not asked" in report.left_alone[0][1]
    assert sum("error" in state for state in book.feeds.values()) == 3


async def test_after_slow_feeds_of_a_host_the_next_run_begins_with_the_others():
    source, book = Unreachable("healthy", kind="timeout"), Book()
    urls = [f"https://h.example/{name}" for name in ("s1", "s2", "s3", "healthy1", "healthy2")]
    feeds = [Feed(id=n, url=url, title=url, succeeded_at=NOW) for n, url in enumerate(urls)]
    feeds.append(Feed(id=9, url="https://elsewhere.example/healthy", title="", succeeded_at=NOW))
    first = await run(feeds, source, book, at_once=1)
    assert [len(first.errors), len(first.left_alone)] == [3, 2]

    looked = NOW + timedelta(minutes=1)
    later = [
        replace(f, failures=int("/s" in f.url), checked_at=looked if "/s" in f.url else None)
        for f in feeds
    ]
    second = await run(later, source, book, at_once=1)
    assert [second.not_modified, len(second.errors), len(second.left_alone)] == [3, 3, 0]


async def test_a_host_that_asks_for_patience_is_left_alone_with_all_its_feeds(server, fetcher):
    server.routes["/busy"] = reply(429, b"", {"Retry-After": "7200"})
    feeds, book = feeds_at(server, "/busy", "/a", "/b"), Book()
    server.routes |= {"/a": reply(), "/b": reply()}

    report = await run(feeds, fetcher, book, at_once=1)

    assert [request.path for request in server.requests] == ["/busy"]
    assert book.feeds[0]["due_at"] == NOW + timedelta(hours=2)
    assert book.feeds[1] == book.feeds[2] == {"due_at": NOW + timedelta(hours=2)}
    assert len(report.errors) == 1
    assert "left alone until 2026-03-02 14:00 UTC" in dict(report.left_alone)["Feed 1"]


async def test_a_404_is_counted_as_such(server, fetcher):
    server.routes |= {"/none": reply(404, b""), "/sick": reply(500, b"")}
    book = Book()
    await run(feeds_at(server, "/none", "/sick"), fetcher, book)
    assert [book.feeds[n]["not_found"] for n in (0, 1)] == [True, False]


async def test_a_freshness_that_is_taken_back_holds_no_more(server, fetcher):
    server.routes |= {
        "/silent": raw(b"HTTP/1.1 304 X\r\n\r\n"),
        "/no-cache": raw(b"HTTP/1.1 304 X\r\nCache-Control: no-cache\r\n\r\n"),
        "/same-bytes": reply(),
    }
    fresh = FeedHints(fresh_for=timedelta(hours=20))
    body_hash = hashlib.sha256(RSS).hexdigest()
    feeds = [
        replace(feed, hints=fresh, body_hash=body_hash) for feed in feeds_at(server, *server.routes)
    ]
    book = Book()
    await run(feeds, fetcher, book)
    waits = [book.feeds[feed.id]["due_at"] - NOW for feed in feeds]
    assert waits == [timedelta(hours=20), timedelta(minutes=30), timedelta(minutes=30)]


def test_lanes_hand_out_every_feed_once_and_two_of_a_host_at_most():
    feeds = [Feed(id=n, url=f"https://h{n % 3}.example/{n}", title="") for n in range(20)]
    lanes = HostQueue(feeds, 2)
    held, seen = [], []

    while True:
        while (feed := lanes.take()) is not None:
            held.append(feed)
            seen.append(feed.id)
        hosts = [feed.url.split("/")[2] for feed in held]
        assert all(hosts.count(host) <= 2 for host in hosts)
        if not held:
            break
        lanes.give_back(held.pop(0))

    assert sorted(seen) == list(range(20))
    assert seen[:3] == [0, 1, 2]
