"""Modals: opened by buttons, checked when they come back, done after the acknowledgement."""

from collections.abc import Awaitable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import ids
from bot.slack.messages.subscriptions import subscribed_message
from bot.slack.modals.state import ViewValues
from bot.slack.modals.subscribe import SubscribeForm, read_subscribe, subscribe_view
from bot.slack.values import SubscribeValue
from handlers.reply import send_privately
from handlers.request import Reply, Request, safely
from handlers.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """Listen for the buttons that open modals, and for what the modals bring back."""

    @app.action(ids.SUBSCRIBE)
    async def ask_for_subscription(
        ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient
    ) -> None:
        await ack()
        wanted = SubscribeValue.parse(str(action.get("value") or "{}")).commitment
        await open_subscribe(
            client,
            services,
            trigger_id=body["trigger_id"],
            channel=(body.get("channel") or {}).get("id"),
            chosen=(wanted,) if wanted else (),
        )

    @app.view(ids.SUBSCRIBE_VIEW)
    async def subscribed(
        ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient
    ) -> None:
        form = read_subscribe(ViewValues.parse(view["state"]["values"]))
        if not isinstance(form, SubscribeForm):
            await ack(response_action="errors", errors=dict(form))
            return
        await ack()
        request = _asked(body, view, services)
        await _tell(_subscribe(form, request, services), request, services, client)


async def open_subscribe(
    client: AsyncWebClient,
    services: Services,
    *,
    trigger_id: str,
    channel: str | None,
    chosen: tuple[str, ...] = (),
) -> None:
    """Open the modal; nothing slow comes before it, since a trigger is good for 3 seconds."""
    view = subscribe_view(
        services.pack(),
        timezone=services.timezone,
        channel=channel,
        chosen=chosen,
        private_metadata=channel or "",
    )
    await client.views_open(trigger_id=trigger_id, view=view)


async def _subscribe(form: SubscribeForm, request: Request, services: Services) -> Reply:
    made = await services.subscriptions.add(
        request.workspace,
        target=form.target or request.user_id,
        commitments=form.commitments,
        schedule=form.schedule,
        actor=request.user_id,
    )
    return (subscribed_message(made.subscription, pack=services.pack(), now=services.clock()),)


async def _tell(
    work: Awaitable[Reply], request: Request, services: Services, client: AsyncWebClient
) -> None:
    reply = await safely(work, services)
    await send_privately(reply, None, client, channel=request.channel_id, user=request.user_id)


def _asked(body: dict[str, Any], view: dict[str, Any], services: Services) -> Request:
    return Request(
        workspace=services.workspace_of((body.get("team") or {}).get("id")),
        user_id=body["user"]["id"],
        channel_id=view.get("private_metadata") or None,
        words="",
    )
