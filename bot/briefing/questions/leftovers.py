"""Words of a question that name nothing known: what a search would look for."""

import re
from collections.abc import Iterable, Sequence

from bot.briefing.questions.common import STOP
from bot.briefing.questions.tables import words_of
from bot.briefing.questions.tokens import Mark, Token
from bot.briefing.questions.vocabulary import content

_ABOUT = frozenset(
    words_of(
        "about against around by concerning containing contains find for from mention "
        "mentioned mentioning mentions of on re regarding search to with "
    )
)
_SENTENCE_START = frozenset(
    words_of(
        "am are can could did do does had has have he how i is it shall she should they was we "
        "were what when where which who whom whose why will would you "
    )
)
_LONGEST_PHRASE = 6
_QUOTED = re.compile(r'"([^"]{2,200})"')
_JOINS = frozenset("-/")


def quoted(text: str) -> str | None:
    """The first words in quotation marks; None without any."""
    found = _QUOTED.search(text)
    return found[1].strip() or None if found else None


def search_words(
    text: str, tokens: Sequence[Token], marks: Iterable[Mark], start: int, end: int
) -> str:
    """The words of one sentence from the first telling one to the last, as they were written.

    Times and outlets are left out, and so are the words of asking around them; empty when nothing
    is left.
    """
    off = {n for m in marks if m.kind in {"DATE", "OUTLET"} for n in range(m.start, m.end)}
    kept = [n for n in range(start, end) if n not in off and tokens[n].is_word]
    telling = [n for n in kept if tokens[n].text not in STOP]
    if not telling:
        return ""
    words = [tokens[n].raw for n in kept if telling[0] <= n <= telling[-1]]
    joined = " ".join(words)
    spelled = re.search(r"[\s/'-]+".join(map(re.escape, words[:40])), text)
    return spelled[0] if spelled else joined


def is_about_more(tokens: Sequence[Token], start: int, end: int, taken: frozenset[int]) -> bool:
    """Whether a sentence says `on`, `about` or the like and then something that is not known."""
    for at in range(start, end):
        if tokens[at].text not in _ABOUT or at in taken:
            continue
        for n in range(at + 1, end):
            if n in taken or not tokens[n].is_word:
                break
            if content(tokens[n : n + 1]):
                return True
    return False


def is_phrase(tokens: Sequence[Token], start: int, end: int, taken: frozenset[int]) -> bool:
    """Whether a sentence is just a few words to look for, rather than something asked or told."""
    words = [n for n in range(start, end) if tokens[n].is_word]
    if not words or len(words) > _LONGEST_PHRASE or tokens[words[0]].text in _SENTENCE_START:
        return False
    left = [tokens[n] for n in words if n not in taken]
    return bool(content(left)) and not any(token.text in _SENTENCE_START for token in left)
