"""What a document asks for holds through answers without a document, and through a restart."""

from datetime import UTC, datetime, timedelta

from bot.domain.feed import FeedHints, FeedList, FeedSpec
from bot.ingest.formats.pool import ParserPool
from bot.ingest.http.client import Fetcher
from bot.ingest.http.ssrf import parse_networks
from bot.ingest.poll.run import poll
from tests.ingest.serving import RSS, reply, serving
from tests.services.feeds.test_alerts_polled import Recorder

NOW = datetime(2030, 5, 6, 8, tzinfo=UTC)  # a Monday
WISHES = b"<ttl>300</ttl><skipDays><day>Monday</day></skipDays>"
DOCUMENT = RSS.replace(b"<item>", WISHES + b"<item>", 1)


async def look(ledger, workspace) -> timedelta:
    """A look with everything opened anew, as after a restart; gives the wait until the next."""
    async with (
        Fetcher(
            user_agent="SummitBriefingBot/test",
            allow_networks=parse_networks("127.0.0.0/8"),
            clock=lambda: NOW,
        ) as fetcher,
        ParserPool() as parser,
    ):
        feeds = await ledger.feeds.list(workspace)
        recorder = Recorder(ledger)
        await poll(feeds, fetcher, parser, recorder, clock=lambda: NOW, chance=lambda: 0.0)
    (feed,) = await ledger.feeds.list(workspace)
    assert feed.due_at is not None
    return feed.due_at - NOW


async def test_hints_hold_for_answers_that_do_not_repeat_them(ledger):
    workspace = await ledger.workspaces.first()
    async with serving(
        {"/feed": reply(200, DOCUMENT, {"Cache-Control": "max-age=7200"})}
    ) as server:
        feeds = FeedList(feeds=(FeedSpec(url=server.url("/feed")),))
        await ledger.feeds.sync(workspace, feeds, actor="file", at=NOW)
        first = await look(ledger, workspace)
        server.routes["/feed"] = reply(304, b"")
        again = await look(ledger, workspace)
    (feed,) = await ledger.feeds.list(workspace)
    assert feed.hints == FeedHints(
        every=timedelta(hours=5), skip_days=frozenset({0}), fresh_for=timedelta(hours=2)
    )
    assert first == again == timedelta(hours=16)  # not before Tuesday


async def test_a_freshness_that_was_taken_back_stays_so_and_a_304_keeps_the_rest(ledger):
    workspace = await ledger.workspaces.first()
    day = {"Cache-Control": "max-age=86400", "ETag": '"1"', "Last-Modified": "yesterday"}
    async with serving({"/feed": reply(200, RSS, day)}) as server:
        feeds = FeedList(feeds=(FeedSpec(url=server.url("/feed")),))
        await ledger.feeds.sync(workspace, feeds, actor="file", at=NOW)
        waits = [await look(ledger, workspace)]
        for headers in ({"Cache-Control": "no-cache"}, {}):
            server.routes["/feed"] = reply(304, b"", headers)
            waits.append(await look(ledger, workspace))
    assert waits[0] == timedelta(days=1)
    assert waits[1] == waits[2] < timedelta(days=1)
    (feed,) = await ledger.feeds.list(workspace)
    assert (feed.hints, feed.etag) == (FeedHints(fresh_for=timedelta(0)), '"1"')
    assert feed.last_modified == "yesterday"


async def test_a_rhythm_holds_for_answers_without_a_document_but_not_for_an_own_interval(ledger):
    workspace = await ledger.workspaces.first()
    item = b"<item><guid>%d</guid><pubDate>%s</pubDate></item>"
    moments = [NOW - timedelta(days=3 * n) for n in range(6)]
    items = b"".join(item % (n, str(m).encode()) for n, m in enumerate(moments))
    body = b"<rss version='2.0'><channel>" + items + b"</channel></rss>"
    async with serving({"/feed": reply(200, body)}) as server:
        url = server.url("/feed")
        feeds = FeedList(feeds=(FeedSpec(url=url),))
        await ledger.feeds.sync(workspace, feeds, actor="file", at=NOW)
        assert await look(ledger, workspace) == timedelta(hours=3)
        server.routes["/feed"] = reply(304, b"")
        assert await look(ledger, workspace) == timedelta(hours=3)
        feeds = FeedList(feeds=(FeedSpec(url=url, every=timedelta(minutes=30)),))
        await ledger.feeds.sync(workspace, feeds, actor="file", at=NOW)
        assert await look(ledger, workspace) == timedelta(minutes=30)


async def test_the_same_bytes_without_a_freshness_leave_none_behind(ledger):
    workspace = await ledger.workspaces.first()
    async with serving({"/feed": reply(200, RSS, {"Cache-Control": "max-age=86400"})}) as server:
        feeds = FeedList(feeds=(FeedSpec(url=server.url("/feed")),))
        await ledger.feeds.sync(workspace, feeds, actor="file", at=NOW)
        await look(ledger, workspace)
        for status, body in ((200, RSS), (304, b"")):
            server.routes["/feed"] = reply(status, body)
            assert await look(ledger, workspace) < timedelta(days=1)
    assert [f.hints for f in await ledger.feeds.list(workspace)] == [FeedHints()]
