"""`briefing status`: what it takes for a subject, and what programs read."""

import json

import pytest

from bot.briefing import Briefing
from bot.cli.status import status_as_json, status_of, subject_of
from bot.domain.errors import NotFoundError
from bot.domain.evidence import Direction
from tests.briefing.builders import DAY, NOW, PACK, SmallLedger, W, assessment, evidence, item


async def answered(subject, *filed):
    ledger = SmallLedger()
    ledger.file(*filed)
    briefing = Briefing(ledger, pack=lambda: PACK, clock=lambda: NOW)
    return json.loads(json.dumps(status_as_json(await status_of(briefing, W, subject))))


async def test_one_commitment_is_plain_json_with_days_as_numbers():
    found = await answered(
        PACK.by_id["dredging"],
        evidence(item(at=NOW - 10 * DAY), story=1),
        evidence(item(at=NOW - 3 * DAY), story=2),
    )
    assert found["commitment"]["id"] == "dredging"
    assert found["silence"]["gap_days"] == 3.0
    assert [story["direction"] for story in found["newest"]] == ["progress", "progress"]
    assert found["gap"] is None


async def test_level_turns_and_the_day_asked_for_are_there_for_programs():
    rows = (
        evidence(item(at=NOW - 10 * DAY), story=1),
        evidence(item("Dredgers leave", at=NOW - 3 * DAY), story=2, direction=Direction.SETBACK),
    )
    ledger = SmallLedger()
    ledger.file(*rows)
    briefing = Briefing(ledger, pack=lambda: PACK, clock=lambda: NOW)
    found = status_as_json(await status_of(briefing, W, PACK.by_id["dredging"]))
    assert (found["level"], found["parties"], found["as_of"]) == (None, [], None)
    assert [(t["direction"], t["evidence"], t["stories"]) for t in found["turns"]] == [
        ("progress", f"E{rows[0].id}", 1),
        ("setback", f"E{rows[1].id}", 1),
    ]
    ledger.assessments.rows += [
        assessment(rows[0].id, level=2, at=NOW - 2 * DAY),
        assessment(rows[1].id, level=0, party="Northland"),
    ]
    found = status_as_json(await status_of(briefing, W, PACK.by_id["dredging"]))
    assert (found["level"]["value"], found["level"]["name"]) == (2, "intermediate")
    assert (found["level"]["age_days"], found["level"]["final"]) == (2.0, False)
    assert found["level"]["evidence"] == [f"E{rows[0].id}"]
    assert [(one["party"], one["value"]) for one in found["parties"]] == [("Northland", 0)]
    table = status_as_json(await status_of(briefing, W, None))
    (line, *_) = table["commitments"]
    assert (line["id"], line["level"]["value"], len(line["turns"])) == ("dredging", 2, 2)


async def test_all_is_a_line_a_commitment_and_says_why_it_is_empty():
    found = await answered(None)
    assert [line["id"] for line in found["commitments"]] == [c.id for c in PACK.commitments]
    assert (found["summit"], found["gap"]) == (None, "no_evidence")


def test_a_word_that_names_nothing_is_answered_with_the_nearest():
    with pytest.raises(NotFoundError, match="nearest are dredging"):
        subject_of("dregdign-", PACK)
    with pytest.raises(NotFoundError, match="lists them all"):
        subject_of("zzzz", PACK)
