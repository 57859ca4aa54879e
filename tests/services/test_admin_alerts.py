"""Telling the admins."""

import logging

import pytest

from bot.domain.subscription import DeliveryKind
from bot.services.alerts import AdminAlerts
from tests.delivery.fakes import MemoryOutbox, Process, W, World, hearing


@pytest.fixture
def world() -> World:
    return World()


def alerts(world: World, *admins: str) -> AdminAlerts:
    return AdminAlerts(
        outbox=MemoryOutbox(world, Process()),
        admins=hearing(admins),
        clock=world.clock,
    )


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
