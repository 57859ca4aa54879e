"""A bot that polls a newsroom once, from the feed list to the last evidence, in its own process."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.bootstrap import open_core
from bot.ledger.db import tables as t
from bot.settings import Settings
from sandbox.feed_server import FeedServer
from tests.killing import killed_at_call
from tests.ledger.lives import content as everything

SEEN = datetime(2018, 8, 1, 12, tzinfo=UTC)
PACK = Path(__file__).parents[2] / "commitments.yaml"
Content = dict[str, list[Any]]


def now() -> datetime:
    return SEEN


def life(database_url: str, feeds_file: str, crash_after: int, calls: Any = None) -> None:
    """Opens the ledger, wherever the last life left it, and polls every feed.

    Kills itself at its `crash_after`th call, never for 0; see `killed_at_call`.
    """
    with killed_at_call(crash_after, calls):
        asyncio.run(_live(database_url, feeds_file))


async def _live(database_url: str, feeds_file: str) -> None:
    settings = Settings(
        _env_file=None,
        database_url=database_url,
        feeds_file=feeds_file,
        commitments_file=PACK,
        briefing_allow_networks="127.0.0.0/8",
    )
    async with open_core(settings, clock=now) as core:
        summary = await core.poller.run(core.workspace, everything=True)
        assert not summary.poll.errors


async def content(database_url: str) -> Content:
    """The whole ledger without its own numbers, stories as groups, feeds without their next date.

    When to look at a feed next is drawn with a jitter; every other moment is the test's clock.
    """
    found: Content = await everything(database_url)
    due = [c.name for c in t.feeds.columns if c.name != "id"].index("due_at")
    found["feeds"] = sorted((*row[:due], *row[due + 1 :]) for row in found["feeds"])
    return found


@contextmanager
def newsroom(folder: Path) -> Iterator[Path]:
    """A newsroom that serves from a thread; gives the feed list that names its feeds."""
    feeds_file = folder / "feeds.yaml"
    ready, over = threading.Event(), threading.Event()

    async def serve() -> None:
        async with FeedServer.start(clock=now) as running:
            feeds_file.write_text(running.feeds_yaml(), encoding="utf-8")
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(30)
        yield feeds_file
    finally:
        over.set()
        thread.join()
