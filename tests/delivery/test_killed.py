"""Promise: killed at any instruction, with Slack failing too, each digest is read exactly once.

Real processes, SIGKILL, a real ledger on both databases, and a workspace that speaks Slack's Web
API on loopback.
"""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.domain.schedule import EVERY_DAY, Schedule, instant_of
from bot.domain.subscription import Delivery, DeliveryKind, DeliveryState, NewDelivery
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from sandbox.slack import (
    ApiError,
    Malformed,
    Message,
    NoAnswer,
    RateLimited,
    SandboxSlack,
    ServerError,
)
from tests.delivery.fakes import FakeClock
from tests.delivery.lives import Life, live

START = datetime(2026, 3, 28, 7, 0, tzinfo=UTC)
TORTURE = int(os.environ.get("TORTURE", "1"))
"""How many times as many deaths the slow tests die."""

BETWEEN_LIVES = timedelta(minutes=4)  # more than a lease
TARGETS = ("C01SUMMIT", "U01ANALYST", "U03SUBSCRIBER")
FAULTS = (
    RateLimited(retry_after_s=2),
    ServerError(),
    ServerError(after_processing=True),
    NoAnswer(),
    NoAnswer(after_processing=True),
    Malformed(),
    Malformed(after_processing=True),
    ApiError(error="internal_error"),
)
METHODS = ("chat.postMessage", "conversations.history", "conversations.replies")


@pytest.fixture
def clock() -> FakeClock:
    """The time at which lives begin, and Slack's."""
    return FakeClock(START)


@pytest.fixture
async def slack(clock: FakeClock) -> AsyncIterator[SandboxSlack]:
    async with SandboxSlack.start(now=clock) as workspace:
        yield workspace


@pytest.fixture
async def ledger(database_url: str) -> AsyncIterator[Ledger]:
    async with Ledger.opened(database_url) as opened:
        await opened.upgrade()
        yield opened


class House:
    """A ledger and a workspace, and lives that work between them, each with a later clock."""

    def __init__(
        self, ledger: Ledger, slack: SandboxSlack, database_url: str, clock: FakeClock
    ) -> None:
        self.ledger = ledger
        self.clock = clock
        self.slack = slack
        self.database_url = database_url
        self.lived = 0
        self.rounds = 0
        self.w = WorkspaceId(0)

    async def live(self, *, killed_at: int | None = None) -> tuple[bool, int]:
        """Whether it was killed, and how many lines it executed."""
        self.lived += 1
        life = Life(
            database_url=self.database_url,
            api_url=self.slack.api_url,
            token=self.slack.bot_token,
            worker=f"life {self.lived}",
            born_at=self.clock(),
            killed_at=killed_at,
        )
        code, lines = await live(life)
        assert code in ({0, -signal.SIGKILL} if killed_at else {0})
        return code != 0, lines

    async def put_three(self) -> None:
        """A digest of a parent and two replies for a channel and for two people."""
        self.rounds += 1
        for n, target in enumerate(TARGETS):
            new = NewDelivery(
                key=f"digest:{self.rounds}.{n}",
                kind=DeliveryKind.DIGEST,
                target=target,
                payloads=tuple({"text": f"part {p}", "blocks": [section(p)]} for p in range(3)),
            )
            assert await self.ledger.outbox.put(self.w, new, at=self.clock())

    def everything_once(self) -> Counter[tuple[str, int]]:
        """What readers must have seen of all that was put."""
        keys = [f"digest:{r + 1}.{n}" for r in range(self.rounds) for n in range(len(TARGETS))]
        return Counter((key, position) for key in keys for position in range(3))

    async def pending(self) -> list[Delivery]:
        every = await self.ledger.outbox.list(self.w, limit=10_000)
        return [d for d in every if d.state is DeliveryState.PENDING]

    async def to_the_next_life(self) -> list[Delivery]:
        """Waits until leases are over and something may be sent; what is pending then."""
        pending = await self.pending()
        soonest = min((d.next_attempt_at for d in pending), default=self.clock())
        self.clock.advance(max(BETWEEN_LIVES, soonest - self.clock()))
        return pending

    async def settle(self) -> None:
        """Lives without an end until nothing is left to send."""
        self.slack.faults.clear()
        for _ in range(20):
            if not await self.to_the_next_life():
                return
            await self.live()
        pytest.fail(f"never settled: {await self.pending()}")


@pytest.fixture
async def house(ledger: Ledger, slack: SandboxSlack, database_url: str, clock: FakeClock) -> House:
    made = House(ledger, slack, database_url, clock)
    made.w = await ledger.workspaces.first()
    return made


def section(part: int) -> dict[str, object]:
    return {"type": "section", "text": {"type": "plain_text", "text": f"part {part}"}}


def read(slack: SandboxSlack) -> list[Message]:
    """All that readers see, in channel and direct messages, with what is in threads."""
    parents = [*slack.messages("summit-desk"), *slack.dm("analyst"), *slack.dm("subscriber")]
    return [m for p in parents for m in (p, *slack.replies(p.channel, p.ts))]


def told(slack: SandboxSlack) -> Counter[tuple[str, int]]:
    """How often each message of each delivery is seen."""
    marks = [m.metadata["event_payload"] for m in read(slack) if m.metadata is not None]
    return Counter((mark["key"], mark["position"]) for mark in marks)


@pytest.mark.parametrize("deaths", [6, pytest.param(50 * TORTURE, marks=pytest.mark.slow)])
async def test_killed_at_random_lines_again_and_again(house, deaths):
    rng = random.Random(deaths)
    await house.put_three()
    _, lines = await house.live()
    assert told(house.slack) == house.everything_once()
    killed = 0
    for _ in range(deaths):
        if not await house.to_the_next_life():
            await house.put_three()
        died, _ = await house.live(killed_at=rng.randrange(1, lines))
        killed += died
        assert set(told(house.slack).values()) == {1}
    await house.settle()
    assert told(house.slack) == house.everything_once()
    assert killed >= deaths * 0.7


@pytest.mark.parametrize("deaths", [6, pytest.param(50 * TORTURE, marks=pytest.mark.slow)])
async def test_killed_while_slack_fails_as_well(house, deaths):
    rng = random.Random(deaths + 1)
    await house.put_three()
    _, lines = await house.live()
    for _ in range(deaths):
        if not await house.to_the_next_life():
            await house.put_three()
        for _ in range(rng.randrange(3) if not house.slack.faults.pending else 0):
            house.slack.faults.add(method=rng.choice(METHODS), fault=rng.choice(FAULTS))
        await house.live(killed_at=rng.randrange(1, lines))
        assert set(told(house.slack).values()) == {1}
    await house.settle()
    assert told(house.slack) == house.everything_once()


@pytest.mark.parametrize("rounds", [2, pytest.param(12 * TORTURE, marks=pytest.mark.slow)])
async def test_several_processes_work_on_one_ledger_and_some_are_killed(house, rounds):
    rng = random.Random(rounds)
    await house.put_three()
    _, lines = await house.live()
    for _ in range(rounds):
        await house.to_the_next_life()
        await house.put_three()
        ends = [None, rng.randrange(1, lines), rng.randrange(1, lines)]
        await asyncio.gather(*(house.live(killed_at=end) for end in ends))
        assert set(told(house.slack).values()) == {1}
    await house.settle()
    assert told(house.slack) == house.everything_once()


@pytest.mark.parametrize("deaths_a_day", [1, pytest.param(8 * TORTURE, marks=pytest.mark.slow)])
async def test_through_a_change_of_clocks_each_day_has_one_digest(house, deaths_a_day):
    rng = random.Random(deaths_a_day)
    # In Paris 02:30 never came on 29 March 2026.
    schedule = Schedule(weekdays=EVERY_DAY, at=time(2, 30), timezone="Europe/Paris")
    await house.ledger.subscriptions.add(
        house.w, "C01SUMMIT", (), schedule, actor="U01ANALYST", at=START - timedelta(days=1)
    )
    days = [date(2026, 3, 28) + timedelta(days=n) for n in range(4)]
    for day in days:
        house.clock.now = instant_of(day, time(2, 30), schedule.zone) + timedelta(minutes=2)
        for _ in range(deaths_a_day):
            await house.live(killed_at=rng.randrange(1, 1500))
            house.clock.advance(BETWEEN_LIVES)
        await house.live()
        await house.settle()
    heads = [m.text for m in house.slack.messages("summit-desk")]
    spans = [head.removeprefix("head of ").split(" to ") for head in heads]
    assert len(spans) == len(days)
    assert [b[0] for b in spans[1:]] == [a[1] for a in spans[:-1]]
    assert spans[1][1] >= "2026-03-29T01:00"
    assert set(told(house.slack).values()) == {1}
    assert len(told(house.slack)) == 3 * len(days)
