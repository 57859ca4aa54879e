"""What one look finds out about a feed that admins should hear."""

from dataclasses import replace

import pytest

from bot.domain.errors import FetchError
from bot.domain.feed import Feed, FeedNoteKind, FeedUpdate, Recorded
from bot.domain.item import Entry
from bot.ingest.http.response import NotModified
from bot.ingest.poll.decide import NOT_FOUND_APART, decide, flood
from tests.ingest.conftest import NOW

FEED = Feed(id=1, url="https://example.org/feed", title="Wire", succeeded_at=NOW)
NEVER_WELL = replace(FEED, succeeded_at=None)
ENTRY = Entry(
    key="id:1", url=None, canonical_url=None, title="Talks", summary="", language=None,
    published_at=None, content_hash="",
)  # fmt: skip


def failed(feed: Feed, status: int, *, now=NOW) -> FeedUpdate:
    error = FetchError("it hurts", url=FEED.url, kind="status", status=status)
    return decide(feed, error, now=now, chance=0.0)


def failure(
    status: int, *, before: int, not_found: int = 0, feed: Feed = NEVER_WELL
) -> FeedNoteKind | None:
    events = failed(replace(feed, failures=before, not_found=not_found), status).events
    return events[0].kind if events else None


def moved(feed: Feed, to: str | None):
    answer = NotModified(final_url=to or feed.url, permanent_url=to)
    return decide(feed, answer, now=NOW, chance=0.0).events


def flooded(feed: Feed, *, entries: int, new: int) -> bool:
    update = replace(failed(feed, 500), entries=(ENTRY,) * entries)
    return [event.kind for event in flood(feed, update, Recorded(new=new))] == ["flood"]


def test_a_feed_that_says_it_is_gone_is_believed_at_once():
    assert failure(410, before=0) is FeedNoteKind.GONE


def test_an_address_without_anything_is_given_up_after_five_looks():
    told = [failure(404, before=n, not_found=n) for n in range(8)]

    assert told == [None, None, None, None, "gone", "gone", "gone", "gone"]


def test_a_feed_that_was_well_is_given_up_after_thirty_looks():
    told = [failure(404, before=n, not_found=n, feed=FEED) for n in range(31)]

    assert told == [*[None] * 29, "gone", "gone"]


def test_only_looks_in_a_row_that_find_nothing_count():
    assert failure(404, before=4, not_found=0) is None
    assert failure(500, before=9, not_found=9) is None
    assert failure(404, before=9, not_found=4) == "gone"


def test_looks_in_haste_count_as_one():
    feed, looks = FEED, [NOW + n * NOT_FOUND_APART / 10 for n in range(10)]
    for now in looks:
        times = failed(feed, 404, now=now).not_found
        assert times == 1
        feed = replace(feed, failures=feed.failures + 1, not_found=times, checked_at=now)
    assert failed(feed, 404, now=looks[-1] + NOT_FOUND_APART).not_found == 2


def test_a_permanent_move_is_reported():
    (event,) = moved(FEED, "https://example.net/feed")

    assert (event.kind, event.url) == (FeedNoteKind.MOVED, "https://example.net/feed")
    assert moved(FEED, FEED.url) == moved(FEED, None) == ()


@pytest.mark.parametrize(
    ("entries", "new", "is_flood"),
    [(30, 30, True), (100, 51, True), (100, 50, False), (19, 19, False), (20, 20, True)],
)
def test_a_known_feed_full_of_new_items_is_reported(entries, new, is_flood):
    assert flooded(FEED, entries=entries, new=new) is is_flood


def test_a_feed_read_for_the_first_time_is_new_all_over():
    assert not flooded(replace(FEED, succeeded_at=None), entries=100, new=100)
