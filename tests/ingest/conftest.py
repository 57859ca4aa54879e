"""Shared parts of the ingest tests."""

import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from bot.ingest.http.client import Fetcher, Limits
from tests.ingest.serving import Server, serving

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LOOPBACK = (ip_network("127.0.0.0/8"),)
QUICK = Limits(
    body_bytes=200_000,
    connect=timedelta(seconds=2),
    read=timedelta(seconds=2),
    total=timedelta(seconds=4),
)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as running:
        yield running


async def everywhere_loopback(host: str, port: int) -> Sequence[str]:
    """A resolver in whose world every name lives on loopback."""
    return ["127.0.0.1"]


def make_fetcher(limits: Limits = QUICK) -> Fetcher:
    return Fetcher(
        user_agent="SummitBriefingBot/test (+https://example.org/bot)",
        allow_networks=LOOPBACK,
        limits=limits,
        resolver=everywhere_loopback,
        clock=lambda: NOW,
    )


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    """One that may reach loopback."""
    async with make_fetcher() as made:
        yield made


@pytest.fixture
async def quick_fetcher() -> AsyncIterator[Fetcher]:
    """The same with little patience: a tenth of a second between pieces, three in all."""
    limits = replace(QUICK, read=timedelta(seconds=0.1), total=timedelta(seconds=0.3))
    async with make_fetcher(limits) as made:
        yield made


def shared_data(folder: str) -> Path:
    """A folder of the data that lies beside the checkout; skips the test where it is absent."""
    default = Path(__file__).parents[3] / "shared" / "data"
    path = Path(os.environ.get("BRIEFING_TEST_DATA", default)) / folder
    if not path.is_dir():
        pytest.skip(f"no data in {path}")
    return path
