"""Dates of foreign documents, read by stated rules.

1. ISO 8601 and RFC 822 forms and their usual misspellings are read, with offsets or with the
   zone names of the table below, in the languages of `bot.ingest.date_words`; so are seconds
   (nine or ten digits) and milliseconds (thirteen) since 1970.
2. A date without a zone, or with one that nobody knows, is taken as UTC: it is wrong by hours at
   most, which is better than no date.
3. `02/03/2026` says neither day nor month for sure: unknown. `2026/3/2` is the 2nd of March.
4. Before 1990 no feed was published: absurd, so unknown.
5. In the future: up to ten minutes is a clock that goes wrong, and becomes now; more is unknown.

An unknown date is None; the ledger then takes the moment of first sight, and marks it so.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from bot.ingest.date_words import in_plain_words

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
SKEW: Final = timedelta(minutes=10)

# Names with one usual meaning. Where a name has several (IST, CST, BST), the one that news feeds
# mean: India, North America, British Summer Time.
_ZONES: Final = {
    name: hours
    for hours, names in (
        (0, "UTC GMT UT Z WET"), (1, "CET BST WEST MEZ WAT MET"), (2, "CEST EET SAST CAT MESZ"),
        (3, "EEST MSK EAT TRT"), (3.5, "IRST"), (4, "GST SAMT AZT"), (4.5, "AFT IRDT"),
        (5, "PKT UZT YEKT MVT"), (5.5, "IST SLST"), (5.75, "NPT"), (6, "BDT OMST BTT"),
        (6.5, "MMT"), (7, "WIB ICT NOVT KRAT"), (8, "SGT MYT HKT PHT PHST WITA AWST IRKT ULAT"),
        (9, "JST KST WIT YAKT"), (9.5, "ACST"), (10, "AEST VLAT CHST PGT"), (10.5, "ACDT"),
        (11, "AEDT SBT MAGT"), (12, "NZST FJT PETT"), (13, "NZDT TOT"), (-1, "CVT"), (-2, "FNT"),
        (-2.5, "NDT"), (-3, "BRT ART ADT CLST UYT"), (-3.5, "NST"), (-4, "EDT AST CLT VET BOT"),
        (-5, "EST CDT COT PET ECT"), (-6, "CST MDT"), (-7, "MST PDT"), (-8, "PST AKDT"),
        (-9, "AKST HDT"), (-10, "HST"), (-11, "SST"),
    )
    for name in names.split()
}  # fmt: skip
# Without a word about summer time: what the clocks there showed on that day.
_PLACES: Final = {
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "jan january", "feb february", "mar march", "apr april", "may", "jun june",
            "jul july", "aug august", "sep sept september", "oct october", "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTHS_A_YEAR: Final = 12
_LONGEST_OFFSET: Final = timedelta(hours=14)
_MAX_LENGTH: Final = 100
_NO_HOUR: Final = 99

_CLOCK = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{1,2})(?:[.,][0-9]{1,9})?)?"
_CLOCK = rf"{_CLOCK}(?:\s?(?P<half>[ap])\.?\s?m\b\.?)?"
_ZONE = r"(?P<zone>[A-Za-z]{1,6}|(?:UTC|GMT)?\s?[-+][0-9]{1,2}:?[0-9]{0,2})?(?:\s*\([^)]{0,40}\))?"
_TIME = rf"(?:(?:T|,?\s+T?|\s*-\s*){_CLOCK}\s*{_ZONE})?"
_WEEKDAY = r"(?:[A-Za-z]{2,10}\.?,?\s+)?"
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_NAME = r"(?P<name>[A-Za-z]{3,9})\.?"
_YEAR = r"(?P<year>[0-9]{4})"
# ISO 8601 and its looser relatives, also year and month alone
_ISO = rf"{_YEAR}-(?P<month>[0-9]{{1,2}})(?:-(?P<day>[0-9]{{1,2}}))?{_TIME}"
_SLASHED = rf"{_YEAR}[/.](?P<month>[0-9]{{1,2}})[/.](?P<day>[0-9]{{1,2}}){_TIME}"
_COMPACT = (
    rf"{_YEAR}(?P<month>[0-9]{{2}})(?P<day>[0-9]{{2}})(?:T?(?P<hour>[0-9]{{2}})"
    r":?(?P<minute>[0-9]{2}):?(?P<second>[0-9]{2})?(?P<zone>Z|[-+][0-9]{2}:?[0-9]{2})?)?"
)
# RFC 822, 850 and 1123: Tue, 12 Jun 2018 08:00:00 +0800
_RFC = rf"{_WEEKDAY}{_DAY}[\s-]+{_NAME},?[\s-]+(?P<year>[0-9]{{4}}|[0-9]{{2}}){_TIME}"
_MONTH_FIRST = rf"{_WEEKDAY}{_NAME}\s+{_DAY},?\s+{_YEAR}{_TIME}"
# C's asctime: Tue Jun 12 08:00:00 2018, with or without a zone before the year
_ASCTIME = rf"{_WEEKDAY}{_NAME}\s+{_DAY}\s+{_CLOCK}\s*{_ZONE}\s+{_YEAR}"
_FORMS: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (_ISO, _SLASHED, _COMPACT, _RFC, _MONTH_FIRST, _ASCTIME)
)
_NUMERIC = re.compile(
    rf"(?P<a>[0-9]{{1,2}})[/.-](?P<b>[0-9]{{1,2}})[/.-]{_YEAR}{_TIME}", re.IGNORECASE
)
_EPOCH = re.compile(r"[0-9]{9,10}|[0-9]{13}")
_OFFSET = re.compile(r"(?:UTC|GMT)?\s?([-+])([0-9]{1,2}):?([0-9]{2})?", re.IGNORECASE)


def believable(moment: datetime | None, *, now: datetime) -> datetime | None:
    """`moment` when it can be the date of something published by `now`; rules 4 and 5."""
    if moment is None or moment < EARLIEST or moment > now + SKEW:
        return None
    return min(moment, now)


def parse_date(text: str) -> datetime | None:
    """The moment that `text` names, aware, in UTC; None when it cannot be told.

    >>> parse_date("Tue, 12 Jun 2018 08:00:00 SGT").isoformat()
    '2018-06-12T00:00:00+00:00'
    """
    text = " ".join(text[:_MAX_LENGTH].split())
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text[:10]), UTC)
    return _read(text) or _read(in_plain_words(text))


def _read(text: str) -> datetime | None:
    for form in _FORMS:
        if match := form.fullmatch(text):
            return _moment(match.groupdict(""))
    if match := _NUMERIC.fullmatch(text):
        parts = match.groupdict("")
        day_and_month = _day_and_month(parts["a"], parts["b"])
        return _moment({**parts, **day_and_month}) if day_and_month else None
    return None


def _day_and_month(first: str, second: str) -> dict[str, str] | None:
    """Tells day from month where one of two numbers must be the day; None where none must."""
    if int(first) > _MONTHS_A_YEAR:
        return {"day": first, "month": second}
    if int(second) > _MONTHS_A_YEAR or int(first) == int(second):
        return {"day": second, "month": first}
    return None


def _moment(parts: dict[str, str]) -> datetime | None:
    """The moment that the parts name; absent ones are empty."""
    month = _MONTHS.get(parts["name"].lower()) if "name" in parts else int(parts["month"])
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    hour = _of_day(hour, parts.get("half", "").lower())
    midnight_after = (hour, minute, second) == (24, 0, 0)  # ISO 8601 knows 24:00
    try:
        local = datetime(
            _year(parts["year"]), month or 0, int(parts["day"] or 1),
            0 if midnight_after else hour, minute, _without_leap(second),
            tzinfo=_zone(parts["zone"]),
        )  # fmt: skip
        return (local + timedelta(days=midnight_after)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _of_day(hour: int, half: str) -> int:
    """The hour from 0 to 23; one that no clock of twelve hours shows in the morning is none."""
    if not half:
        return hour
    hour = 0 if hour == 12 else hour  # noqa: PLR2004 - 12 AM is midnight, 12 PM noon
    if half == "a":
        return hour if hour < 12 else _NO_HOUR  # noqa: PLR2004
    return hour + 12 if hour < 12 else hour  # noqa: PLR2004 - "15:00 PM" is meant like that


def _year(digits: str) -> int:
    """Two digits count from 1970 to 2069, as mail readers take RFC 850."""
    year = int(digits)
    if len(digits) > len("18"):
        return year
    return year + (1900 if year >= 70 else 2000)  # noqa: PLR2004 - said above


def _without_leap(second: int) -> int:
    """A leap second, 60, becomes 59: `datetime` has none."""
    return min(second, 59) if second <= 60 else second  # noqa: PLR2004 - said above


def _zone(name: str) -> tzinfo:
    place = _PLACES.get(name.strip().upper())
    return ZoneInfo(place) if place else timezone(_offset(name))


def _offset(zone: str) -> timedelta:
    """How far the zone is ahead of UTC; zero when it is absent, unknown or impossible (rule 2)."""
    zone = zone.strip()
    match = _OFFSET.fullmatch(zone)
    if match is None:
        return timedelta(hours=_ZONES.get(zone.upper(), 0))
    length = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    if length > _LONGEST_OFFSET:
        return timedelta(0)
    return -length if match[1] == "-" else length
