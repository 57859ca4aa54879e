"""What a commitment asks for, and what an item's clauses say happens to it."""

import numpy as np
import pytest

from bot.domain.commitment import Commitment
from bot.matching.direction.classifier import NAMES, DirectionClassifier
from bot.matching.direction.clause_events import Clauses
from bot.matching.direction.polarity import PolarityReader
from bot.matching.model import DIRECTIONS, DirectionModel, Linear
from bot.matching.text.knowledge import knowledge
from bot.matching.text.tokens import tokens_of

MONITORS = Commitment(
    id="m",
    title="Monitoring by cameras",
    text="Inspectors watch the plants with cameras; stop all shelling of villages.",
    summit_id="s",
)


@pytest.fixture(scope="module")
def classifier(vectors):
    return DirectionClassifier(vectors=vectors, knowledge=knowledge())


def measured(classifier, title, commitment=MONITORS):
    columns = classifier.measure([(classifier.read(title), classifier.goal(commitment))])[0]
    return dict(zip(NAMES, columns.tolist(), strict=True))


def clauses_of(text):
    tokens = tokens_of(text)
    return Clauses(
        [token.key for token in tokens],
        [token.start for token in tokens],
        [token.end for token in tokens],
    )


def test_commas_and_conjunctions_part_clauses_hyphens_do_not():
    clauses = clauses_of("Two-day talks end, envoys leave as shelling goes on")
    assert clauses.of == [0, 0, 0, 0, 1, 1, 2, 2, 2, 2]
    assert clauses.aside == [False, False, True]


def test_a_no_reaches_only_its_own_clause():
    clauses = clauses_of("No deal, talks resume")
    assert clauses.turned([(0, 1)], 3) == {1}


def test_an_empty_text_has_no_clauses():
    assert clauses_of("").of == []


def test_a_goal_wants_more_of_some_things_and_less_of_others(classifier):
    goal = classifier.goal(MONITORS)
    assert goal.words["camera"][1] > 0
    assert goal.words["villag"][1] < 0


def test_removing_what_should_be_there_is_bad_and_installing_it_good(classifier):
    assert measured(classifier, "Minister removes cameras")["effect_title"] < 0
    assert measured(classifier, "Minister installs cameras")["effect_title"] > 0


def test_a_no_turns_what_happens(classifier):
    plain, turned = (
        measured(classifier, title)["effect_title"]
        for title in ("Minister installs cameras", "Minister will not install cameras")
    )
    assert turned == pytest.approx(-plain)


def test_items_are_measured_alike_alone_and_together(classifier):
    goal = classifier.goal(MONITORS)
    read = [classifier.read(title) for title in ("Cameras removed", "Talks on access", "")]
    together = classifier.measure([(each, goal) for each in read])
    alone = np.vstack([classifier.measure([(each, goal)]) for each in read])
    assert np.allclose(together, alone)


def test_will_is_not_willing():
    found = PolarityReader(knowledge()).read("He will go", "").hits
    assert not [hit for hit in found if hit.term.text == "willing"]


def test_stems_count_by_themselves_and_with_the_goals_sign():
    model = DirectionModel(
        linear=Linear(
            mean=np.zeros(1, np.float32), scale=np.ones(1, np.float32),
            weights=np.zeros((1, 3), np.float32), bias=np.zeros(3, np.float32),
        ),
        words={"resum": 0},
        table=np.array([[0, 0, 0, -1, 1, 0]], dtype=np.float32),
    )  # fmt: skip
    stem_logits = model.stem_logits([{"resum": 1.0, "unknown": 1.0}] * 2)
    logits = model.logits(np.zeros((2, 1), np.float32), stem_logits, np.array([1, -1], np.float32))
    assert [DIRECTIONS[best] for best in logits.argmax(axis=1)] == [DIRECTIONS[1], DIRECTIONS[0]]


def test_no_known_stem_counts_nothing():
    model = DirectionModel(linear=None, words={}, table=np.zeros((0, 6), np.float32))
    assert not model.stem_logits([{"any": 1.0}]).any()
