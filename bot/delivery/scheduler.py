"""Wakes the ticks: poll, digests, send, housekeeping.

Nothing is decided here and nothing is remembered: each tick asks the ledger what is due. All of it
runs in UTC on plain intervals. APScheduler's cron triggers are not used, because in 3.11 they skip
or repeat local days around clock changes; local time is the business of `bot.domain.schedule`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.domain.errors import WorkspaceGoneError

log = logging.getLogger(__name__)

_JOB_DEFAULTS = {
    "coalesce": True,  # a machine that slept wakes each tick once, not once for each hour slept
    "max_instances": 1,
    "misfire_grace_time": 6 * 3600,  # seconds; the default of 1 drops every late tick
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Tick:
    """Something to be done again and again.

    Attributes:
        name: Unique; for logs and `Scheduler.nudge`.
        every: The interval, in machine time.
        action: What to do; finds out by itself whether anything is due.
        at_start: True to do it as soon as the scheduler starts, False to wait an interval first.
    """

    name: str
    every: timedelta
    action: Callable[[], Awaitable[object]]
    at_start: bool = True


class Scheduler:
    """Runs ticks on the running event loop until shut down."""

    def __init__(
        self,
        ticks: Iterable[Tick],
        *,
        on_gone: Callable[[WorkspaceGoneError], None],
        reference: Callable[[], str],
    ) -> None:
        """Makes a scheduler that is not yet started.

        Args:
            ticks: What to do, and how often.
            on_gone: Called once when Slack has thrown us out and nothing can be done any more;
                no tick runs after it.
            reference: Gives a short new word to find a failure in the log by.
        """
        self._on_gone = on_gone
        self._reference = reference
        self._ticks = {tick.name: _Runner(tick, self._guarded) for tick in ticks}
        self._apscheduler = AsyncIOScheduler(timezone=UTC, job_defaults=_JOB_DEFAULTS)
        self._open = False

    def start(self) -> None:
        """Starts the ticks; needs a running event loop."""
        self._open = True
        for runner in self._ticks.values():
            # Machine time on purpose: these are wakes, not due dates.
            first = {"next_run_time": datetime.now(UTC)} if runner.tick.at_start else {}
            self._apscheduler.add_job(
                self._wake,
                "interval",
                seconds=runner.tick.every.total_seconds(),
                id=runner.tick.name,
                args=[runner.tick.name],
                **first,
            )
        self._apscheduler.start()

    def nudge(self, name: str = "send") -> None:
        """Runs that tick as soon as possible: now, or once more after the run under way.

        Does nothing before `start` and after `shutdown`, when no one would notice the difference:
        what is due stays in the ledger.

        Raises:
            KeyError: There is no tick of that name.
        """
        runner = self._ticks[name]
        if self._open:
            runner.request()

    async def shutdown(self, *, grace: timedelta = timedelta(seconds=40)) -> None:
        """Starts nothing more and waits for what runs; after `grace` it is cancelled.

        Cancelling is safe at any point, like a crash: the ledger knows what was under way.
        """
        self._open = False
        if not self._apscheduler.running:
            return
        self._apscheduler.shutdown(wait=False)
        running = {t for runner in self._ticks.values() for t in runner.tasks()}
        if running:
            _, late = await asyncio.wait(running, timeout=grace.total_seconds())
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await asyncio.sleep(0)  # APScheduler stops its timer in a callback of its own

    async def _wake(self, name: str) -> None:
        # APScheduler cancels its own coroutines at shutdown, so the work runs in a task of ours.
        self.nudge(name)

    async def _guarded(self, tick: Tick) -> None:
        """Runs a tick; whatever goes wrong, the next one still runs."""
        if not self._open:
            return
        try:
            await tick.action()
        except WorkspaceGoneError as error:
            log.critical("slack has shut us out", extra={"tick": tick.name, "code": error.code})
            self._open = False
            self._apscheduler.pause()
            self._on_gone(error)
        except Exception:  # the boundary of all background work: log, go on
            log.exception("tick failed", extra={"tick": tick.name, "reference": self._reference()})


class _Runner:
    """One tick: never twice at the same time, and never forgotten when asked for meanwhile."""

    def __init__(self, tick: Tick, run: Callable[[Tick], Awaitable[None]]) -> None:
        self.tick = tick
        self._run = run
        self._task: asyncio.Task[None] | None = None
        self._again = False

    def request(self) -> None:
        """Starts a run, or has the one under way followed by another."""
        if self._task is not None and not self._task.done():
            self._again = True
            return
        self._task = asyncio.create_task(self._loop(), name=f"tick {self.tick.name}")

    def tasks(self) -> set[asyncio.Task[None]]:
        """The run under way, if any."""
        return {self._task} if self._task is not None and not self._task.done() else set()

    async def _loop(self) -> None:
        self._again = True
        while self._again:
            self._again = False
            await self._run(self.tick)
