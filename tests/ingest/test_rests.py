"""Hosts that asked to be left alone for a while."""

from datetime import timedelta

import pytest

from bot.domain.errors import FetchError
from bot.ingest.http.client import Fetched
from bot.ingest.http.throttle import HostBackoff
from bot.ingest.poll.decide import after_rest
from tests.ingest.conftest import NOW
from tests.ingest.serving import redirect, reply

HOST, URL = "example.org", "https://example.org/feed"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def left(
    rests: HostBackoff, *, host: str = HOST, after: timedelta = timedelta(0)
) -> timedelta | None:
    """How long the host is still to be left alone; None when it may be asked."""
    try:
        rests.check(host, url=URL, now=NOW + after)
    except FetchError as error:
        return error.retry_after
    return None


def hearing(
    status: int, retry_after: timedelta | None, rests: HostBackoff | None = None
) -> HostBackoff:
    rests = rests or HostBackoff()
    error = FetchError("busy", url=URL, kind="status", status=status, retry_after=retry_after)
    rests.heard(HOST, error, now=NOW)
    return rests


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_is_left_alone_for_as_long_as_it_asks_and_no_other(status):
    rests = hearing(status, HOUR)
    with pytest.raises(FetchError, match="alone until 2026-03-02 13:00 UTC"):
        rests.check(HOST, url=URL, now=NOW)
    assert left(rests) == HOUR
    assert left(rests, after=HOUR / 2) == HOUR / 2
    assert left(rests, after=HOUR) is None
    assert left(rests, host="other.example") is None


@pytest.mark.parametrize(
    ("status", "wait"), [(429, None), (429, timedelta(0)), (500, HOUR), (404, HOUR)]
)
def test_what_is_no_wish_of_the_host_holds_nobody_back(status, wait):
    assert left(hearing(status, wait)) is None


def test_no_host_is_left_alone_for_more_than_a_day_and_the_longest_wish_counts():
    assert left(hearing(429, 31 * DAY)) == DAY
    assert left(hearing(429, HOUR, hearing(429, 3 * HOUR))) == 3 * HOUR


def test_those_held_back_do_not_come_all_at_its_end():
    looks = [after_rest(now=NOW, wait=DAY, chance=chance) - NOW for chance in (0.0, 1.0)]
    assert looks == [DAY, DAY + HOUR / 2]


async def test_the_host_that_redirects_led_to_is_meant(server, fetcher):
    there = server.url("/busy").replace("127.0.0.1", "busy.example")
    server.routes |= {
        "/moved": redirect(there),
        "/busy": reply(503, b"", {"Retry-After": "3600"}),
        "/here": reply(),
    }
    with pytest.raises(FetchError) as first:
        await fetcher.fetch_url(server.url("/moved"))
    with pytest.raises(FetchError) as again:
        await fetcher.fetch_url(there)
    assert [first.value.kind, again.value.kind] == ["status", "resting"]
    assert isinstance(await fetcher.fetch_url(server.url("/here")), Fetched)
