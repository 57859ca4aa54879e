import asyncio
from dataclasses import replace
from datetime import time

import pytest

from bot.domain.errors import NotFoundError
from bot.domain.schedule import EVERY_DAY, Schedule, Weekday
from bot.ledger import Ledger
from tests.ledger.builders import ADMIN, ANALYST, DAY, HOUR, MORNINGS, NOW

EVENINGS = Schedule(
    weekdays=frozenset({Weekday.SUN, Weekday.WED}), at=time(18, 30, 15), timezone="America/New_York"
)


async def test_a_subscription_comes_back_as_it_was_asked_for(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    asked = ("remains", "singapore")
    made = await ledger.subscriptions.add(
        workspace, "C01BRIEFS", asked, EVENINGS, actor=ANALYST, at=NOW
    )
    assert (made.target, made.commitments, made.schedule) == ("C01BRIEFS", asked, EVENINGS)
    assert (made.created_by, made.created_at, made.suspended) == (ANALYST, NOW, None)
    assert await ledger.subscriptions.get(workspace, made.id) == made
    assert await ledger.subscriptions.live() == ((workspace, made),)


async def test_that_empty_digests_are_skipped_is_kept_until_it_is_asked_for_otherwise(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    add = ledger.subscriptions.add
    first = await add(workspace, "C1", (), MORNINGS, actor=ANALYST, at=NOW, skip_empty=True)
    assert first.skip_empty
    assert (await ledger.subscriptions.get(workspace, first.id)).skip_empty
    again = await add(workspace, "C1", (), MORNINGS, actor=ANALYST, at=NOW)
    assert (again.id, again.skip_empty) == (first.id, False)


async def test_the_same_target_and_commitments_again_changes_the_schedule(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    add = ledger.subscriptions.add
    first = await add(workspace, "C01BRIEFS", ("a", "b"), MORNINGS, actor=ANALYST, at=NOW)
    await ledger.subscriptions.suspend(workspace, "C01BRIEFS", "archived", at=NOW)
    again = await add(workspace, "C01BRIEFS", ("b", "a", "b"), EVENINGS, actor=ADMIN, at=NOW + DAY)
    assert (again.id, again.schedule, again.suspended) == (first.id, EVENINGS, None)
    assert (again.created_by, again.created_at) == (ADMIN, NOW + DAY)
    assert await ledger.subscriptions.list(workspace) == (again,)
    (newest, *_) = await ledger.audit.list(workspace)
    assert newest.before is not None
    assert newest.after is not None
    assert newest.before["local_time"] == "08:00:00"
    assert newest.before["parked"] == "archived"
    assert newest.after["local_time"] == "18:30:15"


async def test_other_targets_and_other_commitments_are_subscriptions_of_their_own(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    add = ledger.subscriptions.add
    wanted = [("C01BRIEFS", ()), ("C01BRIEFS", ("a",)), ("U02READER", ("a",))]
    made = [await add(workspace, t, c, MORNINGS, actor=ANALYST, at=NOW) for t, c in wanted]
    other = await add(workspace, "U02READER", (), MORNINGS, actor="U02READER", at=NOW)
    assert await ledger.subscriptions.list(workspace) == (*made, other)
    assert await ledger.subscriptions.list(workspace, target="C01BRIEFS") == tuple(made[:2])
    assert await ledger.subscriptions.list(workspace, created_by="U02READER") == (other,)


async def test_a_removed_subscription_is_gone_and_its_number_is_never_used_again(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    add = ledger.subscriptions.add
    first = await add(workspace, "C01BRIEFS", (), MORNINGS, actor=ANALYST, at=NOW)
    assert await ledger.subscriptions.remove(workspace, first.id, actor=ADMIN, at=NOW) == first
    with pytest.raises(NotFoundError):
        await ledger.subscriptions.get(workspace, first.id)
    with pytest.raises(NotFoundError):
        await ledger.subscriptions.remove(workspace, first.id, actor=ADMIN, at=NOW)
    assert await ledger.subscriptions.list(workspace) == ()
    assert await ledger.subscriptions.live() == ()
    second = await add(workspace, "C01BRIEFS", (), MORNINGS, actor=ANALYST, at=NOW + HOUR)
    assert second.id != first.id
    (_, removal, _) = await ledger.audit.list(workspace)
    assert (removal.action, removal.actor, removal.after) == ("subscription.remove", ADMIN, None)


async def test_suspending_a_target_stops_all_its_digests_and_says_how_many(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    add = ledger.subscriptions.add
    for commitments in ((), ("a",)):
        await add(workspace, "C01BRIEFS", commitments, MORNINGS, actor=ANALYST, at=NOW)
    other = await add(workspace, "C02OTHER", (), MORNINGS, actor=ANALYST, at=NOW)
    assert await ledger.subscriptions.suspend(workspace, "C01BRIEFS", "archived", at=NOW) == 2
    assert await ledger.subscriptions.suspend(workspace, "C01BRIEFS", "again", at=NOW) == 0
    assert await ledger.subscriptions.live() == ((workspace, other),)
    suspended = await ledger.subscriptions.list(workspace, target="C01BRIEFS")
    assert [s.suspended for s in suspended] == ["archived", "archived"]


async def test_two_who_subscribe_a_channel_to_the_same_at_once_get_one_subscription(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    made = await asyncio.gather(
        *(
            ledger.subscriptions.add(workspace, "C01BRIEFS", (), MORNINGS, actor=ANALYST, at=NOW)
            for _ in range(6)
        )
    )
    assert {s.id for s in made} == {made[0].id}
    assert len(await ledger.subscriptions.list(workspace)) == 1


async def test_a_daily_schedule_keeps_every_day(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    daily = replace(MORNINGS, weekdays=EVERY_DAY)
    made = await ledger.subscriptions.add(workspace, "C01BRIEFS", (), daily, actor=ANALYST, at=NOW)
    assert (await ledger.subscriptions.get(workspace, made.id)).schedule.weekdays == EVERY_DAY
