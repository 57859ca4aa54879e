"""One message a second and channel."""

import asyncio
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.worker import Pacer


class Timeline:
    """A clock whose sleepers wake in order."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def paced(timeline: Timeline) -> Pacer:
    return Pacer(monotonic=lambda: timeline.now, sleep=timeline.sleep)


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.floats(0, 3)), max_size=30))
def test_turns_of_one_channel_are_a_second_apart(visits):
    timeline = Timeline()
    pacer = paced(timeline)
    turns: dict[str, list[float]] = {}

    async def visit_all() -> None:
        for channel, pause in visits:
            timeline.now += pause
            await pacer.turn(channel)
            turns.setdefault(channel, []).append(timeline.now)

    asyncio.run(visit_all())
    for moments in turns.values():
        assert all(b - a >= 1.0 - 1e-9 for a, b in pairwise(moments))


async def test_another_channel_does_not_wait():
    timeline = Timeline()
    pacer = paced(timeline)
    for channel in ("A", "B", "C"):
        await pacer.turn(channel)
    assert timeline.slept == []


async def test_those_who_wait_together_wait_for_different_turns():
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    pacer = Pacer(monotonic=lambda: 0.0, sleep=sleep)
    await asyncio.gather(*(pacer.turn("A") for _ in range(4)))
    assert waits == [1.0, 2.0, 3.0]


async def test_channels_that_are_free_again_are_forgotten():
    timeline = Timeline()
    pacer = paced(timeline)
    for n in range(1000):
        timeline.now += 2
        await pacer.turn(f"C{n}")
    assert len(pacer._free_at) == 1
