"""`briefing demo`: the unmodified bot against a pretend Slack and a pretend feed server."""

from typing import Annotated

import typer

from bot.cli.console import run
from bot.domain.errors import BriefingError


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

        Starts a pretend Slack workspace and a pretend feed server on this machine, replays the days
        from the Singapore summit to those after Hanoi, and then lets you write to the bot.

        Example: briefing demo --once
        """
        run(_demo(once=once))


async def _demo(*, once: bool) -> None:
    try:
        # Here, since the whole bot and the sandbox take half a second to load.
        from sandbox.demo import play  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "sandbox":
            raise
        raise BriefingError(
            "the demo is part of the project's source and is not installed with the bot; "
            "fetch the source, and run `make demo` in its folder"
        ) from error
    await play(once=once)
