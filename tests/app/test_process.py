"""The bot as a process of its own: how it starts, how it fares, and how it stops."""

import asyncio
import json
import logging
import os
import signal
import socket
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import aiohttp
import psycopg
import pytest

from bot.domain.errors import LedgerError
from bot.domain.schedule import EVERY_DAY, Schedule
from bot.ledger import Ledger
from bot.ledger.db import database as databases
from bot.settings import Settings
from sandbox.slack import NoAnswer, SandboxSlack, SlowAnswer
from tests.app.conftest import take_away

ROOT = Path(__file__).parents[2]
PROGRAM = "import bot.cli; bot.cli.start()"
OUT_S = 10  # what supervisors give a process before they kill it
START_S = 60
READY = "connected over Socket Mode"
SERVES = "serving HTTP"


@dataclass
class Process:
    """A running `briefing`, and what it logged so far."""

    process: asyncio.subprocess.Process
    lines: list[dict[str, object]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    async def logged(self, message: str) -> dict[str, object]:
        """The next line with that sentence; fails when the process ends before."""
        async with asyncio.timeout(START_S):
            while raw := await self.process.stderr.readline():
                self.text.append(raw.decode())
                if raw.startswith(b"{"):
                    self.lines.append(json.loads(raw))
                    if self.lines[-1]["message"] == message:
                        return self.lines[-1]
        raise AssertionError(f"never logged {message!r}: {''.join(self.text)}")

    async def stop(self) -> float:
        """SIGTERM; gives the seconds that it took to end."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        await self.ended()
        return time.monotonic() - begun

    async def ended(self) -> str:
        """What it wrote until its end."""
        async with asyncio.timeout(START_S):
            rest = (await self.process.stderr.read()).decode()
            await self.process.wait()
        self.text.append(rest)
        return rest


@pytest.fixture
async def slack() -> AsyncIterator[SandboxSlack]:
    async with SandboxSlack.start() as workspace:
        yield workspace


@pytest.fixture
def start(slack, tmp_path, monkeypatch):
    """Starts `briefing run` in a folder of its own, with no feed; more settings may be given."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    (tmp_path / "feeds.yaml").write_text("feeds: []\n")
    (tmp_path / "commitments.yaml").write_text((ROOT / "commitments.yaml").read_text())

    @asynccontextmanager
    async def started(database_url: str, more: Mapping[str, str] | None = None, *, http=False):
        variables = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_API_URL": slack.api_url,
            "DATABASE_URL": database_url,
            "BRIEFING_ADMINS": slack.users["admin"],
            "BRIEFING_LOG": "json",
            "PYTHONPATH": str(ROOT),
        }
        if http:
            variables |= {"SLACK_SIGNING_SECRET": slack.signing_secret}
        else:
            variables |= {"SLACK_APP_TOKEN": slack.app_token}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, "run",
            cwd=tmp_path, env={**os.environ, **variables, **(more or {})},
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, limit=2**20,
        )  # fmt: skip
        try:
            yield Process(process)
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    return started


@pytest.fixture
def port() -> int:
    """A port of loopback that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


async def get(port: int, path: str) -> tuple[int, dict[str, object]]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as answer,
    ):
        return answer.status, await answer.json()


# How it fares


@pytest.mark.parametrize("http", [True, False], ids=["http", "socket"])
async def test_health_is_served_over_http_and_socket_mode(
    start, port, http, postgres_server, empty_postgres_url
):
    async with start(empty_postgres_url, {"PORT": str(port)}, http=http) as process:
        assert (await process.logged(SERVES))["port"] == port
        if not http:
            await process.logged(READY)
        for path in ("/healthz", "/readyz", "/livez"):
            status, told = await get(port, path)
            assert (status, told["ok"]) == (200, True)
        take_away(postgres_server, empty_postgres_url)
        for path in ("/healthz", "/readyz"):
            status, told = await get(port, path)
            assert status == 503
            assert told["wrong"]["database"]
            assert "postgres" not in str(told)
        assert (await get(port, "/livez"))[0] == 200
        assert await process.stop() < OUT_S


# How it stops


async def put_due(ledger: Ledger, targets: list[str]) -> None:
    """A subscription for each target whose digest was due three minutes ago."""
    now = datetime.now(UTC)
    at = (now - timedelta(minutes=3)).time().replace(second=0, microsecond=0)
    workspace = await ledger.workspaces.first()
    schedule = Schedule(weekdays=EVERY_DAY, at=at, timezone="UTC")
    for target in targets:
        await ledger.subscriptions.add(
            workspace, target, (), schedule, actor="U1", at=now - timedelta(days=2)
        )


async def composed(ledger: Ledger) -> int:
    """How many digests are in the outbox, as soon as there is one."""
    workspace = await ledger.workspaces.first()
    async with asyncio.timeout(START_S):
        while not (found := await ledger.outbox.list(workspace, limit=1_000)):
            pass
    return len(found)


def posted(slack: SandboxSlack) -> Counter[str]:
    """How often each digest was posted."""
    marks = [call.args.get("metadata") for call in slack.calls_of("chat.postMessage") if call.ok]
    read = [json.loads(m) if isinstance(m, str) else m for m in marks if m]
    return Counter(
        m["event_payload"]["key"] for m in read if m["event_payload"]["position"] in (0, "0")
    )


async def test_digests_that_are_being_composed_hold_up_no_stop_and_none_is_lost(
    start, slack, database_url
):
    targets = [slack.add_channel(f"desk-{number}") for number in range(150)]
    async with Ledger.opened(database_url) as ledger:
        await put_due(ledger, targets)
        async with start(database_url) as process:
            await process.logged(READY)
            await composed(ledger)
            assert await process.stop() < OUT_S
            assert process.process.returncode == 0
        cut = await composed(ledger)
        assert cut < len(targets)  # it was in the middle
        async with start(database_url) as process:
            await slack.wait_for(lambda s: len(posted(s)) == len(targets), timeout_s=START_S)
            assert await process.stop() < OUT_S
            assert process.process.returncode == 0
    assert set(posted(slack).values()) == {1}
    assert not any("Traceback" in line for line in process.text)


@pytest.mark.parametrize("http", [True, False], ids=["http", "socket"])
@pytest.mark.parametrize(
    ("fault", "says"),
    [(SlowAnswer(delay_s=1), "feed"), (NoAnswer(silent_s=60), "being restarted")],
    ids=["finished", "excused"],
)
async def test_an_answer_under_way_is_finished_or_excused(  # noqa: PLR0917 - fixtures
    start, slack, port, database_url, http, fault, says
):
    slack.faults.add(method="users.info", fault=fault, times=None)
    async with start(database_url, {"PORT": str(port)}, http=http) as process:
        await process.logged(SERVES)
        if http:
            await slack.use_http(f"http://127.0.0.1:{port}/slack/events")
        else:
            await process.logged(READY)
        sent = await slack.command(
            user="analyst", channel="summit-desk", command="/briefing", text="feeds pause 1"
        )
        assert sent.acknowledged
        await slack.wait_for(lambda s: s.calls_of("users.info"))
        took = await process.stop()
        assert took < OUT_S
        assert process.process.returncode == 0
    (answer,) = slack.ephemerals("analyst")
    assert says in answer.text
    assert not any("Traceback" in line for line in process.text)


async def test_a_message_that_slack_leaves_without_an_answer_holds_up_no_stop(
    start, slack, database_url
):
    silent = NoAnswer(after_processing=True, silent_s=60)
    slack.faults.add(method="chat.postMessage", fault=silent, times=None)
    async with Ledger.opened(database_url) as ledger:
        await put_due(ledger, [slack.channels["summit-desk"]])
    async with start(database_url) as process:
        await slack.wait_for(lambda s: s.calls_of("chat.postMessage"), timeout_s=START_S)
        assert await process.stop() < OUT_S
        assert process.process.returncode == 0
    async with Ledger.opened(database_url) as ledger:
        (left,) = await ledger.outbox.list(await ledger.workspaces.first())
    assert left.messages[0].attempted  # so it is looked up before it is sent again


@contextmanager
def held(database_url: str) -> Iterator[None]:
    """Another program holds what an answer to a mention writes first."""
    if database_url.startswith("postgresql"):
        with psycopg.connect(database_url) as other:
            other.execute("LOCK TABLE seen IN ACCESS EXCLUSIVE MODE")
            yield
        return
    file = urlsplit(database_url).path.removeprefix("/")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


async def test_an_excuse_that_slack_does_not_take_holds_up_no_stop(start, slack, sqlite_url):
    for method in ("users.info", "response_url", "chat.postEphemeral", "conversations.open"):
        slack.faults.add(method=method, fault=NoAnswer(silent_s=60), times=None)
    async with start(sqlite_url) as process:
        await process.logged(READY)
        await slack.command(
            user="analyst", channel="summit-desk", command="/briefing", text="feeds pause 1"
        )
        await slack.wait_for(lambda s: s.calls_of("users.info"))
        assert await process.stop() < OUT_S
        assert process.process.returncode == 0
    assert "answer not sent" in process.text[-1]
    assert not any("Traceback" in line for line in process.text)


async def test_a_database_that_hangs_holds_up_no_stop(start, slack, database_url):
    async with start(database_url) as process:
        await process.logged(READY)
        with held(database_url):
            said = await slack.say(user="analyst", channel="summit-desk", text="@briefing help")
            assert await process.stop() < OUT_S
    (answer,) = slack.replies("summit-desk", said.message.ts)
    assert "being restarted" in answer.text


# How it starts


async def test_a_server_that_is_late_is_waited_for(start, slack, postgres_url, tmp_path):
    """Its socket's folder comes after the bot has looked for it."""
    address = urlsplit(postgres_url)
    folder = parse_qs(address.query)["host"][0]
    late = tmp_path / "late"
    url = address._replace(query=f"host={quote(str(late))}").geturl()
    async with start(url) as process:
        said = await process.logged("the database is not there yet, trying again")
        assert "cannot be reached" in said["why"]
        late.symlink_to(folder)
        await process.logged(READY)
        assert await process.stop() < OUT_S


async def test_a_file_that_another_program_holds_is_waited_for(sqlite_url, monkeypatch, caplog):
    monkeypatch.setattr(databases, "BUSY_TIMEOUT_S", 0.01)
    monkeypatch.setattr(databases, "ARRIVAL_PAUSE_S", 0.01)
    other = sqlite3.connect(urlsplit(sqlite_url).path.removeprefix("/"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    def let_go(record: logging.LogRecord) -> bool:
        other.rollback()
        return True

    databases.log.addFilter(let_go)
    try:
        async with Ledger.opened(sqlite_url, patient=True) as ledger:
            assert await ledger.pulse()
    finally:
        databases.log.removeFilter(let_go)
        other.close()
    assert [r.getMessage() for r in caplog.records] == [
        "the database is not there yet, trying again"
    ]


@pytest.mark.parametrize("patient", [True, False])
async def test_a_database_that_never_comes_is_one_sentence(patient, monkeypatch, caplog, tmp_path):
    monkeypatch.setattr(databases, "ARRIVAL_S", 0.05)
    monkeypatch.setattr(databases, "ARRIVAL_PAUSE_S", 0.01)
    with pytest.raises(LedgerError) as caught:
        await Ledger.open(f"postgresql:///x?host={tmp_path}", patient=patient)
    assert "cannot be reached" in str(caught.value)
    assert bool(caplog.records) is patient
