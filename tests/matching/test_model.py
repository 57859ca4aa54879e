import copy
import json

import numpy as np
import pytest

from bot.matching.model import SHIPPED, Trees, model_from, shipped_model, sigmoid
from bot.matching.relevance.features import EXPANDED


@pytest.fixture
def data():
    return json.loads(SHIPPED.read_text("utf-8"))


def test_the_shipped_numbers_fit_what_is_measured():
    model = shipped_model()
    for scoring in (model.bare, model.given):
        assert scoring.linear.weights.shape == (len(EXPANDED), 1)
        assert 0 < scoring.file <= scoring.sure < 1


def test_a_missing_weight_is_an_error(data):
    del data["bare"]["linear"]["features"]["words"]
    with pytest.raises(KeyError, match="words"):
        model_from(data)


def test_the_digest_changes_with_any_number(data):
    other = copy.deepcopy(data)
    other["given"]["thresholds"]["file"] += 0.01
    assert model_from(data).digest != model_from(other).digest


def test_trees_go_right_above_the_limit_and_sum_their_leaves():
    trees = Trees(
        columns=np.array([[0, 1, 1], [1, 0, 0]]),
        limits=np.array([[0.5, 0.1, 0.2], [0.0, 0.0, 9.0]], dtype=np.float32),
        leaves=np.array([[1, 2, 3, 4], [10, 20, 30, 40]], dtype=np.float32),
        base=100.0,
    )
    rows = np.array([[0.5, 0.0], [0.6, 0.3]], dtype=np.float32)
    # First row: left, left (1); left, right (20). Second: right, right (4); right, left (30).
    assert trees.logits(rows).tolist() == [121.0, 134.0]


def test_sigmoid_keeps_within_0_and_1():
    assert sigmoid(np.array([-1e9, 0, 1e9], dtype=np.float32)) == pytest.approx([0, 0.5, 1])


def test_trees_give_what_walking_down_each_gives():
    trees = shipped_model().bare.trees
    rows = np.random.default_rng(1).normal(size=(300, len(EXPANDED))).astype(np.float32)
    inner = trees.columns.shape[1]

    def walked(row):
        total = trees.base
        for columns, limits, leaves in zip(trees.columns, trees.limits, trees.leaves, strict=True):
            node = 0
            while node < inner:
                node = 2 * node + 1 + int(row[columns[node]] > limits[node])
            total += leaves[node - inner]
        return total

    assert trees.logits(rows) == pytest.approx([walked(row) for row in rows], abs=1e-4)
    assert trees.logits(rows[:0]).shape == (0,)
