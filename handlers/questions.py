"""Mentions and direct messages: commands, and plain questions that the same services answer."""

import re
from dataclasses import replace
from typing import assert_never
from zoneinfo import ZoneInfo

from bot.briefing.answers import (
    Answer,
    CommitmentStatus,
    EvidenceAnswer,
    FeedsAnswer,
    Overview,
    SearchAnswer,
    StatusTable,
    TimelineAnswer,
    WhyAnswer,
)
from bot.briefing.digest import Digest
from bot.briefing.questions import Intent
from bot.slack.messages.blocks import Message
from bot.slack.messages.digest import digest_messages
from bot.slack.messages.evidence import (
    evidence_messages,
    search_messages,
    timeline_messages,
    why_messages,
)
from bot.slack.messages.feeds import feeds_messages
from bot.slack.messages.notes import unknown_message, which_message
from bot.slack.messages.status import commitment_messages, overview_messages, table_messages
from handlers.commands import COMMANDS, answer, help_, subscriptions
from handlers.feeds.questions import answer_about_feeds
from handlers.request import Reply, Request
from handlers.services import Services

_ADDRESS = re.compile(r"https?://\S+")


async def answer_in_words(request: Request, services: Services) -> Reply:
    """The answer to a message: a command where it begins with one, else a plain question."""
    if _is_command(request.text):
        return await answer(request, services)
    now = services.clock()
    question = await services.answers.read(request.workspace, request.text, now=now)
    if question.ask_back:
        pack = services.pack()
        candidates = [(one, pack.by_id[one].title) for one in question.commitments]
        return (which_message(request.text, candidates=candidates, verb="status"),)
    match question.intent:
        case Intent.HELP:
            return await help_(replace(request, text=""), services)
        case Intent.SUBSCRIBE:
            return await subscriptions(request, services)
        case Intent.FEEDS:
            return await answer_about_feeds(request, services)
        case _:
            found = await services.answers.answers(request.workspace, question)
            messages = [message for one in found for message in render(one, zone=request.zone)]
            return tuple(messages) or (unknown_message(request.text, nearest=()),)


def _is_command(text: str) -> bool:
    """`status remains` is a command; `status of the remains?` reads better as a question."""
    words = text.casefold().split()
    if not words:
        return True
    # A question mark in an address asks nothing.
    asks = "?" in _ADDRESS.sub("", text)
    return words[0] in COMMANDS and not asks and words[1:2] != ["of"]


def render(answer: Answer, *, zone: ZoneInfo) -> tuple[Message, ...]:  # noqa: PLR0911 - an arm a type
    """The messages of any answer of the briefing."""
    match answer:
        case CommitmentStatus():
            return commitment_messages(answer, zone=zone)
        case StatusTable():
            return table_messages(answer, zone=zone)
        case EvidenceAnswer():
            return evidence_messages(answer, zone=zone)
        case TimelineAnswer():
            return timeline_messages(answer, zone=zone)
        case WhyAnswer():
            return why_messages(answer, zone=zone)
        case SearchAnswer():
            return search_messages(answer, zone=zone)
        case Overview():
            return overview_messages(answer, zone=zone)
        case FeedsAnswer():
            return feeds_messages(answer)
        case Digest():
            return digest_messages(answer)
        case _:
            assert_never(answer)
