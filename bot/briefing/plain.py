"""Foreign text made safe to show on one line, and cut without breaking characters.

What comes from a feed is data. Control characters could drive a terminal, marks of writing
direction could reorder a sentence of ours, and a cut in the middle of an emoji or of a letter with
its accent leaves a different character behind.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator

ELLIPSIS = "…"

_DROPPED = re.compile(
    "["
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # control characters that are no white space
    "\ud800-\udfff"  # halves of characters
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction (Unicode UAX #9)
    "\u00ad\u200b\u2060\ufeff"  # only hide text
    "]"
)
_ZERO_WIDTH_JOINER = "\u200d"
_REGIONAL = range(0x1F1E6, 0x1F200)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)
_LOOSE_ENDS = frozenset(" ,;:-–—")
_WORD_END_WITHIN = 24
"""How many characters a cut may give up to end at a word."""


def one_line(text: str) -> str:
    r"""The text on one line, without control characters, direction marks or lone surrogates.

    >>> one_line("Talks\n\tbegin\x1b[31m \u202eyadot")
    'Talks begin[31m yadot'
    """
    return " ".join(_DROPPED.sub("", text).split())


def clusters(text: str) -> Iterator[str]:
    """The characters as a reader sees them: a letter with its accents, an emoji with its parts.

    A close approximation of grapheme clusters (Unicode UAX #29) for what news contains: combining
    marks, variation selectors, joined emoji, skin tones, and flags of two letters.
    """
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or not _joins(text, start, end):
            yield text[start:end]
            start = end


def _joins(text: str, start: int, at: int) -> bool:
    """Whether the character at `at` belongs to the cluster that began at `start`."""
    char, before = text[at], text[at - 1]
    if _ZERO_WIDTH_JOINER in {char, before}:
        return True
    if unicodedata.category(char) in {"Mn", "Mc", "Me"}:
        return True
    if ord(char) in _SKIN_TONES or ord(char) in _TAGS:
        return True
    pair = ord(char) in _REGIONAL and ord(before) in _REGIONAL
    return pair and (at - start) % 2 == 1


def shorten(text: str, limit: int, *, width: Callable[[str], int] = len) -> str:
    """The text if it fits, else its beginning and an ellipsis, at the end of a word if near.

    Args:
        text: Any text.
        limit: The most that the result may measure; at least 1.
        width: How a piece is measured; must add up over pieces, and give 1 for the ellipsis.

    >>> shorten("Summit ends early without a deal", 20)
    'Summit ends early…'
    """
    if width(text) <= limit:
        return text
    room, kept = limit - width(ELLIPSIS), []
    for cluster in clusters(text):
        room -= width(cluster)
        if room < 0:
            break
        kept.append(cluster)
    ends_inside_word = kept and not kept[-1].isspace() and not text[len("".join(kept))].isspace()
    if ends_inside_word and " " in kept[-_WORD_END_WITHIN:]:
        while kept[-1] != " ":
            kept.pop()
    while kept and kept[-1] in _LOOSE_ENDS:
        kept.pop()
    return "".join(kept) + ELLIPSIS
