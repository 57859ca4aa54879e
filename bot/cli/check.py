"""`briefing check`: everything that a person can get wrong before the start."""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeVar

import typer

from bot.cli.console import JsonFlag, err, out, print_json, run
from bot.config.commitments_file import load_pack
from bot.config.feeds_file import LIST_EXAMPLE, read_feeds_file
from bot.domain.errors import InputError, LedgerError, Problem
from bot.ledger import Ledger
from bot.ledger.db.migrate import try_file
from bot.services.feeds.argument import out_of_reach
from bot.settings import Settings, load_settings

T = TypeVar("T")
_NAMED: Final = 5  # subscriptions of one id
_READ_THROUGH: Final = timedelta(seconds=60)  # 10 GB or so


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("check")
    def check(*, json_: JsonFlag = False) -> None:
        """Validate the environment, the ledger's file, the feed list and the commitments.

        Every problem is named with file, line and what to write instead; exit status 1 if there
        is any. What is allowed and rarely meant is a warning, which leaves the status at 0.

        Example: briefing check
        """
        problems, warnings = inspect()
        if json_:
            print_json(
                [asdict(one) | {"warning": False} for one in problems]
                + [asdict(one) | {"warning": True} for one in warnings]
            )
        else:
            _show(problems, warnings)
        if problems:
            raise typer.Exit(1)


def _show(problems: Sequence[Problem], warnings: Sequence[Problem]) -> None:
    lines = [*(f"• {p}" for p in problems), *(f"• warning: {w}" for w in warnings)]
    for line in lines:
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    if not problems:
        well = "Nothing is wrong" if warnings else "All is well"
        out.print(f"{well}: environment, feed list and commitments.")


def inspect() -> tuple[list[Problem], list[Problem]]:
    """Problems of the environment and of the files that it names; and what is rarely meant."""
    problems: list[Problem] = []
    warnings: list[Problem] = []
    loaded = _noted(load_settings, problems)
    if loaded:
        problems += [*_slack(loaded), *_ledger(loaded)]
    feeds, pack = _files(loaded)
    file = _noted(lambda: read_feeds_file(feeds), problems)
    if file and not file.feeds.feeds:
        empty = Problem(where=str(feeds), what="it lists no feeds", fix=LIST_EXAMPLE)
        (warnings if file.is_emptied else problems).append(empty)
    _noted(lambda: load_pack(pack), problems)
    if loaded:
        warnings += [*_manners(loaded), *asyncio.run(_of_nothing(loaded))]
        networks, listed = loaded.briefing_allow_networks, file.feeds.feeds if file else ()
        # Their very addresses say that they will never be fetched.
        refused = (out_of_reach(feed.url, networks, where=str(feeds)) for feed in listed)
        warnings += [problem for problem in refused if problem]
    return problems, warnings


def _noted(load: Callable[[], T], problems: list[Problem]) -> T | None:
    """What is loaded; None where it is wrong, which is noted: nothing hides what else is wrong."""
    try:
        return load()
    except InputError as error:
        problems += error.problems
        return None


def _manners(loaded: Settings) -> Iterator[Problem]:
    """What a bot that is set up for real should have; the demo and a first try need not."""
    if loaded.slack_bot_token is None:
        return
    if not loaded.briefing_contact:
        yield Problem(
            where="BRIEFING_CONTACT", what="it is not set, so publishers cannot write to you",
            fix="set it to a page or mail address; it becomes part of the User-Agent",
        )  # fmt: skip
    if not loaded.briefing_admins:
        yield Problem(
            where="BRIEFING_ADMINS", what="it is not set, so the workspace's admins hear of faults",
            fix="set it to the Slack user ids of those who should",
        )  # fmt: skip


def _files(loaded: Settings | None) -> tuple[Path, Path]:
    """Feed list and commitments, by the settings as far as they can be read."""
    if loaded:
        return loaded.feeds_file, loaded.commitments_file
    feeds, pack = (
        Path(os.environ.get(name.upper()) or Settings.model_fields[name].default)
        for name in ("feeds_file", "commitments_file")
    )
    return feeds, pack


def _slack(loaded: Settings) -> Iterator[Problem]:
    """Half of a Slack set-up is a mistake; none at all is not (the demo and polling need none)."""
    if loaded.slack_bot_token is None and (
        loaded.slack_app_token is not None or loaded.slack_signing_secret is not None
    ):
        yield Problem(
            where="SLACK_BOT_TOKEN", what="it is not set, though Slack is set up otherwise",
            fix="set it to the bot token of your Slack app, which begins with xoxb-",
        )  # fmt: skip
    if (
        loaded.slack_bot_token is not None
        and loaded.slack_app_token is None
        and loaded.slack_signing_secret is None
    ):
        yield Problem(
            where="SLACK_APP_TOKEN", what="neither it nor SLACK_SIGNING_SECRET is set",
            fix="set it for Socket Mode, or SLACK_SIGNING_SECRET to serve HTTP",
        )  # fmt: skip


def _ledger(loaded: Settings) -> Iterator[Problem]:
    """What would keep every other command from its work."""
    try:
        run(_try_ledger(loaded.database_url.get_secret_value()))
    except LedgerError as error:
        yield Problem(where="DATABASE_URL", what=str(error), fix="")


async def _of_nothing(loaded: Settings) -> Sequence[Problem]:
    """Subscriptions that name commitments or summits which are not tracked."""
    try:
        pack = load_pack(loaded.commitments_file)
        url = loaded.database_url.get_secret_value()
        async with Ledger.opened(url, create=False) as ledger:
            await ledger.check_schema()
            named = await ledger.subscriptions.naming()
    except (InputError, LedgerError):
        return ()  # named already, or there is no ledger yet
    return [
        Problem(
            where=str(loaded.commitments_file),
            what=f'"{name}" is not tracked, but subscriptions name it: '
            + ", ".join(f"{one.id} to {one.target}" for one in found[:_NAMED]),
            fix=f"put it back, write was: {name} where it has another id now, or end them",
        )
        for name, found in named.items()
        if name not in pack.ids
    ]


async def _try_ledger(database_url: str) -> None:
    if not await try_file(database_url, within=_READ_THROUGH):
        seconds = f"{_READ_THROUGH.total_seconds():.0f}"
        err.print(f"The ledger is large: it was read for damage for {seconds} s, not to its end.")
