"""`briefing ask`: a plain question, read and answered."""

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TextIO

import typer

from bot.bootstrap import Core, open_core
from bot.briefing.questions import Intent, Question, read_question
from bot.briefing.terminal import as_text
from bot.cli.console import JsonFlag, err, out, print_json, run, settings
from bot.domain.commitment import Pack
from bot.domain.errors import InputError, Problem
from bot.services.answers import Answerer

_SENTENCES = {
    Intent.HELP: "Ask where a commitment stands, what is new on it, or what has gone quiet; "
    "`briefing --help` lists the commands.",
    Intent.SUBSCRIBE: "Digests are subscribed to in Slack: `/briefing subscribe`.",
    Intent.UNKNOWN: "That is nothing that I can answer. I follow news on tracked commitments: ask "
    "where one stands, what is new, or what has gone quiet.",
}


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("ask")
    def ask(
        text: Annotated[list[str] | None, typer.Argument(help="The question.")] = None,
        *,
        file: Annotated[
            Path | None,
            typer.Option("--file", help='JSON lines with {"id", "text", "now"}; an answer each.'),
        ] = None,
        now: Annotated[
            str | None, typer.Option(help="Read it as of this moment (ISO 8601; UTC by default).")
        ] = None,
        json_: JsonFlag = False,
    ) -> None:
        """Read a plain question and answer it.

        Example: briefing ask "where are we on the remains?"
        """
        question = " ".join(text or ()).strip()
        if (file is None) == (not question):
            err.print("Give a question, or --file with one question a line.")
            raise typer.Exit(2)
        if file is not None:
            run(_ask_file(file))
        else:
            run(_ask(question, now, json_))


async def _ask(text: str, now: str | None, json_: bool) -> None:
    async with open_core(settings()) as core:
        question, answer = await _answer(core, text, _moment(now, where="--now"))
    if json_:
        print_json(_as_json(question, answer))
    else:
        out.print(answer, markup=False, highlight=False, soft_wrap=True)


async def _ask_file(path: Path) -> None:
    bad = 0
    async with open_core(settings()) as core:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    asked = _read_line(line, where=str(path), number=number)
                except InputError as error:
                    err.print(str(error), markup=False, highlight=False, soft_wrap=True)
                    bad += 1
                    continue
                question, answer = await _answer(core, asked.text, asked.now)
                _write(sys.stdout, {"id": asked.id, **_as_json(question, answer)})
    if bad:
        raise typer.Exit(1)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Line:
    id: str
    text: str
    now: datetime | None


def _read_line(line: str, *, where: str, number: int) -> _Line:
    try:
        fields = json.loads(line)
        return _Line(
            id=str(fields["id"]),
            text=str(fields["text"]),
            now=_moment(fields.get("now"), where=where),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(
            Problem(where=where, line=number, what="it is no question",
                    fix='write {"id": "1", "text": "...", "now": "2019-02-28T09:00:00Z"}')
        ) from error  # fmt: skip


async def _answer(core: Core, text: str, now: datetime | None) -> tuple[Question, str]:
    outlets = [feed.title for feed in await core.ledger.feeds.list(core.workspace)]
    question = read_question(text, pack=core.packs.pack, now=now or core.clock(), sources=outlets)
    answers = await Answerer(core.briefing, pack=lambda: core.packs.pack).answers(
        core.workspace, question
    )
    texts = [as_text(answer, zone=core.settings.zone) for answer in answers]
    return question, "\n\n".join(texts) or _sentence(question, core.packs.pack)


def _sentence(question: Question, pack: Pack) -> str:
    """The answer to a question that the ledger has none for."""
    if question.ask_back:
        titles = " or ".join(pack.by_id[one].title for one in question.commitments)
        return f"Which do you mean: {titles}?"
    return _SENTENCES.get(question.intent, _SENTENCES[Intent.UNKNOWN])


def _as_json(question: Question, answer: str) -> dict[str, object]:
    return {
        "intent": question.intent.value,
        "commitments": list(question.commitments),
        "summit": question.summit,
        "since": question.since.isoformat() if question.since else None,
        "until": question.until.isoformat() if question.until else None,
        "source": question.source,
        "direction": question.direction.value if question.direction else None,
        "ask_back": question.ask_back,
        "answer": answer,
    }


def _moment(text: str | None, *, where: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            Problem(where=where, what=f"“{text}” is no moment", fix="write 2019-02-28T09:00:00Z")
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _write(file: TextIO, value: dict[str, object]) -> None:
    file.write(json.dumps(value, ensure_ascii=False) + "\n")
    file.flush()
