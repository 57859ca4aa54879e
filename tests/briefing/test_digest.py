"""The digest: what is new, once, in order, within its caps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.briefing.digest import IN_ALL, IN_PARENT, SECTIONS, Digest, Mention, compose
from bot.briefing.parts import EmptyReason, FeedCounts, Quiet, Topic
from bot.briefing.scope import subscribed_topics
from bot.briefing.status import silence_of
from bot.domain.evidence import Direction, Evidence, Verdict
from bot.domain.window import Window
from tests.briefing.builders import DAY, NOW, PACK, PATIENT, evidence, item

WINDOW = Window(since=NOW - DAY, until=NOW)
TOPICS = subscribed_topics((), PACK)
IDS = [topic.id for topic in TOPICS]


def digest(
    *rows: Evidence,
    mentioned: frozenset[Mention] = frozenset(),
    topics: tuple[Topic, ...] = TOPICS,
    quiet: tuple[Quiet, ...] = (),
    empty: EmptyReason | None = None,
) -> Digest:
    return compose(
        rows,
        window=WINDOW,
        timezone="UTC",
        scope=(),
        topics=topics,
        feeds=(),
        already_mentioned=mentioned,
        quiet=quiet,
        counts=FeedCounts(total=3, failing=0),
        late=False,
        empty=empty,
    )


def full(of: Digest) -> list[int]:
    """Story ids told in full, in reading order."""
    return [one.story.story_id for s in (*of.parent, *of.thread) for one in s.stories]


def test_a_story_on_several_commitments_is_told_once_and_referred_to() -> None:
    one = item()
    found = digest(evidence(one, commitment="tolls"), evidence(one, commitment="dredging"))
    first, second = found.parent
    assert (first.topic.id, second.topic.id) == ("dredging", "tolls")
    assert [topic.id for topic in first.stories[0].also] == ["tolls"]
    assert not second.stories
    assert second.references[0].shown_under == first.topic
    assert found.mentions == {("dredging", 1), ("tolls", 1)}


def test_outlets_that_report_it_under_another_commitment_count_too() -> None:
    here, there = item(feed_id=1), item(feed_id=2)
    found = digest(
        evidence(here), evidence(here, commitment="tolls"), evidence(there, commitment="tolls")
    )
    assert found.parent[0].stories[0].story.outlets == ("Outlet 1", "Outlet 2")


def test_the_direction_is_that_of_each_commitment() -> None:
    one = item()
    found = digest(
        evidence(one, direction=Direction.PROGRESS),
        evidence(one, commitment="tolls", direction=Direction.SETBACK),
    )
    assert found.parent[0].stories[0].story.direction is Direction.PROGRESS
    assert found.parent[1].references[0].story.direction is Direction.SETBACK


def test_commitments_come_by_priority_then_as_in_the_pack() -> None:
    rows = [evidence(story=n, commitment=name) for n, name in enumerate(reversed(IDS), 1)]
    assert [section.topic.id for section in digest(*rows).parent] == [
        "pilots",
        "dredging",
        "tolls",
        "bridge",
    ]


def test_nothing_that_an_earlier_digest_told_is_told_again() -> None:
    rows = [evidence(story=1), evidence(story=2)]
    assert full(digest(*rows, mentioned=frozenset({("dredging", 1)}))) == [2]


def test_a_story_told_earlier_under_another_commitment_is_only_referred_to() -> None:
    found = digest(evidence(commitment="tolls", story=1), mentioned=frozenset({("dredging", 1)}))
    assert found.shown == 0
    assert found.has_news
    assert found.parent[0].references[0].shown_under is None


def test_rejected_evidence_is_never_shown() -> None:
    assert not digest(evidence(verdict=Verdict.REJECTED)).has_news


def test_every_commitment_has_its_first_story_before_any_has_its_second() -> None:
    rows = [evidence(story=n) for n in range(1, 30)]
    rows.append(evidence(story=99, commitment="bridge"))
    found = digest(*rows)
    assert [section.topic.id for section in found.parent] == ["dredging", "bridge"]
    assert len(full(found)) == IN_ALL
    assert sum(len(section.stories) for section in found.parent) == IN_PARENT
    assert (found.more, [topic.id for topic in found.more_topics]) == (5, ["dredging"])


def test_what_is_left_out_is_not_said_to_have_been_told() -> None:
    found = digest(*(evidence(story=n) for n in range(1, 40)))
    assert {story_id for _, story_id in found.mentions} == set(full(found))


def test_commitments_with_references_alone_do_not_crowd_the_message() -> None:
    topics = tuple(Topic(id=f"t{n}", title=f"T{n}") for n in range(40))
    one = item()
    found = digest(*(evidence(one, commitment=topic.id) for topic in topics), topics=topics)
    assert len(found.parent) == SECTIONS
    assert len(found.parent[0].stories[0].also) == 39


def test_a_commitment_with_news_is_not_called_quiet() -> None:
    silent = silence_of([NOW - 60 * DAY], now=NOW)
    quiet = tuple(Quiet(topic=topic, silence=silent) for topic in TOPICS)
    found = digest(evidence(), quiet=quiet)
    assert {one.topic.id for one in found.quiet} == set(IDS) - {"dredging"}


def test_an_empty_digest_keeps_the_reason_and_a_full_one_has_none() -> None:
    assert digest(empty=EmptyReason.NEVER_FETCHED).empty is EmptyReason.NEVER_FETCHED
    assert digest(evidence(), empty=EmptyReason.NEVER_FETCHED).empty is None


ROWS = st.lists(
    st.tuples(
        st.sampled_from(IDS),
        st.integers(1, 40),
        st.sampled_from(Direction),
        st.integers(1, 3),
        st.booleans(),
    ),
    max_size=80,
)
TOLD = st.frozensets(st.tuples(st.sampled_from(IDS), st.integers(1, 40)), max_size=20)


@PATIENT
@given(ROWS, TOLD)
def test_nothing_is_said_twice_and_nothing_new_is_lost(
    given_rows: list[tuple[str, int, Direction, int, bool]], told: frozenset[Mention]
) -> None:
    rows = [
        evidence(item(feed_id=feed_id), commitment=name, story=story, direction=way, sure=sure)
        for name, story, way, feed_id, sure in given_rows
    ]
    found = digest(*rows, mentioned=told)
    shown = full(found)
    assert len(shown) == len(set(shown)) <= IN_ALL
    assert not found.mentions & told
    told_stories = {story for _, story in told}
    new = {row.story_id for row in rows} - told_stories
    assert set(shown) <= new
    assert len(shown) + found.more == len(new)
    again = digest(*rows, mentioned=told | found.mentions)
    assert not set(full(again)) & set(shown)


@pytest.mark.parametrize("rounds", [4])
def test_digest_after_digest_tells_every_story_once(rounds: int) -> None:
    rows = [evidence(story=n, commitment=IDS[n % 4]) for n in range(1, 71)]
    told: frozenset[Mention] = frozenset()
    shown: list[int] = []
    for _ in range(rounds):
        found = digest(*rows, mentioned=told)
        shown += full(found)
        told |= found.mentions
    assert sorted(shown) == list(range(1, 71))
    assert not digest(*rows, mentioned=told).has_news
