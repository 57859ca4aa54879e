"""Plain questions about the feed list: `pause the feed Local Wire`, `is Local Wire down?`.

Words are read loosely, so they never change the list: who seems to want that reads the command.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.briefing.parts import QUESTION_WORDS
from bot.domain.errors import NotFoundError
from bot.domain.feed import Feed
from bot.services.feeds.argument import find_feed
from bot.slack.messages.feed_edits import command_message
from handlers.feeds.commands import FEED_COMMANDS, show_list
from handlers.request import Reply, Request
from handlers.services import Services

_COMMANDS: Final[Mapping[str, str]] = {
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
_ADDRESS: Final = re.compile(r"https?://[^\s<>|]+")
_NUMBER: Final = re.compile(r"\bfeed (?:no\.? ?|number |#)?(\d{1,4})\b")


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
    address = _ADDRESS.search(text)
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
    return next((_COMMANDS[word] for word in first if word in _COMMANDS), None)


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
    start = next((n for n, w in enumerate(words) if _COMMANDS.get(w.casefold()) == command), None)
    if start is None:
        return None
    rest = [word for word in words[start + 1 :] if word.casefold() not in _BESIDE]
    try:
        return feeds.index(find_feed(" ".join(rest).rstrip(".!?"), feeds)) + 1
    except NotFoundError:
        return None
