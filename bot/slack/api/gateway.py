"""Slack as delivery and the handlers need it: messages out, messages looked up, people.

A post is never repeated here: what became of a message without an answer is worked out by
`bot.delivery`, which has it looked up by its metadata first. That needs channels:history,
groups:history and im:history (https://docs.slack.dev/messaging/message-metadata).
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.ports import Posted
from bot.domain.clock import Clock
from bot.domain.errors import (
    DeliveryError,
    DeliveryUnknownError,
    TargetGoneError,
    WorkspaceGoneError,
)
from bot.domain.subscription import Json
from bot.slack.api.client import WebApi, open_direct, part, text_field
from bot.slack.api.errors import garbled

EVENT_TYPE: Final = "briefing_delivery"  # of the metadata that marks our deliveries
_HISTORY_PAGE: Final = 200  # messages asked for in one page; Slack may give fewer
_MAX_PAGES: Final = 50  # a lookup that has not come to the end by then gives up
_MAX_REMEMBERED: Final = 1_000  # direct messages and people kept in memory
# For all pages of one lookup; with the reserve of delivery it must fit into a delivery's lease.
_LOOKUP_TIMEOUT_S: Final = 60.0
_REMEMBERED_FOR: Final = timedelta(hours=1)  # an answer of users.info or users.list
# Of users.list: members a page, pages read, and admins kept.
_PAGE, _MOST_PAGES, _MOST_ADMINS = 200, 50, 20

V = TypeVar("V")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """What tells one message of a delivery from all others."""

    key: str
    position: int

    def metadata(self) -> dict[str, object]:
        """As chat.postMessage takes it."""
        payload = {"key": self.key, "position": self.position}
        return {"event_type": EVENT_TYPE, "event_payload": payload}

    def is_on(self, message: Mapping[str, object], *, bot_id: str | None) -> bool:
        """Whether `message` bears it and is ours.

        Any app may set any metadata, so a message of another bot does not count; `bot_id` is our
        own, None while unknown.
        """
        author = message.get("bot_id")
        if bot_id is not None and author is not None and author != bot_id:
            return False
        metadata = part(message, "metadata")
        payload = part(metadata, "event_payload")
        is_delivery = metadata.get("event_type") == EVENT_TYPE and payload.get("key") == self.key
        return is_delivery and str(payload.get("position")) == str(self.position)


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Who the token is, by auth.test; None where Slack did not say."""

    team_id: str
    team: str | None
    bot_id: str | None
    user_id: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A member, by users.info."""

    timezone: str | None  # IANA name; None where Slack did not say
    is_admin: bool  # an admin or owner of the workspace


class SlackGateway:
    """Slack's Web API for one token; a `bot.delivery.ports.Poster`.

    Attributes:
        last_identity: Who the token is, as Slack said last; None before it was asked.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        *,
        clock: Clock,
        call_timeout: timedelta = timedelta(seconds=20),
    ) -> None:
        """Makes a gateway with the token and address of `client`, which itself is not used.

        `call_timeout` is the longest that one request may take; the reserve of delivery must be
        longer than three of them.
        """
        self._api = WebApi(client, timeout_s=call_timeout.total_seconds())
        self._clock = clock
        self._direct: dict[str, str] = {}
        self._people: dict[str, tuple[datetime, Person]] = {}
        self._admins: tuple[datetime, tuple[str, ...]] | None = None
        self.last_identity: Identity | None = None

    async def post(
        self, target: str, payload: Json, *, thread_ts: str | None, key: str, position: int
    ) -> Posted:
        """Posts one message, once; see `Poster.post`. Links are never unfurled."""
        try:
            channel = await self._channel_of(target)
            answer = await self._api.ask(
                "chat.postMessage",
                self._api.once.chat_postMessage(
                    channel=channel,
                    text=str(payload.get("text") or ""),
                    blocks=payload.get("blocks"),  # type: ignore[arg-type]
                    thread_ts=thread_ts,
                    metadata=Mark(key=key, position=position).metadata(),
                    unfurl_links=False,
                    unfurl_media=False,
                ),
            )
        except WorkspaceGoneError as gone:
            raise await self._blamed(target, gone) from gone
        except TargetGoneError:
            self._direct.pop(target, None)
            raise
        ts = text_field(answer, "ts")
        if ts is None:
            raise garbled("chat.postMessage")
        return Posted(channel=text_field(answer, "channel") or channel, ts=ts)

    async def edit(self, channel: str, ts: str, payload: Json) -> None:
        """Puts another text and other blocks into a message of ours.

        Raises:
            DeliveryError: Slack refused, or gave no usable answer.
        """
        call = self._api.repeated.chat_update(
            channel=channel,
            ts=ts,
            text=str(payload.get("text") or ""),
            blocks=payload.get("blocks"),  # type: ignore[arg-type]
        )
        await self._api.ask("chat.update", call)

    async def read(self, channel: str, ts: str) -> Json:
        """Text and blocks of one message as Slack shows it now.

        Raises:
            DeliveryError: It is gone, Slack refused, or gave no usable answer.
        """
        call = self._api.repeated.conversations_replies(channel=channel, ts=ts, limit=1)
        answer = await self._api.ask("conversations.replies", call)
        messages = answer.get("messages")
        found = messages[0] if isinstance(messages, list) and messages else None
        if not isinstance(found, Mapping) or found.get("ts") != ts:
            raise garbled("conversations.replies")
        return {"text": str(found.get("text") or ""), "blocks": found.get("blocks") or []}

    async def find(
        self, target: str, key: str, position: int, *, thread_ts: str | None, since: datetime
    ) -> Posted | None:
        """The message with that mark, from the history or the thread; see `Poster.find`."""
        try:
            async with asyncio.timeout(_LOOKUP_TIMEOUT_S):
                channel = await self._channel_of(target)
                mark = Mark(key=key, position=position)
                return await self._search(channel, mark, thread_ts=thread_ts, since=since)
        except TimeoutError as error:
            raise DeliveryUnknownError(
                "Looking a message up in Slack's history took too long.", code="timeout"
            ) from error
        except WorkspaceGoneError as gone:
            if gone.code in {"missing_scope", "not_allowed_token_type"}:
                raise DeliveryError(str(gone), code="missing_scope") from gone
            raise await self._blamed(target, gone) from gone

    async def _search(
        self, channel: str, mark: Mark, *, thread_ts: str | None, since: datetime
    ) -> Posted | None:
        """The message with that mark; None only after the certain end of history or thread."""
        api, cursor = self._api.once, None
        bot_id = self.last_identity.bot_id if self.last_identity else None
        for _ in range(_MAX_PAGES):
            page: dict[str, Any] = {
                "oldest": f"{since.timestamp():.6f}",
                "inclusive": True,
                "include_all_metadata": True,
                "limit": _HISTORY_PAGE,
                "cursor": cursor,
            }
            if thread_ts is None:  # the history holds messages outside threads alone
                call = api.conversations_history(channel=channel, **page)
                answer = await self._api.ask("conversations.history", call)
            else:
                call = api.conversations_replies(channel=channel, ts=thread_ts, **page)
                answer = await self._api.ask("conversations.replies", call)
            messages = answer.get("messages")
            if not isinstance(messages, list):
                raise garbled("conversations.history")
            for message in messages:
                if isinstance(message, Mapping) and mark.is_on(message, bot_id=bot_id):
                    return Posted(channel=channel, ts=str(message.get("ts")))
            cursor = _next_cursor(answer)
            if cursor is None and answer.get("has_more") is True:
                raise garbled("conversations.history")
            if cursor is None:
                return None
        raise DeliveryUnknownError(
            "The channel's history is too long to look a message up in.", code="history_too_long"
        )

    async def identity(self) -> Identity:
        """Who the token is; raises `WorkspaceGoneError` when it is worth nothing."""
        answer = await self._api.ask("auth.test", self._api.repeated.auth_test())
        team_id = text_field(answer, "team_id")
        if team_id is None:
            raise garbled("auth.test")
        self.last_identity = Identity(
            team_id=team_id,
            team=text_field(answer, "team"),
            bot_id=text_field(answer, "bot_id"),
            user_id=text_field(answer, "user_id"),
        )
        return self.last_identity

    async def person(self, user_id: str) -> Person:
        """A member; the answer is remembered for a while.

        Raises:
            TargetGoneError: There is no such person, or the app may not see them.
            DeliveryError: Slack gave no usable answer.
        """
        now = self._clock()
        known = self._people.get(user_id)
        if known is not None and now - known[0] < _REMEMBERED_FOR:
            return known[1]
        answer = await self._api.ask("users.info", self._api.repeated.users_info(user=user_id))
        user = part(answer, "user")
        if not user:
            raise garbled("users.info")
        person = Person(timezone=text_field(user, "tz"), is_admin=_is_admin(user))
        _remember(self._people, user_id, (now, person))
        return person

    async def admins(self) -> tuple[str, ...]:
        """Ids of the workspace's active admins and owners, at most 20; remembered for a while.

        Raises:
            DeliveryError: Slack gave no usable answer.
        """
        now = self._clock()
        if self._admins is not None and now - self._admins[0] < _REMEMBERED_FOR:
            return self._admins[1]
        found: list[str] = []
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            answer = await self._api.ask(
                "users.list", self._api.repeated.users_list(limit=_PAGE, cursor=cursor)
            )
            members = answer.get("members")
            if not isinstance(members, Sequence):
                raise garbled("users.list")
            found += [id_ for member in members if (id_ := _admin_id(member)) is not None]
            cursor = _next_cursor(answer)
            if cursor is None or len(found) >= _MOST_ADMINS:
                break
        self._admins = (now, tuple(found[:_MOST_ADMINS]))
        return self._admins[1]

    async def _channel_of(self, target: str) -> str:
        """The conversation of `target`: itself, or the direct message with a person."""
        if not _is_person(target):
            return target
        if target in self._direct:
            return self._direct[target]
        try:
            found = await open_direct(self._api, target)
        except DeliveryUnknownError as error:  # of the opening; no message was posted
            raise DeliveryError(str(error), code=error.code) from error
        except WorkspaceGoneError as gone:
            if gone.code == "missing_scope":  # im:write; channels can still be written to
                raise TargetGoneError(str(gone), code=gone.code) from gone
            raise
        _remember(self._direct, target, found)
        return found

    async def _blamed(self, target: str, gone: WorkspaceGoneError) -> DeliveryError:
        """Whose fault it is: `account_inactive` may mean the person written to, or our token."""
        if gone.code != "account_inactive" or not _is_person(target):
            return gone
        try:
            await self.identity()
        except DeliveryError:
            return gone
        return TargetGoneError("The person's account is deactivated.", code=gone.code)


def _admin_id(member: object) -> str | None:
    """The id of a member who is an admin or owner, active and no bot; None for others."""
    if not isinstance(member, Mapping) or not _is_admin(member):
        return None
    is_active = member.get("deleted") is not True and member.get("is_bot") is not True
    return text_field(member, "id") if is_active else None


def _is_admin(member: Mapping[str, object]) -> bool:
    return member.get("is_admin") is True or member.get("is_owner") is True


def _next_cursor(answer: Mapping[str, object]) -> str | None:
    """Where the next page begins; None on the last (https://docs.slack.dev/apis/web-api/pagination)."""
    return text_field(part(answer, "response_metadata"), "next_cursor")


def _is_person(target: str) -> bool:
    return target.startswith(("U", "W"))


def _remember(memory: dict[str, V], key: str, value: V) -> None:
    """Keeps it, and lets the oldest go when there are too many."""
    memory.pop(key, None)
    memory[key] = value
    while len(memory) > _MAX_REMEMBERED:
        del memory[next(iter(memory))]
