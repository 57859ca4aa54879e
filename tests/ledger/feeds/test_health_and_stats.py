"""What the ledger keeps of a feed's health: hints, figures, moves."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from bot.domain.evidence import Verdict
from bot.domain.feed import (
    FeedHints,
    FeedList,
    FeedNoteKind,
    FeedSpec,
    FeedUpdate,
    UpdateKind,
)
from bot.domain.rhythm import Rhythm
from bot.ledger import FeedChanges, Ledger
from bot.ledger.db.rows import to_hints, values_of
from bot.ledger.db.tables import feeds
from tests.ledger.builders import (
    ADMIN,
    ANALYST,
    DAY,
    HOUR,
    NOW,
    entry,
    fetched,
    filed_all,
    list_feed,
    listed,
    record_failure,
    record_not_modified,
    set_enabled,
    unlist_feed,
)

OLD, NEW = "https://press.example/feed", "https://press.example/new.xml"

hints = st.builds(
    FeedHints,
    every=st.none() | st.integers(0, 86_400).map(lambda s: timedelta(seconds=s)),
    skip_hours=st.frozensets(st.integers(0, 23)),
    skip_days=st.frozensets(st.integers(0, 6)),
    fresh_for=st.none() | st.integers(0, 10**9).map(lambda s: timedelta(seconds=s)),
    gap=st.none() | st.integers(3600, 30 * 86_400).map(lambda s: timedelta(seconds=s)),
)


class Row:
    def __init__(self, values: dict[str, object]) -> None:
        self.__dict__.update(values)


@given(hints)
def test_hints_come_back_from_their_columns_as_they_were(some: FeedHints) -> None:
    assert to_hints(Row(values_of(some))) == some  # type: ignore[arg-type]


async def test_an_interval_is_the_feeds_own_where_its_line_names_it(ledger: Ledger) -> None:
    workspace, own = await ledger.workspaces.first(), FeedSpec(url=OLD, every=HOUR)

    async def sync(*lines: FeedSpec) -> FeedChanges:
        return await ledger.feeds.sync(
            workspace, FeedList(feeds=lines, every=HOUR), actor=ADMIN, at=NOW
        )

    await sync(own, FeedSpec(url=NEW))
    for feeds_now in (await ledger.feeds.list(workspace), await ledger.feeds.due(now=NOW)):
        assert {f.url: f.own_every for f in feeds_now} == {OLD: HOUR, NEW: None}
        assert {f.every for f in feeds_now} == {HOUR}
    assert await sync(own, FeedSpec(url=NEW)) == FeedChanges()
    assert (await sync(own, FeedSpec(url=NEW, every=HOUR))).changed == (NEW,)
    (entry_,) = await ledger.audit.list(workspace, limit=1)
    assert (entry_.action, entry_.subject) == ("feed.change", NEW)
    assert "every_own" not in (entry_.before or {})
    assert (entry_.after or {})["every_own"]


async def test_a_line_that_names_an_interval_brings_the_next_look_forward(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)

    async def due_with(own: timedelta, **wishes: timedelta) -> timedelta:
        """When it is due once its line names an interval, though its rhythm had said a day."""
        lines = FeedList(feeds=(FeedSpec(url=feed.url),))
        await ledger.feeds.sync(workspace, lines, actor=ADMIN, at=NOW)
        await fetched(ledger, feed, [], hints=FeedHints(**wishes), at=NOW, due_at=NOW + DAY)
        lines = FeedList(feeds=(FeedSpec(url=feed.url, every=own),))
        await ledger.feeds.sync(workspace, lines, actor=ADMIN, at=NOW)
        (now,) = await ledger.feeds.list(workspace)
        assert now.due_at is not None
        return now.due_at - NOW

    assert await due_with(FeedList().every) == FeedList().every
    assert await due_with(HOUR) == HOUR
    assert await due_with(HOUR, fresh_for=3 * HOUR) == 3 * HOUR
    assert await due_with(HOUR, every=2 * HOUR) == 2 * HOUR
    assert await due_with(HOUR, fresh_for=30 * DAY) == DAY


async def test_what_a_document_asks_for_is_kept_until_another_asks_otherwise(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    assert feed.hints == FeedHints()
    wishes = FeedHints(every=HOUR, skip_hours=frozenset({0, 23}), skip_days=frozenset({6}))
    await fetched(ledger, feed, [], hints=wishes, due_at=NOW)
    assert [f.hints for f in await ledger.feeds.list(workspace)] == [wishes]
    assert [f.hints for f in await ledger.feeds.due(now=NOW)] == [wishes]
    await record_not_modified(ledger, feed.id, at=NOW, due_at=NOW)
    assert [f.hints for f in await ledger.feeds.list(workspace)] == [wishes]
    await fetched(ledger, feed, [])
    assert [f.hints for f in await ledger.feeds.list(workspace)] == [wishes]
    await fetched(ledger, feed, [], hints=FeedHints())
    assert [f.hints for f in await ledger.feeds.list(workspace)] == [FeedHints()]


async def test_a_feed_that_is_resumed_in_the_file_begins_anew(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    for times in range(1, 6):
        await record_failure(
            ledger, feed.id, at=NOW, error="404", due_at=NOW + DAY, not_found=times
        )
    for enabled in (False, True):
        lines = FeedList(feeds=(FeedSpec(url=feed.url, enabled=enabled),))
        await ledger.feeds.sync(workspace, lines, actor="file", at=NOW)
    (due,) = await ledger.feeds.due(now=NOW)
    assert (due.failures, due.not_found, due.error) == (0, 0, None)


async def test_the_last_failure_is_remembered_after_a_recovery(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    await record_failure(ledger, feed.id, at=NOW, error="HTTP 503", due_at=NOW)
    await record_not_modified(ledger, feed.id, at=NOW + HOUR, due_at=NOW + HOUR)
    (well,) = await ledger.feeds.list(workspace)
    assert (well.failures, well.error) == (0, None)
    assert (well.failed_at, well.last_error) == (NOW, "HTTP 503")


async def test_a_feed_that_is_put_off_never_comes_sooner_than_was_planned(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    for put_off, due_at in ((HOUR, HOUR), (2 * HOUR, 2 * HOUR), (HOUR, 2 * HOUR)):
        update = FeedUpdate(
            feed_id=feed.id, kind=UpdateKind.POSTPONED, at=NOW, due_at=NOW + put_off
        )
        await ledger.items.record([update])
        assert [f.due_at for f in await ledger.feeds.list(workspace)] == [NOW + due_at]


async def test_figures_count_the_last_four_weeks_and_all_that_people_judged(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    silent = await listed(ledger, workspace, "https://quiet.example/feed")
    days = (0, 2, 4, 6, 8, 40)
    await fetched(ledger, feed, [entry(n, published_at=NOW - n * DAY) for n in days])
    # Two commitments for one item are still one item that matched.
    await filed_all(ledger, workspace, "remains", "liaison")
    await ledger.evidence.review(workspace, [1], Verdict.REJECTED, actor=ANALYST, at=NOW)
    await ledger.evidence.review(workspace, [1], Verdict.CONFIRMED, actor=ANALYST, at=NOW)
    await ledger.evidence.review(workspace, [2], Verdict.REJECTED, actor=ANALYST, at=NOW)
    first, second = await ledger.feed_stats.list(workspace, now=NOW)
    assert (first.items, first.matches) == (5, 5)
    assert (first.judged, first.rejected) == (2, 1)
    assert first.rhythm == Rhythm(gap=2 * DAY, longest=32 * DAY)
    assert (first.listed_at, first.oldest_at) == (NOW, NOW - 40 * DAY)
    assert second.feed.id == silent.id
    assert (second.items, second.matches, second.judged, second.rhythm) == (0, 0, 0, None)
    assert second.oldest_at is None


async def test_figures_of_one_workspace_do_not_show_in_another(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.adopt("T1")
    other = await ledger.workspaces.adopt("T2")
    feed = await listed(ledger, workspace)
    await listed(ledger, other)
    await fetched(ledger, feed, [entry(1)])
    await filed_all(ledger, workspace, "remains")
    await ledger.evidence.review(workspace, [1], Verdict.REJECTED, actor=ANALYST, at=NOW)
    await ledger.feed_notes.add(workspace, feed.id, FeedNoteKind.GONE, "gone", at=NOW)
    await set_enabled(ledger, workspace, feed.url, False, actor="bot", at=NOW)
    (mine,) = await ledger.feed_stats.list(workspace, now=NOW)
    (theirs,) = await ledger.feed_stats.list(other, now=NOW)
    assert (mine.items, mine.matches, mine.judged, mine.gone) == (1, 1, 1, True)
    assert (theirs.items, theirs.matches, theirs.judged, theirs.gone) == (1, 0, 0, False)


async def test_a_thousand_feeds_take_no_more_statements_than_one(sqlite_url: str) -> None:
    async with Ledger.opened(sqlite_url) as ledger:
        workspace = await ledger.workspaces.first()
        asked: list[str] = []
        engine = ledger._database._reader
        event.listen(engine, "before_cursor_execute", lambda *words: asked.append(str(words[2])))
        counts = []
        for most in (1, 1000):
            specs = tuple(FeedSpec(url=f"https://{n}.example/feed") for n in range(most))
            await ledger.feeds.sync(workspace, FeedList(feeds=specs), actor="file", at=NOW)
            asked.clear()
            assert len(await ledger.feed_stats.list(workspace, now=NOW)) == most
            counts.append(len(asked))
    assert counts[0] == counts[1]


async def test_a_feed_that_moved_goes_on_with_its_number_and_items(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace, OLD, title="Press")
    await fetched(ledger, feed, [entry(1)])
    assert await ledger.feeds.saw_move(feed.id, NEW, at=NOW) == 1
    assert await ledger.feeds.saw_move(feed.id, NEW, at=NOW + HOUR) == 2
    moved = FeedList(feeds=(FeedSpec(url=NEW, title="Press"),))
    changes = await ledger.feeds.sync(workspace, moved, actor="bot", at=NOW + HOUR)
    assert changes == FeedChanges(changed=(NEW,))
    (after,) = await ledger.feeds.list(workspace)
    assert (after.id, after.url, after.etag) == (feed.id, NEW, '"1"')
    again = await fetched(ledger, after, [entry(1), entry(2)])
    assert again.new == 1
    (figures,) = await ledger.feed_stats.list(workspace, now=NOW)
    assert figures.former_urls == (OLD,)
    (note,) = await ledger.audit.list(workspace, limit=1)
    assert (note.action, note.actor, note.subject) == ("feed.move", "bot", NEW)
    assert note.before is not None
    assert note.before["url"] == OLD
    assert await ledger.feeds.sync(workspace, moved, actor="file", at=NOW) == FeedChanges()


async def test_a_feed_may_move_back(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace, OLD)
    for here, there in ((OLD, NEW), (NEW, OLD)):
        assert [f.url for f in await ledger.feeds.list(workspace)] == [here]
        await ledger.feeds.saw_move(feed.id, there, at=NOW)
        await ledger.feeds.sync(
            workspace, FeedList(feeds=(FeedSpec(url=there),)), actor="bot", at=NOW
        )
    (figures,) = await ledger.feed_stats.list(workspace, now=NOW)
    assert (figures.feed.id, figures.feed.url, figures.former_urls) == (feed.id, OLD, (NEW,))


async def test_an_address_that_was_never_seen_to_lead_there_is_another_feed(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace, OLD)
    await ledger.feeds.saw_move(feed.id, "https://elsewhere.example/", at=NOW)
    changes = await ledger.feeds.sync(
        workspace, FeedList(feeds=(FeedSpec(url=NEW),)), actor="file", at=NOW
    )
    assert changes == FeedChanges(added=(NEW,), removed=(OLD,))
    (after,) = await ledger.feeds.list(workspace)
    assert after.id != feed.id


async def test_a_move_leaves_the_feed_of_another_list_where_it_is(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.adopt("T1")
    other = await ledger.workspaces.adopt("T2")
    feed = await listed(ledger, workspace, OLD)
    await listed(ledger, other, OLD)
    await ledger.feeds.saw_move(feed.id, NEW, at=NOW)
    changes = await ledger.feeds.sync(
        workspace, FeedList(feeds=(FeedSpec(url=NEW),)), actor="bot", at=NOW
    )
    assert changes == FeedChanges(added=(NEW,), removed=(OLD,))
    assert [f.url for f in await ledger.feeds.list(other)] == [OLD]


async def test_a_move_to_a_feed_that_is_known_joins_it(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace, OLD)
    known = await listed(ledger, workspace, NEW)
    await ledger.feeds.saw_move(feed.id, NEW, at=NOW)
    await ledger.feeds.sync(workspace, FeedList(feeds=(FeedSpec(url=NEW),)), actor="bot", at=NOW)
    assert [f.id for f in await ledger.feeds.list(workspace)] == [known.id]


async def test_a_feed_listed_again_is_listed_since_then(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    await listed(ledger, workspace, OLD)
    await unlist_feed(ledger, workspace, OLD, actor=ADMIN, at=NOW)
    await list_feed(ledger, workspace, FeedSpec(url=OLD), actor=ADMIN, at=NOW + 2 * DAY)
    await list_feed(
        ledger, workspace, FeedSpec(url=OLD, title="Press"), actor=ADMIN, at=NOW + 3 * DAY
    )
    (figures,) = await ledger.feed_stats.list(workspace, now=NOW)
    assert figures.listed_at == NOW + 2 * DAY


def test_every_hint_has_a_column() -> None:
    assert set(values_of(FeedHints())) <= set(feeds.c.keys())
