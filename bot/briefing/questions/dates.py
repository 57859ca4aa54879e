"""Expressions of time with a month or a year in them: `12 June`, `March 2019`, `Q1`, `2018`.

Each reader looks at the words from `at` on, and gives the days meant and where the next word is;
None when the words there are something else.
"""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.briefing.questions.words import english

# MERGED calendar: Calendar words as stretches of days: months, quarters, weekdays, periods. Weeks
# start Monday.


DAY = timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 1900, 2199
_MONTH_WORDS = (
    "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
    "august aug", "september sep sept", "october oct", "november nov", "december dec",
)  # fmt: skip
MONTHS = {word: n for n, words in enumerate(_MONTH_WORDS, 1) for word in words.split()}
_WEEKDAY_WORDS = (
    "monday mon", "tuesday tue tues", "wednesday wed", "thursday thu thurs thur",
    "friday fri", "saturday sat", "sunday sun",
)  # fmt: skip
WEEKDAYS = {word: n for n, words in enumerate(_WEEKDAY_WORDS) for word in words.split()}
ALSO_PLAIN_WORDS = frozenset({"may", "march", "mar", "mon", "wed", "sat", "sun", "jan"})
"""Calendar words that are something else as often: they need a word before them such as `in`."""
_NUMBER_WORDS = "a|an|one two|couple three|few four five six seven eight nine ten eleven twelve"
NUMBERS = {word: n for n, words in enumerate(_NUMBER_WORDS.split(), 1) for word in words.split("|")}
UNITS = {
    word: unit
    for unit in ("hour", "day", "week", "month", "quarter", "year")
    for word in (unit, f"{unit}s")
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days from `first` to `last`, both included; None where it is open.

    Attributes:
        first: The first day.
        last: The last day.
        year_given: False when the year was not said, so that another one may be meant.
    """

    first: date | None
    last: date | None
    year_given: bool = True


def one_day(day: date) -> Stretch:
    """A single day."""
    return Stretch(day, day)


def shift_months(day: date, months: int) -> date:
    """The same day some months on (or back, when negative); the last day where it has none.

    >>> shift_months(date(2019, 3, 31), -1)
    datetime.date(2019, 2, 28)
    """
    count = min(max(day.year * 12 + day.month - 1 + months, 12), 9999 * 12)
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def month_of(year: int, month: int) -> Stretch:
    """A whole month."""
    return Stretch(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def months_of(year: int, first: int, count: int) -> Stretch:
    """`count` whole months of a year, from the month `first` on."""
    return Stretch(date(year, first, 1), month_of(year, first + count - 1).last)


def latest_month(month: int, today: date) -> Stretch:
    """The latest such month that has begun."""
    year = today.year if month <= today.month else today.year - 1
    found = month_of(max(year, 1), month)
    return Stretch(found.first, found.last, year_given=False)


def latest_day(month: int, day: int, today: date) -> Stretch | None:
    """The latest such day that is not in the future; None when no year has it."""
    for year in range(today.year, max(today.year - 9, 0), -1):  # 29 February comes within 8 years
        found = real_day(year, month, day)
        if found is not None and found <= today:
            return Stretch(found, found, year_given=False)
    return None


def real_day(year: int, month: int, day: int) -> date | None:
    """The date; None when the calendar has none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def period(unit: str, today: date, back: int) -> Stretch:
    """The week, month, quarter or year that is `back` before the present one, whole.

    >>> period("week", date(2019, 3, 6), 1).first
    datetime.date(2019, 2, 25)
    """
    if unit == "week":
        monday = back_days(today, today.weekday() + 7 * back)
        return Stretch(monday, monday + 6 * DAY)
    if unit in {"month", "quarter"}:
        length = 1 if unit == "month" else 3
        start = shift_months(today.replace(day=1), -((today.month - 1) % length) - length * back)
        return months_of(start.year, start.month, length)
    if unit == "year":
        year = max(today.year - back, 1)
        return months_of(year, 1, 12)
    return one_day(back_days(today, back))


def rolling(unit: str, number: int, today: date) -> date:
    """The day that lies so many units before today.

    >>> rolling("week", 2, date(2019, 3, 15)), rolling("month", 1, date(2019, 3, 31))
    (datetime.date(2019, 3, 1), datetime.date(2019, 2, 28))
    """
    if unit in {"month", "quarter", "year"}:
        return shift_months(today, -number * {"month": 1, "quarter": 3, "year": 12}[unit])
    if unit == "hour":
        return back_days(today, -(-number // 24))
    return back_days(today, number * (7 if unit == "week" else 1))


def back_days(today: date, days: int) -> date:
    """So many days before; the first of all days when the calendar does not reach so far."""
    return date.fromordinal(max(today.toordinal() - days, 1))


def latest_weekday(weekday: int, today: date, *, before_today: bool = False) -> date:
    """The latest such weekday up to today, or before it."""
    back = (today.weekday() - weekday) % 7
    return back_days(today, 7 if before_today and not back else back)


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
    return at > 0 and words[at - 1] in english().asking["times"]


# MERGED seasons: Seasons as people name them: `summer 2018`, `winter 2018-19`, `last spring`.
#
# Of the northern half of the world, in whole months: spring is March to May, and a winter belongs
# to
# the year in which it begins.


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
