"""`briefing digest`: what would be sent."""

from datetime import timedelta
from typing import Annotated

import typer

from bot.bootstrap import Core, open_core
from bot.briefing.digest import Digest
from bot.briefing.terminal import as_text
from bot.cli.console import JsonFlag, command, err, print_json, say, settings
from bot.domain.errors import NotFoundError
from bot.domain.window import Window
from bot.slack.messages.blocks import payloads
from bot.slack.messages.digest import digest_messages


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "digest")
    async def digest(
        *,
        preview: Annotated[
            bool, typer.Option("--preview", help="Show it; nothing is sent.")
        ] = False,
        channel: Annotated[
            str | None,
            typer.Option(help="As the subscription of this channel or person would get it."),
        ] = None,
        hours: Annotated[int, typer.Option(min=1, max=24 * 366, help="How far back.")] = 24,
        json_: JsonFlag = False,
    ) -> None:
        """Show the digest that would be sent now: as text, or as Block Kit with --json.

        Example: briefing digest --preview --hours 168
        """
        if not preview:
            err.print("Add --preview; digests are sent by `briefing run`, when they are due.")
            raise typer.Exit(2)
        async with open_core(settings()) as core:
            found = await _compose(core, channel, timedelta(hours=hours))
        if json_:
            print_json(payloads(digest_messages(found)))
        else:
            say(as_text(found))


async def _compose(core: Core, channel: str | None, length: timedelta) -> Digest:
    """The digest of everything, or what the channel's next one would hold as of now."""
    now = core.clock()
    if channel is None:
        return await core.briefing.digest(
            core.workspace,
            (),
            Window(since=now - length, until=now),
            timezone=core.settings.briefing_timezone,
        )
    subscriptions = await core.ledger.subscriptions.list(core.workspace, target=channel)
    if not subscriptions:
        raise NotFoundError(f"{channel} has no subscription; `/briefing subscribe` makes one.")
    subscription = subscriptions[0]
    outbox = core.ledger.outbox
    covered = await outbox.covered_until(core.workspace, subscription.id, now=now)
    return await core.briefing.digest(
        core.workspace,
        subscription.commitments,
        Window(since=covered or now - length, until=now),
        timezone=subscription.schedule.timezone,
        after=await outbox.told_up_to(core.workspace, subscription.id),
        already_mentioned=await outbox.mentioned(core.workspace, subscription.id),
    )
