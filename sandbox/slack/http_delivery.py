"""Signed HTTP requests to the app's request URL, and falsified ones.

https://docs.slack.dev/apis/events-api/using-http-request-urls and
https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import asyncio
import hashlib
import hmac
import json
from enum import StrEnum
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout

from bot.domain.clock import Clock
from sandbox.slack.delivery import TIMEOUT, Delivery, Kind, Outcome
from sandbox.slack.errors import SandboxError
from sandbox.slack.model import JsonObject
from sandbox.slack.waiting import Timing

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"


class HttpDelivery:
    """Posts each payload to one URL, signed.

    Attributes:
        url: The request URL; None until it was verified.
        forgery: How to falsify the signatures from now on.
    """

    def __init__(self, *, secret: str, now: Clock, timing: Timing) -> None:
        self.url: str | None = None
        self.forgery = Forgery.NONE
        self._secret = secret
        self._now = now
        self._timing = timing
        self._session: ClientSession | None = None

    @property
    def ready(self) -> bool:
        """True when there is a request URL."""
        return self.url is not None

    async def until_ready(self) -> None:
        """Nothing to wait for: without a request URL an attempt fails at once."""

    async def verify(self, url: str, *, token: str, challenge: str) -> None:
        """Take a request URL into use after the handshake `url_verification`.

        Raises:
            SandboxError: When the app did not give the challenge back.
        """
        payload = {"token": token, "challenge": challenge, "type": "url_verification"}
        body = json.dumps(payload).encode()
        headers = {"Content-Type": _JSON, **self._signed(body)}
        async with self._client().post(url, data=body, headers=headers) as response:
            text = await response.text()
        if response.status != HTTPStatus.OK or challenge not in text:
            msg = (
                f"{url} answered the challenge with {response.status} {text[:80]!r}; "
                "it must give the challenge back"
            )
            raise SandboxError(msg)
        self.url = url

    async def attempt(
        self, delivery: Delivery, *, number: int, reason: str | None, timeout_s: float
    ) -> Outcome:
        """Post once; 2xx in time is the acknowledgement."""
        if self.url is None:
            return Outcome(acknowledged=False, ack_ms=0.0, reason="connection_failed")
        content_type, body = encode(delivery.kind, delivery.payload)
        headers = {"Content-Type": content_type, **self._signed(body)}
        if number:
            headers["X-Slack-Retry-Num"] = str(number)
            headers["X-Slack-Retry-Reason"] = reason or "unknown_error"
        began = self._timing.monotonic()
        why: str | None = None
        try:
            async with (
                asyncio.timeout(timeout_s),
                self._client().post(
                    self.url, data=body, headers=headers, allow_redirects=False
                ) as response,
            ):
                text = await response.text()
                return self._outcome(response, text, began)
        except TimeoutError:
            why = TIMEOUT
        except ClientError:
            why = "connection_failed"
        elapsed_ms = (self._timing.monotonic() - began) * 1000
        return Outcome(acknowledged=False, ack_ms=elapsed_ms, reason=why, route=self.url)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _outcome(self, response: ClientResponse, text: str, began: float) -> Outcome:
        taken = response.ok
        return Outcome(
            acknowledged=taken,
            ack_ms=(self._timing.monotonic() - began) * 1000,
            payload=read_answer(response.content_type, text) if taken else None,
            reason=None if taken else "http_error",
            status=response.status,
            no_retry=response.headers.get("X-Slack-No-Retry") == "1",
            route=str(response.url),
        )

    def _signed(self, body: bytes) -> dict[str, str]:
        seconds = int(self._now().timestamp())
        return signed_headers(self._secret, body, seconds=seconds, forgery=self.forgery)

    def _client(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=None))
        return self._session


def encode(kind: Kind, payload: JsonObject) -> tuple[str, bytes]:
    """Content type and body: JSON for events, form fields for all else.

    A command has a field for each value; an interaction has one field, `payload`, with JSON.
    """
    if kind is Kind.EVENT:
        return _JSON, json.dumps(payload).encode()
    fields = payload if kind is Kind.COMMAND else {"payload": json.dumps(payload)}
    return _FORM, urlencode(fields).encode()


def read_answer(content_type: str, text: str) -> JsonObject | str | None:
    """What the app sent with its acknowledgement: JSON, plain text, or None for nothing."""
    if not text.strip():
        return None
    if content_type == _JSON:
        try:
            parsed: JsonObject = json.loads(text)
        except ValueError:
            return text
        return parsed
    return text


# Slack tells apps to refuse requests older than five minutes; this is older.
STALE_S: Final = 60 * 6


class Forgery(StrEnum):
    """How the requests of the workspace are falsified."""

    NONE = "none"
    OTHER_KEY = "other_key"
    CHANGED_BODY = "changed_body"
    STALE = "stale"
    UNSIGNED = "unsigned"


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """The `X-Slack-Signature` of a raw body: HMAC-SHA256 over "v0:timestamp:body"."""
    base = b"v0:" + str(timestamp).encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def signed_headers(
    secret: str, body: bytes, *, seconds: int, forgery: Forgery = Forgery.NONE
) -> dict[str, str]:
    """The headers that prove, or pretend to prove, that a request comes from Slack.

    Args:
        secret: The app's signing secret.
        body: Exactly the bytes that are sent.
        seconds: The present moment, Unix seconds.
        forgery: What to falsify.
    """
    if forgery is Forgery.UNSIGNED:
        return {}
    at = seconds - STALE_S if forgery is Forgery.STALE else seconds
    key = f"not {secret}" if forgery is Forgery.OTHER_KEY else secret
    signed = body + b" " if forgery is Forgery.CHANGED_BODY else body
    return {"X-Slack-Request-Timestamp": str(at), "X-Slack-Signature": signature(key, at, signed)}
