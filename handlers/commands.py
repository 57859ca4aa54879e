"""The commands in words, the same after `/briefing`, in a mention and in a direct message.

Each takes what was asked and the services, asks one of them, and renders.
"""

import difflib
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, time
from types import MappingProxyType
from typing import Any, Protocol

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.briefing.questions import find_subjects
from bot.domain.commitment import Commitment, Pack, Summit
from bot.domain.errors import InputError, Problem
from bot.services.subscriptions import read_wish
from bot.slack.messages.digest import digest_messages
from bot.slack.messages.evidence import (
    evidence_messages,
    search_messages,
    timeline_messages,
    why_messages,
)
from bot.slack.messages.help import (
    commitments_messages,
    help_messages,
    unknown_message,
    which_message,
)
from bot.slack.messages.status import commitment_messages, overview_messages, table_messages
from bot.slack.messages.subscriptions import (
    subscribed_message,
    subscriptions_messages,
    unsubscribed_message,
)
from handlers.feeds.commands import feeds
from handlers.feeds.modals import open_feed_add, open_feeds_import
from handlers.modals import open_subscribe
from handlers.reply import send_privately, teller
from handlers.request import Reply, Request, about, safely
from handlers.services import Services

Answering = Callable[[Request, Services], Awaitable[Reply]]


class _UnclearError(Exception):
    """Words that name no commitment or summit, or several."""

    def __init__(self, typed: str, candidates: tuple[str, ...]) -> None:
        super().__init__(typed)
        self.typed = typed
        self.candidates = candidates


async def answer(request: Request, services: Services) -> Reply:
    """The answer to a command word with what follows it; the overview without words."""
    word, _, rest = request.words.strip().partition(" ")
    if not word:
        return await overview(request, services)
    known = COMMANDS.get(word.casefold())
    if known is None:
        nearest = difflib.get_close_matches(word.casefold(), COMMANDS, n=3, cutoff=0.5)
        return (unknown_message(request.words, nearest=nearest),)
    return await answer_command(known, word.casefold(), about(request, rest), services)


async def answer_command(
    command: Answering, verb: str, request: Request, services: Services
) -> Reply:
    """One command's answer; unclear subjects are asked back."""
    try:
        return await command(request, services)
    except _UnclearError as unclear:
        pack = services.pack()
        candidates = [(one, _title(one, pack)) for one in unclear.candidates]
        return (which_message(unclear.typed, candidates=candidates, verb=verb),)


async def overview(request: Request, services: Services) -> Reply:
    """`/briefing` alone."""
    found = await services.briefing.overview(request.workspace)
    return overview_messages(found, zone=services.zone)


async def status(request: Request, services: Services) -> Reply:
    """`status [commitment|summit|all]`."""
    subject = _subject(request.words, services.pack())
    if isinstance(subject, Commitment):
        found = await services.briefing.commitment_status(request.workspace, subject)
        return commitment_messages(found, zone=services.zone)
    table = await services.briefing.status_table(request.workspace, subject)
    return table_messages(table, zone=services.zone)


async def evidence(request: Request, services: Services) -> Reply:
    """`evidence <commitment> [since]`."""
    words, since = _since(request.words)
    commitment = _commitment(words, services.pack())
    found = await services.briefing.evidence(request.workspace, commitment, since=since)
    return evidence_messages(found, zone=services.zone)


async def timeline(request: Request, services: Services) -> Reply:
    """`timeline <commitment>`."""
    found = await services.briefing.timeline(
        request.workspace, _commitment(request.words, services.pack())
    )
    return timeline_messages(found, zone=services.zone)


async def why(request: Request, services: Services) -> Reply:
    """`why <evidence>`, such as `why E12`."""
    number = re.fullmatch(r"[eE]?(\d{1,18})", request.words.strip())
    if number is None:
        raise InputError(
            Problem(where="why", what="it needs the number of a piece of evidence",
                    fix="write it like `/briefing why E12`; the number stands behind each line")
        )  # fmt: skip
    found = await services.briefing.why(request.workspace, int(number[1]))
    return why_messages(found, zone=services.zone)


async def search(request: Request, services: Services) -> Reply:
    """`search <words>`."""
    if not request.words.strip():
        raise InputError(
            Problem(where="search", what="it needs words",
                    fix="write it like `/briefing search liaison office`")
        )  # fmt: skip
    return search_messages(
        await services.briefing.search(request.workspace, request.words.strip()), zone=services.zone
    )


async def digest(request: Request, services: Services) -> Reply:
    """`digest now [commitments]`: what a digest of the last day would say, for the asker."""
    words = re.sub(r"^\s*now\b", "", request.words, flags=re.IGNORECASE).strip()
    subject = _subject(words, services.pack())
    asker = await services.people.asker(request.user_id)
    found = await services.digests.now(
        request.workspace, (subject.id,) if subject else (), timezone=asker.timezone
    )
    return digest_messages(found)


async def subscribe(request: Request, services: Services) -> Reply:
    """`subscribe [commitments] [days] [time] [zone] [me|here]`."""
    asker = await services.people.asker(request.user_id)
    wish = read_wish(request.words, pack=services.pack(), timezone=asker.timezone)
    here = request.channel_id
    target = request.user_id if wish.to_asker or request.in_person or here is None else here
    made = await services.subscriptions.add(
        request.workspace,
        target=target,
        commitments=wish.commitments,
        schedule=wish.schedule,
        actor=request.user_id,
    )
    return (subscribed_message(made.subscription, pack=services.pack(), now=services.clock()),)


async def subscriptions(request: Request, services: Services) -> Reply:
    """`subscriptions`."""
    found = await services.subscriptions.of(
        request.workspace, user_id=request.user_id, channel_id=request.channel_id
    )
    return subscriptions_messages(found, pack=services.pack(), now=services.clock())


async def unsubscribe(request: Request, services: Services) -> Reply:
    """`unsubscribe [number]`."""
    typed = request.words.strip().lstrip("#")
    if typed and not typed.isdecimal():
        raise InputError(
            Problem(where="unsubscribe", what="it needs the number of a subscription",
                    fix="`/briefing subscriptions` shows them")
        )  # fmt: skip
    number = (
        int(typed[:18])
        if typed
        else (
            await services.subscriptions.only(
                request.workspace, user_id=request.user_id, channel_id=request.channel_id
            )
        ).id
    )
    asker = await services.people.asker(request.user_id)
    ended = await services.subscriptions.remove(
        request.workspace, number, actor=request.user_id, is_admin=asker.is_admin
    )
    return (unsubscribed_message(ended, pack=services.pack()),)


async def commitments(_asked: Request, services: Services) -> Reply:
    """`commitments`: what is tracked."""
    return commitments_messages(services.pack())


async def help_(request: Request, services: Services) -> Reply:
    """`help`."""
    asker = await services.people.asker(request.user_id)
    return help_messages(admin=asker.is_admin)


COMMANDS: Mapping[str, Answering] = MappingProxyType(
    {
        "status": status,
        "evidence": evidence,
        "timeline": timeline,
        "why": why,
        "search": search,
        "digest": digest,
        "subscribe": subscribe,
        "subscriptions": subscriptions,
        "unsubscribe": unsubscribe,
        "commitments": commitments,
        "feeds": feeds,
        "help": help_,
    }
)
"""Every command word with its answer, in the order of the help."""


def _subject(words: str, pack: Pack) -> Commitment | Summit | None:
    """The one commitment or summit that the words mean; None for all."""
    typed = words.strip()
    if typed.casefold() in {"", "all", "everything"}:
        return None
    found = find_subjects(typed, pack)
    if len(found.commitments) == 1 and not found.ambiguous:
        return pack.by_id[found.commitments[0]]
    if not found.commitments and found.summit is not None:
        return pack.summit_by_id[found.summit]
    raise _UnclearError(typed, found.commitments)


def _commitment(words: str, pack: Pack) -> Commitment:
    subject = _subject(words, pack)
    if isinstance(subject, Commitment):
        return subject
    candidates = subject.commitments if isinstance(subject, Summit) else pack.commitments
    raise _UnclearError(words.strip() or "all", tuple(one.id for one in candidates[:10]))


def _title(name: str, pack: Pack) -> str:
    return pack.by_id[name].title if name in pack.by_id else pack.summit_by_id[name].name


def _since(words: str) -> tuple[str, datetime | None]:
    """The words without a date at their end, and the date: `remains since 2018-07-01`."""
    match = re.fullmatch(r"(?s)(.*?)\s*(?:since\s+)?(\d{4}-\d{2}-\d{2})\s*", words)
    if match is None:
        return words, None
    try:
        day = date.fromisoformat(match[2])
    except ValueError as error:
        raise InputError(
            Problem(where="since", what=f"{match[2]} is no date", fix="write it as 2018-07-27")
        ) from error
    return match[1], datetime.combine(day, time(), tzinfo=UTC)


# MERGED command: The slash command `/briefing`.


COMMAND = "/briefing"


async def _subscribe(
    request: Request, services: Services, client: AsyncWebClient, *, trigger_id: str
) -> None:
    await open_subscribe(client, services, trigger_id=trigger_id, channel=request.channel_id)


class _Form(Protocol):
    async def __call__(
        self, request: Request, services: Services, client: AsyncWebClient, /, *, trigger_id: str
    ) -> None: ...


FORMS: Mapping[str, _Form] = MappingProxyType(
    {
        "subscribe": _subscribe,
        "feeds add": open_feed_add,
        "feeds import": open_feeds_import,
    }
)
"""Words that open a form when nothing follows them."""


def register(app: AsyncApp, services: Services) -> None:
    """Listen for the command."""

    @app.command(COMMAND)
    async def briefing(
        ack: AsyncAck, command: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        await ack()
        user_id, channel_id = command["user_id"], command.get("channel_id")
        request = Request(
            workspace=services.workspace_of(command.get("team_id")),
            user_id=user_id,
            channel_id=channel_id,
            words=str(command.get("text") or ""),
            in_person=str(channel_id or "").startswith("D"),
            meanwhile=teller(respond, client, channel=channel_id, user=user_id),
        )
        form = FORMS.get(" ".join(request.words.casefold().split()))
        if form is not None and command.get("trigger_id"):
            await form(request, services, client, trigger_id=command["trigger_id"])
            return
        reply = await safely(answer(request, services), services)
        await send_privately(
            reply, respond, client, channel=request.channel_id, user=request.user_id
        )
