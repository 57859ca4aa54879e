"""Mentions and direct messages: commands, and plain questions that the same services answer."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, assert_never
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
from bot.briefing.parts import QUESTION_WORDS
from bot.briefing.questions import Intent
from bot.domain.errors import NotFoundError
from bot.domain.feed import Feed
from bot.services.feeds.argument import find_feed
from bot.slack.messages.blocks import Message
from bot.slack.messages.digest import digest_messages
from bot.slack.messages.evidence import (
    evidence_messages,
    search_messages,
    timeline_messages,
    why_messages,
)
from bot.slack.messages.feed_edits import command_message
from bot.slack.messages.feeds import feeds_messages
from bot.slack.messages.notes import unknown_message, which_message
from bot.slack.messages.status import commitment_messages, overview_messages, table_messages
from handlers.commands import COMMANDS, answer, help_, subscriptions
from handlers.feeds import FEED_COMMANDS, show_list
from handlers.request import Reply, Request
from handlers.services import Services

# Words are read loosely, so they never change the list: who seems to want that reads the command.
_OF_FEEDS: Final[Mapping[str, str]] = {
    word: name
    for name, command in FEED_COMMANDS.items()
    if name not in {"list", "history"}
    for word in (name, *command.synonyms)
}
# What is to be done is among the first words: `please could you pause ...`.
_FIRST: Final = 4
_QUESTION: Final = re.compile(
    r"\W*(?:which|what|who|when|where|why|how|is|are|do|does|did|has|have)\b"
)
_BESIDE: Final = frozenset(["the", "feed", "feeds", "from", "of", "please"])
_NUMBER: Final = re.compile(r"\bfeed (?:no\.? ?|number |#)?(\d{1,4})\b")
_ADDRESS: Final = re.compile(r"https?://\S+")
_FEED_ADDRESS: Final = re.compile(r"https?://[^\s<>|]+")  # without Slack's brackets and label


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


async def answer_about_feeds(request: Request, services: Services) -> Reply:
    """The feed that is named, or the list; and the command, where something is to be done."""
    if not (await services.people.member(request.actor)).is_admin:
        return await show_list(replace(request, text=""), services)
    text, feeds = request.text, await services.feeds.listed(request.workspace)
    place, command = place_meant(text, feeds), command_meant(text)
    if command is not None:
        place = place or _named_after(command, text, feeds)
    shown = str(place) if place else "" if command else state_meant(text)
    page = await show_list(replace(request, text=shown), services)
    if command is None:
        return page
    feed = feeds[place - 1] if place else None
    address = _FEED_ADDRESS.search(text)
    message = command_message(
        command, number=place, feed=feed, address=address[0] if address else None
    )
    return (message, *page)


def state_meant(text: str) -> str:
    """The filter that a question about the list asks for; empty for all of it.

    >>> state_meant("which feeds are down?"), state_meant("which feeds do you read?")
    ('failing', '')
    """
    words = re.findall(r"\w+", text.casefold())
    states = {QUESTION_WORDS[word] for word in words if word in QUESTION_WORDS}
    return states.pop().value if len(states) == 1 else ""


def command_meant(text: str) -> str | None:
    """What a person seems to want done to the list; None for a question.

    >>> command_meant("please pause the feed Local Wire"), command_meant("which feeds follow it?")
    ('pause', None)
    """
    text = text.casefold()
    if _QUESTION.match(text):
        return None
    first = re.findall(r"\w+", text)[:_FIRST]
    return next((_OF_FEEDS[word] for word in first if word in _OF_FEEDS), None)


def place_meant(text: str, feeds: tuple[Feed, ...]) -> int | None:
    """The place, from 1, of the one feed that a text names by title or number; None without."""
    text = " ".join(text.casefold().split())
    if (said := _NUMBER.search(text)) and 1 <= int(said[1]) <= len(feeds):
        return int(said[1])
    named = [
        (len(title), place)
        for place, feed in enumerate(feeds, start=1)
        if (title := " ".join(feed.title.casefold().split())) not in QUESTION_WORDS
        and title
        and re.search(rf"(?<!\w){re.escape(title)}(?!\w)", text)
    ]
    longest = [place for length, place in named if length == max(named)[0]]
    return longest[0] if len(longest) == 1 else None


def _named_after(command: str, text: str, feeds: tuple[Feed, ...]) -> int | None:
    """The place of the one feed that is named, in part, behind the word for what to do."""
    words = text.split()
    start = next((n for n, w in enumerate(words) if _OF_FEEDS.get(w.casefold()) == command), None)
    if start is None:
        return None
    rest = [word for word in words[start + 1 :] if word.casefold() not in _BESIDE]
    try:
        return feeds.index(find_feed(" ".join(rest).rstrip(".!?"), feeds)) + 1
    except NotFoundError:
        return None
