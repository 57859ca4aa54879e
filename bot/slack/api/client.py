"""Calls of Slack's Web API: an answer, or an error of ours.

Posting is never repeated here. slack_sdk by default sends a request again when the connection
breaks (`AsyncConnectionErrorRetryHandler`), and a message whose answer was lost would then appear
twice. So there are two clients: `once` has no retry handlers and is for whatever makes a message
or is asked from within a delivery, which has its own retries; `repeated` is for plain reading.
"""

import asyncio
import logging
from collections.abc import Awaitable, Mapping

from pydantic import SecretStr
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.api.errors import CALL_FAULTS, garbled, translate

_LOGGER = f"{__name__}.http"


class WebApi:
    """The Web API for one token, by the two clients `once` and `repeated`.

    `repeated` sends a request again, once, after a 429 or a broken connection.
    """

    def __init__(self, client: AsyncWebClient, *, timeout_s: float) -> None:
        """Takes token, address and transport from `client`, which itself is not used."""
        # At DEBUG slack_sdk logs whole messages, which no log of ours may hold.
        logging.getLogger(_LOGGER).setLevel(logging.INFO)
        self.once = _like(client, retry_handlers=[])
        self.repeated = _like(
            client,
            retry_handlers=[
                AsyncConnectionErrorRetryHandler(max_retry_count=1),
                AsyncRateLimitErrorRetryHandler(max_retry_count=1),
            ],
        )
        self._timeout_s = timeout_s

    async def ask(self, method: str, call: Awaitable[AsyncSlackResponse]) -> Mapping[str, object]:
        """The answer to one call, not yet begun; any field of it may be missing.

        Raises:
            DeliveryError: One of its classes; see `bot.slack.api.errors`.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await call
        except CALL_FAULTS as error:
            raise translate(error, method=method) from error
        if not isinstance(response.data, Mapping):
            raise garbled(method)
        return response.data


def text_field(data: Mapping[str, object], name: str) -> str | None:
    """A text field that may be missing, empty or of another kind: then None."""
    value = data.get(name)
    return value if isinstance(value, str) and value else None


def part(data: Mapping[str, object], name: str) -> Mapping[str, object]:
    """An object inside an answer; empty where it is missing or of another kind."""
    value = data.get(name)
    return value if isinstance(value, Mapping) else {}


async def open_direct(api: WebApi, user_id: str) -> str:
    """The direct message with a person; raises `DeliveryError`."""
    answer = await api.ask("conversations.open", api.once.conversations_open(users=user_id))
    found = text_field(part(answer, "channel"), "id")
    if found is None:
        raise garbled("conversations.open")
    return found


def _like(client: AsyncWebClient, *, retry_handlers: list[AsyncRetryHandler]) -> AsyncWebClient:
    """A client with the same token, address and transport, and other retry handlers."""
    return AsyncWebClient(
        token=client.token,
        base_url=client.base_url,
        timeout=client.timeout,
        ssl=client.ssl,
        proxy=client.proxy,
        session=client.session,
        trust_env_in_session=client.trust_env_in_session,
        headers=dict(client.headers),
        team_id=client.default_params.get("team_id"),
        logger=logging.getLogger(_LOGGER),
        retry_handlers=retry_handlers,
    )


def web_client(token: SecretStr | None, api_url: str) -> AsyncWebClient:
    """A client that waits when Slack says that it is asked too often."""
    client = AsyncWebClient(token=token.get_secret_value() if token else None, base_url=api_url)
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=2))
    return client
