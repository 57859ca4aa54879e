"""Notes on feeds: each thing once, told together with its messages."""

from datetime import datetime

from bot.domain.feed import Feed, FeedNoteKind
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from tests.ledger.builders import (
    ADMIN,
    DAY,
    HOUR,
    NOW,
    delivery,
    entry,
    fetched,
    listed,
    record_failure,
    record_not_modified,
    set_enabled,
    unlist_feed,
)

WHY = "the server is in trouble (500); it will be asked again later"


async def failed(ledger: Ledger, feed: Feed, times: int = 3, at: datetime = NOW) -> None:
    for _ in range(times):
        await record_failure(ledger, feed.id, at=at, error=WHY, due_at=at)


async def well(ledger: Ledger, feed: Feed, at: datetime = NOW) -> None:
    await record_not_modified(ledger, feed.id, at=at, due_at=at)


async def stock(
    ledger: Ledger, workspace: WorkspaceId, at: datetime = NOW
) -> list[tuple[str, str]]:
    """What is to be told after taking stock: kind and text."""
    await ledger.feed_notes.refresh(workspace, at=at)
    return [(note.kind.value, note.text) for note in await ledger.feed_notes.unsent(workspace)]


async def told(ledger: Ledger, workspace: WorkspaceId, at: datetime = NOW) -> bool:
    ids = [note.id for note in await ledger.feed_notes.unsent(workspace)]
    return await ledger.feed_notes.send(workspace, ids, (), at=at)


async def test_a_failure_is_noted_at_the_third_time_and_once(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    await failed(ledger, feed, 2)
    assert await stock(ledger, workspace) == []
    await failed(ledger, feed, 1)
    assert await stock(ledger, workspace) == [("failing", WHY)]
    assert await told(ledger, workspace)
    await failed(ledger, feed, 10)
    assert await stock(ledger, workspace) == []


async def test_a_recovery_is_told_to_those_who_heard_of_the_failure(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    await failed(ledger, feed)
    await stock(ledger, workspace)
    await told(ledger, workspace)
    await well(ledger, feed)
    assert await stock(ledger, workspace) == [("recovered", "")]
    await told(ledger, workspace)
    await failed(ledger, feed)
    assert await stock(ledger, workspace) == [("failing", WHY)]


async def test_a_failure_that_is_over_before_it_is_told_is_never_told(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    await failed(ledger, feed)
    assert await stock(ledger, workspace) == [("failing", WHY)]
    await well(ledger, feed)
    assert await stock(ledger, workspace) == []
    assert await stock(ledger, workspace) == []


async def test_a_paused_or_removed_feed_is_not_noted(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    paused = await listed(ledger, workspace, "https://a.example/feed")
    removed = await listed(ledger, workspace, "https://b.example/feed")
    await failed(ledger, paused)
    await failed(ledger, removed)
    await set_enabled(ledger, workspace, paused.url, False, actor=ADMIN, at=NOW)
    await unlist_feed(ledger, workspace, removed.url, actor=ADMIN, at=NOW)
    assert await stock(ledger, workspace) == []


async def test_a_feed_that_is_gone_is_not_failing_too(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    await failed(ledger, feed)
    await set_enabled(ledger, workspace, feed.url, False, actor="bot", at=NOW)
    assert await ledger.feed_notes.add(workspace, feed.id, FeedNoteKind.GONE, "gone", at=NOW)
    assert not await ledger.feed_notes.add(workspace, feed.id, FeedNoteKind.GONE, "gone", at=NOW)
    assert await stock(ledger, workspace) == [("gone", "gone")]


async def test_a_gone_feed_that_somebody_lets_go_on_is_told_anew(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    await set_enabled(ledger, workspace, feed.url, False, actor="bot", at=NOW)
    await ledger.feed_notes.add(workspace, feed.id, FeedNoteKind.GONE, "gone", at=NOW)
    await stock(ledger, workspace)
    await told(ledger, workspace)
    await set_enabled(ledger, workspace, feed.url, True, actor=ADMIN, at=NOW)
    await stock(ledger, workspace)
    await set_enabled(ledger, workspace, feed.url, False, actor="bot", at=NOW)
    assert await ledger.feed_notes.add(
        workspace, feed.id, FeedNoteKind.GONE, "again", at=NOW, anew=True
    )
    assert await stock(ledger, workspace) == [("gone", "again")]


async def test_a_flood_is_noted_once_a_week(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    added = [
        await ledger.feed_notes.add(
            workspace, feed.id, FeedNoteKind.FLOOD, "much", at=NOW + n * DAY
        )
        for n in (0, 1, 7, 8)
    ]
    assert added == [True, False, False, True]


async def test_telling_puts_the_message_and_the_mark_or_neither(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    await failed(ledger, feed)
    await stock(ledger, workspace)
    ids = [note.id for note in await ledger.feed_notes.unsent(workspace)]
    message = delivery("alert:feeds:1", payloads=({"text": "A feed fails"},))
    assert await ledger.feed_notes.last_sent_at(workspace) is None
    assert await ledger.feed_notes.send(workspace, ids, (message,), at=NOW + HOUR)
    assert await ledger.feed_notes.last_sent_at(workspace) == NOW + HOUR
    again = delivery("alert:feeds:2", payloads=({"text": "A feed fails"},))
    assert not await ledger.feed_notes.send(workspace, ids, (again,), at=NOW + HOUR)
    assert await ledger.outbox.has(workspace, "alert:feeds:1")
    assert not await ledger.outbox.has(workspace, "alert:feeds:2")


async def test_notes_of_one_workspace_are_not_told_in_another(ledger: Ledger) -> None:
    workspace, other = await ledger.workspaces.adopt("T1"), await ledger.workspaces.adopt("T2")
    feed = await listed(ledger, workspace)
    await failed(ledger, feed)
    await stock(ledger, workspace)
    assert await stock(ledger, other) == []


async def test_notes_name_the_feed_as_the_list_does(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace, title="Our Press")
    await fetched(ledger, feed, [entry(1)])
    await ledger.feed_notes.add(workspace, feed.id, FeedNoteKind.MOVED, "moved", at=NOW)
    (note,) = await ledger.feed_notes.unsent(workspace)
    assert (note.title, note.url, note.at) == ("Our Press", feed.url, NOW)
