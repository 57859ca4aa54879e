"""A hundred commitments of made-up summits, on three of the fields that the farm's news speak of.

So most news bears on none of them, as in any newsroom.
"""

import json
import random
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
        values = {
            "who": dice.choice(who), "what": dice.choice(what), "do": dice.choice(_VERBS),
            "other": dice.choice(what), "place": dice.choice(PLACES),
        }  # fmt: skip
        text = dice.choice(_WISHES).format(Who=values["who"].capitalize(), **values)
        made.append(
            {
                "id": f"c{number}",
                "summit": f"{PLACES[number // 20 * 7]} summit",
                "title": f"{values['do'].capitalize()} {values['what']} ({number})",
                "text": text,
            }
        )
    path.write_text(json.dumps({"commitments": made}, indent=1), encoding="utf-8")
