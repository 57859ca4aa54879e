"""Storage and Slack in memory, that can fail or die at any step.

`World` outlives processes, as a database and Slack do. A `Process` is one life of the bot: all it
does to the world goes through its `step`, before and after each effect, where it may be killed.
A killed process can touch the world no more.
"""

from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

from bot.delivery.ports import Posted
from bot.delivery.worker import DeliveryPolicy, DeliveryWorker, Pacer
from bot.domain.errors import (
    DeliveryError,
    DeliveryRefusedError,
    DeliveryUnknownError,
    LedgerError,
    TargetGoneError,
    WorkspaceGoneError,
)
from bot.domain.subscription import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    Json,
    NewDelivery,
    OutboxMessage,
    Subscription,
)
from bot.domain.workspace import WorkspaceId

W = WorkspaceId(1)
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class FakeClock:
    """A clock that moves when told; sleeping moves it."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return (self.now - START).total_seconds()

    def advance(self, by: timedelta) -> None:
        self.now += by

    async def sleep(self, seconds: float) -> None:
        self.advance(timedelta(seconds=seconds))


class Killed(BaseException):
    """The process was killed here."""


@dataclass
class Process:
    """One life of the bot.

    Attributes:
        killed_at: The step at which it dies; None for never.
        between: Awaited at each step, for tests that interleave processes.
    """

    killed_at: int | None = None
    between: Callable[[], AbstractAsyncContextManager[None]] | None = None
    steps: int = 0
    dead: bool = False

    async def step(self) -> None:
        if self.between is not None:
            async with self.between():
                pass
        self.steps += 1
        if self.dead or self.steps == self.killed_at:
            self.dead = True
            raise Killed


class Fault(Enum):
    """What Slack does to one request."""

    OK = auto()
    RATE_LIMITED = auto()
    NOT_CONNECTED = auto()
    LOST_BEFORE = auto()
    """No answer, nothing posted."""
    LOST_AFTER = auto()
    """Posted, no answer."""
    LATE = auto()
    """No answer; posted twenty seconds later."""
    SLOW = auto()
    """Posted and answered after fifty seconds, in which others act."""
    BLOCKS_REFUSED = auto()
    REFUSED = auto()
    TARGET_GONE = auto()
    WORKSPACE_GONE = auto()
    NO_HISTORY = auto()
    """For lookups: the scope is missing."""
    BUG = auto()
    """Something nobody thought of."""


PASSING = (
    Fault.OK,
    Fault.RATE_LIMITED,
    Fault.NOT_CONNECTED,
    Fault.LOST_BEFORE,
    Fault.LOST_AFTER,
    Fault.LATE,
    Fault.BLOCKS_REFUSED,
    Fault.BUG,
)
"""Faults after which the message must still arrive."""


def hearing(admins: Collection[str]) -> Callable[[WorkspaceId], Awaitable[Collection[str]]]:
    """Who hears of faults: these, in every workspace."""

    async def of(_workspace: WorkspaceId) -> Collection[str]:
        return admins

    return of


def raised_by(fault: Fault) -> Exception:
    return {
        Fault.RATE_LIMITED: DeliveryError(
            "wait", code="ratelimited", retry_after=timedelta(seconds=40)
        ),
        Fault.NOT_CONNECTED: DeliveryError("no connection", code="connection"),
        Fault.LOST_BEFORE: DeliveryUnknownError("no answer", code="timeout"),
        Fault.LOST_AFTER: DeliveryUnknownError("no answer", code="http_500"),
        Fault.LATE: DeliveryUnknownError("no answer", code="timeout"),
        Fault.BLOCKS_REFUSED: DeliveryRefusedError("bad blocks", code="invalid_blocks"),
        Fault.REFUSED: DeliveryRefusedError("no text", code="no_text"),
        Fault.TARGET_GONE: TargetGoneError("The channel is archived.", code="is_archived"),
        Fault.WORKSPACE_GONE: WorkspaceGoneError("The token is revoked.", code="token_revoked"),
        Fault.NO_HISTORY: DeliveryError("no scope", code="missing_scope"),
        Fault.BUG: ZeroDivisionError("a bug"),
    }[fault]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A message that readers see."""

    target: str
    key: str
    position: int
    thread_ts: str | None
    text: str
    blocks: object
    ts: str
    at: datetime


@dataclass
class World:
    """What outlives the bot: the outbox, the subscriptions, Slack's channels."""

    clock: FakeClock = field(default_factory=FakeClock)
    deliveries: dict[int, Delivery] = field(default_factory=dict)
    claims: dict[int, tuple[str, datetime]] = field(default_factory=dict)
    subscriptions: list[Subscription] = field(default_factory=list)
    suspended: dict[str, str] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    messages: list[Shown] = field(default_factory=list)
    post_faults: list[Fault] = field(default_factory=list)
    find_faults: list[Fault] = field(default_factory=list)
    lookups: int = 0
    requests: int = 0
    meanwhile: Callable[[], Awaitable[object]] | None = None

    def put(self, key: str, *, target: str = "C1", messages: int = 1) -> None:
        new = NewDelivery(
            key=key,
            kind=DeliveryKind.DIGEST,
            target=target,
            payloads=tuple({"text": f"{key}/{n}", "blocks": [n]} for n in range(messages)),
        )
        self.store(new, self.clock())

    def store(self, new: NewDelivery, at: datetime) -> bool:
        if any(d.key == new.key for d in self.deliveries.values()):
            return False
        number = len(self.deliveries) + 1
        self.deliveries[number] = Delivery(
            id=number,
            key=new.key,
            kind=new.kind,
            target=new.target,
            subscription_id=new.subscription_id,
            messages=tuple(
                OutboxMessage(position=n, payload=p) for n, p in enumerate(new.payloads)
            ),
            window_since=new.window_since,
            window_until=new.window_until,
            state=DeliveryState.PENDING,
            attempts=0,
            next_attempt_at=at,
            error=None,
            created_at=at,
        )
        return True

    def visible(self) -> list[Shown]:
        """What readers see by now, in order."""
        return sorted((m for m in self.messages if m.at <= self.clock()), key=lambda m: m.at)

    def delivery(self, key: str) -> Delivery:
        return next(d for d in self.deliveries.values() if d.key == key)

    def unsettled(self) -> list[Delivery]:
        return [d for d in self.deliveries.values() if d.state is DeliveryState.PENDING]

    def sender(
        self,
        process: Process | None = None,
        *,
        worker: str = "worker",
        policy: DeliveryPolicy | None = None,
    ) -> DeliveryWorker:
        process = process or Process()
        clock = self.clock
        return DeliveryWorker(
            outbox=MemoryOutbox(self, process),
            subscriptions=MemorySubscriptions(self, process),
            slack=MemorySlack(self, process),
            notify_admins=MemoryAdmins(self, process),
            clock=clock,
            pacer=Pacer(monotonic=clock.monotonic, sleep=clock.sleep),
            random=lambda: 0.5,
            name=worker,
            policy=policy or DeliveryPolicy(),
        )


class MemoryOutbox:
    """`Outbox` on a `World`."""

    def __init__(self, world: World, process: Process) -> None:
        self.world = world
        self.process = process

    async def put(self, workspace: WorkspaceId, new: NewDelivery, *, at: datetime) -> bool:
        await self.process.step()
        stored = self.world.store(new, at)
        await self.process.step()
        return stored

    async def has(self, workspace: WorkspaceId, key: str) -> bool:
        await self.process.step()
        return any(d.key == key for d in self.world.deliveries.values())

    async def covered_until(
        self, workspace: WorkspaceId, subscription_id: int, *, now: datetime
    ) -> datetime | None:
        await self.process.step()
        ends = [
            d.window_until
            for d in self.world.deliveries.values()
            if d.subscription_id == subscription_id
            and d.state is not DeliveryState.FAILED
            and d.window_until is not None
            and d.window_until <= now
        ]
        return max(ends, default=None)

    async def claim(
        self, *, now: datetime, worker: str, lease: timedelta, limit: int
    ) -> tuple[tuple[WorkspaceId, Delivery], ...]:
        await self.process.step()
        free = [
            d
            for d in self.world.unsettled()
            if d.next_attempt_at <= now
            and (d.id not in self.world.claims or self.world.claims[d.id][1] <= now)
        ]
        claimed = sorted(free, key=lambda d: (d.created_at, d.id))[:limit]
        for d in claimed:
            self.world.claims[d.id] = (worker, now + lease)
            self.world.deliveries[d.id] = replace(d, attempts=d.attempts + 1)
        await self.process.step()
        return tuple((W, self.world.deliveries[d.id]) for d in claimed)

    async def attempting(
        self, delivery_id: int, position: int, *, worker: str, at: datetime
    ) -> None:
        if self.world.claims.get(delivery_id, ("", START))[1] <= at:
            raise LedgerError("the lease is over")
        await self._change(delivery_id, worker, position, attempted=True)

    async def posted(
        self,
        delivery_id: int,
        position: int,
        *,
        worker: str,
        ts: str,
        channel: str,
        at: datetime,
    ) -> None:
        await self._change(delivery_id, worker, position, ts=ts, channel=channel)

    async def unattempted(self, delivery_id: int, position: int, *, worker: str) -> None:
        await self._change(delivery_id, worker, position, attempted=False)

    async def retry(
        self, delivery_id: int, *, worker: str, error: str, next_attempt_at: datetime
    ) -> None:
        await self.process.step()
        d = self._mine(delivery_id, worker)
        self.world.deliveries[d.id] = replace(d, error=error, next_attempt_at=next_attempt_at)
        del self.world.claims[d.id]
        await self.process.step()

    async def fail(self, delivery_id: int, *, worker: str, error: str, at: datetime) -> None:
        await self.process.step()
        d = self._mine(delivery_id, worker)
        self.world.deliveries[d.id] = replace(d, state=DeliveryState.FAILED, error=error)
        await self.process.step()

    async def _change(
        self, delivery_id: int, worker: str, position: int, **changes: object
    ) -> None:
        await self.process.step()
        d = self._mine(delivery_id, worker)
        messages = tuple(
            replace(m, **changes) if m.position == position else m  # type: ignore[arg-type]
            for m in d.messages
        )
        done = all(m.ts is not None for m in messages)
        state = DeliveryState.SENT if done else d.state
        self.world.deliveries[d.id] = replace(d, messages=messages, state=state)
        await self.process.step()

    def _mine(self, delivery_id: int, worker: str) -> Delivery:
        holder, _ = self.world.claims.get(delivery_id, ("", START))
        if holder != worker:
            raise LedgerError("the lease is lost")
        return self.world.deliveries[delivery_id]


class MemorySubscriptions:
    """`Subscriptions` on a `World`."""

    def __init__(self, world: World, process: Process) -> None:
        self.world = world
        self.process = process

    async def live(self) -> tuple[tuple[WorkspaceId, Subscription], ...]:
        await self.process.step()
        return tuple(
            (W, s) for s in self.world.subscriptions if s.target not in self.world.suspended
        )

    async def suspend(
        self, workspace: WorkspaceId, target: str, reason: str, *, at: datetime
    ) -> None:
        await self.process.step()
        self.world.suspended[target] = reason
        await self.process.step()


class MemoryAdmins:
    """`NotifyAdmins` on a `World`."""

    def __init__(self, world: World, process: Process) -> None:
        self.world = world
        self.process = process

    async def __call__(self, workspace: WorkspaceId, key: str, sentence: str) -> None:
        await self.process.step()
        self.world.told.setdefault(key, sentence)
        await self.process.step()


class MemorySlack:
    """`Poster` on a `World`, with faults to order."""

    def __init__(self, world: World, process: Process) -> None:
        self.world = world
        self.process = process

    async def post(
        self, target: str, payload: Json, *, thread_ts: str | None, key: str, position: int
    ) -> Posted:
        await self.process.step()
        fault = self.world.post_faults.pop(0) if self.world.post_faults else Fault.OK
        if fault is Fault.BLOCKS_REFUSED and "blocks" not in payload:
            fault = Fault.OK
        self.world.requests += 1
        if fault is Fault.SLOW:
            self.world.clock.advance(timedelta(seconds=50))
            if self.world.meanwhile is not None:
                await self.world.meanwhile()
            fault = Fault.OK
        ts = f"{len(self.world.messages) + 1}.000"
        delay = timedelta(seconds=20 if fault is Fault.LATE else 0)
        if fault in {Fault.OK, Fault.LOST_AFTER, Fault.LATE}:
            shown = Shown(
                target=target,
                key=key,
                position=position,
                thread_ts=thread_ts,
                text=str(payload["text"]),
                blocks=payload.get("blocks"),
                ts=ts,
                at=self.world.clock() + delay,
            )
            self.world.messages.append(shown)
        await self.process.step()
        if fault is not Fault.OK:
            raise raised_by(fault)
        return Posted(channel=target, ts=ts)

    async def find(
        self, target: str, key: str, position: int, *, thread_ts: str | None, since: datetime
    ) -> Posted | None:
        await self.process.step()
        self.world.lookups += 1
        fault = self.world.find_faults.pop(0) if self.world.find_faults else Fault.OK
        if fault is not Fault.OK:
            raise raised_by(fault)
        found = [
            m
            for m in self.world.visible()
            if (m.target, m.key, m.position, m.thread_ts) == (target, key, position, thread_ts)
            and m.at >= since
        ]
        return Posted(channel=target, ts=found[0].ts) if found else None
