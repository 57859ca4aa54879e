"""How two titles of one item compare: could they be of one article, and does the news differ.

Rules on values only, and on written words, not on meaning: they must not err often, and where they
err a person sees one mark too many, never one item too few.
"""

import re
import unicodedata
from difflib import SequenceMatcher
from typing import Final

_WORD: Final = re.compile(r"\w+")
_HALF: Final = 0.5
_ALIKE: Final = 0.6
"""Part of all letters in common, for titles in scripts that part no words."""
_SAME_WORD: Final = 0.75
"""Part of the letters in common from which on two words are one word in two forms or spellings."""
_SHORT: Final = 3
_TURNING: Final = frozenset({
    "no", "not", "never", "nor", "without", "denies", "denied", "refuses", "refused", "rejects",
    "rejected", "false", "retracted", "correction",
})  # fmt: skip
"""Words that turn what is said into its opposite by being there."""


def normal_title(title: str) -> str:
    """A title for comparison: compatible forms, case and runs of blanks made one.

    >>> normal_title(" Ｔａｌｋｓ in  HANOI")
    'talks in hanoi'
    """
    return " ".join(unicodedata.normalize("NFKC", title).casefold().split())


def alike(one: str, other: str) -> bool:
    """Whether two titles may be two wordings for one article; never when either is empty.

    They share at least half of the words of the shorter, or most of their letters.

    >>> alike("Talks on remains resume", "Talks on war remains resume in Panmunjom")
    True
    >>> alike("Talks on remains resume", "Exercises suspended")
    False
    """
    first, second = normal_title(one), normal_title(other)
    if not first or not second:
        return False
    words, others = set(_WORD.findall(first)), set(_WORD.findall(second))
    fewer = min(len(words), len(others))
    if fewer and len(words & others) >= _HALF * fewer:
        return True
    return SequenceMatcher(None, first, second, autojunk=False).ratio() >= _ALIKE


def differs_in_substance(before: str, after: str) -> bool:
    """Whether an edited title tells other news than before: a word or a number became another one.

    Words that were only added or left out ("Update: ..."), or that changed their form or spelling,
    make no difference; a word that turns the sense does.

    >>> differs_in_substance("North agrees to dismantle site", "North refuses to dismantle site")
    True
    >>> differs_in_substance("Missle site is closed", "Update: Missile site closed")
    False
    >>> differs_in_substance("55 cases returned", "50 cases returned")
    True
    """
    old, new = (_WORD.findall(normal_title(title)) for title in (before, after))
    gone, come = [w for w in old if w not in new], [w for w in new if w not in old]
    if not _TURNING.isdisjoint(gone) or not _TURNING.isdisjoint(come):
        return True
    if any(w.isdigit() for w in gone) and any(w.isdigit() for w in come):
        return True
    return bool(_without_forms(gone, come)) and bool(_without_forms(come, gone))


def _without_forms(words: list[str], others: list[str]) -> list[str]:
    """The telling ones of which no other is a form."""
    return [
        word
        for word in words
        if len(word) > _SHORT
        and not word.isdigit()
        and not any(SequenceMatcher(None, word, o).ratio() >= _SAME_WORD for o in others)
    ]
