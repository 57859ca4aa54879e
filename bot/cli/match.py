"""`briefing match` and `briefing evaluate`: matching without a database."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path
from typing import IO, Annotated

import typer

from bot.cli.console import JsonFlag, err, out, print_json, progress
from bot.config.commitments_file import load_pack
from bot.domain.errors import InputError, Problem
from bot.domain.evidence import Match
from bot.matching.evaluation.metrics import BadLine, GoldItem, read_lines

_BATCH = 256

PackOption = Annotated[
    Path,
    typer.Option("--commitments", help="commitments.yaml, or its short JSON form.", exists=True),
]


def register(app: typer.Typer) -> None:
    """Puts the two commands on the app."""
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
    from bot.matching.text.vectors import load_vectors  # noqa: PLC0415

    matcher = Matcher(load_pack(commitments), vectors=load_vectors())
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
    from bot.cli.evaluation_table import as_data, show  # noqa: PLC0415
    from bot.matching.evaluation.baselines import evaluate_pack  # noqa: PLC0415
    from bot.matching.text.vectors import load_vectors  # noqa: PLC0415

    result = evaluate_pack(pack, labelled, vectors=load_vectors())
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
    lines: IO[bytes], path: Path, *, labelled: bool = False
) -> Iterator[GoldItem | BadLine]:
    """The lines read, with a progress bar by bytes when a person looks on."""
    if not err.is_terminal or str(path) == "-":
        yield from read_lines(lines, labelled=labelled)
        return
    with progress() as bar:
        task = bar.add_task(path.name, total=path.stat().st_size)
        yield from read_lines(
            _counted(lines, lambda size: bar.advance(task, size)), labelled=labelled
        )


def _counted(lines: IO[bytes], advance: Callable[[int], None]) -> Iterator[bytes]:
    for line in lines:
        advance(len(line))
        yield line


def _reading(path: Path) -> AbstractContextManager[IO[bytes]]:
    if str(path) == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(
            Problem(
                where=str(path), what=f"cannot be read ({error.strerror})", fix="check the path"
            )
        ) from error


def _writing(path: Path | None) -> AbstractContextManager[IO[str]]:
    if path is None:
        return nullcontext(sys.stdout)
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise InputError(
            Problem(
                where=str(path), what=f"cannot be written ({error.strerror})", fix="check the path"
            )
        ) from error


def _name_bad_line(path: Path, line: BadLine) -> None:
    problem = Problem(
        where=str(path),
        line=line.number,
        what=line.what,
        fix="the line is left out, the rest is done",
    )
    err.print(str(problem), highlight=False, soft_wrap=True, markup=False)
