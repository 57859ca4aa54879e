"""The modals of the feed list that come back."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from bot.domain.errors import InputError
from bot.services.feeds.argument import read_address
from bot.slack import ids
from bot.slack.modals.feeds import FeedForm, ImportForm, read_feed_add, read_feeds_import
from bot.slack.modals.inputs import ViewValues
from handlers.feeds.commands import CHANGE, preview
from handlers.feeds.files import plan_import
from handlers.request import Modal, Reply, Request
from handlers.services import Services


def read_feed(values: ViewValues) -> FeedForm | Mapping[str, str]:
    """The feed with an address that may be fetched, or what is wrong with an input."""
    form = read_feed_add(values)
    if not isinstance(form, FeedForm):
        return form
    try:
        return replace(form, address=read_address(form.address, command="/briefing feeds add"))
    except InputError as error:
        return {ids.FEED_URL_INPUT: f"{error.problems[0].what}."}


async def look(request: Request, services: Services, form: FeedForm) -> Reply:
    """[Look at it], for a feed or a site."""
    return await preview(request, services, form.address, title=form.title, category=form.category)


async def look_at_list(request: Request, services: Services, form: ImportForm) -> Reply:
    """[Look at it], for a list of feeds."""
    return (await plan_import(request, services, file=form.file, link=form.link),)


FEED_MODALS: Mapping[str, Modal] = MappingProxyType(
    {
        ids.FEED_ADD_VIEW: Modal(look, admin=CHANGE, read=read_feed),
        ids.FEEDS_IMPORT_VIEW: Modal(look_at_list, admin=CHANGE, read=read_feeds_import),
    }
)
"""What answers each modal of the feed list, by callback id."""
