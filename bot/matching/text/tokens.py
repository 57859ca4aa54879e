"""Words of a text: where they stand, their key for look-ups and their stem."""

import re
import unicodedata
from functools import lru_cache, partial
from itertools import accumulate
from typing import NamedTuple

# MERGED stem: English word stems: Porter's algorithm (Program 14(3), 1980), for lower-case words.
#
# "verify", "verified" and "verification" share a stem; the stem itself need not be a word.


_SHORT = 3
_MEASURE = re.compile(r"[aeiouy]+[^aeiouy]+")
_STEP2 = (
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"),
    ("abli", "able"), ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"),
    ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive"),
    ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"),
)  # fmt: skip
_STEP3 = (
    ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"),
    ("ful", ""), ("ness", ""),
)  # fmt: skip
_STEP4 = (
    "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous",
    "ive", "ize", "ion", "al", "er", "ic", "ou",
)  # fmt: skip


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem of a lower-case word; words of up to three letters stay as they are."""
    if len(word) <= _SHORT or not word.isascii() or not word.isalpha():
        return word
    word = _plural(word)
    word = _past_and_ing(word)
    if word.endswith("y") and _has_vowel(word[:-1]):
        word = word[:-1] + "i"
    word = _replace(word, _STEP2)
    word = _replace(word, _STEP3)
    word = _strip_long(word)
    return _tidy(word)


def _measure(part: str) -> int:
    """How many vowel-consonant runs it has: 0 for "tr", 1 for "trouble", 2 for "private"."""
    return len(_MEASURE.findall(part))


def _has_vowel(part: str) -> bool:
    return any(letter in "aeiou" for letter in part) or "y" in part[1:]


def _plural(word: str) -> str:
    if word.endswith("sses"):
        return word[:-2]
    if word.endswith("ies"):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _past_and_ing(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for ending in ("ed", "ing"):
        if word.endswith(ending) and _has_vowel(word[: -len(ending)]):
            return _mend(word[: -len(ending)])
    return word


def _mend(part: str) -> str:
    """Gives back the letter that "-ed" and "-ing" took or doubled."""
    if part.endswith(("at", "bl", "iz")):
        return part + "e"
    if len(part) >= _SHORT and part[-1] == part[-2] and part[-1] not in "aeioulsz":
        return part[:-1]
    if _measure(part) == 1 and _ends_short(part):
        return part + "e"
    return part


def _ends_short(part: str) -> bool:
    """Ends consonant, vowel, consonant, the last not w, x or y: "hop", not "snow"."""
    if len(part) < _SHORT:
        return False
    first, middle, last = part[-3], part[-2], part[-1]
    vowels = "aeiou"
    return first not in vowels and middle in vowels + "y" and last not in vowels + "wxy"


def _replace(word: str, pairs: tuple[tuple[str, str], ...]) -> str:
    for ending, instead in pairs:
        if word.endswith(ending):
            part = word[: -len(ending)]
            return part + instead if _measure(part) > 0 else word
    return word


def _strip_long(word: str) -> str:
    for ending in _STEP4:
        if word.endswith(ending):
            part = word[: -len(ending)]
            if _measure(part) > 1 and (ending != "ion" or part.endswith(("s", "t"))):
                return part
            return word
    return word


def _tidy(word: str) -> str:
    if word.endswith("e"):
        part = word[:-1]
        if _measure(part) > 1 or (_measure(part) == 1 and not _ends_short(part)):
            word = part
    if word.endswith("ll") and _measure(word[:-1]) > 1:
        word = word[:-1]
    return word


_PATTERN = r"(?:[A-Z]\.){2,}|[^\W_]+(?:['’][^\W_]+)*"
# The same for texts in ASCII, for which a plain set of letters is twice as fast.
_ASCII = r"(?:[A-Z]\.){2,}|[A-Za-z0-9]+(?:'[A-Za-z0-9]+)*"
_WORD, _ASCII_WORD = re.compile(_PATTERN), re.compile(_ASCII)
_CUT, _ASCII_CUT = re.compile(f"({_PATTERN})"), re.compile(f"({_ASCII})")
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


_token = partial(tuple.__new__, Token)
"""Makes a token in a third of the time."""


class Text(NamedTuple):
    """The words of a text as written, in order, and from where to where each stands."""

    surfaces: list[str]
    starts: list[int]
    ends: list[int]

    def tokens(self) -> list[Token]:
        """The words with their keys and stems."""
        if not self.surfaces:
            return []
        keys, stems = zip(*map(read_word, self.surfaces), strict=True)
        fields = zip(self.surfaces, self.starts, self.ends, keys, stems, strict=True)
        return [*map(_token, fields)]


EMPTY = Text([], [], [])
"""A text without words."""


@lru_cache(maxsize=200_000)
def read_word(surface: str) -> tuple[str, str]:
    """The key (plain lower case, American spelling) and the stem of a word as written."""
    plain = surface if surface.isascii() else _ascii(surface)
    plain = _TAIL.sub("", plain).replace(".", "")
    lower = plain.lower()
    if lower in _CAPITALS and plain.isupper():
        return plain, plain
    key = _american(lower)
    return key, stem(key)


def tokens_of(text: str) -> list[Token]:
    """The words of a text in order; hyphens and slashes part words, full stops in U.S. do not."""
    return cut(text).tokens()


def cut(text: str) -> Text:
    """The same, without their keys and stems."""
    # Every other piece is a word; its place follows from the lengths of all pieces before.
    pieces = (_ASCII_CUT if text.isascii() else _CUT).split(text)
    ends = list(accumulate(map(len, pieces)))
    return Text(pieces[1::2], ends[:-1:2], ends[1::2])


def words_of(text: str) -> list[str]:
    """The same as written, without their places."""
    return (_ASCII_WORD if text.isascii() else _WORD).findall(text)


def _ascii(surface: str) -> str:
    """The letters of a word without their accents; the word itself when none would be left."""
    plain = unicodedata.normalize("NFKD", surface.replace("’", "'"))
    return plain.encode("ascii", "ignore").decode() or surface


def _american(word: str) -> str:
    """One spelling for British and American words: "denuclearisation", "neighbour"."""
    known = _SPELLINGS.get(word)
    if known is not None:
        return known
    if len(word) >= _LONG and word not in _TRUE_ISE:
        word = _ISE.sub(r"iz\2", word)
    return word
