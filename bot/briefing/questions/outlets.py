"""Which outlet a question names."""

import re
from collections.abc import Iterable, Iterator, Sequence

from bot.briefing.questions.tokens import TRUE_WORDS, Mark, Token, tokens_of, words_of

WELL_KNOWN = (
    "Reuters", "Associated Press", "AP", "AFP", "Agence France-Presse", "BBC", "CNN", "Bloomberg",
    "The Guardian", "The New York Times", "NYT", "The Washington Post", "The Wall Street Journal",
    "WSJ", "Financial Times", "The Economist", "The Times", "NPR", "PBS", "CBS", "NBC", "ABC",
    "Fox News", "Sky News", "Al Jazeera", "Deutsche Welle", "DW", "DPA", "France 24", "RFI",
    "Le Monde", "Der Spiegel", "El Pais", "EFE", "ANSA", "TASS", "Interfax", "RIA Novosti",
    "Xinhua", "CCTV", "Global Times", "Kyodo", "NHK", "Nikkei", "Yonhap", "KCNA", "PTI", "ANI",
    "Dawn", "IRNA", "Anadolu", "Ukrinform", "Voice of America", "VOA", "Radio Free Europe",
    "Politico", "Axios", "UPI", "Euronews", "Haaretz", "Climate Home News", "Carbon Brief",
    "The Straits Times", "South China Morning Post", "SCMP", "CNBC", "Foreign Policy",
)  # fmt: skip
"""Agencies, broadcasters and papers that people name though no feed of theirs is listed."""

_TRADE_WORDS = frozenset(
    words_of(
        "agencies agency asia com daily edition english international media network news "
        "online radio service services tv wire world "
    )
)
_BEFORE = frozenset(words_of("are by did does from has in is to via was "))
_AFTER = frozenset(
    words_of(
        "article articles carried carry claim claimed claims coverage feed feeds publish "
        "published publishes report reported reporting reports said say saying says write "
        "writes written wrote "
    )
)
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
    for name in dict.fromkeys((*_names(sources), *_names(WELL_KNOWN))):
        parts = [token.text for token in tokens_of(name)]
        for start in _places(tokens, parts):
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
        words = bare.split()
        while len(words) > 1 and words[-1].lower() in _TRADE_WORDS:
            words.pop()
        yield from (name for name in (whole, core, bare, " ".join(words)) if name)


def _places(tokens: Sequence[Token], parts: list[str]) -> Iterator[int]:
    if parts:
        for start, token in enumerate(tokens):
            if (
                token.text == parts[0]
                and [other.text for other in tokens[start : start + len(parts)]] == parts
            ):
                yield start


def _meant(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Whether these words are a name here rather than plain words."""
    words = tokens[start:end]
    if all(token.text in TRUE_WORDS or len(token.text) < _SHORTEST for token in words):
        capitals = all(token.raw[:1].isupper() or not token.is_word for token in words)
        before = tokens[start - 1].text if start else ""
        after = tokens[end].text if end < len(tokens) else ""
        acronym = len(words) == 1 and len(words[0].raw) > 1 and words[0].raw.isupper()
        cited = after in _AFTER and (capitals or before in _BEFORE)
        return cited or acronym or (capitals and start > 0)
    return True


_SHORTEST = 3


def _cited(text: str, tokens: Sequence[Token]) -> tuple[str, Mark] | None:
    """An outlet that nobody listed, by the words around it: `according to The Daily Planet`."""
    if not (found := _CITED.search(text)):
        return None
    name = found[1].rstrip(".-")
    parts = [token.raw for token in tokens_of(name)]
    raws = [token.raw for token in tokens]
    size = len(parts)
    start = next((n for n in range(len(raws)) if raws[n : n + size] == parts), None)
    return None if start is None else (name, Mark(start, start + size, "OUTLET"))
