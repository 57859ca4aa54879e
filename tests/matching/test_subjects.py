"""The made-up subjects in bench/ are whole: what is fitted on them means what it says."""

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from bot.config.commitments_file import load_pack
from bot.domain.evidence import Direction
from bot.matching.evaluation.metrics import GoldItem, read_lines

SUBJECTS = sorted((Path(__file__).parents[2] / "bench" / "subjects").glob("*/items.jsonl"))
# Written before the rules of bench/subjects/README.md; every other set is held to them.
OLDEST = {
    "brussels-2013", "camp-david-1978", "carbis-bay-2021", "dayton-1995", "doha-2020",
    "ethiopia-eritrea-2018", "g20-2009", "geneva-2021", "glasgow-2021", "good-friday-1998",
    "prespa-2018", "reykjavik-1986", "south-sudan-2018", "stockholm-2018", "us-cuba-2014",
    "woodside-2023",
}  # fmt: skip
RULED = [path for path in SUBJECTS if path.parent.name not in OLDEST]
# Fell under 30 % of neutral labels when the items went that a second reader labelled otherwise.
FEW_NEUTRAL = {"kigali-2016", "minamata-2013"}


def _name(path):
    return path.parent.name


@pytest.mark.parametrize("path", SUBJECTS, ids=_name)
def test_every_line_is_read_and_every_label_names_a_commitment(path):
    pack = load_pack(path.with_name("commitments.json"))
    with path.open("rb") as lines:
        items = list(read_lines(lines, labelled=True))
    assert all(isinstance(each, GoldItem) for each in items)
    ids = Counter(each.item.id for each in items)
    assert ids.most_common(1)[0][1] == 1
    labels = Counter(label for each in items for label in each.labels)
    assert labels.keys() == pack.by_id.keys()
    assert min(labels.values()) >= 5


@pytest.mark.parametrize("path", RULED, ids=_name)
def test_shares_are_as_the_readme_says(path):
    items = _rows(path)
    directions = Counter(label["direction"] for each in items for label in each["labels"])
    share = {each: directions[each] / directions.total() for each in Direction}
    languages = Counter(each["language"] for each in items if "language" in each)
    assert 140 <= len(items) <= 180
    assert 6 <= len(load_pack(path.with_name("commitments.json")).by_id) <= 12
    assert max(len(each["labels"]) for each in items) <= 3
    assert 0.30 <= sum(not each["labels"] for each in items) / len(items) <= 0.38
    assert (0.28 if _name(path) in FEW_NEUTRAL else 0.30) <= share[Direction.NEUTRAL] <= 0.42
    assert abs(share[Direction.PROGRESS] - share[Direction.SETBACK]) <= 0.08
    assert 0.10 <= languages.total() / len(items) <= 0.16
    assert len(languages) >= 6
    assert any(not each["summary"] for each in items)
    assert len({each["title"] for each in items}) == len(items)


@pytest.mark.parametrize("path", RULED, ids=_name)
def test_items_of_a_group_differ_in_their_labels(path):
    groups = defaultdict(list)
    for each in _rows(path):
        if "group" in each:
            groups[each["group"]].append(
                frozenset((label["commitment"], label["direction"]) for label in each["labels"])
            )
    assert len(groups) >= 12
    for name, labels in groups.items():
        assert 2 <= len(labels) <= 4, name
        assert len(set(labels)) >= 2, name


def test_there_are_subjects():
    assert len(SUBJECTS) >= 10
    assert {_name(path) for path in SUBJECTS} >= OLDEST


def _rows(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
