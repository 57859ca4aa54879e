"""Registers every command, and turns errors into sentences and exit codes."""

import errno
import logging
import os
import sys

import typer

from bot.cli import (
    INTERRUPTED,
    ask,
    check,
    digest,
    export,
    feeds,
    items,
    match,
    poll,
    records,
    report,
    run,
    status,
)
from bot.cli.console import err, show_error
from bot.domain.errors import BriefingError

logger = logging.getLogger(__name__)

# What standard output says when it takes no more: no room, or no reader.
_NO_OUTPUT = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EPIPE}
_GROUPS = (run, check, poll, match, digest, status, ask, items, feeds, records, report, export)


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
        _run()
    except BriefingError as error:
        show_error(error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception:  # the boundary to people: a sentence first, the details in the log
        err.print("[bold red]error:[/] something unforeseen went wrong; the log says what")
        logger.exception("command failed")
        sys.exit(1)


def _run() -> None:
    try:
        try:
            build()()
        finally:
            sys.stdout.flush()  # here, so that what cannot be written is no surprise at the exit
    except OSError as error:
        if error.errno not in _NO_OUTPUT:
            raise
        _give_up_output()
        if error.errno != errno.EPIPE:  # the reader has gone, as `head` does: no error
            err.print(f"[bold red]error:[/] the output cannot be written ({error.strerror})")
        sys.exit(1)


def _give_up_output() -> None:
    """Drops what is left for standard output, else Python tries once more at the exit.

    As https://docs.python.org/3/library/signal.html#note-on-sigpipe advises.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
