"""Words brought to a common form, so that `dismantling` finds `dismantlement`."""

from difflib import SequenceMatcher
from functools import lru_cache

_SHORTEST_STEM = 4
_ENDINGS = (
    "izations", "ization", "izing", "ized", "izes", "ize", "ations", "ation", "ating", "ated",
    "ates", "ate", "ments", "ment", "ings", "ing", "ions", "ion", "ials", "ial", "ies", "ied",
    "ers", "ed", "es", "s", "e", "y",
)  # fmt: skip
_SHORTEST_MISSPELT = 5
_NEAR = 0.82


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A lower-case word without its ending; short words and those with digits stay as they are.

    >>> stem("dismantling") == stem("dismantlement"), stem("families") == stem("family")
    (True, True)
    """
    word = word.removesuffix("'s")
    if not word.isalpha():
        return word
    word = word.replace("isation", "ization").replace("ising", "izing").replace("ised", "ized")
    if word.endswith("ise"):
        word = f"{word[:-3]}ize"
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)].removesuffix("e")
    return word[:-1] if len(word) == _SHORTEST_STEM and word[-1] == "s" != word[-2] else word


def slipped(typed: str, word: str) -> bool:
    """Whether `typed` is `word` with one letter missing, doubled or added, or two changed round.

    A letter in place of another does not count: `states` is no slip for `status`.
    """
    if abs(len(typed) - len(word)) > 1 or typed == word:
        return False
    start = next(
        (n for n, (a, b) in enumerate(zip(typed, word, strict=False)) if a != b),
        min(len(typed), len(word)),
    )
    if len(typed) == len(word):
        swapped = typed[start + 1 : start + 2] + typed[start : start + 1]
        return swapped == word[start : start + 2] and typed[start + 2 :] == word[start + 2 :]
    longer, shorter = (typed, word) if len(typed) > len(word) else (word, typed)
    return longer[start + 1 :] == shorter[start:]


def nearest(typed: str, words: tuple[str, ...]) -> str | None:
    """The word that `typed` is most likely a misspelling of; None when none is near.

    Short words are never misspellings: too many true words are as near.

    >>> nearest("excercices", ("exercises", "expenses"))
    'exercises'
    """
    if len(typed) < _SHORTEST_MISSPELT:
        return None
    best, score = None, _NEAR
    for word in words:
        if word[:1] != typed[:1] or abs(len(word) - len(typed)) > 1:
            continue
        ratio = 1.0 if slipped(typed, word) else SequenceMatcher(None, typed, word).ratio()
        if ratio > score:
            best, score = word, ratio
    return best
