"""Buttons and menus of the feed list. Who may is checked here, not only where they are shown."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from bot.domain.feed import FeedSpec
from bot.slack import ids
from bot.slack.render_feeds_edit import added_message, cancelled_message, removed_message
from bot.slack.values import (
    FeedChoice,
    FeedLookValue,
    FeedOfferValue,
    FeedsPageValue,
    FeedValue,
    ImportValue,
)
from handlers import feeds
from handlers.asked import Asked, Click, Reply, about
from handlers.feed_files import take_over
from handlers.services import Services

_FRESH: Final = timedelta(days=1)
"""After so long a button about what was seen leads to a new look instead."""
_VERBS: Final = {
    FeedChoice.PAUSE: feeds.pause,
    FeedChoice.RESUME: feeds.resume,
    FeedChoice.TEST: feeds.test,
    FeedChoice.HISTORY: feeds.history,
    FeedChoice.REMOVE: feeds.remove,
}


async def choose(asked: Asked, services: Services) -> Reply:
    """The menu beside a feed: pause, resume, test, history, remove."""
    value = FeedValue.parse(asked.words)
    await services.people.require_admin(asked.user_id, feeds.CHANGE)
    feed = await services.feeds.by_id(asked.workspace, value.feed)
    return await _VERBS[value.choice](about(asked, feed.url), services)


async def show(asked: Asked, services: Services) -> Reply:
    """[Feeds]."""
    return await feeds.show_list(about(asked, ""), services)


async def turn(asked: Asked, services: Services) -> Reply:
    """[Previous], [Next] and the filters."""
    value = FeedsPageValue.parse(asked.words)
    await services.people.require_admin(asked.user_id, feeds.SEE)
    return await feeds.show_list(about(asked, value.words), services, page=value.page)


async def look(asked: Asked, services: Services) -> Reply:
    """[Look at this one], where a site has several feeds."""
    value = FeedLookValue.parse(asked.words)
    return await feeds.look(asked, value.url, services, title=value.title, category=value.category)


async def confirm_add(asked: Asked, services: Services) -> Reply:
    """[Add this feed]; when it was looked at long ago, it is looked at again."""
    value = FeedOfferValue.parse(asked.words)
    await services.people.require_admin(asked.user_id, feeds.CHANGE)
    if services.clock() - value.at > _FRESH:
        return await feeds.look(
            asked, value.url, services, title=value.title, category=value.category, again=True
        )
    spec = FeedSpec(
        url=value.url, title=value.title, category=value.category, language=value.language
    )
    await services.feeds.add(asked.workspace, spec, actor=asked.user_id)
    services.poll()
    kept = await services.feeds.is_kept(asked.workspace, spec.url)
    return (added_message(spec.title or spec.url, kept=kept),)


async def confirm_remove(asked: Asked, services: Services) -> Reply:
    """[Remove]."""
    value = FeedValue.parse(asked.words)
    await services.people.require_admin(asked.user_id, feeds.CHANGE)
    feed = await services.feeds.by_id(asked.workspace, value.feed)
    await services.feeds.remove(asked.workspace, feed.url, actor=asked.user_id)
    kept = await services.feeds.is_kept(asked.workspace, feed.url)
    return (removed_message(feed, kept=kept),)


async def confirm_import(asked: Asked, services: Services) -> Reply:
    """[Add 12 feeds]."""
    value = ImportValue.parse(asked.words)
    await services.people.require_admin(asked.user_id, feeds.CHANGE)
    return await take_over(asked, services, value)


async def cancel(asked: Asked, services: Services) -> Reply:
    """[Cancel] and [Keep it]."""
    await services.people.require_admin(asked.user_id, feeds.CHANGE)
    return (cancelled_message(),)


async def export(asked: Asked, services: Services) -> Reply:
    """[Export the list]."""
    return await feeds.export(about(asked, ""), services)


CLICKS: Mapping[str, Click] = MappingProxyType(
    {
        ids.FEED_MENU: Click(choose),
        ids.FEEDS: Click(show),
        ids.FEEDS_EXPORT: Click(export),
        ids.FEED_LOOK: Click(look),
        ids.FEED_ADD_CONFIRM: Click(confirm_add, replaces=True),
        ids.FEED_REMOVE_CONFIRM: Click(confirm_remove, replaces=True),
        ids.FEEDS_IMPORT_CONFIRM: Click(confirm_import, replaces=True),
        ids.FEED_CANCEL: Click(cancel, replaces=True),
        **dict.fromkeys(
            (
                ids.FEEDS_BACK,
                ids.FEEDS_ON,
                ids.FEEDS_ALL,
                ids.FEEDS_FAILING,
                ids.FEEDS_SILENT,
                ids.FEEDS_PAUSED,
            ),
            Click(turn, replaces=True),
        ),
    }
)
"""What answers each button of the feed list, by action id."""
