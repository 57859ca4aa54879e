"""Jobs: wake, go on after a fault, never twice at once, stop cleanly."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.domain.errors import LedgerError, WorkspaceGoneError
from bot.jobs import Job, JobName
from bot.scheduler import Scheduler

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
        self.made_work = False
        self.gate = asyncio.Event()
        self.gate.set()
        self._changed = asyncio.Condition()

    async def __call__(self) -> bool:
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
        return self.made_work

    async def reached(self, runs: int) -> None:
        async with asyncio.timeout(PATIENCE_S), self._changed:
            await self._changed.wait_for(lambda: self.runs >= runs)


@asynccontextmanager
async def started(*jobs: Job) -> AsyncIterator[Scheduler]:
    scheduler = Scheduler(jobs)
    scheduler.start()
    try:
        yield scheduler
    finally:
        await scheduler.shutdown()


def job(
    work: Callable[[], Awaitable[object]], *, every: timedelta = NEVER, wakes: JobName | None = None
) -> Job:
    return Job(JobName.SEND, [], every, work, wakes)


async def test_a_job_runs_at_the_start_and_again_and_again():
    count = Counter()
    async with started(job(count, every=SHORT)):
        await count.reached(3)


@pytest.mark.parametrize("made_work", [True, False])
async def test_a_job_wakes_the_one_that_goes_on_from_its_work(made_work):
    first, then = Counter(), Counter()
    first.made_work = made_work
    digests = Job(JobName.DIGESTS, [], NEVER, first, JobName.SEND)
    async with started(job(then), digests) as scheduler:
        await then.reached(1)
        before = first.runs
        scheduler.nudge(JobName.DIGESTS)
        await first.reached(before + 1)
        if made_work:
            await then.reached(2)
    assert made_work or then.runs == 1


async def test_a_failing_job_is_logged_with_a_reference_and_runs_again(caplog):
    count = Counter()
    count.error = ZeroDivisionError("broken")
    with caplog.at_level(logging.ERROR):
        async with started(job(count, every=SHORT)):
            await count.reached(3)
    failures = [r for r in caplog.records if r.message == "job failed"]
    assert len(failures) >= 2
    first, second, *_ = [vars(r)["reference"] for r in failures]
    assert first
    assert second not in {"", first}
    assert failures[0].exc_info is not None


async def test_a_slow_job_never_runs_twice_at_once():
    count = Counter()
    count.gate.clear()
    other = Counter()
    fast = Job(JobName.POLL, [], SHORT, other)
    async with started(job(count, every=SHORT), fast):
        await count.reached(1)
        await other.reached(5)
        count.gate.set()
        await count.reached(2)
    assert count.most_at_once == 1


async def test_a_nudge_runs_the_sender_at_once():
    count = Counter()
    async with started(job(count)) as scheduler:
        await count.reached(1)
        scheduler.nudge(JobName.SEND)
        await count.reached(2)


async def test_a_nudge_during_a_run_is_followed_by_one_more():
    count = Counter()
    count.gate.clear()
    async with started(job(count)) as scheduler:
        await count.reached(1)
        for _ in range(5):
            scheduler.nudge(JobName.SEND)
        count.gate.set()
        await count.reached(2)
    assert count.runs == 2


async def test_a_nudge_outside_the_scheduler_s_life_does_nothing():
    count = Counter()
    scheduler = Scheduler([job(count)])
    scheduler.nudge(JobName.SEND)
    await scheduler.shutdown()
    scheduler.start()
    await count.reached(1)
    await scheduler.shutdown()
    scheduler.nudge(JobName.SEND)
    assert count.runs == 1


async def test_a_nudge_of_another_process_s_job_does_nothing():
    count = Counter()
    async with started(job(count)) as scheduler:
        await count.reached(1)
        scheduler.nudge(JobName.POLL)
        scheduler.nudge(JobName.SEND)
        await count.reached(2)


async def test_shutdown_waits_for_what_runs():
    count = Counter()
    count.gate.clear()
    async with started(job(count)) as scheduler:
        await count.reached(1)
        stopping = asyncio.create_task(scheduler.shutdown())
        scheduler.nudge(JobName.SEND)
        await asyncio.sleep(0)
        assert not stopping.done()
        count.gate.set()
        await stopping
    assert (count.runs, count.running) == (1, 0)


async def test_shutdown_cancels_what_does_not_end_in_time():
    count = Counter()
    count.gate.clear()
    async with started(job(count)) as scheduler:
        await count.reached(1)
        await scheduler.shutdown(grace=timedelta(milliseconds=1))
    assert count.running == 0


async def test_shutdown_breaks_off_at_once_what_a_later_run_makes_up_for():
    count = Counter()
    count.gate.clear()
    long = Job(JobName.DIGESTS, [], NEVER, count, cut_off=True)
    async with started(long) as scheduler:
        await count.reached(1)
        async with asyncio.timeout(PATIENCE_S):
            await scheduler.shutdown(grace=timedelta(minutes=1))
    assert (count.runs, count.running) == (1, 0)


async def test_an_error_that_is_a_sentence_is_one_line_without_a_traceback(caplog):
    count = Counter()
    count.error = LedgerError("the ledger cannot be reached")
    async with started(job(count, every=SHORT)):
        await count.reached(2)
    failed, *_ = [r for r in caplog.records if r.message == "job failed"]
    assert (failed.why, failed.exc_info) == ("the ledger cannot be reached", None)


async def test_how_the_last_run_ended_is_known():
    now_s = 100.0
    count = Counter()
    count.gate.clear()
    scheduler = Scheduler([job(count)], monotonic=lambda: now_s)
    scheduler.start()
    assert not scheduler.last_runs[JobName.SEND].failed
    await count.reached(1)
    now_s, count.error = 200.0, ZeroDivisionError()
    count.gate.set()
    scheduler.nudge(JobName.SEND)
    await count.reached(2)
    assert (scheduler.last_runs[JobName.SEND].at_s, scheduler.last_runs[JobName.SEND].failed) == (
        200.0,
        True,
    )
    now_s, count.error = 300.0, None
    scheduler.nudge(JobName.SEND)
    await count.reached(3)
    await scheduler.shutdown()
    last = scheduler.last_runs[JobName.SEND]
    assert (last.at_s, last.failed) == (300.0, False)


async def test_thrown_out_by_slack_it_says_so_once_and_runs_nothing_more():
    count, other = Counter(), Counter()
    count.error = WorkspaceGoneError("The token is revoked.", code="token_revoked")
    poll = Job(JobName.POLL, [], SHORT, other)
    async with started(job(count, every=SHORT), poll) as scheduler:
        async with asyncio.timeout(PATIENCE_S):
            with pytest.raises(WorkspaceGoneError) as gone:
                await scheduler.wait()
        runs = other.runs
        scheduler.nudge(JobName.POLL)
        scheduler.nudge(JobName.SEND)
    assert gone.value.code == "token_revoked"
    assert (count.runs, other.runs) == (1, runs)
    assert not scheduler._apscheduler.running
