"""Which feeds a filter lets through, and in which order they are shown."""

import pytest

from bot.briefing.feed_health import health_of_feed
from bot.briefing.parts import FeedHealth, FeedState
from bot.domain.feed import FeedFigures
from bot.services.feeds.catalogue import filtered
from tests.briefing.builders import NOW, feed


def health(number: int, **changes: object) -> FeedHealth:
    return health_of_feed(FeedFigures(feed=feed(number, **changes)), now=NOW)


LISTED = (
    health(1, title="Harbour Wire", category="agency", language="en"),
    health(2, title="Rotunda Notebook", category="press", language="en-GB", enabled=False),
    health(3, title="Causeway Mail", category="press", language="zh-Hant", failures=5, error="x"),
    health(4, title="Press Office", category="government", language="ko", checked_at=None),
)


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("", [3, 1, 2, 4]),
        ("failing", [3]),
        ("PAUSED", [2]),
        ("new", [4]),
        ("press", [3, 2]),
        ("agency", [1]),
        ("en", [1, 2]),
        ("zh", [3]),
        ("harbour", [1]),
        ("wire failing", []),
        ("press paused", [2]),
        ("nothing", []),
        ("of", []),
        ("ca", []),
    ],
)
def test_a_filter_is_a_state_a_category_a_language_or_words(words: str, numbers: list[int]) -> None:
    assert [row.number for row in filtered(LISTED, words)] == numbers


def test_a_feed_keeps_its_number_whatever_is_shown() -> None:
    (row,) = filtered(LISTED, "paused")
    assert (row.number, row.health.feed.title) == (2, "Rotunda Notebook")


def test_feeds_in_trouble_come_first() -> None:
    assert filtered(LISTED, "")[0].health.state is FeedState.FAILING


def test_a_feed_whose_line_is_kept_in_the_ledger_is_marked() -> None:
    rows = filtered(LISTED, "", kept=frozenset({LISTED[0].feed.url}))
    assert [row.number for row in rows if row.kept] == [1]
