"""Turning points, the order of a table, and days of the past."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.briefing.parts import Balance, Run, Silence, StatusLine, Story, Topic
from bot.briefing.status import end_of_day, runs_of, worst_first
from bot.briefing.stories import stories_of
from bot.domain.errors import InputError
from bot.domain.evidence import Direction, Verdict
from tests.briefing.builders import DAY, NOW, PATIENT, assessment, evidence, item

P, S, N = Direction.PROGRESS, Direction.SETBACK, Direction.NEUTRAL


def stories(*told: tuple[Direction, float, bool]) -> tuple[Story, ...]:
    """Stories by direction, age in days, and whether the machine is sure of the direction."""
    rows = (
        evidence(
            item(at=NOW - timedelta(days=age)),
            story=number,
            direction=direction,
            direction_score=0.9 if sure else 0.3,
        )
        for number, (direction, age, sure) in enumerate(told, 1)
    )
    return stories_of(rows, feeds=())


SOME = st.lists(
    st.tuples(st.sampled_from(Direction), st.integers(0, 400), st.booleans()), max_size=25
)


def test_the_worked_example() -> None:
    found = runs_of(stories((S, 10, True), (P, 240, True), (P, 220, True), (P, 6, True)))
    assert [(run.direction, run.stories) for run in found] == [(P, 2), (S, 1), (P, 1)]
    assert [run.since for run in found] == [NOW - n * DAY for n in (240, 10, 6)]
    assert found[0].until == NOW - 220 * DAY
    assert found[0].first.published_at == NOW - 240 * DAY


def test_without_a_sure_direction_there_is_no_run() -> None:
    assert runs_of(stories((N, 1, True), (P, 2, False))) == ()


def test_a_person_who_sets_a_direction_makes_and_unmakes_turns() -> None:
    rows = [evidence(item(at=NOW - n * DAY), story=n) for n in (1, 2, 3)]
    assert len(runs_of(stories_of(rows, feeds=()))) == 1
    rows[1] = evidence(
        rows[1].item, story=2, sure=False, verdict=Verdict.SETBACK, verdict_by="U01ANALYST"
    )
    assert [run.direction for run in runs_of(stories_of(rows, feeds=()))] == [P, S, P]


@PATIENT
@given(SOME)
def test_runs_hold_every_pointing_story_once_and_turn_at_each_end(
    told: list[tuple[Direction, int, bool]],
) -> None:
    every = list(stories(*told))
    found = runs_of(every)
    pointing = [story for story in every if story.is_sure and story.direction is not N]
    assert sum(run.stories for run in found) == len(pointing)
    for run, after in pairwise(found):
        assert run.direction is not after.direction
        assert run.since <= run.until <= after.since
    every.sort(key=lambda story: (story.evidence_id * 7919) % 101)
    assert runs_of(every) == found, "the order in which stories come does not matter"


@PATIENT
@given(SOME)
def test_all_turned_round_turns_at_the_same_times(told: list[tuple[Direction, int, bool]]) -> None:
    other = {P: S, S: P, N: N}
    there = runs_of(stories(*told))
    back = runs_of(stories(*((other[way], age, sure) for way, age, sure in told)))
    assert [(run.since, run.stories) for run in there] == [(run.since, run.stories) for run in back]
    assert [other[run.direction] for run in there] == [run.direction for run in back]


def line(
    name: str, *, level: int | None = None, runs: Sequence[Run] = (), days: int = 0
) -> StatusLine:
    gap = timedelta(days=days)
    return StatusLine(
        topic=Topic(id=name, title=name),
        standing=() if level is None else (assessment(1, commitment=name, level=level),),
        runs=tuple(runs),
        balance=Balance(days=90),
        silence=Silence(last=NOW - gap, gap=gap, rhythm=None, allowed=DAY, quiet=False),
    )


def test_the_worst_comes_first_and_nothing_is_left_out() -> None:
    away, toward = runs_of(stories((S, 9, True))), runs_of(stories((P, 9, True)))
    lines = [
        line("done", level=3, runs=away),
        line("unknown"),
        line("unknown and silent", days=40),
        line("unknown and away", runs=away),
        line("half", level=2, runs=away),
        line("none, toward", level=0, runs=toward),
        line("none, away", level=0, runs=away),
    ]
    assert [one.topic.id for one in worst_first(lines)] == [
        "none, away",
        "none, toward",
        "half",
        "unknown and away",
        "unknown and silent",
        "unknown",
        "done",
    ]


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("2019-03-01", "2019-03-01"),
        ("1 March 2019", "2019-03-01"),
        ("March 1st, 2019", "2019-03-01"),
        ("february 2019", "2019-02-28"),
        ("yesterday", "2019-02-28"),
        ("2018", "2018-12-31"),
    ],
)
def test_a_day_is_read_to_its_end(words: str, day: str) -> None:
    end = datetime.combine(datetime.fromisoformat(day), time.max, tzinfo=UTC)
    assert end_of_day(words, now=NOW + DAY * ("yesterday" not in words)) == end


def test_a_day_that_has_not_ended_is_read_to_now() -> None:
    assert end_of_day("1 March 2019", now=NOW) == NOW
    assert end_of_day("March 2019", now=NOW) == NOW


@pytest.mark.parametrize(
    "words", ["2 March 2019", "tomorrow", "never", "", "2019-02-31", "1 March x"]
)
def test_what_is_no_day_of_the_past_is_told_in_words(words: str) -> None:
    with pytest.raises(InputError, match=r"write it like|day of the past"):
        end_of_day(words, now=NOW)
