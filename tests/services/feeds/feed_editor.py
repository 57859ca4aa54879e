"""A process that edits a feed list as a bot does, for tests of edits at the same time.

    python -m tests.services.feeds.feed_editor DATABASE_URL FEEDS_FILE ACTOR COUNT

It says `ready`, waits for a line, adds COUNT feeds one after another, pauses every second one, and
ends.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.feed import FeedSpec
from bot.ledger import Ledger
from bot.services.feeds.list import FeedListService


async def edit(url: str, path: Path, actor: str, count: int) -> None:
    async with Ledger.opened(url) as ledger:
        workspace = await ledger.workspaces.first()
        desk = FeedListService(ledger, path, clock=lambda: datetime.now(UTC))
        await desk.load(workspace)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        for number in range(count):
            feed = f"https://{actor}.example/{number}"
            await desk.add(workspace, FeedSpec(url=feed), actor=actor)
            if number % 2:
                await desk.set_enabled(workspace, feed, enabled=False, actor=actor)


if __name__ == "__main__":
    asyncio.run(edit(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
