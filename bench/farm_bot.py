"""The running bot polling a farm for the first time, and how fast it acknowledges meanwhile.

Run as a program it is the bot: connected to a pretend Slack that another process holds, it polls
all feeds once, saying `connected` before and one line of JSON after. `acknowledged` is the other
side: it sends `/briefing help` every 100 ms for as long as the poll runs.
"""

import asyncio
import json
import logging
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any

from bench.farm import Farm
from bench.farm_pack import write_pack
from bot.bootstrap import open_bot
from bot.gc_tuning import tune_gc
from bot.jobs import Duties
from bot.serve import connected
from bot.settings import Settings
from sandbox.slack import SandboxSlack

EVERY_S = 0.1
Result = dict[str, Any]


async def polling() -> None:
    """Polls everything once and says what came of it; settings come from the environment."""
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    async with open_bot(settings, Duties()) as bot, connected(bot, settings):
        print("connected", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        begun = time.perf_counter()
        first = asyncio.create_task(bot.core.poller.run(bot.core.workspace, everything=True))
        await asyncio.sleep(0)
        tune_gc()
        bot.scheduler.start()  # its own poll waits for the first one
        summary = await first
        result = {
            "seconds": time.perf_counter() - begun,
            "entries": summary.poll.items_new,
            "failed": len(summary.poll.errors),
            "evidence": summary.filing.evidence_new,
        }
        print(json.dumps(result), flush=True)
        await asyncio.to_thread(sys.stdin.readline)  # the last commands are still to be answered
        await bot.scheduler.shutdown()


async def acknowledged(farm: Farm, folder: Path) -> Result:
    """The figures of the poll, and with `acks_ms` how long each acknowledgement took, sorted."""
    (folder / "feeds.yaml").write_text(farm.feed_list(), encoding="utf-8")
    write_pack(folder / "pack.json")
    async with SandboxSlack.start() as slack:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.farm_bot",
            stdin=PIPE, stdout=PIPE, env={**os.environ, **_environment(slack, folder)},
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdin is not None
        if await process.stdout.readline() != b"connected\n":
            raise RuntimeError("the bot did not start")
        await slack.connected()
        await _one(slack)  # the first one imports what handlers need
        process.stdin.write(b"go\n")
        result, acks_ms = await _asked_until_done(slack, process)
        process.stdin.write(b"over\n")
        await process.wait()
    return {**result, "acks_ms": sorted(acks_ms)}


async def _asked_until_done(slack: SandboxSlack, process: Process) -> tuple[Result, list[float]]:
    assert process.stdout is not None
    done = asyncio.create_task(process.stdout.readline())
    asked: list[asyncio.Task[float]] = []
    while not done.done():
        asked.append(asyncio.create_task(_one(slack)))
        await asyncio.wait([done], timeout=EVERY_S)
    return json.loads(done.result()), [1000 * seconds for seconds in await asyncio.gather(*asked)]


async def _one(slack: SandboxSlack) -> float:
    """Seconds from a person's Enter to the acknowledgement."""
    begun = time.perf_counter()
    delivery = await slack.command(
        user="analyst", channel="summit-desk", command="/briefing", text="help"
    )
    if not delivery.acknowledged:
        raise RuntimeError(f"a command was not acknowledged: {delivery.error}")
    return time.perf_counter() - begun


def _environment(slack: SandboxSlack, folder: Path) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "DATABASE_URL": f"sqlite:///{folder / 'bot.db'}",
        "FEEDS_FILE": str(folder / "feeds.yaml"),
        "COMMITMENTS_FILE": str(folder / "pack.json"),
        "BRIEFING_ALLOW_NETWORKS": "127.0.0.0/8",
    }


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    asyncio.run(polling())
