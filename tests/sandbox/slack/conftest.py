"""A pretend workspace for each test, with a clock that stands still until it is moved."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SandboxSlack, Timing


class HeldClock:
    """Shows one moment until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime(2019, 2, 27, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **span: float) -> None:
        self.moment += timedelta(**span)


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def slack(clock: HeldClock) -> AsyncIterator[SandboxSlack]:
    timing = Timing(retry_delays_s=(0.0, 0.02, 0.04), close_after_s=0.3)
    async with SandboxSlack.start(now=clock, timing=timing) as running:
        yield running


@pytest.fixture
async def hasty(clock: HeldClock) -> AsyncIterator[SandboxSlack]:
    """A workspace that waits just half a second for an acknowledgement."""
    timing = Timing(ack_timeout_s=0.5, retry_delays_s=(0.0, 0.02, 0.04))
    async with SandboxSlack.start(now=clock, timing=timing) as running:
        yield running


@pytest.fixture
def client(slack: SandboxSlack) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)


@pytest.fixture
def app(slack: SandboxSlack, client: AsyncWebClient) -> AsyncApp:
    return AsyncApp(client=client, signing_secret=slack.signing_secret)


@asynccontextmanager
async def socket_mode(
    app: AsyncApp, slack: SandboxSlack, *, ping_interval: float = 0.1
) -> AsyncIterator[AsyncSocketModeHandler]:
    """The app connected over Socket Mode."""
    before = slack.sockets
    handler = AsyncSocketModeHandler(app, slack.app_token, ping_interval=ping_interval)
    await handler.connect_async()
    await slack.connected(before + 1)
    try:
        yield handler
    finally:
        await handler.close_async()


@asynccontextmanager
async def http_app(app: AsyncApp) -> AsyncIterator[str]:
    """The app behind a request URL on loopback."""

    async def events(request: web.Request) -> web.StreamResponse:
        response = await app.async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(response)

    async with web_server(events) as url:
        yield url


@asynccontextmanager
async def web_server(handler) -> AsyncIterator[str]:
    """Any handler behind a request URL on loopback."""

    async def serve(request: web.Request) -> web.StreamResponse:
        return await handler(request)

    served = web.Application()
    served.router.add_post("/slack/events", serve)
    runner = web.AppRunner(served, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        yield f"http://127.0.0.1:{port}/slack/events"
    finally:
        await runner.cleanup()


@pytest.fixture
async def slack_now() -> AsyncIterator[SandboxSlack]:
    """A workspace on the real clock, for apps that check the age of signatures."""
    async with SandboxSlack.start() as running:
        yield running


@pytest.fixture
def bolt_now(slack_now: SandboxSlack) -> AsyncApp:
    client = AsyncWebClient(token=slack_now.bot_token, base_url=slack_now.api_url)
    return AsyncApp(client=client, signing_secret=slack_now.signing_secret)
