"""Edits of the feed list that its file does not have yet."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.feed import FeedList, FeedSpec
from bot.domain.feed_edit import FeedEdit, FeedEditKind
from bot.ledger import FeedChanges, Ledger

NOW = datetime(2030, 5, 1, tzinfo=UTC)
A, B = "https://a.example/", "https://b.example/"
FILE = FeedList(feeds=(FeedSpec(url=A, title="A"),))


@pytest.mark.parametrize(
    "edit",
    [
        FeedEdit(
            kind=FeedEditKind.ADD,
            url=B,
            spec=FeedSpec(url=B, title="B", every=timedelta(hours=1), weight=2.0),
        ),
        FeedEdit(kind=FeedEditKind.ADD, url=B, spec=FeedSpec(url=B, enabled=False, language="en")),
        FeedEdit(kind=FeedEditKind.REMOVE, url=A),
        FeedEdit(kind=FeedEditKind.PAUSE, url=A),
        FeedEdit(kind=FeedEditKind.MOVE, url=A, spec=FeedSpec(url=B)),
    ],
)
async def test_an_edit_is_in_force_with_its_audit_row_and_comes_back_as_it_was(
    ledger: Ledger, edit: FeedEdit
) -> None:
    workspace = await ledger.workspaces.first()
    await ledger.feeds.sync(workspace, FILE, actor="file", at=NOW)
    changes = await ledger.feeds.sync(workspace, FILE, [edit], actor="U1", at=NOW)
    (kept,) = await ledger.feeds.kept_edits(workspace)
    assert changes != FeedChanges()
    assert (kept.edit, kept.actor, kept.at) == (edit, "U1", NOW)
    assert (await ledger.audit.list(workspace, limit=1))[0].actor == "U1"
    assert await ledger.feeds.sync(workspace, FILE, actor="file", at=NOW) == FeedChanges()
    assert await ledger.feeds.kept_edits(workspace) == (kept,)
    await ledger.feeds.forget_edits(workspace, [kept])
    assert await ledger.feeds.kept_edits(workspace) == ()


async def test_an_edit_that_the_file_has_by_now_is_forgotten(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    edit = FeedEdit(kind=FeedEditKind.REMOVE, url=A)
    await ledger.feeds.sync(workspace, FILE, [edit], actor="U1", at=NOW)
    await ledger.feeds.sync(workspace, FeedList(), actor="file", at=NOW)
    assert await ledger.feeds.kept_edits(workspace) == ()
