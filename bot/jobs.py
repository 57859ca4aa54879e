"""What the bot does by itself: every job once, with its roles, its interval and its function.

The ledger knows what is due; a job only asks it. Processes of different roles meet there alone.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from bot.delivery.digests import Digests
from bot.delivery.sender import Sender
from bot.domain.workspace import WorkspaceId
from bot.services.alerts import FileWatcher
from bot.services.feeds.alerts import FeedAlerts
from bot.services.feeds.weekly import WeeklyReport
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """Something done again and again.

    Attributes:
        name: Unique.
        roles: The processes that do it, beside that of `Role.ALL`.
        every: The interval, in machine time; its first run is at the start.
        work: Finds out by itself what is due; its result is true when it made work for `wakes`.
        wakes: The job that goes on from there; None when none does.
    """

    name: JobName
    roles: frozenset[Role] = frozenset()
    every: timedelta
    work: Callable[[], Awaitable[object]]
    wakes: JobName | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class JobServices:
    """The use cases behind the jobs."""

    workspace: WorkspaceId
    files: FileWatcher
    poller: Poller
    feed_alerts: FeedAlerts
    weekly: WeeklyReport
    digests: Digests
    sender: Sender

    async def poll(self) -> bool:
        """Fetch the feeds that are due; what happened to them may concern admins."""
        await self.poller.run_due(self.workspace)
        return True

    async def alert(self) -> bool:
        """Put what admins should know of feeds into the outbox, and on Mondays the weekly note."""
        alerted = await self.feed_alerts.tell(self.workspace)
        return await self.weekly.run(self.workspace) or alerted

    async def compose(self) -> bool:
        """Compose the digests that are due."""
        return (await self.digests.run()).put > 0


def jobs_of(
    role: Role, services: JobServices, every: Mapping[JobName, timedelta]
) -> tuple[Job, ...]:
    """The jobs of a process; `every` holds intervals that differ from the table's."""
    jobs = (job for job in _table(services) if role is Role.ALL or role in job.roles)
    return tuple(replace(job, every=every.get(job.name, job.every)) for job in jobs)


def _table(do: JobServices) -> tuple[Job, ...]:
    web, clock, worker = (frozenset({role}) for role in (Role.WEB, Role.CLOCK, Role.WORKER))
    return (
        Job(
            name=JobName.FILES,
            roles=web | clock,  # answering and polling both go by the files as they are now
            every=timedelta(seconds=3),
            work=lambda: do.files.refresh(do.workspace),
            wakes=JobName.SEND,
        ),
        Job(
            name=JobName.POLL,
            roles=clock,
            every=timedelta(minutes=1),
            work=do.poll,
            wakes=JobName.ALERTS,
        ),
        Job(
            name=JobName.ALERTS,
            roles=clock,
            every=timedelta(minutes=5),
            work=do.alert,
            wakes=JobName.SEND,
        ),
        Job(
            name=JobName.DIGESTS,
            roles=clock,
            every=timedelta(seconds=30),
            work=do.compose,
            wakes=JobName.SEND,
        ),
        Job(
            name=JobName.SEND,
            roles=worker,
            every=timedelta(seconds=20),
            work=do.sender.run,
        ),
    )
