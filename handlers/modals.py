"""Modals that come back: inputs are checked first, all else comes after the acknowledgement."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from bot.domain.errors import InputError
from bot.services.feeds.argument import read_address
from bot.slack import ids
from bot.slack.modals.feeds import FeedForm, read_feed_add, read_feeds_import
from bot.slack.modals.inputs import ViewValues
from bot.slack.modals.subscribe import read_subscribe
from handlers.commands import add_subscription
from handlers.feeds.commands import CHANGE, plan_import, preview
from handlers.request import Modal


def read_feed(values: ViewValues) -> FeedForm | Mapping[str, str]:
    """The feed with an address that may be fetched, or what is wrong with an input."""
    form = read_feed_add(values)
    if not isinstance(form, FeedForm):
        return form
    try:
        return replace(form, address=read_address(form.address, command="/briefing feeds add"))
    except InputError as error:
        return {ids.FEED_URL_INPUT: f"{error.problems[0].what}."}


MODALS: Mapping[str, Modal] = MappingProxyType(
    {
        ids.SUBSCRIBE_VIEW: Modal(add_subscription, read=read_subscribe),
        ids.FEED_ADD_VIEW: Modal(preview, admin=CHANGE, read=read_feed),
        ids.FEEDS_IMPORT_VIEW: Modal(plan_import, admin=CHANGE, read=read_feeds_import),
    }
)
"""What answers each modal, by callback id."""
