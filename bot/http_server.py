"""What is served over HTTP: Slack's signed requests, and how the bot fares.

Anybody may knock. What Slack did not sign is not even parsed; whatever is refused is one line in
the log, without a word of the body.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import parse_qs

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.health import HealthCheck

logger = logging.getLogger(__name__)

EVENTS_PATH: Final = "/slack/events"
# Kubernetes' words: take the whole truth, restart me, send me requests
# (https://kubernetes.io/docs/reference/using-api/health-checks/).
HEALTH_PATH, LIVE_PATH, READY_PATH = "/healthz", "/livez", "/readyz"
_NEEDED_TO_ANSWER: Final = ("database", "slack")
_MAX_REQUEST_BYTES: Final = 1024 * 1024
_BODY_S: Final = 10  # for a whole body; Slack gives up after three seconds
_CLOSE_S: Final = 1  # for requests under way at the end, which are acknowledged at once
_SHOWN: Final = 100  # characters of a method or path, in the log
_SSL_CHECK_BYTES: Final = 1024

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def is_signed(verifier: SignatureVerifier, *, body: bytes, timestamp: str, signature: str) -> bool:
    """Whether Slack signed this body in the last five minutes, whatever the headers hold.

    https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    try:
        return verifier.is_valid(body, timestamp, signature)
    except (ValueError, TypeError, OverflowError):
        # A timestamp that is no number, or one beyond all bounds; a signature that is not ASCII; a
        # body that is not UTF-8. Slack sends none of these.
        return False


def slack_door(app: AsyncApp, signing_secret: str) -> Handler:
    """Answers Slack's requests.

    Bolt would parse a body before it verifies it, and log the whole of one that is not signed, so
    both are done here.
    """
    verifier = SignatureVerifier(signing_secret)

    async def answer(request: web.Request) -> web.StreamResponse:
        body = await _body_of(request)
        if _is_ssl_check(body):
            return web.Response()
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if not is_signed(verifier, body=body, timestamp=timestamp, signature=signature):
            raise web.HTTPUnauthorized
        try:
            asked = AsyncBoltRequest(
                body=body.decode(),
                query=request.query_string,
                headers=dict(request.headers),
            )
            told = await app.async_dispatch(asked)
        except Exception as error:
            # Of a body of any shape and depth. What our listeners raise does not come here: Bolt
            # hands it to our handler of errors. It fails itself where it cannot tell the parts of a
            # payload, even when it wants to hand over just that.
            raise web.HTTPBadRequest from error
        answered: web.Response = await to_aiohttp_response(told)
        return answered

    return answer


async def _body_of(request: web.Request) -> bytes:
    """The whole body; raises an HTTP error where it is too long, too slow or garbled."""
    try:
        async with asyncio.timeout(_BODY_S):
            return await request.read()
    except web.HTTPException:
        raise
    except Exception as error:  # chunks that cannot be read, or the sender went away
        raise web.HTTPBadRequest from error


def _is_ssl_check(body: bytes) -> bool:
    """Whether it only looks at our certificate, which Slack does with or without a signature.

    https://docs.slack.dev/interactivity/implementing-slash-commands
    """
    if len(body) > _SSL_CHECK_BYTES:
        return False
    return parse_qs(body.decode("latin-1")).get("ssl_check") == ["1"]


@asynccontextmanager
async def http_server(
    health: HealthCheck,
    *,
    port: int,
    slack: Handler | None = None,
    host: str = "0.0.0.0",  # noqa: S104 - Slack comes from outside
) -> AsyncIterator[int]:
    """Health checks, and with `slack` its requests at `/slack/events`; gives the port."""

    async def tell(places: tuple[str, ...] | None) -> web.Response:
        found = (await health.ask()).as_json(places)
        return web.json_response(found, status=200 if found["ok"] else 503)

    async def fares(_request: web.Request) -> web.Response:
        return await tell(None)

    async def ready(_request: web.Request) -> web.Response:
        return await tell(_NEEDED_TO_ANSWER)

    async def lives(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    server = web.Application(client_max_size=_MAX_REQUEST_BYTES, middlewares=[_in_one_line])
    server.router.add_get(HEALTH_PATH, fares)
    server.router.add_get(READY_PATH, ready)
    server.router.add_get(LIVE_PATH, lives)
    if slack is not None:
        server.router.add_post(EVENTS_PATH, slack)
    runner = web.AppRunner(
        server,
        access_log=None,
        handle_signals=False,
        logger=_protocol,
        auto_decompress=False,  # Slack compresses nothing
        shutdown_timeout=_CLOSE_S,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        bound: int = runner.addresses[0][1]
        logger.info("serving HTTP", extra={"port": bound, "slack": slack is not None})
        yield bound
    finally:
        await runner.cleanup()
        await health.aclose()


@web.middleware
async def _in_one_line(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Logs what is refused: who, what and how long, and nothing of the body."""
    try:
        return await handler(request)
    except web.HTTPException as refused:
        fields = {
            "status": refused.status,
            "method": request.method[:_SHOWN],
            "path": request.path[:_SHOWN],
            "from": request.remote,
            "length": request.content_length,
        }
        if refused.__cause__ is not None:
            fields["error"] = type(refused.__cause__).__name__
        logger.warning("request refused", extra=fields)
        raise


class _OneLine(logging.Filter):
    """Makes one line of aiohttp's traceback for what is not even HTTP."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, web.RequestPayloadError | ConnectionError):
            return False  # of a body; `_in_one_line` has said it
        if isinstance(error, HttpProcessingError):
            record.msg, record.args, record.exc_info = "request refused", (), None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            vars(record).update(status=error.code, error=type(error).__name__)
        return True


_protocol = logging.getLogger(f"{__name__}.protocol")
_protocol.addFilter(_OneLine())
