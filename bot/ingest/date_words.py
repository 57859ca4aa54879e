"""Dates in the words of other languages, put into the forms that `bot.ingest.dates` reads.

Only words with one meaning are translated: names of months, of halves of the day, and the signs
for year, month and day of Chinese, Japanese and Korean. A word that is not here stays, and the
date stays unknown.
"""

import re
import unicodedata
from typing import Final

_MONTHS: Final = {
    "jan": "enero ene janeiro gennaio gen januar jänner jän janvier janv январь января янв يناير"
    " جانفي كانون_الثاني ιανουάριος ιανουαρίου ιαν",
    "feb": "febrero febr fevereiro fev febbraio februar feber février févr fév февраль февраля"
    " февр фев فبراير فيفري شباط φεβρουάριος φεβρουαρίου φεβ",
    "mar": "marzo março märz mär mrz maerz mars март марта мар مارس آذار μάρτιος μαρτίου μάρ μαρ",
    "apr": "abril abr aprile avril avr апрель апреля апр أبريل ابريل إبريل أفريل نيسان απρίλιος"
    " απριλίου απρ",
    "may": "mayo maio mai maggio mag май мая مايو ماي أيار ايار μάιος μαΐου μάι μαϊ",
    "jun": "junio junho giugno giu juni juin июнь июня июн يونيو جوان حزيران ιούνιος ιουνίου ιούν"
    " ιουν",
    "jul": "julio julho luglio lug juli juillet juil июль июля июл يوليو يوليوز جويلية تموز ιούλιος"
    " ιουλίου ιούλ ιουλ",
    "aug": "agosto ago août aout август августа авг أغسطس اغسطس غشت أوت آب αύγουστος αυγούστου αύγ"
    " αυγ",
    "sep": "septiembre setiembre setembro set settembre septembre сентябрь сентября сент сен سبتمبر"
    " شتنبر أيلول ايلول σεπτέμβριος σεπτεμβρίου σεπ",
    "oct": "octubre outubro out ottobre ott oktober okt octobre октябрь октября окт أكتوبر اكتوبر"
    " تشرين_الأول οκτώβριος οκτωβρίου οκτ",
    "nov": "noviembre novembro novembre ноябрь ноября нояб ноя نوفمبر نونبر تشرين_الثاني νοέμβριος"
    " νοεμβρίου νοέ νοε",
    "dec": "diciembre dic dezembro dez dicembre dezember décembre déc декабрь декабря дек ديسمبر"
    " دجنبر كانون_الأول δεκέμβριος δεκεμβρίου δεκ",
}
_HALVES: Final = {
    "am": "오전 上午 午前 ص صباحا صباحًا πμ",
    "pm": "오후 下午 午後 م مساء مساءً μμ",
}
_EMPTY: Final = (
    "de del das der den um uhr le du à a las los às as do ore alle il dello el em at г года в ч"
    " الساعة في στις"
)
"""Words between the numbers that say nothing by themselves."""
_ZONES: Final = {"мск": "MSK", "한국시간": "KST"}

_WORDS: Final = {
    **{word.replace("_", " "): new for new, words in _MONTHS.items() for word in words.split()},
    **{word: half for half, words in _HALVES.items() for word in words.split()},
    **dict.fromkeys(_EMPTY.split(), ""),
    **_ZONES,
}
_ENGLISH: Final = (
    "january february march april june july august sept september october november december"
)
_MONTH_NAMES: Final = frozenset(" ".join((*_MONTHS, _ENGLISH, *_MONTHS.values())).split())

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
_FIRST_WORD: Final = re.compile(r"([^\W\d_]+(?:-feira)?)\.?,?\s+(?=[0-9])")
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
