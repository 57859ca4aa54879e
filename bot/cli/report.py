"""`briefing report`: a compliance report on one summit."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.bootstrap import open_core
from bot.briefing.report import ReportFormat, written
from bot.cli.console import command, say, settings
from bot.cli.status import subject_of
from bot.domain.commitment import Pack, Summit
from bot.domain.errors import InputError, NotFoundError, Problem


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "report")
    async def report(
        summit: Annotated[
            list[str] | None,
            typer.Argument(help="A summit, by id or in words; may be left out where it is one."),
        ] = None,
        *,
        form: Annotated[
            ReportFormat, typer.Option("--format", help="md, html, csv or json.")
        ] = ReportFormat.MD,
        out: Annotated[
            Path | None, typer.Option(help="The file to write, instead of standard output.")
        ] = None,
    ) -> None:
        """Write a compliance report: levels, reasons, turning points, numbered sources, method.

        Example: briefing report singapore-2018 --format html --out report.html
        """
        async with open_core(settings()) as core:
            subject = summit_of(" ".join(summit or ()), core.commitments.pack())
            text = written(await core.briefing.report(core.workspace, subject), form)
        if out is None:
            sys.stdout.write(text)
            return
        try:
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            what = f"it cannot be written ({error.strerror})"
            problem = Problem(where=str(out), what=what, fix="name a file in a folder of yours")
            raise InputError(problem) from error
        say(f"The report is in {out}.")


def summit_of(words: str, pack: Pack) -> Summit:
    """The summit that the words name, or the only one.

    Raises:
        NotFoundError: None, or several; the text offers them.
    """
    subject = subject_of(words, pack)
    if isinstance(subject, Summit):
        return subject
    if subject is not None:
        return pack.summit_by_id[subject.summit_id]
    if len(pack.summits) == 1:
        return pack.summits[0]
    known = ", ".join(one.id for one in pack.summits) or "none"
    raise NotFoundError(f"A report is on one summit. Tracked are: {known}.")
