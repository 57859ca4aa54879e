"""What every command shares: consoles, JSON output, and errors as sentences."""

import asyncio
import getpass
import json
import logging
import signal
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from bot.domain.errors import BriefingError, InputError
from bot.logs import set_up_logging
from bot.settings import Settings, load_settings

# MERGED who: Who is at the terminal, for the history of edits.


def login_name() -> str:
    """The login name; `somebody` where the system knows none, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "somebody"


out = Console()
"""Answers: standard output."""
err = Console(stderr=True)
"""Errors and progress: standard error, so that output can be piped."""

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def print_json(value: object) -> None:
    """One JSON document on standard output, as it is: no colours, no wrapping.

    Moments are written in ISO 8601, everything else that JSON does not know by its text.
    """
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=_as_text) + "\n")


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run one command's work to its end."""
    asyncio.run(work)


def settings(*, level: int = logging.WARNING) -> Settings:
    """The settings, with logging set up by them; commands that answer log only what goes wrong."""
    loaded = load_settings()
    set_up_logging(loaded.briefing_log, level=level)
    return loaded


def progress() -> Progress:
    """A progress bar on standard error; it is gone when the work is done."""
    return Progress(
        SpinnerColumn(),
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=err,
        transient=True,
    )


@contextmanager
def asking() -> Iterator[None]:
    """While a person is asked, Ctrl-C ends the question; asyncio would wait for the answer."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def agreed(question: str) -> bool:
    """Whether the person agrees; no answer, or Ctrl-C, is a no.

    In a script nobody is asked: what is piped in counts and is shown behind the question (`n` is a
    no), and where nothing is, the command itself is the word.
    """
    if not sys.stdin.isatty():
        answer = sys.stdin.readline()
        if answer:
            err.print(f"{question} {answer.strip()[:20]}", markup=False, highlight=False)
        return not answer or answer.strip().casefold() in {"y", "yes"}
    try:
        with asking():
            return typer.confirm(question, err=True)
    except typer.Abort:
        err.print()
        return False


def show_error(error: BriefingError) -> None:
    """The error as the person who can mend it should read it: a line for each problem."""
    lines = [str(p) for p in error.problems] if isinstance(error, InputError) else [str(error)]
    for line in lines:
        err.print(f"[bold red]error:[/] {_plain(line)}", highlight=False, soft_wrap=True)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
