"""Plain questions: read, then answered by the same services as the commands."""

import re

from bot.briefing.questions import Intent, Question, read_question
from bot.slack.message import Message
from bot.slack.render_help import unknown_message, which_message
from handlers.asked import Asked, Reply, about
from handlers.feed_words import answer_about_feeds
from handlers.rendering import render
from handlers.services import Services
from handlers.words import COMMANDS, answer, help_, subscriptions

_ADDRESS = re.compile(r"https?://\S+")


async def answer_in_words(asked: Asked, services: Services) -> Reply:
    """The answer to a message: a command where it begins with one, else a plain question."""
    first = asked.words.split(maxsplit=1)[0].casefold() if asked.words.split() else ""
    if not first or (first in COMMANDS and _is_command(asked.words)):
        return await answer(asked, services)
    question = read_question(
        asked.words,
        pack=services.pack(),
        now=services.clock(),
        sources=await services.outlets(asked.workspace),
    )
    return await answer_question(question, asked, services)


async def answer_question(question: Question, asked: Asked, services: Services) -> Reply:
    """The answer to a question that was read."""
    if question.ask_back:
        return (_which(question, asked, services),)
    if question.intent is Intent.UNKNOWN:
        return (unknown_message(asked.words, nearest=()),)
    if question.intent is Intent.HELP:
        return await help_(about(asked, ""), services)
    if question.intent is Intent.SUBSCRIBE:
        return await subscriptions(asked, services)
    if question.intent is Intent.FEEDS:
        return await answer_about_feeds(asked, services)
    found = await services.answers.answers(asked.workspace, question)
    return tuple(message for one in found for message in render(one, zone=services.zone))


def _which(question: Question, asked: Asked, services: Services) -> Message:
    pack = services.pack()
    candidates = [(one, pack.by_id[one].title) for one in question.commitments]
    return which_message(asked.words, candidates=candidates, verb="status")


def _is_command(words: str) -> bool:
    """`status remains` is a command; `status of the remains?` reads better as a question."""
    # A question mark in an address asks nothing.
    asks = "?" in _ADDRESS.sub("", words)
    return not asks and words.casefold().split()[1:2] != ["of"]
