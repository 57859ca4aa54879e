"""The digest: what is new, once, in order, within its caps."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.briefing import phrases
from bot.briefing.digest import (
    IN_ALL,
    IN_PARENT,
    Digest,
    DigestStory,
    Mention,
    compose,
    filed_when_published,
    is_told,
)
from bot.briefing.parts import EmptyReason, FeedCounts, Quiet, Topic
from bot.briefing.scope import subscribed_topics
from bot.briefing.status import silence_of
from bot.briefing.stories import stories_of
from bot.domain.evidence import Direction, Evidence, Verdict
from bot.domain.feed import Feed
from bot.domain.window import Window
from tests.briefing.builders import DAY, NOW, PACK, PATIENT, evidence, feed, item

WINDOW = Window(since=NOW - DAY, until=NOW)
TOPICS = subscribed_topics((), PACK)
IDS = [topic.id for topic in TOPICS]


def digest(
    *rows: Evidence,
    earlier: Sequence[Evidence] = (),
    feeds: Sequence[Feed] = (),
    mentioned: frozenset[Mention] = frozenset(),
    window: Window = WINDOW,
    topics: tuple[Topic, ...] = TOPICS,
    quiet: tuple[Quiet, ...] = (),
    empty: EmptyReason | None = None,
) -> Digest:
    return compose(
        rows,
        earlier=earlier,
        year=stories_of(earlier, feeds=feeds),
        window=window,
        timezone="UTC",
        scope=(),
        topics=topics,
        feeds=feeds,
        already_mentioned=mentioned,
        quiet=quiet,
        counts=FeedCounts(total=3, failing=0),
        late=False,
        empty=empty,
    )


def full(of: Digest) -> list[int]:
    """Story ids told, in reading order."""
    return [one.story.story_id for one in of.stories]


def only(of: Digest) -> DigestStory:
    """The one story that is told."""
    (one,) = of.stories
    return one


def reported(outlets: int, **changes: object) -> list[Evidence]:
    """A story that so many outlets report."""
    feed_ids = range(1, outlets + 1)
    return [evidence(item(feed_id=number), **changes) for number in feed_ids]  # type: ignore[arg-type]


def days_ago(days: float, **changes: object) -> Evidence:
    """Evidence that was published and filed so long before the digest."""
    return evidence(item(at=NOW - days * DAY), **changes)  # type: ignore[arg-type]


def test_a_story_is_told_once_under_what_it_bears_on_most_and_the_rest_are_named() -> None:
    one = item()
    found = digest(
        evidence(one, commitment="dredging", score=0.7),
        evidence(one, commitment="tolls", score=0.9, direction=Direction.SETBACK),
        evidence(one, commitment="pilots", score=0.8, sure=False),
    )
    assert [section.topic.id for section in found.parent] == ["tolls"]
    assert only(found).story.direction is Direction.SETBACK
    assert [topic.id for topic in only(found).also] == ["dredging"]
    assert found.mentions == {("dredging", 1), ("tolls", 1)}


def test_what_most_outlets_say_outbids_the_aside_of_one() -> None:
    first, second = item(feed_id=1), item(feed_id=2)
    found = digest(
        evidence(first, commitment="tolls", score=0.7),
        evidence(second, commitment="tolls", score=0.6),
        evidence(second, commitment="pilots", score=0.95),
    )
    assert only(found).topic.id == "tolls"


def test_what_a_person_confirmed_comes_before_a_better_score() -> None:
    one = item()
    found = digest(
        evidence(one, commitment="dredging", score=0.99),
        evidence(one, commitment="tolls", score=0.5, verdict=Verdict.CONFIRMED),
    )
    assert only(found).topic.id == "tolls"


def test_outlets_that_report_it_under_another_commitment_count_too_with_their_links() -> None:
    here, there = item(feed_id=1), item(feed_id=2)
    found = digest(
        evidence(here), evidence(here, commitment="tolls"), evidence(there, commitment="tolls")
    )
    assert only(found).story.outlets == ("Outlet 1", "Outlet 2")
    assert only(found).story.urls == (here.url, there.url)


def test_commitments_follow_the_size_of_their_news_whatever_their_priority() -> None:
    rows = [
        *reported(1, commitment="pilots", story=1),
        *reported(3, commitment="bridge", story=2),
        *reported(2, commitment="tolls", story=3),
    ]
    found = digest(*rows)
    assert [section.topic.id for section in found.parent] == ["bridge", "tolls", "pilots"]
    assert found.lead is not None
    assert found.lead.story is found.stories[0]


def test_an_outlet_that_an_admin_weighted_makes_its_news_larger() -> None:
    rows = [*reported(2, story=1), evidence(item(feed_id=3), commitment="tolls", story=2)]
    assert full(digest(*rows)) == [1, 2]
    assert full(digest(*rows, feeds=[feed(3, weight=3.0)])) == [2, 1]


def test_what_is_unsure_or_points_neither_way_is_half_as_large() -> None:
    rows = [*reported(3, story=1, sure=False), *reported(2, commitment="tolls", story=2)]
    assert full(digest(*rows)) == [2, 1]
    neither = reported(3, story=1, direction=Direction.NEUTRAL)
    assert full(digest(*neither, *rows[3:])) == [2, 1]
    alone = digest(*reported(3, sure=False))
    (sentence,) = phrases.lead(alone.lead, zone=UTC)
    assert sentence.endswith("ahead of schedule (3 outlets): perhaps on Dredging the channel.")


def test_a_story_that_turns_a_course_is_twice_as_large_and_the_lead_says_so() -> None:
    past = [days_ago(n, story=100 + n) for n in range(2, 8)]
    rows = [
        *reported(3, commitment="tolls", story=1),
        *reported(2, story=2, direction=Direction.SETBACK),
    ]
    assert full(digest(*rows)) == [1, 2]
    found = digest(*rows, earlier=past)
    assert full(found) == [2, 1]
    assert found.lead is not None
    first, *_ = phrases.lead(found.lead, zone=UTC)
    assert first == (
        "Dredgers reach the shared channel ahead of schedule (2 outlets): "
        "away from Dredging the channel, which turns its course."
    )


def test_equally_large_news_come_newest_first() -> None:
    rows = [evidence(item(at=NOW - n * DAY / 24), story=n) for n in (3, 1, 2)]
    assert full(digest(*rows)) == [1, 2, 3]


def test_nothing_that_an_earlier_digest_told_is_told_again() -> None:
    rows = [evidence(story=1), evidence(story=2)]
    assert full(digest(*rows, mentioned=frozenset({("dredging", 1)}))) == [2]


def test_a_told_story_comes_again_where_it_bears_on_something_else_now() -> None:
    told = frozenset({("dredging", 1)})
    found = digest(evidence(commitment="tolls"), mentioned=told)
    assert phrases.digest_notes(only(found), WINDOW) == (
        "since yesterday: now sure to belong here",
    )
    both = (evidence(first := item()), evidence(first, commitment="tolls", score=0.5))
    assert phrases.digest_notes(only(digest(*both, mentioned=told)), WINDOW) == (
        "also bears on Ending the tolls",
        "since yesterday: now bears on Ending the tolls",
    )
    assert not digest(evidence(commitment="tolls", sure=False), mentioned=told).has_news


def test_a_told_story_comes_again_where_what_was_doubtful_is_sure() -> None:
    told, doubtful = frozenset({("dredging", 1)}), [days_ago(0.5, sure=False)]
    assert digest(evidence(), earlier=doubtful, mentioned=told).has_news
    assert not digest(evidence(sure=False), earlier=doubtful, mentioned=told).has_news


def test_a_told_story_comes_again_where_it_is_read_the_other_way_now() -> None:
    told, before = frozenset({("dredging", 1)}), [days_ago(0.5)]
    other = evidence(direction=Direction.SETBACK)
    found = digest(other, earlier=before, mentioned=told)
    assert phrases.digest_notes(only(found), WINDOW) == ("since yesterday: now read the other way",)
    week = Window(since=NOW - 7 * DAY, until=NOW)
    (note,) = phrases.digest_notes(only(found), week)
    assert note == "since the last briefing: now read the other way"
    doubtful = replace(other, direction_score=0.5)
    assert not digest(doubtful, earlier=before, mentioned=told).has_news


@pytest.mark.parametrize(("outlets", "again"), [(1, False), (2, False), (3, True)])
def test_a_told_story_comes_again_where_as_many_outlets_have_it_for_the_first_time(
    outlets: int, again: bool
) -> None:
    # Outlet 1 had it, half a day before.
    before, told = [days_ago(0.5)], frozenset({("dredging", 1)})
    found = digest(*reported(outlets), earlier=before, mentioned=told)
    assert found.has_news is again
    if again:
        assert phrases.digest_notes(only(found), WINDOW) == ("since yesterday: 2 more outlets",)


@pytest.mark.parametrize(
    ("days", "by", "again"),
    [(5, (1,), True), (5, (2,), False), (5, (2, 3), True), (0.5, (1,), False)],
)
def test_a_told_story_comes_again_where_it_is_reported_again_after_a_pause(
    days: float, by: tuple[int, ...], again: bool
) -> None:
    rows = [evidence(item(feed_id=number)) for number in by]
    # Outlets 1, 4 and 5 had it.
    before = [evidence(item(at=NOW - days * DAY, feed_id=number)) for number in (1, 4, 5)]
    found = digest(*rows, earlier=before, mentioned=frozenset({("dredging", 1)}))
    assert found.has_news is again
    if again:
        (note,) = phrases.digest_notes(only(found), WINDOW)
        assert note.endswith("reported again after 4 days")


def test_rejected_evidence_is_never_shown() -> None:
    assert not digest(evidence(verdict=Verdict.REJECTED)).has_news


def test_every_commitment_has_its_first_story_before_any_has_its_second() -> None:
    rows = [evidence(story=n) for n in range(1, 30)]
    rows.append(evidence(story=99, commitment="bridge"))
    found = digest(*rows)
    assert {section.topic.id for section in found.parent} == {"dredging", "bridge"}
    assert len(full(found)) == IN_ALL
    assert sum(len(section.stories) for section in found.parent) == IN_PARENT
    assert (found.more, [topic.id for topic in found.more_topics]) == (5, ["dredging"])


def test_what_is_left_out_is_not_said_to_have_been_told() -> None:
    found = digest(*(evidence(story=n) for n in range(1, 40)))
    assert {story_id for _, story_id in found.mentions} == set(full(found))


def silent(topic: Topic, *, for_: timedelta) -> Quiet:
    """A commitment whose silence began so long ago."""
    return Quiet(topic=topic, silence=silence_of([NOW - 30 * DAY - for_], now=NOW))


def test_a_commitment_with_news_is_not_called_quiet() -> None:
    quiet = tuple(silent(topic, for_=DAY / 2) for topic in TOPICS)
    found = digest(evidence(), quiet=quiet)
    assert found.lead is not None
    assert {one.topic.id for one in found.lead.silent} == set(IDS) - {"dredging"}


@pytest.mark.parametrize("days", range(1, 40))
def test_a_silence_is_told_when_it_begins_and_then_once_a_week(days: int) -> None:
    found = digest(quiet=(silent(TOPICS[0], for_=(days - 0.5) * DAY),))
    leading = len(found.lead.silent) if found.lead else 0
    assert (leading, len(found.quiet)) == (days == 1, days % 7 == 1 and days > 1)


@given(st.integers(0, 10_000), st.lists(st.integers(1, 3_000), min_size=1, max_size=20))
def test_a_silence_that_lasts_is_told_in_every_week_by_windows_of_any_length(
    start: int, hours: list[int]
) -> None:
    began = NOW - timedelta(hours=start)
    since, told = began - timedelta(hours=1), 0
    for length in hours:
        window = Window(since=since, until=since + timedelta(hours=length))
        silence = silence_of(
            [began - 30 * DAY], now=max(began + timedelta(seconds=1), window.until)
        )
        told += is_told(Quiet(topic=TOPICS[0], silence=silence), window)
        since = window.until
    weeks = (since - began) // timedelta(weeks=1)
    assert min(1, weeks) <= told <= max(0, weeks) + 1


def test_what_falls_due_within_30_days_is_told_and_what_came_due_leads() -> None:
    # Dredging is due on 13 March 2019, twelve days after the digest.
    assert [topic.id for topic in digest().due] == ["dredging"]
    day_after = Window(since=NOW + 12 * DAY, until=NOW + 13 * DAY)
    found = digest(window=day_after)
    assert found.due == ()
    assert found.lead is not None
    assert phrases.lead(found.lead, zone=UTC) == ("Came due: Dredging the channel (13 Mar 2019).",)
    assert digest(window=Window(since=NOW + 11 * DAY, until=NOW + 12 * DAY)).lead is None


def test_a_digest_of_a_past_day_has_what_was_fetched_later_at_its_date() -> None:
    fetched = evidence(item(first_seen_at=NOW + DAY), story=1)
    on_time = evidence(story=2)
    backlog = evidence(item(at=NOW - 9 * DAY, backlog=True), story=4, filed_at=NOW - DAY / 2)
    known = filed_when_published([fetched, on_time, backlog], NOW)
    assert [one.story_id for one in known if one.filed_at in WINDOW] == [1, 2]
    found = digest(*(one for one in known if one.filed_at in WINDOW))
    assert {one.story.story_id: one.fetched_later for one in found.stories} == {1: True, 2: False}


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
    told_stories = {story for _, story in told}
    new = {row.story_id for row in rows} - told_stories
    again = [one for one in found.stories if one.development]
    assert {one.story.story_id for one in again} <= told_stories
    assert all(one.development and one.development.topics for one in again)
    assert {one.story.story_id for one in found.stories if not one.development} <= new
    assert len(shown) + found.more >= len(new)
    after = digest(*rows, mentioned=told | found.mentions)
    assert not set(full(after)) & set(shown)


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
