"""Feeds looked at before they are listed: real fetches from loopback, a real parser and matcher."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest

from bot.briefing.feed_answers import FeedChoices, FeedPreview
from bot.domain.commitment import Commitment, Pack, Summit
from bot.domain.errors import FetchError
from bot.domain.feed import FeedList, FeedSpec
from bot.domain.item import ItemText
from bot.ingest.formats.document import parse
from bot.ingest.formats.pool import ParserPool
from bot.ingest.http.client import Fetcher, Limits
from bot.ledger import Ledger
from bot.matching.matcher import Matcher
from bot.matching.process import Text
from bot.matching.text.vectors import load_vectors
from bot.services.feeds.preview import FeedPreviewer, Matching
from tests.ingest.serving import Request, Server, redirect, reply, serving
from tests.ledger.builders import fetched, list_feed

NOW = datetime(2018, 8, 1, 12, tzinfo=UTC)
NEWS = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>Wire</title><language>en</language>'
    b"<item><guid>1</guid><title>Old football results</title><link>https://example.org/1</link>"
    b"<pubDate>Mon, 11 Jun 2018 08:00:00 GMT</pubDate></item>"
    b"<item><guid>2</guid><title>Missile engine test stand dismantled at launch site</title>"
    b"<link>https://example.org/2</link><pubDate>Tue, 24 Jul 2018 08:00:00 GMT</pubDate></item>"
    b"<item><guid>3</guid><title>No date at all</title></item></channel></rss>"
)
PAGE = (
    b'<html><head><link rel="alternate" type="application/rss+xml" href="/a.xml">'
    b'<link rel="alternate" type="application/atom+xml" href="/b.xml"></head></html>'
)
HTML = {"Content-Type": "text/html"}
TEST_STAND = Commitment(
    id="engine-site", summit_id="s", title="Closing the engine test site",
    text="The missile engine test stand at the launch site is dismantled.",
)  # fmt: skip


TRACKED = Pack(summits=(Summit(id="s", name="Summit", commitments=(TEST_STAND,)),))


@pytest.fixture(scope="module")
def matching() -> Matching:
    matcher = Matcher(TRACKED, vectors=load_vectors())

    async def match(texts: Sequence[Text]) -> list[tuple[str, ...]]:
        items = [ItemText(id="", title=title, summary=summary) for title, summary in texts]
        titles = {TEST_STAND.id: TEST_STAND.title}
        return [tuple(titles[m.commitment_id] for m in each) for each in matcher.match_many(items)]

    return match


@pytest.fixture
async def ledger(sqlite_url: str) -> AsyncIterator[Ledger]:
    async with Ledger.opened(sqlite_url) as opened:
        yield opened


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as running:
        yield running


@pytest.fixture
async def documents() -> AsyncIterator[Fetcher]:
    limits = Limits(body_bytes=50_000, read=timedelta(seconds=0.3), total=timedelta(seconds=1))
    async with Fetcher(
        user_agent="test", allow_networks=(ip_network("127.0.0.0/8"),), limits=limits
    ) as fetcher:
        yield fetcher


@pytest.fixture
async def scout(
    ledger: Ledger, documents: Fetcher, matching: Matching
) -> AsyncIterator[FeedPreviewer]:
    async with ParserPool(processes=1) as parser:
        yield FeedPreviewer(ledger, documents, parser, matching, lambda: NOW)


async def test_a_feed_is_shown_with_what_it_would_bring(
    scout: FeedPreviewer, ledger: Ledger, server: Server
) -> None:
    server.routes["/feed"] = reply(body=NEWS)
    workspace = await ledger.workspaces.first()
    found = await scout.find(workspace, server.url("/feed"))
    assert isinstance(found, FeedPreview)
    assert (found.title, found.language, found.entries, found.undated) == ("Wire", "en", 3, 1)
    assert [item.title for item in found.items] == [
        "Missile engine test stand dismantled at launch site",
        "Old football results",
        "No date at all",
    ]
    assert found.items[0].commitments == ("Closing the engine test site",)
    assert found.bearing == 1
    assert found.newest == datetime(2018, 7, 24, 8, tzinfo=UTC)


async def test_the_same_feed_at_another_address_is_recognised(
    scout: FeedPreviewer, ledger: Ledger, server: Server
) -> None:
    """By what it publishes: `/feed/` and `/feed` may be two feeds, and mostly are one."""
    linked = NEWS.replace(b"<guid>3</guid>", b"<link>https://example.org/3</link>")
    server.routes |= {"/feed": reply(body=linked), "/feed/": reply(body=linked)}
    server.routes["/b"] = reply(body=linked.replace(b"example.org", b"other.example"))
    workspace = await ledger.workspaces.first()
    spec = FeedSpec(url=server.url("/feed"), title="Wire")
    feed = await list_feed(ledger, workspace, spec, actor="cli", at=NOW)
    entries = parse(linked, content_type=None, url=server.url("/feed"), now=NOW).entries
    await fetched(ledger, feed, entries, at=NOW, title=None)
    again, other, itself = [
        await scout.find(workspace, server.url(path)) for path in ("/feed/", "/b", "/feed")
    ]
    assert isinstance(again, FeedPreview)
    assert isinstance(other, FeedPreview)
    assert isinstance(itself, FeedPreview)
    assert (again.listed_as, again.like) == (None, "Wire")
    assert (other.listed_as, other.like) == (None, None)
    assert (itself.listed_as, itself.like) == ("Wire", None)


async def test_looking_stores_nothing(scout: FeedPreviewer, ledger: Ledger, server: Server) -> None:
    server.routes["/feed"] = reply(body=NEWS)
    workspace = await ledger.workspaces.first()
    await scout.find(workspace, server.url("/feed"))
    await scout.trial(workspace, server.url("/feed"))
    assert await ledger.feeds.list(workspace) == ()
    assert await ledger.audit.list(workspace) == ()
    assert not await ledger.match_queue.pending(
        workspace, matcher_version="1", pack_fingerprint="f", limit=9, at=NOW
    )


async def test_several_feeds_of_a_page_are_a_choice(
    scout: FeedPreviewer, ledger: Ledger, server: Server
) -> None:
    server.routes |= {"/": reply(body=PAGE, headers=HTML), "/a.xml": reply(), "/b.xml": reply()}
    found = await scout.find(await ledger.workspaces.first(), server.url("/"))
    assert isinstance(found, FeedChoices)
    assert [feed.url for feed in found.feeds] == [server.url("/a.xml"), server.url("/b.xml")]


async def test_a_listed_feed_is_known_however_its_address_is_written(
    scout: FeedPreviewer, ledger: Ledger, server: Server
) -> None:
    server.routes["/feed"] = reply(body=NEWS)
    workspace = await ledger.workspaces.first()
    listed = FeedList(feeds=(FeedSpec(url=server.url("/feed#top"), title="My wire"),))
    await ledger.feeds.sync(workspace, listed, actor="file", at=NOW)
    found = await scout.find(workspace, server.url("/feed"))
    assert isinstance(found, FeedPreview)
    assert found.listed_as == "My wire"


async def slowly(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<rss")
    await writer.drain()
    await asyncio.Event().wait()  # until the client has had enough


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (reply(body=b"<html><body>hello</body></html>", headers=HTML), "not_a_feed", "no feed"),
        (
            reply(body=b"<html><title>Just a moment...</title>"),
            "bot_challenge",
            "wants to see a human",
        ),
        (reply(403, b"", {"Server": "cloudflare"}), "bot_challenge", "Cloudflare"),
        (reply(403, b""), "status", "403"),
        (reply(body=b"x" * 60_000), "too_large", "larger"),
        (redirect("http://10.0.0.1/feed"), "blocked", "private"),
        (slowly, "timeout", "stopped answering"),
    ],
)
async def test_what_is_no_feed_is_named_as_what_it_is(  # noqa: PLR0917 - fixtures and a table
    scout: FeedPreviewer, ledger: Ledger, server: Server, answer, kind: str, says: str
) -> None:
    server.routes["/feed"] = answer
    with pytest.raises(FetchError) as failed:
        await scout.find(await ledger.workspaces.first(), server.url("/feed"))
    assert failed.value.kind == kind
    assert says in str(failed.value)


async def test_a_search_has_an_end(
    ledger: Ledger, documents: Fetcher, matching: Matching, server: Server
) -> None:
    server.routes["/feed"] = slowly
    async with ParserPool(processes=1) as parser:
        patience = timedelta(seconds=0.1)
        scout = FeedPreviewer(ledger, documents, parser, matching, lambda: NOW, patience)
        with pytest.raises(FetchError, match="took too long"):
            await scout.find(await ledger.workspaces.first(), server.url("/feed"))


async def test_a_trial_says_how_the_feed_answered(
    scout: FeedPreviewer, ledger: Ledger, server: Server
) -> None:
    server.routes["/feed"] = reply(body=NEWS, headers={"Content-Type": "application/rss+xml"})
    trial = await scout.trial(await ledger.workspaces.first(), server.url("/feed"), name="My wire")
    assert (trial.name, trial.error, trial.entries) == ("My wire", None, 3)
    assert trial.size == len(NEWS)
    assert trial.newest == datetime(2018, 7, 24, 8, tzinfo=UTC)
    assert trial.took > timedelta(0)
    assert any("without a date" in problem for problem in trial.problems)


async def test_a_failed_trial_is_a_result(
    scout: FeedPreviewer, ledger: Ledger, server: Server
) -> None:
    server.routes["/feed"] = reply(410, b"")
    trial = await scout.trial(await ledger.workspaces.first(), server.url("/feed"))
    assert trial.status == 410
    assert "permanently gone" in (trial.error or "")
