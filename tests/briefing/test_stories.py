"""Stories: headline, outlets, direction and standing of what several items report."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.briefing.parts import Standing
from bot.briefing.stories import (
    UNTITLED,
    by_recency,
    stories_of,
)
from bot.domain.evidence import REJECTING, Direction, Evidence, Origin, Verdict
from bot.domain.feed import Feed
from bot.domain.item import DateSource
from tests.briefing.builders import DAY, NOW, PATIENT, evidence, feed, item

P, S, N = Direction.PROGRESS, Direction.SETBACK, Direction.NEUTRAL


def listed(weights: dict[int, float]) -> list[Feed]:
    return [feed(number, weight=weight) for number, weight in weights.items()]


def headline(*titles: str, weights: dict[int, float] | None = None) -> str:
    rows = [
        evidence(item(title, feed_id=number, at=NOW - number * DAY))
        for number, title in enumerate(titles, 1)
    ]
    (story,) = stories_of(rows, feeds=listed(weights or {}))
    return story.headline


def test_the_headline_is_the_title_that_says_most() -> None:
    assert headline("Dredging news", "Dredgers reach nine metres in shared channel") == (
        "Dredgers reach nine metres in shared channel"
    )


def test_a_weightier_outlet_wins_when_its_title_says_enough() -> None:
    plain, rich = "Dredgers reach nine metres", "Dredgers reach nine metres in shared channel today"
    assert headline(rich, plain, weights={2: 2.0}) == plain
    assert headline(rich, "Update", weights={2: 2.0}) == rich


def test_between_equals_the_newest_title_is_shown() -> None:
    assert headline("Dredgers reach nine metres", "Dredgers touch nine metres") == (
        "Dredgers reach nine metres"
    )


def test_an_item_without_a_title_shows_its_summary_or_says_so() -> None:
    (with_summary,) = stories_of([evidence(item("", summary="Depth reached"))], feeds=())
    (bare,) = stories_of([evidence(item(""))], feeds=())
    assert (with_summary.headline, bare.headline) == ("Depth reached", UNTITLED)


def test_each_outlet_is_named_once_the_headline_first_then_by_weight() -> None:
    rows = [
        evidence(item("Dredgers reach nine metres in shared channel", feed_id=1)),
        evidence(item("Depth", feed_id=2)),
        evidence(item("Depth reached", feed_id=3)),
        evidence(item("More on the depth", feed_id=2)),
    ]
    (story,) = stories_of(rows, feeds=listed({1: 1.0, 2: 1.0, 3: 1.0}))
    assert story.outlets == ("Outlet 1", "Outlet 2", "Outlet 3")
    assert (story.items, story.reach) == (4, 3.0)
    (weighted,) = stories_of(rows, feeds=listed({1: 1.0, 2: 1.0, 3: 5.0}))
    assert weighted.outlets == ("Outlet 1", "Outlet 3", "Outlet 2")


def test_rejected_evidence_is_never_part_of_a_story() -> None:
    rejected = evidence(item(feed_id=2), verdict=Verdict.REJECTED, direction=S)
    assert stories_of([rejected], feeds=()) == ()
    (story,) = stories_of([rejected, evidence(item(feed_id=1))], feeds=())
    assert story.outlets == ("Outlet 1",)


def test_a_persons_word_on_the_direction_outweighs_every_machine() -> None:
    rows = [evidence(direction=P) for _ in range(5)]
    rows.append(evidence(direction=P, verdict=Verdict.SETBACK, score=0.2, direction_score=0.1))
    (story,) = stories_of(rows, feeds=())
    assert (story.direction, story.evidence_id) == (S, rows[-1].id)


def test_a_line_speaks_of_one_piece_of_evidence_the_surest() -> None:
    told = "Dredgers reach nine metres in shared channel today, officials of both sides say"
    rows = [
        evidence(item(told, feed_id=1), direction=P, direction_score=0.5),
        evidence(item("Dredging halted", feed_id=2), direction=S, direction_score=0.9),
        evidence(item("Dredging goes on", feed_id=3), direction=P, direction_score=0.5),
    ]
    (story,) = stories_of(rows, feeds=())
    assert (story.headline, story.direction, story.evidence_id) == (
        "Dredging halted",
        S,
        rows[1].id,
    )
    assert story.contrary == 2


def test_without_a_sure_direction_a_line_has_none_and_still_tells_how_it_is_read() -> None:
    (story,) = stories_of([evidence(direction=P, direction_score=0.55)], feeds=())
    assert (story.direction, story.reading, story.is_sure) == (None, P, False)
    (unknown,) = stories_of([evidence(direction=P, direction_score=None)], feeds=())
    assert unknown.direction is None


def test_who_only_said_that_it_belongs_here_said_nothing_of_its_direction() -> None:
    said = evidence(direction=P, direction_score=0.5, verdict=Verdict.CONFIRMED)
    (story,) = stories_of([said], feeds=())
    assert (story.direction, story.standing) == (None, Standing.CONFIRMED)
    doubtful = evidence(direction=P, sure=False)
    (story,) = stories_of([doubtful], feeds=())
    assert story.direction is None


def test_standing_is_the_strongest_word() -> None:
    def standing(*rows: Evidence) -> Standing:
        (story,) = stories_of(rows, feeds=())
        return story.standing

    unsure, sure = evidence(sure=False), evidence()
    assert standing(unsure) is Standing.UNSURE
    assert standing(unsure, sure) is Standing.PROPOSED
    assert standing(sure, evidence(verdict=Verdict.CONFIRMED)) is Standing.CONFIRMED
    by_hand = evidence(origin=Origin.PERSON, verdict=Verdict.NEUTRAL)
    assert standing(by_hand) is Standing.CONFIRMED


def test_a_story_without_any_publishers_date_says_so() -> None:
    seen = evidence(item(date_source=DateSource.FIRST_SEEN))
    (undated,) = stories_of([seen], feeds=())
    (dated,) = stories_of([seen, evidence()], feeds=())
    assert (undated.dated, dated.dated) == (False, True)


def test_confirmed_comes_first_unsure_last_and_more_outlets_before_fewer() -> None:
    rows = [
        evidence(item(at=NOW), story=1),
        evidence(item(feed_id=1), story=2),
        evidence(item(feed_id=2), story=2),
        evidence(item(at=NOW - 9 * DAY), story=3, verdict=Verdict.CONFIRMED),
        evidence(item(at=NOW), story=4, sure=False),
    ]
    ordered = stories_of(rows, feeds=())
    assert [story.story_id for story in ordered] == [3, 2, 1, 4]


ROWS = st.lists(
    st.tuples(
        st.integers(1, 4),  # story
        st.sampled_from(["dredging", "tolls"]),
        st.sampled_from(Direction),
        st.floats(0.1, 1.0),
        st.integers(1, 3),  # feed
        st.integers(0, 100),  # hours ago
        st.sampled_from([None, *Verdict]),
    ),
    max_size=20,
).map(
    lambda rows: [
        evidence(
            item(feed_id=feed_id, at=NOW - timedelta(hours=hours)),
            story=story,
            commitment=commitment,
            direction=direction,
            score=score,
            verdict=verdict,
        )
        for story, commitment, direction, score, feed_id, hours, verdict in rows
    ]
)


@PATIENT
@given(ROWS, st.randoms())
def test_a_story_comes_once_a_commitment_and_the_order_of_evidence_is_nothing(
    rows: list[Evidence], random: object
) -> None:
    found = by_recency(stories_of(rows, feeds=()))
    pairs = [(story.commitment_id, story.story_id) for story in found]
    kept = {(r.commitment_id, r.story_id) for r in rows if r.verdict not in REJECTING}
    assert sorted(pairs) == sorted(kept)
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again = by_recency(stories_of(shuffled, feeds=()))
    assert [s.headline for s in again] == [s.headline for s in found]
    assert [s.direction for s in again] == [s.direction for s in found]


def test_newest_first_goes_by_the_date_that_a_story_shows() -> None:
    rows = [
        evidence(item(at=NOW - 3 * DAY), story=1),
        evidence(item(at=NOW), story=1),  # told anew, which makes it no newer
        evidence(item(at=NOW - 2 * DAY), story=2),
    ]
    found = by_recency(stories_of(rows, feeds=()))
    assert [story.story_id for story in found] == [2, 1]
    assert [story.published_at for story in found] == [NOW - 2 * DAY, NOW - 3 * DAY]


def test_an_outlet_that_was_asked_for_tells_the_story_in_its_own_words() -> None:
    short = item("Dredgers at work", feed_id=2)
    rows = [evidence(item(feed_id=1), story=1), evidence(short, story=1)]
    (usual,) = stories_of(rows, feeds=())
    (asked,) = stories_of(rows, feeds=(), outlet="outlet 2")
    assert usual.outlets == ("Outlet 1", "Outlet 2")
    assert asked.outlets == ("Outlet 2", "Outlet 1")
    assert (asked.headline, asked.url) == ("Dredgers at work", short.url)
    assert asked.evidence_id == rows[1].id
    (other,) = stories_of(rows, feeds=(), outlet="outlet 3")
    assert other == usual
