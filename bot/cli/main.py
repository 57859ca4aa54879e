"""Registers every command, and turns errors into sentences and exit codes."""

import logging
import sys

import typer

from bot.cli import (
    INTERRUPTED,
    ask,
    check,
    db,
    demo,
    digest,
    export,
    feeds,
    match,
    poll,
    serving,
    status,
)
from bot.cli.console import err, show_error
from bot.domain.errors import BriefingError

logger = logging.getLogger(__name__)

_GROUPS = (demo, serving, db, check, poll, match, digest, status, ask, feeds, export)


def build() -> typer.Typer:
    """The command line, every command registered."""
    app = typer.Typer(
        name="briefing",
        help="Follows what leaders promised at a summit, with sources.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for group in _GROUPS:
        group.register(app)
    return app


def main() -> None:
    """Run the command line: 0 when all is well, 1 with a sentence for each error of ours."""
    try:
        build()()
    except BriefingError as error:
        show_error(error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception:  # the boundary to people: a sentence first, the log for whoever mends it
        err.print("[bold red]error:[/] something unforeseen went wrong; the log says what")
        logger.exception("command failed")
        sys.exit(1)
