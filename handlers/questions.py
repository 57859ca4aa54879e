"""Plain questions: read, then answered by the same services as the commands."""

import re
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
from bot.briefing.questions import Intent, Question, read_question
from bot.slack.messages.blocks import Message
from bot.slack.messages.digest import digest_messages
from bot.slack.messages.evidence import (
    evidence_messages,
    search_messages,
    timeline_messages,
    why_messages,
)
from bot.slack.messages.feeds import feeds_messages
from bot.slack.messages.help import unknown_message, which_message
from bot.slack.messages.status import commitment_messages, overview_messages, table_messages
from handlers.commands import COMMANDS, answer, help_, subscriptions
from handlers.feeds.commands import answer_about_feeds
from handlers.request import Reply, Request, about
from handlers.services import Services

# MERGED rendering: Any answer of the briefing as messages.


def render(answer: Answer, *, zone: ZoneInfo) -> Reply:  # noqa: PLR0911 - one arm a type
    """The messages of an answer.

    Args:
        answer: Any answer of the briefing.
        zone: For dates where Slack cannot tell the reader's zone.
    """
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


_ADDRESS = re.compile(r"https?://\S+")


async def answer_in_words(request: Request, services: Services) -> Reply:
    """The answer to a message: a command where it begins with one, else a plain question."""
    first = request.words.split(maxsplit=1)[0].casefold() if request.words.split() else ""
    if not first or (first in COMMANDS and _is_command(request.words)):
        return await answer(request, services)
    question = read_question(
        request.words,
        pack=services.pack(),
        now=services.clock(),
        sources=await services.outlets(request.workspace),
    )
    return await answer_question(question, request, services)


async def answer_question(question: Question, request: Request, services: Services) -> Reply:
    """The answer to a question that was read."""
    if question.ask_back:
        return (_which(question, request, services),)
    if question.intent is Intent.UNKNOWN:
        return (unknown_message(request.words, nearest=()),)
    if question.intent is Intent.HELP:
        return await help_(about(request, ""), services)
    if question.intent is Intent.SUBSCRIBE:
        return await subscriptions(request, services)
    if question.intent is Intent.FEEDS:
        return await answer_about_feeds(request, services)
    found = await services.answers.answers(request.workspace, question)
    return tuple(message for one in found for message in render(one, zone=services.zone))


def _which(question: Question, request: Request, services: Services) -> Message:
    pack = services.pack()
    candidates = [(one, pack.by_id[one].title) for one in question.commitments]
    return which_message(request.words, candidates=candidates, verb="status")


def _is_command(words: str) -> bool:
    """`status remains` is a command; `status of the remains?` reads better as a question."""
    # A question mark in an address asks nothing.
    asks = "?" in _ADDRESS.sub("", words)
    return not asks and words.casefold().split()[1:2] != ["of"]
