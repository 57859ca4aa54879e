"""Commitments of made-up summits for the farm's news.

A hundred on three of the news' fields, so that most news bears on none, as in any newsroom; or one
for each thing that the news speak of, so that every item is filed.
"""

import json
import random
from collections.abc import Sequence
from pathlib import Path

from bench.farm_news import FIELDS, PLACES

_WISHES = (
    "The parties will {do} {what} by the end of the year and report on it at the next meeting.",
    "{Who} of both sides are to {do} {what} together, and observers will be let in.",
    "Within six months {what} and {other} shall be put under a joint commission at {place}.",
    "The parties agree not to {do} {what} without notice, and to hear {who} first.",
    "A fund for {what} is set up; {who} will say each spring how it was spent.",
)
_VERBS = ("open", "protect", "pay for", "inspect", "share", "rebuild", "limit", "connect")


_SUBJECTS = tuple(field for field in FIELDS if field[0][0] in {"arms inspectors", "envoys",
                                                              "wildlife rangers"})  # fmt: skip


def write_pack(path: Path, commitments: int = 100) -> None:
    """Writes them as JSON, in the form that `commitments.yaml` may have too."""
    dice = random.Random(1)
    made = []
    for number in range(commitments):
        who, _, what, _ = _SUBJECTS[number % len(_SUBJECTS)]
        made.append(_commitment(number, dice.choice(who), dice.choice(what), what, dice))
    _write(path, made)


def write_pack_for_all(path: Path) -> None:
    """Writes a commitment for each thing that the news speak of, so that every item is filed."""
    dice = random.Random(1)
    made: list[dict[str, object]] = []
    for who, _, things, _ in FIELDS:
        for thing in things:
            commitment = _commitment(len(made), dice.choice(who), thing, things, dice)
            made.append({**commitment, "watch": {"any": [thing]}})
    _write(path, made)


def _commitment(
    number: int, who: str, thing: str, others: Sequence[str], dice: random.Random
) -> dict[str, object]:
    values = {
        "who": who, "what": thing, "do": dice.choice(_VERBS), "other": dice.choice(others),
        "place": dice.choice(PLACES),
    }  # fmt: skip
    return {
        "id": f"c{number}",
        "summit": f"{PLACES[number // 20 * 7]} summit",
        "title": f"{values['do'].capitalize()} {thing} ({number})",
        "text": dice.choice(_WISHES).format(Who=who.capitalize(), **values),
    }


def _write(path: Path, commitments: Sequence[object]) -> None:
    path.write_text(json.dumps({"commitments": commitments}, indent=1), encoding="utf-8")
