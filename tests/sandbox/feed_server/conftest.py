"""A feed server on a real loopback socket, with a clock that the test moves."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest

from sandbox.feed_server import Chronology, FeedServer, load_chronology


@dataclass
class Hand:
    """A clock that stands until the test moves it."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="session")
def chronology() -> Chronology:
    return load_chronology()


@pytest.fixture
def hand() -> Hand:
    return Hand(datetime(2018, 7, 27, 18, tzinfo=UTC))


@pytest.fixture
async def server(chronology: Chronology, hand: Hand) -> AsyncIterator[FeedServer]:
    async with FeedServer.start(clock=hand, chronology=chronology) as running:
        yield running


@pytest.fixture
async def client(server: FeedServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.base_url, trust_env=False) as running:
        yield running
