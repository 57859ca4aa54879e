"""Momentum and balance: counted by story, newer ones weighing more."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.briefing.parts import Story
from bot.briefing.status import balance, momentum
from bot.briefing.stories import stories_of
from bot.domain.evidence import Direction
from tests.briefing.builders import DAY, NOW, PATIENT, evidence, item

P, S, N = Direction.PROGRESS, Direction.SETBACK, Direction.NEUTRAL


def stories(*pairs: tuple[Direction, float]) -> tuple[Story, ...]:
    rows = (
        evidence(item(at=NOW - timedelta(days=age)), story=number, direction=direction)
        for number, (direction, age) in enumerate(pairs, 1)
    )
    return stories_of(rows, feeds=())


SOME = st.lists(
    st.tuples(st.sampled_from(Direction), st.floats(0, 5000, allow_nan=False)), max_size=25
)


def test_the_worked_example() -> None:
    now = stories((P, 0), (P, 0), (S, 30), (S, 60))
    assert momentum(now, now=NOW) == pytest.approx(1.25 / 3.75)
    assert momentum(now, now=NOW + 30 * DAY) == pytest.approx(0.625 / 2.375)


def test_three_stories_are_no_balance_and_neutral_ones_do_not_count() -> None:
    assert momentum(stories((P, 0), (S, 1), (P, 1), (N, 2), (N, 3)), now=NOW) is None


def test_a_story_whose_direction_is_unsure_counts_for_nothing_but_is_counted() -> None:
    sure = [evidence(story=n) for n in range(4)]
    unsure = [evidence(story=n, direction_score=0.5) for n in range(4, 9)]
    both = stories_of([*sure, *unsure], feeds=())
    assert momentum(both, now=NOW) == momentum(stories_of(sure, feeds=()), now=NOW)
    assert (balance(both, now=NOW, days=30).unsure, balance(both, now=NOW, days=30).stories) == (
        5,
        9,
    )


@PATIENT
@given(SOME)
def test_it_lies_between_minus_one_and_one_and_turns_with_the_directions(
    pairs: list[tuple[Direction, float]],
) -> None:
    turned = {P: S, S: P, N: N}
    there = momentum(stories(*pairs), now=NOW)
    turned_pairs = ((turned[direction], age) for direction, age in pairs)
    back = momentum(stories(*turned_pairs), now=NOW)
    if there is None:
        assert back is None
    else:
        assert -1 <= there <= 1
        assert back == pytest.approx(-there)


@PATIENT
@given(SOME, st.floats(0, 1000))
def test_waiting_alone_only_brings_it_nearer_to_nothing(
    pairs: list[tuple[Direction, float]], wait: float
) -> None:
    found = stories(*pairs)
    there, later = momentum(found, now=NOW), momentum(found, now=NOW + timedelta(days=wait))
    if there is None:
        assert later is None
    else:
        assert later is not None
        assert abs(later) <= abs(there) + 1e-9
        assert later * there >= 0
        far = momentum(found, now=NOW + timedelta(days=3000))
        assert far == pytest.approx(0, abs=1e-6)


@PATIENT
@given(SOME, st.integers(1, 400))
def test_the_balance_counts_each_recent_story_once(
    pairs: list[tuple[Direction, float]], days: int
) -> None:
    found = balance(stories(*pairs), now=NOW, days=days)
    since = NOW - days * DAY
    assert found.stories == sum(NOW - timedelta(days=age) > since for _, age in pairs)


def test_one_story_from_three_outlets_counts_once() -> None:
    rows = [evidence(item(feed_id=n), story=7) for n in (1, 2, 3)]
    assert balance(stories_of(rows, feeds=()), now=NOW, days=30).stories == 1
