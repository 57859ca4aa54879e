"""`briefing audit`, `accept` and `quality`: who changed what, and how often filing was right."""

from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from bot.bootstrap import open_core
from bot.briefing.parts import Quality
from bot.briefing.phrases import clock_time
from bot.briefing.terminal import quality_lines
from bot.cli.console import JsonFlag, command, print_json, say, settings
from bot.domain.text import one_line
from bot.services.audit import AuditTrail, about_words

_MOST = 1_000
_ACTOR = "cli"


class _File(StrEnum):
    COMMITMENTS = "commitments"
    FEEDS = "feeds"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    _register_accept(app)

    @command(app, "audit")
    async def audit(
        subject: Annotated[
            list[str] | None,
            typer.Argument(
                help="A commitment, a person's id, a feed, or E12; all changes when left out."
            ),
        ] = None,
        *,
        since: Annotated[
            datetime | None,
            typer.Option(formats=["%Y-%m-%d"], help="The first day, such as 2018-07-01."),
        ] = None,
        json_: JsonFlag = False,
    ) -> None:
        """Say who changed what, when, and what stood before, newest first.

        At most 1,000 changes are shown; --since reaches further back in parts.

        Example: briefing audit remains --since 2018-07-01
        """
        first = since.replace(tzinfo=UTC) if since else None
        async with open_core(settings()) as core:
            words = " ".join(subject or ())
            about = about_words(words, core.commitments.pack(), since=first)
            page = await AuditTrail(core.ledger, core.feeds).page(
                core.workspace, about, limit=_MOST
            )
        if json_:
            for entry in page.entries:
                print_json({**asdict(entry), "at": entry.at.isoformat()})
            return
        if not page.entries:
            say("Nothing was changed, as far as the ledger keeps.")
        for entry in page.entries:
            when = clock_time(entry.at, zone=core.settings.zone)
            say(f"{when}  {entry.actor}  {entry.action}  {one_line(entry.subject)}")
            say(f"    {_state(entry.before)} -> {_state(entry.after)}")
        if page.next_offset is not None:
            say(f"Older changes are left out: these are the newest {_MOST:,}.")

    @command(app, "quality")
    async def quality(*, json_: JsonFlag = False) -> None:
        """Say how often the filing was right, by the last 50 reviews of each commitment.

        Example: briefing quality
        """
        async with open_core(settings()) as core:
            answer = await core.briefing.quality(core.workspace)
        if json_:
            print_json(
                {
                    "overall": _counts(answer.overall),
                    "commitments": {topic.id: _counts(here) for topic, here in answer.lines},
                }
            )
            return
        for line in quality_lines(answer):
            say(line)


def _register_accept(app: typer.Typer) -> None:
    @command(app, "accept")
    async def accept(
        file: Annotated[_File, typer.Argument(help="Which file is meant as it is.")],
    ) -> None:
        """Take a changed file as it is, which drops so much that it waits for an admin's word.

        Example: briefing accept feeds
        """
        async with open_core(settings()) as core:
            watchers = {_File.COMMITMENTS: core.commitments.accept, _File.FEEDS: core.feeds.accept}
            await watchers[file](core.workspace, actor=_ACTOR)
        say(f"The {file} are as their file says from now on.")


def _counts(quality: Quality) -> dict[str, object]:
    return asdict(quality)


def _state(values: object) -> str:
    if not isinstance(values, dict) or not values:
        return "nothing"
    return one_line(", ".join(f"{name}: {value}" for name, value in values.items() if value))
