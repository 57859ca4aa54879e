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
    assert momentum(stories((P, 0), (S, 30), (S, 60))) == pytest.approx(0.25 / 1.75)


def test_two_stories_are_no_balance_and_neutral_ones_do_not_count() -> None:
    assert momentum(stories((P, 0), (S, 1), (N, 2), (N, 3))) is None


@PATIENT
@given(SOME)
def test_it_lies_between_minus_one_and_one_and_turns_with_the_directions(
    pairs: list[tuple[Direction, float]],
) -> None:
    turned = {P: S, S: P, N: N}
    there = momentum(stories(*pairs))
    back = momentum(stories(*((turned[direction], age) for direction, age in pairs)))
    if there is None:
        assert back is None
    else:
        assert -1 <= there <= 1
        assert back == pytest.approx(-there)


@PATIENT
@given(SOME, st.floats(0, 1000))
def test_waiting_alone_does_not_change_it(
    pairs: list[tuple[Direction, float]], wait: float
) -> None:
    later = [(direction, age + wait) for direction, age in pairs]
    assert momentum(stories(*later)) == pytest.approx(momentum(stories(*pairs)), abs=1e-6)


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
