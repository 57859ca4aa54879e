"""`briefing status`: what it takes for a subject, and what programs read."""

import json

import pytest

from bot.briefing import Briefing
from bot.cli.status import status_as_json, status_of, subject_of
from bot.domain.errors import NotFoundError
from tests.briefing.builders import DAY, NOW, PACK, SmallLedger, W, evidence, item


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


async def test_all_is_a_line_a_commitment_and_says_why_it_is_empty():
    found = await answered(None)
    assert [line["id"] for line in found["commitments"]] == [c.id for c in PACK.commitments]
    assert (found["summit"], found["gap"]) == (None, "no_evidence")


def test_a_word_that_names_nothing_is_answered_with_the_nearest():
    with pytest.raises(NotFoundError, match="nearest are dredging"):
        subject_of("dregdign-", PACK)
    with pytest.raises(NotFoundError, match="lists them all"):
        subject_of("zzzz", PACK)
