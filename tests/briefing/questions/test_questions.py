"""Questions as analysts type them are read as they are meant."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.briefing.questions import Intent, find_subjects, read_question
from bot.config.commitments_file import load_pack
from bot.domain.commitment import Pack
from tests.briefing.questions.packs import CLIMATE, PENINSULA, SOURCES
from tests.briefing.questions.readings import (
    CLIMATE_READINGS,
    NOW_CLIMATE,
    NOW_PENINSULA,
    PENINSULA_READINGS,
)

_EMPTY = {"summit": None, "since": None, "until": None, "source": None, "direction": None}
CASES = [
    *(pytest.param(PENINSULA, NOW_PENINSULA, *r, id=r[0]) for r in PENINSULA_READINGS),
    *(pytest.param(CLIMATE, NOW_CLIMATE, *r, id=r[0]) for r in CLIMATE_READINGS),
]


@pytest.mark.parametrize(("pack", "now", "text", "intent", "fields"), CASES)
def test_question_is_read_as_meant(
    pack: Pack, now: datetime, text: str, intent: Intent, fields: dict[str, Any]
) -> None:
    question = read_question(text, pack=pack, now=now, sources=SOURCES)
    expected = {**_EMPTY, "ask_back": False, "intent": intent, **fields}
    assert {name: getattr(question, name) for name in expected} == expected


def test_questions_on_packs_that_nothing_was_fitted_on_are_read() -> None:
    root = Path(__file__).parents[3]
    lines = Path(__file__).with_name("fresh.jsonl").read_text(encoding="utf-8").splitlines()
    right = confident = 0
    for line in lines:
        asked = json.loads(line)
        expected = asked["expect"]
        pack = load_pack(root / "bench/subjects" / asked["pack"] / "commitments.json")
        now = datetime.fromisoformat(asked["now"])
        question = read_question(asked["text"], pack=pack, now=now)
        found = {
            name: value.isoformat() if isinstance(value := getattr(question, name), date) else value
            for name in expected
        }
        found["commitments"] = list(question.commitments)
        right += found == expected
        doubted = question.ask_back or question.intent is Intent.UNKNOWN
        confident += found != expected and not doubted
    assert right / len(lines) >= 0.85
    assert confident / len(lines) <= 0.04


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("which promises has Seoul broken?", ["border-links", "family-reunions", "yongbyon"]),
        ("what has the US committed to?", None),
        ("which promises did North Korea keep", sorted(PENINSULA.by_id)),
    ],
)
def test_party_named_for_its_promises_means_those(text: str, ids: list[str] | None) -> None:
    singapore = PENINSULA.summit_by_id["singapore-2018"].commitments
    expected = sorted(one.id for one in singapore) if ids is None else ids
    found = read_question(text, pack=PENINSULA, now=NOW_PENINSULA)
    assert list(found.commitments) == expected


def test_party_that_acts_narrows_nothing() -> None:
    found = read_question("any news from North Korea?", pack=PENINSULA, now=NOW_PENINSULA)
    assert found.commitments == ()


@pytest.mark.parametrize("text", ["E202?", "why E202", "why is E202 there?", "explain e202"])
def test_number_of_evidence_is_read(text: str) -> None:
    assert read_question(text, pack=PENINSULA, now=NOW_PENINSULA).evidence == 202


@pytest.mark.parametrize("text", ["delete E12", "E195 is wrong, it's a setback"])
def test_record_is_not_rewritten_by_a_sentence(text: str) -> None:
    assert read_question(text, pack=PENINSULA, now=NOW_PENINSULA).intent is Intent.UNKNOWN


def test_count_of_what_is_wanted_names_no_commitment() -> None:
    asked = "give me the three biggest setbacks since Singapore"
    question = read_question(asked, pack=PENINSULA, now=NOW_PENINSULA)
    assert (question.intent, question.commitments) == (Intent.EVIDENCE, ())
    assert question.since == date(2018, 6, 12)


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("remains", ("remains",)),
        ("engine-test-site", ("engine-test-site",)),
        ("Lasting peace regime", ("peace-regime",)),
        ("denuclerization", ("denuclearization",)),
        ("sohae", ("engine-test-site",)),
        ("separated families", ("family-reunions",)),
        ("railways and roads", ("border-links",)),
        ("armistice", ("peace-regime",)),
        ("the fallen soldiers", ("remains",)),
        ("remains and Yongbyon", ("remains", "yongbyon")),
    ],
)
def test_subjects_are_found_by_id_title_text_and_watch_term(
    words: str, ids: tuple[str, ...]
) -> None:
    found = find_subjects(words, PENINSULA)
    assert (found.commitments, found.ambiguous) == (ids, False)


@pytest.mark.parametrize("words", ["singapore", "Singapur", "singapore-2018", "the Singapore text"])
def test_summit_is_found_by_any_distinctive_part_of_its_name(words: str) -> None:
    assert find_subjects(words, PENINSULA).summit == "singapore-2018"


@pytest.mark.parametrize("words", ["", "tariffs on cheese", "?!", "the and of"])
def test_words_that_name_nothing_give_nothing(words: str) -> None:
    found = find_subjects(words, PENINSULA)
    assert (found.commitments, found.summit, found.ambiguous) == ((), None, False)


def test_two_summits_named_mean_the_commitments_of_both() -> None:
    question = read_question("compare COP26 and COP27", pack=CLIMATE, now=NOW_CLIMATE)
    assert question.intent is Intent.COMPARE
    assert question.commitments == tuple(sorted(CLIMATE.by_id))
    assert not question.ask_back


def test_a_pack_without_commitments_can_be_asked() -> None:
    question = read_question("where are we on the remains", pack=Pack(), now=NOW_PENINSULA)
    assert question.commitments == ()


def test_every_commitment_is_found_by_its_id_and_its_title() -> None:
    for pack in (PENINSULA, CLIMATE):
        for commitment in pack.commitments:
            for words in (commitment.id, commitment.title, commitment.title.upper()):
                assert find_subjects(words, pack).commitments == (commitment.id,)
