"""Grouping as a whole: pieces, order, copies, windows, feeds, and what is held."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.item import ItemText
from bot.matching.stories.fingerprint import Arrival, Sketcher
from bot.matching.stories.index import StoryIndex
from bot.matching.stories.table import StoryTable
from bot.matching.text.knowledge import knowledge
from bot.matching.text.tokens import tokens_of
from bot.matching.text.vectors import WordVectors

START = datetime(2024, 5, 1, tzinfo=UTC)
PLACES = ("Oslo", "Quito", "Kyiv", "Lagos", "Hanoi", "Perth", "Davos", "Minsk")
EVENTS = ("ceasefire signed", "ferry sinks", "minister resigns", "dam opens", "vaccine approved")

texts = st.builds(
    lambda place, event, number, more: (f"{place}: {event}", f"{number} people said {more}."),
    st.sampled_from(PLACES),
    st.sampled_from(EVENTS),
    st.integers(1, 40),
    st.sampled_from(EVENTS),
)


@st.composite
def streams(draw: st.DrawFn, most: int = 60) -> list[Arrival]:
    """Items in the order of their dates, some of them copies of others."""
    found = draw(
        st.lists(
            st.tuples(texts, st.integers(0, 40 * 24), st.sampled_from(["a", "b", "c", None])),
            min_size=1,
            max_size=most,
        )
    )
    found.sort(key=lambda each: each[1])
    return [
        arrival(n, *text, hours=hours, feed=feed) for n, (text, hours, feed) in enumerate(found)
    ]


def arrival(
    number: int, title: str, summary: str = "", *, hours: float = 0.0, feed: str | None = None
) -> Arrival:
    item = ItemText(
        id=str(number),
        title=title,
        summary=summary,
        published_at=START + timedelta(hours=hours),
    )
    return Arrival(item=item, begins=number, feed=feed)


def one_by_one(index: StoryIndex, arrivals: list[Arrival]) -> list[int]:
    return [story for each in arrivals for story in index.group([each])]


def partition(stories: list[int], names: list[str]) -> set[frozenset[str]]:
    groups = defaultdict(set)
    for story, name in zip(stories, names, strict=True):
        groups[story].add(name)
    return {frozenset(each) for each in groups.values()}


@settings(max_examples=40, deadline=None)
@given(stream=streams(), cut=st.integers(0, 60))
def test_in_any_pieces_the_groups_are_those_of_one_by_one(vectors, stream, cut):
    whole, pieces = StoryIndex(vectors=vectors), StoryIndex(vectors=vectors)
    found = whole.group(stream)
    assert pieces.group(stream[:cut]) + pieces.group(stream[cut:]) == found
    assert one_by_one(StoryIndex(vectors=vectors), stream) == found


@settings(max_examples=30, deadline=None)
@given(stream=streams(), cut=st.integers(0, 60))
def test_filled_anew_from_the_ledger_it_goes_on_as_if_never_stopped(vectors, stream, cut):
    online = StoryIndex(vectors=vectors).group(stream)
    anew = StoryIndex(vectors=vectors)
    anew.group([replace(each, story_id=story) for each, story in zip(stream[:cut], online)])  # noqa: B905 - the known part only
    assert anew.group(stream[cut:]) == online[cut:]


@settings(max_examples=30, deadline=None)
@given(stream=streams(), chosen=st.integers(0, 59), hours=st.integers(0, 239))
def test_an_exact_copy_within_the_window_joins(vectors, stream, chosen, hours):
    index = StoryIndex(vectors=vectors)
    stories = index.group(stream)
    model = stream[chosen % len(stream)]
    when = model.item.published_at + timedelta(hours=hours)
    copies = [
        story
        for each, story in zip(stream, stories, strict=True)
        if (each.item.title, each.item.summary) == (model.item.title, model.item.summary)
    ]
    copy = replace(model.item, published_at=when)
    assert index.group([Arrival(item=copy, begins=-1, feed="another")])[0] in copies


@settings(max_examples=30, deadline=None)
@given(stream=streams(), days=st.integers(11, 400))
def test_nothing_joins_from_beyond_the_window(vectors, stream, days):
    last = max(each.item.published_at for each in stream)
    for each in stream[:5]:
        late = replace(each.item, published_at=last + timedelta(days=days))
        new = Arrival(item=late, begins=-1)
        assert StoryIndex(vectors=vectors).group([*stream, new])[-1] == -1


@settings(max_examples=30, deadline=None)
@given(order=st.permutations(range(9)))
def test_clear_stories_do_not_depend_on_the_order_within_a_second(vectors, order):
    told = [
        ("Ferry sinks off Zanzibar with 70 aboard", "Rescuers pulled 70 from the sunk ferry."),
        ("Zanzibar ferry disaster: rescuers search", "A ferry with 70 aboard sank off Zanzibar."),
        ("Rescuers search after Zanzibar ferry sinks", "70 were aboard the ferry that sank."),
        ("Chess title goes to Norwegian Carlsen", "Carlsen beat Caruana in the chess final."),
        ("Carlsen beats Caruana to chess title", "The Norwegian kept his chess crown."),
        ("Chess: Carlsen keeps title against Caruana", "The Norwegian won the chess final."),
        ("Glencore halts cobalt mine in Katanga", "Uranium was found in the cobalt at Katanga."),
        ("Cobalt mine in Katanga halted by Glencore", "Glencore found uranium in its cobalt."),
        ("Uranium find stops Glencore cobalt mine", "Glencore halted the Katanga cobalt mine."),
    ]
    items = [arrival(n, *parts, feed=str(n % 3)) for n, parts in enumerate(told)]
    stories = StoryIndex(vectors=vectors).group([items[n] for n in order])
    names = [str(items[n].item.id) for n in order]
    assert partition(stories, names) == {
        frozenset(str(n) for n in range(first, first + 3)) for first in (0, 3, 6)
    }


def test_numbers_as_the_only_difference_are_not_one_story(vectors):
    stream = [
        arrival(n, f"Item {n % 30} of feed {n // 30}: notes", "Lorem ipsum dolor.", hours=n / 60,
                feed=str(n // 30))
        for n in range(600)
    ]  # fmt: skip
    assert len(set(StoryIndex(vectors=vectors).group(stream))) == 600


def test_a_column_of_one_feed_is_a_story_each_day(vectors):
    stream = [
        arrival(d, f"Morning briefing, {d} May", "What to know today.", hours=24 * d, feed="daily")
        for d in range(1, 20)
    ]
    assert len(set(StoryIndex(vectors=vectors).group(stream))) == 19


def test_texts_that_share_only_common_words_stay_apart(vectors):
    dice = np.random.default_rng(3)
    words = [("Oslo", "Bergen", "Porto"), ("court", "navy", "bank"), ("stops", "signs", "sells")]
    stream = [
        arrival(
            n, " ".join(dice.choice(each) for each in words),
            f"Report {n} on {dice.choice(words[0])}.", hours=n / 60,
        )
        for n in range(1_000)
    ]  # fmt: skip
    stories = StoryIndex(vectors=vectors).group(stream)
    assert max(stories.count(story) for story in set(stories[100:])) <= 100
    assert len(set(stories)) > 700


def test_a_copy_that_a_feed_sends_again_within_a_day_joins(vectors):
    index = StoryIndex(vectors=vectors)
    title, summary = "Dam on the Nile opens after delay", "Ethiopia filled the reservoir in July."
    stream = [
        arrival(1, title, summary, feed="a"),
        arrival(2, title, summary + " More soon.", hours=2, feed="a"),
        arrival(3, title, summary + " More follows.", hours=60, feed="a"),
    ]
    assert index.group(stream) == [1, 1, 3]


def test_an_item_cannot_be_published_after_it_was_seen(vectors):
    index = StoryIndex(vectors=vectors)
    first = arrival(1, "Ferry sinks off Zanzibar with 70 aboard")
    index.group([first])
    future = replace(first.item, published_at=START + timedelta(days=900))
    seen_at = START + timedelta(days=1)
    assert index.group([Arrival(item=future, begins=2, seen_at=seen_at)]) == [1]


def test_settled_stories_are_kept_as_they_are(vectors):
    index = StoryIndex(vectors=vectors)
    one = arrival(1, "Ferry sinks off Zanzibar with 70 aboard")
    two = replace(one, begins=2, story_id=77)
    assert index.group([one, two]) == [1, 77]


def test_old_items_are_dropped_and_the_rest_is_found_as_before(vectors):
    sketcher = Sketcher(vectors=vectors, knowledge=knowledge())
    table = StoryTable(window_s=864_000, room=100)
    stream = [
        arrival(n, f"{PLACES[n % 8]} {EVENTS[n % 5]}", f"Number {n}.", hours=24 * n)
        for n in range(100)
    ]
    table.enter(sketcher.sketch(stream), len(sketcher.words), [True] * 100)
    assert table.free == 0
    sketcher.forget(table.drop)
    assert len(table.held) == 21
    kept = table.enter(sketcher.sketch(stream[-1:]), len(sketcher.words), [True])
    fresh_reader, fresh = (
        Sketcher(vectors=vectors, knowledge=knowledge()),
        StoryTable(window_s=864_000),
    )
    fresh.enter(fresh_reader.sketch(stream[-21:]), len(fresh_reader.words), [False] * 21)
    anew = fresh.enter(fresh_reader.sketch(stream[-1:]), len(fresh_reader.words), [True])
    assert kept.known.tolist() == anew.known.tolist()
    assert np.array_equal(np.sort(np.abs(kept.weights)), np.sort(np.abs(anew.weights)))
    assert table.twin(21) == fresh.twin(21) == 20


def test_many_more_items_than_room_leave_memory_bounded(vectors):
    index = StoryIndex(vectors=vectors)
    index._table = StoryTable(window_s=864_000, room=500)
    stream = [
        arrival(n, f"{PLACES[n % 8]} {EVENTS[n % 5]} case {n}", hours=n) for n in range(3_000)
    ]
    found = index.group(stream)
    assert len(found) == 3_000
    assert len(index._table.held) <= 1_000


@given(text=st.text(max_size=80))
def test_words_are_parted_as_matching_parts_them(text):
    sketcher = Sketcher(vectors=_Plain(), knowledge=knowledge())  # type: ignore[arg-type]
    sketcher.sketch([arrival(1, text)])
    known = {token.stem for token in tokens_of(text)}
    assert set(sketcher.words) - {""} <= known
    assert set(sketcher._forms) == {token.surface for token in tokens_of(text)}


class _Plain:
    """Vectors for which every word says as much."""

    size = 256

    def known(self, word: str) -> tuple[np.ndarray, float]:
        assert word is not None
        return np.ones(256, dtype=np.float32), 0.5


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_text_is_no_copy_of_another(vectors: WordVectors, text):
    index = StoryIndex(vectors=vectors)
    index.group([arrival(1, text)])
    assert index.group([arrival(2, text)]) == [2]
