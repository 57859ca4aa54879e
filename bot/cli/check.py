"""`briefing check`: everything that a person can get wrong before the start."""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import typer

from bot.cli.console import JsonFlag, out, print_json, run
from bot.config.commitments_file import load_pack
from bot.config.feeds_file import load_feeds
from bot.config.yaml import UnreadableError, read_text
from bot.domain.errors import InputError, LedgerError, Problem
from bot.ledger.db.migrate import try_file
from bot.services.feeds.argument import out_of_reach
from bot.services.feeds.guard import is_emptied
from bot.settings import Settings, load_settings


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("check")
    def check(*, json_: JsonFlag = False) -> None:
        """Validate the environment, the ledger's file, the feed list and the commitments.

        Every problem is named with file, line and what to write instead; exit status 1 if there
        is any. What is allowed and rarely meant is a warning, which leaves the status at 0.

        Example: briefing check
        """
        problems, warnings = list(find_problems()), list(find_warnings())
        if json_:
            print_json(
                [_as_data(p, warning=False) for p in problems]
                + [_as_data(workspace, warning=True) for workspace in warnings]
            )
        else:
            _show(problems, warnings)
        if problems:
            raise typer.Exit(1)


def _as_data(problem: Problem, *, warning: bool) -> dict[str, object]:
    return {
        "where": problem.where,
        "line": problem.line,
        "what": problem.what,
        "mend": problem.fix,
        "warning": warning,
    }


def _show(problems: Sequence[Problem], warnings: Sequence[Problem]) -> None:
    lines = [*(f"• {p}" for p in problems), *(f"• warning: {workspace}" for workspace in warnings)]
    for line in lines:
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    if not problems:
        well = "Nothing is wrong" if warnings else "All is well"
        out.print(f"{well}: environment, feed list and commitments.")


def find_problems() -> Iterator[Problem]:
    """All problems of the environment, and of the files that it names."""
    try:
        loaded = load_settings()
    except InputError as error:
        # One wrong variable must not hide what is wrong with the files.
        yield from error.problems
    else:
        yield from _slack(loaded)
        yield from _ledger(loaded)
    feeds, pack = _files()
    yield from _of(lambda: load_feeds(feeds))
    if _lists_none(feeds) and not _on_purpose(feeds):
        yield _empty(feeds)
    yield from _of(lambda: load_pack(pack))


def find_warnings() -> Iterator[Problem]:
    """What is allowed and rarely meant."""
    feeds, _ = _files()
    if _lists_none(feeds) and _on_purpose(feeds):
        yield _empty(feeds)
    with contextlib.suppress(InputError):  # told already
        loaded = load_settings()
        yield from _manners(loaded)
        yield from _out_of_reach(loaded)


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


def _out_of_reach(loaded: Settings) -> Iterator[Problem]:
    """Feeds whose very address says that they will never be fetched."""
    allowed, where = loaded.briefing_allow_networks, str(loaded.feeds_file)
    for feed in load_feeds(loaded.feeds_file).feeds:
        if problem := out_of_reach(feed.url, allowed, where=where):
            yield problem


def _files() -> tuple[Path, Path]:
    """Feed list and commitments, by the settings as far as they can be read."""
    try:
        loaded = load_settings()
    except InputError:
        fields = Settings.model_fields
        feeds = os.environ.get("FEEDS_FILE") or fields["feeds_file"].default
        pack = os.environ.get("COMMITMENTS_FILE") or fields["commitments_file"].default
        return Path(feeds), Path(pack)
    return loaded.feeds_file, loaded.commitments_file


def _lists_none(feeds: Path) -> bool:
    """Whether the list can be read and has no feeds: nothing would ever be fetched."""
    try:
        return not load_feeds(feeds).feeds
    except InputError:
        return False  # told already


def _on_purpose(feeds: Path) -> bool:
    """Whether it says `feeds: []`, the way to empty a list."""
    try:
        return is_emptied(read_text(feeds))
    except UnreadableError:
        return False  # gone since it was read


def _empty(feeds: Path) -> Problem:
    fix = "write feeds: and below it lines such as `- url: https://example.org/feed.xml`"
    return Problem(where=str(feeds), what="it lists no feeds", fix=fix)


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
        run(try_file(loaded.database_url.get_secret_value()))
    except LedgerError as error:
        yield Problem(where="DATABASE_URL", what=str(error), fix="")


def _of(load: Callable[[], object]) -> Iterator[Problem]:
    try:
        load()
    except InputError as error:
        yield from error.problems
