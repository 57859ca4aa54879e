"""A text as words and breaks, and stretches of it that are understood."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from bot.briefing.questions.words import english, stem

# Characters that are read; a question is not longer, and the rest is left unread.
LONGEST = 2_000
# Tokens that are read.
_MOST_TOKENS = 1_000
_SLACK_TOKEN = re.compile(r"<([@#!]?)([^<>|]{0,500})(?:\|([^<>]{0,500}))?>")
_EMOJI = re.compile(r":[a-z][a-z0-9_+-]{0,60}:")
_RANGE = re.compile(r"(?<=\d)\s?\.\.\.?\s?(?=\d)")
_SLASHED = re.compile(r"\b(\d{4})/(\d{2})/(\d{2})\b")
_ADDRESS = re.compile(r"https?://\S+")
_NAME_AT_START = re.compile(r"^\W*(?:@[\w.-]+|/[a-z]+)\s*")
_MARKUP = re.compile(r"[*_~`]")
_LETTERS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": " - "})
_ENDINGS = {"n't": " not", "'re": " are", "'ve": " have", "'ll": " will", "'d": " would"}
_ENDING = re.compile(rf"(?<=\w)(?:{'|'.join(_ENDINGS)})\b", re.IGNORECASE)
_I_AM = re.compile(r"\bi'm\b", re.IGNORECASE)
_IS = re.compile(r"\b(what|where|how|who|there|that|it|when|why|here)'s\b", re.IGNORECASE)
_WORD = re.compile(r"(?<![\w'/-])[\w']+(?![\w'/-])")
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
        text: Lower case, without a possessive ending.
        stem: `text` without its ending.
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


def covered(marks: Iterable[Mark]) -> frozenset[int]:
    """The places of all tokens that are marked."""
    return frozenset(n for mark in marks for n in range(mark.start, mark.end))


def plain_text(text: str) -> str:
    """The words of a message: no Slack tokens, markup, emoji or addresses; short forms in full.

    Mentions of people and channels vanish, links leave their label. Letters keep their case.

    >>> plain_text("<@U1> what's new in <#C1|desk> on <https://a.example|the talks> :eyes: pls?")
    'what is new in on the talks please?'
    """
    cut = unicodedata.normalize("NFKC", text[:LONGEST])[:LONGEST].translate(_LETTERS)
    cut = _SLACK_TOKEN.sub(_token_label, cut)
    cut = cut.replace("&lt;", " ").replace("&gt;", " ").replace("&amp;", "&")
    for pattern in (_EMOJI, _ADDRESS, _MARKUP):
        cut = pattern.sub(" ", cut)
    cut = _NAME_AT_START.sub("", cut.strip())
    cut = _ENDING.sub(lambda found: _ENDINGS[found[0].lower()], cut)
    cut = _IS.sub(r"\1 is", _I_AM.sub("i am", cut))
    cut = re.sub(r"\btl;? ?dr\b", "tldr", cut, flags=re.IGNORECASE)
    cut = _SLASHED.sub(r"\1-\2-\3", _RANGE.sub(" to ", cut))
    full = english().short_forms
    cut = _WORD.sub(lambda found: full.get(found[0].lower(), found[0]), cut)
    return re.sub(r" (?=[?!.,])", "", " ".join(cut.split()))[:LONGEST]


def _token_label(found: re.Match[str]) -> str:
    """What a person sees as text in place of a Slack token; nothing for people and channels."""
    sigil, body, label = found[1], found[2], found[3] or ""
    if sigil in {"@", "#"} or (sigil == "!" and not body.startswith("date^")):
        return " "
    return f" {label} "


def tokens_of(text: str, correct: Callable[[str], str] = str) -> tuple[Token, ...]:
    """The words and marks of a text, in order; hyphens and slashes within words are left out.

    `correct` gives the right spelling of a lower-case word.
    """
    tokens = []
    for match in islice(_TOKEN.finditer(text), _MOST_TOKENS):
        raw = match[0]
        if raw in _GLUE and not _between_numbers(text, match):
            continue
        word = raw.lower()
        if "." in word and word[0].isalpha():
            word = word.replace(".", "")
        word = correct(word.removesuffix("'s").removesuffix("'") or raw)
        tokens.append(Token(raw, word, stem(word)))
    return tuple(tokens)


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
    shown: list[str] = []
    for n in range(start, end):
        mark = kinds.get(n)
        if mark is None:
            shown.append("." if tokens[n].ends else tokens[n].text if tokens[n].is_word else "")
        elif n in (mark.start, start):
            shown.append(mark.kind)
    return " ".join(word for word in shown if word).strip(" .")


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
