"""`briefing match` and `briefing evaluate`: matching without a database."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, BinaryIO

import typer
from rich.console import Console
from rich.table import Table

from bot.cli.console import JsonFlag, err, out, print_json, progress, say, settings
from bot.config.commitments_file import load_pack
from bot.domain.errors import InputError, Problem
from bot.domain.evidence import Match
from bot.matching.evaluation.metrics import BadLine, Counts, GoldItem, Report, read_lines

if TYPE_CHECKING:
    from bot.matching.evaluation.baselines import Evaluation

_BATCH = 256

PackOption = Annotated[
    Path,
    typer.Option("--commitments", help="commitments.yaml, or its short JSON form.", exists=True),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("match")(match)
    app.command("evaluate")(evaluate)


def match(
    commitments: PackOption,
    items: Annotated[
        Path,
        typer.Option("--items", help="Items, one JSON object a line; - reads them from a pipe."),
    ],
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Where to write; standard output when left out.")
    ] = None,
) -> None:
    """Match items with commitments, without a database.

    Writes a line for each item, in order: its id, and the matches that would be filed. A line
    that cannot be read is named on standard error and left out; the exit status is then 1.

    Example: briefing match --commitments commitments.yaml --items items.jsonl --out matches.jsonl
    """
    if out_file is not None and out_file.exists() and items.exists() and out_file.samefile(items):
        raise InputError(
            Problem(where=str(out_file), what="--out is the file that is read", fix="name another")
        )
    # Here, since numpy takes a tenth of a second to load.
    from bot.matching.matcher import Matcher  # noqa: PLC0415
    from bot.matching.relevance.foreign import load_encoder  # noqa: PLC0415
    from bot.matching.text.vectors import load_vectors  # noqa: PLC0415

    encoder = load_encoder() if settings().briefing_reader else None
    matcher = Matcher(load_pack(commitments), vectors=load_vectors(), encoder=encoder)
    bad = 0
    with _reading(items) as lines, _writing(out_file) as target:
        for line in _batches(_watched(lines, items)):
            good = [each for each in line if isinstance(each, GoldItem)]
            found = iter(matcher.match_many([each.item for each in good]))
            for each in line:
                if isinstance(each, BadLine):
                    bad += 1
                    _name_bad_line(items, each)
                else:
                    target.write(_line(each.item.id, next(found)))
            target.flush()
    if bad:
        raise typer.Exit(1)


def evaluate(
    commitments: PackOption,
    gold: Annotated[
        Path, typer.Option("--gold", help="Labelled items, one JSON object a line.", exists=True)
    ],
    as_json: JsonFlag = False,
) -> None:
    """Measure matching on labelled items, beside plain baselines.

    What is measured is the model that comes with the bot, as it stands. On items that it was
    fitted on the figures flatter it: docs/matching.md has those from items held out, and
    `python -m bench.fit_matching` prints them anew.

    Example: briefing evaluate --commitments commitments.yaml --gold labelled.jsonl
    """
    pack = load_pack(commitments)
    with _reading(gold) as lines:
        read = list(_watched(lines, gold, labelled=True))
    bad = [line for line in read if isinstance(line, BadLine)]
    for line in bad:
        _name_bad_line(gold, line)
    labelled = [line for line in read if isinstance(line, GoldItem)]
    if not labelled:
        raise InputError(
            Problem(
                where=str(gold),
                what="no line holds a labelled item",
                fix='write {"id", "title", "labels": [{"commitment", "direction"}]} a line',
            )
        )
    # Here, since numpy takes a tenth of a second to load.
    from bot.matching.evaluation.baselines import evaluate_pack  # noqa: PLC0415
    from bot.matching.relevance.foreign import load_encoder  # noqa: PLC0415
    from bot.matching.text.vectors import load_vectors  # noqa: PLC0415

    encoder = load_encoder() if settings().briefing_reader else None
    result = evaluate_pack(pack, labelled, vectors=load_vectors(), encoder=encoder)
    if as_json:
        print_json(as_data(result))
    else:
        show(result, out)
    if bad:
        raise typer.Exit(1)


def _line(item_id: str, matches: Iterable[Match]) -> str:
    found = [
        {
            "commitment": each.commitment_id,
            "score": each.score,
            "direction": str(each.direction),
            "reasons": list(each.reasons),
        }
        for each in matches
    ]
    return json.dumps({"id": item_id, "matches": found}, ensure_ascii=False) + "\n"


def _batches(lines: Iterable[GoldItem | BadLine]) -> Iterator[tuple[GoldItem | BadLine, ...]]:
    rest = iter(lines)
    while batch := tuple(islice(rest, _BATCH)):
        yield batch


def _watched(
    lines: BinaryIO, path: Path, *, labelled: bool = False
) -> Iterator[GoldItem | BadLine]:
    """The lines read, with a progress bar by bytes at a terminal."""
    if not err.is_terminal or str(path) == "-":
        yield from read_lines(lines, labelled=labelled)
        return
    with progress() as bar:
        counted = bar.wrap_file(lines, total=path.stat().st_size, description=path.name)
        yield from read_lines(counted, labelled=labelled)


def _reading(path: Path) -> AbstractContextManager[BinaryIO]:
    if str(path) == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return path.open("rb")
    except OSError as error:
        raise _unusable(path, "read", error) from error


def _writing(path: Path | None) -> AbstractContextManager[IO[str]]:
    if path is None:
        return nullcontext(sys.stdout)
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise _unusable(path, "written", error) from error


def _unusable(path: Path, what: str, error: OSError) -> InputError:
    problem = f"cannot be {what} ({error.strerror})"
    return InputError(Problem(where=str(path), what=problem, fix="check the path"))


def _name_bad_line(path: Path, line: BadLine) -> None:
    fix = "the line is left out, the rest is done"
    say(str(Problem(where=str(path), line=line.number, what=line.what, fix=fix)), to=err)


def as_data(result: "Evaluation") -> dict[str, Any]:
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


def show(result: "Evaluation", console: Console) -> None:
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
    console.print(*_lines(result.report), sep="\n", highlight=False)


def _lines(found: Report) -> list[str]:
    sure, direction, error = found.sure, found.direction, found.calibration_error
    lines = [
        f"Filed without review: {sure.right + sure.wrong}, precision {sure.precision:.3f}",
        "Direction: not measured, as there is no right match"
        if direction is None
        else f"Direction right: {direction:.3f} of the right matches",
        "Expected calibration error: " + ("not measured" if error is None else f"{error:.3f}"),
    ]
    if found.stories:
        lines.append(
            "Stories, B-cubed: precision {:.3f}, recall {:.3f}, F1 {:.3f}".format(*found.stories)
        )
    if found.unlabelled:
        lines.append(f"Not counted, as no label names them: {', '.join(found.unlabelled)}")
    return lines


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
