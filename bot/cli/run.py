"""`briefing run`, and `web`, `clock`, `worker`: the bot itself; `db` and `demo` beside it."""

import logging
from typing import Annotated

import typer

from bot.bootstrap import open_bot
from bot.cli.console import command, out, say, settings
from bot.domain.errors import BriefingError, Problem, SettingsError
from bot.jobs import Duties, Role
from bot.ledger import Ledger


def register(app: typer.Typer) -> None:
    """Add the commands."""
    _add_demo(app)
    _add_roles(app)
    db = typer.Typer(help="The database.", no_args_is_help=True)
    app.add_typer(db, name="db")

    @db.callback()
    def group() -> None:
        """The database that DATABASE_URL names."""

    @command(db, "upgrade")
    async def upgrade() -> None:
        """Bring the schema up to date; safe to run again, and by several processes at once.

        Example: briefing db upgrade
        """
        async with Ledger.opened(settings().database_url.get_secret_value()) as ledger:
            copy = await ledger.upgrade()
        if copy is not None:
            say(f"The file as it was before is kept as {copy}.")
        out.print("The database is up to date.")


def _add_demo(app: typer.Typer) -> None:
    @command(app, "demo")
    async def demo(
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


def _add_roles(app: typer.Typer) -> None:
    @command(app, "run")
    async def run() -> None:
        """Run the whole bot in one process.

        Over Socket Mode when SLACK_APP_TOKEN is set, else over HTTP on PORT. Ctrl-C stops it when
        what is being sent is finished.

        Example: briefing run
        """
        await _serve(Role.ALL)

    @command(app, "web")
    async def web() -> None:
        """Answer people; one of several processes on PostgreSQL.

        Example: briefing web
        """
        await _serve(Role.WEB)

    @command(app, "clock")
    async def clock() -> None:
        """Poll feeds and compose digests; one of several processes on PostgreSQL.

        Example: briefing clock
        """
        await _serve(Role.CLOCK)

    @command(app, "worker")
    async def worker() -> None:
        """Send what is in the outbox; as many as are wanted, on PostgreSQL.

        Example: briefing worker
        """
        await _serve(Role.WORKER)


async def _serve(role: Role) -> None:
    from bot.serve import serve  # noqa: PLC0415 - Slack's libraries take a third of a second

    loaded = settings(level=logging.INFO)
    sqlite = loaded.database_url.get_secret_value().startswith("sqlite")
    if role is not Role.ALL and sqlite:
        raise SettingsError(
            Problem(
                where="DATABASE_URL",
                what="separate processes need PostgreSQL",
                fix="set it to postgresql://user:password@host/name, or use `briefing run`",
            )
        )
    async with open_bot(loaded, Duties(role=role)) as bot:
        await serve(bot, loaded, listen=role in {Role.ALL, Role.WEB})
