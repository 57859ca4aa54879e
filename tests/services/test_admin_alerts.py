"""Telling the admins."""

import logging
from datetime import timedelta

import pytest

from bot.domain.subscription import DeliveryKind
from bot.ledger import StorageError
from bot.services.alerts import AdminAlerts, LedgerAlarm
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
