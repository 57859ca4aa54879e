import asyncio
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.feed import FeedList, FeedSpec
from bot.ledger import FeedChanges, Ledger
from bot.ledger.feeds.feeds import audit_entries, changes_between, lines_of
from tests.ledger.builders import (
    ADMIN,
    DAY,
    HOUR,
    NOW,
    entry,
    failed,
    fetched,
    filed_all,
    list_feed,
    listed,
    not_modified,
    pending,
    record_failure,
    record_not_modified,
    set_enabled,
    sync,
    unlist_feed,
)

A, B, C = (FeedSpec(url=f"https://{name}.example/feed") for name in "abc")

specs = st.builds(
    FeedSpec,
    url=st.sampled_from([A.url, B.url, C.url]),
    title=st.none() | st.sampled_from(["", "Agency"]),
    weight=st.sampled_from([1.0, 2.0]),
    every=st.none() | st.timedeltas(timedelta(), timedelta(days=1)),
    enabled=st.booleans(),
)
lists = st.builds(FeedList, feeds=st.lists(specs, max_size=5).map(tuple))


@given(old=lists, new=lists)
def test_the_changes_of_a_list_turn_the_old_one_into_the_new_one(
    old: FeedList, new: FeedList
) -> None:
    before, after = lines_of(old), lines_of(new)
    changes = changes_between(before, after)
    kept = {u: line for u, line in before.items() if u not in changes.removed}
    kept.update({u: after[u] for u in (*changes.added, *changes.changed)})
    assert kept == after
    assert not set(changes.added) & set(before)
    assert all(before[u] != after[u] for u in changes.changed)
    entries = audit_entries(before, after, changes, {}, actor=ADMIN, at=NOW)
    assert len(entries) == len(changes.added + changes.changed + changes.removed)
    assert all((e.before is None) == (e.action == "feed.add") for e in entries)
    assert all((e.after is None) == (e.action == "feed.remove") for e in entries)


async def test_a_list_becomes_exactly_the_one_given(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    first = FeedList(feeds=(A, B), every=timedelta(minutes=10))
    changes = await ledger.feeds.sync(workspace, first, actor="file", at=NOW)
    assert changes == FeedChanges(added=(A.url, B.url))
    louder = FeedSpec(url=B.url, title="B", weight=2.0, every=timedelta(minutes=10))
    changes = await ledger.feeds.sync(workspace, FeedList(feeds=(C, louder)), actor="file", at=NOW)
    assert changes == FeedChanges(added=(C.url,), changed=(B.url,), removed=(A.url,))
    feeds = await ledger.feeds.list(workspace)
    assert [(f.url, f.title, f.weight, f.every) for f in feeds] == [
        (C.url, C.url, 1.0, timedelta(minutes=30)),
        (B.url, "B", 2.0, timedelta(minutes=10)),
    ]


async def test_a_shorter_interval_brings_the_next_look_forward(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    (day, hour) = (FeedSpec(url=A.url, every=timedelta(days=n)) for n in (1, 1 / 24))
    await ledger.feeds.sync(workspace, FeedList(feeds=(day,)), actor="file", at=NOW)
    (feed,) = await ledger.feeds.list(workspace)
    far = NOW + timedelta(days=1)
    await record_not_modified(ledger, feed.id, at=NOW, due_at=far)
    for line, due_at in ((hour, NOW + timedelta(hours=1)), (day, NOW + timedelta(hours=1))):
        await ledger.feeds.sync(workspace, FeedList(feeds=(line,)), actor="file", at=NOW)
        assert [one.due_at for one in await ledger.feeds.list(workspace)] == [due_at]


async def test_each_changed_line_is_in_the_audit_trail_with_what_stood_before(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    await ledger.feeds.sync(workspace, FeedList(feeds=(A, B)), actor="file", at=NOW)
    louder = FeedSpec(url=B.url, weight=2.0)
    await ledger.feeds.sync(workspace, FeedList(feeds=(louder,)), actor=ADMIN, at=NOW + HOUR)
    removed, changed = await ledger.audit.list(workspace, limit=2)
    assert (removed.action, removed.subject, removed.after) == ("feed.remove", A.url, None)
    assert removed.before is not None
    assert (changed.action, changed.actor, changed.at) == ("feed.change", ADMIN, NOW + HOUR)
    assert changed.before is not None
    assert changed.after is not None
    assert (changed.before["weight"], changed.after["weight"]) == (1.0, 2.0)


async def test_the_same_list_again_changes_nothing_and_a_new_order_alone_is_no_change(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    await ledger.feeds.sync(workspace, FeedList(feeds=(A, B, C)), actor="file", at=NOW)
    for order in ((A, B, C), (C, A, B)):
        changes = await ledger.feeds.sync(workspace, FeedList(feeds=order), actor="file", at=NOW)
        assert changes == FeedChanges()
        assert [f.url for f in await ledger.feeds.list(workspace)] == [f.url for f in order]
    assert len(await ledger.audit.list(workspace)) == 3


async def test_a_feed_listed_twice_counts_once(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    again = FeedSpec(url=A.url, title="second")
    await ledger.feeds.sync(workspace, FeedList(feeds=(A, again)), actor="file", at=NOW)
    (feed,) = await ledger.feeds.list(workspace)
    assert feed.title == A.url


async def test_a_feed_is_added_at_the_end_changed_in_its_place_and_removed(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    await ledger.feeds.sync(workspace, FeedList(feeds=(A, B)), actor="file", at=NOW)
    await list_feed(ledger, workspace, C, actor=ADMIN, at=NOW)
    renamed = FeedSpec(url=A.url, title="The Agency")
    assert (await list_feed(ledger, workspace, renamed, actor=ADMIN, at=NOW)).title == "The Agency"
    assert [f.url for f in await ledger.feeds.list(workspace)] == [A.url, B.url, C.url]
    await unlist_feed(ledger, workspace, B.url, actor=ADMIN, at=NOW)
    assert [f.url for f in await ledger.feeds.list(workspace)] == [A.url, C.url]
    actions = [e.action for e in await ledger.audit.list(workspace, limit=3)]
    assert actions == ["feed.remove", "feed.change", "feed.add"]


async def test_a_paused_feed_stays_listed_and_is_not_due(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    await listed(ledger, workspace, A.url)
    assert not (await set_enabled(ledger, workspace, A.url, False, actor=ADMIN, at=NOW)).enabled
    await set_enabled(ledger, workspace, A.url, False, actor=ADMIN, at=NOW)
    assert await ledger.feeds.due(now=NOW) == ()
    assert [f.enabled for f in await ledger.feeds.list(workspace)] == [False]
    await set_enabled(ledger, workspace, A.url, True, actor=ADMIN, at=NOW)
    assert len(await ledger.feeds.due(now=NOW)) == 1
    actions = [e.action for e in await ledger.audit.list(workspace)]
    assert actions == ["feed.change", "feed.change", "feed.add"]


async def test_of_lists_that_are_given_at_once_one_stands_with_its_audit_trail(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    specs = [FeedSpec(url=f"https://{n}.example/feed") for n in range(12)]
    await asyncio.gather(*(sync(ledger, workspace, specs[: n + 1]) for n in range(12)))
    feeds = [f.url for f in await ledger.feeds.list(workspace)]
    assert feeds == [spec.url for spec in specs[: len(feeds)]]
    by_trail = set()
    for one in reversed(await ledger.audit.list(workspace, limit=200)):
        (by_trail.add if one.action == "feed.add" else by_trail.remove)(one.subject)
    assert by_trail == set(feeds)


async def test_what_is_due_comes_once_with_the_shortest_interval_and_no_ones_words(
    ledger: Ledger,
) -> None:
    first = await ledger.workspaces.adopt("T01HOME")
    second = await ledger.workspaces.adopt("T02OTHER")
    await listed(ledger, first, A.url, title="Ours", every=HOUR, category="agency")
    await listed(ledger, second, A.url, title="Theirs", every=timedelta(minutes=5))
    await listed(ledger, second, B.url, enabled=False)
    (due,) = await ledger.feeds.due(now=NOW)
    assert (due.url, due.every, due.title, due.category) == (
        A.url,
        timedelta(minutes=5),
        A.url,
        None,
    )


async def test_a_feed_is_due_when_its_time_has_come_the_longest_due_first(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    a, b, c = [await listed(ledger, workspace, spec.url) for spec in (A, B, C)]
    await record_not_modified(ledger, a.id, at=NOW, due_at=NOW + HOUR)
    await record_not_modified(ledger, b.id, at=NOW, due_at=NOW + HOUR / 2)
    assert [f.id for f in await ledger.feeds.due(now=NOW)] == [c.id]
    assert [f.id for f in await ledger.feeds.due(now=NOW + HOUR)] == [c.id, b.id, a.id]


async def test_failures_are_counted_until_the_next_success(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    for n in range(1, 4):
        at = NOW + n * HOUR
        await record_failure(ledger, feed.id, at=at, error=f"no {n}", due_at=at + DAY)
        (now,) = await ledger.feeds.list(workspace)
        assert (now.failures, now.error, now.checked_at, now.due_at) == (n, f"no {n}", at, at + DAY)
        assert now.succeeded_at is None
    await record_not_modified(ledger, feed.id, at=NOW + DAY, due_at=NOW + 2 * DAY)
    (now,) = await ledger.feeds.list(workspace)
    assert (now.failures, now.error, now.succeeded_at) == (0, None, NOW + DAY)


async def test_what_came_of_several_feeds_together_is_what_came_of_each(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    some = [await listed(ledger, workspace, f"https://press.example/{n}") for n in range(3)]
    later = NOW + HOUR
    for feed in some:
        await record_failure(ledger, feed.id, at=NOW, error="once", due_at=NOW, not_found=1)
    await ledger.items.record([
        failed(some[0].id, "again", at=later, due_at=later + DAY, not_found=2),
        not_modified(some[1].id, at=later, due_at=later + DAY),
        failed(99, "of no such feed", at=later, due_at=later),
    ])  # fmt: skip
    fails, unchanged, left = await ledger.feeds.list(workspace)
    assert (fails.failures, fails.not_found, fails.error) == (2, 2, "again")
    assert (fails.checked_at, fails.failed_at, fails.due_at) == (later, later, later + DAY)
    assert (unchanged.failures, unchanged.error, unchanged.last_error) == (0, None, "once")
    assert (left.failures, left.checked_at) == (1, NOW)


async def test_a_fetch_keeps_what_the_next_request_needs_byte_for_byte(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    etag, modified = 'W/"x\u00a0y "', "Thu, 28 Feb 2019 08:00:00 GMT"
    await fetched(ledger, feed, [entry(1)], etag=etag, last_modified=modified, body_hash="bb")
    (now,) = await ledger.feeds.list(workspace)
    assert (now.etag, now.last_modified, now.body_hash) == (etag, modified, "bb")
    assert (now.title, now.newest_at, now.failures) == ("The Press", NOW - HOUR, 0)
    await fetched(ledger, feed, [], at=NOW + HOUR, etag=None, title=None)
    (now,) = await ledger.feeds.list(workspace)
    assert (now.etag, now.title, now.newest_at) == (None, "The Press", NOW - HOUR)


async def test_evidence_from_a_removed_feed_stays_under_its_listed_name(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace, title="Our name for it")
    await fetched(ledger, feed, [entry(1), entry(2)])
    await filed_all(ledger, workspace, "remains")
    await fetched(ledger, feed, [entry(3)], at=NOW + HOUR)
    await unlist_feed(ledger, workspace, feed.url, actor=ADMIN, at=NOW + HOUR)
    kept = await ledger.evidence.list(workspace)
    assert [e.item.outlet for e in kept] == ["Our name for it"] * 2
    assert await pending(ledger, workspace) == (), "nothing of a removed feed is matched any more"
    await list_feed(ledger, workspace, FeedSpec(url=feed.url), at=NOW + 3 * DAY)
    returned = await pending(ledger, workspace, at=NOW + 3 * DAY)
    assert {item.key for item in returned} == {"guid:1", "guid:2", "guid:3"}
    assert all(item.backlog for item in returned), "what comes with a feed listed anew is no news"
