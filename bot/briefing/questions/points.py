"""Single expressions of time: `yesterday`, `12 June`, `last month`, `the past two weeks`, `Q1`.

Each reader looks at the words from `at` on, and gives the days meant and where the next word is;
None when the words there are something else.
"""

import re
from collections.abc import Callable
from datetime import date

from bot.briefing.questions.calendar import (
    ALSO_PLAIN_WORDS,
    DAY,
    FIRST_YEAR,
    LAST_YEAR,
    NUMBERS,
    UNITS,
    WEEKDAYS,
    Stretch,
    back_days,
    latest_weekday,
    month_of,
    one_day,
    period,
    real_day,
    rolling,
)
from bot.briefing.questions.months import (
    Point,
    Words,
    led_in,
    read_day_of_month,
    read_month,
    read_part_of_year,
    read_year,
    word_at,
)
from bot.briefing.questions.seasons import read_season

_ISO = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")
_NUMERIC = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_DAYS_AGO = {"today": 0, "tonight": 0, "yesterday": 1}
_DAY_PARTS = frozenset({"morning", "afternoon", "evening", "night"})
_LARGEST_NUMBER = 9999


def read_point(words: Words, at: int, today: date) -> Point | None:
    """The expression that starts at `at`, with an article before it or not; None for none."""
    for reader in _READERS:
        if found := reader(words, at, today):
            return found
    if words[at : at + 1] == ["the"]:
        return read_point(words, at + 1, today)
    return None


def _iso(words: Words, at: int, today: date) -> Point | None:
    """`2019-01-05`, `2019-01`; also `31/12/2018`, where only one order of day and month is real."""
    if found := _ISO.fullmatch(word_at(words, at)):
        year, month, day = int(found[1]), int(found[2]), found[3]
        if day is None:
            whole = FIRST_YEAR <= year <= LAST_YEAR and month in range(1, 13)
            return (month_of(year, month), at + 1) if whole else None
        exact = real_day(year, month, int(day))
        return (one_day(exact), at + 1) if exact else None
    if found := _NUMERIC.fullmatch(word_at(words, at)):
        a, b, year = int(found[1]), int(found[2]), int(found[3])
        readings = {real_day(year, b, a), real_day(year, a, b)} - {None}
        only = readings.pop() if len(readings) == 1 else None
        return (one_day(only), at + 1) if only else None
    return None


def _near_day(words: Words, at: int, today: date) -> Point | None:
    """`today`, `yesterday`, `the day before yesterday`, `this morning`, `last night`."""
    if list(words[at : at + 2]) == ["new", "year"]:
        return one_day(today.replace(month=1, day=1)), at + 2
    if list(words[at : at + 3]) == ["day", "before", "yesterday"]:
        return one_day(back_days(today, 2)), at + 3
    if (word := word_at(words, at)) in _DAYS_AGO:
        end = at + 1 + (word_at(words, at + 1) in _DAY_PARTS)
        return one_day(back_days(today, _DAYS_AGO[word])), end
    if word in {"this", "last"} and word_at(words, at + 1) in _DAY_PARTS:
        return one_day(back_days(today, 1 if word == "last" else 0)), at + 2
    return None


def _period(words: Words, at: int, today: date) -> Point | None:
    """`this week` (open), `last month` (whole), `the last week` and `past week` (up to now)."""
    which, unit = word_at(words, at), UNITS.get(word_at(words, at + 1), "")
    if which in {"so", "far"} or unit in {"", "hour"}:
        return None
    if which == "this" or (which in {"current", "all"} and unit != "day"):
        return Stretch(period(unit, today, 0).first, None), at + 2
    if which in {"past", "trailing"} or (which == "last" and at and words[at - 1] == "the"):
        return Stretch(rolling(unit, 1, today), None), at + 2
    return (period(unit, today, 1), at + 2) if which in {"last", "previous"} else None


def _rolling(words: Words, at: int, today: date) -> Point | None:
    """`past 10 days`, `last two weeks`, `last few months`: up to now."""
    if word_at(words, at) not in {"past", "last", "previous", "recent"}:
        return None
    if not (found := _number(words, at + 1)):
        return None
    number, end = found
    unit = UNITS.get(word_at(words, end))
    return (Stretch(rolling(unit, number, today), None), end + 1) if unit else None


def _ago(words: Words, at: int, today: date) -> Point | None:
    """`three days ago`, `a week ago`."""
    if not (found := _number(words, at)):
        return None
    number, end = found
    unit = UNITS.get(word_at(words, end))
    if not unit or word_at(words, end + 1) not in {"ago", "back"}:
        return None
    return one_day(rolling(unit, number, today)), end + 2


def _number(words: Words, at: int) -> tuple[int, int] | None:
    """`14`, `two`, `a`, `a few`, `a couple of`, and where the next word is."""
    if word_at(words, at) == "a" and word_at(words, at + 1) in {"few", "couple"}:
        at += 1
    word = word_at(words, at)
    if word.isascii() and word.isdigit() and int(word[:9]) <= _LARGEST_NUMBER:
        return int(word), at + 1
    if word in NUMBERS:
        return NUMBERS[word], at + 1 + (word == "couple" and word_at(words, at + 1) == "of")
    return None


def _weekday(words: Words, at: int, today: date) -> Point | None:
    """`Monday`, `last Friday`, `the weekend`: the latest one."""
    which = word_at(words, at)
    at += which in {"last", "this", "past"}
    if (word := word_at(words, at)) == "weekend":
        saturday = latest_weekday(5, back_days(today, 1))
        return Stretch(saturday, saturday + DAY), at + 1
    if word not in WEEKDAYS or (word in ALSO_PLAIN_WORDS and not led_in(words, at)):
        return None
    return one_day(latest_weekday(WEEKDAYS[word], today, before_today=which == "last")), at + 1


_READERS: tuple[Callable[[Words, int, date], Point | None], ...] = (
    _iso,
    _near_day,
    _rolling,
    _ago,
    _period,
    _weekday,
    read_season,
    read_day_of_month,
    read_month,
    read_part_of_year,
    read_year,
)
"""In the order of trying: `March 5` before `March`."""
