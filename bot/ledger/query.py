"""What a person's search words mean, before any database sees them.

Every word must occur, in any form (stemmed); words in double quotes must follow one another; the
last word may be the beginning of one. Little words such as "the" do not count outside quotes.
Only letters and digits are taken from the text, and only so many, so nothing that people type can
be an operator of the database or keep it busy.
"""

import re
import unicodedata
from dataclasses import dataclass

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
    (('liaison', 'office'), ('kaes',))
    """
    quoted: list[tuple[bool, tuple[str, ...]]] = []
    for part in _PARTS.finditer(_plain(text[:MAX_CHARACTERS]).translate(_QUOTES)):
        words = tuple(word[:MAX_WORD_LENGTH] for word in _WORD.findall(part[0]))
        quoted.extend([(True, words)] if part[1] is not None else [(False, (w,)) for w in words])
    phrases = [(is_quoted, words) for is_quoted, words in quoted if words]
    telling = [p for p in phrases if p[0] or p[1][0] not in LITTLE_WORDS] or phrases
    return Query(
        phrases=_first_words([words for _, words in telling]),
        open_ended=bool(telling) and not telling[-1][0],
    )


def _plain(text: str) -> str:
    """Lower case, compatible forms, accents gone, as the indexes have it."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in apart if unicodedata.category(c) != "Mn")
    return unicodedata.normalize("NFC", bare)


def _first_words(phrases: list[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    kept: list[tuple[str, ...]] = []
    room = MAX_WORDS
    for phrase in phrases:
        if room and phrase[:room] not in kept:
            kept.append(phrase[:room])
            room -= len(kept[-1])
    return tuple(kept)


def to_fts5(query: Query) -> str:
    """The query for SQLite's FTS5; words hold only letters and digits, so quoting is safe."""
    phrases = [f'"{" ".join(words)}"' for words in query.phrases]
    if query.open_ended:
        phrases[-1] = f"({phrases[-1]} OR {phrases[-1]}*)"
    return " AND ".join(phrases)


def to_tsquery(query: Query) -> str:
    """The query for PostgreSQL's `to_tsquery`, which reads no operator inside quotes."""
    phrases = ["(" + " <-> ".join(f"'{w}'" for w in words) + ")" for words in query.phrases]
    if query.open_ended:
        word = query.phrases[-1][-1]
        phrases[-1] = f"('{word}' | '{word}':*)"
    return " & ".join(phrases)
