"""Putting due digests into the outbox."""

import logging
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.delivery.digests import DigestReport, Digests, DueDigest
from bot.domain.schedule import EVERY_DAY, Schedule
from bot.domain.subscription import DeliveryKind, NewDelivery, Subscription
from bot.domain.workspace import WorkspaceId
from tests.delivery.fakes import (
    Fault,
    Killed,
    MemoryOutbox,
    MemorySubscriptions,
    Process,
    World,
)

EIGHT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def subscription(number: int, *, created_at: datetime = EIGHT - timedelta(days=9)) -> Subscription:
    return Subscription(
        id=number,
        target=f"C{number}",
        commitments=(),
        schedule=Schedule(weekdays=EVERY_DAY, at=time(8), timezone="UTC"),
        created_by="U1",
        created_at=created_at,
    )


class Composer:
    """Writes a digest that names its window; can be made to fail."""

    def __init__(self) -> None:
        self.composed: list[DueDigest] = []
        self.broken: set[int] = set()

    async def __call__(
        self, workspace: WorkspaceId, sub: Subscription, due: DueDigest
    ) -> NewDelivery:
        self.composed.append(due)
        if sub.id in self.broken:
            raise ZeroDivisionError
        return NewDelivery(
            key=due.key,
            kind=DeliveryKind.DIGEST,
            target=sub.target,
            payloads=({"text": f"{due.window.since:%d} to {due.window.until:%d}"},),
            subscription_id=sub.id,
            window_since=due.window.since,
            window_until=due.window.until,
        )


@pytest.fixture
def world() -> World:
    world = World(subscriptions=[subscription(1), subscription(2)])
    world.clock.now = EIGHT + timedelta(minutes=2)
    return world


@pytest.fixture
def composer() -> Composer:
    return Composer()


def digests(world: World, composer: Composer, process: Process | None = None) -> Digests:
    process = process or Process()
    return Digests(
        outbox=MemoryOutbox(world, process),
        subscriptions=MemorySubscriptions(world, process),
        compose=composer,
        clock=world.clock,
    )


async def test_each_live_subscription_gets_its_digest_once(world, composer):
    rounds = digests(world, composer)
    assert await rounds.run() == DigestReport(put=2)
    assert await rounds.run() == DigestReport()
    assert [d.key for d in world.deliveries.values()] == [
        "digest:1:2026-03-02",
        "digest:2:2026-03-02",
    ]
    assert len(composer.composed) == 2


async def test_what_is_settled_is_not_asked_of_storage_at_every_tick(world, composer):
    process = Process()
    rounds = digests(world, composer, process)
    await rounds.run()
    before = process.steps
    await rounds.run()
    assert process.steps == before + 1  # only for the list of subscriptions


async def test_two_processes_put_one(world, composer):
    await digests(world, composer).run()
    await digests(world, composer).run()
    assert len(world.deliveries) == 2


async def test_a_suspended_target_is_left_out(world, composer):
    world.suspended["C1"] = "archived"
    assert await digests(world, composer).run() == DigestReport(put=1)


async def test_one_that_cannot_be_composed_keeps_back_no_other_and_is_tried_again(
    world, composer, caplog
):
    composer.broken = {1}
    rounds = digests(world, composer)
    with caplog.at_level(logging.ERROR):
        assert await rounds.run() == DigestReport(put=1, failed=1)
    assert "digest not composed" in caplog.text
    composer.broken = set()
    assert await rounds.run() == DigestReport(), "not at every tick"
    world.clock.advance(timedelta(minutes=5))
    assert await rounds.run() == DigestReport(put=1)


async def test_a_failed_digest_is_covered_by_the_next_one_and_not_repeated_on_its_day(
    world, composer
):
    world.subscriptions = [subscription(1)]
    rounds = digests(world, composer)
    await rounds.run()
    world.post_faults = [Fault.REFUSED]
    await world.sender().run()
    world.clock.advance(timedelta(hours=3))
    assert await rounds.run() == DigestReport()
    world.clock.advance(timedelta(hours=21))
    assert await rounds.run() == DigestReport(put=1)
    first, second = composer.composed
    assert second.window.since == first.window.since
    assert second.occurrence.day == date(2026, 3, 3)


async def test_killed_at_any_step_each_digest_is_read_once(composer):
    step = 0
    while True:
        step += 1
        world = World(subscriptions=[subscription(1), subscription(2)])
        world.clock.now = EIGHT + timedelta(minutes=2)
        try:
            await digests(world, composer, Process(killed_at=step)).run()
        except Killed:
            await digests(world, composer).run()
            await world.sender().run()
            assert sorted(m.key for m in world.messages) == [
                "digest:1:2026-03-02",
                "digest:2:2026-03-02",
            ]
        else:
            break
    assert step > 5
