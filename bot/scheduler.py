"""Wakes the jobs; what is due is in the ledger, so nothing is decided or remembered here.

All of it runs in UTC on plain intervals. APScheduler's cron triggers are not used, because in 3.11
they skip or repeat local days around clock changes; local time is left to `bot.domain.schedule`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.domain.errors import WorkspaceGoneError
from bot.jobs import Job, JobName

log = logging.getLogger(__name__)

_JOB_DEFAULTS = {
    "coalesce": True,  # a machine that slept wakes each job once, not once for each hour slept
    "max_instances": 1,
    "misfire_grace_time": 6 * 3600,  # seconds; the default of 1 drops every late run
}


class Scheduler:
    """Runs jobs on the running event loop until shut down."""

    def __init__(self, jobs: Iterable[Job], *, reference: Callable[[], str]) -> None:
        """Makes a scheduler that is not yet started.

        Args:
            jobs: What this process does.
            reference: Gives a short new word to find a failure in the log by.
        """
        self._reference = reference
        self._jobs = {job.name: _Runner(job, self._guarded) for job in jobs}
        self._apscheduler = AsyncIOScheduler(timezone=UTC, job_defaults=_JOB_DEFAULTS)
        self._open = False
        self._stopped = asyncio.Event()
        self._gone: WorkspaceGoneError | None = None

    def start(self) -> None:
        """Starts the jobs; needs a running event loop."""
        self._open = True
        for name, runner in self._jobs.items():
            self._apscheduler.add_job(
                self._wake,
                "interval",
                seconds=runner.job.every.total_seconds(),
                id=name,
                args=[name],
                next_run_time=datetime.now(UTC),  # machine time on purpose: a wake, not a due date
            )
        self._apscheduler.start()

    def nudge(self, name: JobName) -> None:
        """Runs that job as soon as possible: now, or once more after the run under way.

        Does nothing for a job of another process, before `start` and after `shutdown`: what is due
        stays in the ledger, and its own process finds it in time.
        """
        if self._open and name in self._jobs:
            self._jobs[name].request()

    def stop(self) -> None:
        """Lets `wait` return."""
        self._stopped.set()

    async def wait(self) -> None:
        """Waits for `stop`.

        Raises:
            WorkspaceGoneError: Slack has thrown us out, and no job runs any more.
        """
        await self._stopped.wait()
        if self._gone is not None:
            raise self._gone

    async def shutdown(self, *, grace: timedelta = timedelta(seconds=40)) -> None:
        """Starts nothing more and waits for what runs; after `grace` it is cancelled.

        Cancelling is safe at any point, like a crash: the ledger knows what was under way.
        """
        self._open = False
        if not self._apscheduler.running:
            return
        self._apscheduler.shutdown(wait=False)
        running = {t for runner in self._jobs.values() for t in runner.tasks()}
        if running:
            _, late = await asyncio.wait(running, timeout=grace.total_seconds())
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await asyncio.sleep(0)  # APScheduler stops its timer in a callback of its own

    async def _wake(self, name: JobName) -> None:
        # APScheduler cancels its own coroutines at shutdown, so the work runs in a task of ours.
        self.nudge(name)

    async def _guarded(self, job: Job) -> None:
        """Runs a job; whatever goes wrong, the next one still runs."""
        if not self._open:
            return
        try:
            if await job.work() and job.wakes is not None:
                self.nudge(job.wakes)
        except WorkspaceGoneError as error:
            log.critical("slack has shut us out", extra={"job": job.name, "code": error.code})
            self._open = False
            self._apscheduler.pause()
            self._gone = error
            self.stop()
        except Exception:  # the boundary of all background work: log, go on
            log.exception("job failed", extra={"job": job.name, "reference": self._reference()})


class _Runner:
    """One job: never twice at the same time, and never forgotten when asked for meanwhile."""

    def __init__(self, job: Job, run: Callable[[Job], Awaitable[None]]) -> None:
        self.job = job
        self._run = run
        self._task: asyncio.Task[None] | None = None
        self._again = False

    def request(self) -> None:
        """Starts a run, or has the one under way followed by another."""
        if self._task is not None and not self._task.done():
            self._again = True
            return
        self._task = asyncio.create_task(self._loop(), name=f"job {self.job.name}")

    def tasks(self) -> set[asyncio.Task[None]]:
        """The run under way, if any."""
        return {self._task} if self._task is not None and not self._task.done() else set()

    async def _loop(self) -> None:
        self._again = True
        while self._again:
            self._again = False
            await self._run(self.job)
