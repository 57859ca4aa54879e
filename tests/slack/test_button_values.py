"""What our buttons carry comes back checked."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import InputError
from bot.domain.evidence import Direction, Verdict
from bot.domain.workspace import WorkspaceId
from bot.slack import ids
from bot.slack.button_values import (
    AssessmentValue,
    CommitmentValue,
    EvidencePage,
    FeedChoice,
    FeedValue,
    HistoryPageValue,
    LevelValue,
    ReviewValue,
    StoryChoice,
    StoryValue,
    SubscribeValue,
    SubscriptionValue,
)
from bot.slack.limits import BUTTON_VALUE, OPTION_VALUE
from bot.slack.messages.parts import button
from handlers.request import Request
from tests.briefing.builders import PATIENT

BIGGEST = 2**63 - 1
CLICK = Request(
    workspace=WorkspaceId(1),
    actor="U1",
    zone=ZoneInfo("UTC"),
    client=AsyncWebClient(),
    respond=AsyncRespond(response_url=None),
)
KINDS = [
    AssessmentValue,
    HistoryPageValue,
    LevelValue,
    CommitmentValue,
    EvidencePage,
    FeedValue,
    ReviewValue,
    StoryValue,
    SubscribeValue,
    SubscriptionValue,
]
IN_MENUS = {StoryValue, FeedValue, LevelValue}
VALUES = [
    AssessmentValue(assessment=BIGGEST),
    HistoryPageValue(commitment="c" * 100, offset=1_000_000),
    LevelValue(commitment="c" * 100, level=-9),
    CommitmentValue(commitment="é" * 100),
    EvidencePage(
        commitment="c" * 100,
        since=datetime(2019, 1, 1, tzinfo=UTC),
        until=datetime(2019, 3, 1, tzinfo=UTC),
        direction=Direction.SETBACK,
        offset=1_000_000,
    ),
    FeedValue(feed=BIGGEST, choice=FeedChoice.REMOVE),
    ReviewValue(evidence=BIGGEST, verdict=Verdict.REJECTED),
    StoryValue(evidence=BIGGEST, choice=StoryChoice.DOES_NOT_FIT),
    SubscribeValue(),
    SubscriptionValue(subscription=BIGGEST),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_comes_back_as_it_went_and_fits_into_its_button(value: CommitmentValue) -> None:
    text = button("Label", "action", value).value
    assert replace(CLICK, text=text).value(type(value)) == value
    assert len(text) <= (OPTION_VALUE if type(value) in IN_MENUS else BUTTON_VALUE)


@pytest.mark.parametrize("kind", KINDS)
@PATIENT
@given(
    text=st.text().filter(lambda text: text != "{}")
    | st.sampled_from(['{"evidence": -1}', "null", "[]", "x", '{"x": 1}', "{" * 999])
)
def test_anything_else_is_told_in_words(kind: type[CommitmentValue], text: str) -> None:
    with pytest.raises(InputError, match="ask again"):
        replace(CLICK, text=text).value(kind)


def test_a_choice_stands_for_a_verdict_or_for_a_question() -> None:
    assert {choice: choice.verdict for choice in StoryChoice if choice.verdict} == {
        StoryChoice.PROGRESS: Verdict.PROGRESS,
        StoryChoice.SETBACK: Verdict.SETBACK,
        StoryChoice.NEUTRAL: Verdict.NEUTRAL,
        StoryChoice.DOES_NOT_FIT: Verdict.REJECTED,
    }


def test_identifiers_are_told_apart() -> None:
    names = {name: value for name, value in vars(ids).items() if name.isupper()}
    assert len(set(names.values())) == len(names)
