"""How feeds fare, in plain words."""

from datetime import timedelta

import pytest

from bot.briefing.health import feed_counts, feed_line, health_of, worst_first
from bot.briefing.parts import FeedCounts, Health
from bot.domain.feed import Feed
from tests.briefing.builders import DAY, NOW, feed

CASES = [
    (feed(), Health.OK, "newest item 5 hours ago; checked 12 minutes ago"),
    (feed(enabled=False, failures=9), Health.PAUSED, "paused"),
    (feed(checked_at=None, succeeded_at=None), Health.NEW, "not checked yet"),
    (
        feed(failures=1, error="HTTP 503"),
        Health.TROUBLE,
        "the last check failed, last fetched 12 minutes ago: HTTP 503",
    ),
    (
        feed(failures=3, error="no answer"),
        Health.FAILING,
        "3 failures in a row, last fetched 12 minutes ago: no answer",
    ),
    (
        feed(failures=1, succeeded_at=NOW - 25 * timedelta(hours=1)),
        Health.FAILING,
        "the last check failed, last fetched 1 day ago: no reason known",
    ),
    (
        feed(failures=2, succeeded_at=None, error="not a feed"),
        Health.FAILING,
        "2 failures in a row, never fetched: not a feed",
    ),
    (feed(newest_at=None), Health.EMPTY, "answers, but has no items; checked 12 minutes ago"),
    (
        feed(newest_at=NOW - 31 * DAY),
        Health.STALE,
        "newest item 31 days ago; checked 12 minutes ago",
    ),
]


@pytest.mark.parametrize(("one", "health", "said"), CASES)
def test_each_state_has_its_words(one: Feed, health: Health, said: str) -> None:
    assert health_of(one, now=NOW) is health
    assert feed_line(one, now=NOW).words == said


def test_an_error_is_one_short_line() -> None:
    line = feed_line(feed(failures=1, error="bad\n\x1b[31m" + "x" * 500), now=NOW)
    assert "\x1b" not in line.words
    assert "\n" not in line.words
    assert len(line.words) < 250


def test_paused_feeds_count_neither_as_feeds_nor_as_failing() -> None:
    feeds = [feed(), feed(failures=5), feed(enabled=False, failures=5), feed(checked_at=None)]
    assert feed_counts(feeds, now=NOW) == FeedCounts(total=3, failing=1, never_fetched=1)


def test_those_in_need_of_a_look_come_first_and_the_rest_keeps_its_order() -> None:
    feeds = [feed(1), feed(2, newest_at=None), feed(3), feed(4, failures=3), feed(5, failures=1)]
    ordered = worst_first(feed_line(one, now=NOW) for one in feeds)
    assert [line.feed.id for line in ordered] == [4, 5, 2, 1, 3]
