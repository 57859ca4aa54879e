"""`briefing export`: the ledger, for a report."""

import csv
import re
import sys
from collections.abc import Iterable
from datetime import UTC
from enum import StrEnum
from typing import Annotated

import typer

from bot.bootstrap import open_core
from bot.briefing.report import csv_cell
from bot.cli.console import command, print_json, settings
from bot.domain.evidence import Evidence

_FIELDS = (
    "evidence", "commitment", "published", "outlet", "title", "url", "direction", "score",
    "origin", "verdict", "filed", "story", "passage", "reasons",
)  # fmt: skip
_MARKUP = re.compile(r"[\\|\[\]<>`*_]")


class Format(StrEnum):
    """What the evidence is written as."""

    CSV = "csv"
    JSON = "json"
    MD = "md"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    export = typer.Typer(help="The ledger, for a report.", no_args_is_help=True)
    app.add_typer(export, name="export")

    @export.callback()
    def group() -> None:
        """Write parts of the ledger to standard output."""

    @command(export, "evidence")
    async def evidence(
        form: Annotated[Format, typer.Option("--format", help="csv, json or md.")] = Format.CSV,
    ) -> None:
        """Write all evidence, newest first; what people rejected is marked so.

        Example: briefing export evidence --format csv > evidence.csv
        """
        async with open_core(settings()) as core:
            found = await core.ledger.evidence.list(core.workspace, include_rejected=True)
        rows = [_row(one) for one in found]
        match form:
            case Format.CSV:
                _print_csv(rows)
            case Format.JSON:
                print_json(rows)
            case Format.MD:
                _print_markdown(rows)


def _row(evidence: Evidence) -> dict[str, object]:
    """One piece of evidence as a flat row, dates in UTC."""
    item = evidence.item
    return {
        "evidence": f"E{evidence.id}",
        "commitment": evidence.commitment_id,
        "published": item.published_at.astimezone(UTC).isoformat(),
        "outlet": item.outlet,
        "title": item.title,
        "url": item.url or "",
        "direction": evidence.direction.value,
        "score": round(evidence.score, 3),
        "origin": evidence.origin.value,
        "verdict": evidence.verdict.value if evidence.verdict else "",
        "filed": evidence.filed_at.astimezone(UTC).isoformat(),
        "story": evidence.story_id,
        "passage": evidence.passage,
        "reasons": "; ".join(evidence.reasons),
    }


def _print_csv(rows: Iterable[dict[str, object]]) -> None:
    writer = csv.DictWriter(sys.stdout, _FIELDS)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: csv_cell(value) for name, value in row.items()})


def _print_markdown(rows: Iterable[dict[str, object]]) -> None:
    print("| evidence | commitment | date | direction | report | outlet |")
    print("| --- | --- | --- | --- | --- | --- |")
    for row in rows:
        title, outlet = (
            re.sub(_MARKUP, r"\\\g<0>", str(row[name])) for name in ("title", "outlet")
        )
        report = f"[{title}](<{row['url']}>)" if row["url"] else title
        day = str(row["published"])[:10]
        cells = (row["evidence"], row["commitment"], day, row["direction"], report, outlet)
        print("|", " | ".join(map(str, cells)), "|")
