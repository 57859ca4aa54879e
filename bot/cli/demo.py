"""`briefing demo`: the unmodified bot against a pretend Slack and a pretend newsroom."""

from typing import Annotated

import typer

from bot.cli.console import run
from bot.cli.stage import Stage, staged
from bot.cli.story import converse, tell


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("demo")
    def demo(
        *,
        once: Annotated[
            bool, typer.Option("--once", help="Play it through, print it, and stop.")
        ] = False,
    ) -> None:
        """See the whole bot at work: no Slack account, no network.

        Starts a pretend Slack workspace and a pretend newsroom on this machine, replays the days
        from the Singapore summit to those after Hanoi, and then lets you write to the bot.

        Example: briefing demo --once
        """
        run(_demo(once=once))


async def _demo(*, once: bool) -> None:
    async with staged() as stage:
        await tell(stage)
        if not once:
            await _stay(stage)


async def _stay(stage: Stage) -> None:
    await converse(stage)
