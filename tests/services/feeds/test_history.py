"""Who changed a feed's line, when, and what stood before."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.errors import NotFoundError
from bot.domain.feed import FeedNote, FeedNoteKind, FeedSpec
from bot.domain.subscription import AuditEntry
from bot.ledger import Ledger
from bot.services.feeds.catalogue import FeedCatalogue, history_of, with_reasons
from bot.services.feeds.list import FeedListService

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
OLD, NEW = "https://old.example/feed", "https://new.example/feed"


def line(url: str, **changes: object) -> dict[str, object]:
    return {"url": url, "title": "Wire", "weight": 1.0, "every_s": 1800, "enabled": True} | changes


def entry(action: str, subject: str, **changes: object) -> AuditEntry:
    values: dict[str, object] = {"at": NOW, "actor": "U1", "before": None, "after": None}
    return AuditEntry(action=action, subject=subject, **(values | changes))  # type: ignore[arg-type]


@pytest.fixture
async def house(ledger: Ledger, tmp_path: Path) -> tuple[Ledger, FeedListService, FeedCatalogue]:
    path = tmp_path / "feeds.yaml"
    path.write_text(f"feeds:\n  - url: {OLD}\n    title: Wire\n", encoding="utf-8")
    desk = FeedListService(ledger, path, clock=lambda: NOW)
    await desk.load(await ledger.workspaces.first())
    return ledger, desk, FeedCatalogue(ledger, desk, clock=lambda: NOW)


async def test_a_history_tells_who_did_what_and_what_stood_before(house) -> None:
    ledger, desk, catalogue = house
    workspace = await ledger.workspaces.first()
    await desk.set_enabled(workspace, "wire", enabled=False, actor="U1")
    await desk.set_enabled(workspace, "wire", enabled=True, actor="U2")
    history = await catalogue.history(workspace, "wire")
    assert [(change.actor, change.what) for change in history.changes] == [
        ("U2", "resumed"), ("U1", "paused"), ("file", "added"),
    ]  # fmt: skip
    assert history.changes[-1].details == ("title: Wire", "every: 30 minutes")
    assert history.listed


async def test_a_feed_that_was_taken_off_still_has_its_history(house) -> None:
    ledger, desk, catalogue = house
    workspace = await ledger.workspaces.first()
    await desk.remove(workspace, "wire", actor="U1")
    for name in (OLD, "http://OLD.example/feed", "Wire"):
        history = await catalogue.history(workspace, name)
        assert (history.url, history.listed) == (OLD, False)
        assert history.changes[0].what == "removed"
    with pytest.raises(NotFoundError):
        await catalogue.history(workspace, "never listed")


async def test_a_title_that_two_listed_feeds_have_is_asked_back(house) -> None:
    ledger, desk, catalogue = house
    workspace = await ledger.workspaces.first()
    await desk.add(workspace, FeedSpec(url=NEW, title="Wire"), actor="U1")
    with pytest.raises(NotFoundError, match="Several feeds fit"):
        await catalogue.history(workspace, "wire")
    assert (await catalogue.history(workspace, NEW)).url == NEW


async def test_a_feed_that_moved_keeps_its_history_and_its_old_address(house) -> None:
    ledger, desk, catalogue = house
    workspace = await ledger.workspaces.first()
    feed = await desk.find(workspace, "wire")
    await ledger.feeds.saw_move(feed.id, NEW, at=NOW)
    await desk.move(workspace, OLD, NEW, actor="bot")
    history = await catalogue.history(workspace, "wire")
    assert (history.url, history.earlier_urls) == (NEW, (OLD,))
    assert [change.what for change in history.changes] == ["moved", "added"]
    assert f"address: {OLD} → {NEW}" in history.changes[0].details


async def test_another_feeds_changes_are_not_told(house) -> None:
    ledger, desk, catalogue = house
    workspace = await ledger.workspaces.first()
    await desk.add(workspace, FeedSpec(url=NEW), actor="U1")
    assert len((await catalogue.history(workspace, "wire")).changes) == 1


def test_why_the_bot_did_something_is_what_it_noted_at_the_time() -> None:
    trail = [
        entry("feed.remove", OLD, before=line(OLD), actor="bot"),
        entry("feed.pause", OLD, actor="bot", at=NOW - timedelta(1)),
        entry("feed.pause", OLD, at=NOW - timedelta(2)),
    ]
    history = history_of(trail, urls=[OLD], name="Wire", listed=False)
    notes = [
        FeedNote(id=n, feed_id=1, title="Wire", url=OLD, kind=kind, text=text, at=at)
        for n, (kind, text, at) in enumerate(
            [
                (FeedNoteKind.GONE, "long ago; x", NOW - timedelta(9)),
                (FeedNoteKind.GONE, "by hand; x", NOW - timedelta(2)),
                (FeedNoteKind.GONE, "it is gone (410); look", NOW - timedelta(1, seconds=1)),
                (FeedNoteKind.FLOOD, "too much", NOW),
                (FeedNoteKind.MOVED, "from A to B; its own line is off", NOW),
            ]
        )
    ]
    removed, paused, by_hand = with_reasons(history, notes).changes
    assert removed.details[0] == "from A to B"
    assert paused.details == ("it is gone (410)",)
    assert by_hand.details == ()


def test_a_change_names_each_value_before_and_after() -> None:
    changed = entry(
        "feed.change", OLD, before=line(OLD), after=line(OLD, title=None, weight=2.0, every_s=3600)
    )
    (change,) = history_of([changed], urls=[OLD], name="Wire", listed=True).changes
    assert change.what == "changed"
    assert change.details == ("title: Wire → none", "weight: 1 → 2", "every: 30 minutes → 1 hour")


def test_a_line_that_names_the_usual_interval_says_so() -> None:
    changed = entry("feed.change", OLD, before=line(OLD), after=line(OLD, every_own=True))
    (change,) = history_of([changed], urls=[OLD], name="Wire", listed=True).changes
    assert change.details == ("an interval of its own: none → yes",)


def test_moves_are_followed_through_several_addresses() -> None:
    middle = "https://middle.example/feed"
    trail = [
        entry("feed.move", NEW, before=line(middle), after=line(NEW)),
        entry("feed.move", middle, before=line(OLD), after=line(middle), at=NOW - timedelta(1)),
        entry("feed.add", OLD, after=line(OLD, enabled=False), at=NOW - timedelta(2)),
        entry("feed.add", "https://other.example/", after=line("https://other.example/")),
    ]
    history = history_of(trail, urls=[NEW], name="Wire", listed=True)
    assert history.earlier_urls == (middle, OLD)
    assert [change.what for change in history.changes] == ["moved", "moved", "added"]
    assert history.changes[-1].details[-1] == "paused"
