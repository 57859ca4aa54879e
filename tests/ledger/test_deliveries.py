import asyncio
import random
from datetime import datetime, timedelta

import pytest

from bot.domain.errors import LedgerError, NotFoundError
from bot.domain.subscription import DeliveryKind, DeliveryState
from bot.domain.workspace import WorkspaceId
from bot.ledger import LeaseLostError, Ledger
from tests.ledger.builders import ANALYST, DAY, HOUR, MORNINGS, NOW, delivery

LEASE = timedelta(minutes=2)
Desk = tuple[Ledger, WorkspaceId]


@pytest.fixture
async def desk(ledger: Ledger) -> Desk:
    return ledger, await ledger.workspaces.first()


async def claimed(
    ledger: Ledger, worker: str = "w1", *, now: datetime = NOW, limit: int = 10
) -> list[int]:
    got = await ledger.outbox.claim(now=now, worker=worker, lease=LEASE, limit=limit)
    return [d.id for _, d in got]


async def post(ledger: Ledger, number: int, position: int, worker: str = "w1") -> None:
    await ledger.outbox.attempting(number, position, worker=worker, at=NOW)
    await ledger.outbox.posted(
        number, position, worker=worker, ts=f"1.{position}", channel="C01BRIEFS", at=NOW
    )


async def test_a_delivery_comes_back_as_it_was_put_in(desk: Desk) -> None:
    ledger, workspace = desk
    assert await ledger.outbox.put(workspace, delivery("k"), at=NOW)
    ((owner, found),) = await ledger.outbox.claim(now=NOW, worker="w1", lease=LEASE, limit=5)
    assert owner == workspace
    assert (found.key, found.kind, found.target) == ("k", DeliveryKind.DIGEST, "C01BRIEFS")
    assert [(m.position, m.payload, m.attempted, m.ts) for m in found.messages] == [
        (0, {"text": "Briefing"}, False, None),
        (1, {"text": "More"}, False, None),
    ]
    assert (found.state, found.attempts, found.created_at) == (DeliveryState.PENDING, 1, NOW)
    assert (found.window_since, found.window_until) == (NOW - DAY, NOW)


async def test_a_key_is_put_in_once_for_each_workspace(desk: Desk) -> None:
    ledger, workspace = desk
    other = await ledger.workspaces.adopt("T02OTHER")
    other = other if other != workspace else await ledger.workspaces.adopt("T03THIRD")
    assert not await ledger.outbox.has(workspace, "k")
    firsts = await asyncio.gather(
        *(ledger.outbox.put(workspace, delivery("k"), at=NOW) for _ in range(6))
    )
    assert sum(firsts) == 1
    assert await ledger.outbox.has(workspace, "k")
    assert await ledger.outbox.put(other, delivery("k"), at=NOW)
    assert len(await ledger.outbox.list(workspace)) == 1


async def test_a_delivery_without_a_message_is_refused(desk: Desk) -> None:
    ledger, workspace = desk
    with pytest.raises(LedgerError, match="no message"):
        await ledger.outbox.put(workspace, delivery(payloads=()), at=NOW)
    assert await ledger.outbox.list(workspace) == ()


async def test_a_delivery_is_sent_when_its_last_message_is_posted(desk: Desk) -> None:
    ledger, workspace = desk
    await ledger.outbox.put(workspace, delivery(), at=NOW)
    (number,) = await claimed(ledger)
    await post(ledger, number, 0)
    (now,) = await ledger.outbox.list(workspace)
    assert now.state is DeliveryState.PENDING
    await post(ledger, number, 1)
    (now,) = await ledger.outbox.list(workspace)
    assert now.state is DeliveryState.SENT
    assert [(m.ts, m.channel, m.attempted) for m in now.messages] == [
        ("1.0", "C01BRIEFS", True),
        ("1.1", "C01BRIEFS", True),
    ]
    assert await claimed(ledger, now=NOW + DAY) == []


async def test_claims_are_oldest_first_and_no_more_than_asked(desk: Desk) -> None:
    ledger, workspace = desk
    for n in range(5):
        await ledger.outbox.put(workspace, delivery(f"k{n}"), at=NOW - n * HOUR)
    got = await ledger.outbox.claim(now=NOW, worker="w1", lease=LEASE, limit=3)
    assert [d.key for _, d in got] == ["k4", "k3", "k2"]
    assert len(await claimed(ledger, "w2")) == 2


async def test_a_claim_lasts_as_long_as_its_lease(desk: Desk) -> None:
    ledger, workspace = desk
    await ledger.outbox.put(workspace, delivery(), at=NOW)
    (number,) = await claimed(ledger, "w1")
    assert await claimed(ledger, "w2", now=NOW + LEASE / 2) == []
    assert await claimed(ledger, "w2", now=NOW + LEASE) == [number]
    (now,) = await ledger.outbox.list(workspace)
    assert now.attempts == 2


async def test_who_lost_the_lease_is_refused_every_step(desk: Desk) -> None:
    ledger, workspace = desk
    await ledger.outbox.put(workspace, delivery(), at=NOW)
    (number,) = await claimed(ledger, "w1")
    with pytest.raises(LeaseLostError):
        await ledger.outbox.attempting(number, 0, worker="w1", at=NOW + LEASE)
    await claimed(ledger, "w2", now=NOW + LEASE)
    with pytest.raises(LeaseLostError):
        await ledger.outbox.attempting(number, 0, worker="w1", at=NOW)
    with pytest.raises(LeaseLostError):
        await ledger.outbox.unattempted(number, 0, worker="w1")
    with pytest.raises(LeaseLostError):
        await ledger.outbox.retry(number, worker="w1", error="x", next_attempt_at=NOW)
    with pytest.raises(LeaseLostError):
        await ledger.outbox.fail(number, worker="w1", error="x", at=NOW)
    (now,) = await ledger.outbox.list(workspace)
    assert (now.state, now.error) == (DeliveryState.PENDING, None)


async def test_what_slack_has_is_noted_even_without_the_lease_and_the_first_word_stands(
    desk: Desk,
) -> None:
    ledger, workspace = desk
    await ledger.outbox.put(workspace, delivery(payloads=({"text": "one"},)), at=NOW)
    (number,) = await claimed(ledger, "w1")
    await ledger.outbox.attempting(number, 0, worker="w1", at=NOW)
    await claimed(ledger, "w2", now=NOW + LEASE)
    for worker, ts in (("w1", "1.1"), ("w2", "2.2")):
        await ledger.outbox.posted(number, 0, worker=worker, ts=ts, channel="C1", at=NOW)
    (now,) = await ledger.outbox.list(workspace)
    assert (now.state, now.messages[0].ts) == (DeliveryState.SENT, "1.1")
    with pytest.raises(LeaseLostError):
        await ledger.outbox.attempting(number, 0, worker="w2", at=NOW + LEASE)


async def test_a_posted_message_is_not_attempted_again(desk: Desk) -> None:
    ledger, workspace = desk
    await ledger.outbox.put(workspace, delivery(), at=NOW)
    (number,) = await claimed(ledger)
    await post(ledger, number, 0)
    with pytest.raises(LedgerError, match="posted already"):
        await ledger.outbox.attempting(number, 0, worker="w1", at=NOW)


async def test_an_attempt_whose_fate_is_unknown_is_seen_by_the_next_worker(desk: Desk) -> None:
    ledger, workspace = desk
    await ledger.outbox.put(workspace, delivery(), at=NOW)
    (number,) = await claimed(ledger)
    await ledger.outbox.attempting(number, 0, worker="w1", at=NOW)
    ((_, found),) = await ledger.outbox.claim(now=NOW + LEASE, worker="w2", lease=LEASE, limit=1)
    assert [(m.attempted, m.ts) for m in found.messages] == [(True, None), (False, None)]
    await ledger.outbox.unattempted(number, 0, worker="w2")
    (now,) = await ledger.outbox.list(workspace)
    assert not now.messages[0].attempted


async def test_a_delivery_to_be_tried_again_waits_for_its_time(desk: Desk) -> None:
    ledger, workspace = desk
    await ledger.outbox.put(workspace, delivery(), at=NOW)
    (number,) = await claimed(ledger)
    await ledger.outbox.retry(number, worker="w1", error="rate", next_attempt_at=NOW + HOUR)
    (now,) = await ledger.outbox.list(workspace)
    assert (now.state, now.error, now.next_attempt_at) == (
        DeliveryState.PENDING,
        "rate",
        NOW + HOUR,
    )
    assert await claimed(ledger, now=NOW + HOUR / 2) == []
    assert await claimed(ledger, now=NOW + HOUR) == [number]


async def test_a_failed_delivery_keeps_its_reason_and_counts_for_nothing(desk: Desk) -> None:
    ledger, workspace = desk
    subscription = await ledger.subscriptions.add(
        workspace, "C01BRIEFS", (), MORNINGS, actor=ANALYST, at=NOW
    )
    told = delivery(subscription_id=subscription.id, mentions=frozenset({("remains", 1)}))
    await ledger.outbox.put(workspace, told, at=NOW)
    assert await ledger.outbox.covered_until(workspace, subscription.id, now=NOW + 9 * DAY) == NOW
    (number,) = await claimed(ledger)
    await ledger.outbox.fail(number, worker="w1", error="refused", at=NOW)
    (now,) = await ledger.outbox.list(workspace)
    assert (now.state, now.error) == (DeliveryState.FAILED, "refused")
    assert await claimed(ledger, now=NOW + DAY) == []
    assert await ledger.outbox.covered_until(workspace, subscription.id, now=NOW + 9 * DAY) is None
    assert await ledger.outbox.mentioned(workspace, subscription.id) == frozenset()
    assert await ledger.outbox.has(workspace, told.key)


async def test_a_skipped_digest_is_never_sent_keeps_its_reason_and_covers_its_window(
    desk: Desk,
) -> None:
    ledger, workspace = desk
    subscription = await ledger.subscriptions.add(
        workspace, "C01BRIEFS", (), MORNINGS, actor=ANALYST, at=NOW
    )
    skipped = delivery(subscription_id=subscription.id, payloads=(), skipped="nothing was new")
    assert await ledger.outbox.put(workspace, skipped, at=NOW)
    assert not await ledger.outbox.put(workspace, skipped, at=NOW)
    assert await claimed(ledger, now=NOW + DAY) == []
    (kept,) = await ledger.outbox.list(workspace)
    assert (kept.state, kept.error) == (DeliveryState.SKIPPED, "nothing was new")
    assert kept.messages == ()
    assert await ledger.outbox.covered_until(workspace, subscription.id) == NOW
    for wrong in (delivery("a", skipped="why"), delivery("b", payloads=())):
        with pytest.raises(LedgerError):
            await ledger.outbox.put(workspace, wrong, at=NOW)


async def test_what_digests_cover_and_tell_is_known_from_the_moment_they_are_put_in(
    desk: Desk,
) -> None:
    ledger, workspace = desk
    one, other = [
        await ledger.subscriptions.add(workspace, target, (), MORNINGS, actor=ANALYST, at=NOW)
        for target in ("C01BRIEFS", "C02OTHER")
    ]
    for n, story in enumerate((5, 6)):
        until = NOW + n * DAY
        mentions = frozenset({("remains", story), ("regime", 5)})
        told = delivery(f"d{n}", subscription_id=one.id, window_until=until, mentions=mentions)
        await ledger.outbox.put(workspace, told, at=until)
    assert await ledger.outbox.covered_until(workspace, one.id, now=NOW + 9 * DAY) == NOW + DAY
    assert await ledger.outbox.mentioned(workspace, one.id) == {
        ("remains", 5),
        ("remains", 6),
        ("regime", 5),
    }
    assert await ledger.outbox.covered_until(workspace, other.id, now=NOW + 9 * DAY) is None
    assert await ledger.outbox.mentioned(workspace, other.id) == frozenset()


async def test_steps_of_what_does_not_exist_are_not_found(desk: Desk) -> None:
    ledger, workspace = desk
    await ledger.outbox.put(workspace, delivery(), at=NOW)
    (number,) = await claimed(ledger)
    with pytest.raises(NotFoundError):
        await ledger.outbox.attempting(number + 1, 0, worker="w1", at=NOW)
    with pytest.raises(NotFoundError):
        await ledger.outbox.attempting(number, 2, worker="w1", at=NOW)


async def test_each_delivery_is_claimed_by_exactly_one_of_many_at_once(
    database_url: str,
) -> None:
    """Claimers with connections of their own, as processes have."""
    async with Ledger.opened(database_url) as ledger:
        workspace = await ledger.workspaces.first()
        for n in range(40):
            await ledger.outbox.put(workspace, delivery(f"k{n}"), at=NOW)
        others = [await Ledger.open(database_url) for _ in range(3)]
        draw = random.Random(7)
        taken: dict[str, list[int]] = {}

        async def worker(name: str, mine: Ledger) -> None:
            while got := await claimed(mine, name, limit=draw.randint(1, 5)):
                taken.setdefault(name, []).extend(got)

        ledgers = [ledger, *others]
        await asyncio.gather(*(worker(f"w{n}", ledgers[n % 4]) for n in range(8)))
        for other in others:
            await other.close()
        numbers = [number for got in taken.values() for number in got]
        assert len(numbers) == len(set(numbers)) == 40
        for name, got in taken.items():
            await ledger.outbox.attempting(got[0], 0, worker=name, at=NOW)
            with pytest.raises(LeaseLostError):
                await ledger.outbox.attempting(got[0], 0, worker="nobody", at=NOW)
