"""Nothing that one workspace says reaches another."""

import pytest

from bot.domain.errors import NotFoundError
from bot.domain.evidence import Verdict
from bot.domain.feed import FeedList
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from bot.ledger.db.tables import metadata
from tests.ledger.builders import (
    ADMIN,
    ANALYST,
    DAY,
    HOUR,
    MORNINGS,
    NOW,
    delivery,
    entry,
    fetched,
    filed_all,
    listed,
    pending,
)

SHARED, PRIVATE = "https://press.example/feed", "https://intranet.example/feed"
GLOBAL = {
    "opinions",
    "feed_moves",
    "workspaces",
    "feeds",
    "items",
    "item_keys",
    "item_revisions",
    "story_items",
    "seen",
}
PARTS_OF_ANOTHER = {"delivery_messages", "delivery_mentions", "assessment_evidence"}

Two = tuple[Ledger, WorkspaceId, WorkspaceId]


@pytest.fixture
async def two(ledger: Ledger) -> Two:
    """Two workspaces on one feed; the first has everything one can have, the second nothing."""
    busy = await ledger.workspaces.adopt("T01BUSY", "Busy")
    quiet = await ledger.workspaces.adopt("T02QUIET", "Quiet")
    shared = await listed(ledger, busy, SHARED, title="Busy's name for it", category="ours")
    private = await listed(ledger, busy, PRIVATE)
    await listed(ledger, quiet, SHARED)
    await fetched(ledger, shared, [entry(1), entry(2)])
    await fetched(ledger, private, [entry(3, title="Secret talks")])
    await filed_all(ledger, busy, "remains")
    (first, *_) = await ledger.evidence.list(busy)
    await ledger.evidence.review(busy, [first.id], Verdict.CONFIRMED, actor=ANALYST, at=NOW)
    subscription = await ledger.subscriptions.add(
        busy, "C01BRIEFS", ("remains",), MORNINGS, actor=ANALYST, at=NOW
    )
    told = delivery(subscription_id=subscription.id, mentions=frozenset({("remains", 1)}))
    await ledger.outbox.put(busy, told, at=NOW)
    await ledger.commitments.keep(busy, "summits: []", fingerprint="a", at=NOW)
    return ledger, busy, quiet


async def test_lists_and_questions_show_only_ones_own(two: Two) -> None:
    ledger, busy, quiet = two
    assert len(await ledger.feeds.list(busy)) == 2
    (feed,) = await ledger.feeds.list(quiet)
    assert (feed.url, feed.title, feed.category) == (SHARED, "The Press", None)
    assert await ledger.evidence.list(quiet, include_rejected=True) == ()
    assert await ledger.evidence.reviews(quiet) == ()
    assert await ledger.evidence.last_published(quiet) == {}
    assert await ledger.subscriptions.list(quiet) == ()
    assert await ledger.outbox.list(quiet) == ()
    assert not await ledger.outbox.has(quiet, delivery().key)
    assert await ledger.commitments.last_good(quiet) is None
    assert [e.action for e in await ledger.audit.list(quiet)] == ["feed.add"]


async def test_numbers_of_another_workspace_are_not_found(two: Two) -> None:
    ledger, busy, quiet = two
    (filed, *_) = await ledger.evidence.list(busy)
    (subscription,) = await ledger.subscriptions.list(busy)
    with pytest.raises(NotFoundError):
        await ledger.evidence.get(quiet, filed.id)
    with pytest.raises(NotFoundError):
        await ledger.evidence.review(quiet, [filed.id], Verdict.REJECTED, actor=ADMIN, at=NOW)
    with pytest.raises(NotFoundError):
        await ledger.subscriptions.get(quiet, subscription.id)
    with pytest.raises(NotFoundError):
        await ledger.subscriptions.remove(quiet, subscription.id, actor=ADMIN, at=NOW)
    assert await ledger.outbox.covered_until(quiet, subscription.id, now=NOW + DAY) is None
    assert await ledger.outbox.mentioned(quiet, subscription.id) == frozenset()
    assert await ledger.subscriptions.suspend(quiet, "C01BRIEFS", "gone", at=NOW) == 0
    assert (await ledger.evidence.get(busy, filed.id)).verdict is not Verdict.REJECTED


async def test_items_of_feeds_that_a_workspace_does_not_list_are_not_there(two: Two) -> None:
    ledger, busy, quiet = two
    (secret,) = await ledger.items.search(busy, "secret")
    assert await ledger.items.search(quiet, "secret") == ()
    assert len(await ledger.items.search(quiet, "talks")) == 2
    with pytest.raises(NotFoundError):
        await ledger.items.revisions(quiet, secret.id)
    assert {i.key for i in await pending(ledger, quiet)} == {"guid:1", "guid:2"}


async def test_what_the_outlet_is_called_is_each_workspaces_own(two: Two) -> None:
    ledger, busy, quiet = two
    assert {i.outlet for i in await ledger.items.search(busy, "part")} == {"Busy's name for it"}
    assert {i.outlet for i in await ledger.items.search(quiet, "part")} == {"The Press"}
    recent = await ledger.evidence.recent_for_stories(since=NOW - DAY)
    assert {item.outlet for item, _ in recent} == {"The Press"}


async def test_filing_for_one_leaves_the_other_as_it_was(two: Two) -> None:
    ledger, busy, quiet = two
    before = await ledger.evidence.list(busy)
    items = await filed_all(ledger, quiet, "remains", "relations")
    assert await ledger.evidence.list(busy) == before
    mine = await ledger.evidence.list(quiet)
    assert {e.commitment_id for e in mine} == {"remains", "relations"}
    assert all(e.verdict is None for e in mine)
    stories = {e.item.id: e.story_id for e in before}
    assert all(e.story_id == stories[e.item.id] for e in mine), "a story is the same for all"
    assert {i.id for i in items} < {e.item.id for e in before}


async def test_a_feed_that_another_workspace_had_first_brings_no_news_but_the_new(
    two: Two,
) -> None:
    ledger, busy, quiet = two
    await listed(ledger, quiet, PRIVATE)
    private = next(f for f in await ledger.feeds.list(quiet) if f.url == PRIVATE)
    await fetched(ledger, private, [entry(4)], at=NOW + HOUR)
    seen = {i.key: i.backlog for i in await pending(ledger, quiet)}
    assert seen["guid:3"]
    assert not seen["guid:4"]
    assert [i.backlog for i in await pending(ledger, busy)] == [False]


async def test_removing_a_feed_takes_it_from_no_one_else(two: Two) -> None:
    ledger, busy, quiet = two
    await ledger.feeds.sync(busy, FeedList(), actor="file", at=NOW)
    assert [f.url for f in await ledger.feeds.list(quiet)] == [SHARED]
    assert [f.url for f in await ledger.feeds.due(now=NOW + DAY)] == [SHARED]
    assert len(await pending(ledger, quiet)) == 2
    assert len(await ledger.items.search(busy, "talks")) == 3, "it has evidence from them"


def test_every_table_says_whose_its_rows_are() -> None:
    owned = {name for name, table in metadata.tables.items() if "workspace_id" in table.columns}
    assert set(metadata.tables) == owned | GLOBAL | PARTS_OF_ANOTHER
    for name in owned:
        column = metadata.tables[name].columns["workspace_id"]
        assert not column.nullable
        assert {key.target_fullname for key in column.foreign_keys} == {"workspaces.id"}
