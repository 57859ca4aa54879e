"""The modals about assessments, and what comes back from them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from slack_sdk.models.views import View

from bot.briefing import Briefing
from bot.domain.commitment import LEVELS, Pack, Scale
from bot.domain.evidence import Verdict
from bot.slack import ids
from bot.slack.button_values import LevelValue
from bot.slack.modals.assess import (
    JudgementForm,
    ObjectionForm,
    assess_view,
    object_view,
    read_assess,
    read_objection,
)
from tests.briefing.builders import DAY, NOW, PACK, SmallLedger, W, assessment, evidence, item
from tests.slack.modals.test_modals import submitted

LEVEL = LevelValue(commitment="dredging", level=2).model_dump_json()


def one(value: str) -> dict[str, object]:
    text = {"type": "plain_text", "text": "x"}
    return {"type": "radio_buttons", "selected_option": {"text": text, "value": value}}


def many(*values: str) -> dict[str, object]:
    text = {"type": "plain_text", "text": "x"}
    chosen = [{"text": text, "value": value} for value in values]
    return {"type": "multi_static_select", "selected_options": chosen}


def typed(text: str) -> dict[str, object]:
    return {"type": "plain_text_input", "value": text}


FILLED = {
    ids.LEVEL_INPUT: one(LEVEL),
    ids.REASON_INPUT: typed(" Half of it is done. "),
    ids.CITED_INPUT: many("4", "12", "4"),
    ids.FINAL_INPUT: one("final"),
    ids.PARTY_INPUT: one("Northland"),
}


def test_a_filled_form_becomes_a_judgement() -> None:
    assert read_assess(submitted(**FILLED)) == JudgementForm(
        commitment_id="dredging",
        party="Northland",
        level=2,
        final=True,
        reason="Half of it is done.",
        evidence=(4, 12),
    )


def test_the_whole_and_provisional_are_what_stands_there_at_first() -> None:
    form = read_assess(
        submitted(**{**FILLED, ids.PARTY_INPUT: one("*"), ids.FINAL_INPUT: one("provisional")})
    )
    assert isinstance(form, JudgementForm)
    assert (form.party, form.final) == (None, False)


@pytest.mark.parametrize(
    ("missing", "value"),
    [
        (ids.LEVEL_INPUT, one("{}")),
        (ids.REASON_INPUT, typed("  ")),
        (ids.CITED_INPUT, many()),
        (ids.CITED_INPUT, many("x")),
    ],
)
def test_what_is_missing_is_said_at_its_input(missing: str, value: dict[str, object]) -> None:
    errors = read_assess(submitted(**{**FILLED, missing: value}))
    assert isinstance(errors, dict)
    assert list(errors) == [missing]


def test_an_objection_needs_words() -> None:
    against = one('{"assessment":3}')
    said = submitted(**{ids.ASSESSMENT_INPUT: against, ids.REASON_INPUT: typed("No.")})
    assert read_objection(said) == ObjectionForm(assessment_id=3, reason="No.")
    silent = submitted(**{ids.ASSESSMENT_INPUT: against, ids.REASON_INPUT: typed(" ")})
    assert list(read_objection(silent)) == [ids.REASON_INPUT]  # type: ignore[call-overload]
    forged = submitted(**{ids.ASSESSMENT_INPUT: one("x"), ids.REASON_INPUT: typed("No.")})
    assert list(read_objection(forged)) == [ids.ASSESSMENT_INPUT]  # type: ignore[call-overload]


async def opened(ledger: SmallLedger, pack: Pack = PACK) -> View:
    briefing = Briefing(ledger, pack=lambda: pack, clock=lambda: NOW)
    form = await briefing.assessment_form(W, pack.by_id["dredging"])
    return assess_view(form, channel="C012345", zone=UTC)


def said(view: View) -> str:
    return "\n".join(
        block["text"]["text"] for block in view.to_dict()["blocks"] if block["type"] == "section"
    )


def offered(view: View, block_id: str) -> Sequence[tuple[str, list[str]]]:
    """The groups of a menu: each label with the values below it."""
    (block,) = [b for b in view.to_dict()["blocks"] if b.get("block_id") == block_id]
    return [
        (group["label"]["text"], [option["value"] for option in group["options"]])
        for group in block["element"]["option_groups"]
    ]


async def test_promise_guideline_last_assessment_and_new_evidence_are_in_sight() -> None:
    guided = {0: "No dredger was sent.", 3: "Nine metres everywhere."}
    (first, *rest) = PACK.summits
    (dredging, *others) = first.commitments
    changed = replace(first, commitments=(replace(dredging, guideline=guided), *others))
    ledger = SmallLedger()
    old = evidence(item("Dredgers set out", at=NOW - 9 * DAY), story=1)
    new = evidence(item("Dredgers come home", at=NOW - DAY), story=2)
    unsure = evidence(item("Something else"), story=3, sure=False)
    confirmed = evidence(item("Depth"), story=4, sure=False, verdict=Verdict.PROGRESS)
    ledger.file(old, new, unsure, confirmed)
    made = assessment(old.id, at=NOW - 5 * DAY, reason="They are under way.")
    ledger.assessments.rows.append(made)
    view = await opened(ledger, Pack(summits=(changed, *rest)))
    text = said(view)
    assert dredging.text in text
    assert "*0 not initiated*: No dredger was sent." in text
    assert "The pack says nothing in writing of 1 and 2." in text
    assert "1 minimal (provisional)" in text
    assert "“They are under way.”" in text
    assert "Dredgers come home" in text
    assert "Dredgers set out" not in text
    assert offered(view, ids.CITED_INPUT) == [
        ("Since the last assessment", [str(confirmed.id), str(new.id)]),
        ("Earlier", [str(old.id)]),
    ]
    assert offered(view, ids.PARTY_INPUT) == [
        ("Whole", ["*"]),
        ("One party", ["Northland", "Southland"]),
    ]


@pytest.mark.parametrize("scale", Scale)
async def test_every_level_of_the_packs_scale_can_be_chosen(scale: Scale) -> None:
    ledger = SmallLedger()
    ledger.file(evidence())
    view = await opened(ledger, Pack(scale=scale, summits=PACK.summits))
    (block,) = [b for b in view.to_dict()["blocks"] if b.get("block_id") == ids.LEVEL_INPUT]
    chosen = [LevelValue.model_validate_json(o["value"]) for o in block["element"]["options"]]
    assert [each.level for each in chosen] == [each.value for each in LEVELS[scale]]


async def test_without_evidence_there_is_nothing_to_send() -> None:
    ledger = SmallLedger()
    ledger.file(evidence(sure=False))
    view = await opened(ledger)
    assert view.to_dict().get("submit") is None
    assert "without evidence there is no assessment" in said(view)


async def test_what_is_not_offered_is_counted() -> None:
    ledger = SmallLedger()
    ledger.file(*(evidence(item(at=NOW - n * timedelta(hours=1)), story=n) for n in range(1, 321)))
    view = await opened(ledger)
    assert sum(len(values) for _, values in offered(view, ids.CITED_INPUT)) == 300
    (block,) = [b for b in view.to_dict()["blocks"] if b.get("block_id") == ids.CITED_INPUT]
    assert "20 older ones are not" in block["hint"]["text"]


def test_an_objection_names_what_it_is_against() -> None:
    view = object_view(assessment(7, reason="All is well."), channel="C012345", zone=UTC)
    assert "“All is well.”" in said(view)
