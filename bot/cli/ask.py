"""`briefing ask`: a plain question, read and answered."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.bootstrap import Core, open_core
from bot.briefing.questions import Intent, Question
from bot.briefing.terminal import as_text
from bot.cli.console import JsonFlag, command, err, print_json, say, settings
from bot.domain.commitment import Pack
from bot.domain.errors import InputError, NotFoundError, Problem
from bot.domain.text import one_line
from bot.services.answers import first_sentence, reading

_SENTENCES = {
    Intent.HELP: "Ask where a commitment stands, what is new on it, or what has gone quiet; "
    "`briefing --help` lists the commands.",
    Intent.SUBSCRIBE: "Digests are subscribed to in Slack: `/briefing subscribe`.",
    Intent.UNKNOWN: "That is nothing that I can answer. I follow news on tracked commitments: ask "
    "where one stands, what is new, or what has gone quiet.",
}


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "ask")
    async def ask(
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
        async with open_core(settings()) as core:
            if file is not None:
                await _answer_file(core, file)
                return
            read, answer = await _answer(core, question, _moment(now, where="--now"))
        if json_:
            print_json(_as_json(read, answer))
        else:
            say(answer)


async def _answer_file(core: Core, path: Path) -> None:
    bad = 0
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                id_, text, now = _read_line(line, where=str(path), number=number)
            except InputError as error:
                say(str(error), to=err)
                bad += 1
                continue
            question, answer = await _answer(core, text, now)
            value = {"id": id_, **_as_json(question, answer)}
            print(json.dumps(value, ensure_ascii=False), flush=True)
    if bad:
        raise typer.Exit(1)


def _read_line(line: str, *, where: str, number: int) -> tuple[str, str, datetime | None]:
    """The id, the text and the moment of one question."""
    try:
        fields = json.loads(line)
        now = _moment(fields.get("now"), where=where)
        return str(fields["id"]), str(fields["text"]), now
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(
            Problem(where=where, line=number, what="it is no question",
                    fix='write {"id": "1", "text": "...", "now": "2019-02-28T09:00:00Z"}')
        ) from error  # fmt: skip


async def _answer(core: Core, text: str, now: datetime | None) -> tuple[Question, str]:
    moment, pack = now or core.clock(), core.commitments.pack()
    question = await core.answers.read(core.workspace, text, now=moment)
    try:
        answers = await core.answers.answers(core.workspace, question, now=moment)
    except NotFoundError as error:
        return question, str(error)
    texts = [as_text(answer, zone=core.settings.zone) for answer in answers]
    if not texts:
        return question, _sentence(question, pack)
    first = first_sentence(question, answers)
    read = f"Read as: {' · '.join(reading(question, pack))}"
    return question, "\n\n".join(part for part in (first, *texts, one_line(read)) if part)


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
