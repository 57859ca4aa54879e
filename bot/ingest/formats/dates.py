"""Dates of foreign documents, read by stated rules.

1. ISO 8601 and RFC 822 forms and their usual misspellings are read, with offsets, with the zone
   names of the table below or with those of IANA (`Asia/Seoul`); where an offset and a name stand
   together the offset counts. So are seconds (nine or ten digits) and milliseconds (thirteen) since
   1970. Words of other languages are translated where they have one meaning: names of
   months, of halves of the day, and the signs for year, month and day of Chinese, Japanese and
   Korean. Another word stays, and the date stays unknown.
2. A date without a zone, or with an unknown one, is taken as UTC: it is wrong by hours at most,
   which is better than no date.
3. `02/03/2026` says neither day nor month for sure: unknown, unless its weekday fits only one of
   both. `2026/3/2` is the 2nd of March. `30.10.23` is read when the calendar leaves one reading,
   the year before the day included.
4. Before 1990 no feed was published: absurd, so unknown.
5. In the future: up to ten minutes is a clock that goes wrong, and becomes now; more is unknown.

An unknown date is None; the ledger then takes the moment of first sight, and marks it so.
"""

import contextlib
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

_MONTH_WORDS: Final = {
    "jan": "januari stycznia ledna ocak січня enero ene janeiro gennaio gen januar jänner jän"
    " janvier janv январь января янв يناير جانفي كانون_الثاني ιανουάριος ιανουαρίου ιαν",
    "feb": "februari lutego února şubat лютого febrero febr fevereiro fev febbraio februar feber"
    " février févr fév февраль февраля февр фев فبراير فيفري شباط φεβρουάριος φεβρουαρίου"
    " φεβ",
    "mar": "maart mrt marts maret marca března mart березня marzo março märz mär mrz maerz mars"
    " март марта мар مارس آذار μάρτιος μαρτίου μάρ μαρ",
    "apr": "kwietnia dubna nisan квітня abril abr aprile avril avr апрель апреля апр أبريل ابريل"
    " إبريل أفريل نيسان απρίλιος απριλίου απρ",
    "may": "mei maj maja května mayıs травня mayo maio mai maggio mag май мая مايو ماي أيار ايار"
    " μάιος μαΐου μάι μαϊ",
    "jun": "czerwca června haziran червня junio junho giugno giu juni juin июнь июня июн يونيو"
    " جوان حزيران ιούνιος ιουνίου ιούν ιουν",
    "jul": "lipca července temmuz липня julio julho luglio lug juli juillet juil июль июля июл"
    " يوليو يوليوز جويلية تموز ιούλιος ιουλίου ιούλ ιουλ",
    "aug": "augustus augusti agustus sierpnia srpna ağustos серпня agosto ago août aout август"
    " августа авг أغسطس اغسطس غشت أوت آب αύγουστος αυγούστου αύγ αυγ",
    "sep": "września září eylül вересня septiembre setiembre setembro set settembre septembre"
    " сентябрь сентября сент сен سبتمبر شتنبر أيلول ايلول σεπτέμβριος σεπτεμβρίου σεπ",
    "oct": "października října ekim жовтня octubre outubro out ottobre ott oktober okt octobre"
    " октябрь октября окт أكتوبر اكتوبر تشرين_الأول οκτώβριος οκτωβρίου οκτ",
    "nov": "listopadu kasım листопада noviembre novembro novembre ноябрь ноября нояб ноя نوفمبر"
    " نونبر تشرين_الثاني νοέμβριος νοεμβρίου νοέ νοε",
    "dec": "desember grudnia prosince aralık грудня diciembre dic dezembro dez dicembre dezember"
    " décembre déc декабрь декабря дек ديسمبر دجنبر كانون_الأول δεκέμβριος δεκεμβρίου δεκ",
}
_HALVES: Final = {
    "am": "오전 上午 午前 ص صباحا صباحًا πμ",
    "pm": "오후 下午 午後 م مساء مساءً μμ",
}
# Words between the numbers that say nothing by themselves.
_EMPTY: Final = (
    "de del das der den um uhr le du à a las los às as do ore alle il dello el em at the of"
    " г года в ч الساعة في στις"
)

_WORDS: Final = {
    **{
        word.replace("_", " "): new for new, words in _MONTH_WORDS.items() for word in words.split()
    },
    **{word: half for half, words in _HALVES.items() for word in words.split()},
    **dict.fromkeys(_EMPTY.split(), ""),
    "мск": "MSK",
    "한국시간": "KST",
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
_MONTH_NAMES: Final = frozenset((*_MONTHS, *" ".join(_MONTH_WORDS.values()).split()))

_EAST: Final = re.compile(
    r"([0-9]{4})\s?[年년.]\s?([0-9]{1,2})\s?[月월.]\s?([0-9]{1,2})(?:\s?[日号일.]|(?=\s|$))"
)
_EAST_CLOCK: Final = re.compile(
    r"([0-9]{1,2})\s?[时時点點시]\s?(?:([0-9]{1,2})\s?[分분]\s?(?:([0-9]{1,2})\s?[秒초])?)?"
)
_EAST_WEEKDAY: Final = re.compile(
    r"[(\[]\s?(?:[月火水木金土日월화수목금토일])\s?[)\]]|(?:星期|周|週)[一二三四五六日天]"
    r"|[月火水木金土日]曜日?|[월화수목금토일]요일"
)
_EAST_HALF: Final = re.compile(r"(오전|오후|上午|下午|午前|午後)\s?([0-9:]{1,8})")
_ARABIC_MONTH: Final = re.compile(r"(كانون|تشرين) (الثاني|الأول)")
_SPOKEN_CLOCK: Final = re.compile(
    r"(?<![0-9.:])([0-9]{1,2})(?:\s?[hH]\s?([0-9]{2})?(?![^\W\d_])|\.([0-9]{2})(?=\s+Uhr\b)|(?=\s+Uhr\b))"
)
_HALF_ONLY: Final = re.compile(r"(?<![0-9:.])([0-9]{1,2})\s?([ap])\.?\s?m\b\.?", re.IGNORECASE)
_FIRST_WORD: Final = re.compile(r"([^\W\d_]+(?:-feira)?)(?:\.?,\s*|\.?\s+)(?=[0-9])")
_ORDINAL: Final = re.compile(r"(?<![0-9.])([0-9]{1,2})(?:\.|º|er)\s+(?=[^\W\d_])")
_WORD: Final = re.compile(r"[^\W\d_]+")


def in_plain_words(text: str) -> str:
    """`text` with its words and signs in English, as far as they are known.

    >>> in_plain_words("lundi 2 mars 2026 à 10h30")
    '2 mar 2026 10:30'
    >>> in_plain_words("2026년 3월 2일 오후 3시")
    '2026-3-2 3:00 pm'
    """
    text = "".join(
        c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf"
    )
    text = "".join(str(unicodedata.decimal(c, c)) for c in text).replace("،", ",")
    text = _EAST_WEEKDAY.sub(" ", text)
    text = _EAST.sub(r"\1-\2-\3 ", text)
    text = _EAST_CLOCK.sub(_clock, text)
    text = _EAST_HALF.sub(r"\2 \1", text)
    text = _SPOKEN_CLOCK.sub(lambda m: f"{m[1]}:{m[2] or m[3] or '00'}", text)
    text = _HALF_ONLY.sub(r"\1:00 \2m", text)
    first = _FIRST_WORD.match(text)
    if first and first[1].lower() not in _MONTH_NAMES:
        text = text[first.end() :]
    text = _ARABIC_MONTH.sub(lambda m: _WORDS[m[0]], text)
    text = _ORDINAL.sub(r"\1 ", text)
    text = _WORD.sub(lambda m: _WORDS.get(m[0].lower(), m[0]), text)
    text = re.sub(r"(?<=[a-z])\.(?=\s)|\s\.(?=[\s,]|$)", "", text)
    return re.sub(r"\s+,", ",", " ".join(text.split())).strip(" ,")


def _clock(match: re.Match[str]) -> str:
    hour, minute, second = match.groups()
    return f"{hour}:{minute or '0':0>2}" + (f":{second:0>2}" if second else "") + " "


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
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST_OFFSET: Final = timedelta(hours=14)
_MAX_LENGTH: Final = 100
_NO_HOUR: Final = 99

_CLOCK = (
    r"(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{1,2})"
    r"(?:[:.](?P<second>[0-9]{1,2})(?:[.,][0-9]{1,9})?)?(?:\s?(?P<half>[ap])\.?\s?m\b\.?)?"
)
_IANA = r"[A-Za-z]{2,20}(?:/[A-Za-z_+-]{2,30}[0-9]{0,2}){1,2}"
_ZONE = (
    rf"(?P<zone>\[?{_IANA}\]?|[A-Za-z]{{1,6}}|(?:UTC|GMT)?\s?[-+][0-9]{{1,2}}:?[0-9]{{0,2}})?"
    # What is said twice: +0000 UTC, -05:00Z, +01:00[Europe/Paris]; Go adds its own clock
    r"(?:Z|\s+[A-Z]{2,5})?(?:\s*[(\[][^)\]]{0,40}[)\]])?(?:\s+m=[-+][0-9.]{1,20})?"
)
# A day may have a zone without a clock.
_TIME = (
    rf"(?:(?:[T:]|,?\s+T?|\s*-\s*){_CLOCK}\s*{_ZONE}"
    r"|\s*(?P<days_zone>Z|[-+][0-9]{2}:?[0-9]{2}|\s(?-i:[A-Z]{2,5})))?"
)
_WEEKDAY = r"(?:(?P<weekday>[A-Za-z]{2,10})(?:\.?,\s*|\.?\s+))?"
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_NAME = r"(?P<name>[A-Za-z]{3,9})\.?"
_YEAR = r"(?P<year>[0-9]{4})"
# ISO 8601 and its looser relatives, also year and month alone
_ISO = rf"{_YEAR}-(?P<month>[0-9]{{1,2}})(?:-(?P<day>[0-9]{{1,2}}))?{_TIME}"
_SLASHED = rf"{_YEAR}[/.](?P<month>[0-9]{{1,2}})[/.](?P<day>[0-9]{{1,2}}){_TIME}"
_COMPACT = (
    rf"{_YEAR}-?(?P<month>[0-9]{{2}})-?(?P<day>[0-9]{{2}})(?:T?(?P<hour>[0-9]{{2}})"
    r":?(?P<minute>[0-9]{2}):?(?P<second>[0-9]{2})?(?P<zone>Z|[-+][0-9]{2}:?[0-9]{2})?)?"
)
# RFC 822, 850 and 1123: Tue, 12 Jun 2018 08:00:00 +0800
_RFC = rf"{_WEEKDAY}{_DAY}[\s/-]+{_NAME},?[\s/-]+(?P<year>[0-9]{{4}}|[0-9]{{2}}){_TIME}"
_MONTH_FIRST = rf"{_WEEKDAY}{_NAME}\s+(?:{_DAY},?\s+)?{_YEAR}{_TIME}"
# C's asctime: Tue Jun 12 08:00:00 2018, with or without a zone before the year
_ASCTIME = rf"{_WEEKDAY}{_NAME}\s+{_DAY}\s+{_CLOCK}\s*{_ZONE}\s+{_YEAR}"
_NUMERIC = re.compile(
    rf"{_WEEKDAY}(?P<a>[0-9]{{1,2}})[/. -](?P<b>[0-9]{{1,2}})[/. -]"
    rf"(?P<year>[0-9]{{4}}|[0-9]{{2}}){_TIME}",
    re.IGNORECASE,
)
_FORMS: Final = (
    *(
        re.compile(form, re.IGNORECASE)
        for form in (_RFC, _ISO, _SLASHED, _COMPACT, _MONTH_FIRST, _ASCTIME)
    ),
    _NUMERIC,
)
_EPOCH = re.compile(r"[0-9]{9,10}(?:\.[0-9]{1,9})?|[0-9]{13}")
_OFFSET = re.compile(r"(?:UTC|GMT)?\s?([-+])([0-9]{1,2}):?([0-9]{2})?", re.IGNORECASE)


def believable(moment: datetime | None, *, now: datetime) -> datetime | None:
    """`moment` when it can be the date of something published by `now`; rules 4 and 5."""
    if moment is None or moment < EARLIEST or moment > now + SKEW:
        return None
    return min(moment, now)


def parse_date(text: str, *, now: datetime) -> datetime | None:
    """The moment that `text` names, aware, in UTC; None when that is not certain.

    `now` tells whether the first of three short numbers can be a year.

    >>> parse_date("Tue, 12 Jun 2018 08:00:00 SGT", now=datetime.now(UTC)).isoformat()
    '2018-06-12T00:00:00+00:00'
    """
    text = " ".join(text[:_MAX_LENGTH].split())
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text[:10].partition(".")[0]), UTC)
    for wording in (str, in_plain_words):
        words = wording(text)
        for form in _FORMS:
            if match := form.fullmatch(words):
                parts = match.groupdict("")
                moment = _of_numbers(parts, now) if form is _NUMERIC else _moment(parts)
                if moment is not None:
                    return moment
    return None


def _of_numbers(parts: dict[str, str], now: datetime) -> datetime | None:
    """The one moment that a date of three numbers can mean; None where it can mean several."""
    a, b, last = parts["a"], parts["b"], parts["year"]
    orders = [(last, b, a), (last, a, b)]  # year, month, day
    if len(a) == len(last) == len("18") and _full_year(a) <= now.year:
        orders.append((a, b, last))
    days = set()
    for year, month, day in orders:
        with contextlib.suppress(ValueError):
            days.add(date(_full_year(year), int(month), int(day)))
    weekday = parts["weekday"][:3].lower()
    fitting = {day for day in days if _WEEKDAYS[day.weekday()] == weekday} or days
    if len(fitting) != 1:
        return None
    year, month, day = fitting.pop().isoformat().split("-")
    return _moment({**parts, "year": year, "month": month, "day": day})


def _full_year(text: str) -> int:
    """The year; of two digits from 1970 to 2069, as mail readers take RFC 850."""
    year = int(text)
    return year if len(text) > len("18") else year + (1900 if year >= 70 else 2000)  # noqa: PLR2004


def _moment(parts: dict[str, str]) -> datetime | None:
    """The moment that the parts name; absent ones are empty. A leap second, 60, becomes 59."""
    month = _MONTHS.get(parts["name"].lower()) if "name" in parts else int(parts["month"])
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    if half := parts.get("half", ""):
        hour = _of_day(hour, half.lower())
    midnight_after = (hour, minute, second) == (24, 0, 0)  # ISO 8601 knows 24:00
    try:
        local = datetime(
            _full_year(parts["year"]), month or 0, int(parts["day"] or 1),
            0 if midnight_after else hour, minute, 59 if second == 60 else second,  # noqa: PLR2004
            tzinfo=_zone(parts["zone"] or parts.get("days_zone", "")),
        )  # fmt: skip
        return (local + timedelta(days=midnight_after)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(name: str) -> tzinfo:
    """The zone of that name or offset; UTC when it is absent, unknown or impossible (rule 2)."""
    name = name.strip(" []")
    if place := name if "/" in name else _PLACES.get(name.upper()):
        # Of a name that is none: no such file, a folder (`America/Argentina`), a way out of it.
        with contextlib.suppress(KeyError, ValueError, OSError):
            return ZoneInfo(place)
        return UTC
    match = _OFFSET.fullmatch(name)
    if match is None:
        return timezone(timedelta(hours=_ZONES.get(name.upper(), 0)))
    length = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    length = length if length <= _LONGEST_OFFSET else timedelta(0)
    return timezone(-length if match[1] == "-" else length)


def _of_day(hour: int, half: str) -> int:
    """The hour from 0 to 23; one that no clock of twelve hours shows in the morning is none."""
    hour = 0 if hour == 12 else hour  # noqa: PLR2004 - 12 AM is midnight, 12 PM noon
    if half == "a":
        return hour if hour < 12 else _NO_HOUR  # noqa: PLR2004
    return hour + 12 if hour < 12 else hour  # noqa: PLR2004 - "15:00 PM" is meant like that
