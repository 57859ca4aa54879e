"""A copy of the process shares the matching, and nobody can tell by what is found."""

import os
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching.worker import ENOUGH, Left, Packed, Pair, Text

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
TEXTS = [(f"title {n}", "summary \ud800 ü" * (n % 5)) for n in range(ENOUGH + 321)]


def matched(texts: list[Text]) -> list[Packed]:
    """Stands for the matcher; says which process did it, last."""
    return [([title.upper(), len(summary), os.getpid()],) for title, summary in texts]


def found(answers: list[Packed]) -> list[object]:
    return [match[:2] for (match,) in answers]


def processes(answers: list[Packed]) -> set[int]:
    return {match[2] for (match,) in answers}


def copy_of(pair: Pair) -> int:
    """The copy's number, after it has done a part."""

    def until_it_has_begun() -> None:
        assert pair._second is not None
        while not pair._second.left._bounds[0]:
            os.sched_yield()

    answers, _ = pair.match(TEXTS, until_it_has_begun)
    (number,) = processes(answers) - {os.getpid()}
    return number


@pytest.fixture
def pair():
    both = Pair(matched, processors=2)
    yield both
    both.part()


@given(st.integers(0, 2_000), st.lists(st.booleans(), min_size=200, max_size=200))
def test_two_that_take_pieces_from_both_ends_take_every_text_once(texts, turns):
    left = Left()
    left.begin(texts)
    taken: list[int] = []
    for from_the_end in turns:
        piece = left.from_the_end() if from_the_end else left.from_the_beginning()
        taken += range(texts)[piece] if piece else ()
    assert sorted(taken) == [*range(texts)]


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
class TestShared:
    def test_answers_come_in_order_from_both(self, pair):
        for _ in range(20):
            answers, aside = pair.match(TEXTS, lambda: "aside")
            assert (found(answers), aside) == (found(matched(TEXTS)), "aside")
            assert processes(answers) <= {os.getpid(), copy_of(pair)}

    def test_a_copy_that_is_killed_costs_nothing(self, pair):
        os.kill(copy_of(pair), signal.SIGKILL)
        answers, aside = pair.match(TEXTS, lambda: 3)
        assert (found(answers), aside) == (found(matched(TEXTS)), 3)
        assert processes(answers) == {os.getpid()}
        assert not pair.shared

    def test_a_copy_that_was_let_go_has_ended_and_another_is_made(self, pair):
        first = copy_of(pair)
        pair.part()
        with pytest.raises(ProcessLookupError):
            os.kill(first, 0)
        assert copy_of(pair) != first

    def test_an_error_of_the_matcher_is_raised_as_if_nothing_were_shared(self):
        def broken(texts: list[Text]) -> list[Packed]:
            raise ValueError(texts[0][0])

        pair = Pair(broken, processors=2)
        with pytest.raises(ValueError, match="title"):
            pair.match(TEXTS, lambda: None)


@pytest.mark.parametrize(("texts", "processors"), [(TEXTS[: ENOUGH - 1], 2), (TEXTS, 1), ([], 2)])
def test_nothing_is_shared_where_it_would_not_help(texts, processors):
    pair = Pair(matched, processors=processors)
    answers, aside = pair.match(texts, lambda: "aside")
    assert (found(answers), aside) == (found(matched(texts)), "aside")
    assert processes(answers) <= {os.getpid()}
    assert not pair.shared
