"""Hosts that asked to be left alone for a while."""

from datetime import timedelta

import pytest

from bot.domain.errors import FetchError
from bot.domain.feed import Feed
from bot.ingest.http.client import HostBackoff
from bot.ingest.http.response import Fetched
from bot.ingest.poll.decide import decide
from tests.ingest.conftest import NOW
from tests.ingest.serving import redirect, reply

HOST, URL = "example.org", "https://example.org/feed"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def left(
    backoff: HostBackoff, *, host: str = HOST, after: timedelta = timedelta(0)
) -> timedelta | None:
    """How long the host is still to be left alone; None when it may be asked."""
    try:
        backoff.check(host, url=URL, now=NOW + after)
    except FetchError as error:
        return error.retry_after
    return None


def hearing(
    status: int, retry_after: timedelta | None, backoff: HostBackoff | None = None
) -> HostBackoff:
    backoff = backoff or HostBackoff()
    error = FetchError("busy", url=URL, kind="status", status=status, retry_after=retry_after)
    backoff.note(HOST, error, now=NOW)
    return backoff


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_is_left_alone_for_as_long_as_it_asks_and_no_other(status):
    backoff = hearing(status, HOUR)
    with pytest.raises(FetchError, match="alone until 2026-03-02 13:00 UTC"):
        backoff.check(HOST, url=URL, now=NOW)
    assert left(backoff) == HOUR
    assert left(backoff, after=HOUR / 2) == HOUR / 2
    assert left(backoff, after=HOUR) is None
    assert left(backoff, host="other.example") is None


@pytest.mark.parametrize(
    ("status", "wait"), [(429, None), (429, timedelta(0)), (500, HOUR), (404, HOUR)]
)
def test_what_is_no_wish_of_the_host_holds_nobody_back(status, wait):
    assert left(hearing(status, wait)) is None


def test_no_host_is_left_alone_for_more_than_a_day_and_the_longest_wish_counts():
    assert left(hearing(429, 31 * DAY)) == DAY
    assert left(hearing(429, HOUR, hearing(429, 3 * HOUR))) == 3 * HOUR


def test_a_host_that_throttled_us_while_our_clock_was_ahead_is_asked():
    assert left(hearing(429, HOUR), after=-DAY) is None
    assert left(hearing(429, HOUR), after=-HOUR) == 2 * HOUR


def test_those_held_back_do_not_come_all_at_its_end():
    feed = Feed(id=1, url=URL, title="")
    throttled = FetchError("busy", url=URL, kind="throttled", retry_after=DAY)
    updates = [decide(feed, throttled, now=NOW, chance=chance) for chance in (0.0, 1.0)]
    assert [update.due_at - NOW for update in updates] == [DAY, DAY + HOUR / 2]
    assert {update.kind for update in updates} == {"postponed"}


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
    assert [first.value.kind, again.value.kind] == ["status", "throttled"]
    assert isinstance(await fetcher.fetch_url(server.url("/here")), Fetched)
