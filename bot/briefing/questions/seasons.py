"""Seasons as people name them: `summer 2018`, `winter 2018-19`, `last spring`.

Of the northern half of the world, in whole months: spring is March to May, and a winter belongs to
the year in which it begins.
"""

import re
from datetime import date

from bot.briefing.questions.calendar import LAST_YEAR, Stretch, month_of, shift_months
from bot.briefing.questions.months import Point, Words, led_in, word_at, year_after

_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_WHICH = frozenset({"last", "this", "past"})
_GAMES = frozenset({"olympics", "olympic", "paralympics", "paralympic", "games"})
_TWO_YEARS = re.compile(r"(\d{4})-(\d{2})")


def read_season(words: Words, at: int, today: date) -> Point | None:
    """`summer 2018`, `the fall of 2018`, `winter 2018-19`, `last spring`; None for others.

    Season words are verbs and names as often: without a year they need a word such as `in`.
    """
    which = word_at(words, at) if word_at(words, at) in _WHICH else ""
    place = at + bool(which)
    month = _SEASONS.get(word_at(words, place))
    if month is None:
        return None
    year, end = _year(words, place + 1, today)
    joined_by_in = word_at(words, place + 1) == "in" and year is not None
    led = which or led_in(words, place) or _article_led(words, place)
    if word_at(words, end) in _GAMES or (not led and (year is None or joined_by_in)):
        return None
    if year is not None:
        return _season(year, month), end
    begun = today.year - (month > today.month)
    found = _season(max(begun, 1), month, year_given=False)
    if which == "last" and found.last and found.last >= today:
        found = _season(max(begun - 1, 1), month)
    return found, end


def _season(year: int, month: int, *, year_given: bool = True) -> Stretch:
    """Three months from the given one on."""
    first = date(year, month, 1)
    last = shift_months(first, 2)
    return Stretch(first, month_of(last.year, last.month).last, year_given)


def _year(words: Words, at: int, today: date) -> tuple[int | None, int]:
    """The year behind a season, of two the first (`2018-19`), and where the next word is."""
    start = at
    at += word_at(words, at) in {"of", "in"}
    two = _TWO_YEARS.fullmatch(word_at(words, at))
    if two and int(two[2]) == (int(two[1]) + 1) % 100 and 1 <= int(two[1]) <= LAST_YEAR:
        return int(two[1]), at + 1
    year, end = year_after(words, start, today)
    if year is None:
        return None, start
    rest = end + (word_at(words, end) in {"-", "to"})
    following = {f"{year + 1}", f"{(year + 1) % 100:02}"}
    return year, rest + 1 if word_at(words, rest) in following else end


def _article_led(words: Words, at: int) -> bool:
    """Whether `in the` or the like stands before."""
    return at > 1 and words[at - 1] == "the" and led_in(words, at - 1)
