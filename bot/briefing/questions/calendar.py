"""Days and stretches of days: months, quarters, weekdays and periods. Weeks start on Monday."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days from `first` to `last`, both included; None where it is open.

    When the year was not given, another one may be meant.
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
    count = min(max(day.year * 12 + day.month - 1 + months, 12), 9999 * 12 + 11)
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_of(year: int, month: int, count: int = 1, *, year_given: bool = True) -> Stretch:
    """`count` whole months from the given one of a year on."""
    last = shift_months(date(year, month, 1), count - 1)
    end = last.replace(day=monthrange(last.year, last.month)[1])
    return Stretch(date(year, month, 1), end, year_given)


def latest_month(month: int, today: date) -> Stretch:
    """The latest such month that has begun."""
    return months_of(max(today.year - (month > today.month), 1), month, year_given=False)


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
    """The day that lies `number` units before today.

    >>> rolling("week", 2, date(2019, 3, 15)), rolling("month", 1, date(2019, 3, 31))
    (datetime.date(2019, 3, 1), datetime.date(2019, 2, 28))
    """
    if unit in {"month", "quarter", "year"}:
        return shift_months(
            today, -number * {"month": 1, "quarter": 3, "year": MONTHS_A_YEAR}[unit]
        )
    if unit == "hour":
        return back_days(today, -(-number // 24))
    return back_days(today, number * (7 if unit == "week" else 1))


def back_days(today: date, days: int) -> date:
    """The day that many days before; the first of all days where the calendar ends."""
    return date.fromordinal(max(today.toordinal() - days, 1))


def latest_weekday(weekday: int, today: date, *, before_today: bool = False) -> date:
    """The latest such weekday up to today, or before it."""
    back = (today.weekday() - weekday) % 7
    return back_days(today, 7 if before_today and not back else back)
