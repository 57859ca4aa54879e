"""Accidents of a minute take no news away; on both databases."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.feed import Feed, FeedSpec
from bot.domain.item import Entry
from bot.domain.window import Window
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from bot.ledger.db.database import LeaseLostError
from bot.ledger.evidence import TOLD_WITHIN
from bot.ledger.feeds.feeds import BACK_WITHIN
from bot.ledger.items.match_queue import FRESH_FOR
from tests.ledger.builders import (
    ADMIN,
    DAY,
    HOUR,
    MORNINGS,
    NOW,
    delivery,
    entry,
    fetched,
    filed_all,
    list_feed,
    pending,
    unlist_feed,
)

SECOND = timedelta(seconds=1)
SPEC = FeedSpec(url="https://press.example/feed")


async def followed(ledger: Ledger) -> tuple[WorkspaceId, Feed]:
    """A feed that was listed and read two months ago."""
    workspace = await ledger.workspaces.first()
    feed = await list_feed(ledger, workspace, SPEC, at=NOW - 60 * DAY)
    await fetched(ledger, feed, [entry(0, published_at=NOW - 61 * DAY)], at=NOW - 59 * DAY)
    await filed_all(ledger, workspace, at=NOW - 59 * DAY)
    return workspace, feed


async def told(ledger: Ledger, workspace: WorkspaceId, since: datetime = NOW) -> set[str]:
    """The keys of what a digest finds that covers a month from then on."""
    window = Window(since=since, until=since + 30 * DAY)
    found = await ledger.evidence.list(workspace, window=window, news_only=True)
    return {one.item.key for one in found}


def later(n: int, at: datetime) -> Entry:
    return entry(n, published_at=at)


async def test_evidence_that_a_stump_of_the_pack_withdrew_is_news_again(ledger: Ledger) -> None:
    workspace, feed = await followed(ledger)
    await fetched(ledger, feed, [later(1, NOW)])
    await filed_all(ledger, workspace, "remains")
    await filed_all(ledger, workspace, "regime", pack="stump", at=NOW + HOUR)
    await filed_all(ledger, workspace, "remains", at=NOW + 2 * HOUR)
    # A digest passed meanwhile; the next one begins where that ended.
    assert await told(ledger, workspace, since=NOW + HOUR) == {"guid:1"}


async def test_evidence_of_an_old_item_that_returns_is_not_told_to_new_readers(
    ledger: Ledger,
) -> None:
    workspace, feed = await followed(ledger)
    await fetched(ledger, feed, [later(1, NOW)])
    await filed_all(ledger, workspace, "remains")
    at = NOW + TOLD_WITHIN
    await filed_all(ledger, workspace, pack="stump", at=at)
    await filed_all(ledger, workspace, "remains", at=at + HOUR)
    assert await told(ledger, workspace, since=at) == set()
    assert await told(ledger, workspace) == {"guid:1"}, "a digest that failed covers it again"


async def test_what_came_while_a_stump_was_in_force_is_news_when_the_rest_is_back(
    ledger: Ledger,
) -> None:
    workspace, feed = await followed(ledger)
    await pending(ledger, workspace, pack="stump")
    await fetched(ledger, feed, [later(1, NOW)])
    await filed_all(ledger, workspace, pack="stump", at=NOW + SECOND)
    await filed_all(ledger, workspace, "remains", at=NOW + 8 * SECOND)
    assert await told(ledger, workspace) == {"guid:1"}


async def test_new_commitments_bring_no_old_items_as_news(ledger: Ledger) -> None:
    workspace, feed = await followed(ledger)
    await fetched(ledger, feed, [later(1, NOW)])
    await fetched(ledger, feed, [later(2, NOW + HOUR)], at=NOW + HOUR)
    await filed_all(ledger, workspace, at=NOW + HOUR)
    await filed_all(ledger, workspace, "remains", pack="b", at=NOW + FRESH_FOR + SECOND)
    assert await told(ledger, workspace) == {"guid:2"}


async def test_a_feed_that_is_off_the_list_for_seconds_goes_on_where_it_was(
    ledger: Ledger,
) -> None:
    workspace, feed = await followed(ledger)
    await fetched(ledger, feed, [later(1, NOW)])
    await unlist_feed(ledger, workspace, feed.url, actor=ADMIN, at=NOW + SECOND)
    await list_feed(ledger, workspace, SPEC, at=NOW + 9 * SECOND)
    # More than the first document of a new feed may bring, and older.
    many = [later(n, NOW - n * 6 * HOUR) for n in range(2, 10)]
    await fetched(ledger, feed, many, at=NOW + HOUR)
    await filed_all(ledger, workspace, "remains", at=NOW + HOUR)
    assert await told(ledger, workspace) == {f"guid:{n}" for n in range(1, 10)}


async def test_a_feed_that_was_off_the_list_for_longer_begins_anew(ledger: Ledger) -> None:
    workspace, feed = await followed(ledger)
    await fetched(ledger, feed, [later(1, NOW)])
    await unlist_feed(ledger, workspace, feed.url, actor=ADMIN, at=NOW + SECOND)
    at = NOW + BACK_WITHIN + 2 * SECOND
    await list_feed(ledger, workspace, SPEC, at=at)
    many = [later(n, at - n * 6 * HOUR) for n in range(2, 10)]
    await fetched(ledger, feed, many, at=at + HOUR)
    await filed_all(ledger, workspace, "remains", at=at + HOUR)
    assert await told(ledger, workspace) == {"guid:2", "guid:3"}


async def test_a_feed_that_was_read_while_the_clock_was_ahead_is_due(ledger: Ledger) -> None:
    _, feed = await followed(ledger)
    ahead = NOW + DAY
    await fetched(ledger, feed, [later(1, NOW)], at=ahead, due_at=ahead + HOUR)
    assert [one.id for one in await ledger.feeds.due(now=NOW + SECOND)] == [feed.id]
    await fetched(ledger, feed, [later(1, NOW)], at=NOW + SECOND, due_at=NOW + HOUR)
    assert await ledger.feeds.due(now=NOW + 2 * SECOND) == ()


async def test_a_feed_that_waits_longer_than_anything_may_is_due(ledger: Ledger) -> None:
    workspace, feed = await followed(ledger)
    weekly = replace(SPEC, every=30 * DAY)
    for spec, is_due in ((SPEC, True), (weekly, False)):
        await list_feed(ledger, workspace, spec, at=NOW)
        await fetched(ledger, feed, [], at=NOW, due_at=NOW + 31 * DAY)
        assert bool(await ledger.feeds.due(now=NOW + HOUR)) == is_due


async def test_what_is_to_be_sent_or_is_held_further_ahead_than_may_be_is_free(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    minute = timedelta(minutes=3)
    await ledger.outbox.put(workspace, delivery(), at=NOW + DAY)
    claim = {"lease": minute, "limit": 4}
    (claimed,) = await ledger.outbox.claim(now=NOW, worker="a", **claim)
    assert await ledger.outbox.claim(now=NOW + SECOND, worker="b", **claim) == ()
    before = NOW - DAY  # the clock of `a` was a day ahead
    (again,) = await ledger.outbox.claim(now=before, worker="b", **claim)
    assert again[1].id == claimed[1].id
    with pytest.raises(LeaseLostError):
        await ledger.outbox.attempting(again[1].id, 0, worker="a", at=before)


async def subscribed(ledger: Ledger, workspace: WorkspaceId) -> int:
    made = await ledger.subscriptions.add(
        workspace, "C01BRIEFS", (), MORNINGS, actor=ADMIN, at=NOW - 30 * DAY
    )
    return made.id


async def test_a_digest_of_tomorrow_that_a_fast_clock_composed_covers_nothing_yet(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    number = await subscribed(ledger, workspace)
    for at in (NOW, NOW + DAY):
        new = delivery(f"digest:{at}", window_until=at, subscription_id=number)
        await ledger.outbox.put(workspace, new, at=at)
    covered = ledger.outbox.covered_until
    assert await covered(workspace, number, now=NOW + HOUR) == NOW
    assert await covered(workspace, number, now=NOW + 2 * DAY) == NOW + DAY


async def test_what_is_filed_after_a_digest_was_composed_is_told_whatever_the_clocks_say(
    ledger: Ledger,
) -> None:
    workspace, feed = await followed(ledger)
    number = await subscribed(ledger, workspace)
    assert await ledger.outbox.told_up_to(workspace, number) is None
    assert await ledger.evidence.newest(workspace) == 0
    for n, at in ((1, NOW), (2, NOW - 2 * timedelta(minutes=1)), (3, NOW - DAY), (4, NOW + DAY)):
        # One digest was composed by a clock ahead, before the others were filed.
        await fetched(ledger, feed, [later(n, at)], at=at)
        await filed_all(ledger, workspace, "remains", at=at)
        if n == 1:
            last = await ledger.evidence.newest(workspace)
            new = delivery(subscription_id=number, last_evidence=last)
            await ledger.outbox.put(workspace, new, at=NOW)
    after = await ledger.outbox.told_up_to(workspace, number)
    window = Window(since=NOW + SECOND, until=NOW + HOUR)
    found = await ledger.evidence.list(workspace, window=window, after=after, news_only=True)
    assert {one.item.key for one in found} == {"guid:2", "guid:3", "guid:4"}


async def test_evidence_that_returns_while_the_clock_is_behind_is_filed_after_the_last_digest(
    ledger: Ledger,
) -> None:
    workspace, feed = await followed(ledger)
    number = await subscribed(ledger, workspace)
    await fetched(ledger, feed, [later(1, NOW - HOUR)], at=NOW - HOUR)
    await filed_all(ledger, workspace, "remains", at=NOW - HOUR)
    await filed_all(ledger, workspace, pack="stump", at=NOW - SECOND)
    await ledger.outbox.put(workspace, delivery(subscription_id=number), at=NOW)
    await filed_all(ledger, workspace, "remains", at=NOW - DAY)
    assert await told(ledger, workspace) == {"guid:1"}
