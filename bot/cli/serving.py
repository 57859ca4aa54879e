"""`briefing run`, and `web`, `clock`, `worker`: the bot itself, whole or in parts."""

import logging

import typer

from bot.cli.console import run, settings
from bot.domain.errors import Problem, SettingsError
from bot.jobs import Role
from bot.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command("run")
    def run_() -> None:
        """Run the whole bot in one process.

        Over Socket Mode when SLACK_APP_TOKEN is set, else over HTTP on PORT. Ctrl-C stops it when
        what is being sent is finished.

        Example: briefing run
        """
        run(_serve(Role.ALL))

    @app.command("web")
    def web() -> None:
        """Answer people; one of several processes on PostgreSQL.

        Example: briefing web
        """
        run(_serve(Role.WEB))

    @app.command("clock")
    def clock() -> None:
        """Poll feeds and compose digests; one of several processes on PostgreSQL.

        Example: briefing clock
        """
        run(_serve(Role.CLOCK))

    @app.command("worker")
    def worker() -> None:
        """Send what is in the outbox; as many as are wanted, on PostgreSQL.

        Example: briefing worker
        """
        run(_serve(Role.WORKER))


async def _serve(role: Role) -> None:
    # Here, since Slack's libraries take a third of a second to load.
    from bot.bootstrap import open_bot  # noqa: PLC0415
    from bot.serve import serve  # noqa: PLC0415

    loaded = settings(level=logging.INFO)
    if role is not Role.ALL:
        _check_shared(loaded)
    async with open_bot(loaded, role=role) as bot:
        await serve(bot, loaded, listen=role in {Role.ALL, Role.WEB})


def _check_shared(loaded: Settings) -> None:
    """Several processes need a database that several processes can write to."""
    if loaded.database_url.get_secret_value().startswith("sqlite"):
        raise SettingsError(
            Problem(
                where="DATABASE_URL",
                what="separate processes need PostgreSQL",
                fix="set it to postgresql://user:password@host/name, or use `briefing run`",
            )
        )
