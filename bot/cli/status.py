"""`briefing status`: where we stand, in the terminal."""

from dataclasses import asdict
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Annotated

import typer

from bot.bootstrap import open_core
from bot.briefing import Briefing
from bot.briefing.answers import CommitmentStatus, StatusTable
from bot.briefing.parts import Run, Silence, StatusLine, Story
from bot.briefing.questions import find_subjects
from bot.briefing.status import end_of_day
from bot.briefing.terminal import as_text
from bot.cli.console import JsonFlag, command, print_json, say, settings
from bot.domain.assessment import Assessment, whole
from bot.domain.commitment import Commitment, Pack, Summit
from bot.domain.errors import NotFoundError
from bot.domain.workspace import WorkspaceId


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "status")
    async def status(
        commitment: Annotated[
            list[str] | None,
            typer.Argument(help="A commitment or a summit, by id or in words; all when left out."),
        ] = None,
        *,
        as_of: Annotated[
            str | None,
            typer.Option("--as-of", help="A day of the past, such as 2019-03-01 (UTC)."),
        ] = None,
        json_: JsonFlag = False,
    ) -> None:
        """Say where one commitment, one summit or everything stands, or stood at the end of a day.

        Example: briefing status remains --as-of 2019-03-01
        """
        async with open_core(settings()) as core:
            subject = subject_of(" ".join(commitment or ()), core.commitments.pack())
            at = None if as_of is None else end_of_day(as_of, now=core.clock())
            answer = await status_of(core.briefing, core.workspace, subject, at=at)
        if json_:
            print_json(status_as_json(answer))
        else:
            say(as_text(answer, zone=core.settings.zone))


def subject_of(words: str, pack: Pack) -> Commitment | Summit | None:
    """What the words name; None for all.

    Raises:
        NotFoundError: Nothing, or several things; the text offers them.
    """
    if words.strip().casefold() in {"", "all"}:
        return None
    found = find_subjects(words, pack)
    if len(found.commitments) == 1 and not found.ambiguous:
        return pack.by_id[found.commitments[0]]
    if not found.commitments and found.summit is not None:
        return pack.summit_by_id[found.summit]
    if found.commitments:
        several = ", ".join(found.commitments)
        raise NotFoundError(f"“{words}” may mean several: {several}. Which one?")
    near = get_close_matches(words.casefold(), [*pack.by_id, *pack.summit_by_id], n=3, cutoff=0.5)
    hint = f"; the nearest are {', '.join(near)}" if near else ""
    raise NotFoundError(
        f"“{words}” names no commitment and no summit{hint}. `briefing status` lists them all."
    )


def status_as_json(answer: CommitmentStatus | StatusTable) -> dict[str, object]:
    """One commitment with its newest stories, or a line for each of several.

    Dates are in ISO 8601 and UTC, days are numbers. Keys without a value are there with null;
    `gap` says why there is nothing to show.
    """
    gap = answer.empty.value if answer.empty else None
    if isinstance(answer, CommitmentStatus):
        return {**_when(answer), **_commitment(answer), "gap": gap}
    return {
        **_when(answer),
        "summit": _summit(answer.summit) if answer.summit else None,
        "commitments": [_line(line, answer.now) for line in answer.lines],
        "gap": gap,
    }


def _commitment(answer: CommitmentStatus) -> dict[str, object]:
    promise = answer.commitment
    return {
        "commitment": {
            "id": promise.id,
            "title": promise.title,
            "text": promise.text,
            "summit": _summit(answer.summit),
            "parties": list(promise.parties or answer.summit.parties),
            "due": promise.due.isoformat() if promise.due else None,
        },
        "level": _level(whole(answer.standing), answer.now),
        "parties": [_level(one, answer.now) for one in answer.standing if one.party],
        "turns": [_run(run) for run in answer.runs],
        "toward": [_story(story) for story in answer.toward],
        "away": [_story(story) for story in answer.away],
        "balances": [asdict(each) for each in answer.balances],
        "momentum": answer.momentum,
        "silence": _silence(answer.silence),
        "stories": answer.stories,
        "newest": [_story(story) for story in answer.newest],
        "lines": [_story(story) for story in (*answer.newest, *answer.unsure)],
        "waiting": answer.waiting,
        "quality": asdict(answer.quality),
    }


def _when(answer: CommitmentStatus | StatusTable) -> dict[str, object]:
    as_of = answer.as_of.date().isoformat() if answer.as_of else None
    return {"now": _moment(answer.now), "as_of": as_of}


def _level(one: Assessment | None, now: datetime) -> dict[str, object] | None:
    """What people judged; None where nobody did."""
    if one is None:
        return None
    return {
        "assessment": f"A{one.id}",
        "party": one.party,
        "scale": one.scale.value,
        "value": one.level,
        "name": one.level_name,
        "final": one.final,
        "by": one.actor,
        "at": _moment(one.at),
        "age_days": _days(now - one.at),
        "reason": one.reason,
        "evidence": [f"E{number}" for number in one.evidence],
    }


def _run(run: Run) -> dict[str, object]:
    """A run of toward or away, with the story that it begins with."""
    return {
        "direction": run.direction.value,
        "since": _moment(run.since),
        "until": _moment(run.until),
        "stories": run.stories,
        "evidence": f"E{run.first.evidence_id}",
        "headline": run.first.headline,
        "outlets": list(run.first.outlets),
    }


def _line(line: StatusLine, now: datetime) -> dict[str, object]:
    topic = line.topic
    return {
        "id": topic.id,
        "title": topic.title,
        "summit": topic.summit_id or None,
        "due": topic.due.isoformat() if topic.due else None,
        "level": _level(whole(line.standing), now),
        "parties": [_level(one, now) for one in line.standing if one.party],
        "turns": [_run(run) for run in line.runs],
        "balance": asdict(line.balance),
        "silence": _silence(line.silence),
    }


def _summit(summit: Summit) -> dict[str, object]:
    return {
        "id": summit.id,
        "name": summit.name,
        "date": summit.date.isoformat() if summit.date else None,
    }


def _silence(silence: Silence) -> dict[str, object]:
    return {
        "last": _moment(silence.last) if silence.last else None,
        "gap_days": _days(silence.gap),
        "rhythm_days": _days(silence.rhythm),
        "allowed_days": _days(silence.allowed),
        "quiet": silence.quiet,
    }


def _story(story: Story) -> dict[str, object]:
    return {
        "evidence": f"E{story.evidence_id}",
        "headline": story.headline,
        "url": story.url,
        "outlets": list(story.outlets),
        "direction": story.direction.value if story.direction else None,
        "sure": story.is_sure,
        "published": _moment(story.published_at),
        "standing": story.standing.value,
        "score": round(story.score, 3),
        "passage": story.passage,
        "fetched_later": story.late,
    }


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _days(length: timedelta | None) -> float | None:
    return None if length is None else round(length / timedelta(days=1), 1)


async def status_of(
    briefing: Briefing,
    workspace: WorkspaceId,
    subject: Commitment | Summit | None,
    *,
    at: datetime | None = None,
) -> CommitmentStatus | StatusTable:
    """Where one commitment, a summit's commitments or (None) all of them stand, or stood then."""
    if isinstance(subject, Commitment):
        return await briefing.commitment_status(workspace, subject, at=at)
    return await briefing.status_table(workspace, subject, at=at)
