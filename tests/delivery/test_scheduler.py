"""Ticks: wake, go on after a fault, never twice at once, stop cleanly."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.delivery.scheduler import Scheduler, Tick
from bot.domain.errors import WorkspaceGoneError

SHORT = timedelta(milliseconds=10)
NEVER = timedelta(days=1)
PATIENCE_S = 5


class Counter:
    """An action that counts its runs and can be held, broken or watched."""

    def __init__(self) -> None:
        self.runs = 0
        self.running = 0
        self.most_at_once = 0
        self.error: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self._changed = asyncio.Condition()

    async def __call__(self) -> None:
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        try:
            async with self._changed:
                self.runs += 1
                self._changed.notify_all()
            await self.gate.wait()
        finally:
            self.running -= 1
        if self.error is not None:
            raise self.error

    async def reached(self, runs: int) -> None:
        async with asyncio.timeout(PATIENCE_S), self._changed:
            await self._changed.wait_for(lambda: self.runs >= runs)


@asynccontextmanager
async def started(
    *ticks: Tick, on_gone: Callable[[WorkspaceGoneError], None] = lambda _error: None
) -> AsyncIterator[Scheduler]:
    numbers = itertools.count(1)
    scheduler = Scheduler(ticks, on_gone=on_gone, reference=lambda: f"ref{next(numbers)}")
    scheduler.start()
    try:
        yield scheduler
    finally:
        await scheduler.shutdown()


def tick(action: Callable[[], Awaitable[object]], *, every: timedelta = NEVER) -> Tick:
    return Tick(name="send", every=every, action=action)


async def test_a_tick_runs_at_the_start_and_again_and_again():
    count = Counter()
    async with started(tick(count, every=SHORT)):
        await count.reached(3)


async def test_a_tick_may_wait_for_its_first_interval():
    at_once, waiting = Counter(), Counter()
    late = Tick(name="housekeeping", every=NEVER, action=waiting, at_start=False)
    async with started(tick(at_once), late):
        await at_once.reached(1)
    assert waiting.runs == 0


async def test_a_failing_tick_is_logged_with_a_reference_and_runs_again(caplog):
    count = Counter()
    count.error = ZeroDivisionError("broken")
    with caplog.at_level(logging.ERROR):
        async with started(tick(count, every=SHORT)):
            await count.reached(3)
    failures = [r for r in caplog.records if r.message == "tick failed"]
    assert len(failures) >= 2
    assert [vars(r)["reference"] for r in failures[:2]] == ["ref1", "ref2"]
    assert failures[0].exc_info is not None


async def test_a_slow_tick_never_runs_twice_at_once():
    count = Counter()
    count.gate.clear()
    other = Counter()
    fast = Tick(name="fast", every=SHORT, action=other)
    async with started(tick(count, every=SHORT), fast):
        await count.reached(1)
        await other.reached(5)
        count.gate.set()
        await count.reached(2)
    assert count.most_at_once == 1


async def test_a_nudge_runs_the_sender_at_once():
    count = Counter()
    async with started(tick(count)) as scheduler:
        await count.reached(1)
        scheduler.nudge()
        await count.reached(2)


async def test_a_nudge_during_a_run_is_followed_by_one_more():
    count = Counter()
    count.gate.clear()
    async with started(tick(count)) as scheduler:
        await count.reached(1)
        for _ in range(5):
            scheduler.nudge("send")
        count.gate.set()
        await count.reached(2)
    assert count.runs == 2


async def test_a_nudge_outside_the_scheduler_s_life_does_nothing():
    count = Counter()
    scheduler = Scheduler([tick(count)], on_gone=lambda _e: None, reference=lambda: "r")
    scheduler.nudge()
    await scheduler.shutdown()
    scheduler.start()
    await count.reached(1)
    await scheduler.shutdown()
    scheduler.nudge()
    assert count.runs == 1
    with pytest.raises(KeyError):
        scheduler.nudge("weekly")


async def test_shutdown_waits_for_what_runs():
    count = Counter()
    count.gate.clear()
    async with started(tick(count)) as scheduler:
        await count.reached(1)
        stopping = asyncio.create_task(scheduler.shutdown())
        scheduler.nudge()
        await asyncio.sleep(0)
        assert not stopping.done()
        count.gate.set()
        await stopping
    assert (count.runs, count.running) == (1, 0)


async def test_shutdown_cancels_what_does_not_end_in_time():
    count = Counter()
    count.gate.clear()
    async with started(tick(count)) as scheduler:
        await count.reached(1)
        await scheduler.shutdown(grace=timedelta(milliseconds=1))
    assert count.running == 0


async def test_thrown_out_by_slack_it_says_so_once_and_runs_nothing_more():
    told: list[WorkspaceGoneError] = []
    heard = asyncio.Event()

    def hear(error: WorkspaceGoneError) -> None:
        told.append(error)
        heard.set()

    count, other = Counter(), Counter()
    count.error = WorkspaceGoneError("The token is revoked.", code="token_revoked")
    poll = Tick(name="poll", every=SHORT, action=other)
    async with started(tick(count, every=SHORT), poll, on_gone=hear) as scheduler:
        async with asyncio.timeout(PATIENCE_S):
            await heard.wait()
        runs = other.runs
        scheduler.nudge("poll")
        scheduler.nudge("send")
    assert [e.code for e in told] == ["token_revoked"]
    assert (count.runs, other.runs) == (1, runs)
    assert not scheduler._apscheduler.running
