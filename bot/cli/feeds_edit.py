"""`briefing feeds add`, `remove`, `pause`, `resume`, `import`: what changes the list."""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

import typer

from bot.bootstrap import Core, open_core
from bot.briefing.feed_answers import FeedChoices, FeedPreview
from bot.briefing.phrases import KEPT_EDIT, count
from bot.cli import feeds_text
from bot.cli.console import agreed, asking, err, login_name, out, print_json, settings
from bot.cli.feeds_show import show
from bot.domain.errors import BriefingError, FetchError, InputError, Problem
from bot.domain.feed import FeedSpec
from bot.domain.text import one_line
from bot.services.feeds.argument import out_of_reach, read_address
from bot.services.feeds.opml import read_file

_ACTOR = f"cli:{login_name()}"
"""Who edits, in the history."""
_COMMAND = "briefing feeds add"


_UNREACHABLE = frozenset({"dns", "refused", "timeout"})
"""Failures that say nothing of the feed: it may be there tomorrow, or from where the bot runs."""


class _UnreachableError(BriefingError):
    """Nothing could be looked at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """A feed that somebody wants listed: an address or a site, and what to call it."""

    address: str
    title: str | None = None
    category: str | None = None

    def spec(self, url: str, *, title: str | None = None, language: str | None = None) -> FeedSpec:
        """The line for the list; without a title given, the feed's own."""
        return FeedSpec(
            url=url, title=self.title or title, category=self.category, language=language
        )


async def add(wish: Wish, *, yes: bool) -> None:
    """Looks, shows, asks, adds."""
    _check(wish)
    address = read_address(wish.address, command=_COMMAND)
    async with open_core(settings()) as core:
        if (listed := await core.scout.listed_as(core.workspace, address)) is not None:
            raise _refused(address, f"is on the feed list already, as {listed}")
        try:
            preview = await _found(core, address, ask=not yes)
        except _UnreachableError as error:
            if "://" not in address or sys.stdin.isatty():
                raise
            err.print(f"{error} It is listed unseen.", markup=False, highlight=False)
            await core.feeds.add(core.workspace, wish.spec(address), actor=_ACTOR)
            await _done(core, address, f"{address} is on the feed list now.")
            return
        show(feeds_text.preview_lines(preview))
        if preview.listed_as is not None:
            raise _refused(preview.url, f"is on the feed list already, as {preview.listed_as}")
        _agree("Add it?", yes=yes)
        spec = wish.spec(preview.url, title=preview.title, language=preview.language)
        await core.feeds.add(core.workspace, spec, actor=_ACTOR)
        await _done(core, preview.url, f"{preview.url} is on the feed list now.")


async def add_unchecked(wish: Wish) -> None:
    """Adds the address as it is."""
    _check(wish)
    url = read_address(wish.address, command=_COMMAND)
    if "://" not in url:
        raise _refused(url, "is a site; --unchecked needs the address of a feed")
    loaded = settings()
    if problem := out_of_reach(url, loaded.briefing_allow_networks, where=_COMMAND):
        raise InputError(problem)
    async with open_core(loaded) as core:
        await core.feeds.add(core.workspace, wish.spec(url), actor=_ACTOR)
        await _done(core, url, f"{url} is on the feed list now.")


async def remove(name: str, *, yes: bool) -> None:
    """Names the feed that is meant, asks, takes it off the list."""
    async with open_core(settings()) as core:
        meant = await core.feeds.find(core.workspace, name)
        _agree(f"Take {meant.title} ({meant.url}) off the list? Its items stay.", yes=yes)
        feed = await core.feeds.remove(core.workspace, meant.url, actor=_ACTOR)
        await _done(core, feed.url, f"{feed.title} is off the feed list.")


async def set_enabled(name: str, *, enabled: bool) -> None:
    """Pauses a feed or lets it go on."""
    async with open_core(settings()) as core:
        feed = await core.feeds.set_enabled(core.workspace, name, enabled=enabled, actor=_ACTOR)
        now = "fetched again" if enabled else "paused"
        await _done(core, feed.url, f"{feed.title} is {now}.")


async def import_list(source: str, *, dry_run: bool, yes: bool, json_: bool) -> None:
    """Shows what a file would add, asks, adds."""
    async with open_core(settings()) as core:
        body = await _body(core, source)
        plan = await core.porter.plan(core.workspace, body, name=source)
        if not json_:
            show(feeds_text.plan_lines(plan))
        if dry_run or not plan.new:
            if json_:
                print_json(feeds_text.plan_json(plan, done=False))
            return
        _agree(f"Add {count(len(plan.new), 'feed')}?", yes=yes)
        done = await core.porter.run(core.workspace, plan, actor=_ACTOR)
        if await core.feeds.kept(core.workspace):
            err.print(KEPT_EDIT)
    if json_:
        print_json(feeds_text.plan_json(done, done=True))
    else:
        _say(f"{count(len(done.new), 'feed')} added.")


async def _found(core: Core, address: str, *, ask: bool) -> FeedPreview:
    """The feed that was meant; of several the person chooses one, if there is a person."""
    try:
        found = await core.scout.find(core.workspace, address)
        if not isinstance(found, FeedChoices):
            return found
        show(feeds_text.choice_lines(found))
        if not (ask and sys.stdin.isatty()):
            raise _refused(address, "has several feeds; give the address of one of them")
        with asking():
            number = typer.prompt("Which one?", type=int, err=True)
        if not 1 <= number <= len(found.feeds):
            raise _refused(str(number), "is none of them")
        chosen = await core.scout.find(core.workspace, found.feeds[number - 1].url)
    except FetchError as error:
        kind = _UnreachableError if error.kind in _UNREACHABLE else BriefingError
        raise kind(f"{address}: {error}.") from error
    if isinstance(chosen, FeedChoices):
        raise _refused(address, "changes while it is looked at; try again")
    return chosen


async def _body(core: Core, source: str) -> bytes:
    if "://" not in source:
        return await asyncio.to_thread(read_file, Path(source))
    try:
        return await core.porter.fetched(source)
    except FetchError as error:
        raise BriefingError(f"{source}: {error}.") from error


def _agree(question: str, *, yes: bool) -> None:
    """Goes on when the person agrees; ends the command, with status 1, when not."""
    if not (yes or agreed(question)):
        err.print("Nothing was changed; --yes does it without asking.")
        raise typer.Exit(1)


def _check(wish: Wish) -> None:
    for option, text in (("--title", wish.title), ("--category", wish.category)):
        if text is not None and not one_line(text):
            raise _refused(option, "is empty; leave it out or write some words")


def _refused(what: str, why: str) -> InputError:
    return InputError(Problem(where=_COMMAND, what=f"{what} {why}", fix=""))


async def _done(core: Core, url: str, sentence: str) -> None:
    """Says what was done, and whether the file does not have it yet."""
    _say(sentence)
    if await core.feeds.is_kept(core.workspace, url):
        err.print(KEPT_EDIT)


def _say(sentence: str) -> None:
    out.print(sentence, markup=False, highlight=False, soft_wrap=True)
