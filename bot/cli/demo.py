"""`briefing demo`: the unmodified bot against a pretend Slack and a pretend newsroom."""

from typing import Annotated

import typer

from bot.cli.console import run


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
    # Here, since the whole bot and the sandbox take half a second to load.
    from bot.cli.stage import staged  # noqa: PLC0415
    from bot.cli.story import converse, tell  # noqa: PLC0415

    async with staged() as stage:
        await tell(stage)
        if not once:
            await converse(stage)
