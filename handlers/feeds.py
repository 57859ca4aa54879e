"""`feeds` and what may follow it: the feed list in words, for admins.

Nothing changes at once that cannot be taken back as easily: adding, removing and importing first
show what would happen, with a button (`handlers.feed_clicks`).
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
from bot.services.feed_argument import read_address, unwrapped
from bot.slack.render_feeds_add import (
    choices_messages,
    looking_message,
    preview_message,
    trial_message,
    unreadable_message,
)
from bot.slack.render_feeds_edit import (
    history_messages,
    paused_message,
    remove_question,
    resumed_message,
)
from bot.slack.render_feeds_page import feeds_page_message, readers_message
from bot.slack.render_help import help_messages
from bot.slack.values import LONGEST_TITLE
from handlers.asked import Asked, Reply, about, safely
from handlers.feed_files import export_list, import_list
from handlers.services import Services

T = TypeVar("T")
_ADDRESS: Final = re.compile(r"<[^>]*>|\S*")
"""Slack writes `<https://example.org|a label of several words>`; always found, maybe empty."""
_MOST_FILES: Final = 10
"""Of one message, as Slack's own composer allows."""
_SOON: Final = timedelta(seconds=2)
SEE = "see how the feeds fare"
CHANGE = "change the feed list"


async def feeds(asked: Asked, services: Services) -> Reply:
    """`feeds [filter | add | remove | pause | resume | test | history | import | export ...]`."""
    verb, _, rest = asked.words.strip().partition(" ")
    known = VERBS.get(verb.casefold())
    if known is None:
        return await show_list(asked, services)
    return await known(about(asked, rest.strip()), services)


async def show_list(asked: Asked, services: Services, *, page: int = 1) -> Reply:
    """A page of the list; others than admins learn what is read, and who may see more."""
    if not (await services.people.asker(asked.user_id)).is_admin:
        return (readers_message(await services.outlets(asked.workspace)),)
    found = await services.catalogue.page(asked.workspace, asked.words, page=page)
    return (feeds_page_message(found),)


async def add(asked: Asked, services: Services) -> Reply:
    """`feeds add <url or site> [title]`: shows what it holds, and a button that adds it."""
    await services.people.require_admin(asked.user_id, CHANGE)
    typed = _ADDRESS.findall(asked.words)[0]
    title = asked.words.removeprefix(typed).strip()[:LONGEST_TITLE] or None
    address = read_address(typed, command="/briefing feeds add")
    return await look(asked, address, services, title=title)


async def look(
    asked: Asked,
    address: str,
    services: Services,
    *,
    title: str | None = None,
    category: str | None = None,
    again: bool = False,
) -> Reply:
    """A feed or a site, fetched and matched and shown; the asker must be an admin.

    Args:
        asked: Who asks, and where.
        address: See `bot.services.feed_argument.read_address`.
        services: All of them.
        title: What the admin wants to call it; None for its own title.
        category: The admin's word for grouping.
        again: Whether this is in place of a look that is too old.
    """
    await services.people.require_admin(asked.user_id, CHANGE)
    try:
        found = await _patiently(services.scout.find(asked.workspace, address), asked, address)
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


async def remove(asked: Asked, services: Services) -> Reply:
    """`feeds remove <feed>`: asks first."""
    await services.people.require_admin(asked.user_id, CHANGE)
    return (remove_question(await services.feeds.find(asked.workspace, _named(asked, "remove"))),)


async def pause(asked: Asked, services: Services) -> Reply:
    """`feeds pause <feed>`."""
    await services.people.require_admin(asked.user_id, CHANGE)
    feed = await services.feeds.set_enabled(
        asked.workspace, _named(asked, "pause"), enabled=False, actor=asked.user_id
    )
    return (paused_message(feed, kept=await _is_kept(asked, services, feed)),)


async def resume(asked: Asked, services: Services) -> Reply:
    """`feeds resume <feed>`."""
    await services.people.require_admin(asked.user_id, CHANGE)
    feed = await services.feeds.set_enabled(
        asked.workspace, _named(asked, "resume"), enabled=True, actor=asked.user_id
    )
    services.poll()
    return (resumed_message(feed, kept=await _is_kept(asked, services, feed)),)


async def test(asked: Asked, services: Services) -> Reply:
    """`feeds test <feed or address>`: fetched now, nothing stored."""
    await services.people.require_admin(asked.user_id, CHANGE)
    typed = _named(asked, "test")
    name: str | None
    try:
        feed = await services.feeds.find(asked.workspace, typed)
        address, name = feed.url, feed.title
    except NotFoundError:
        if "." not in typed:
            raise
        address, name = read_address(typed, command="/briefing feeds test"), None
    trial = await _patiently(
        services.scout.trial(asked.workspace, address, name=name), asked, name or address
    )
    return (trial_message(trial, zone=services.zone),)


async def history(asked: Asked, services: Services) -> Reply:
    """`feeds history <feed>`: who changed what, when, and what stood before."""
    await services.people.require_admin(asked.user_id, SEE)
    found = await services.historian.of(asked.workspace, _named(asked, "history"))
    return history_messages(found, zone=services.zone)


async def import_(asked: Asked, services: Services) -> Reply:
    """`feeds import <link>`, or with a file in the same message."""
    await services.people.require_admin(asked.user_id, CHANGE)
    if not asked.words and not asked.files:
        raise InputError(
            Problem(where="/briefing feeds import", what="it needs an OPML file or its address",
                    mend="write `/briefing feeds import https://example.org/feeds.opml`, or send "
                    "me the file in a direct message")
        )  # fmt: skip
    if asked.files:
        reply: Reply = ()
        for file in asked.files[:_MOST_FILES]:
            reply += await safely(import_list(asked, services, file=file), services)
        return reply
    link = read_address(asked.words, command="/briefing feeds import", is_list=True)
    return await _patiently(import_list(asked, services, link=link), asked, link)


async def export(asked: Asked, services: Services) -> Reply:
    """`feeds export`: the list as an OPML file."""
    await services.people.require_admin(asked.user_id, SEE)
    return await export_list(asked, services)


Doing = Callable[[Asked, Services], Awaitable[Reply]]


async def help_(asked: Asked, services: Services) -> Reply:
    """`feeds help`: what may be written."""
    asker = await services.people.asker(asked.user_id)
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


async def _is_kept(asked: Asked, services: Services, feed: Feed) -> bool:
    return await services.feeds.is_kept(asked.workspace, feed.url)


def _named(asked: Asked, verb: str) -> str:
    """The feed that was named; Slack's brackets around an address are taken off."""
    if not asked.words.strip():
        raise InputError(
            Problem(where=f"/briefing feeds {verb}", what="it needs a feed",
                    mend=f"give its number, title or address: `/briefing feeds {verb} 3`")
        )  # fmt: skip
    return unwrapped(asked.words)


async def _patiently(work: Awaitable[T], asked: Asked, address: str) -> T:
    """The outcome of work that may take long; after two seconds the asker is told to wait."""
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=_SOON.total_seconds())
        if not done and asked.meanwhile is not None:
            await asked.meanwhile(looking_message(address))
        return await task
    finally:
        task.cancel()
