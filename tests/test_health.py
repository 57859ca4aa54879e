"""Health: what is said to be wrong is wrong, nothing else is, and an answer always comes."""

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import psycopg
import pytest

from bot.domain.subscription import DeliveryKind, NewDelivery
from bot.health import HealthCheck, judge
from bot.jobs import Job, JobName
from bot.ledger import Ledger
from bot.ledger.values import Pulse
from bot.scheduler import LastRun
from tests.conftest import administer

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
WELL = Pulse(polled_at=NOW - timedelta(minutes=1), posted_at=None, waiting_since=None)


async def nothing() -> None: ...


def ran(name: JobName, *, ago_s: float = 5, failed: bool = False) -> LastRun:
    job = Job(name, [], timedelta(minutes=1), nothing)
    return LastRun(job=job, at_s=10_000 - ago_s, failed=failed)


def found(database=WELL, *runs: LastRun, deaf_s: float | None = None):
    deaf = None if deaf_s is None else 10_000 - deaf_s
    return judge(database, runs, now=NOW, now_s=10_000, deaf_since_s=deaf)


def test_a_bot_that_gets_on_is_well():
    health = found(WELL, ran(JobName.POLL), ran(JobName.SEND), deaf_s=20)
    assert health.as_json() == {
        "ok": True,
        "wrong": {},
        "last_poll": "2026-03-02T07:59:00+00:00",
        "last_delivery": None,
    }


@pytest.mark.parametrize(
    ("health", "wrong"),
    [
        (found("it cannot be used"), {"database": "it cannot be used"}),
        (
            found(WELL, ran(JobName.POLL, failed=True)),
            {"poll": "its last run failed; the log says why"},
        ),
        (found(WELL, ran(JobName.POLL, ago_s=3600)), {"poll": "no run has ended for 60 minutes"}),
        (found(WELL, deaf_s=61), {"slack": "no socket has been open for a minute"}),
        (found(WELL, deaf_s=600), {"slack": "no socket has been open for 10 minutes"}),
    ],
)
def test_what_is_wrong_is_named(health, wrong):
    assert dict(health.wrong) == wrong
    assert health.as_json()["ok"] is False


def test_a_delivery_that_waits_is_wrong_where_deliveries_are_sent():
    waits = Pulse(polled_at=None, posted_at=None, waiting_since=NOW - timedelta(minutes=20))
    assert found(waits, ran(JobName.SEND)).wrong == {
        "deliveries": "one has been due for 20 minutes"
    }
    assert not found(waits, ran(JobName.POLL)).wrong  # another process sends
    later = Pulse(polled_at=None, posted_at=None, waiting_since=NOW + timedelta(minutes=20))
    assert not found(later, ran(JobName.SEND)).wrong  # it is tried again then


def test_ready_is_who_can_answer_whatever_its_jobs_do():
    health = found(WELL, ran(JobName.POLL, failed=True))
    assert health.as_json(["database", "slack"]) == {"ok": True, "wrong": {}}
    assert found("away").as_json(["database", "slack"])["wrong"] == {"database": "away"}


class Hanging:
    """A ledger that gives no answer until it is told to."""

    def __init__(self) -> None:
        self.questions = 0
        self.go_on = asyncio.Event()

    async def pulse(self) -> Pulse:
        self.questions += 1
        await self.go_on.wait()
        return WELL


async def test_an_answer_comes_though_the_database_hangs_and_it_is_asked_once(monkeypatch):
    monkeypatch.setattr("bot.health.PATIENCE", timedelta(milliseconds=20))
    hanging = Hanging()
    check = HealthCheck(hanging, {}, clock=lambda: NOW)
    async with asyncio.timeout(5):
        for _ in range(3):
            health = await check.ask()
            assert health.wrong == {"database": "it gave no answer within 0.02 seconds"}
    assert hanging.questions == 1
    hanging.go_on.set()
    assert not (await check.ask()).wrong
    await check.aclose()


async def test_the_end_does_not_wait_for_a_database_that_hangs(monkeypatch):
    monkeypatch.setattr("bot.health.PATIENCE", timedelta(milliseconds=20))
    check = HealthCheck(Hanging(), {}, clock=lambda: NOW)
    async with asyncio.timeout(5):
        await check.ask()
        await check.aclose()


async def test_a_ledger_tells_what_moved_last(ledger: Ledger):
    assert await ledger.pulse() == Pulse(polled_at=None, posted_at=None, waiting_since=None)
    workspace = await ledger.workspaces.first()
    for number in range(2):
        new = NewDelivery(
            key=f"k{number}", kind=DeliveryKind.ALERT, target="U1", payloads=({"text": "t"},)
        )
        await ledger.outbox.put(workspace, new, at=NOW + timedelta(minutes=number))
    assert (await ledger.pulse()).waiting_since == NOW
    lease = timedelta(minutes=3)
    ((_, first),) = await ledger.outbox.claim(now=NOW, worker="w", lease=lease, limit=1)
    at = NOW + timedelta(seconds=30)
    await ledger.outbox.posted(first.id, 0, worker="w", ts="1.0", channel="D1", at=at)
    moved = await ledger.pulse()
    assert (moved.posted_at, moved.waiting_since) == (at, NOW + timedelta(minutes=1))


async def test_a_database_that_hangs_or_goes_away_is_wrong_and_comes_back(
    empty_postgres_url, postgres_server, monkeypatch, caplog
):
    """Really: a lock that another session holds, then a server that takes no connections."""
    monkeypatch.setattr("bot.health.PATIENCE", timedelta(milliseconds=200))
    name = urlsplit(empty_postgres_url).path.strip("/")
    async with Ledger.opened(empty_postgres_url) as ledger:
        await ledger.upgrade()
        check = HealthCheck(ledger, {}, clock=lambda: NOW)
        assert not (await check.ask()).wrong
        with psycopg.connect(empty_postgres_url) as other:
            other.execute("LOCK TABLE feeds IN ACCESS EXCLUSIVE MODE")
            assert "no answer" in (await check.ask()).wrong["database"]
        await check._asking
        administer(postgres_server, "ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", name)
        with psycopg.connect(postgres_server, autocommit=True) as server:
            server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
        said = (await check.ask()).as_json()
        assert said["wrong"] == {"database": "it cannot be used; the log says why"}
        assert "postgres" not in str(said)
        assert any("cannot be reached" in str(vars(r).get("why")) for r in caplog.records)
        administer(postgres_server, "ALTER DATABASE {} WITH ALLOW_CONNECTIONS true", name)
        assert not (await check.ask()).wrong
        await check.aclose()
