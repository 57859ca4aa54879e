"""What `briefing evaluate` says of the direction, measured or not."""

from io import StringIO

import pytest
from rich.console import Console

from bot.cli.match import show
from bot.matching.evaluation.baselines import Evaluation
from bot.matching.evaluation.metrics import Counts, Report


@pytest.mark.parametrize(
    ("direction", "sentence"),
    [
        (0.75, "Direction right: 0.750 of the right matches"),
        (None, "Direction: not measured, as there is no right match"),
    ],
)
def test_the_direction_is_said_in_a_sentence(direction: float | None, sentence: str) -> None:
    none = Counts(right=0, wrong=0, missed=1)
    report = Report(
        overall=none,
        by_commitment={},
        sure=none,
        direction=direction,
        calibration_error=None,
        stories=None,
        unlabelled=(),
    )
    printed = StringIO()
    result = Evaluation(items=1, version="1", report=report, baselines={})
    show(result, Console(file=printed, width=100))
    assert sentence in printed.getvalue().splitlines()
