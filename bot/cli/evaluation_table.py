"""What `briefing evaluate` found, as a table for people and as data for programs."""

from typing import Any

from rich.console import Console
from rich.table import Table

from bot.matching.evaluation.baselines import Evaluation
from bot.matching.evaluation.metrics import Counts


def as_data(result: Evaluation) -> dict[str, Any]:
    """The JSON that `--json` prints; a figure that could not be measured is null."""
    found = result.report
    stories = found.stories
    return {
        "items": result.items,
        "matcher": result.version,
        "overall": _counts(found.overall),
        "commitments": {name: _counts(each) for name, each in found.by_commitment.items()},
        "without_review": _counts(found.sure) | {"recall": None, "f1": None, "missed": None},
        "direction_accuracy": _round(found.direction),
        "calibration_error": _round(found.calibration_error),
        "stories": stories
        and dict(zip(("precision", "recall", "f1"), map(_round, stories), strict=True)),
        "baselines": {name: _counts(each) for name, each in result.baselines.items()},
        "not_counted": list(found.unlabelled),
    }


def show(result: Evaluation, console: Console) -> None:
    """A table with a row for each commitment, then for all, then for the baselines."""
    table = Table(
        title=f"{result.items} labelled items, matcher {result.version}", title_justify="left"
    )
    table.add_column("commitment")
    for heading in ("precision", "recall", "F1", "right", "wrong", "missed"):
        table.add_column(heading, justify="right")
    for name, counts in result.report.by_commitment.items():
        table.add_row(name, *_cells(counts))
    table.add_section()
    table.add_row("all together", *_cells(result.report.overall), style="bold")
    for name, counts in result.baselines.items():
        table.add_row(f"{name}, best threshold in hindsight", *_cells(counts), style="dim")
    console.print(table)
    for line in _lines(result):
        console.print(line, highlight=False)


def _lines(result: Evaluation) -> list[str]:
    found = result.report
    sure = found.sure
    lines = [
        f"Filed without review: {sure.right + sure.wrong}, precision {sure.precision:.3f}",
        _direction(found.direction),
        f"Expected calibration error: {_text(found.calibration_error)}",
    ]
    if found.stories:
        lines.append(
            "Stories, B-cubed: precision {:.3f}, recall {:.3f}, F1 {:.3f}".format(*found.stories)
        )
    if found.unlabelled:
        lines.append(f"Not counted, as no label names them: {', '.join(found.unlabelled)}")
    return lines


def _direction(share: float | None) -> str:
    if share is None:
        return "Direction: not measured, as there is no right match"
    return f"Direction right: {share:.3f} of the right matches"


def _counts(counts: Counts) -> dict[str, Any]:
    return {
        "precision": _round(counts.precision),
        "recall": _round(counts.recall),
        "f1": _round(counts.f1),
        "right": counts.right,
        "wrong": counts.wrong,
        "missed": counts.missed,
    }


def _cells(counts: Counts) -> list[str]:
    shares = [f"{share:.3f}" for share in (counts.precision, counts.recall, counts.f1)]
    return [*shares, str(counts.right), str(counts.wrong), str(counts.missed)]


def _round(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 4)


def _text(figure: float | None) -> str:
    return "not measured" if figure is None else f"{figure:.3f}"
