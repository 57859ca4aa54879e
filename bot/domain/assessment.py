"""Assessments: what people judge of a commitment, on evidence that they cite.

They are only ever added: a newer one on the same commitment and party supersedes the one before.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.commitment import LEVELS, Pack, Scale
from bot.domain.errors import Problem

LONGEST_REASON: Final = 2_500


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What a person says of a commitment.

    Attributes:
        party: Whose part is judged; None for the commitment as a whole.
        scale: The pack's at that time, which `level` is a step of.
        final: False for a provisional one.
        reason: Why, in the person's words.
        evidence: The numbers of what is cited, each once; never empty.
    """

    commitment_id: str
    party: str | None = None
    scale: Scale
    level: int
    final: bool = False
    reason: str
    evidence: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessment(Judgement):
    """A judgement on the record.

    Attributes:
        id: The ledger's number, shown to people as `A3`; grows with time.
        actor: Slack id of the person.
        supersedes: The one that stood before; None for the first.
    """

    id: int
    actor: str
    at: datetime
    supersedes: int | None = None

    @property
    def level_name(self) -> str:
        """What its level is called."""
        return next(one.name for one in LEVELS[self.scale] if one.value == self.level)

    @property
    def share(self) -> float:
        """Its level as a share of the way up the scale, 0 to 1."""
        low, high = LEVELS[self.scale][0].value, LEVELS[self.scale][-1].value
        return (self.level - low) / (high - low)


@dataclass(frozen=True, kw_only=True, slots=True)
class Objection:
    """A person's note against an assessment; it changes nothing, and stays beside it."""

    id: int
    assessment_id: int
    actor: str
    at: datetime
    reason: str


def problems_of(judgement: Judgement, pack: Pack) -> Iterator[Problem]:
    """What keeps a judgement from being an assessment; nothing when it may be one."""
    commitment = pack.by_id.get(judgement.commitment_id)
    if commitment is None:
        what = f"“{judgement.commitment_id}” is tracked no more"
        yield Problem(where="commitment", what=what, fix="`/briefing commitments` lists them")
        return
    levels = {one.value: one.name for one in LEVELS[pack.scale]}
    if judgement.scale is not pack.scale or judgement.level not in levels:
        known = ", ".join(f"{value} {name}" for value, name in levels.items())
        what = f"{judgement.level} is no level of the scale in force"
        yield Problem(where="level", what=what, fix=f"choose one of {known}")
    if judgement.party is not None and judgement.party not in pack.parties_of(commitment):
        what = f"“{judgement.party}” is no party to it"
        yield Problem(where="party", what=what, fix="open the form again")
    if not judgement.reason.strip():
        yield Problem(where="reason", what="it is missing", fix="say why in a sentence or two")
    if len(judgement.reason) > LONGEST_REASON:
        what = f"it has more than {LONGEST_REASON:,} characters"
        yield Problem(where="reason", what=what, fix="shorten it")
    if not judgement.evidence:
        what = "none is cited, and without evidence there is no assessment"
        yield Problem(where="evidence", what=what, fix="choose what the level rests on")


def standing(assessments: Iterable[Assessment]) -> tuple[Assessment, ...]:
    """Those that no other supersedes: of each commitment the one as a whole, then its parties."""
    newest: dict[tuple[str, str | None], Assessment] = {}
    for one in sorted(assessments, key=lambda each: each.id):
        newest[one.commitment_id, one.party] = one
    order = sorted(newest, key=lambda key: (key[0], key[1] is not None, key[1] or ""))
    return tuple(newest[key] for key in order)


def whole(assessments: Sequence[Assessment]) -> Assessment | None:
    """Of the standing ones of a commitment, that of the whole; None without."""
    return next((one for one in assessments if one.party is None), None)
