"""Whether the bot gets on with its work, asked of the database, the jobs and the socket."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.clock import Clock
from bot.jobs import JobName
from bot.ledger import Ledger
from bot.ledger.values import Pulse
from bot.scheduler import LastRun

log = logging.getLogger(__name__)

PATIENCE: Final = timedelta(seconds=2)  # with the database; probes of supervisors wait 1 to 10 s
DEAF: Final = timedelta(minutes=1)
# Beyond three intervals of a job: a poll of many slow hosts may take as long.
_LATE: Final = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """What is known of a running bot.

    Attributes:
        wrong: What is wrong, by its place: `database`, `slack`, `deliveries`, or a job's name; the
            sentences hold nothing of how the bot is set up.
        pulse: What moved last; None when the database does not answer.
    """

    wrong: Mapping[str, str]
    pulse: Pulse | None

    def as_json(self, places: Iterable[str] | None = None) -> dict[str, object]:
        """As it is served; with `places` only these count, and no moments are told."""
        if places is not None:
            wrong = {place: self.wrong[place] for place in places if place in self.wrong}
            return {"ok": not wrong, "wrong": wrong}
        moved = (self.pulse.polled_at, self.pulse.posted_at) if self.pulse else (None, None)
        polled, posted = (moment and moment.isoformat(timespec="seconds") for moment in moved)
        return {
            "ok": not self.wrong,
            "wrong": dict(self.wrong),
            "last_poll": polled,
            "last_delivery": posted,
        }


def judge(
    database: Pulse | str,
    last_runs: Iterable[LastRun],
    *,
    now: datetime,
    now_s: float,
    deaf_since_s: float | None,
) -> Health:
    """What is wrong.

    Args:
        database: What it told, or why it did not.
        last_runs: Of the jobs of this process; what others do is theirs to tell.
        now: The present moment.
        now_s: The same by the monotonic clock.
        deaf_since_s: Since when no socket is open, by that clock; None while one is, and over HTTP.
    """
    wrong: dict[str, str] = {}
    pulse = None if isinstance(database, str) else database
    if isinstance(database, str):
        wrong["database"] = database
    if deaf_since_s is not None and now_s - deaf_since_s > DEAF.total_seconds():
        wrong["slack"] = f"no socket has been open for {_minutes(now_s - deaf_since_s)}"
    sends = False
    for run in last_runs:
        sends = sends or run.job.name is JobName.SEND
        silent_s = now_s - run.at_s
        if run.failed:
            wrong.setdefault(run.job.name.value, "its last run failed; the log says why")
        elif silent_s > (3 * run.job.every + _LATE).total_seconds():
            wrong.setdefault(run.job.name.value, f"no run has ended for {_minutes(silent_s)}")
    if sends and pulse is not None and pulse.waiting_since is not None:
        waited = now - pulse.waiting_since
        if waited > _LATE:
            wrong["deliveries"] = f"one has been due for {_minutes(waited.total_seconds())}"
    return Health(wrong=wrong, pulse=pulse)


def _minutes(seconds: float) -> str:
    minutes = int(seconds // 60)
    return f"{minutes} minutes" if minutes > 1 else "a minute"


class HealthCheck:
    """Asks how the bot fares; gives an answer within `PATIENCE` whatever hangs."""

    def __init__(
        self,
        ledger: Ledger,
        last_runs: Mapping[JobName, LastRun],
        *,
        clock: Clock,
        deaf_since_s: Callable[[], float | None] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._last_runs = last_runs
        self._clock = clock
        self._deaf_since_s = deaf_since_s
        self._monotonic = monotonic
        self._asking: asyncio.Task[Pulse] | None = None

    async def ask(self) -> Health:
        """How it fares now."""
        database = await self._pulse()
        return judge(
            database,
            self._last_runs.values(),
            now=self._clock(),
            now_s=self._monotonic(),
            deaf_since_s=self._deaf_since_s(),
        )

    async def aclose(self) -> None:
        """Gives up a question that is still open."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking}, timeout=1)

    async def _pulse(self) -> Pulse | str:
        """One question at a time: a database that hangs is not given more to hang on."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ledger.pulse())
        asking = self._asking
        await asyncio.wait({asking}, timeout=PATIENCE.total_seconds())
        if not asking.done():
            return f"it gave no answer within {PATIENCE.total_seconds():g} seconds"
        error = asking.exception()
        if error is None:
            return asking.result()
        log.warning("the database cannot be used", extra={"why": str(error)})
        return "it cannot be used; the log says why"
