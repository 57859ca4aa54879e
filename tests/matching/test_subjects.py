"""The made-up subjects in bench/ are whole: what is fitted on them means what it says."""

from collections import Counter
from pathlib import Path

import pytest

from bot.config.commitments_file import load_pack
from bot.matching.evaluation.metrics import GoldItem, read_lines

SUBJECTS = sorted((Path(__file__).parents[2] / "bench" / "subjects").glob("*/items.jsonl"))


@pytest.mark.parametrize("path", SUBJECTS, ids=lambda path: path.parent.name)
def test_every_line_is_read_and_every_label_names_a_commitment(path):
    pack = load_pack(path.with_name("commitments.json"))
    with path.open("rb") as lines:
        items = list(read_lines(lines))
    assert all(isinstance(each, GoldItem) for each in items)
    ids = Counter(each.item.id for each in items)
    assert ids.most_common(1)[0][1] == 1
    labels = Counter(label for each in items for label in each.labels)
    assert labels.keys() == pack.by_id.keys()
    assert min(labels.values()) >= 5


def test_there_are_subjects():
    assert len(SUBJECTS) >= 10
