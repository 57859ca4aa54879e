"""Promise: whatever Slack answers and wherever the bot is killed, each message is read once."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.subscription import DeliveryState
from tests.delivery.fakes import PASSING, Fault, Killed, Process, World

LIVES = st.lists(st.integers(min_value=1, max_value=60), max_size=6)
"""At which step each life of the bot ends; the last life is not cut short."""

SIZES = st.lists(st.integers(min_value=1, max_value=4), min_size=1, max_size=3)
"""How many messages each delivery has."""

FAULTS = st.lists(st.sampled_from(PASSING), max_size=10)
"""With the lookups' fewer than `RetryPolicy.attempts`, so that nothing is given up."""

LOOKUP_FAULTS = st.lists(
    st.sampled_from([Fault.OK, Fault.RATE_LIMITED, Fault.LOST_BEFORE]), max_size=4
)


def world_of(sizes: list[int], faults: list[Fault], lookup_faults: list[Fault]) -> World:
    world = World(post_faults=list(faults), find_faults=list(lookup_faults))
    for n, size in enumerate(sizes):
        world.put(f"digest:{n}:2026-03-02", target=f"C{n % 2}", messages=size)
    return world


async def live_and_die(world: World, lives: list[int]) -> None:
    """Runs process after process until everything is settled."""
    ends: list[int | None] = [*lives]
    for _ in range(60):
        if not world.unsettled():
            return
        process = Process(killed_at=ends.pop(0) if ends else None)
        with suppress(Killed):
            await world.sender(process, worker=f"life {id(process)}").run()
        ready = min((d.next_attempt_at for d in world.unsettled()), default=world.clock())
        world.clock.advance(max(timedelta(minutes=3), ready - world.clock()))
    pytest.fail(f"never settled: {world.unsettled()}")


def assert_read_exactly_once(world: World, sizes: list[int]) -> None:
    world.clock.advance(timedelta(minutes=5))
    expected = [(f"digest:{n}:2026-03-02", p) for n, size in enumerate(sizes) for p in range(size)]
    assert sorted((m.key, m.position) for m in world.visible()) == sorted(expected)
    parents = {m.key: m.ts for m in world.messages if m.position == 0}
    for message in world.messages:
        assert message.thread_ts == (parents[message.key] if message.position else None)
    assert {d.state for d in world.deliveries.values()} == {DeliveryState.SENT}
    assert not world.told


@settings(max_examples=400, deadline=None)
@given(sizes=SIZES, faults=FAULTS, lookup_faults=LOOKUP_FAULTS, lives=LIVES)
@example(sizes=[2], faults=[Fault.LOST_AFTER], lookup_faults=[], lives=[])
@example(sizes=[1], faults=[Fault.LATE], lookup_faults=[Fault.RATE_LIMITED], lives=[7])
def test_each_message_is_read_once_whatever_fails_and_wherever_it_is_killed(
    sizes, faults, lookup_faults, lives
):
    world = world_of(sizes, faults, lookup_faults)
    asyncio.run(live_and_die(world, lives))
    assert_read_exactly_once(world, sizes)


@pytest.mark.parametrize("fault", PASSING)
def test_killed_at_every_single_step_it_still_arrives_once(fault):
    step = 0
    while True:
        step += 1
        world = world_of([3], [Fault.OK, fault], [])
        process = Process(killed_at=step)
        try:
            asyncio.run(world.sender(process).run())
        except Killed:
            world.clock.advance(timedelta(minutes=4))
            asyncio.run(live_and_die(world, []))
            assert_read_exactly_once(world, [3])
        else:
            break
    assert step > 12


@settings(max_examples=150, deadline=None)
@given(
    sizes=SIZES,
    faults=FAULTS,
    workers=st.integers(min_value=2, max_value=4),
    lives=LIVES,
    seed=st.integers(0, 2**32),
)
def test_senders_side_by_side_do_not_double_each_other(sizes, faults, workers, lives, seed):
    world = world_of(sizes, faults, [])
    rng = random.Random(seed)

    @asynccontextmanager
    async def interleave() -> AsyncIterator[None]:
        for _ in range(rng.randrange(4)):
            await asyncio.sleep(0)
        yield

    async def one(number: int, killed_at: int | None) -> None:
        process = Process(killed_at=killed_at, between=interleave)
        with suppress(Killed):
            await world.sender(process, worker=f"worker {number}").run()

    async def together() -> None:
        ends = [*lives, *([None] * workers)][:workers]
        await asyncio.gather(*(one(n, end) for n, end in enumerate(ends)))
        world.clock.advance(timedelta(minutes=3))
        await live_and_die(world, [])

    asyncio.run(together())
    assert_read_exactly_once(world, sizes)
