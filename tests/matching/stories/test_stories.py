from datetime import UTC, datetime, timedelta

from bot.matching.stories.fingerprint import Arrival
from bot.matching.stories.index import StoryIndex
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


def joins(vectors, new, *, seen_at=None, **named):
    """Whether an item joins the story of the prisoners' exchange."""
    arrivals = [
        Arrival(item=SWAP, begins=1),
        Arrival(item=new, begins=2, seen_at=seen_at),
    ]
    first, found = StoryIndex(vectors=vectors, **named).group(arrivals)
    assert (first, found) in {(1, 1), (1, 2)}
    return found == first


def test_a_rewrite_joins_the_story(vectors):
    assert joins(vectors, REWRITE)


def test_another_event_begins_a_story_of_its_own(vectors):
    assert not joins(vectors, OTHER)


def test_the_same_words_weeks_later_are_another_event(vectors):
    assert not joins(vectors, item(SWAP.title, SWAP.summary, name="d", day=28))


def test_the_time_seen_stands_in_for_a_missing_date(vectors):
    undated = item(SWAP.title, SWAP.summary, name="d")
    assert joins(vectors, undated, seen_at=datetime(2024, 5, 8, tzinfo=UTC))
    assert not joins(vectors, undated, seen_at=datetime(2024, 6, 8, tzinfo=UTC))


def test_a_shorter_window_parts_sooner(vectors):
    assert not joins(vectors, REWRITE, window=timedelta(hours=6))


def test_an_item_without_words_joins_nothing(vectors):
    assert not joins(vectors, item("", "", name="e", day=7))
