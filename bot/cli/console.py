"""What every command shares: consoles, JSON output, and errors as sentences."""

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import wraps
from typing import Annotated, Any, ParamSpec

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from bot.domain.errors import BriefingError, InputError
from bot.logs import set_up_logging
from bot.settings import Settings, load_settings

P = ParamSpec("P")
JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

out = Console()  # answers
err = Console(stderr=True)  # errors and progress, so that output can be piped


def command(
    app: typer.Typer, name: str
) -> Callable[[Callable[P, Coroutine[Any, Any, None]]], Callable[P, None]]:
    """Registers an asynchronous function as a command, which runs it to its end."""

    def register(work: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
        @app.command(name)
        @wraps(work)
        def run_command(*args: P.args, **kwargs: P.kwargs) -> None:
            run(work(*args, **kwargs))

        return run_command

    return register


def say(text: str, *, to: Console = out) -> None:
    """Print text as it is: no markup, no wrapping."""
    to.print(text, markup=False, highlight=False, soft_wrap=True)


def print_json(value: object) -> None:
    """One JSON document on standard output; moments in ISO 8601, what JSON lacks as its text."""
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


def show_error(error: BriefingError) -> None:
    """The error as a person reads it: a line for each problem."""
    lines = [str(p) for p in error.problems] if isinstance(error, InputError) else [str(error)]
    for line in lines:
        err.print(f"[bold red]error:[/] {escape(line)}", highlight=False, soft_wrap=True)
