"""Questions as analysts type them are read as they are meant."""

from datetime import datetime
from typing import Any

import pytest

from bot.briefing.questions import Intent, find_subjects, read_question
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
