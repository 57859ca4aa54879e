"""Buttons and menus of the feed list."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.domain.feed import FeedSpec
from bot.slack import ids
from bot.slack.button_values import (
    FeedLookValue,
    FeedOfferValue,
    FeedsPageValue,
    FeedValue,
)
from bot.slack.messages.feed_edits import added_message, cancelled_message, removed_message
from bot.slack.modals.feeds import FeedForm, feed_add_view, feeds_import_view
from handlers.feeds.commands import (
    CHANGE,
    FEED_COMMANDS,
    SEE,
    export_list,
    preview,
    run_import,
    show_list,
)
from handlers.request import Button, Reply, Request
from handlers.services import Services

# A button of an older preview leads to a new one instead.
_FRESH: Final = timedelta(days=1)


async def choose(request: Request, services: Services) -> Reply:
    """The menu beside a feed: its choices are words that may follow `feeds`."""
    value = FeedValue.parse(request.text)
    feed = await services.feeds.by_id(request.workspace, value.feed)
    return await FEED_COMMANDS[value.choice].run(replace(request, text=feed.url), services)


async def show(request: Request, services: Services) -> Reply:
    """[Feeds]."""
    return await show_list(replace(request, text=""), services)


async def turn(request: Request, services: Services) -> Reply:
    """[Previous], [Next] and the filters."""
    value = FeedsPageValue.parse(request.text)
    return await show_list(replace(request, text=value.words), services, page=value.page)


async def look(request: Request, services: Services) -> Reply:
    """[Look at this one], where a site has several feeds."""
    return await preview(request, services, _form(FeedLookValue.parse(request.text)))


def _form(value: FeedLookValue) -> FeedForm:
    return FeedForm(address=value.url, title=value.title, category=value.category)


async def ask_for_feed(request: Request, _services: Services) -> Reply:
    """[Add a feed]."""
    return feed_add_view(request.channel)


async def ask_for_list(request: Request, _services: Services) -> Reply:
    """[Import a list]."""
    return feeds_import_view(request.channel)


async def confirm_add(request: Request, services: Services) -> Reply:
    """[Add this feed]; when the preview is old, a new one is shown."""
    value = FeedOfferValue.parse(request.text)
    if services.clock() - value.at > _FRESH:
        return await preview(request, services, _form(value), again=True)
    spec = FeedSpec(
        url=value.url, title=value.title, category=value.category, language=value.language
    )
    kept = await services.feeds.add(request.workspace, spec, actor=request.actor)
    services.poll()
    return (added_message(spec.title or spec.url, kept=kept),)


async def confirm_remove(request: Request, services: Services) -> Reply:
    """[Remove]."""
    value = FeedValue.parse(request.text)
    feed = await services.feeds.by_id(request.workspace, value.feed)
    done = await services.feeds.remove(request.workspace, feed.url, actor=request.actor)
    return (removed_message(done.feed, kept=done.kept),)


async def cancel(_request: Request, _services: Services) -> Reply:
    """[Cancel] and [Keep it]."""
    return (cancelled_message(),)


_PAGES: Final = (
    ids.FEEDS_BACK,
    ids.FEEDS_ON,
    ids.FEEDS_ALL,
    ids.FEEDS_FAILING,
    ids.FEEDS_SILENT,
    ids.FEEDS_PAUSED,
)
FEED_BUTTONS: Mapping[str, Button] = {
    ids.FEED_MENU: Button(choose, admin=CHANGE),
    ids.FEEDS: Button(show),
    ids.FEEDS_EXPORT: Button(export_list, admin=SEE),
    ids.FEED_ADD: Button(ask_for_feed, admin=CHANGE),
    ids.FEEDS_IMPORT: Button(ask_for_list, admin=CHANGE),
    ids.FEED_LOOK: Button(look, admin=CHANGE),
    ids.FEED_ADD_CONFIRM: Button(confirm_add, admin=CHANGE, replaces=True),
    ids.FEED_REMOVE_CONFIRM: Button(confirm_remove, admin=CHANGE, replaces=True),
    ids.FEEDS_IMPORT_CONFIRM: Button(run_import, admin=CHANGE, replaces=True),
    ids.FEED_CANCEL: Button(cancel, admin=CHANGE, replaces=True),
    **dict.fromkeys(_PAGES, Button(turn, admin=SEE, replaces=True)),
}
"""What answers each button of the feed list, by action id."""
