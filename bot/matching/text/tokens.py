"""Words of a text: where they stand, their key for look-ups and their stem."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache, partial
from itertools import accumulate
from typing import NamedTuple, TypeVar

from snowballstemmer.porter_stemmer import PorterStemmer

_STEMMED = 4
_MAX_FORMS = 100_000

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


F = TypeVar("F")


class Forms(dict[str, F]):
    """What is known of words as written, learned when they are first needed."""

    def __init__(self, learn: Callable[[str], F]) -> None:
        super().__init__()
        self._learn = learn

    def __missing__(self, surface: str) -> F:
        form = self[surface] = self._learn(surface)
        return form

    def forget_many(self) -> None:
        """Forgets all when they are too many; then they are learned anew."""
        if len(self) > _MAX_FORMS:
            self.clear()


class Token(NamedTuple):
    """One word: as written, its place in the text, its key and stem."""

    surface: str
    start: int
    end: int
    key: str
    stem: str


# Makes a token in a third of the time.
_token = partial(tuple.__new__, Token)


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


# A text without words.
EMPTY = Text([], [], [])


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


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem of a lower-case word by Porter's algorithm; short words stay as they are.

    "verify", "verified" and "verification" share a stem, which need not be a word.
    """
    if len(word) < _STEMMED or not word.isascii() or not word.isalpha():
        return word
    return str(PorterStemmer().stemWord(word))


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
    if word in _SPELLINGS or len(word) < _LONG or word in _TRUE_ISE:
        return _SPELLINGS.get(word, word)
    return _ISE.sub(r"iz\2", word)
