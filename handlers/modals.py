"""Modals that come back: inputs are checked first, all else comes after the acknowledgement."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.slack import ids
from bot.slack.messages.subscriptions import subscribed_message
from bot.slack.modals.subscribe import SubscribeForm, read_subscribe
from handlers.feeds.modals import FEED_MODALS
from handlers.request import Modal, Reply, Request
from handlers.services import Services


async def subscribe(request: Request, services: Services, form: SubscribeForm) -> Reply:
    """[Subscribe]."""
    made = await services.subscriptions.add(
        request.workspace,
        target=form.target or request.actor,
        commitments=form.commitments,
        schedule=form.schedule,
        actor=request.actor,
    )
    return (subscribed_message(made, pack=services.pack(), now=services.clock()),)


MODALS: Mapping[str, Modal] = MappingProxyType(
    {
        ids.SUBSCRIBE_VIEW: Modal(subscribe, read=read_subscribe),
        **FEED_MODALS,
    }
)
"""What answers each modal, by callback id."""
