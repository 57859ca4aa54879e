import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.evidence import Direction, Match
from bot.matching.evaluation.baselines import best_in_hindsight, tfidf_scores, vector_scores
from bot.matching.evaluation.metrics import Counts, GoldItem, b_cubed, calibration_error, report
from tests.matching.packs import PACK, item

P, S = Direction.PROGRESS, Direction.SETBACK


def match(name, score=0.9, direction=P, *, sure=True):
    return Match(commitment_id=name, score=score, direction=direction, sure=sure)


GOLD = [
    GoldItem(item=item("one"), labels={"a": P, "b": S}, story="s"),
    GoldItem(item=item("two"), labels={"a": P}, story="s"),
    GoldItem(item=item("three"), labels={}),
]


def test_counts_and_shares_are_worked_out():
    found = report(GOLD, [[match("a", direction=S)], [match("a", sure=False)], [match("b")]])
    assert found.overall == Counts(right=2, wrong=1, missed=1)
    assert found.overall.f1 == pytest.approx(2 / 3)
    assert found.by_commitment["b"] == Counts(wrong=1, missed=1)
    assert found.sure == Counts(right=1, wrong=1)
    assert found.direction == 0.5


def test_commitments_without_labels_are_not_counted():
    found = report(GOLD, [[match("z")], [], []], tracked=["a", "b", "z"])
    assert found.overall.wrong == 0
    assert found.unlabelled == ("z",)


def test_nothing_filed_is_no_division_by_zero():
    found = report(GOLD, [[], [], []])
    assert (found.overall.precision, found.overall.f1, found.direction) == (0.0, 0.0, None)


def test_stories_are_measured_on_items_that_have_one():
    assert report(GOLD, [[], [], []], stories=[1, 1, 1]).stories == pytest.approx((2 / 3, 1, 0.8))


def test_calibration_error_of_the_docstring():
    assert calibration_error([0.9, 0.9], [True, False]) == pytest.approx(0.4)
    assert calibration_error([], []) == 0.0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1))
def test_b_cubed_of_a_grouping_with_itself_is_perfect(pairs):
    truth = [pair[0] for pair in pairs]
    assert b_cubed(truth, truth) == (1.0, 1.0, 1.0)
    precision, recall, _ = b_cubed(truth, [pair[1] for pair in pairs])
    assert 0 < precision <= 1
    assert 0 < recall <= 1


def test_baselines_prefer_the_commitment_that_shares_words(vectors):
    items = [item("Germany closes coal-fired power plants"), item("Amazon forest loss in Brazil")]
    for scores in (tfidf_scores(PACK, items), vector_scores(PACK, items, vectors)):
        assert [max(each, key=each.get) for each in scores] == ["coal", "forests"]


def test_the_best_threshold_in_hindsight_is_found():
    scores = [{"a": 0.9}, {"a": 0.5}, {"a": 0.4}]
    assert best_in_hindsight(scores, [{"a": P}, {}, {}], {"a"}) == (0.9, Counts(right=1))
