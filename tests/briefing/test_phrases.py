"""Plain English for numbers, spans and states."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.briefing import phrases
from bot.briefing.parts import Balance
from bot.briefing.status import silence_of
from bot.domain.schedule import EVERY_DAY, WORKDAYS, Occurrence, Schedule, Weekday
from bot.domain.window import Window
from tests.briefing.builders import DAY, NOW, PATIENT

SEOUL = ZoneInfo("Asia/Seoul")


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=-5), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=59, seconds=59), "59 minutes"),
        (timedelta(hours=23), "23 hours"),
        (DAY, "1 day"),
        (98 * DAY, "98 days"),
        (99 * DAY, "3 months"),
        (731 * DAY, "2 years"),
    ],
)
def test_a_span_is_said_in_the_unit_that_people_use(length: timedelta, said: str) -> None:
    assert phrases.span(length) == said


@PATIENT
@given(st.timedeltas(timedelta(days=1), timedelta(days=4000)))
def test_a_rhythm_is_always_about_one_something(gap: timedelta) -> None:
    assert phrases.rhythm(gap).startswith("about one ")


def test_a_day_is_the_readers_day() -> None:
    late = datetime(2019, 2, 28, 20, tzinfo=UTC)
    assert (phrases.day(late), phrases.day(late, zone=SEOUL)) == ("28 Feb 2019", "1 Mar 2019")


def test_due_dates_look_both_ways() -> None:
    today = NOW.date()
    said = [phrases.due(today + days * DAY, today=today) for days in (12, 1, 0, -1, -400)]
    assert said == [
        "due in 12 days",
        "due in 1 day",
        "due today",
        "was due 1 day ago",
        "was due 13 months ago",
    ]


def test_silence_says_what_was_usual() -> None:
    weekly = [NOW - 41 * DAY - 7 * DAY * n for n in range(5)]
    assert phrases.silence(silence_of(weekly, now=NOW)) == (
        "no evidence for 41 days; until now about one a week"
    )
    assert phrases.silence(silence_of(weekly, now=NOW - 38 * DAY)) == (
        "newest evidence 3 days ago; usually about one a week"
    )
    assert phrases.silence(silence_of([NOW], now=NOW)) == "evidence within the last day"
    assert phrases.silence(silence_of([], now=NOW)) == "no evidence yet"


def test_outlets_are_named_until_there_are_more_than_two() -> None:
    assert [phrases.outlets(["A", "B", "C", "D"][:n]) for n in range(5)] == [
        "unknown outlet",
        "A",
        "A and B",
        "A and 2 others",
        "A and 3 others",
    ]


def test_a_balance_says_only_what_there_is() -> None:
    assert phrases.balance(Balance(days=30, progress=3, neutral=1)) == "3 toward, 1 neither"
    assert phrases.balance(Balance(days=30)) == "none"
    assert phrases.balance_marks(Balance(days=30, setback=2)) == "▼2"
    assert phrases.balance_marks(Balance(days=30)) == "·"


def test_a_window_names_a_day_once_when_it_lies_within_it() -> None:
    window = Window(since=NOW - timedelta(hours=2), until=NOW)
    assert phrases.window(window, zone=UTC) == "1 Mar 2019, 06:00 to 08:00"
    assert phrases.window(Window(since=NOW - DAY, until=NOW), zone=SEOUL) == (
        "28 Feb 2019, 17:00 to 1 Mar 2019, 17:00"
    )


def test_weekdays_and_schedules_read_as_people_say_them() -> None:
    some = {Weekday.SAT, Weekday.MON, Weekday.WED}
    assert [phrases.weekdays(days) for days in (EVERY_DAY, WORKDAYS, some, {Weekday.FRI})] == [
        "every day",
        "Mon to Fri",
        "Mon, Wed and Sat",
        "Fri",
    ]
    rule = Schedule(weekdays=WORKDAYS, at=time(8), timezone="Asia/Seoul")
    assert phrases.schedule(rule) == "Mon to Fri at 08:00, Asia/Seoul"


def test_an_occurrence_names_its_weekday() -> None:
    when = Occurrence(day=NOW.date(), instant=NOW)
    assert phrases.occurrence(when, zone=SEOUL) == "Fri 1 Mar 2019, 17:00"
