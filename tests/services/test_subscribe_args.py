"""`/briefing subscribe ...` in words."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.commitment import Commitment, Pack, Summit
from bot.domain.errors import InputError
from bot.domain.schedule import EVERY_DAY, WORKDAYS, Weekday
from bot.services.subscriptions import subscribe_args

PACK = Pack(
    summits=(
        Summit(
            id="example-2030",
            name="Example",
            commitments=(
                Commitment(id="methane", title="Methane", text="Cut.", summit_id="example-2030"),
                Commitment(id="finance", title="Finance", text="Pay.", summit_id="example-2030"),
            ),
        ),
    )
)


def args(words: str):
    return subscribe_args(words, pack=PACK, timezone="Asia/Seoul", channel="C1")


def test_nothing_said_means_everything_on_weekdays_at_eight_here():
    found = args("")
    assert found.commitments == ()
    assert found.schedule.weekdays == WORKDAYS
    assert found.schedule.at == time(8, 0)
    assert found.schedule.timezone == "Asia/Seoul"
    assert found.target == "C1"


@pytest.mark.parametrize(
    ("words", "days", "at", "zone", "commitments"),
    [
        ("daily 07:30", EVERY_DAY, time(7, 30), "Asia/Seoul", ()),
        ("methane weekdays 08:00 europe/paris", WORKDAYS, time(8), "Europe/Paris", ("methane",)),
        ("Mon, Thursday at 9.15", {Weekday.MON, Weekday.THU}, time(9, 15), "Asia/Seoul", ()),
        ("finance and methane", WORKDAYS, time(8), "Asia/Seoul", ("finance", "methane")),
        ("EXAMPLE-2030 sundays UTC", {Weekday.SUN}, time(8), "UTC", ("example-2030",)),
    ],
)
def test_the_order_is_free(words, days, at, zone, commitments):
    found = args(words)
    assert found.schedule.weekdays == days
    assert found.schedule.at == at
    assert found.schedule.timezone == zone
    assert found.commitments == commitments


def test_me_means_a_direct_message():
    assert args("me daily").target is None
    assert args("here daily").target == "C1"


@pytest.mark.parametrize("words", ["skip empty", "Skip-Empty daily", "daily skip empty days 07:30"])
def test_days_without_news_can_be_skipped(words):
    assert args(words).skip_empty
    assert args(words).commitments == ()


def test_nothing_is_skipped_that_was_not_asked_for():
    assert not args("daily").skip_empty
    with pytest.raises(InputError, match="skip"):
        args("skip daily")


@pytest.mark.parametrize("words", ["25:00", "08:61", "metane", "Mars/Olympus", "tomorrow"])
def test_a_word_that_means_nothing_is_named(words):
    with pytest.raises(InputError) as caught:
        args(f"daily {words}")
    assert words in str(caught.value)


@given(st.text(max_size=200))
def test_any_text_is_understood_or_refused_with_a_sentence(text):
    try:
        found = args(text)
    except InputError as error:
        fixes = [problem.fix for problem in error.problems]
    else:
        fixes = [found.schedule.timezone]
    assert all(fixes)
