"""That the shipped numbers still do on the labelled sets what they did when they were fitted.

The sets were used for fitting, so these are floors against breakage, not measures of quality;
docs/matching.md has those.
"""

import pytest

from bot.config.commitments_file import load_pack
from bot.matching.evaluation.baselines import evaluate_pack
from bot.matching.evaluation.metrics import GoldItem, read_lines


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "floors"),
    [
        ("korea", (0.75, 0.85)),
        ("accords", (0.82, 0.78)),
        ("agreements", (0.72, 0.75)),
        ("treaties", (0.6, 0.75)),
    ],
)
def test_labelled_sets(gold_folder, vectors, encoder, name, floors):
    with (gold_folder / f"{name}-dev.jsonl").open("rb") as lines:
        labelled = [line for line in read_lines(lines) if isinstance(line, GoldItem)]
    of_set = "" if name == "korea" else f"{name}-"
    pack = load_pack(gold_folder / f"{of_set}commitments.json")
    found = evaluate_pack(pack, labelled, vectors=vectors, encoder=encoder)
    assert found.report.overall.f1 >= floors[0]
    assert found.report.sure.precision >= 0.9
    assert found.report.calibration_error < 0.08
    assert found.report.stories[2] >= floors[1]
    for baseline in found.baselines.values():
        assert baseline.f1 < found.report.overall.f1
