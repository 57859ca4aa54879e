"""The real bot, whole, against the pretend Slack and the pretend newsroom."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from bot.bootstrap import Bot, open_bot
from bot.health import HealthCheck
from bot.http_server import http_server, slack_door
from bot.jobs import Duties, JobName
from bot.serve import running
from bot.settings import Settings
from sandbox.feed_server import FeedServer
from sandbox.slack import SandboxSlack
from tests.app.feed_admin import NEWS, OPML, PAGE
from tests.conftest import administer
from tests.ingest.serving import Server, redirect, reply, serving

ROOT = Path(__file__).parents[2]
SEEN = datetime(2018, 8, 1, 12, tzinfo=UTC)
# Jobs are nudged by the tests; only sending and files wake by themselves.
EVERY = {
    JobName.POLL: timedelta(hours=1),
    JobName.DIGESTS: timedelta(hours=1),
    JobName.SEND: timedelta(seconds=1),
    JobName.FILES: timedelta(milliseconds=200),
}


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass
class House:
    slack: SandboxSlack
    newsroom: FeedServer
    bot: Bot
    clock: Clock
    feeds_file: Path
    http_url: str | None = None

    async def poll(self):
        return await self.bot.core.poller.run(self.bot.core.workspace, everything=True)

    async def ask(self, text: str, *, user: str = "analyst", channel: str = "summit-desk"):
        """Run `/briefing` and give the answer's messages and the delivery."""
        before = len(self.slack.ephemerals(user))
        delivery = await self.slack.command(
            user=user, channel=channel, command="/briefing", text=text
        )
        await self.slack.wait_for(lambda s: len(s.ephemerals(user)) > before)
        return self.slack.ephemerals(user)[before:], delivery


def take_away(server: str, database_url: str) -> None:
    """Ends all sessions, and lets none begin."""
    name = urlsplit(database_url).path.strip("/")
    administer(server, "ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )


Opening = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture
def open_house(tmp_path: Path) -> Opening:
    """Opens the whole house; `http=True` serves signed HTTP instead of Socket Mode."""

    @asynccontextmanager
    async def opened(
        *,
        http: bool = False,
        database_url: str | None = None,
        now: datetime = SEEN,
        named_admins: bool = True,
    ) -> AsyncIterator[House]:
        clock = Clock(now)
        feeds = tmp_path / "feeds.yaml"
        async with SandboxSlack.start() as slack, FeedServer.start(clock=clock) as newsroom:
            feeds.write_text(newsroom.feeds_yaml(), encoding="utf-8")
            settings = Settings(
                _env_file=None,
                slack_bot_token=slack.bot_token,
                slack_app_token=None if http else slack.app_token,
                slack_signing_secret=slack.signing_secret,
                slack_api_url=slack.api_url,
                database_url=database_url or f"sqlite:///{tmp_path / 'house.db'}",
                feeds_file=feeds,
                commitments_file=ROOT / "commitments.yaml",
                briefing_admins=slack.users["admin"] if named_admins else "",
                briefing_allow_networks="127.0.0.0/8",
            )
            duties = Duties(every=EVERY, post_interval_s=0)
            async with open_bot(settings, duties, clock=clock) as bot:
                house = House(slack, newsroom, bot, clock, feeds)
                if http:
                    health = HealthCheck(bot.core.ledger, bot.scheduler.last_runs, clock=clock)
                    door = slack_door(bot.app, slack.signing_secret)
                    serving = http_server(health, port=0, slack=door, host="127.0.0.1")
                    async with serving as port:
                        house.http_url = f"http://127.0.0.1:{port}"
                        await slack.use_http(f"{house.http_url}/slack/events")
                        yield house
                else:
                    async with running(bot, settings):
                        await slack.connected()
                        yield house

    return opened


@pytest.fixture(autouse=True)
def _no_progress_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is slow, and "Looking at ..." would come before the answer that is awaited."""
    monkeypatch.setattr("handlers.feeds._SOON", timedelta(seconds=30))


@pytest.fixture(autouse=True)
def _files_rest_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits ten seconds for an edit by hand."""
    monkeypatch.setattr("bot.config.yaml.QUIET_S", 0)


@pytest.fixture
async def house(open_house: Opening) -> AsyncIterator[House]:
    async with open_house() as opened:
        yield opened


@pytest.fixture
async def feeds() -> AsyncIterator[Server]:
    """A site with two feeds, and an address that has moved."""
    routes = {
        "/feed": reply(body=NEWS),
        "/a.xml": reply(body=NEWS),
        "/b.xml": reply(body=NEWS.replace(b"Wire", b"Other")),
        "/": reply(body=PAGE, headers={"Content-Type": "text/html"}),
        "/moved": redirect("/feed", 301),
        "/list.opml": reply(body=OPML),
    }
    async with serving(routes) as running:
        yield running
