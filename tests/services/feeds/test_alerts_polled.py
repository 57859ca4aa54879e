"""From a server's answer to feeds.yaml, the ledger and the admins' message: all parts real."""

from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_network

import pytest

from bot.ingest.formats.pool import ParserPool
from bot.ingest.http.client import Fetcher
from bot.ingest.poll.run import poll
from bot.services.alerts import AdminAlerts
from bot.services.feeds.alerts import FeedAlerts, FeedEventHandler
from bot.services.feeds.catalogue import FeedCatalogue
from bot.services.feeds.list import FeedListService
from tests.delivery.fakes import hearing
from tests.ingest.serving import RSS, redirect, reply, serving

START = datetime(2030, 5, 1, 8, tzinfo=UTC)


class Recorder:
    """Hands results to the ledger."""

    def __init__(self, ledger) -> None:
        self.ledger = ledger

    async def record(self, update):
        (recorded,) = await self.ledger.items.record([update])
        return recorded


class House:
    def __init__(self, ledger, workspace, path, *, server, fetcher, parser) -> None:
        self.ledger, self.w, self.server, self.path = ledger, workspace, server, path
        self.fetcher, self.parser, self.now = fetcher, parser, START
        self.desk = FeedListService(ledger, path, clock=self.clock)
        self.handler = FeedEventHandler(ledger, self.desk, clock=self.clock)
        self.alerts = FeedAlerts(
            ledger,
            AdminAlerts(
                outbox=ledger.outbox,
                admins=hearing(["U01ADMIN"]),
                clock=self.clock,
            ),
            clock=self.clock,
        )

    def clock(self) -> datetime:
        return self.now

    async def look(self):
        feeds = [feed for feed in await self.ledger.feeds.list(self.w) if feed.enabled]
        return await poll(
            feeds,
            self.fetcher,
            self.parser,
            Recorder(self.ledger),
            clock=self.clock,
            listener=partial(self.handler.handle, self.w),
        )

    @property
    def catalogue(self) -> FeedCatalogue:
        return FeedCatalogue(self.ledger, self.desk, clock=self.clock)

    async def said(self) -> list[str]:
        await self.alerts.run(self.w)
        sent = await self.ledger.outbox.list(self.w)
        return [str(d.messages[0].payload["text"]) for d in reversed(sent)]


@pytest.fixture
async def house(ledger, tmp_path):
    path = tmp_path / "feeds.yaml"
    async with (
        serving({"/feed": reply(200, RSS)}) as server,
        Fetcher(
            user_agent="SummitBriefingBot/test",
            allow_networks=(ip_network("127.0.0.0/8"),),
            clock=lambda: START,
        ) as fetcher,
        ParserPool() as parser,
    ):
        path.write_text(f"feeds:\n  - url: {server.url('/feed')}  # the wire\n", encoding="utf-8")
        workspace = await ledger.workspaces.first()
        opened = House(ledger, workspace, path, server=server, fetcher=fetcher, parser=parser)
        await opened.desk.load(workspace)
        yield opened


async def test_a_feed_that_answers_410_is_paused_in_the_file_too(house):
    await house.look()
    house.server.routes["/feed"] = reply(410, b"gone")
    await house.look()
    written = house.path.read_text(encoding="utf-8")
    assert "enabled: false" in written
    assert "# the wire" in written
    (said,) = await house.said()
    assert "is gone" in said
    assert "It is paused now" in said
    assert (await house.look()).feeds == 0
    (paused, *_) = (await house.catalogue.history(house.w, "1")).changes
    assert (paused.actor, paused.what) == ("bot", "paused")
    assert paused.details == ("the feed is permanently gone (410)",)


async def test_a_feed_that_cannot_be_paused_in_the_file_is_paused_over_it(house, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(30, "Read-only file system")

    monkeypatch.setattr("bot.services.feeds.list.replace_text", refuse)
    house.server.routes["/feed"] = reply(410, b"gone")
    await house.look()
    assert "enabled" not in house.path.read_text(encoding="utf-8")
    assert [feed.enabled for feed in await house.ledger.feeds.list(house.w)] == [False]
    (kept,) = await house.desk.kept(house.w)
    assert kept.actor == "bot"


@pytest.mark.parametrize("status", [301, 308])
async def test_a_permanent_redirect_seen_twice_moves_the_feed_with_its_items(house, status):
    await house.look()
    (before,) = await house.ledger.feeds.list(house.w)
    house.server.routes["/new"] = house.server.routes["/feed"]
    house.server.routes["/feed"] = redirect(house.server.url("/new"), status)
    await house.look()
    assert house.server.url("/feed") in house.path.read_text(encoding="utf-8")
    await house.look()
    assert house.server.url("/new") in house.path.read_text(encoding="utf-8")
    assert house.server.url("/feed") not in house.path.read_text(encoding="utf-8")
    (after,) = await house.ledger.feeds.list(house.w)
    assert (after.id, after.url) == (before.id, house.server.url("/new"))
    assert (await house.look()).items_new == 0
    (figures,) = await house.ledger.feed_stats.list(house.w, now=house.now)
    assert figures.former_urls == (house.server.url("/feed"),)
    (said,) = await house.said()
    assert "has moved permanently" in said


async def test_a_redirect_for_a_while_moves_nothing(house):
    house.server.routes["/new"] = house.server.routes["/feed"]
    house.server.routes["/feed"] = redirect(house.server.url("/new"), 302)
    for _ in range(3):
        await house.look()
    assert house.server.url("/feed") in house.path.read_text(encoding="utf-8")
    assert await house.said() == []


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (401, {}, "wants a login (401)"),
        (403, {}, "refuses us (403)"),
        (403, {"cf-mitigated": "challenge"}, "a bot challenge (Cloudflare)"),
    ],
)
async def test_doors_that_stay_shut_are_named_once_at_the_third_look(house, status, headers, words):
    house.server.routes["/feed"] = reply(status, b"no", headers)
    for _ in range(2):
        await house.look()
        assert await house.said() == []
    for _ in range(3):
        await house.look()
        house.now += timedelta(hours=2)
        (said,) = await house.said()
        assert words in said
