"""The stretch of time that a question is about: `since March`, `5 to 8 May`, `before X`."""

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.briefing.questions.dates import (
    ALSO_PLAIN_WORDS,
    DAY,
    FIRST_YEAR,
    LAST_YEAR,
    MONTHS,
    NUMBERS,
    UNITS,
    WEEKDAYS,
    Point,
    Stretch,
    Words,
    back_days,
    latest_weekday,
    led_in,
    month_of,
    one_day,
    period,
    read_day_of_month,
    read_month,
    read_part_of_year,
    read_season,
    read_year,
    real_day,
    rolling,
    shift_months,
    word_at,
    year_number,
)
from bot.briefing.questions.tokens import Mark, Token

# MERGED points: Single expressions of time: `yesterday`, `12 June`, `last month`, `the past two
# weeks`, `Q1`.
#
# Each reader looks at the words from `at` on, and gives the days meant and where the next word
# is;
# None when the words there are something else.


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


# MERGED spans: Two ends of a stretch of time brought together: the year of one may hold for the
# other.
#
# `between June and July 2018` says the year once, `since December until March` not at all. A
# start
# without a year is the latest one before the end, so that no stretch ever runs backwards.


_YEAR = 12


def span(first: Stretch, last: Stretch, *, today: date | None = None) -> Stretch:
    """From the start of one to the end of the other; the two change places if they are reversed.

    Args:
        first: What was named first.
        last: What was named last.
        today: Given when the first was said with its year, which then holds for a last one
            without: `from June 2018 to August`. The end is not taken beyond this day.

    >>> june, july = date(2026, 6, 1), Stretch(date(2018, 7, 1), date(2018, 7, 31))
    >>> span(Stretch(june, date(2026, 6, 30), year_given=False), july).first
    datetime.date(2018, 6, 1)
    """
    if today and first.first and last.last and not last.year_given:
        near = _on_or_after(last.last, first.first)
        last = Stretch(last.first, min(near, max(today, first.first)), year_given=True)
    reversed_ = (
        first.year_given and first.first and last.last and last.first and first.first > last.last
    )
    since, until = in_order(last, first) if reversed_ else in_order(first, last)
    return Stretch(since, until)


def in_order(first: Stretch, last: Stretch) -> tuple[date | None, date | None]:
    """The start of one and the end of the other, the earlier day first; None where it is open."""
    since, until = first.first, last.last
    if since is None or until is None:
        return since, until
    if not first.year_given and (last.year_given or since > until):
        since = _on_or_before(since, until)
    return min(since, until), max(since, until)


def _on_or_before(day: date, end: date) -> date:
    """The latest such day of any year that is not after `end`."""
    found = shift_months(day, _YEAR * (end.year - day.year))
    return found if found <= end else shift_months(found, -_YEAR)


def _on_or_after(day: date, start: date) -> date:
    """The earliest such day of any year that is not before `start`."""
    found = shift_months(day, _YEAR * (start.year - day.year))
    return found if found >= start else shift_months(found, _YEAR)


_SINCE = ("ever since", "since", "starting", "beginning", "as from")
_AFTER = ("after", "following")
_BEFORE = ("before", "prior to", "ahead of")
_UNTIL = ("up until", "up to", "until", "till", "through", "by", "as of", "no later than")
_IN = (
    "in", "on", "during", "over", "for", "within", "throughout", "of", "from", "at", "around",
    "back in",
)  # fmt: skip
_TO = ("to", "till", "until", "through", "-", "and", "up to")
_DATE = "DATE"


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """Summits named in the text, as landmarks in time.

    Attributes:
        spans: Where each name starts, where the next word is, and the summit's day (None when the
            pack gives none).
        latest: The day of the latest summit that is over, which `the summit` means.
    """

    spans: Mapping[int, tuple[int, date | None]]
    latest: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """The days meant and the words that say so."""

    since: date | None = None
    until: date | None = None
    marks: tuple[Mark, ...] = ()


def find_period(tokens: Sequence[Token], today: date, names: Names) -> Period:
    """All expressions of time in the text as one stretch; the first word on each end counts."""
    words = [token.text for token in tokens if token.text != ","]
    places = [n for n, token in enumerate(tokens) if token.text != ","] + [len(tokens)]
    shifted = Names(
        spans={
            bisect_left(places, a): (bisect_left(places, b), day)
            for a, (b, day) in names.spans.items()
        },
        latest=names.latest,
    )
    reader = _Reader(words, today, shifted)
    found: list[Stretch] = []
    marks = []
    at = 0
    while at < len(words):
        if (frame := reader.frame(at)) is None:
            at += 1
            continue
        found.append(frame[0])
        marks.append(Mark(places[at], places[frame[1]], _DATE))
        at = frame[1]
    since, until = _together(found)
    return Period(since=since, until=until, marks=tuple(marks))


def _together(found: Sequence[Stretch]) -> tuple[date | None, date | None]:
    """The first expression, its open end closed by a later one that has only that end."""
    if not found:
        return None, None
    start = end = found[0]
    for other in found[1:]:
        if start.first is None and other.last is None:
            start = other
        elif end.last is None and other.first is None:
            end = other
    return in_order(start, end)


class _Reader:
    """Reads frames around expressions of time, over one text."""

    def __init__(self, words: list[str], today: date, names: Names) -> None:
        self._words = words
        self._today = today
        self._names = names

    def frame(self, at: int) -> Point | None:
        """The whole expression that starts at `at`: preposition and time; None for none."""
        return self._between(at) or self._one_sided(at) or self._plain(at)

    def _between(self, at: int) -> Point | None:
        """`between A and B`, `from A to B`, `A to B`, `in June and July`, `June-August 2018`."""
        led = self._after(at, ("between", "from"))
        begin = led or self._after(at, _IN) or at
        start = end = self._point(begin, landmarks=led is not None)
        while start and end and (to := self._joint(end, led=led is not None)) is not None:
            if not (further := self._point(to, landmarks=led is not None)):
                break
            end = further
            if led is not None:
                break
        if not start or not end or start is end:
            return None
        said_year = start[1] - begin > 1 and year_number(self._words[start[1] - 1]) is not None
        return span(start[0], end[0], today=self._today if said_year else None), end[1]

    def _joint(self, point: Point, *, led: bool) -> int | None:
        """Where the other end of a range starts, behind its first one; None when none follows.

        `and`, and a hyphen (which is no word between letters), join bare months only, unless
        `between` stands before them.
        """
        days, at = point
        to = self._after(at, _TO)
        if to is not None and (led or self._words[at] != "and"):
            return to
        bare = self._words[at - 1] in MONTHS and not days.year_given
        to = to or at
        return to if bare and word_at(self._words, to) in MONTHS else None

    def _one_sided(self, at: int) -> Point | None:
        """`since A`, `after A`, `before A`, `until A`, `from A on`."""
        for leads in (_SINCE, _AFTER, _BEFORE, _UNTIL, ("from",)):
            led = self._after(at, leads)
            if led is None or not (found := self._point(led, landmarks=True)):
                continue
            days, end = found
            if leads == ("from",):
                onward = self._after(end, ("onwards", "onward", "on", "forward"))
                return (self._open(days), onward) if onward is not None else None
            return self._side(leads, days, landmark=led in self._landmarks(led)), end
        return None

    def _side(self, leads: tuple[str, ...], days: Stretch, *, landmark: bool) -> Stretch:
        if leads is _AFTER and not landmark and days.last and days.last <= self._today - DAY:
            return Stretch(days.last + DAY, None, days.year_given)
        if leads in (_SINCE, _AFTER):
            return self._open(days)
        if leads is _BEFORE:
            before = days.first - DAY if days.first and days.first > date.min else days.first
            return Stretch(None, before, days.year_given)
        return Stretch(None, days.last, days.year_given)

    @staticmethod
    def _open(days: Stretch) -> Stretch:
        return Stretch(days.first, None, days.year_given)

    def _plain(self, at: int) -> Point | None:
        """An expression by itself or behind `in`, `on` and the like."""
        led = self._after(at, _IN)
        return (self._point(led) if led is not None else None) or self._point(at)

    def _point(self, at: int, *, landmarks: bool = False) -> Point | None:
        if landmarks and (found := self._landmarks(at)):
            return next(iter(found.values()))
        return read_point(self._words, at, self._today)

    def _landmarks(self, at: int) -> dict[int, Point]:
        """The summit named at `at`, by name or as `the summit`, keyed by `at`."""
        article = self._after(at, ("the",)) or at
        if article in self._names.spans:
            end, day = self._names.spans[article]
            return {at: (Stretch(day, day), end)}
        if article != at and self._words[article : article + 1] == ["summit"]:
            day = self._names.latest
            return {at: (Stretch(day, day), article + 1)}
        return {}

    def _after(self, at: int, phrases: tuple[str, ...]) -> int | None:
        """Where the next word is when one of the phrases stands at `at`; None when none does."""
        for phrase in phrases:
            parts = phrase.split()
            if self._words[at : at + len(parts)] == parts:
                return at + len(parts)
        return None
