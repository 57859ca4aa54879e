"""`briefing check`: everything that a person can get wrong before the start."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import typer

from bot.cli.console import JsonFlag, out, print_json
from bot.domain.errors import InputError, Problem
from bot.ingest.feed_file import load_feeds
from bot.ingest.pack_file import load_pack
from bot.settings import Settings, load_settings


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("check")
    def check(*, json_: JsonFlag = False) -> None:
        """Validate the environment, the feed list and the commitments.

        Every problem is named with file, line and what to write instead; exit status 1 if there
        is any.

        Example: briefing check
        """
        problems = list(find_problems())
        if json_:
            print_json(
                [
                    {"where": p.where, "line": p.line, "what": p.what, "mend": p.mend}
                    for p in problems
                ]
            )
        for problem in [] if json_ else problems:
            out.print(f"• {problem}", markup=False, highlight=False, soft_wrap=True)
        if problems:
            raise typer.Exit(1)
        if not json_:
            out.print("All is well: environment, feed list and commitments.")


def find_problems() -> Iterator[Problem]:
    """All problems of the environment, and of the files that it names."""
    fields = Settings.model_fields
    feeds, pack = fields["feeds_file"].default, fields["commitments_file"].default
    try:
        loaded = load_settings()
    except InputError as error:
        # One wrong variable must not hide what is wrong with the files.
        yield from error.problems
        feeds = Path(os.environ.get("FEEDS_FILE") or feeds)
        pack = Path(os.environ.get("COMMITMENTS_FILE") or pack)
    else:
        yield from _slack(loaded)
        feeds, pack = loaded.feeds_file, loaded.commitments_file
    yield from _of(lambda: load_feeds(feeds))
    yield from _empty(feeds)
    yield from _of(lambda: load_pack(pack))


def _empty(feeds: Path) -> Iterator[Problem]:
    """A list without feeds is no error to read, but nothing would ever be fetched."""
    try:
        listed = load_feeds(feeds).feeds
    except InputError:
        return  # told already
    if not listed:
        mend = "write feeds: and below it lines such as `- url: https://example.org/feed.xml`"
        yield Problem(where=str(feeds), what="it lists no feeds", mend=mend)


def _slack(loaded: Settings) -> Iterator[Problem]:
    """Half of a Slack set-up is a mistake; none at all is not (the demo and polling need none)."""
    if loaded.slack_bot_token is None and (
        loaded.slack_app_token is not None or loaded.slack_signing_secret is not None
    ):
        yield Problem(
            where="SLACK_BOT_TOKEN", what="it is not set, though Slack is set up otherwise",
            mend="set it to the bot token of your Slack app, which begins with xoxb-",
        )  # fmt: skip
    if (
        loaded.slack_bot_token is not None
        and loaded.slack_app_token is None
        and loaded.slack_signing_secret is None
    ):
        yield Problem(
            where="SLACK_APP_TOKEN", what="neither it nor SLACK_SIGNING_SECRET is set",
            mend="set it for Socket Mode, or SLACK_SIGNING_SECRET to serve HTTP",
        )  # fmt: skip


def _of(load: Callable[[], object]) -> Iterator[Problem]:
    try:
        load()
    except InputError as error:
        yield from error.problems
