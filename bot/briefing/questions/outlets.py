"""Which outlet a question names."""

import re
from collections.abc import Iterable, Iterator, Sequence

from bot.briefing.questions.tokens import Mark, Token, tokens_of
from bot.briefing.questions.words import english

_SHORTEST = 3
_CITED = re.compile(
    r"\b(?:according to|(?:articles|reports|stories|coverage|pieces) (?:from|by|in)|reported by) "
    r"(?:the )?((?:[A-Z][\w&.-]*)(?: (?:of |for )?[A-Z][\w&.-]*){0,3})"
)


def find_outlet(
    text: str, tokens: Sequence[Token], sources: Iterable[str]
) -> tuple[str, Mark] | None:
    """The outlet named, and where: a listed one, a well-known one, or one cited by name.

    The longest name wins. A name that is also a plain word counts only in capitals or next to
    words such as `report`; None when no outlet is named.
    """
    best: tuple[str, Mark] | None = None
    words = [token.text for token in tokens]
    for name in dict.fromkeys((*_names(sources), *_names(english().outlets))):
        parts = [token.text for token in tokens_of(name)]
        for start in _places(words, parts):
            end = start + len(parts)
            longer = best is None or end - start > best[1].end - best[1].start
            if longer and _meant(tokens, start, end):
                best = (name, Mark(start, end, "OUTLET"))
    return best or _cited(text, tokens)


def _names(titles: Iterable[str]) -> Iterator[str]:
    """Each title, and the shorter names that people use for it."""
    for title in titles:
        whole = " ".join(title.split())[:120]
        core = re.split(r",|\(| - | \| |: ", whole)[0].strip()
        bare = core.removeprefix("The ").removeprefix("the ")
        parts = bare.split()
        while len(parts) > 1 and parts[-1].lower() in english().near_outlets["endings"]:
            parts.pop()
        yield from (name for name in (whole, core, bare, " ".join(parts)) if name)


def _places(words: list[str], parts: list[str]) -> Iterator[int]:
    for start, word in enumerate(words if parts else ()):
        if word == parts[0] and words[start : start + len(parts)] == parts:
            yield start


def _meant(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Whether these words are a name here rather than plain words."""
    named, near = tokens[start:end], english().near_outlets
    if all(one.text in english().correct or len(one.text) < _SHORTEST for one in named):
        capitals = all(one.raw[:1].isupper() or not one.is_word for one in named)
        before = tokens[start - 1].text if start else ""
        after = tokens[end].text if end < len(tokens) else ""
        acronym = len(named) == 1 and len(named[0].raw) > 1 and named[0].raw.isupper()
        cited = after in near["cited"] and (capitals or before in near["citing"])
        return cited or acronym or (capitals and start > 0)
    return True


def _cited(text: str, tokens: Sequence[Token]) -> tuple[str, Mark] | None:
    """An outlet that nobody listed, by the words around it: `according to The Daily Planet`."""
    if not (found := _CITED.search(text)):
        return None
    name = found[1].rstrip(".-")
    parts = [token.raw for token in tokens_of(name)]
    start = next(_places([token.raw for token in tokens], parts), None)
    return None if start is None else (name, Mark(start, start + len(parts), "OUTLET"))
