"""`briefing feeds list`, `test`, `history`, `export`: what changes nothing."""

import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path

import typer

from bot.bootstrap import Core, open_core
from bot.briefing import phrases
from bot.cli import feeds_text
from bot.cli.console import out, print_json, settings
from bot.cli.feeds_waiting import say_waiting
from bot.domain.errors import BriefingError, NotFoundError
from bot.services.feeds.argument import read_address

_HEAD = 4096
"""Bytes that tell an OPML file."""


async def list_feeds(typed: str, *, json_: bool) -> None:
    """Prints the feeds that fit."""
    async with open_core(settings()) as core:
        rows = await core.catalogue.rows(core.workspace, typed)
        total = len(await core.ledger.feeds.list(core.workspace))
        kept = await core.feeds.kept(core.workspace)
        await say_waiting(core)
    if json_:
        print_json([feeds_text.row_json(row) for row in rows])
    else:
        show(feeds_text.row_lines(rows, total=total, typed=typed))
        show(feeds_text.kept_lines(kept))


async def test(typed: str, *, json_: bool) -> None:
    """Prints what a fetch gives; exit status 1 when it fails."""
    async with open_core(settings()) as core:
        address, name = await _meant(core, typed)
        trial = await core.scout.trial(core.workspace, address, name=name)
    if json_:
        print_json(feeds_text.trial_json(trial))
    else:
        show(feeds_text.trial_lines(trial))
    if trial.error is not None:
        raise typer.Exit(1)


async def history(typed: str, *, json_: bool) -> None:
    """Prints a feed's history."""
    async with open_core(settings()) as core:
        found = await core.catalogue.history(core.workspace, typed)
    if json_:
        print_json(feeds_text.history_json(found))
    else:
        show(feeds_text.history_lines(found))


async def export(path: Path | None) -> None:
    """Writes the list as OPML."""
    async with open_core(settings()) as core:
        text, count = await core.porter.export(core.workspace)
    if path is None or str(path) == "-":
        sys.stdout.write(text)
        return
    try:
        if not await asyncio.to_thread(_may_be_written, path):
            raise BriefingError(f"{path} is there already and is no OPML file; name another one.")
        await asyncio.to_thread(path.write_text, text, encoding="utf-8")
    except OSError as error:
        raise BriefingError(f"{path} cannot be written ({error.strerror}).") from error
    out.print(f"{phrases.count(count, 'feed')} written to {path}.", markup=False, highlight=False)


def _may_be_written(path: Path) -> bool:
    """Whether nothing but an earlier export is lost; a feed list with its comments would be."""
    if not path.is_file():
        return True
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return not head or b"<opml" in head.lower()


def show(lines: Iterable[str]) -> None:
    """Lines on standard output, as they are."""
    for line in lines:
        out.print(line, markup=False, highlight=False, soft_wrap=True)


async def _meant(core: Core, typed: str) -> tuple[str, str | None]:
    """The address to fetch, and its title when it is listed."""
    try:
        feed = await core.feeds.find(core.workspace, typed)
    except NotFoundError:
        if "." not in typed:
            raise
        return read_address(typed, command="briefing feeds test"), None
    return feed.url, feed.title
