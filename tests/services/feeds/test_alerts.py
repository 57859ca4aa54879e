"""What is done when something happens to a feed, and how admins hear of it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.errors import FeedListError, FetchError, NotFoundError, Problem
from bot.domain.feed import FeedList, FeedSpec, Recorded
from bot.ingest.http.response import NotModified
from bot.ingest.poll.decide import NOT_FOUND_APART, NOT_FOUND_ONCE_WELL, decide, flood
from bot.services.alerts import AdminAlerts
from bot.services.feeds.alerts import ACTOR, FeedAlerts, FeedEventHandler
from tests.delivery.fakes import hearing
from tests.ledger.builders import entry, set_enabled

START = datetime(2030, 5, 1, 8, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
A, B, C = (f"https://{name}.example/feed" for name in "abc")
NEW = "https://new.example/feed"


class Editor:
    """Edits the ledger alone, as `FeedListService` edits file and ledger."""

    def __init__(self, house) -> None:
        self.house = house
        self.fails: FeedListError | None = None

    async def set_enabled(self, workspace, name, *, enabled, actor):
        self._may()
        await set_enabled(self.house.ledger, workspace, name, enabled, actor=actor, at=START)

    async def move(self, workspace, name, to, *, actor):
        self._may()
        feeds = await self.house.ledger.feeds.list(workspace)
        if name not in {feed.url for feed in feeds}:
            raise NotFoundError(name)
        lines = [FeedSpec(url=to if f.url == name else f.url) for f in feeds]
        await self.house.sync(lines, actor)

    def _may(self) -> None:
        if self.fails is not None:
            raise self.fails


class House:
    def __init__(self, ledger, workspace) -> None:
        self.ledger, self.w, self.now = ledger, workspace, START
        self.editor = Editor(self)
        self.handler = FeedEventHandler(ledger, self.editor, clock=lambda: self.now)
        self.alerts = FeedAlerts(
            ledger,
            AdminAlerts(
                outbox=ledger.outbox,
                admins=hearing(["U01ADMIN"]),
                clock=lambda: self.now,
            ),
            clock=lambda: self.now,
        )

    async def sync(self, lines, actor="file") -> None:
        await self.ledger.feeds.sync(self.w, FeedList(feeds=tuple(lines)), actor=actor, at=self.now)

    async def feed(self, url=A):
        return next(f for f in await self.ledger.feeds.list(self.w) if f.url == url)

    async def fails(self, status: int | None, url=A, message="it fails") -> None:
        """One look that failed, as a poll takes it."""
        feed = await self.feed(url)
        error = FetchError(message, url=url, kind="status", status=status)
        if status == 404:
            self.now += NOT_FOUND_APART
        await self._record(feed, decide(feed, error, now=self.now, chance=0.0))

    async def answers(self, url=A, moved_to=None, entries=0, new=0, untold=0) -> None:
        """One look that went well."""
        feed = await self.feed(url)
        answer = NotModified(final_url=moved_to or url, permanent_url=moved_to)
        update = decide(feed, answer, now=self.now, chance=0.0)
        held = replace(update, entries=(entry(1),) * entries)
        await self._record(feed, update, *flood(feed, held, Recorded(new=new, untold=untold)))

    async def _record(self, feed, update, *events) -> None:
        await self.ledger.items.record([replace(update, due_at=self.now)])
        for event in (*update.events, *events):
            await self.handler.handle(self.w, event)

    async def said(self) -> list[str]:
        """What admins have been sent, oldest first."""
        await self.alerts.run(self.w)
        sent = await self.ledger.outbox.list(self.w)
        return [str(d.messages[0].payload["text"]) for d in reversed(sent)]


@pytest.fixture
async def house(ledger):
    opened = House(ledger, await ledger.workspaces.first())
    await opened.sync([FeedSpec(url=A, title="A"), FeedSpec(url=B), FeedSpec(url=C)])
    return opened


async def test_a_feed_that_is_gone_is_paused_by_the_bot_and_told_with_what_to_do(house):
    await house.fails(410, message="the feed is gone for good (410)")
    assert not (await house.feed()).enabled
    (said,) = await house.said()
    assert "gone for good (410). It is paused now" in said
    (paused,) = await house.ledger.audit.list(house.w, limit=1, action="feed.change")
    assert (paused.actor, paused.subject) == (ACTOR, A)
    assert not paused.after["enabled"]
    house.now += 2 * HOUR
    assert len(await house.said()) == 1


async def test_a_feed_that_never_was_well_is_gone_at_the_fifth_404_and_not_before(house):
    for _ in range(4):
        await house.fails(404)
        assert (await house.feed()).enabled
    await house.fails(404)
    assert not (await house.feed()).enabled


async def test_a_feed_that_was_well_is_tried_ever_less_often_and_comes_back_by_itself(house):
    await house.answers()
    began, waits = house.now, []
    for _ in range(NOT_FOUND_ONCE_WELL - 1):
        feed = await house.feed()
        error = FetchError("nothing there", url=A, kind="status", status=404)
        waits.append(decide(feed, error, now=house.now, chance=0.0).due_at - house.now)
        await house.fails(404)
        house.now += waits[-1] - NOT_FOUND_APART
    assert (await house.feed()).enabled
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (HOUR / 2, DAY)
    assert house.now - began > 23 * DAY
    assert "fails" in (await house.said())[0]
    await house.answers()
    assert ((await house.feed()).failures, (await house.feed()).not_found) == (0, 0)
    for _ in range(NOT_FOUND_ONCE_WELL):
        assert (await house.feed()).enabled
        await house.fails(404)
    assert not (await house.feed()).enabled


async def test_only_404s_in_a_row_count_and_a_resumed_feed_begins_anew(house):
    for status in (404, 404, 404, 404, 500, 404, 404, 404, 404):
        await house.fails(status)
        assert (await house.feed()).enabled
    await house.fails(404)
    assert not (await house.feed()).enabled
    await set_enabled(house.ledger, house.w, A, True, actor="U01ADMIN", at=house.now)
    feed = await house.feed()
    assert (feed.failures, feed.not_found, feed.due_at, feed.error) == (0, 0, None, None)
    assert feed.id in {one.id for one in await house.ledger.feeds.due(now=house.now)}
    for _ in range(4):
        await house.fails(404)
    assert (await house.feed()).enabled


@pytest.mark.parametrize("dies", ["before pausing", "after pausing"])
async def test_a_feed_that_is_gone_is_told_once_whenever_the_process_dies(house, dies):
    whole = house.editor.set_enabled

    async def dying(*args, **words):
        if dies == "after pausing":
            await whole(*args, **words)
        raise asyncio.CancelledError

    house.editor.set_enabled = dying
    with pytest.raises(asyncio.CancelledError):
        await house.fails(410)
    house.editor.set_enabled = whole
    await house.said()
    house.now += 2 * HOUR
    if (await house.feed()).enabled:
        await house.fails(410)
    assert not (await house.feed()).enabled
    (said,) = await house.said()
    assert "It is paused now" in said


async def test_a_feed_that_is_paused_at_last_is_told_as_that(house):
    house.editor.fails = FeedListError(Problem(where="feeds.yaml", what="broken", fix="", line=3))
    await house.fails(410)
    assert len(await house.said()) == 1
    house.editor.fails = None
    house.now += 2 * HOUR
    await house.fails(410)
    assert "It is paused now" in (await house.said())[-1]


async def test_a_feed_that_is_resumed_and_gone_again_is_told_again(house):
    async def resume():
        house.now += 2 * HOUR
        await set_enabled(house.ledger, house.w, A, True, actor="U01ADMIN", at=house.now)

    for status in (410, 404):
        for _ in range(5 if status == 404 else 1):
            await house.fails(status)
        assert not (await house.feed()).enabled
        await house.said()
        await resume()
    await house.fails(404)  # before anybody takes stock
    assert len(await house.said()) == 2


async def test_a_feed_that_was_failing_and_is_resumed_does_not_answer_for_that(house):
    for _ in range(3):
        await house.fails(500)
    assert len(await house.said()) == 1
    for enabled in (False, True):
        house.now += 2 * HOUR
        await set_enabled(house.ledger, house.w, A, enabled, actor="U01ADMIN", at=house.now)
    assert len(await house.said()) == 1


async def test_a_wall_is_named_as_such(house):
    wall = "a bot challenge (Cloudflare) stands before the feed (403)"
    for _ in range(3):
        await house.fails(403, message=wall)
    (said,) = await house.said()
    assert wall in said
    assert (await house.feed()).enabled


async def test_a_feed_that_cannot_be_paused_is_told_with_the_reason_once(house):
    house.editor.fails = FeedListError(Problem(where="feeds.yaml", what="broken", fix="", line=3))
    for _ in range(3):
        await house.fails(410)
    (said,) = await house.said()
    assert "could not be paused" in said
    house.now += 2 * HOUR
    await house.fails(410)
    assert len(await house.said()) == 1


async def test_a_feed_that_moves_to_one_that_is_listed_is_told_as_that(house):
    for _ in range(2):
        await house.answers(moved_to=B)
        house.now += HOUR
    assert {feed.url for feed in await house.ledger.feeds.list(house.w)} == {B, C}
    (said,) = await house.said()
    assert f"which is listed already as “{B}”; so its own line is off the list" in said


async def test_a_redirect_that_is_taken_back_in_between_moves_nothing(house):
    for moved_to in (NEW, None, NEW):
        await house.answers(moved_to=moved_to)
        house.now += HOUR
    assert (await house.feed()).url == A
    await house.answers(moved_to=NEW)
    assert {feed.url for feed in await house.ledger.feeds.list(house.w)} == {B, C, NEW}


async def test_the_second_permanent_redirect_moves_the_feed(house):
    feed = await house.feed()
    await house.answers(moved_to=NEW)
    assert await house.said() == []
    await house.answers(moved_to=NEW)
    after = await house.feed(NEW)
    assert after.id == feed.id
    (said,) = await house.said()
    assert A in said
    assert NEW in said
    await house.answers(NEW)
    house.now += 2 * HOUR
    assert len(await house.said()) == 1


async def test_a_redirect_that_changes_its_mind_moves_nothing(house):
    for target in (NEW, f"{NEW}2", f"{NEW}3"):
        await house.answers(moved_to=target)
    assert (await house.feed()).url == A


async def test_a_failure_and_its_end_are_told_once_each(house):
    for _ in range(6):
        await house.fails(500)
        await house.said()
    assert len(await house.said()) == 1
    house.now += HOUR
    await house.answers()
    first, second = await house.said()
    assert "fails" in first
    assert "answers again" in second


async def test_the_first_message_comes_at_once_and_the_next_an_hour_later_with_all_of_it(house):
    await house.fails(410)
    assert len(await house.said()) == 1
    house.now += MINUTE
    await house.fails(410, B)
    assert len(await house.said()) == 1
    house.now += MINUTE
    await house.fails(410, C)
    house.now = START + HOUR - MINUTE
    assert len(await house.said()) == 1
    house.now += MINUTE
    _, second = await house.said()
    assert B in second
    assert C in second


async def test_a_flood_is_told(house):
    await house.answers()
    await house.answers(entries=60, new=60)
    (said,) = await house.said()
    assert "60 of its 60 items are new at once" in said


async def test_each_time_that_late_items_are_no_news_admins_hear_how_many(house):
    await house.answers()
    for untold in (3, 12):
        await house.answers(entries=40, new=untold + 10, untold=untold)
        house.now += HOUR
        said = (await house.said())[-1]
        assert f"{untold} of its {untold + 10} new items are older than three days" in said


async def test_what_happens_to_a_feed_of_somebody_else_is_left_alone(house):
    assert await house.ledger.workspaces.adopt("T1") == house.w
    other = await house.ledger.workspaces.adopt("T2")
    feed = await house.feed()
    error = FetchError("gone", url=A, kind="status", status=410)
    (event,) = decide(feed, error, now=house.now, chance=0.0).events
    await house.handler.handle(other, event)
    assert (await house.feed()).enabled
    assert await house.said() == []


async def test_two_processes_tell_the_same_thing_once(house):
    await house.fails(410)
    other = House(house.ledger, house.w)
    assert sorted([await house.alerts.run(house.w), await other.alerts.run(house.w)]) == [
        False,
        True,
    ]


async def test_when_most_feeds_fail_at_once_the_likely_cause_is_named(house):
    urls = [f"https://{n}.example/feed" for n in range(30)]
    await house.sync([FeedSpec(url=url) for url in urls])
    for url in urls[:28]:
        for _ in range(3):
            await house.fails(None, url)
    (said,) = await house.said()
    assert "28 of 30 feeds fail at once" in said
    assert "and 18 more" in said
    assert said.count("\n") < 16
