"""`briefing feeds`: the feed list from the command line."""

import asyncio
import getpass
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from bot.bootstrap import Core, open_core
from bot.briefing.feed_answers import FeedChoices, FeedPreview
from bot.briefing.phrases import KEPT_EDIT, count
from bot.cli import feeds_text
from bot.cli.console import (
    JsonFlag,
    command,
    err,
    print_json,
    say,
    settings,
)
from bot.domain.errors import BriefingError, FetchError, InputError, NotFoundError, Problem
from bot.domain.feed import FeedSpec
from bot.domain.text import one_line
from bot.services.feeds.argument import out_of_reach, read_address
from bot.services.feeds.opml import read_file

try:
    _ACTOR = f"cli:{getpass.getuser()}"  # in the history
except (KeyError, OSError, ImportError):  # the system knows none, as in some containers
    _ACTOR = "cli:somebody"
_COMMAND: Final = "briefing feeds add"
_UNSEEN: Final = 3  # exit status: it is done, but nobody has looked
_OPML_HEAD: Final = 4096  # bytes that tell an OPML file
# Failures that say nothing of a feed: it may be there tomorrow, or from where the bot runs.
_UNREACHABLE = frozenset({"dns", "refused", "timeout"})
_Feed = Annotated[str, typer.Argument(help="Address, title, or number in the list.")]
_Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]
_feeds = typer.Typer(help="The feed list.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_feeds, name="feeds")


@command(_feeds, "list")
async def list_(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="Only feeds that fit: failing, silent, paused, new, well, a category, a "
            "language, or part of a title or address."
        ),
    ] = None,
    *,
    json_: JsonFlag = False,
) -> None:
    """Show the feeds with their health, those that need a look first.

    Example: briefing feeds list failing
    """
    typed = " ".join(words or ())
    async with open_core(settings()) as core:
        rows = await core.catalogue.rows(core.workspace, typed)
        total = len(await core.feeds.listed(core.workspace))
        kept = await core.feeds.kept(core.workspace)
        await say_waiting(core)
    if json_:
        print_json([feeds_text.row_json(row) for row in rows])
    else:
        _show(feeds_text.row_lines(rows, total=total, typed=typed))
        _show(feeds_text.kept_lines(kept))


async def say_waiting(core: Core) -> None:
    """One line on standard error where a changed feeds.yaml is not taken over yet."""
    if sentence := await core.feeds.waiting(core.workspace):
        say(sentence, to=err)


@command(_feeds, "test")
async def try_(feed: _Feed, *, json_: JsonFlag = False) -> None:
    """Fetch a feed now and say how it fares; nothing is stored. Exit status 1 if it fails.

    Any address can be given, listed or not.

    Example: briefing feeds test https://example.org/feed.xml
    """
    async with open_core(settings()) as core:
        try:
            listed = await core.feeds.find(core.workspace, feed)
            address, name = listed.url, listed.title
        except NotFoundError:
            if "." not in feed:
                raise
            address, name = read_address(feed, command="briefing feeds test"), None
        trial = await core.previewer.trial(core.workspace, address, name=name)
    if json_:
        print_json(feeds_text.trial_json(trial))
    else:
        _show(feeds_text.trial_lines(trial))
    if trial.error is not None:
        raise typer.Exit(1)


@command(_feeds, "history")
async def history(feed: _Feed, *, json_: JsonFlag = False) -> None:
    """Show who changed a feed's line, when, and what stood before.

    Example: briefing feeds history "Example World"
    """
    async with open_core(settings()) as core:
        found = await core.catalogue.history(core.workspace, feed)
    if json_:
        print_json(feeds_text.history_json(found))
    else:
        _show(feeds_text.history_lines(found))


@command(_feeds, "add")
async def add(
    address: Annotated[str, typer.Argument(help="Address of the feed, or a site.")],
    title: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    category: Annotated[str | None, typer.Option(help="A word for grouping.")] = None,
    *,
    yes: _Yes = False,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="List the address as it is, without reading it.")
    ] = False,
) -> None:
    """Read a feed, show what it holds, and put it at the end of feeds.yaml.

    In a script a feed that cannot be reached now is listed unseen, with exit status 3.

    Example: briefing feeds add example.org --category press
    """
    for option, text in (("--title", title), ("--category", category)):
        if text is not None and not one_line(text):
            raise _refused(option, "is empty; leave it out or write some words")
    new = FeedSpec(url=read_address(address, command=_COMMAND), title=title, category=category)
    await (_add_unchecked(new) if unchecked else _add(new, yes=yes))


class _UnreachableError(BriefingError):
    """Nothing could be read there."""


async def _add(new: FeedSpec, *, yes: bool) -> None:
    """Reads, shows, asks, adds; a feed without a title is listed with its own."""
    address, loaded = new.url, settings()
    whole = address if "://" in address else f"https://{address}"
    if problem := out_of_reach(whole, loaded.briefing_allow_networks, where=_COMMAND):
        raise InputError(problem)
    async with open_core(loaded) as core:
        if (listed := await core.previewer.listed_as(core.workspace, address)) is not None:
            raise _refused(address, f"is on the feed list already, as {listed}")
        try:
            preview = await _found(core, address, ask=not yes)
        except _UnreachableError as error:
            if "://" not in address or sys.stdin.isatty():
                raise
            say(f"{error} It is listed unseen.", to=err)
            await _put(core, new)
            raise typer.Exit(_UNSEEN) from error
        _show(feeds_text.preview_lines(preview))
        if preview.listed_as is not None:
            raise _refused(preview.url, f"is on the feed list already, as {preview.listed_as}")
        _agree("Add it?", yes=yes)
        title = new.title or preview.title
        found = replace(new, url=preview.url, title=title, language=preview.language)
        await _put(core, found)


async def _add_unchecked(new: FeedSpec) -> None:
    """Adds the address as it is."""
    if "://" not in new.url:
        raise _refused(new.url, "is a site; --unchecked needs the address of a feed")
    loaded = settings()
    if problem := out_of_reach(new.url, loaded.briefing_allow_networks, where=_COMMAND):
        raise InputError(problem)
    async with open_core(loaded) as core:
        await _put(core, new)


async def _put(core: Core, spec: FeedSpec) -> None:
    kept = await core.feeds.add(core.workspace, spec, actor=_ACTOR)
    _done(f"{spec.url} is on the feed list now.", kept=kept)


async def _found(core: Core, address: str, *, ask: bool) -> FeedPreview:
    """The feed that is meant; of several the person chooses one, if there is a person."""
    try:
        found = await core.previewer.find(core.workspace, address)
        if not isinstance(found, FeedChoices):
            return found
        _show(feeds_text.choice_lines(found))
        if not (ask and sys.stdin.isatty()):
            raise _refused(address, "has several feeds; give the address of one of them")
        with _asking():
            number = typer.prompt("Which one?", type=int, err=True)
        if not 1 <= number <= len(found.feeds):
            raise _refused(str(number), "is none of them")
        chosen = await core.previewer.find(core.workspace, found.feeds[number - 1].url)
    except FetchError as error:
        kind = _UnreachableError if error.kind in _UNREACHABLE else BriefingError
        raise kind(f"{address}: {error}.") from error
    if isinstance(chosen, FeedChoices):
        raise _refused(address, "changes while it is read; try again")
    return chosen


@command(_feeds, "remove")
async def remove(feed: _Feed, *, yes: _Yes = False) -> None:
    """Take a feed off feeds.yaml, after asking; its items and evidence stay.

    Example: briefing feeds remove "Example World"
    """
    async with open_core(settings()) as core:
        meant = await core.feeds.find(core.workspace, feed)
        _agree(f"Take {meant.title} ({meant.url}) off the list? Its items stay.", yes=yes)
        done = await core.feeds.remove(core.workspace, meant.url, actor=_ACTOR)
        _done(f"{meant.title} is off the feed list.", kept=done.kept)


@command(_feeds, "pause")
async def pause(feed: _Feed) -> None:
    """Let a feed rest: it stays in the list and is not fetched.

    Example: briefing feeds pause 3
    """
    await _set_enabled(feed, enabled=False)


@command(_feeds, "resume")
async def resume(feed: _Feed) -> None:
    """Fetch a paused feed again.

    Example: briefing feeds resume 3
    """
    await _set_enabled(feed, enabled=True)


async def _set_enabled(name: str, *, enabled: bool) -> None:
    async with open_core(settings()) as core:
        done = await core.feeds.set_enabled(core.workspace, name, enabled=enabled, actor=_ACTOR)
        now = "fetched again" if enabled else "paused"
        _done(f"{done.feed.title} is {now}.", kept=done.kept)


@command(_feeds, "import")
async def import_(
    source: Annotated[str, typer.Argument(help="An OPML file, or its address.")],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be done.")
    ] = False,
    yes: _Yes = False,
    json_: JsonFlag = False,
) -> None:
    """Add the feeds of an OPML file to feeds.yaml; shows first what would be added.

    Feeds that are listed already stay as they are.

    Example: briefing feeds import feeds.opml --dry-run
    """
    async with open_core(settings()) as core:
        body = await _body(core, source)
        plan = await core.opml.plan(core.workspace, body, name=source)
        if not json_:
            _show(feeds_text.plan_lines(plan))
        if dry_run or not plan.new:
            if json_:
                print_json(feeds_text.plan_json(plan, done=False))
            return
        _agree(f"Add {count(len(plan.new), 'feed')}?", yes=yes)
        done = await core.opml.run(core.workspace, plan, actor=_ACTOR)
        if await core.feeds.kept(core.workspace):
            err.print(KEPT_EDIT)
    if json_:
        print_json(feeds_text.plan_json(done, done=True))
    else:
        say(f"{count(len(done.new), 'feed')} added.")


async def _body(core: Core, source: str) -> bytes:
    if "://" not in source:
        return await asyncio.to_thread(read_file, Path(source))
    try:
        return await core.opml.fetched(source)
    except FetchError as error:
        raise BriefingError(f"{source}: {error}.") from error


@command(_feeds, "export")
async def export(
    path: Annotated[
        Path | None, typer.Argument(help="Where to write it; standard output without.")
    ] = None,
) -> None:
    """Write the feed list as OPML, for other feed readers.

    Example: briefing feeds export feeds.opml
    """
    async with open_core(settings()) as core:
        text, number = await core.opml.export(core.workspace)
    if path is None or str(path) == "-":
        sys.stdout.write(text)
        return
    try:
        if not await asyncio.to_thread(_may_be_written, path):
            raise BriefingError(f"{path} is there already and is no OPML file; name another one.")
        await asyncio.to_thread(path.write_text, text, encoding="utf-8")
    except OSError as error:
        raise BriefingError(f"{path} cannot be written ({error.strerror}).") from error
    say(f"{count(number, 'feed')} written to {path}.")


def _may_be_written(path: Path) -> bool:
    """Whether nothing but an earlier export is lost; a feed list with its comments would be."""
    if not path.is_file():
        return True
    with path.open("rb") as file:
        head = file.read(_OPML_HEAD)
    return not head or b"<opml" in head.lower()


@contextmanager
def _asking() -> Iterator[None]:
    """Makes Ctrl-C end a question to a person; asyncio would wait for the answer."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _agree(question: str, *, yes: bool) -> None:
    """Goes on when the person agrees; ends the command, with status 1, when not.

    A script is not asked: what is piped in counts and is shown behind the question, and without
    that the command itself is the consent. No answer of a person, or Ctrl-C, is a no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        answer = sys.stdin.readline()
        if answer:
            err.print(f"{question} {answer.strip()[:20]}", markup=False, highlight=False)
        agreed = not answer or answer.strip().casefold() in {"y", "yes"}
    else:
        try:
            with _asking():
                agreed = typer.confirm(question, err=True)
        except typer.Abort:
            err.print()
            agreed = False
    if not agreed:
        err.print("Nothing was changed; --yes does it without asking.")
        raise typer.Exit(1)


def _refused(what: str, why: str) -> InputError:
    return InputError(Problem(where=_COMMAND, what=f"{what} {why}", fix=""))


def _done(sentence: str, *, kept: bool) -> None:
    """Says what was done, and whether the file does not have it yet."""
    say(sentence)
    if kept:
        err.print(KEPT_EDIT)


def _show(lines: Iterable[str]) -> None:
    """Lines on standard output, as they are."""
    for line in lines:
        say(line)
