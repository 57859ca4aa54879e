"""What an admin should hear of a feed, and when."""

from dataclasses import replace

import pytest

from bot.domain.errors import FetchError
from bot.domain.feed import Feed
from bot.ingest.poll.decide import (
    NOT_FOUND_APART,
    FeedEventKind,
    of_answer,
    of_failure,
    times_not_found,
)
from tests.ingest.conftest import NOW

FEED = Feed(id=1, url="https://example.org/feed", title="Wire", succeeded_at=NOW)


def failure(status: int | None, *, before: int, not_found: int = 0):
    error = FetchError("it hurts", url=FEED.url, kind="status", status=status)
    feed = replace(FEED, failures=before, not_found=not_found)
    notice = of_failure(feed, error, not_found=times_not_found(feed, error, now=NOW))
    return notice.kind if notice else None


def kinds(feed=FEED, **answer):
    return [notice.kind for notice in of_answer(feed, **{"moved_to": None, **answer})]


def test_the_third_failure_in_a_row_is_told_once():
    told = [failure(500, before=n) for n in range(10)]

    assert told == [None, None, FeedEventKind.FAILING, *[None] * 7]


def test_a_feed_that_says_it_is_gone_is_believed_at_once():
    assert failure(410, before=0) is FeedEventKind.GONE


def test_an_address_without_anything_is_given_up_after_five_looks():
    told = [failure(404, before=n, not_found=n) for n in range(8)]

    assert told == [None, None, "failing", None, "gone", "gone", "gone", "gone"]


def test_only_looks_in_a_row_that_find_nothing_count():
    assert failure(404, before=4, not_found=0) is None
    assert failure(500, before=9, not_found=9) is None
    assert failure(404, before=9, not_found=4) == "gone"


def test_looks_in_haste_count_as_one():
    error = FetchError("not there", url=FEED.url, kind="status", status=404)
    feed, looks = FEED, [NOW + n * NOT_FOUND_APART / 10 for n in range(10)]
    for now in looks:
        times = times_not_found(feed, error, now=now)
        assert times == 1
        feed = replace(feed, failures=feed.failures + 1, not_found=times, checked_at=now)
    assert times_not_found(feed, error, now=looks[-1] + NOT_FOUND_APART) == 2


def test_a_recovery_is_told_when_the_failure_was():
    assert kinds(replace(FEED, failures=2)) == []
    assert kinds(replace(FEED, failures=3)) == [FeedEventKind.RECOVERED]


def test_a_move_for_good_is_told():
    (notice,) = of_answer(FEED, moved_to="https://example.net/feed")

    assert (notice.kind, notice.url) == (FeedEventKind.MOVED, "https://example.net/feed")
    assert kinds(moved_to=FEED.url) == []


@pytest.mark.parametrize(
    ("entries", "new", "flood"),
    [(30, 30, True), (100, 51, True), (100, 50, False), (19, 19, False), (20, 20, True)],
)
def test_a_known_feed_full_of_new_items_is_told(entries, new, flood):
    assert kinds(entries=entries, new=new) == ([FeedEventKind.FLOOD] if flood else [])


def test_a_feed_read_for_the_first_time_is_new_all_over():
    assert kinds(replace(FEED, succeeded_at=None), entries=100, new=100) == []
