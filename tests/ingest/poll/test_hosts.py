"""An outage of our own network is no feed's fault, and is told from feeds that are down."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.errors import FetchError
from bot.ingest.poll.decide import OutageDetector
from tests.ingest.conftest import NOW
from tests.ingest.poll.test_run import Book, Unreachable, feeds_of, run

SOON = {"due_at": NOW + timedelta(minutes=5)}
DOWN = "the network may be down"


def counted(book: Book) -> list[int]:
    """Numbers of the feeds that a failure was held against."""
    return sorted(n for n, state in book.feeds.items() if "error" in state)


@pytest.mark.parametrize(("up", "counts"), [(0, 0), (1, 0), (2, 0), (3, 17)])
async def test_the_network_is_down_when_nine_tenths_of_the_hosts_are_silent(up, counts):
    feeds, book = feeds_of(20), Book()
    await run(feeds, Unreachable(*(f"//h{n}." for n in range(up))), book)
    assert len(counted(book)) == counts
    assert list(book.feeds.values()).count(SOON) == (20 - up if not counts else 0)


async def test_an_outage_is_seen_over_runs_of_one_feed_each_and_logged_once(caplog):
    outages, book = OutageDetector(), Book()
    for n, feed in enumerate([*feeds_of(8), *feeds_of(8)]):
        report = await run([feed], Unreachable(), book, outages=outages)
        assert len(report.errors) == 1
        assert caplog.text.count(DOWN) == (n >= 4)
    assert list(book.feeds.values()) == [SOON] * 8


async def test_a_new_outage_after_hosts_answered_is_logged_again(caplog):
    outages = OutageDetector()
    for source in (Unreachable(), Unreachable("example"), Unreachable()):
        await run(feeds_of(8), source, Book(), outages=outages)
    assert caplog.text.count(DOWN) == 2


async def test_a_feed_that_failed_alone_counts_once_when_another_answers():
    outages, book = OutageDetector(), Book()
    dead, well = feeds_of(2)
    first = await run([dead], Unreachable("h1"), book, outages=outages)
    assert book.feeds[dead.id] == SOON
    second = await run([well], Unreachable("h1"), book, outages=outages)
    assert counted(book) == [dead.id]
    assert (len(first.errors), len(second.errors), second.feeds) == (1, 0, 1)


async def test_a_feed_that_answers_at_the_second_look_has_nothing_against_it():
    outages, book = OutageDetector(), Book()
    (feed,) = feeds_of(1)
    for source in (Unreachable(), Unreachable("h0")):
        await run([feed], source, book, outages=outages)
    assert counted(book) == []


async def test_a_feed_that_is_out_of_reach_twice_counts_where_too_few_are_listed_to_tell():
    outages, book = OutageDetector(), Book()
    feeds = feeds_of(4)
    await run(feeds, Unreachable(), book, outages=outages)
    assert counted(book) == []
    await run(feeds, Unreachable(), book, outages=outages)
    assert counted(book) == [0, 1, 2, 3]


async def test_a_feed_that_was_never_read_counts_at_once():
    book = Book()
    await run(feeds_of(1, succeeded_at=None), Unreachable(), book)
    assert counted(book) == [0]


async def test_feeds_that_were_left_alone_in_an_outage_are_tried_again_with_the_others():
    book = Book()
    await run(feeds_of(5, each=9), Unreachable(), book, at_once=1)
    assert list(book.feeds.values()) == [SOON] * 45


async def test_what_was_not_asked_says_nothing_of_the_network():
    class Mixed(Unreachable):
        async def fetch(self, feed):
            if feed.id < 3:
                raise FetchError("inner place", url=feed.url, kind="blocked")
            return await super().fetch(feed)

    book = Book()
    await run(feeds_of(12), Mixed(), book)
    assert counted(book) == [0, 1, 2]


async def test_a_run_that_was_cut_short_leaves_nothing_that_counts_twice():
    """Nothing was stored of it, so the feeds are due still, and the next run decides."""
    outages, book, feeds = OutageDetector(), Book(), feeds_of(8)
    outages.begin(feeds)
    for feed in feeds[:6]:
        assert outages.note(feed, FetchError("no name", url=feed.url, kind="dns")) == ()
    await run(feeds, Unreachable("example"), book, outages=outages)
    assert counted(book) == []


async def test_after_a_day_without_any_answer_failures_count():
    outages, book = OutageDetector(), Book()
    feeds = feeds_of(8)
    await run(feeds, Unreachable(), book, outages=outages)
    old = [replace(feed, succeeded_at=NOW - timedelta(days=1)) for feed in feeds]
    await run(old, Unreachable(), book, outages=outages)
    assert counted(book) == list(range(8))
