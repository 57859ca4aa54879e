"""Bolt, and what every request passes in it: one value, no second answer, an answer to each error.

Reading a request waits for nothing. A listener acknowledges it first; only then is the ledger asked
whether it was answered before.
"""

import asyncio
import logging
import re
import traceback
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import BriefingError, InputError
from bot.logs import new_reference
from bot.slack.api.gateway import SlackGateway
from bot.slack.messages.blocks import Message
from bot.slack.messages.notes import (
    apology_message,
    away_message,
    error_message,
    stopped_message,
)
from bot.slack.modals.inputs import ViewValues
from handlers.request import (
    OF_THE_PERSON,
    AskBackError,
    Button,
    Listener,
    Modal,
    Request,
    read_request,
    send,
)
from handlers.services import Services

logger = logging.getLogger(__name__)

_REQUEST: Final = "briefing_request"  # in Bolt's context
_REPEATED_FOR: Final = timedelta(hours=1)  # for some minutes Slack may send a request again
_HOME_OPENED: Final = "app_home_opened"  # nobody waits for words, so an error is only logged
# What reading a payload raises that is not as Slack documents it.
_MALFORMED: Final = (LookupError, TypeError, ValueError, AttributeError, InputError)
_EXCUSE_S: Final = 1.0  # for the sentence of an answer that is broken off
_WORD: Final = re.compile(r"[a-z_]{1,40}|[A-Z0-9]{1,20}")


def bolt_app(client: AsyncWebClient, slack: SlackGateway) -> AsyncApp:
    """Bolt's app without listeners.

    It does not verify signatures: over HTTP `bot.http_server.slack_door` does so before a body is
    parsed, and Socket Mode has none.

    Args:
        client: With the token for answers.
        slack: Knows whose the token is. By itself Bolt would ask Slack at the first request, before
            it is acknowledged.
    """

    async def authorize() -> AuthorizeResult:
        ours = slack.last_identity or await slack.identity()
        return AuthorizeResult(
            enterprise_id=None,
            team_id=ours.team_id,
            bot_id=ours.bot_id,
            bot_user_id=ours.user_id,
            bot_token=client.token,
        )

    return AsyncApp(
        # With a token Bolt does not call `authorize`.
        client=AsyncWebClient(base_url=client.base_url, retry_handlers=client.retry_handlers),
        authorize=authorize,
        request_verification_enabled=False,
        # Else Bolt logs parts of what nothing answers, with advice over many lines.
        raise_error_for_unhandled_request=True,
    )


class Middleware:
    """Reads requests, passes over repeated ones, and answers errors."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._answering: set[asyncio.Task[Any]] = set()

    async def read(
        self,
        request: AsyncBoltRequest,
        context: AsyncBoltContext,
        body: dict[str, Any],
        next: Callable[[], Awaitable[object]],  # noqa: A002 - Bolt goes by this name
    ) -> BoltResponse | None:
        """Bolt's middleware: reads the request for its listener, and refuses other workspaces'."""
        authorized = context.authorize_result
        ours, theirs = authorized and authorized.team_id, context.team_id
        if theirs is None:
            raise LookupError("team")  # every payload of Slack's has it
        if theirs != ours:
            fields = {"team": _word(theirs), "type": _type_of(body)}
            logger.warning("request of another workspace refused", extra=fields)
            # Over Socket Mode it is acknowledged all the same, else Slack sends it again.
            is_http = request.mode == "http"
            return BoltResponse(status=HTTPStatus.UNAUTHORIZED if is_http else HTTPStatus.OK)
        context[_REQUEST] = read_request(body, context, self._services)
        await next()
        return None

    def listener(self, listener: Listener) -> Callable[..., Awaitable[None]]:
        """Bolt's listener: acknowledges, passes over what was answered before, answers."""

        async def listen(ack: AsyncAck, context: AsyncBoltContext, body: dict[str, Any]) -> None:
            request: Request | None = context[_REQUEST]
            # Bolt takes an acknowledgement back that was not yet sent when its listener fails.
            form: tuple[object, ...] = ()
            failed: Exception | None = None
            try:
                if isinstance(listener, Modal) and request is not None:
                    form = (listener.read(request.inputs or ViewValues({})),)
            except Exception as error:  # noqa: BLE001 - every error is answered
                failed = error
            if form and isinstance(form[0], Mapping):
                await ack(response_action="errors", errors=dict(form[0]))
                return
            await ack()
            if request is None:
                return
            task = asyncio.current_task()
            assert task is not None  # noqa: S101 - an async function runs in one
            self._answering.add(task)
            try:
                if failed is not None:
                    await self.answer_error(failed, context, body)
                else:
                    await self._answer(request, listener, form)
            except asyncio.CancelledError:  # see `finish`
                if not _is_home(body):
                    await _excuse(request, {"type": _type_of(body)})
                raise
            except Exception as error:  # noqa: BLE001 - every error is answered
                await self.answer_error(error, context, body)
            finally:
                self._answering.discard(task)

        return listen

    async def finish(self, *, grace: timedelta) -> None:
        """Waits for the answers under way; after `grace` the rest is broken off with a sentence.

        To be called when no more requests come in.
        """
        if self._answering:
            await asyncio.wait(set(self._answering), timeout=grace.total_seconds())
        late = set(self._answering)
        for task in late:
            task.cancel()
        if late:
            logger.warning("answers broken off", extra={"answers": len(late)})
            await asyncio.wait(late, timeout=2 * _EXCUSE_S)

    async def answer_error(
        self, error: Exception, context: AsyncBoltContext, body: dict[str, Any]
    ) -> BoltResponse | None:
        """A known error is answered in its own words, an unknown one with a reference.

        The log has the whole of an unknown error under the same reference. It is also Bolt's
        handler of errors before the acknowledgement; what it gives is then what Slack is told.
        """
        fields = {"type": _type_of(body)}
        if isinstance(error, BoltUnhandledRequestError):
            logger.warning("request that nothing answers", extra=fields)
            return BoltResponse(status=HTTPStatus.NOT_FOUND)
        if _REQUEST not in context and isinstance(error, _MALFORMED):
            *_, last = traceback.extract_tb(error.__traceback__)
            at = f"{Path(last.filename).name}:{last.lineno}"
            fields |= {"error": type(error).__name__, "at": at}
            logger.warning("request not understood", extra=fields)
            return BoltResponse(status=HTTPStatus.BAD_REQUEST)
        request: Request | None = context.get(_REQUEST)
        silent = request is None or _is_home(body)
        if isinstance(error, AskBackError):
            message = error.message
        elif isinstance(error, OF_THE_PERSON) and not silent:
            message = error_message(error)
        else:
            message = _referred(error, fields)
        if request is not None and not silent:
            await _send_last(request, message, fields)
        return None

    async def _answer(self, request: Request, listener: Listener, form: tuple[object, ...]) -> None:
        """Answers, unless that was done before."""
        services = self._services
        if request.key is not None and not await services.first_time(
            request.key, at=services.clock(), keep=_REPEATED_FOR
        ):
            return
        reply = await listener.run(request, services, *form)
        replace = isinstance(listener, Button) and listener.replaces
        await send(request, reply, replace=replace)


def _referred(error: Exception, fields: Mapping[str, str]) -> Message:
    """The answer to an error that is not the person's: a reference, under which the log has it."""
    reference = new_reference()
    fields = {"reference": reference, **fields}
    if isinstance(error, BriefingError):  # a sentence, with names of this machine
        logger.error("request failed", extra={**fields, "why": str(error)})
        return away_message(reference)
    if isinstance(error, SlackApiError):  # its code says it all
        logger.error("request failed", extra={**fields, "code": error.response.get("error")})
        return apology_message(reference)
    logger.error("request failed", exc_info=error, extra=fields)
    return apology_message(reference)


async def _send_last(request: Request, message: Message, fields: Mapping[str, str]) -> None:
    try:
        await send(request, (message,))
    except SlackApiError as error:  # the channel is gone, for one
        logger.warning("answer not sent", extra={**fields, "code": error.response.get("error")})
    except Exception:  # the last resort: nobody is left to answer
        logger.exception("answer not sent", extra=fields)


async def _excuse(request: Request, fields: Mapping[str, str]) -> None:
    """Says that the answer was broken off, unless Slack is too slow even for that."""
    try:
        async with asyncio.timeout(_EXCUSE_S):
            await _send_last(request, stopped_message(), fields)
    except TimeoutError:
        logger.warning("answer not sent", extra={**fields, "code": "timeout"})


def _type_of(body: Mapping[str, Any]) -> str:
    """What kind of payload it says it is, for the log."""
    return _word(body.get("type"))


def _word(value: object) -> str:
    """A word of Slack's, for the log; whatever else stands in its place does not go there."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else "unknown"


def _is_home(body: Mapping[str, Any]) -> bool:
    return (body.get("event") or {}).get("type") == _HOME_OPENED
