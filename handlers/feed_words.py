"""Plain words about the feed list: `pause the feed Local Wire`, `is Local Wire down?`.

Words are read loosely, so they never change the list: who seems to want that is told the command.
"""

import re
from types import MappingProxyType
from typing import Final

from bot.domain.feed import Feed
from bot.slack.render_feeds_edit import command_message
from handlers.asked import Asked, Reply, about
from handlers.feeds import show_list
from handlers.services import Services

_VERBS: Final = MappingProxyType(
    {
        **dict.fromkeys(("pause", "mute", "stop", "disable", "silence"), "pause"),
        **dict.fromkeys(("resume", "unpause", "unmute", "restart", "enable"), "resume"),
        **dict.fromkeys(("remove", "delete", "drop", "unlist"), "remove"),
        **dict.fromkeys(("add", "follow", "watch"), "add"),
        **dict.fromkeys(("test", "check", "recheck"), "test"),
        "import": "import",
        "export": "export",
    }
)
_FIRST: Final = 4
"""The verb of a wish is among its first words: `please could you pause ...`."""
_ASKS: Final = frozenset(
    [
        "which",
        "what",
        "who",
        "when",
        "where",
        "why",
        "how",
        "is",
        "are",
        "do",
        "does",
        "did",
        "has",
        "have",
    ]
)
_NUMBER: Final = re.compile(r"\bfeed (?:no\.? ?|number |#)?(\d{1,4})\b")


async def answer_about_feeds(asked: Asked, services: Services) -> Reply:
    """The feed that is named, or the list; and the command, where something is to be done."""
    if not (await services.people.asker(asked.user_id)).is_admin:
        return await show_list(about(asked, ""), services)
    feeds = await services.feeds.listed(asked.workspace)
    place = place_meant(asked.words, feeds)
    page = await show_list(about(asked, str(place) if place else ""), services)
    verb = verb_meant(asked.words)
    if verb is None:
        return page
    feed = feeds[place - 1] if place else None
    return (command_message(verb, number=place, feed=feed), *page)


def verb_meant(words: str) -> str | None:
    """What somebody seems to want done to the list; None for a question.

    >>> verb_meant("please pause the feed Local Wire"), verb_meant("which feeds follow it?")
    ('pause', None)
    """
    first = re.findall(r"\w+", words.casefold())[:_FIRST]
    if _ASKS.intersection(first[:1]):
        return None
    return next((_VERBS[word] for word in first if word in _VERBS), None)


def place_meant(words: str, feeds: tuple[Feed, ...]) -> int | None:
    """The place, from 1, of the one feed that the words name by title or number; None without."""
    text = " ".join(words.casefold().split())
    if (said := _NUMBER.search(text)) and 1 <= int(said[1]) <= len(feeds):
        return int(said[1])
    named = [
        (len(title), place)
        for place, feed in enumerate(feeds, start=1)
        if (title := " ".join(feed.title.casefold().split()))
        and re.search(rf"(?<!\w){re.escape(title)}(?!\w)", text)
    ]
    longest = [place for length, place in named if length == max(named)[0]]
    return longest[0] if len(longest) == 1 else None
