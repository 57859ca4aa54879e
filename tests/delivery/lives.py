"""Processes that send what is in the ledger, and kill themselves in the middle of it.

A life counts the lines that it executes in the code that delivers and stores, and sends itself
SIGKILL at a given one: no cleanup, no flush, nothing. Lives are forked from a server process that
has imported everything, so each takes milliseconds.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from ctypes import c_int64
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

import bot
from bot.delivery.digests import Digests, DueDigest
from bot.delivery.worker import DeliveryWorker, Pacer
from bot.domain.subscription import DeliveryKind, NewDelivery, Subscription
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from bot.services.alerts import AdminAlerts
from bot.slack.api.gateway import SlackGateway
from tests.delivery.fakes import hearing

ROOT = Path(bot.__file__).parent
WATCHED = tuple(str(ROOT / folder) for folder in ("delivery", "ledger", "slack"))
PATIENCE_S = 60.0

nursery = multiprocessing.get_context("forkserver")
nursery.set_forkserver_preload([__name__])


@dataclass(frozen=True, kw_only=True)
class Life:
    """One process.

    Attributes:
        database_url: The ledger.
        api_url: Slack.
        token: The bot's token.
        worker: Its name.
        born_at: What its clock shows at the start.
        killed_at: The line at which it dies; None for never.
    """

    database_url: str
    api_url: str
    token: str
    worker: str
    born_at: datetime
    killed_at: int | None = None


async def live(life: Life) -> tuple[int | None, int]:
    """Lets it live; gives its exit code and how many watched lines it executed."""
    lines = nursery.RawValue(c_int64, 0)  # without a lock, which a killed process would keep
    process = nursery.Process(target=_run, args=(life, lines))
    process.start()
    await asyncio.to_thread(process.join, PATIENCE_S)
    if process.is_alive():
        process.kill()
        await asyncio.to_thread(process.join)
        message = f"a life took more than {PATIENCE_S} s: {life}"
        raise AssertionError(message)
    code = process.exitcode
    process.close()
    return code, lines.value


def _run(life: Life, lines: c_int64) -> None:
    watch = _Watch(life.killed_at, lines)
    threading.settrace(watch)
    sys.settrace(watch)
    asyncio.run(deliver(life))


class _Watch:
    """A trace function that counts lines and kills the process at one of them."""

    def __init__(self, killed_at: int | None, lines: c_int64) -> None:
        self._killed_at = killed_at
        self._lines = lines
        self._lock = threading.Lock()

    def __call__(
        self, frame: FrameType, event: str, _argument: object
    ) -> Callable[..., Any] | None:
        if frame.f_code.co_filename.startswith(WATCHED):
            return self._count
        return None

    def _count(self, _frame: FrameType, event: str, _argument: object) -> Callable[..., Any]:
        if event == "line":
            with self._lock:
                self._lines.value += 1
                if self._lines.value == self._killed_at:
                    os.kill(os.getpid(), signal.SIGKILL)
        return self._count


async def deliver(life: Life) -> None:
    """Composes what is due and sends what is ready, as the bot does."""
    born = time.monotonic()

    def clock() -> datetime:
        return life.born_at + timedelta(seconds=time.monotonic() - born)

    async with Ledger.opened(life.database_url) as ledger:
        gateway = SlackGateway(AsyncWebClient(token=life.token, base_url=life.api_url), clock=clock)
        digests = Digests(
            outbox=ledger.outbox, subscriptions=ledger.subscriptions, compose=compose, clock=clock
        )
        worker = DeliveryWorker(
            outbox=ledger.outbox,
            subscriptions=ledger.subscriptions,
            slack=gateway,
            notify_admins=AdminAlerts(
                outbox=ledger.outbox, admins=hearing(["U02ADMIN"]), clock=clock
            ),
            clock=clock,
            pacer=Pacer(interval_s=0.0),
            random=lambda: 0.5,
            name=life.worker,
        )
        await digests.run()
        await worker.run()


async def compose(
    workspace: WorkspaceId, subscription: Subscription, due: DueDigest
) -> NewDelivery:
    """A digest of a parent and two replies that name their window."""
    span = f"{due.window.since:%Y-%m-%dT%H:%M} to {due.window.until:%Y-%m-%dT%H:%M}"
    return NewDelivery(
        key=due.key,
        kind=DeliveryKind.DIGEST,
        target=subscription.target,
        payloads=tuple({"text": f"{part} of {span}"} for part in ("head", "first", "second")),
        subscription_id=subscription.id,
        window_since=due.window.since,
        window_until=due.window.until,
    )
