"""`feeds` and what may follow it: the feed list in words, for admins.

Nothing changes at once that cannot be taken back as easily: adding, removing and importing first
show what would happen, with a button (`handlers.feeds.buttons`).
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final, TypeVar

from bot.briefing.feed_answers import FeedChoices
from bot.domain.errors import FetchError, InputError, NotFoundError, Problem
from bot.domain.feed import Feed
from bot.services.feeds.argument import find_feed, read_address, unwrapped
from bot.slack.messages.feed_edits import (
    command_message,
    history_messages,
    paused_message,
    remove_question,
    resumed_message,
)
from bot.slack.messages.feed_preview import (
    choices_messages,
    looking_message,
    preview_message,
    trial_message,
    unreadable_message,
)
from bot.slack.messages.feeds import feeds_page_message, readers_message
from bot.slack.messages.help import help_messages
from bot.slack.values import LONGEST_TITLE
from handlers.feeds.files import export_list, import_list
from handlers.request import Reply, Request, about, safely
from handlers.services import Services

T = TypeVar("T")
_ADDRESS: Final = re.compile(r"<[^>]*>|\S*")
"""Slack writes `<https://example.org|a label of several words>`; always found, maybe empty."""
_MOST_FILES: Final = 10
"""Of one message, as Slack's own composer allows."""
_SOON: Final = timedelta(seconds=2)
SEE = "see how the feeds fare"
CHANGE = "change the feed list"


async def feeds(request: Request, services: Services) -> Reply:
    """`feeds [filter | add | remove | pause | resume | test | history | import | export ...]`."""
    verb, _, rest = request.words.strip().partition(" ")
    known = VERBS.get(verb.casefold())
    if known is None:
        return await show_list(request, services)
    return await known(about(request, rest.strip()), services)


async def show_list(request: Request, services: Services, *, page: int = 1) -> Reply:
    """A page of the list; others than admins learn what is read, and who may see more."""
    if not (await services.people.asker(request.user_id)).is_admin:
        return (readers_message(await services.outlets(request.workspace)),)
    found = await services.catalogue.page(request.workspace, request.words, page=page)
    return (feeds_page_message(found),)


async def add(request: Request, services: Services) -> Reply:
    """`feeds add <url or site> [title]`: shows what it holds, and a button that adds it."""
    await services.people.require_admin(request.user_id, CHANGE)
    typed = _ADDRESS.findall(request.words)[0]
    title = request.words.removeprefix(typed).strip()[:LONGEST_TITLE] or None
    address = read_address(typed, command="/briefing feeds add")
    return await look(request, address, services, title=title)


async def look(
    request: Request,
    address: str,
    services: Services,
    *,
    title: str | None = None,
    category: str | None = None,
    again: bool = False,
) -> Reply:
    """A feed or a site, fetched and matched and shown; the asker must be an admin.

    Args:
        request: Who asks, and where.
        address: See `bot.services.feeds.argument.read_address`.
        services: All of them.
        title: What the admin wants to call it; None for its own title.
        category: The admin's word for grouping.
        again: Whether this is in place of a look that is too old.
    """
    await services.people.require_admin(request.user_id, CHANGE)
    try:
        found = await _patiently(services.scout.find(request.workspace, address), request, address)
    except FetchError as error:
        return (unreadable_message(address, error),)
    if isinstance(found, FeedChoices):
        now = services.clock()
        return choices_messages(found, now=now, title=title, category=category)
    message = preview_message(
        found,
        now=services.clock(),
        zone=services.zone,
        title=title,
        category=category,
        again=again,
    )
    return (message,)


async def remove(request: Request, services: Services) -> Reply:
    """`feeds remove <feed>`: asks first."""
    await services.people.require_admin(request.user_id, CHANGE)
    return (
        remove_question(await services.feeds.find(request.workspace, _named(request, "remove"))),
    )


async def pause(request: Request, services: Services) -> Reply:
    """`feeds pause <feed>`."""
    await services.people.require_admin(request.user_id, CHANGE)
    feed = await services.feeds.set_enabled(
        request.workspace, _named(request, "pause"), enabled=False, actor=request.user_id
    )
    return (paused_message(feed, kept=await _is_kept(request, services, feed)),)


async def resume(request: Request, services: Services) -> Reply:
    """`feeds resume <feed>`."""
    await services.people.require_admin(request.user_id, CHANGE)
    feed = await services.feeds.set_enabled(
        request.workspace, _named(request, "resume"), enabled=True, actor=request.user_id
    )
    services.poll()
    return (resumed_message(feed, kept=await _is_kept(request, services, feed)),)


async def test(request: Request, services: Services) -> Reply:
    """`feeds test <feed or address>`: fetched now, nothing stored."""
    await services.people.require_admin(request.user_id, CHANGE)
    typed = _named(request, "test")
    name: str | None
    try:
        feed = await services.feeds.find(request.workspace, typed)
        address, name = feed.url, feed.title
    except NotFoundError:
        if "." not in typed:
            raise
        address, name = read_address(typed, command="/briefing feeds test"), None
    trial = await _patiently(
        services.scout.trial(request.workspace, address, name=name), request, name or address
    )
    return (trial_message(trial, zone=services.zone),)


async def history(request: Request, services: Services) -> Reply:
    """`feeds history <feed>`: who changed what, when, and what stood before."""
    await services.people.require_admin(request.user_id, SEE)
    found = await services.historian.of(request.workspace, _named(request, "history"))
    return history_messages(found, zone=services.zone)


async def import_(request: Request, services: Services) -> Reply:
    """`feeds import <link>`, or with a file in the same message."""
    await services.people.require_admin(request.user_id, CHANGE)
    if not request.words and not request.files:
        raise InputError(
            Problem(where="/briefing feeds import", what="it needs an OPML file or its address",
                    fix="write `/briefing feeds import https://example.org/feeds.opml`, or send "
                    "me the file in a direct message")
        )  # fmt: skip
    if request.files:
        reply: Reply = ()
        for file in request.files[:_MOST_FILES]:
            reply += await safely(import_list(request, services, file=file), services)
        return reply
    link = read_address(request.words, command="/briefing feeds import", is_list=True)
    return await _patiently(import_list(request, services, link=link), request, link)


async def export(request: Request, services: Services) -> Reply:
    """`feeds export`: the list as an OPML file."""
    await services.people.require_admin(request.user_id, SEE)
    return await export_list(request, services)


Doing = Callable[[Request, Services], Awaitable[Reply]]


async def help_(request: Request, services: Services) -> Reply:
    """`feeds help`: what may be written."""
    asker = await services.people.asker(request.user_id)
    return help_messages(admin=asker.is_admin)


VERBS: Mapping[str, Doing] = MappingProxyType(
    {
        "list": show_list,
        "add": add,
        "remove": remove,
        "pause": pause,
        "resume": resume,
        "test": test,
        "history": history,
        "import": import_,
        "export": export,
        "help": help_,
    }
)
"""What may follow `feeds`; anything else is a filter."""


async def _is_kept(request: Request, services: Services, feed: Feed) -> bool:
    return await services.feeds.is_kept(request.workspace, feed.url)


def _named(request: Request, verb: str) -> str:
    """The feed that was named; Slack's brackets around an address are taken off."""
    if not request.words.strip():
        raise InputError(
            Problem(where=f"/briefing feeds {verb}", what="it needs a feed",
                    fix=f"give its number, title or address: `/briefing feeds {verb} 3`")
        )  # fmt: skip
    return unwrapped(request.words)


async def _patiently(work: Awaitable[T], request: Request, address: str) -> T:
    """The outcome of work that may take long; after two seconds the asker is told to wait."""
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=_SOON.total_seconds())
        if not done and request.meanwhile is not None:
            await request.meanwhile(looking_message(address))
        return await task
    finally:
        task.cancel()


# MERGED feed_words: Plain words about the feed list: `pause the feed Local Wire`, `is Local Wire
# down?`.
#
# Words are read loosely, so they never change the list: who seems to want that is told the
# command.


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
_FEED_WORDS_ADDRESS: Final = re.compile(r"https?://[^\s<>|]+")
_NUMBER: Final = re.compile(r"\bfeed (?:no\.? ?|number |#)?(\d{1,4})\b")


async def answer_about_feeds(request: Request, services: Services) -> Reply:
    """The feed that is named, or the list; and the command, where something is to be done."""
    if not (await services.people.asker(request.user_id)).is_admin:
        return await show_list(about(request, ""), services)
    feeds = await services.feeds.listed(request.workspace)
    place, verb = place_meant(request.words, feeds), verb_meant(request.words)
    if verb is not None:
        place = place or _named_after(verb, request.words, feeds)
    shown = str(place) if place else "" if verb else state_meant(request.words)
    page = await show_list(about(request, shown), services)
    if verb is None:
        return page
    feed = feeds[place - 1] if place else None
    address = _FEED_WORDS_ADDRESS.search(request.words)
    command = command_message(
        verb, number=place, feed=feed, address=address[0] if address else None
    )
    return (command, *page)


def state_meant(words: str) -> str:
    """The filter that a question about the list asks for; empty for all of it.

    >>> state_meant("which feeds are down?"), state_meant("which feeds do you read?")
    ('failing', '')
    """
    request = {_STATES[word] for word in re.findall(r"\w+", words.casefold()) if word in _STATES}
    return request.pop() if len(request) == 1 else ""


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
