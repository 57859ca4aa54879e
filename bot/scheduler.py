"""Wakes the jobs; what is due is in the ledger, so nothing is decided or remembered here.

All of it runs in UTC on plain intervals. APScheduler's cron triggers are not used, because in 3.11
they skip or repeat local days around clock changes; local time is left to `bot.domain.schedule`.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.domain.errors import BriefingError, WorkspaceGoneError
from bot.jobs import Job, JobName
from bot.logs import new_reference

log = logging.getLogger(__name__)

_JOB_DEFAULTS = {
    "coalesce": True,  # a machine that slept wakes each job once, not once for each hour slept
    "max_instances": 1,
    "misfire_grace_time": 6 * 3600,  # seconds; the default of 1 drops every late run
}


@dataclass(frozen=True, kw_only=True, slots=True)
class LastRun:
    """How the last run of a job ended.

    Attributes:
        job: Which.
        at_s: When, in seconds of the monotonic clock; when the jobs were started, before the first.
        failed: Whether an error ended it.
    """

    job: Job
    at_s: float
    failed: bool = False


class Scheduler:
    """Runs jobs on the running event loop until shut down.

    Attributes:
        last_runs: By the job's name; empty before `start`.
    """

    def __init__(
        self, jobs: Iterable[Job], *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Makes a scheduler, not yet started, of what this process does."""
        self.last_runs: dict[JobName, LastRun] = {}
        self._monotonic = monotonic
        self._jobs = {job.name: job for job in jobs}
        self._wanted = {name: asyncio.Event() for name in self._jobs}
        self._tasks: dict[JobName, asyncio.Task[None]] = {}
        self._apscheduler = AsyncIOScheduler(timezone=UTC, job_defaults=_JOB_DEFAULTS)
        self._open = False
        self._stopped = asyncio.Event()
        self._gone: WorkspaceGoneError | None = None

    def start(self) -> None:
        """Starts the jobs; needs a running event loop."""
        self._open = True
        for name, job in self._jobs.items():
            self.last_runs[name] = LastRun(job=job, at_s=self._monotonic())
            self._tasks[name] = asyncio.create_task(self._repeat(job), name=f"job {name}")
            self._apscheduler.add_job(
                self._wake,
                "interval",
                seconds=job.every.total_seconds(),
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
        if self._open and name in self._wanted:
            self._wanted[name].set()

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

    async def shutdown(self, *, grace: timedelta = timedelta(seconds=5)) -> None:
        """Starts nothing more and waits for what runs; after `grace` it is cancelled.

        A job that is `cut_off` is cancelled at once. That is safe at any point, like a crash: the
        ledger knows what was under way.
        """
        self._open = False
        if not self._apscheduler.running:
            return
        self._apscheduler.shutdown(wait=False)
        for wanted in self._wanted.values():
            wanted.set()  # those that wait see that all is over
        tasks, self._tasks = self._tasks, {}
        for name, task in tasks.items():
            if self._jobs[name].cut_off:
                task.cancel()
        _, late = await asyncio.wait(tasks.values(), timeout=grace.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        await asyncio.sleep(0)  # APScheduler stops its timer in a callback of its own

    async def _wake(self, name: JobName) -> None:
        # APScheduler cancels its own coroutines at shutdown, so the work runs in a task of ours.
        self.nudge(name)

    async def _repeat(self, job: Job) -> None:
        """Runs a job whenever it is wanted: never twice at once, once more if wanted meanwhile."""
        wanted = self._wanted[job.name]
        while True:
            await wanted.wait()
            wanted.clear()
            if not self._open:
                return
            await self._run(job)

    async def _run(self, job: Job) -> None:
        """Runs a job once; whatever goes wrong, the next run still comes."""
        failed = True
        try:
            if await job.work() and job.wakes is not None:
                self.nudge(job.wakes)
            failed = False
        except WorkspaceGoneError as error:
            log.critical("slack has shut us out", extra={"job": job.name, "code": error.code})
            self._open = False
            self._apscheduler.pause()
            self._gone = error
            self.stop()
        except BriefingError as error:  # a sentence says it all, minute after minute
            log.error("job failed", extra={"job": job.name, "why": str(error)})  # noqa: TRY400
        except Exception:  # the boundary of all background work: log, go on
            log.exception("job failed", extra={"job": job.name, "reference": new_reference()})
        finally:
            self.last_runs[job.name] = LastRun(job=job, at_s=self._monotonic(), failed=failed)
