"""Expressions of time with a month or a year in them: `12 June`, `March 2019`, `Q1`, `2018`.

Each reader looks at the words from `at` on, and gives the days meant and where the next word is;
None when the words there are something else.
"""

import re
from collections.abc import Sequence
from datetime import date

from bot.briefing.questions.calendar import (
    ALSO_PLAIN_WORDS,
    FIRST_YEAR,
    LAST_YEAR,
    MONTHS,
    Stretch,
    latest_day,
    latest_month,
    month_of,
    months_of,
    real_day,
)
from bot.briefing.questions.tables import words_of

Words = Sequence[str]
Point = tuple[Stretch, int]
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?")
_PART = re.compile(r"([qh])([1-4])")
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}


def word_at(words: Words, at: int) -> str:
    """The word there; empty behind the last one."""
    return words[at] if at < len(words) else ""


def read_day_of_month(words: Words, at: int, today: date) -> Point | None:
    """`12 June`, `the 5th of March 2019`, `June 12th, 2018`, `5 to 8 March`."""
    first = _ORDINAL.fullmatch(word_at(words, at))
    if first and (found := _days_before_month(words, at, int(first[1]))):
        day, last_day, month_at = found
        month, end = MONTHS[words[month_at]], month_at + 1
    elif word_at(words, at) in MONTHS and (second := _ORDINAL.fullmatch(word_at(words, at + 1))):
        month, day, end = MONTHS[words[at]], int(second[1]), at + 2
        last_day = day
    else:
        return None
    year, end = year_after(words, end, today)
    if year is None:
        start = latest_day(month, day, today)
        if start is None or start.first is None:
            return None
        stop = real_day(start.first.year, month, last_day)
        return Stretch(start.first, max(stop or start.first, start.first), year_given=False), end
    since, until = real_day(year, month, day), real_day(year, month, last_day)
    return (Stretch(since, until), end) if since and until and since <= until else None


def _days_before_month(words: Words, at: int, day: int) -> tuple[int, int, int] | None:
    """First day, last day and the place of the month in `5 to 8 March` or `5th of March`."""
    to = _ORDINAL.fullmatch(word_at(words, at + 2))
    if word_at(words, at + 1) in {"to", "-", "and"} and to and word_at(words, at + 3) in MONTHS:
        return day, int(to[1]), at + 3
    at += 1 + (word_at(words, at + 1) == "of")
    return (day, day, at) if word_at(words, at) in MONTHS else None


def read_month(words: Words, at: int, today: date) -> Point | None:
    """`January`, `March 2019`, `March last year`, `last January`, `early May`."""
    which = word_at(words, at)
    start = at
    at += which in {"last", "this", "early", "late", "mid", "past"}
    word = word_at(words, at)
    if word not in MONTHS or (start and _ORDINAL.fullmatch(words[start - 1])):  # 31 June
        return None
    year, end = year_after(words, at + 1, today)
    if word in ALSO_PLAIN_WORDS and year is None and not led_in(words, at):
        return None
    found = latest_month(MONTHS[word], today) if year is None else month_of(year, MONTHS[word])
    if which == "last" and start != at and found.last and found.last >= today:
        found = month_of(max(today.year - 1, 1), MONTHS[word])
    return _third(found, which if start != at else ""), end


def _third(month: Stretch, which: str) -> Stretch:
    """The early, middle or late third of a month."""
    if which not in {"early", "mid", "late"} or not month.first:
        return month
    first, last = {"early": (1, 10), "mid": (11, 20), "late": (21, 0)}[which]
    until = month.first.replace(day=last) if last else month.last
    return Stretch(month.first.replace(day=first), until, year_given=month.year_given)


def year_after(words: Words, at: int, today: date) -> tuple[int | None, int]:
    """The year that follows a month (`2019`, `of last year`), and where the next word is."""
    start = at
    at += word_at(words, at) in {"of", "in", ","}
    if (year := year_number(word_at(words, at))) is not None:
        return year, at + 1
    if word_at(words, at) in {"last", "this"} and word_at(words, at + 1) == "year":
        return max(today.year - (words[at] == "last"), 1), at + 2
    return None, start


def year_number(word: str) -> int | None:
    """The year that the word is; None for any other word."""
    year = int(word) if len(word) == 4 and word.isascii() and word.isdigit() else 0  # noqa: PLR2004
    return year if FIRST_YEAR <= year <= LAST_YEAR else None


def read_part_of_year(words: Words, at: int, today: date) -> Point | None:
    """`Q1`, `Q3 2018`, `the first quarter of 2019`, `H1 2018`, `the second half of last year`."""
    if found := _PART.fullmatch(word_at(words, at)):
        kind, number, end = found[1], int(found[2]), at + 1
    elif word_at(words, at) in _ORDINALS and word_at(words, at + 1) in {"quarter", "half"}:
        kind, number, end = words[at + 1][0], _ORDINALS[words[at]], at + 2
    else:
        return None
    length = 3 if kind == "q" else 6
    if number * length > 12:  # noqa: PLR2004 - there is no third half of twelve months
        return None
    year, end = year_after(words, end, today)
    first = (number - 1) * length + 1
    if year is None:
        year = max(today.year - (first > today.month), 1)
    return months_of(year, first, length), end


def read_year(words: Words, at: int, today: date) -> Point | None:
    """`2018`."""
    year = year_number(word_at(words, at))
    return (months_of(year, 1, 12), at + 1) if year is not None else None


def led_in(words: Words, at: int) -> bool:
    """Whether the word before says that a time follows."""
    return at > 0 and words[at - 1] in _LEADS


_LEADS = frozenset(
    words_of(
        "- after and as before beginning between by during early end for from in last late mid "
        "of on since start this through throughout till to until "
    )
)
