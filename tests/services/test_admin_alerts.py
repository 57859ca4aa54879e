"""Telling the admins."""

import logging
from datetime import datetime, timedelta

import pytest

from bot.domain.clock import SharedClock
from bot.domain.subscription import DeliveryKind
from bot.ledger import StorageError
from bot.services.alerts import AdminAlerts, ClockWatch, LedgerAlarm
from tests.delivery.fakes import Fault, MemoryOutbox, MemorySlack, Process, W, World, hearing


@pytest.fixture
def world() -> World:
    return World()


def alerts(world: World, *admins: str) -> AdminAlerts:
    return AdminAlerts(
        outbox=MemoryOutbox(world, Process()),
        admins=hearing(admins),
        clock=world.clock,
    )


FULL = StorageError("the ledger at /x is full", why="finds no room on its disk; free some")


def alarm(world: World, *admins: str) -> tuple[LedgerAlarm, list[StorageError]]:
    """An alarm, and the list that errors of the ledger are put into."""
    troubles: list[StorageError] = []
    slack = MemorySlack(world, Process())
    return LedgerAlarm(
        lambda: troubles.pop() if troubles else None, hearing(admins), slack, world.clock
    ), troubles


async def test_admins_hear_at_once_of_a_ledger_that_takes_nothing_and_when_it_does_again(world):
    bell, troubles = alarm(world, "U01ADMIN", "U02ADMIN")
    await bell.run(W)
    assert world.messages == []
    for _ in range(30):
        troubles.append(FULL)
        await bell.run(W)
        world.clock.advance(timedelta(minutes=1))
    assert [(m.target, "finds no room" in m.text) for m in world.messages] == [
        ("U01ADMIN", True),
        ("U02ADMIN", True),
    ]
    assert "/x" not in world.messages[0].text
    for _ in range(30):
        await bell.run(W)
        world.clock.advance(timedelta(minutes=1))
    assert ["takes everything again" in m.text for m in world.messages] == [False] * 2 + [True] * 2


async def test_a_ledger_that_takes_nothing_for_days_is_told_each_day(world):
    bell, troubles = alarm(world, "U01ADMIN")
    for _ in range(24 * 2 + 1):
        troubles.append(FULL)
        await bell.run(W)
        world.clock.advance(timedelta(hours=1))
    assert len(world.messages) == 3


async def test_trouble_that_slack_did_not_take_is_told_once_it_does(world, caplog):
    bell, troubles = alarm(world, "U01ADMIN")
    troubles.append(FULL)
    world.post_faults = [Fault.NOT_CONNECTED, Fault.RATE_LIMITED]
    await bell.run(W)
    assert [r.message for r in caplog.records][:1] == ["the ledger takes nothing"]
    world.clock.advance(timedelta(hours=1))  # over before it could be told
    for _ in range(3):
        await bell.run(W)
    (said,) = world.messages
    assert "It could store nothing for a while: it finds no room" in said.text


async def test_every_admin_is_told_once_for_a_key(world):
    tell = alerts(world, "U02ADMIN", "U01ANALYST", "U02ADMIN")
    for _ in range(2):
        await tell(W, "parked:C1", "Nothing is sent to <C1> any more.")
    told = list(world.deliveries.values())
    assert [(d.target, d.kind) for d in told] == [
        ("U01ANALYST", DeliveryKind.ALERT),
        ("U02ADMIN", DeliveryKind.ALERT),
    ]
    assert told[0].messages[0].payload["text"] == "Nothing is sent to &lt;C1&gt; any more."


async def test_another_key_is_another_alert(world):
    tell = alerts(world, "U02ADMIN")
    await tell(W, "parked:C1", "one")
    await tell(W, "parked:C2", "two")
    assert len(world.deliveries) == 2


async def test_without_admins_the_log_says_so(world, caplog):
    with caplog.at_level(logging.WARNING):
        await alerts(world)(W, "parked:C1", "Nothing is sent to C1 any more.")
    assert [r.message for r in caplog.records] == ["no admin to alert"]
    assert world.deliveries == {}


class Machine:
    """A machine whose clock can be set, and a database elsewhere; None where it is the machine."""

    def __init__(self, world: World, *, database: bool) -> None:
        self.world, self.database, self.steady_s, self.off = world, database, 0.0, timedelta(0)
        self.shared = SharedClock(self.ask, own=self.own, monotonic=self.steady)
        self.watch = ClockWatch(
            self.shared, alerts(world, "U01ADMIN"), wall=self.own, monotonic=self.steady
        )

    def own(self) -> datetime:
        return self.world.clock() + self.off

    def steady(self) -> float:
        return self.steady_s

    async def ask(self) -> datetime | None:
        return self.world.clock() if self.database else None

    async def minutes(self, number: int) -> list[str]:
        """What admins are told in that time."""
        for _ in range(number * 6):
            self.world.clock.advance(timedelta(seconds=10))
            self.steady_s += 10
            await self.watch.run(W)
        told = [str(d.messages[0].payload["text"]) for d in self.world.deliveries.values()]
        self.world.deliveries.clear()
        return told


async def test_a_clock_that_jumps_is_told_both_ways_and_one_that_is_set_right_is_not(world, caplog):
    machine = Machine(world, database=False)
    assert await machine.minutes(5) == []
    machine.off = timedelta(seconds=40)
    assert await machine.minutes(5) == []
    machine.off = timedelta(days=1)
    (ahead,) = await machine.minutes(5)
    assert "jumped 23 hours ahead" in ahead
    machine.off = timedelta(0)
    (back,) = await machine.minutes(5)
    assert "jumped 1 day back" in back
    assert [r.message for r in caplog.records] == ["clock is off"] * 2


async def test_the_databases_clock_is_gone_by_and_a_difference_is_told_once(world):
    machine = Machine(world, database=True)
    machine.off = timedelta(minutes=2)
    (told,) = await machine.minutes(30)
    assert "2 minutes ahead of the database's" in told
    assert machine.shared() == world.clock()
    assert machine.shared.ahead() == timedelta(minutes=2)
    machine.steady_s += 5  # between two looks its own monotonic clock carries it on
    assert machine.shared() == world.clock() + timedelta(seconds=5)
