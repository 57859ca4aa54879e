"""A copy of the process shares the matching, and nobody can tell by what is found."""

import os
import signal
import time

import pytest

from bot.services.match_frames import Packed, Text
from bot.services.match_pair import ENOUGH, Pair

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
TEXTS = [(f"title {n}", "summary \ud800 ü" * (n % 5)) for n in range(ENOUGH + 321)]


def matched(texts: list[Text]) -> list[Packed]:
    """Stands for the matcher; says which process did it, last."""
    return [([title.upper(), len(summary), os.getpid()],) for title, summary in texts]


def found(answers: list[Packed]) -> list[object]:
    return [match[:2] for (match,) in answers]


def processes(answers: list[Packed]) -> set[int]:
    return {match[2] for (match,) in answers}


@pytest.fixture
def pair():
    both = Pair(matched, processors=2)
    yield both
    both.part()


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
class TestShared:
    def test_answers_come_in_order_from_both(self, pair):
        answers, aside = pair.match(TEXTS, lambda: time.perf_counter() and "aside")
        assert aside == "aside"
        assert found(answers) == found(matched(TEXTS))
        assert len(processes(answers)) == 2
        assert os.getpid() in processes(answers)

    @pytest.mark.parametrize(
        ("aside_s", "handed_over"), [(0.0, 50), (0.02, 60), (0.1, 100), (9.0, 100)]
    )
    def test_who_is_busy_with_something_else_hands_over_more(self, pair, aside_s, handed_over):
        pair._aside_s, pair._text_s = aside_s, 0.001
        assert pair._share(100) == handed_over

    def test_a_copy_that_is_killed_costs_nothing(self, pair):
        answers, _ = pair.match(TEXTS, lambda: None)
        (copy,) = processes(answers) - {os.getpid()}
        os.kill(copy, signal.SIGKILL)
        answers, aside = pair.match(TEXTS, lambda: 3)
        assert (found(answers), aside) == (found(matched(TEXTS)), 3)
        assert processes(answers) == {os.getpid()}
        assert not pair.shared

    def test_a_copy_that_was_let_go_has_ended_and_another_is_made(self, pair):
        (first,) = processes(pair.match(TEXTS, lambda: None)[0]) - {os.getpid()}
        pair.part()
        with pytest.raises(ProcessLookupError):
            os.kill(first, 0)
        (second,) = processes(pair.match(TEXTS, lambda: None)[0]) - {os.getpid()}
        assert second != first

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
