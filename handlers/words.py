"""The commands in words, the same after `/briefing`, in a mention and in a direct message.

Each takes what was asked and the services, asks one of them, and renders.
"""

import difflib
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, time
from types import MappingProxyType

from bot.briefing.questions import find_subjects
from bot.domain.commitment import Commitment, Pack, Summit
from bot.domain.errors import InputError, Problem
from bot.services.wishes import read_wish
from bot.slack.render_digest import digest_messages
from bot.slack.render_evidence import evidence_messages, timeline_messages, why_messages
from bot.slack.render_help import (
    commitments_messages,
    help_messages,
    unknown_message,
    which_message,
)
from bot.slack.render_search import search_messages
from bot.slack.render_status import overview_messages, status_messages
from bot.slack.render_subscriptions import (
    subscribed_message,
    subscriptions_messages,
    unsubscribed_message,
)
from handlers.asked import Asked, Reply, about
from handlers.feeds import feeds
from handlers.services import Services

Answering = Callable[[Asked, Services], Awaitable[Reply]]


class _UnclearError(Exception):
    """Words that name no commitment or summit, or several."""

    def __init__(self, typed: str, candidates: tuple[str, ...]) -> None:
        super().__init__(typed)
        self.typed = typed
        self.candidates = candidates


async def answer(asked: Asked, services: Services) -> Reply:
    """The answer to a command word with what follows it; the overview without words."""
    word, _, rest = asked.words.strip().partition(" ")
    if not word:
        return await overview(asked, services)
    known = COMMANDS.get(word.casefold())
    if known is None:
        nearest = difflib.get_close_matches(word.casefold(), COMMANDS, n=3, cutoff=0.5)
        return (unknown_message(asked.words, nearest=nearest),)
    return await answer_command(known, word.casefold(), about(asked, rest), services)


async def answer_command(command: Answering, verb: str, asked: Asked, services: Services) -> Reply:
    """One command's answer; unclear subjects are asked back."""
    try:
        return await command(asked, services)
    except _UnclearError as unclear:
        pack = services.pack()
        candidates = [(one, _title(one, pack)) for one in unclear.candidates]
        return (which_message(unclear.typed, candidates=candidates, verb=verb),)


async def overview(asked: Asked, services: Services) -> Reply:
    """`/briefing` alone."""
    found = await services.briefing.overview(asked.workspace)
    return overview_messages(found, zone=services.zone)


async def status(asked: Asked, services: Services) -> Reply:
    """`status [commitment|summit|all]`."""
    subject = _subject(asked.words, services.pack())
    found = await services.briefing.status(asked.workspace, subject)
    return status_messages(found, zone=services.zone)


async def evidence(asked: Asked, services: Services) -> Reply:
    """`evidence <commitment> [since]`."""
    words, since = _since(asked.words)
    commitment = _commitment(words, services.pack())
    found = await services.briefing.evidence(asked.workspace, commitment, since=since)
    return evidence_messages(found, zone=services.zone)


async def timeline(asked: Asked, services: Services) -> Reply:
    """`timeline <commitment>`."""
    found = await services.briefing.timeline(
        asked.workspace, _commitment(asked.words, services.pack())
    )
    return timeline_messages(found, zone=services.zone)


async def why(asked: Asked, services: Services) -> Reply:
    """`why <evidence>`, such as `why E12`."""
    number = re.fullmatch(r"[eE]?(\d{1,18})", asked.words.strip())
    if number is None:
        raise InputError(
            Problem(where="why", what="it needs the number of a piece of evidence",
                    mend="write it like `/briefing why E12`; the number stands behind each line")
        )  # fmt: skip
    found = await services.briefing.why(asked.workspace, int(number[1]))
    return why_messages(found, zone=services.zone)


async def search(asked: Asked, services: Services) -> Reply:
    """`search <words>`."""
    if not asked.words.strip():
        raise InputError(
            Problem(where="search", what="it needs words",
                    mend="write it like `/briefing search liaison office`")
        )  # fmt: skip
    return search_messages(
        await services.briefing.search(asked.workspace, asked.words.strip()), zone=services.zone
    )


async def digest(asked: Asked, services: Services) -> Reply:
    """`digest now [commitments]`: what a digest of the last day would say, for the asker."""
    words = re.sub(r"^\s*now\b", "", asked.words, flags=re.IGNORECASE).strip()
    subject = _subject(words, services.pack())
    asker = await services.people.asker(asked.user_id)
    found = await services.digests.now(
        asked.workspace, (subject.id,) if subject else (), timezone=asker.timezone
    )
    return digest_messages(found)


async def subscribe(asked: Asked, services: Services) -> Reply:
    """`subscribe [commitments] [days] [time] [zone] [me|here]`."""
    asker = await services.people.asker(asked.user_id)
    wish = read_wish(asked.words, pack=services.pack(), timezone=asker.timezone)
    here = asked.channel_id
    target = asked.user_id if wish.to_asker or asked.in_person or here is None else here
    made = await services.subscriptions.add(
        asked.workspace,
        target=target,
        commitments=wish.commitments,
        schedule=wish.schedule,
        actor=asked.user_id,
    )
    return (subscribed_message(made.subscription, pack=services.pack(), now=services.clock()),)


async def subscriptions(asked: Asked, services: Services) -> Reply:
    """`subscriptions`."""
    found = await services.subscriptions.of(
        asked.workspace, user_id=asked.user_id, channel_id=asked.channel_id
    )
    return subscriptions_messages(found, pack=services.pack(), now=services.clock())


async def unsubscribe(asked: Asked, services: Services) -> Reply:
    """`unsubscribe [number]`."""
    typed = asked.words.strip().lstrip("#")
    if typed and not typed.isdecimal():
        raise InputError(
            Problem(where="unsubscribe", what="it needs the number of a subscription",
                    mend="`/briefing subscriptions` shows them")
        )  # fmt: skip
    number = (
        int(typed[:18])
        if typed
        else (
            await services.subscriptions.only(
                asked.workspace, user_id=asked.user_id, channel_id=asked.channel_id
            )
        ).id
    )
    asker = await services.people.asker(asked.user_id)
    ended = await services.subscriptions.remove(
        asked.workspace, number, actor=asked.user_id, is_admin=asker.is_admin
    )
    return (unsubscribed_message(ended, pack=services.pack()),)


async def commitments(_asked: Asked, services: Services) -> Reply:
    """`commitments`: what is tracked."""
    return commitments_messages(services.pack())


async def help_(asked: Asked, services: Services) -> Reply:
    """`help`."""
    asker = await services.people.asker(asked.user_id)
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
            Problem(where="since", what=f"{match[2]} is no date", mend="write it as 2018-07-27")
        ) from error
    return match[1], datetime.combine(day, time(), tzinfo=UTC)
