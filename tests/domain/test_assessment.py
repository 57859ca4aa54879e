"""What may be an assessment, and which of several stands."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.assessment import (
    LONGEST_REASON,
    Assessment,
    Judgement,
    problems_of,
    standing,
    whole,
)
from bot.domain.commitment import LEVELS, Commitment, Pack, Scale, Summit

PROMISE = Commitment(id="tolls", title="Tolls", text="Tolls shall end.", summit_id="harbour")
PACK = Pack(
    summits=(
        Summit(
            id="harbour", name="Harbour", parties=("Northland", "Southland"), commitments=(PROMISE,)
        ),
    )
)
JUDGED = Judgement(
    commitment_id="tolls", scale=Scale.IMPLEMENTATION, level=1, reason="Some ended.", evidence=(4,)
)


def on_record(number: int, party: str | None = None, **changes: object) -> Assessment:
    made = Assessment(
        id=number,
        commitment_id="tolls",
        party=party,
        scale=Scale.IMPLEMENTATION,
        level=1,
        reason="So it is.",
        evidence=(1,),
        actor="U01ANALYST",
        at=datetime(2019, 3, 1, tzinfo=UTC),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("level", [0, 1, 2, 3])
@pytest.mark.parametrize("party", [None, "Northland"])
def test_every_level_of_the_scale_may_be_given_to_the_whole_and_to_a_party(
    level: int, party: str | None
) -> None:
    assert not list(problems_of(replace(JUDGED, level=level, party=party), PACK))


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"evidence": ()}, "evidence"),
        ({"reason": " \n"}, "reason"),
        ({"reason": "a" * (LONGEST_REASON + 1)}, "reason"),
        ({"level": -1}, "level"),
        ({"level": 4}, "level"),
        ({"scale": Scale.COMPLIANCE}, "level"),
        ({"party": "Westland"}, "party"),
        ({"commitment_id": "ferries"}, "commitment"),
    ],
)
def test_what_is_missing_or_unknown_is_named(changes: dict[str, object], where: str) -> None:
    (problem,) = problems_of(replace(JUDGED, **changes), PACK)  # type: ignore[arg-type]
    assert problem.where == where


@given(st.lists(st.sampled_from([None, "Northland", "Southland"]), max_size=12))
def test_the_newest_of_each_party_stands_the_whole_first(parties: list[str | None]) -> None:
    given_ = [on_record(number, party) for number, party in enumerate(parties, 1)]
    stands = standing(reversed(given_))
    last = {one.party: one for one in given_}
    assert [one.party for one in stands] == sorted(last, key=lambda p: (p is not None, p or ""))
    assert {one.party: one for one in stands} == last
    assert whole(stands) == last.get(None)


@pytest.mark.parametrize("scale", Scale)
def test_a_share_of_the_way_up_goes_from_none_to_all(scale: Scale) -> None:
    shares = [on_record(1, scale=scale, level=one.value).share for one in LEVELS[scale]]
    assert (shares[0], shares[-1]) == (0, 1)
    assert shares == sorted(shares)
