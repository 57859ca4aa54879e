"""Pairs of headlines that differ in a word or two, and by that in their direction."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from bot.domain.commitment import Commitment
from bot.domain.evidence import Direction
from bot.matching.direction.classifier import DirectionClassifier
from bot.matching.model import DIRECTIONS, shipped_model
from bot.matching.text.knowledge import knowledge

FILE = Path(__file__).parents[3] / "bench" / "direction_pairs.toml"
COMMITMENTS = tomllib.loads(FILE.read_text("utf-8"))["commitment"]
LETTERS = {"p": Direction.PROGRESS, "s": Direction.SETBACK, "n": Direction.NEUTRAL}


def headlines(text):
    return [re.sub(r"\{(.*?)\|(.*?)\}", part, text) for part in (r"\1", r"\2")]


def test_there_are_three_hundred_on_twenty_subjects_and_none_twice():
    pairs = [text for entry in COMMITMENTS for text, _ in entry["pairs"]]
    assert len(COMMITMENTS) == 20
    assert len(set(pairs)) == len(pairs) == 300


@pytest.mark.parametrize("entry", COMMITMENTS, ids=lambda entry: entry["title"])
def test_each_has_one_place_that_differs_and_two_directions(entry):
    for text, letters in entry["pairs"]:
        assert re.fullmatch(r"[^{}|]*\{[^{}|]+\|[^{}|]+\}[^{}|]*", text), text
        one, other = headlines(text)
        assert one != other
        assert len(letters) == 2
        assert letters[0] != letters[1], text
        assert set(letters) <= LETTERS.keys()


def test_the_shipped_numbers_see_what_turns_as_often_as_when_they_were_measured(vectors):
    """Nothing is fitted on the pairs; docs/matching.md has the figures, these are floors."""
    classifier = DirectionClassifier(vectors=vectors, knowledge=knowledge())
    measured, stems, truth = [], [], []
    for entry in COMMITMENTS:
        goal = classifier.goal(
            Commitment(id="one", summit_id="", title=entry["title"], text=entry["text"])
        )
        for text, letters in entry["pairs"]:
            for headline, letter in zip(headlines(text), letters, strict=True):
                read = classifier.read(headline, "")
                measured.append((read, goal))
                stems.append(read.stems)
                truth.append(DIRECTIONS.index(LETTERS[letter]))
    model = shipped_model().direction
    signs = np.array([goal.sign for _, goal in measured], dtype=np.float32)
    logits = model.logits(classifier.measure(measured), model.stem_logits(stems), signs)
    right = logits.argmax(axis=1) == truth
    assert right.mean() >= 0.58
    assert right.reshape(-1, 2).all(axis=1).mean() >= 0.33
    ways = Counter(truth)
    assert all(right[np.array(truth) == way].mean() >= 0.2 for way in ways)
