"""A text as words and breaks, and stretches of it that have been understood."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.briefing.questions.stems import stem

_TOKEN = re.compile(
    r"\d{4}-\d{2}(?:-\d{2})?(?!\d)|\d{1,2}[/.]\d{1,2}[/.]\d{4}(?!\d)|(?:[A-Za-z]\.){2,}"
    r"|[^\W_]+(?:'[^\W_]+)*|[?!.;,:&\-\"()+/\n]"
)
_ENDS = frozenset("?!.;\n")
_GLUE = frozenset("-/\"()+'")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or a mark between words.

    Attributes:
        raw: As written.
        text: Lower case, without a possessive ending.
        stem: See `bot.briefing.questions.stems`.
    """

    raw: str
    text: str
    stem: str

    @property
    def is_word(self) -> bool:
        """False for punctuation."""
        return self.text[:1].isalnum()

    @property
    def ends(self) -> bool:
        """Whether a sentence ends here."""
        return self.text in _ENDS


@dataclass(frozen=True, slots=True)
class Mark:
    """Tokens from `start` to before `end`, understood as a `kind` such as `DATE`."""

    start: int
    end: int
    kind: str


def tokens_of(text: str, mend: Callable[[str], str] = str) -> tuple[Token, ...]:
    """The words and marks of a text, in order; hyphens and slashes within words are left out.

    `mend` gives a lower-case word's right spelling.
    """
    found = list(_TOKEN.finditer(text))
    tokens = []
    for n, match in enumerate(found):
        raw = match[0]
        if raw in _GLUE and not _between_numbers(text, match) and not raw.isspace():
            continue
        word = raw.lower()
        if "." in word and word[0].isalpha():
            word = word.replace(".", "")
        word = mend(word.removesuffix("'s").removesuffix("'") or raw)
        tokens.append(Token(raw, word, stem(word)))
        if n > LIMIT:
            break
    return tuple(tokens)


LIMIT = 1_000
"""Tokens that are read."""


def _between_numbers(text: str, match: re.Match[str]) -> bool:
    """Whether a hyphen stands between two numbers, or free between words, where it means `to`."""
    if match[0] != "-":
        return False
    before, after = text[: match.start()].rstrip(), text[match.end() :].lstrip()
    free = text[match.start() - 1 : match.start()] == " " == text[match.end() : match.end() + 1]
    return free or (before[-1:].isdigit() and after[:1].isdigit())


def sentences(tokens: Sequence[Token]) -> tuple[tuple[int, int], ...]:
    """Start and end of each sentence that has a word, in order."""
    ends = [n + 1 for n, token in enumerate(tokens) if token.ends]
    bounds = zip([0, *ends], [*ends, len(tokens)], strict=True)
    return tuple((a, b) for a, b in bounds if any(token.is_word for token in tokens[a:b]))


def masked(
    tokens: Sequence[Token], marks: Iterable[Mark], start: int = 0, end: int | None = None
) -> str:
    """A stretch as lower-case words, with marked stretches as their kind in capitals.

    >>> masked(tokens_of("News on arms yesterday?"), [Mark(2, 3, "TOPIC"), Mark(3, 4, "DATE")])
    'news on TOPIC DATE'
    """
    end = len(tokens) if end is None else end
    kinds = {n: mark for mark in marks for n in range(mark.start, mark.end)}
    words: list[str] = []
    for n in range(start, end):
        mark = kinds.get(n)
        if mark is None:
            words.append("." if tokens[n].ends else tokens[n].text if tokens[n].is_word else "")
        elif n in (mark.start, start):
            words.append(mark.kind)
    return " ".join(word for word in words if word).strip(" .")


def chunks(
    tokens: Sequence[Token], start: int, end: int, *, taken: frozenset[int], breaks: frozenset[str]
) -> Iterator[tuple[int, int]]:
    """The stretches of words between breaks: punctuation, `breaks`, and tokens already taken."""
    first = start
    for n in range(start, end + 1):
        if n == end or n in taken or not tokens[n].is_word or tokens[n].text in breaks:
            if n > first:
                yield first, n
            first = n + 1
