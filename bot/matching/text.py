"""Words of a text: where they stand, their key for look-ups and their stem."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from bot.matching.stem import stem

_tuple = tuple.__new__
"""Makes a named tuple in half the time; this runs for every word of every item."""
_WORD = re.compile(r"(?:[A-Z]\.){2,}|[^\W_]+(?:['’][^\W_]+)*")
_TAIL = re.compile(r"(?:'s|')$")
# Short words that mean something else in capitals; written in capitals they keep them.
_CAPITALS = frozenset({"us", "un", "eu", "uk", "it", "who", "am", "aids", "nato", "start"})
_LONG = 7
_ISE = re.compile(r"(is)(e|ed|es|er|ers|ing|ation|ations)$")
_TRUE_ISE = frozenset(
    f"{start}{end}"
    for start in (
        "adv", "advert", "appra", "compr", "comprom", "conc", "cru", "desp", "dev", "disgu",
        "enterpr", "exc", "exerc", "expert", "franch", "improv", "likew", "merchand", "otherw",
        "parad", "pra", "prec", "prem", "prom", "ra", "rev", "superv", "surpr", "telev",
    )
    for end in ("ise", "ised", "ises", "iser", "isers", "ising")
)  # fmt: skip
_SPELLINGS = {
    "programme": "program", "programmes": "programs", "defence": "defense", "centre": "center",
    "centres": "centers", "labour": "labor", "neighbour": "neighbor", "neighbours": "neighbors",
    "neighbouring": "neighboring", "honour": "honor", "honours": "honors", "honoured": "honored",
    "favour": "favor", "favours": "favors", "harbour": "harbor", "armour": "armor",
    "armoured": "armored", "behaviour": "behavior", "endeavour": "endeavor", "rumour": "rumor",
    "manoeuvre": "maneuver", "manoeuvres": "maneuvers", "licence": "license", "offence": "offense",
    "fulfil": "fulfill", "fulfils": "fulfills", "fulfilment": "fulfillment", "enrol": "enroll",
    "nuke": "nuclear", "nukes": "nuclear", "nuclearized": "nuclear", "metre": "meter",
    "kilometre": "kilometer", "kilometres": "kilometers", "tonne": "ton", "tonnes": "tons",
    "travelled": "traveled", "cancelled": "canceled", "cancelling": "canceling",
    "cancellation": "cancel", "aluminium": "aluminum", "grey": "gray", "cheque": "check",
    "railroad": "railway", "railroads": "railways", "intl": "international", "govt": "government",
    "pres": "president", "sulphur": "sulfur", "analyse": "analyze",
    "judgement": "judgment", "instalment": "installment", "wilful": "willful",
}  # fmt: skip


class Token(NamedTuple):
    """One word: as written, its place in the text, its key and stem."""

    surface: str
    start: int
    end: int
    key: str
    stem: str


@lru_cache(maxsize=200_000)
def read_word(surface: str) -> tuple[str, str]:
    """The key (plain lower case, American spelling) and the stem of a word as written."""
    plain = (
        unicodedata.normalize("NFKD", surface.replace("’", "'")).encode("ascii", "ignore").decode()
    )
    plain = _TAIL.sub("", plain or surface).replace(".", "")
    lower = plain.lower()
    if lower in _CAPITALS and plain.isupper():
        return plain, plain
    key = _american(lower)
    return key, stem(key)


def tokens_of(text: str) -> list[Token]:
    """The words of a text in order; hyphens and slashes part words, full stops in U.S. do not."""
    return [
        _tuple(Token, (surface := found.group(), *found.span(), *read_word(surface)))
        for found in _WORD.finditer(text)
    ]


def _american(word: str) -> str:
    """One spelling for British and American words: "denuclearisation", "neighbour"."""
    known = _SPELLINGS.get(word)
    if known is not None:
        return known
    if len(word) >= _LONG and word not in _TRUE_ISE:
        word = _ISE.sub(r"iz\2", word)
    return word
