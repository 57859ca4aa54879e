"""What the bot does by itself: every job once, with its roles, its interval and its function.

The ledger knows what is due; a job only asks it. Processes of different roles meet there alone.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

from bot.delivery.digests import Digests
from bot.delivery.worker import DeliveryWorker
from bot.domain.workspace import WorkspaceId
from bot.services.alerts import ClockWatch, FileWatcher, LedgerAlarm
from bot.services.feeds.alerts import FeedAlerts, WeeklyReport
from bot.services.polling import Poller


class Role(StrEnum):
    """Which part of the work a process does; `ALL` does every job and answers people."""

    ALL = "all"
    WEB = "web"  # answers people
    CLOCK = "clock"  # polls and composes; a second one finds nothing left to do
    WORKER = "worker"  # sends; each delivery is claimed by one of them


class JobName(StrEnum):
    """The jobs by name, for logs and for waking one early."""

    FILES = "files"
    POLL = "poll"
    ALERTS = "alerts"
    DIGESTS = "digests"
    SEND = "send"
    LEDGER = "ledger"
    SLACK = "slack"


@dataclass(frozen=True, kw_only=True, slots=True)
class Duties:
    """What one process of the bot does, and how fast.

    Attributes:
        role: `Role.ALL` also brings the database up to date; one of several only checks it.
        every: Intervals that differ from those of the jobs' table.
        post_interval_s: From one message to the next in the same channel.
    """

    role: Role = Role.ALL
    every: Mapping[JobName, timedelta] = field(default_factory=dict)
    post_interval_s: float = 1.0  # Slack allows about one post a second to a channel


@dataclass(frozen=True, slots=True)
class Job:
    """Something done again and again.

    Attributes:
        name: Unique.
        roles: The processes that do it, beside that of `Role.ALL`.
        every: The interval, in machine time; the first run is at the start.
        work: Finds out by itself what is due; its result is true when it made work for `wakes`.
        wakes: The job that goes on from there; None when none does.
        cut_off: Whether a run is broken off when the bot stops, and made up for by a later one.
    """

    name: JobName
    roles: Collection[Role]
    every: timedelta
    work: Callable[[], Awaitable[object]]
    wakes: JobName | None = None
    cut_off: bool = False


def jobs_of(
    duties: Duties,
    *,
    workspace: WorkspaceId,
    files: FileWatcher,
    poller: Poller,
    feed_alerts: FeedAlerts,
    weekly: WeeklyReport,
    digests: Digests,
    worker: DeliveryWorker,
    alarm: LedgerAlarm,
    clocks: ClockWatch,
    identity: Callable[[], Awaitable[object]],
) -> tuple[Job, ...]:
    """The jobs of a process; `identity` asks Slack whose the token is."""

    async def refresh() -> bool:
        return await files.refresh(workspace)

    async def poll() -> bool:
        await poller.run(workspace)
        return True  # what happened to feeds may concern admins

    async def alert() -> bool:
        alerted = await feed_alerts.run(workspace)
        return await weekly.run(workspace) or alerted

    async def sound() -> bool:
        await alarm.run(workspace)
        return await clocks.run(workspace)

    async def compose() -> bool:
        return (await digests.run()).put > 0

    async def check_token() -> bool:
        await identity()  # a revoked token ends the bot, also when it has nothing to send
        return False

    n, clock = JobName, [Role.CLOCK]
    table = (
        # Answering and polling both go by the files as they are now.
        Job(n.FILES, [Role.WEB, Role.CLOCK], timedelta(seconds=3), refresh, wakes=n.SEND),
        Job(n.POLL, clock, timedelta(minutes=1), poll, wakes=n.ALERTS, cut_off=True),
        Job(n.ALERTS, clock, timedelta(minutes=5), alert, wakes=n.SEND, cut_off=True),
        Job(n.DIGESTS, clock, timedelta(seconds=30), compose, wakes=n.SEND, cut_off=True),
        Job(n.SEND, [Role.WORKER], timedelta(seconds=20), worker.run),
        Job(n.LEDGER, list(Role), timedelta(seconds=10), sound, wakes=n.SEND),
        Job(n.SLACK, list(Role), timedelta(minutes=1), check_token, cut_off=True),
    )
    role, every = duties.role, duties.every
    mine = (job for job in table if role is Role.ALL or role in job.roles)
    return tuple(replace(job, every=every.get(job.name, job.every)) for job in mine)
