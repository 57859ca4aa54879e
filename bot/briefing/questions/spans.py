"""Two ends of a stretch of time brought together: the year of one may hold for the other.

`between June and July 2018` says the year once, `since December until March` not at all. A start
without a year is the latest one before the end, so that no stretch ever runs backwards.
"""

from datetime import date

from bot.briefing.questions.calendar import Stretch, shift_months

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
