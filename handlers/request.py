"""One request of a person, read from every kind of payload, and the ways of answering it."""

import html
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from http import HTTPStatus
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import (
    DeliveryError,
    FetchError,
    ForbiddenError,
    InputError,
    NotFoundError,
    Problem,
)
from bot.domain.subscription import PostedMessage
from bot.domain.workspace import WorkspaceId
from bot.slack.api.files import FileRefusedError
from bot.slack.button_values import Value
from bot.slack.messages.blocks import Message
from bot.slack.messages.notes import late_form_message
from bot.slack.modals.inputs import ViewValues
from handlers.services import Services

logger = logging.getLogger(__name__)

V = TypeVar("V", bound=Value)

Reply = tuple[Message, ...] | View
"""Messages in order, maybe none; or a modal, or the Home tab."""
Answer = Callable[..., Awaitable[Reply]]
"""Takes a request and the services; a modal's takes what was filled in too."""

# What people write: plain messages, and those with a file
# (https://docs.slack.dev/reference/events/message/file_share).
_WRITTEN = frozenset({None, "file_share"})
# Lists of feeds are the only files that are read, so a file needs no words.
_FILE_ALONE = "feeds import"
OF_THE_PERSON: Final = (
    InputError,
    FetchError,
    FileRefusedError,
    NotFoundError,
    ForbiddenError,
    DeliveryError,
)
"""Errors about what was asked for, to be told in their own words.

All others of ours are about how the bot is set up; they name addresses and files of its machine.
"""
_LINK = re.compile(r"https?://[^\s|<>\"\\]+")
_MENTION = re.compile(r"<@[UW][A-Z0-9]+(\|[^>]*)?>")
# docs.slack.dev/reference/methods/views.open
_SPENT_TRIGGER: Final = {"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"}
# A response_url may be used five times (docs.slack.dev, handling user interaction).
_RESPONSES: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What a person asks of the bot.

    Attributes:
        workspace: Where it is asked.
        actor: Slack id of the person.
        channel: Id of the conversation; None outside any, such as on the Home tab.
        text: What follows the command, what was said, or what the button carries.
        key: The same when Slack sends the request again; None where it never does.
        trigger: Opens a modal within three seconds; None where none can be opened.
        public: Whether everyone in the conversation sees the answer.
        thread_ts: First message of the thread to answer in; None outside threads.
        clicked: The message with the button, where everybody sees it; None elsewhere.
        files: Ids of the files that came with a message.
        inputs: What was filled into a modal; None of other requests.
        zone: For dates where Slack cannot tell the reader's own zone.
        client: Slack's Web API.
        respond: Answers by the payload's response URL, where it has one.
    """

    workspace: WorkspaceId
    actor: str
    channel: str | None = None
    text: str = ""
    key: str | None = None
    trigger: str | None = None
    public: bool = False
    thread_ts: str | None = None
    clicked: PostedMessage | None = None
    files: tuple[str, ...] = ()
    inputs: ViewValues | None = None
    zone: ZoneInfo
    client: AsyncWebClient
    respond: AsyncRespond

    @property
    def place(self) -> str:
        """For a modal to bring back: the channel, the message that was clicked, its thread."""
        ts = self.clicked.ts if self.clicked else ""
        return " ".join((self.channel or "", ts, self.thread_ts or "")).rstrip()

    @property
    def is_direct(self) -> bool:
        """Whether it is made in a direct message with the bot."""
        return (self.channel or "").startswith("D")

    def value(self, kind: type[V]) -> V:
        """The text as the value that the button carried.

        Raises:
            InputError: It is not what this button carries now.
        """
        try:
            return kind.model_validate_json(self.text)
        except ValidationError as error:
            problem = Problem(where="button", what="it is from an older message", fix="ask again")
            raise InputError(problem) from error


@dataclass(frozen=True, slots=True)
class Listener:
    """What answers one kind of request.

    `admin` is what only admins may do here, as in "change the feed list", and `analyst` what only
    analysts and they may; None for everyone.
    """

    answer: Answer
    _: KW_ONLY
    admin: str | None = None
    analyst: str | None = None

    async def run(self, request: Request, services: Services, *form: object) -> Reply:
        """The answer; raises `ForbiddenError` where the actor may not have one."""
        if self.admin is not None:
            await services.people.require_admin(request.actor, self.admin)
        if self.analyst is not None:
            await services.people.require_analyst(request.actor, self.analyst)
        return await self.answer(request, services, *form)


@dataclass(frozen=True, slots=True)
class Command(Listener):
    """A word after `/briefing`, or after `/briefing feeds`.

    The help shows how it is written (`usage`) and what one gets (`meaning`) under its heading; its
    synonyms mean it in a plain question.
    """

    usage: str
    meaning: str
    heading: str = "Feeds"
    _: KW_ONLY
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Button(Listener):
    """A button or menu; the request's text is the value that it carries.

    Its answer may replace the message with the button. It never does when something went wrong:
    then the message stays, and can be clicked again.
    """

    _: KW_ONLY
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Modal(Listener):
    """A modal that comes back; `read` gives what `answer` takes, or what is wrong by `block_id`."""

    _: KW_ONLY
    read: Callable[[ViewValues], object | Mapping[str, str]]


class AskBackError(Exception):
    """A request that may mean several things; the message asks which."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.text)
        self.message = message


def wrong(where: str, what: str, fix: str) -> InputError:
    """The error of a command with an argument that is missing or cannot be read."""
    return InputError(Problem(where=where, what=what, fix=fix))


def read_request(
    body: Mapping[str, Any], context: AsyncBoltContext, services: Services
) -> Request | None:
    """The request that a payload makes; None where no person asks for anything.

    Raises one of Python's own errors where the payload is not as Slack documents it.
    """
    match body.get("type"):
        case None if "command" in body:
            # Without a key: a command that was not acknowledged is never sent again; its person
            # reads an error of Slack's (docs.slack.dev, implementing slash commands).
            fields: dict[str, Any] | None = {
                "channel": body.get("channel_id"),
                "text": str(body.get("text") or ""),
                "trigger": body.get("trigger_id"),
            }
        case "block_actions":
            action = body["actions"][0]
            click = f"click:{body['user']['id']}:{action['action_id']}"
            at = action.get("action_ts")
            fields = {
                "channel": (channel := (body.get("channel") or {}).get("id")),
                "thread_ts": (body.get("container") or {}).get("thread_ts"),
                "clicked": _clicked(channel, body.get("message")),
                # The value of a button, or what was chosen in a menu.
                "text": str((action.get("selected_option") or action).get("value") or "{}"),
                # An interaction that Slack sends again has the same action time.
                "key": f"{click}:{at}" if at else None,
                "trigger": body.get("trigger_id"),
            }
        case "message_action":
            fields = {
                "channel": body["channel"]["id"],
                "thread_ts": body["message"].get("thread_ts"),
                "text": _link_in(body["message"]),
                "key": f"shortcut:{context.user_id}:{body['callback_id']}:{body['action_ts']}",
                "trigger": body.get("trigger_id"),
            }
        case "view_submission":
            fields = _of_view(body["view"])
        case "event_callback":
            fields = _of_event(body)
        case _:
            fields = None
    if fields is None or context.user_id is None:
        return None
    for name in ("channel", "trigger", "thread_ts"):
        if not isinstance(fields.get(name), str | None):
            raise TypeError(name)
    if not isinstance(context.user_id, str):
        raise TypeError("user")
    return Request(
        workspace=services.workspace,
        actor=context.user_id,
        zone=ZoneInfo(services.people.timezone),
        client=context.client,
        respond=context.respond or AsyncRespond(response_url=None),
        **fields,
    )


def _of_view(view: Mapping[str, Any]) -> dict[str, Any]:
    """A modal that was sent, and where it was opened: a channel, or a message in one."""
    fields: dict[str, Any] = {
        "key": f"view:{view['id']}",
        "inputs": ViewValues.parse(view["state"]["values"]),
    }
    opened = str(view.get("private_metadata") or "")
    channel, _, where = opened.partition(" ")
    ts, _, thread_ts = where.partition(" ")
    if ts:
        fields["clicked"] = PostedMessage(
            delivery_id=0, position=0, payload={}, channel=channel, ts=ts
        )
    return fields | {"channel": channel or None, "thread_ts": thread_ts or None}


def _link_in(message: Mapping[str, Any]) -> str:
    """The first address in a message, in its text or wherever else it stands; empty without one."""
    found = _LINK.search(str(message.get("text") or "")) or _LINK.search(json.dumps(message))
    return html.unescape(found[0]) if found else ""


def _clicked(channel: str | None, message: Mapping[str, Any] | None) -> PostedMessage | None:
    """The message that was clicked in; Slack sends none along that one person alone sees."""
    if not channel or not message or not message.get("ts"):
        return None
    payload = {name: message.get(name) for name in ("text", "blocks")}
    return PostedMessage(
        delivery_id=0, position=0, payload=payload, channel=channel, ts=str(message["ts"])
    )


def _of_event(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """What was said to the bot, or the Home tab that was opened."""
    event = body["event"]
    kind, channel, ts = event.get("type"), event.get("channel"), event.get("ts")
    said_to_us = event.get("channel_type") == "im" and not event.get("bot_id")
    if kind == "message" and not (said_to_us and event.get("subtype") in _WRITTEN):
        return None
    key = f"event:{body.get('event_id') or (channel, ts)}"
    if not event.get("user") or event.get("tab", "home") != "home":
        return None
    if kind == "app_home_opened":
        return {"key": key}
    files = tuple(str(file["id"]) for file in event.get("files") or () if file.get("id"))
    text = html.unescape(_MENTION.sub(" ", str(event.get("text") or ""))).strip()
    return {
        "channel": channel,
        "text": text or (_FILE_ALONE if files else ""),
        "key": key,
        "public": True,
        # A mention is answered in the thread where it stands, or in one of its own.
        "thread_ts": event.get("thread_ts") or (ts if kind == "app_mention" else None),
        "files": files,
    }


async def send(request: Request, reply: Reply, *, replace: bool = False) -> None:
    """Answer where the request was made: openly in a conversation, else to its actor alone.

    `replace` puts the first message in the place of the one that was clicked in.
    """
    if isinstance(reply, View):
        # Nothing slow may come before a modal: its trigger expires after three seconds.
        if reply.type == "home":
            await request.client.views_publish(user_id=request.actor, view=reply)
        else:
            await _open(request, reply)
        return
    if request.public:
        for message in reply:
            await _post(request, request.channel, message, request.thread_ts)
        return
    for number, message in enumerate(reply[:_RESPONSES]):
        if request.respond.response_url is not None:
            answer = await request.respond(
                text=message.text,
                blocks=message.blocks or None,
                response_type="ephemeral",
                replace_original=replace and number == 0,
                thread_ts=request.thread_ts,
                unfurl_links=False,
                unfurl_media=False,
            )
            if answer.status_code == HTTPStatus.OK:
                continue
            logger.warning("response url refused", extra={"status": answer.status_code})
        await _whisper(request, message)


async def _open(request: Request, view: View) -> None:
    """A modal; where its trigger is spent, which Slack lets live for three seconds, a sentence."""
    try:
        await request.client.views_open(trigger_id=request.trigger, view=view)
    except SlackApiError as error:
        if error.response.get("error") not in _SPENT_TRIGGER:
            raise
        logger.warning("form not opened", extra={"code": error.response.get("error")})
        await send(request, (late_form_message(),))


async def _whisper(request: Request, message: Message) -> None:
    """As an ephemeral message; outside any conversation as a direct message."""
    if request.channel is not None:
        try:
            await request.client.chat_postEphemeral(
                channel=request.channel,
                user=request.actor,
                text=message.text,
                blocks=message.blocks or None,
                thread_ts=request.thread_ts,
            )
        except SlackApiError as error:
            # Not a member of that channel, for one; a direct message always reaches the person.
            logger.info("ephemeral refused", extra={"code": error.response.get("error")})
        else:
            return
    opened = await request.client.conversations_open(users=request.actor)
    await _post(request, opened["channel"]["id"], message, None)


async def _post(
    request: Request, channel: str | None, message: Message, thread_ts: str | None
) -> None:
    """For everyone in a conversation, without unfurling links."""
    await request.client.chat_postMessage(
        channel=channel or "",
        text=message.text,
        blocks=message.blocks or None,
        thread_ts=thread_ts,
        unfurl_links=False,
        unfurl_media=False,
    )
