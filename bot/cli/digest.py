"""`briefing digest`: what would be sent."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Final

import typer

from bot.bootstrap import Core, open_core
from bot.briefing.digest import Digest, Mention
from bot.briefing.terminal import as_text
from bot.cli.console import JsonFlag, command, err, print_json, say, settings
from bot.domain.errors import InputError, NotFoundError, Problem
from bot.domain.subscription import Subscription
from bot.domain.window import Window
from bot.slack.messages.blocks import payloads
from bot.slack.messages.digest import digest_messages

# When the digest of a day ends.
_MORNING: Final = time(8)


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
        as_of: Annotated[
            datetime | None,
            typer.Option(
                formats=["%Y-%m-%d"],
                metavar="DAY",
                help="As of 08:00 UTC of a past day; what was fetched later counts by its date.",
            ),
        ] = None,
        json_: JsonFlag = False,
    ) -> None:
        """Show the digest that would be sent now: as text, or as Block Kit with --json.

        Example: briefing digest --preview --as-of 2019-03-01
        """
        if not preview:
            err.print("Add --preview; digests are sent by `briefing run`, when they are due.")
            raise typer.Exit(2)
        async with open_core(settings()) as core:
            found = await _compose(core, channel, timedelta(hours=hours), as_of)
        if json_:
            print_json(payloads(digest_messages(found)))
        else:
            say(as_text(found))


async def _compose(
    core: Core, channel: str | None, length: timedelta, as_of: datetime | None
) -> Digest:
    """The digest of everything, or what the channel's next one would hold as of now.

    That of a past day repeats what was sent: it is composed as if nothing had been.
    """
    now = core.clock()
    until = now if as_of is None else datetime.combine(as_of.date(), _MORNING, tzinfo=UTC)
    if until > now:
        problem = f"{until:%Y-%m-%d %H:%M} UTC has not come yet"
        raise InputError(Problem(where="--as-of", what=problem, fix="name a day of the past"))
    subscription = await _subscription(core, channel)
    commitments: tuple[str, ...] = ()
    timezone, since = core.settings.briefing_timezone, until - length
    mentioned: frozenset[Mention] = frozenset()
    after: int | None = None
    if subscription is not None:
        commitments, timezone = subscription.commitments, subscription.schedule.timezone
        if as_of is None:
            outbox, number = core.ledger.outbox, subscription.id
            since = await outbox.covered_until(core.workspace, number, now=now) or since
            mentioned = await outbox.mentioned(core.workspace, number)
            after = await outbox.told_up_to(core.workspace, number)
    return await core.briefing.digest(
        core.workspace,
        commitments,
        Window(since=since, until=until),
        timezone=timezone,
        after=after,
        already_mentioned=mentioned,
        as_of=as_of is not None,
    )


async def _subscription(core: Core, channel: str | None) -> Subscription | None:
    """The first subscription of the channel; None where no channel is named."""
    if channel is None:
        return None
    subscriptions = await core.ledger.subscriptions.list(core.workspace, target=channel)
    if not subscriptions:
        raise NotFoundError(f"{channel} has no subscription; `/briefing subscribe` makes one.")
    return subscriptions[0]
