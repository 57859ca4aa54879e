"""The modals of the feed list: opened by buttons or words, checked when they come back."""

from collections.abc import Awaitable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import ForbiddenError, InputError
from bot.services.feeds.argument import read_address
from bot.slack import ids
from bot.slack.messages.errors import error_message
from bot.slack.modals.feed import (
    FeedForm,
    ImportForm,
    feed_add_view,
    feeds_import_view,
    read_feed_add,
    read_feeds_import,
)
from bot.slack.modals.state import ViewValues
from handlers.feeds import commands
from handlers.feeds.files import import_list
from handlers.reply import send_privately, teller
from handlers.request import Reply, Request, safely
from handlers.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """Listen for the buttons that open the modals, and for what the modals bring back."""

    @app.action(ids.FEED_ADD)
    async def ask_for_feed(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        request = _clicked(body, services)
        await open_feed_add(request, services, client, trigger_id=body["trigger_id"])

    @app.action(ids.FEEDS_IMPORT)
    async def ask_for_list(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        request = _clicked(body, services)
        await open_feeds_import(request, services, client, trigger_id=body["trigger_id"])

    @app.view(ids.FEED_ADD_VIEW)
    async def feed_named(
        ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient
    ) -> None:
        form = read_feed_add(ViewValues.parse(view["state"]["values"]))
        if not isinstance(form, FeedForm):
            await ack(response_action="errors", errors=dict(form))
            return
        try:
            address = read_address(form.address, command="/briefing feeds add")
        except InputError as error:
            wrong = error.problems[0].what
            await ack(response_action="errors", errors={ids.FEED_URL_INPUT: f"{wrong}."})
            return
        await ack()
        request = _submitted(body, view, services, client)
        work = commands.look(request, address, services, title=form.title, category=form.category)
        await _tell(work, request, services, client)

    @app.view(ids.FEEDS_IMPORT_VIEW)
    async def list_given(
        ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient
    ) -> None:
        form = read_feeds_import(ViewValues.parse(view["state"]["values"]))
        if not isinstance(form, ImportForm):
            await ack(response_action="errors", errors=dict(form))
            return
        await ack()
        request = _submitted(body, view, services, client)
        await _tell(_import(request, form, services), request, services, client)


async def open_feed_add(
    request: Request, services: Services, client: AsyncWebClient, *, trigger_id: str
) -> None:
    """Open the modal for a feed, for admins; a trigger is good for 3 seconds."""
    view = feed_add_view(private_metadata=request.channel_id or "")
    await _open(view, request, services, client, trigger_id)


async def open_feeds_import(
    request: Request, services: Services, client: AsyncWebClient, *, trigger_id: str
) -> None:
    """Open the modal for a list of feeds, for admins."""
    view = feeds_import_view(private_metadata=request.channel_id or "")
    await _open(view, request, services, client, trigger_id)


async def _open(
    view: View, request: Request, services: Services, client: AsyncWebClient, trigger_id: str
) -> None:
    try:
        await services.people.require_admin(request.user_id, commands.CHANGE)
    except ForbiddenError as error:
        no = (error_message(error),)
        await send_privately(no, None, client, channel=request.channel_id, user=request.user_id)
        return
    await client.views_open(trigger_id=trigger_id, view=view)


async def _import(request: Request, form: ImportForm, services: Services) -> Reply:
    await services.people.require_admin(request.user_id, commands.CHANGE)
    return await import_list(request, services, file=form.file, link=form.link)


async def _tell(
    work: Awaitable[Reply], request: Request, services: Services, client: AsyncWebClient
) -> None:
    reply = await safely(work, services)
    await send_privately(reply, None, client, channel=request.channel_id, user=request.user_id)


def _clicked(body: dict[str, Any], services: Services) -> Request:
    return Request(
        workspace=services.workspace_of((body.get("team") or {}).get("id")),
        user_id=body["user"]["id"],
        channel_id=(body.get("channel") or {}).get("id"),
        words="",
    )


def _submitted(
    body: dict[str, Any], view: dict[str, Any], services: Services, client: AsyncWebClient
) -> Request:
    user_id, channel_id = body["user"]["id"], view.get("private_metadata") or None
    return Request(
        workspace=services.workspace_of((body.get("team") or {}).get("id")),
        user_id=user_id,
        channel_id=channel_id,
        words="",
        in_person=str(channel_id or "").startswith("D"),
        meanwhile=teller(None, client, channel=channel_id, user=user_id),
    )
