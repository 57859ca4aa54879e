"""What every request passes in Bolt: one value for it, no second answer, an answer to each error.

Reading a request waits for nothing. A listener acknowledges it first; only then is the ledger asked
whether it was answered before.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from slack_bolt.async_app import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from bot.domain.errors import BriefingError
from bot.logs import new_reference
from bot.slack.messages.notes import apology_message, error_message
from bot.slack.modals.inputs import ViewValues
from handlers.request import (
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


class Middleware:
    """Reads requests, passes over repeated ones, and answers errors."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def listener(self, listener: Listener) -> Callable[..., Awaitable[None]]:
        """Bolt's listener: acknowledges, passes over what was answered before, answers."""

        async def listen(ack: AsyncAck, context: AsyncBoltContext, body: dict[str, Any]) -> None:
            request = context[_REQUEST] = read_request(body, context, self._services)
            form: tuple[object, ...] = ()
            if isinstance(listener, Modal):
                form = (listener.read(ViewValues.parse(body["view"]["state"]["values"])),)
                if isinstance(form[0], Mapping):
                    await ack(response_action="errors", errors=dict(form[0]))
                    return
            await ack()
            if request is None:
                return
            # Bolt takes an acknowledgement back that was not yet sent when its listener fails.
            try:
                if request.key is not None and not await self._services.first_time(
                    request.key, at=self._services.clock(), keep=_REPEATED_FOR
                ):
                    return
                reply = await listener.run(request, self._services, *form)
                replace = isinstance(listener, Button) and listener.replaces
                await send(request, reply, replace=replace)
            except Exception as error:  # noqa: BLE001 - every error is answered
                await self.answer_error(error, context, body)

        return listen

    async def answer_error(
        self, error: Exception, context: AsyncBoltContext, body: dict[str, Any]
    ) -> None:
        """A known error is answered in its own words, an unknown one with a reference.

        The log has the whole of an unknown error under the same reference. It is also Bolt's
        handler of errors before the acknowledgement.
        """
        request: Request | None = context.get(_REQUEST)
        silent = request is None or (body.get("event") or {}).get("type") == _HOME_OPENED
        if isinstance(error, AskBackError):
            message = error.message
        elif isinstance(error, BriefingError) and not silent:
            message = error_message(error)
        else:
            reference = new_reference()
            fields = {"reference": reference, "type": body.get("type")}
            logger.error("request failed", exc_info=error, extra=fields)
            message = apology_message(reference)
        if request is None or silent:
            return
        try:
            await send(request, (message,))
        except Exception:  # the last resort: nobody is left to answer
            logger.exception("answer not sent", extra={"type": body.get("type")})
