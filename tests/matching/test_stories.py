from datetime import UTC, datetime, timedelta

import pytest

from bot.matching.stories.index import StoryIndex, headline
from tests.matching.packs import item

SWAP = item(
    "Ukraine and Russia swap 70 prisoners",
    "Seventy prisoners were exchanged near Kyiv on Saturday.",
    name="a",
    day=7,
)
REWRITE = item(
    "Prisoner exchange: Russia, Ukraine free 70 captives",
    "The two sides released 70 prisoners in an exchange on Saturday.",
    name="b",
    day=8,
)
OTHER = item(
    "Grain ships leave Odesa under new corridor",
    "Three vessels loaded with wheat sailed for Egypt.",
    name="c",
    day=8,
)


@pytest.fixture
def index(vectors):
    found = StoryIndex(vectors=vectors)
    found.add(SWAP, 1)
    return found


def test_a_rewrite_joins_the_story(index):
    assert index.find(REWRITE) == 1


def test_another_event_begins_a_story_of_its_own(index):
    assert index.find(OTHER) is None


def test_an_empty_index_knows_nothing(vectors):
    assert StoryIndex(vectors=vectors).find(SWAP) is None


def test_the_same_words_weeks_later_are_another_event(index):
    later = item(SWAP.title, SWAP.summary, name="d", day=28)
    assert index.find(later) is None


def test_the_time_seen_stands_in_for_a_missing_date(index):
    undated = item(SWAP.title, SWAP.summary, name="d")
    assert index.find(undated, seen_at=datetime(2024, 5, 8, tzinfo=UTC)) == 1
    assert index.find(undated, seen_at=datetime(2024, 6, 8, tzinfo=UTC)) is None


def test_finding_changes_nothing(index):
    assert [index.find(REWRITE) for _ in range(3)] == [1, 1, 1]


def test_a_shorter_window_parts_sooner(vectors):
    index = StoryIndex(vectors=vectors, window=timedelta(hours=6))
    index.add(SWAP, 1)
    assert index.find(REWRITE) is None


def test_an_item_without_words_joins_nothing(index):
    assert index.find(item("", "", name="e", day=7)) is None


def test_the_headline_says_most():
    asks = item("What next?", name="q")
    tells = item("Ukraine and Russia swap 70 prisoners near Kyiv", "Seventy were freed.", name="t")
    assert headline([asks, tells, item("Prisoners swapped", name="s")]) is tells


def test_the_first_of_equals_is_the_headline():
    one, two = item("Same words", name="1"), item("Same words", name="2")
    assert headline([one, two]) is one


def test_no_items_have_no_headline():
    with pytest.raises(ValueError, match=r"max\(\)"):
        headline([])
