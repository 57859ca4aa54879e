"""The stretch of time that a question is about: `since March`, `5 to 8 May`, `before X`."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.briefing.questions.calendar import DAY, MONTHS_A_YEAR, Stretch, shift_months
from bot.briefing.questions.dates import MONTHS, Point, read_point, word_at, year_number
from bot.briefing.questions.tokens import Mark, Token

_SINCE = ("ever since", "since", "starting", "beginning", "as from")
_AFTER = ("after", "following")
_BEFORE = ("before", "prior to", "ahead of")
_UNTIL = ("up until", "up to", "until", "till", "through", "by", "as of", "no later than")
_IN = (
    "in", "on", "during", "over", "for", "within", "throughout", "of", "from", "at", "around",
    "back in",
)  # fmt: skip
_TO = ("to", "till", "until", "through", "-", "and", "up to")


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
    spans = {
        bisect_left(places, a): (bisect_left(places, b), day) for a, (b, day) in names.spans.items()
    }
    reader = _Reader(words, today, replace(names, spans=spans))
    found: list[Stretch] = []
    marks = []
    at = 0
    while at < len(words):
        if (frame := reader.frame(at)) is None:
            at += 1
            continue
        found.append(frame[0])
        marks.append(Mark(places[at], places[frame[1]], "DATE"))
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
                onward = self._after(end, ("onwards", "onward", "forward"))
                if self._words[end:] == ["on"]:  # `from Monday on`, not `from Monday on arms`
                    onward = end + 1
                return (replace(days, last=None), onward) if onward is not None else None
            return self._side(leads, days, landmark=self._landmark(led) is not None), end
        return None

    def _side(self, leads: tuple[str, ...], days: Stretch, *, landmark: bool) -> Stretch:
        if leads is _AFTER and not landmark and days.last and days.last <= self._today - DAY:
            return replace(days, first=days.last + DAY, last=None)
        if leads in (_SINCE, _AFTER):
            return replace(days, last=None)
        if leads is _BEFORE:
            before = days.first - DAY if days.first and days.first > date.min else days.first
            return replace(days, first=None, last=before)
        return replace(days, first=None)

    def _plain(self, at: int) -> Point | None:
        """An expression by itself or behind `in`, `on` and the like."""
        led = self._after(at, _IN)
        return (self._point(led) if led is not None else None) or self._point(at)

    def _point(self, at: int, *, landmarks: bool = False) -> Point | None:
        landmark = self._landmark(at) if landmarks else None
        return landmark or read_point(self._words, at, self._today)

    def _landmark(self, at: int) -> Point | None:
        """The summit named at `at`, by name or as `the summit`; None for none."""
        article = self._after(at, ("the",)) or at
        if article in self._names.spans:
            end, day = self._names.spans[article]
            return Stretch(day, day), end
        if article != at and self._words[article : article + 1] == ["summit"]:
            day = self._names.latest
            return Stretch(day, day), article + 1
        return None

    def _after(self, at: int, phrases: tuple[str, ...]) -> int | None:
        """Where the next word is when one of the phrases stands at `at`; None when none does."""
        for phrase in phrases:
            parts = phrase.split()
            if self._words[at : at + len(parts)] == parts:
                return at + len(parts)
        return None


def span(first: Stretch, last: Stretch, *, today: date | None = None) -> Stretch:
    """From the start of one to the end of the other; the two change places if they are reversed.

    `today` is given when the first was said with its year, which then holds for a last one without:
    `from June 2018 to August`. The end is not taken beyond this day.

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
    found = shift_months(day, MONTHS_A_YEAR * (end.year - day.year))
    return found if found <= end else shift_months(found, -MONTHS_A_YEAR)


def _on_or_after(day: date, start: date) -> date:
    """The earliest such day of any year that is not before `start`."""
    found = shift_months(day, MONTHS_A_YEAR * (start.year - day.year))
    return found if found >= start else shift_months(found, MONTHS_A_YEAR)
