"""`briefing export`: the ledger, for a report."""

import csv
import json
import sys
from collections.abc import Iterable
from datetime import UTC
from enum import StrEnum
from typing import Annotated, TextIO

import typer

from bot.bootstrap import open_core
from bot.cli.console import command, settings
from bot.domain.evidence import Evidence

_FIELDS = (
    "evidence", "commitment", "published", "outlet", "title", "url", "direction", "score",
    "origin", "verdict", "filed", "story", "passage", "reasons",
)  # fmt: skip
_RISKY = ("=", "+", "-", "@", "\t", "\r")


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
        _WRITERS[form]([row_of(one) for one in found], sys.stdout)


def row_of(evidence: Evidence) -> dict[str, object]:
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


def _csv(rows: Iterable[dict[str, object]], file: TextIO) -> None:
    writer = csv.DictWriter(file, _FIELDS)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})


def _cell(value: object) -> object:
    """Text that a spreadsheet would run as a formula is kept from that by an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_RISKY) else value


def _json(rows: Iterable[dict[str, object]], file: TextIO) -> None:
    json.dump(list(rows), file, ensure_ascii=False, indent=2)
    file.write("\n")


def _md(rows: Iterable[dict[str, object]], file: TextIO) -> None:
    file.write("| evidence | commitment | date | direction | report | outlet |\n")
    file.write("| --- | --- | --- | --- | --- | --- |\n")
    for row in rows:
        title = _md_text(str(row["title"]))
        report = f"[{title}](<{row['url']}>)" if row["url"] else title
        day = str(row["published"])[:10]
        file.write(
            f"| {row['evidence']} | {row['commitment']} | {day} | {row['direction']} "
            f"| {report} | {_md_text(str(row['outlet']))} |\n"
        )


def _md_text(text: str) -> str:
    for character in "\\|[]<>`*_":
        text = text.replace(character, f"\\{character}")
    return text


_WRITERS = {Format.CSV: _csv, Format.JSON: _json, Format.MD: _md}
