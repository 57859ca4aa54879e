"""Buttons and menus of the feed list. Who may is checked here, not only where they are shown."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from bot.domain.feed import FeedSpec
from bot.slack import ids
from bot.slack.messages.feed_edits import added_message, cancelled_message, removed_message
from bot.slack.values import (
    FeedChoice,
    FeedLookValue,
    FeedOfferValue,
    FeedsPageValue,
    FeedValue,
    ImportValue,
)
from handlers.feeds import commands
from handlers.feeds.files import take_over
from handlers.request import Button, Reply, Request, about
from handlers.services import Services

_FRESH: Final = timedelta(days=1)
"""After so long a button about what was seen leads to a new look instead."""
_VERBS: Final = {
    FeedChoice.PAUSE: commands.pause,
    FeedChoice.RESUME: commands.resume,
    FeedChoice.TEST: commands.test,
    FeedChoice.HISTORY: commands.history,
    FeedChoice.REMOVE: commands.remove,
}


async def choose(request: Request, services: Services) -> Reply:
    """The menu beside a feed: pause, resume, test, history, remove."""
    value = FeedValue.parse(request.words)
    await services.people.require_admin(request.user_id, commands.CHANGE)
    feed = await services.feeds.by_id(request.workspace, value.feed)
    return await _VERBS[value.choice](about(request, feed.url), services)


async def show(request: Request, services: Services) -> Reply:
    """[Feeds]."""
    return await commands.show_list(about(request, ""), services)


async def turn(request: Request, services: Services) -> Reply:
    """[Previous], [Next] and the filters."""
    value = FeedsPageValue.parse(request.words)
    await services.people.require_admin(request.user_id, commands.SEE)
    return await commands.show_list(about(request, value.words), services, page=value.page)


async def look(request: Request, services: Services) -> Reply:
    """[Look at this one], where a site has several feeds."""
    value = FeedLookValue.parse(request.words)
    return await commands.look(
        request, value.url, services, title=value.title, category=value.category
    )


async def confirm_add(request: Request, services: Services) -> Reply:
    """[Add this feed]; when it was looked at long ago, it is looked at again."""
    value = FeedOfferValue.parse(request.words)
    await services.people.require_admin(request.user_id, commands.CHANGE)
    if services.clock() - value.at > _FRESH:
        return await commands.look(
            request, value.url, services, title=value.title, category=value.category, again=True
        )
    spec = FeedSpec(
        url=value.url, title=value.title, category=value.category, language=value.language
    )
    await services.feeds.add(request.workspace, spec, actor=request.user_id)
    services.poll()
    kept = await services.feeds.is_kept(request.workspace, spec.url)
    return (added_message(spec.title or spec.url, kept=kept),)


async def confirm_remove(request: Request, services: Services) -> Reply:
    """[Remove]."""
    value = FeedValue.parse(request.words)
    await services.people.require_admin(request.user_id, commands.CHANGE)
    feed = await services.feeds.by_id(request.workspace, value.feed)
    await services.feeds.remove(request.workspace, feed.url, actor=request.user_id)
    kept = await services.feeds.is_kept(request.workspace, feed.url)
    return (removed_message(feed, kept=kept),)


async def confirm_import(request: Request, services: Services) -> Reply:
    """[Add 12 feeds]."""
    value = ImportValue.parse(request.words)
    await services.people.require_admin(request.user_id, commands.CHANGE)
    return await take_over(request, services, value)


async def cancel(request: Request, services: Services) -> Reply:
    """[Cancel] and [Keep it]."""
    await services.people.require_admin(request.user_id, commands.CHANGE)
    return (cancelled_message(),)


async def export(request: Request, services: Services) -> Reply:
    """[Export the list]."""
    return await commands.export(about(request, ""), services)


CLICKS: Mapping[str, Button] = MappingProxyType(
    {
        ids.FEED_MENU: Button(choose),
        ids.FEEDS: Button(show),
        ids.FEEDS_EXPORT: Button(export),
        ids.FEED_LOOK: Button(look),
        ids.FEED_ADD_CONFIRM: Button(confirm_add, replaces=True),
        ids.FEED_REMOVE_CONFIRM: Button(confirm_remove, replaces=True),
        ids.FEEDS_IMPORT_CONFIRM: Button(confirm_import, replaces=True),
        ids.FEED_CANCEL: Button(cancel, replaces=True),
        **dict.fromkeys(
            (
                ids.FEEDS_BACK,
                ids.FEEDS_ON,
                ids.FEEDS_ALL,
                ids.FEEDS_FAILING,
                ids.FEEDS_SILENT,
                ids.FEEDS_PAUSED,
            ),
            Button(turn, replaces=True),
        ),
    }
)
"""What answers each button of the feed list, by action id."""
