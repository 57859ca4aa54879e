"""`briefing db`: the database's schema."""

import typer

from bot.bootstrap import open_ledger
from bot.cli.console import out, run, settings


def register(app: typer.Typer) -> None:
    """Add the commands."""
    db = typer.Typer(help="The database.", no_args_is_help=True)
    app.add_typer(db, name="db")

    @db.callback()
    def group() -> None:
        """The database that DATABASE_URL names."""

    @db.command("upgrade")
    def upgrade() -> None:
        """Bring the schema up to date; safe to run again, and by several processes at once.

        Example: briefing db upgrade
        """
        run(_upgrade())


async def _upgrade() -> None:
    async with open_ledger(settings(), upgrade=True):
        out.print("The database is up to date.")
