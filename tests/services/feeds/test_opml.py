"""Lists of feeds in and out."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from bot.config.feeds_file import read_feeds_file
from bot.config.opml import read_opml
from bot.domain.errors import FeedListError
from bot.domain.feed import FeedSpec
from bot.ingest.http.client import Fetcher
from bot.ledger import Ledger
from bot.services.feeds.list import FeedListService
from bot.services.feeds.opml import LARGEST_LIST, OpmlService, read_file

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
OPML = b"""<opml version="2.0"><body>
<outline text="press"><outline text="A &amp; B" xmlUrl="https://a.example/feed"/></outline>
<outline text="Wire" xmlUrl="http://wire.example/feed"/>
<outline text="bad" xmlUrl="ftp://c.example/"/>
</body></opml>"""


@pytest.fixture
async def house(
    sqlite_url: str, tmp_path: Path
) -> AsyncIterator[tuple[Ledger, FeedListService, OpmlService, Path]]:
    path = tmp_path / "feeds.yaml"
    path.write_text("feeds:\n  - url: https://wire.example/feed\n", encoding="utf-8")
    async with Ledger.opened(sqlite_url) as ledger, Fetcher(user_agent="test") as fetcher:
        desk = FeedListService(ledger, path, clock=lambda: NOW)
        await desk.load(await ledger.workspaces.first())
        yield ledger, desk, OpmlService(ledger, desk, documents=fetcher, clock=lambda: NOW), path


async def test_a_plan_says_what_is_new_known_and_broken_and_changes_nothing(house) -> None:
    ledger, _, porter, path = house
    before = path.read_bytes()
    plan = await porter.plan(await ledger.workspaces.first(), OPML, name="mine.opml")
    assert plan.new == (FeedSpec(url="https://a.example/feed", title="A & B", category="press"),)
    assert [spec.url for spec in plan.listed] == ["http://wire.example/feed"]
    assert [(one.line, "ftp" in one.what) for one in plan.broken] == [(4, True)]
    assert path.read_bytes() == before


async def test_what_was_planned_is_done_in_one_step(house) -> None:
    ledger, _, porter, path = house
    workspace = await ledger.workspaces.first()
    plan = await porter.plan(workspace, OPML, name="mine.opml")
    done = await porter.run(workspace, plan, actor="U1")
    assert [spec.url for spec in done.new] == ["https://a.example/feed"]
    assert [feed.category for feed in read_feeds_file(path).feeds.feeds] == [None, "press"]
    again = await porter.run(workspace, plan, actor="U1")
    assert again.new == ()
    assert len(again.listed) == 2


async def test_another_file_has_another_fingerprint(house) -> None:
    ledger, _, porter, _ = house
    workspace = await ledger.workspaces.first()
    prints = {
        (await porter.plan(workspace, body, name="a.opml")).fingerprint
        for body in (OPML, OPML + b" ")
    }
    assert len(prints) == 2


async def test_what_is_exported_can_be_imported(house) -> None:
    ledger, desk, porter, _ = house
    workspace = await ledger.workspaces.first()
    await desk.add(
        workspace, FeedSpec(url="https://x.example/?a=1&b=2", title='"X" <&>'), actor="U1"
    )
    text, count = await porter.export(workspace)
    assert count == 2
    assert read_opml(text.encode(), "feeds.opml").feeds[1] == FeedSpec(
        url="https://x.example/?a=1&b=2", title='"X" <&>'
    )


async def test_weight_interval_and_pause_survive_the_way_out_and_in(house) -> None:
    ledger, desk, porter, _ = house
    workspace = await ledger.workspaces.first()
    spec = FeedSpec(
        url="https://x.example/",
        title="X",
        category="press",
        language="ko",
        weight=2.5,
        every=timedelta(hours=2),
        enabled=False,
    )
    await desk.add(workspace, spec, actor="U1")
    text, _ = await porter.export(workspace)
    await desk.remove(workspace, spec.url, actor="U1")
    plan = await porter.plan(workspace, text.encode(), name="mine.opml")
    assert plan.new == (spec,)
    await porter.run(workspace, plan, actor="U1")
    feed = await desk.find(workspace, spec.url)
    assert (feed.weight, feed.every, feed.enabled) == (2.5, timedelta(hours=2), False)


@pytest.mark.parametrize("host", ["10.1.2.3", "127.0.0.1", "[::1]", "localhost", "0x7f.1"])
async def test_addresses_that_would_never_be_fetched_are_named_as_refused(house, host) -> None:
    ledger, _, porter, _ = house
    body = f'<opml><body><outline xmlUrl="http://{host}/f"/></body></opml>'.encode()
    plan = await porter.plan(await ledger.workspaces.first(), body, name="mine.opml")
    assert plan.new == ()
    assert ["is refused" in one.what for one in plan.broken] == [True]


async def test_a_private_network_that_was_allowed_is_not_refused(house) -> None:
    ledger, desk, _, _ = house
    async with Fetcher(user_agent="test") as fetcher:
        porter = OpmlService(
            ledger,
            desk,
            documents=fetcher,
            clock=lambda: NOW,
            allow_networks=(ip_network("10.0.0.0/8"),),
        )
        body = b'<opml><body><outline xmlUrl="http://10.1.2.3/f"/></body></opml>'
        plan = await porter.plan(await ledger.workspaces.first(), body, name="mine.opml")
    assert [spec.url for spec in plan.new] == ["http://10.1.2.3/f"]


async def test_a_thousand_feeds_are_taken_over_in_one_edit(house) -> None:
    ledger, _, porter, path = house
    workspace = await ledger.workspaces.first()
    lines = b"".join(b'<outline xmlUrl="https://n%d.example/f"/>' % n for n in range(1000))
    plan = await porter.plan(
        workspace, b"<opml><body>" + lines + b"</body></opml>", name="many.opml"
    )
    await porter.run(workspace, plan, actor="U1")
    assert len(read_feeds_file(path).feeds.feeds) == 1001


def test_no_more_of_a_file_is_read_than_may_be_read(tmp_path: Path) -> None:
    path = tmp_path / "large.opml"
    path.write_bytes(b"x" * (LARGEST_LIST + 100))
    assert len(read_file(path)) == LARGEST_LIST + 1


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeedListError, match=r"none\.opml: it cannot be read"):
        read_file(tmp_path / "none.opml")
