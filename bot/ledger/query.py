"""What a person's search words mean, before any database sees them.

Every word must occur, in any form (stemmed); words in double quotes must follow one another; the
last word may be the beginning of one. Little words such as "the" do not count outside quotes.
Only letters and digits are taken from the text, and only so many, so nothing that people type can
be an operator of the database or keep it busy. Case and accents are left to the databases, which
treat a query as they treated the text; only what `bot.ledger.fulltext` does is done here as well.
"""

import re
import unicodedata
from dataclasses import dataclass

from bot.ledger.fulltext import ACCENTED

MAX_CHARACTERS = 1_000
MAX_WORDS = 16
MAX_WORD_LENGTH = 64

_LITTLE = """
a an and are as at be been but by for from had has have in into is it its of on or over such that
the their then there these they this to was were will with
"""
LITTLE_WORDS = frozenset(_LITTLE.split())

_PARTS = re.compile(r'"([^"]*)"|([^"\s]+)')
_WORD = re.compile(r"[^\W_]+")
_PLAIN = str.maketrans(ACCENTED)
_QUOTES = str.maketrans("“”„‟«»", '""""""')


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """Search words, ready to be asked for.

    Attributes:
        phrases: Each is one word, or several that must follow one another.
        open_ended: True when the last word may be the beginning of one.
    """

    phrases: tuple[tuple[str, ...], ...] = ()
    open_ended: bool = False


def parse_query(text: str) -> Query:
    """The query in a person's words; without phrases when nothing can be searched for.

    >>> parse_query('the "liaison office" in Kaes').phrases
    (('liaison', 'office'), ('Kaes',))
    """
    plain = unicodedata.normalize("NFC", text[:MAX_CHARACTERS]).translate(_QUOTES)
    found = [part for match in _PARTS.finditer(plain) for part in _phrases(match)]
    telling = [p for p in found if p.quoted or p.words[0].lower() not in LITTLE_WORDS]
    kept = _first_words(telling or found)
    return Query(
        phrases=tuple(phrase.words for phrase in kept),
        open_ended=bool(kept) and not kept[-1].quoted,
    )


@dataclass(frozen=True, slots=True)
class _Phrase:
    words: tuple[str, ...]
    quoted: bool


def _phrases(part: re.Match[str]) -> list[_Phrase]:
    """What lies between quotes is one phrase; of the rest each word is one."""
    words = tuple(word[:MAX_WORD_LENGTH] for word in _WORD.findall(part[0]))
    if part[1] is None:
        return [_Phrase((word,), quoted=False) for word in words]
    return [_Phrase(words, quoted=True)] if words else []


def _first_words(phrases: list[_Phrase]) -> list[_Phrase]:
    """The first phrases, each once, with at most `MAX_WORDS` words together."""
    kept: dict[tuple[str, ...], _Phrase] = {}
    room = MAX_WORDS
    for phrase in phrases:
        words = phrase.words[:room]
        if words and words not in kept:
            kept[words] = _Phrase(words, phrase.quoted)
            room -= len(words)
    return list(kept.values())


def to_fts5(query: Query) -> str:
    """The query for SQLite's FTS5; words hold only letters and digits, so quoting is safe."""
    phrases = [f'"{" ".join(words)}"' for words in query.phrases]
    if query.open_ended:
        phrases[-1] = f"({phrases[-1]} OR {phrases[-1]}*)"
    return " AND ".join(phrases)


def to_tsquery(query: Query) -> str:
    """The query for PostgreSQL's `to_tsquery`, which reads no operator inside quotes."""
    phrases = [[f"'{word.translate(_PLAIN)}'" for word in words] for words in query.phrases]
    asked = [f"({' <-> '.join(words)})" for words in phrases]
    if query.open_ended:
        (word,) = phrases[-1]
        asked[-1] = f"({word} | {word}:*)"
    return " & ".join(asked)
