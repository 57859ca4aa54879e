"""Expressions of time mean the days that people mean by them."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.briefing.questions import read_question
from bot.briefing.questions.calendar import shift_months
from bot.briefing.questions.reader import find_names
from bot.config.commitments_file import load_pack
from tests.briefing.questions.packs import PENINSULA

NOW = datetime(2019, 3, 6, 9, tzinfo=UTC)  # a Wednesday
OPEN = ""


@pytest.mark.parametrize(
    ("words", "since", "until"),
    [
        ("yesterday", "2019-03-05", "2019-03-05"),
        ("today", "2019-03-06", "2019-03-06"),
        ("the day before yesterday", "2019-03-04", "2019-03-04"),
        ("last week", "2019-02-25", "2019-03-03"),
        ("this week", "2019-03-04", OPEN),
        ("this month", "2019-03-01", OPEN),
        ("this year", "2019-01-01", OPEN),
        ("this quarter", "2019-01-01", OPEN),
        ("last month", "2019-02-01", "2019-02-28"),
        ("last year", "2018-01-01", "2018-12-31"),
        ("last quarter", "2018-10-01", "2018-12-31"),
        ("in the past week", "2019-02-27", OPEN),
        ("over the past two weeks", "2019-02-20", OPEN),
        ("in the last 10 days", "2019-02-24", OPEN),
        ("past 3 months", "2018-12-06", OPEN),
        ("in the last 48 hours", "2019-03-04", OPEN),
        ("in the past year", "2018-03-06", OPEN),
        ("in January", "2019-01-01", "2019-01-31"),
        ("in december", "2018-12-01", "2018-12-31"),
        ("in March", "2019-03-01", "2019-03-31"),
        ("in march 2018", "2018-03-01", "2018-03-31"),
        ("in May", "2018-05-01", "2018-05-31"),
        ("in 2018", "2018-01-01", "2018-12-31"),
        ("since March", "2019-03-01", OPEN),
        ("since April", "2018-04-01", OPEN),
        ("since 12 June", "2018-06-12", OPEN),
        ("since June 12th, 2018", "2018-06-12", OPEN),
        ("since the 5th of March", "2019-03-05", OPEN),
        ("since yesterday", "2019-03-05", OPEN),
        ("since last week", "2019-02-25", OPEN),
        ("since 2018", "2018-01-01", OPEN),
        ("since Singapore", "2018-06-12", OPEN),
        ("since the Hanoi summit", "2019-02-27", OPEN),
        ("since the summit", "2019-02-27", OPEN),
        ("since Monday", "2019-03-04", OPEN),
        ("since two weeks ago", "2019-02-20", OPEN),
        ("after 5 February", "2019-02-06", OPEN),
        ("before 5 March", OPEN, "2019-03-04"),
        ("until 5 March", OPEN, "2019-03-05"),
        ("until December", OPEN, "2018-12-31"),
        ("before Hanoi", OPEN, "2019-02-26"),
        ("before last week", OPEN, "2019-02-24"),
        ("between November and February", "2018-11-01", "2019-02-28"),
        ("between 1 March and 5 March", "2019-03-01", "2019-03-05"),
        ("between March and May", "2018-03-01", "2018-05-31"),
        ("between Singapore and Pyongyang", "2018-06-12", "2018-09-19"),
        ("from June to August 2018", "2018-06-01", "2018-08-31"),
        ("between June and July 2018", "2018-06-01", "2018-07-31"),
        ("between 12 June and 3 July 2018", "2018-06-12", "2018-07-03"),
        ("June-August 2018", "2018-06-01", "2018-08-31"),
        ("in June-August 2018", "2018-06-01", "2018-08-31"),
        ("in June and July 2018", "2018-06-01", "2018-07-31"),
        ("during June, July and August 2018", "2018-06-01", "2018-08-31"),
        ("from November to February 2018", "2017-11-01", "2018-02-28"),
        ("since January until March 2018", "2018-01-01", "2018-03-31"),
        ("after June and before September 2017", "2017-07-01", "2017-08-31"),
        ("from June 2017 to August", "2017-06-01", "2017-08-31"),
        ("from August 2018 to June 2018", "2018-06-01", "2018-08-31"),
        ("in summer 2018", "2018-06-01", "2018-08-31"),
        ("in the summer of 2018", "2018-06-01", "2018-08-31"),
        ("in the spring", "2019-03-01", "2019-05-31"),
        ("last summer", "2018-06-01", "2018-08-31"),
        ("in autumn 2018", "2018-09-01", "2018-11-30"),
        ("in the fall of 2018", "2018-09-01", "2018-11-30"),
        ("in winter 2017", "2017-12-01", "2018-02-28"),
        ("in the winter of 2017-18", "2017-12-01", "2018-02-28"),
        ("in winter 2017/18", "2017-12-01", "2018-02-28"),
        ("in winter 2017-2018", "2017-12-01", "2018-02-28"),
        ("between spring and autumn 2018", "2018-03-01", "2018-11-30"),
        ("during the winter Olympics", OPEN, OPEN),
        ("that talks fall in 2018", "2018-01-01", "2018-12-31"),
        ("from 12 June 2018 until yesterday", "2018-06-12", "2019-03-05"),
        ("since June 2018 until December", "2018-06-01", "2018-12-31"),
        ("on 5 March", "2019-03-05", "2019-03-05"),
        ("on March 5", "2019-03-05", "2019-03-05"),
        ("on 7 March", "2018-03-07", "2018-03-07"),
        ("on 29 February", "2016-02-29", "2016-02-29"),
        ("on 2019-01-05", "2019-01-05", "2019-01-05"),
        ("in 2019-01", "2019-01-01", "2019-01-31"),
        ("on 31/12/2018", "2018-12-31", "2018-12-31"),
        ("on 02/03/2019", OPEN, OPEN),  # second of March, or third of February?
        ("on Monday", "2019-03-04", "2019-03-04"),
        ("last wednesday", "2019-02-27", "2019-02-27"),
        ("over the weekend", "2019-03-02", "2019-03-03"),
        ("in Q4 2018", "2018-10-01", "2018-12-31"),
        ("in the first half of 2018", "2018-01-01", "2018-06-30"),
        ("from 5 to 8 January", "2019-01-05", "2019-01-08"),
        ("lately", OPEN, OPEN),
        ("on 31 June", OPEN, OPEN),
    ],
)
def test_time_is_read(words: str, since: str, until: str) -> None:
    question = read_question(f"show evidence on exercises {words}", pack=PENINSULA, now=NOW)
    assert (
        question.since.isoformat() if question.since else OPEN,
        question.until.isoformat() if question.until else OPEN,
    ) == (since, until)
    assert question.commitments == ("exercises",)
    assert question.summit is None


TIMES = Path(__file__).with_name("times.txt").read_text(encoding="utf-8")
SHIPPED = load_pack(Path(__file__).parents[3] / "commitments.yaml")


@pytest.mark.parametrize("line", [one for one in TIMES.splitlines() if not one.startswith("#")])
def test_phrase_means_the_days_of_the_list(line: str) -> None:
    phrase, since, until = (part.strip() for part in line.split("|"))
    asked = f"show evidence on the remains {phrase}"
    period = find_names(asked, pack=SHIPPED, now=datetime(2019, 3, 7, 9, tzinfo=UTC)).period
    found = tuple(day.isoformat() if day else "-" for day in (period.since, period.until))
    assert found == (since, until)


def test_may_and_march_are_words_too() -> None:
    question = read_question("what may happen if they march on", pack=PENINSULA, now=NOW)
    assert (question.since, question.until) == (None, None)


def test_months_are_shifted_within_the_calendar() -> None:
    assert shift_months(date(2, 1, 31), -40) == date(1, 1, 31)
    assert shift_months(date(2020, 1, 31), 1) == date(2020, 2, 29)
