"""Mentions and direct messages: commands, and plain questions that the same services answer."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from bot.briefing.answers import (
    Answer,
    CommitmentStatus,
    EvidenceAnswer,
    EvidenceTable,
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
from bot.services.answers import first_sentence, reading
from bot.services.feeds.argument import find_feed
from bot.slack.button_values import AskedValue
from bot.slack.messages.blocks import Message, note
from bot.slack.messages.digest import digest_messages
from bot.slack.messages.evidence import (
    evidence_messages,
    evidence_table_messages,
    search_messages,
    timeline_messages,
    why_messages,
)
from bot.slack.messages.feed_edits import command_message
from bot.slack.messages.feeds import feeds_messages
from bot.slack.messages.notes import read_as, unknown_message, unsure_message, which_message
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
_AS_OF: Final = re.compile(r"\bas of\b", re.IGNORECASE)
_NUMBERED: Final = re.compile(r"\b[eE]?\d+\?\s*$")
# Commands that narrow what they show as a question does.
_ASKED_BY: Final[Mapping[str, Intent]] = {
    "status": Intent.STATUS,
    "evidence": Intent.EVIDENCE,
    "timeline": Intent.TIMELINE,
}
_ADDRESS: Final = re.compile(r"https?://\S+")
_FEED_ADDRESS: Final = re.compile(r"https?://[^\s<>|]+")  # without Slack's brackets and label


async def answer_in_words(request: Request, services: Services) -> Reply:
    """The answer to what a person writes, anywhere: a command word is the shortest way to ask."""
    word, _, rest = request.text.strip().partition(" ")
    word = word.casefold()
    if word in _ASKED_BY and rest.strip() and not _asks(request.text):
        return await _answer_command(request, services, word, rest)
    if _is_command(request.text):
        return await answer(request, services)
    return await _answer_question(request, services, request.text)


async def answer_meant(request: Request, services: Services) -> Reply:
    """A button of a question back: the answer, with what was meant."""
    value = request.value(AskedValue)
    if value.intent is None and value.commitment is None:
        return await answer_in_words(replace(request, text=value.text), services)
    return await _answer_question(
        request, services, value.text, asked=value.intent, meant=value.commitment
    )


async def _answer_command(request: Request, services: Services, word: str, rest: str) -> Reply:
    """A command on one subject as it is, and one with more behind it as the question it is."""
    asked = _ASKED_BY[word]
    now = services.clock()
    question = await services.answers.read(request.workspace, rest, now=now, asked=asked)
    several = len(question.commitments) > 1
    # As of a day, which the commands read, is not until a day.
    as_of = _AS_OF.search(rest) is not None
    if as_of or not (question.is_narrowed or several or question.unread or question.evidence):
        return await COMMANDS[word].run(replace(request, text=rest.strip()), services)
    return await _answer_question(request, services, rest, asked=asked)


async def _answer_question(  # noqa: PLR0911 - an arm an intent
    request: Request,
    services: Services,
    text: str,
    *,
    asked: Intent | None = None,
    meant: str | None = None,
) -> Reply:
    """The answer to a text, with how it was read."""
    now, pack = services.clock(), services.pack()
    question = await services.answers.read(
        request.workspace, text, now=now, asked=asked, meant=meant
    )
    if question.ask_back:
        candidates = [(one, pack.by_id[one].title) for one in question.commitments]
        return (which_message(text, candidates=candidates),)
    if question.intent is Intent.TIMELINE and not question.commitments:
        every = [(one.id, one.title) for one in pack.commitments]
        return (which_message("", candidates=every, verb="timeline"),)
    match question.intent:
        case Intent.HELP:
            return await help_(replace(request, text=""), services)
        case Intent.SUBSCRIBE:
            return await subscriptions(request, services)
        case Intent.FEEDS:
            return await answer_about_feeds(request, services)
        case Intent.UNKNOWN:
            first = text.split(maxsplit=1)[0].casefold() if text.split() else ""
            nearest = difflib.get_close_matches(first, COMMANDS, n=3, cutoff=0.7)
            if nearest and not question.instead:
                return (unknown_message(text, nearest=nearest),)
            return (unsure_message(text, instead=question.instead),)
    found = await services.answers.answers(request.workspace, question, now=now)
    messages = [message for one in found for message in render(one, zone=request.zone)]
    if first := first_sentence(question, found):
        messages = [note(first), *messages]
    return read_as(messages, reading(question, pack))


def _is_command(text: str) -> bool:
    """`subscribe remains` is a command; `status of the remains?` reads better as a question."""
    words = text.casefold().split()
    if not words:
        return True
    return words[0] in COMMANDS and not _asks(text) and words[1:2] != ["of"]


def _asks(text: str) -> bool:
    """Whether it has a question mark; one in an address, or after a number, asks nothing."""
    return "?" in _NUMBERED.sub("", _ADDRESS.sub("", text))


def render(answer: Answer, *, zone: ZoneInfo) -> tuple[Message, ...]:  # noqa: C901, PLR0911 - an arm a type
    """The messages of any answer of the briefing."""
    match answer:
        case CommitmentStatus():
            return commitment_messages(answer, zone=zone)
        case StatusTable():
            return table_messages(answer, zone=zone)
        case EvidenceAnswer():
            return evidence_messages(answer, zone=zone)
        case EvidenceTable():
            return evidence_table_messages(answer, zone=zone)
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
