"""`briefing status`: where we stand, in the terminal."""

from difflib import get_close_matches
from typing import Annotated

import typer

from bot.briefing.questions import find_subjects
from bot.briefing.text import as_text
from bot.cli.console import JsonFlag, out, print_json, run, settings
from bot.cli.status_json import status_as_json
from bot.core import open_core
from bot.domain.commitment import Commitment, Pack, Summit
from bot.domain.errors import NotFoundError


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("status")
    def status(
        commitment: Annotated[
            list[str] | None,
            typer.Argument(help="A commitment or a summit, by id or in words; all when left out."),
        ] = None,
        *,
        json_: JsonFlag = False,
    ) -> None:
        """Say where one commitment, one summit or everything stands.

        Example: briefing status remains
        """
        run(_status(" ".join(commitment or []), json_))


async def _status(words: str, json_: bool) -> None:
    async with open_core(settings()) as core:
        subject = subject_of(words, core.packs.pack)
        answer = await core.briefing.status(core.workspace, subject)
    if json_:
        print_json(status_as_json(answer))
    else:
        out.print(
            as_text(answer, zone=core.settings.zone), markup=False, highlight=False, soft_wrap=True
        )


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
