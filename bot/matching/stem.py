"""English word stems: Porter's algorithm (Program 14(3), 1980), for lower-case words.

"verify", "verified" and "verification" share a stem; the stem itself need not be a word.
"""

import re
from functools import lru_cache

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
