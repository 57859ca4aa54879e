"""Single expressions of time: `12 June`, `Q1`, `yesterday`, `the past two weeks`, `last spring`.

Each reader reads the words from `at` on, and gives the days meant and where the next word is; None
when the words there are something else.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from bot.briefing.questions.calendar import (
    DAY,
    MONTHS_A_YEAR,
    Stretch,
    back_days,
    latest_day,
    latest_month,
    latest_weekday,
    months_of,
    one_day,
    period,
    real_day,
    rolling,
)
from bot.briefing.questions.words import english

_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_MONTH_WORDS = (
    "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
    "august aug", "september sep sept", "october oct", "november nov", "december dec",
)  # fmt: skip
MONTHS = {word: n for n, words in enumerate(_MONTH_WORDS, 1) for word in words.split()}
_WEEKDAY_WORDS = (
    "monday mon", "tuesday tue tues", "wednesday wed", "thursday thu thurs thur",
    "friday fri", "saturday sat", "sunday sun",
)  # fmt: skip
_WEEKDAYS = {word: n for n, words in enumerate(_WEEKDAY_WORDS) for word in words.split()}
# Calendar words that are something else as often: they need a word before them such as `in`.
_ALSO_PLAIN_WORDS = frozenset({"may", "march", "mar", "mon", "wed", "sat", "sun", "jan"})
_NUMBER_WORDS = (
    "a an one", "two couple", "three few", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
)  # fmt: skip
_NUMBERS = {word: n for n, words in enumerate(_NUMBER_WORDS, 1) for word in words.split()}
_UNITS = {
    word: unit
    for unit in ("hour", "day", "week", "month", "quarter", "year")
    for word in (unit, f"{unit}s")
}
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?")
_PART = re.compile(r"([qh])([1-4])")
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
# Of the northern half of the world; a winter belongs to the year in which it begins.
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_WHICH = frozenset({"last", "this", "past"})
_GAMES = frozenset({"olympics", "olympic", "paralympics", "paralympic", "games"})
_TWO_YEARS = re.compile(r"(\d{4})-(\d{2})")
_ISO = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")
_NUMERIC = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
# Parts of a month by the word before it, and first months of those of a year.
_EDGES = {"start": "early", "beginning": "early", "end": "late"}
_THIRDS = {"early": 1, "mid": 5, "late": 9}
# What shows that `the week` before it is not the present one.
_GOES_ON = frozenset({"of", "before", "after", "ago", "when", "in", "following", "since"})
_SHORT = re.compile(r"(\d{1,3})([hdwmy])")
_LETTERS = {"h": "hour", "d": "day", "w": "week", "m": "month", "y": "year"}
_DAYS_AGO = {"today": 0, "yesterday": 1}
_DAY_PARTS = frozenset({"morning", "afternoon", "evening", "night"})
_LARGEST_NUMBER = 9999

Words = Sequence[str]


# The days meant, and where the next word is.
Point = tuple[Stretch, int]


def word_at(words: Words, at: int) -> str:
    """The word there; empty behind the last one."""
    return words[at] if at < len(words) else ""


def _day_of_month(words: Words, at: int, today: date) -> Point | None:
    """`12 June`, `the 5th of March 2019`, `June 12th, 2018`, `5 to 8 March`."""
    first = _ORDINAL.fullmatch("1" if words[at : at + 2] == ["first", "of"] else word_at(words, at))
    if first and (found := _days_before_month(words, at, int(first[1]))):
        day, last_day, month_at = found
        month, end = MONTHS[words[month_at]], month_at + 1
    elif word_at(words, at) in MONTHS and (second := _ORDINAL.fullmatch(word_at(words, at + 1))):
        month, day, end = MONTHS[words[at]], int(second[1]), at + 2
        last_day = day
        to = _ORDINAL.fullmatch(word_at(words, end + 1))
        if word_at(words, end) in {"to", "-"} and to and word_at(words, end + 2) not in MONTHS:
            last_day, end = int(to[1]), end + 2
    else:
        return None
    year, end = _year_after(words, end, today)
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
    second = at + 2 + (word_at(words, at + 2) == "the")
    to = _ORDINAL.fullmatch(word_at(words, second))
    month = second + 1 + (word_at(words, second + 1) == "of")
    if word_at(words, at + 1) in {"to", "-", "and"} and to and word_at(words, month) in MONTHS:
        return day, int(to[1]), month
    at += 1 + (word_at(words, at + 1) == "of")
    return (day, day, at) if word_at(words, at) in MONTHS else None


def _month(words: Words, at: int, today: date) -> Point | None:
    """`January`, `March 2019`, `March last year`, `last January`, `early May`."""
    which = word_at(words, at)
    start = at
    at += which in {"last", "this", "early", "late", "mid", "past"}
    word = word_at(words, at)
    if word not in MONTHS or (start and _ORDINAL.fullmatch(words[start - 1])):  # 31 June
        return None
    year, end = _year_after(words, at + 1, today)
    if word in _ALSO_PLAIN_WORDS and year is None and not _led_in(words, at):
        return None
    found = latest_month(MONTHS[word], today) if year is None else months_of(year, MONTHS[word])
    if which == "last" and start != at and found.last and found.last >= today:
        found = months_of(max(today.year - 1, 1), MONTHS[word])
    return _third(found, which if start != at else ""), end


def _edge(words: Words, at: int, today: date) -> Point | None:  # noqa: PLR0911 - a form each
    """`start of the week`, `end of January`, `second half of January`."""
    which = _EDGES.get(word_at(words, at), "")
    half = words[at + 1 : at + 3] == ["half", "of"] and word_at(words, at) in {"first", "second"}
    place = at + (3 if half else 2)
    if not half and (not which or word_at(words, at + 1) != "of"):
        return None
    unit = _UNITS.get(word_at(words, place + 1), "")
    if which == "early" and unit not in {"", "hour"} and words[place] in {"the", "this"}:
        first = period(unit, today, 0).first
        return Stretch(first, first), place + 2
    if word_at(words, place) not in MONTHS or (found := _month(words, place, today)) is None:
        return None
    month, end = found
    if not half:
        return _third(month, which), end
    if not month.first:
        return None
    middle = month.first.replace(day=15)
    if words[at] == "first":
        return replace(month, last=middle), end
    return replace(month, first=middle + DAY), end


def _third(month: Stretch, which: str) -> Stretch:
    """The early, middle or late third of a month."""
    if which not in {"early", "mid", "late"} or not month.first:
        return month
    first, last = {"early": (1, 10), "mid": (11, 20), "late": (21, 0)}[which]
    until = month.first.replace(day=last) if last else month.last
    return replace(month, first=month.first.replace(day=first), last=until)


def _year_after(words: Words, at: int, today: date) -> tuple[int | None, int]:
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
    return year if _FIRST_YEAR <= year <= _LAST_YEAR else None


def _part_of_year(words: Words, at: int, today: date) -> Point | None:
    """`Q1`, `Q3 2018`, `the first quarter of 2019`, `H1 2018`, `the second half of last year`."""
    led_by = year_number(word_at(words, at))
    place = at + (led_by is not None)
    if found := _PART.fullmatch(word_at(words, place)):
        kind, number, end = found[1], int(found[2]), place + 1
    elif word_at(words, at) in _ORDINALS and word_at(words, at + 1) in {"quarter", "half"}:
        kind, number, end = words[at + 1][0], _ORDINALS[words[at]], at + 2
    else:
        return None
    length = 3 if kind == "q" else 6
    if number * length > MONTHS_A_YEAR:
        return None
    year, end = (led_by, end) if led_by is not None else _year_after(words, end, today)
    first = (number - 1) * length + 1
    if year is None:
        year = max(today.year - (first > today.month), 1)
    return months_of(year, first, length), end


def _year(words: Words, at: int, today: date) -> Point | None:
    """`2018`, `early 2018`."""
    third = _THIRDS.get(word_at(words, at))
    year = year_number(word_at(words, at + (third is not None)))
    if year is None:
        return None
    return (months_of(year, third, 4), at + 2) if third else (months_of(year, 1, 12), at + 1)


def _led_in(words: Words, at: int) -> bool:
    """Whether the word before says that a time follows."""
    return at > 0 and words[at - 1] in english().asking["times"]


def _season(words: Words, at: int, today: date) -> Point | None:
    """`summer 2018`, `the fall of 2018`, `winter 2018-19`, `last spring`; None for others.

    Season words are verbs and names as often: without a year they need a word such as `in`.
    """
    which = word_at(words, at) if word_at(words, at) in _WHICH else ""
    place = at + bool(which)
    month = _SEASONS.get(word_at(words, place))
    if month is None:
        return None
    year, end = _year_of_season(words, place + 1, today)
    joined_by_in = word_at(words, place + 1) == "in" and year is not None
    in_the = place > 1 and words[place - 1] == "the" and _led_in(words, place - 1)
    led = which or in_the or _led_in(words, place)
    if word_at(words, end) in _GAMES or (not led and (year is None or joined_by_in)):
        return None
    if year is not None:
        return months_of(year, month, 3), end
    begun = today.year - (month > today.month)
    found = months_of(max(begun, 1), month, 3, year_given=False)
    if which == "last" and found.last and found.last >= today:
        found = months_of(max(begun - 1, 1), month, 3)
    return found, end


def _year_of_season(words: Words, at: int, today: date) -> tuple[int | None, int]:
    """The year behind a season, of two the first (`2018-19`), and where the next word is."""
    start = at
    at += word_at(words, at) in {"of", "in"}
    two = _TWO_YEARS.fullmatch(word_at(words, at))
    if two and int(two[2]) == (int(two[1]) + 1) % 100 and 1 <= int(two[1]) <= _LAST_YEAR:
        return int(two[1]), at + 1
    year, end = _year_after(words, start, today)
    if year is None:
        return None, start
    rest = end + (word_at(words, end) in {"-", "to"})
    following = {f"{year + 1}", f"{(year + 1) % 100:02}"}
    return year, rest + 1 if word_at(words, rest) in following else end


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
            whole = _FIRST_YEAR <= year <= _LAST_YEAR and month in range(1, 13)
            return (months_of(year, month), at + 1) if whole else None
        exact = real_day(year, month, int(day))
        return (one_day(exact), at + 1) if exact else None
    if found := _NUMERIC.fullmatch(word_at(words, at)):
        a, b, year = int(found[1]), int(found[2]), int(found[3])
        readings = {real_day(year, b, a), real_day(year, a, b)} - {None}
        only = readings.pop() if len(readings) == 1 else None
        return (one_day(only), at + 1) if only else None
    return None


def _near_day(words: Words, at: int, today: date) -> Point | None:  # noqa: PLR0911 - a form each
    """`today`, `yesterday`, `the day before yesterday`, `this morning`, `last night`."""
    if list(words[at : at + 2]) == ["new", "year"]:
        return one_day(today.replace(month=1, day=1)), at + 2
    if list(words[at : at + 3]) == ["year", "to", "date"] or word_at(words, at) == "ytd":
        end = at + (3 if words[at] == "year" else 1)
        return Stretch(today.replace(month=1, day=1), None), end
    if word_at(words, at) == "christmas" and (christmas := latest_day(12, 25, today)):
        return christmas, at + 1
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
    if words[at + 1 : at + 3] == ["before", "last"] and (unit := _UNITS.get(words[at])):
        return period(unit, today, 2), at + 3
    alone = _UNITS.get(word_at(words, at), "")
    led = at > 0 and words[at - 1] == "the" and word_at(words, at + 1) not in _GOES_ON
    if led and alone in {"week", "month", "quarter"}:  # `summarise the week`
        return Stretch(period(alone, today, 0).first, None), at + 1
    which, unit = word_at(words, at), _UNITS.get(word_at(words, at + 1), "")
    if which in {"so", "far"} or unit in {"", "hour"}:
        return None
    if which == "this" or (which in {"current", "all"} and unit != "day"):
        return Stretch(period(unit, today, 0).first, None), at + 2
    if which in {"past", "trailing"} or (which == "last" and at and words[at - 1] == "the"):
        return Stretch(rolling(unit, 1, today), None), at + 2
    return (period(unit, today, 1), at + 2) if which in {"last", "previous"} else None


def _counted(words: Words, at: int, today: date) -> Point | None:
    """`past 10 days`, `last few months`: up to now; `three days ago`, `a week ago`: that day."""
    up_to_now = word_at(words, at) in {"past", "last", "previous", "recent"}
    short = _SHORT.fullmatch(word_at(words, at + up_to_now))
    if short and up_to_now:
        return Stretch(rolling(_LETTERS[short[2]], int(short[1]), today), None), at + 2
    if up_to_now and words[at + 1 : at + 3] == ["half", "year"]:
        return Stretch(rolling("month", 6, today), None), at + 3
    if not (found := _number(words, at + up_to_now)):
        return None
    number, end = found
    if not (unit := _UNITS.get(word_at(words, end))):
        return None
    day = rolling(unit, number, today)
    if up_to_now:
        return Stretch(day, None), end + 1
    return (one_day(day), end + 2) if word_at(words, end + 1) in {"ago", "back"} else None


def _number(words: Words, at: int) -> tuple[int, int] | None:
    """`14`, `two`, `a`, `a few`, `a couple of`, and where the next word is."""
    if word_at(words, at) == "a" and word_at(words, at + 1) in {"few", "couple"}:
        at += 1
    word = word_at(words, at)
    if word.isascii() and word.isdigit() and int(word[:9]) <= _LARGEST_NUMBER:
        return int(word), at + 1
    if word in _NUMBERS:
        return _NUMBERS[word], at + 1 + (word == "couple" and word_at(words, at + 1) == "of")
    return None


def _weekday(words: Words, at: int, today: date) -> Point | None:
    """`Monday`, `last Friday`, `the weekend`: the latest one."""
    which = word_at(words, at)
    at += which in {"last", "this", "past"}
    if (word := word_at(words, at)) == "weekend":
        saturday = latest_weekday(5, back_days(today, 1))
        return Stretch(saturday, saturday + DAY), at + 1
    if word not in _WEEKDAYS or (word in _ALSO_PLAIN_WORDS and not _led_in(words, at)):
        return None
    return one_day(latest_weekday(_WEEKDAYS[word], today, before_today=which == "last")), at + 1


def _day_alone(words: Words, at: int, today: date) -> Point | None:
    """`on the 5th`: the latest such day of a month."""
    found = _ORDINAL.fullmatch(word_at(words, at))
    led = at > 1 and words[at - 1] == "the" and _led_in(words, at - 1)
    if not found or words[at].isdigit() or not led:
        return None
    month = today if int(found[1]) <= today.day else today.replace(day=1) - DAY
    day = real_day(month.year, month.month, int(found[1]))
    return (one_day(day), at + 1) if day else None


# In the order of trying: `March 5` before `March`.
_READERS: tuple[Callable[[Words, int, date], Point | None], ...] = (
    _iso,
    _near_day,
    _counted,
    _period,
    _weekday,
    _season,
    _edge,
    _day_of_month,
    _month,
    _part_of_year,
    _year,
    _day_alone,
)
