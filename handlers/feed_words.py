"""Plain words about the feed list: `pause the feed Local Wire`, `is Local Wire down?`.

Words are read loosely, so they never change the list: who seems to want that is told the command.
"""

import re
from types import MappingProxyType
from typing import Final

from bot.domain.errors import NotFoundError
from bot.domain.feed import Feed
from bot.services.feed_names import find_feed
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
_STATES: Final = MappingProxyType(
    {
        **dict.fromkeys(
            ("failing", "fail", "fails", "failed", "broken", "down", "dead", "errors"), "failing"
        ),
        **dict.fromkeys(("silent", "quiet", "stale", "asleep"), "silent"),
        **dict.fromkeys(("paused", "muted", "disabled"), "paused"),
        **dict.fromkeys(("healthy", "alive", "working"), "well"),
    }
)
_BESIDE: Final = frozenset(["the", "feed", "feeds", "from", "of", "please"])
_ADDRESS: Final = re.compile(r"https?://[^\s<>|]+")
_NUMBER: Final = re.compile(r"\bfeed (?:no\.? ?|number |#)?(\d{1,4})\b")


async def answer_about_feeds(asked: Asked, services: Services) -> Reply:
    """The feed that is named, or the list; and the command, where something is to be done."""
    if not (await services.people.asker(asked.user_id)).is_admin:
        return await show_list(about(asked, ""), services)
    feeds = await services.feeds.listed(asked.workspace)
    place, verb = place_meant(asked.words, feeds), verb_meant(asked.words)
    if verb is not None:
        place = place or _named_after(verb, asked.words, feeds)
    shown = str(place) if place else "" if verb else state_meant(asked.words)
    page = await show_list(about(asked, shown), services)
    if verb is None:
        return page
    feed = feeds[place - 1] if place else None
    address = _ADDRESS.search(asked.words)
    command = command_message(
        verb, number=place, feed=feed, address=address[0] if address else None
    )
    return (command, *page)


def state_meant(words: str) -> str:
    """The filter that a question about the list asks for; empty for all of it.

    >>> state_meant("which feeds are down?"), state_meant("which feeds do you read?")
    ('failing', '')
    """
    asked = {_STATES[word] for word in re.findall(r"\w+", words.casefold()) if word in _STATES}
    return asked.pop() if len(asked) == 1 else ""


def _named_after(verb: str, words: str, feeds: tuple[Feed, ...]) -> int | None:
    """The place of the one feed that is named, in part, behind the word for what to do."""
    said = words.split()
    start = next((n for n, word in enumerate(said) if _VERBS.get(word.casefold()) == verb), None)
    if start is None:
        return None
    rest = [word for word in said[start + 1 :] if word.casefold() not in _BESIDE]
    try:
        return feeds.index(find_feed(" ".join(rest).rstrip(".!?"), feeds)) + 1
    except NotFoundError:
        return None


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
        if (title := " ".join(feed.title.casefold().split())) not in _STATES
        and title
        and re.search(rf"(?<!\w){re.escape(title)}(?!\w)", text)
    ]
    longest = [place for length, place in named if length == max(named)[0]]
    return longest[0] if len(longest) == 1 else None
