"""What a sender does with what Slack answers; storage and Slack in memory."""

import logging
from collections import Counter
from datetime import timedelta

import pytest

from bot.delivery.decisions import AT_MOST_ONCE, RetryPolicy
from bot.delivery.worker import DeliveryPolicy
from bot.domain.errors import WorkspaceGoneError
from bot.domain.subscription import DeliveryKind, DeliveryState, NewDelivery
from tests.delivery.fakes import START, Fault, Killed, Process, World

KEY = "digest:17:2026-03-02"


@pytest.fixture
def world() -> World:
    return World()


async def test_a_digest_is_a_parent_with_its_replies_in_the_thread(world):
    world.put(KEY, messages=3)
    assert await world.sender().run() == Counter(sent=1)
    parent, *replies = world.messages
    assert (parent.thread_ts, parent.text) == (None, f"{KEY}/0")
    assert [(r.thread_ts, r.text) for r in replies] == [
        (parent.ts, f"{KEY}/1"),
        (parent.ts, f"{KEY}/2"),
    ]
    assert world.delivery(KEY).state is DeliveryState.SENT


async def test_messages_to_one_channel_are_a_second_apart(world):
    world.put(KEY, messages=3)
    await world.sender().run()
    assert [(m.at - START).total_seconds() for m in world.messages] == [0.0, 1.0, 2.0]


async def test_nothing_is_looked_up_when_nothing_went_wrong(world):
    world.put(KEY, messages=3)
    await world.sender().run()
    assert world.lookups == 0


async def test_slacks_retry_after_is_waited_out(world):
    world.put(KEY)
    world.post_faults = [Fault.RATE_LIMITED]  # asks for forty seconds
    assert await world.sender().run() == Counter(retried=1)
    waiting = world.delivery(KEY)
    assert waiting.next_attempt_at >= START + timedelta(seconds=40)
    assert not waiting.messages[0].attempted
    world.clock.advance(timedelta(seconds=39))
    assert await world.sender().run() == Counter()
    world.clock.advance(timedelta(seconds=20))
    assert await world.sender().run() == Counter(sent=1)
    assert world.lookups == 0


@pytest.mark.parametrize("fault", [Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.LATE])
async def test_a_message_of_unknown_fate_is_looked_up_before_it_is_sent_again(world, fault):
    world.put(KEY)
    world.post_faults = [fault]
    await world.sender().run()
    assert world.delivery(KEY).messages[0].attempted
    world.clock.advance(timedelta(minutes=1))
    await world.sender().run()
    assert world.lookups == 1
    assert [m.text for m in world.messages] == [f"{KEY}/0"]


async def test_without_the_history_scope_it_is_not_sent_again_and_admins_are_told(world):
    world.put(KEY, messages=2)
    world.post_faults = [Fault.LOST_AFTER]
    await world.sender().run()
    world.find_faults = [Fault.NO_HISTORY]
    world.clock.advance(timedelta(minutes=1))
    assert await world.sender().run() == Counter(failed=1)
    assert len(world.messages) == 1
    assert world.delivery(KEY).error == AT_MOST_ONCE
    assert AT_MOST_ONCE in world.told[f"failed:{KEY}"]


async def test_refused_blocks_are_sent_as_plain_text_once(world):
    world.put(KEY, messages=2)
    world.post_faults = [Fault.BLOCKS_REFUSED]
    assert await world.sender().run() == Counter(sent=1)
    assert [(m.text, m.blocks) for m in world.messages] == [(f"{KEY}/0", None), (f"{KEY}/1", [1])]


async def test_a_message_that_slack_refuses_as_plain_text_too_is_given_up(world):
    world.put(KEY)
    world.post_faults = [Fault.BLOCKS_REFUSED, Fault.REFUSED]
    assert await world.sender().run() == Counter(failed=1)
    assert world.requests == 2
    assert world.messages == []
    assert world.delivery(KEY).state is DeliveryState.FAILED
    assert "goes into the next one" in world.told[f"failed:{KEY}"]


async def test_a_target_that_is_gone_is_suspended_and_admins_are_told_once(world):
    world.put(KEY)
    world.put("digest:18:2026-03-02")
    world.post_faults = [Fault.TARGET_GONE, Fault.TARGET_GONE]
    assert await world.sender().run() == Counter(failed=2)
    assert world.suspended == {"C1": "The channel is archived."}
    assert list(world.told) == ["parked:C1:2026-03-02"]


async def test_a_failed_alert_makes_no_alert(world):
    payload = {"text": "The token of a feed is wrong."}
    for n, fault in enumerate((Fault.TARGET_GONE, Fault.REFUSED)):
        new = NewDelivery(
            key=f"alert:{n}", kind=DeliveryKind.ALERT, target="U1", payloads=(payload,)
        )
        world.store(new, START)
        world.post_faults.append(fault)
    assert await world.sender().run() == Counter(failed=2)
    assert world.told == {}


async def test_a_revoked_token_stops_everything_and_loses_nothing(world):
    world.put(KEY, messages=2)
    world.post_faults = [Fault.OK, Fault.WORKSPACE_GONE]
    with pytest.raises(WorkspaceGoneError, match="revoked"):
        await world.sender().run()
    kept = world.delivery(KEY)
    assert kept.state is DeliveryState.PENDING
    assert [m.attempted for m in kept.messages] == [True, False]
    world.clock.advance(timedelta(minutes=1))
    await world.sender().run()
    assert [m.text for m in world.messages] == [f"{KEY}/0", f"{KEY}/1"]


async def test_a_token_that_is_revoked_lets_the_deliveries_under_way_end(world):
    world.put(KEY)
    world.put("digest:18:2026-03-02", target="C2", messages=3)
    world.post_faults = [Fault.WORKSPACE_GONE]
    with pytest.raises(WorkspaceGoneError):
        await world.sender().run()
    assert world.delivery("digest:18:2026-03-02").state is DeliveryState.SENT


async def test_after_the_last_attempt_it_is_given_up(world):
    world.put(KEY)
    world.post_faults = [Fault.NOT_CONNECTED] * 3
    policy = DeliveryPolicy(retry=RetryPolicy(attempts=3))
    for _ in range(5):
        await world.sender(policy=policy).run()
        world.clock.advance(timedelta(hours=1))
    assert world.requests == 3
    assert world.delivery(KEY).error == "Given up after 3 attempts. no connection"


async def test_a_delivery_that_brings_every_process_down_is_given_up(world):
    world.put(KEY)
    world.put("digest:18:2026-03-02", target="C2")
    for _ in range(2 * RetryPolicy().attempts):
        with pytest.raises(Killed):  # right after the claim, before anything can be noted
            await world.sender(Process(killed_at=3), policy=DeliveryPolicy(at_once=1)).run()
        world.clock.advance(timedelta(minutes=4))
    assert await world.sender().run() == Counter(sent=1, failed=1)
    assert world.delivery(KEY).state is DeliveryState.FAILED
    assert "in vain" in world.told[f"failed:{KEY}"]


async def test_a_fault_of_ours_is_logged_and_not_tried_for_ever(world, caplog):
    world.put(KEY)
    world.put("digest:18:2026-03-02", target="C2")
    world.post_faults = [Fault.BUG]
    with caplog.at_level(logging.ERROR):
        report = await world.sender().run()
    assert report == Counter(sent=1, retried=1)
    record = next(r for r in caplog.records if r.message == "delivery met a fault")
    assert record.exc_info is not None
    assert "ZeroDivisionError" in str(world.delivery(KEY).error)
    assert world.delivery(KEY).attempts == 1


async def test_no_text_of_a_message_is_ever_logged(world, caplog):
    world.put(KEY, messages=2)
    world.post_faults = [Fault.BLOCKS_REFUSED, Fault.OK, Fault.BUG]
    with caplog.at_level(logging.DEBUG):
        await world.sender().run()
    assert caplog.records
    assert all(f"{KEY}/" not in str(vars(record)) for record in caplog.records)


async def test_a_message_is_begun_only_while_the_lease_outlasts_it(world):
    world.put(KEY, messages=5)
    world.post_faults = [Fault.SLOW] * 5
    other = world.sender(worker="another")
    world.meanwhile = other.run  # another worker takes whatever it may, while a request is out
    await world.sender(worker="the first").run()
    assert [m.position for m in world.messages] == [0, 1, 2, 3, 4]
    assert world.delivery(KEY).state is DeliveryState.SENT


async def test_with_a_lease_too_short_for_anything_a_run_ends_all_the_same(world):
    world.put(KEY)
    policy = DeliveryPolicy(lease=timedelta(seconds=10))
    assert await world.sender(policy=policy).run() == Counter(released=1)
    assert world.messages == []


async def test_a_stopping_sender_ends_between_two_messages_and_puts_the_rest_back(world):
    world.put(KEY, messages=3)
    world.put("digest:18:2026-03-02", target="C2")
    world.post_faults = [Fault.SLOW]
    sender = world.sender(policy=DeliveryPolicy(at_once=1))

    async def stop() -> None:
        sender.stop()

    world.meanwhile = stop
    assert await sender.run() == Counter(partly=1)
    assert [m.position for m in world.messages] == [0]
    assert await world.sender(worker="the next process").run() == Counter(sent=2)
    assert [m.position for m in world.messages if m.key == KEY] == [0, 1, 2]


async def test_a_crash_while_telling_the_admins_is_made_good(world):
    world.put(KEY)
    world.post_faults = [Fault.TARGET_GONE]
    probe = World(post_faults=[Fault.TARGET_GONE])
    probe.put(KEY)
    counting = Process()
    await probe.sender(counting).run()
    for step in range(1, counting.steps + 1):
        again = World(post_faults=[Fault.TARGET_GONE, Fault.TARGET_GONE])
        again.put(KEY)
        with pytest.raises(Killed):
            await again.sender(Process(killed_at=step)).run()
        again.clock.advance(timedelta(minutes=4))
        await again.sender().run()
        assert list(again.told) == ["parked:C1:2026-03-02"]
        assert again.delivery(KEY).state is DeliveryState.FAILED
