"""The English that the reader of questions knows: its word lists, stems and spelling."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import snowballstemmer
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

_FILE = Path(__file__).with_name("words.toml")
_STEMMER = snowballstemmer.stemmer("english")
# In every form of a verb in -ise, whether it has one in -ize or not: both sides are stemmed alike.
_BRITISH = re.compile(r"(?<=\w\w)is(?=(?:ations?|ing|e[drs]?)$)")
# Short words are never misspellings of one another: too many true words are as near.
_SHORTEST_MISSPELT = 5
_ALIKE = 82  # of 100: letters in common, in order


@dataclass(frozen=True, kw_only=True, slots=True)
class English:
    """The lists of words.toml, which says what each of them is.

    Attributes:
        correct: Words that are spelled right, the stop words among them.
        cues: Words that are corrected when they are nearly so.
        comparing: Stems that show that two names are to be held against each other.
        synonyms: For a stem, the stems that may be meant as well.
        parties: For the name of a country in lower case, what else it is called.
        promises: Stems that show that a party is named for what it promised.
        asking: By name, the words around what is asked for.
        near_summits: By name, the words around the names of summits.
        near_outlets: By name, the words within and around the names of outlets.
        directions: By name, regular expressions over masked words that ask for a direction.
    """

    stop: frozenset[str]
    stop_stems: frozenset[str]
    correct: frozenset[str]
    cues: tuple[str, ...]
    comparing: frozenset[str]
    synonyms: Mapping[str, frozenset[str]]
    short_forms: Mapping[str, str]
    outlets: tuple[str, ...]
    parties: Mapping[str, tuple[str, ...]]
    promises: frozenset[str]
    asking: Mapping[str, frozenset[str]]
    near_summits: Mapping[str, frozenset[str]]
    near_outlets: Mapping[str, frozenset[str]]
    directions: Mapping[str, tuple[str, ...]]


@cache
def english() -> English:
    """The word lists; read once for a process, at the first question."""
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    stop = frozenset(word for some in data["stop"].values() for word in some.split())
    groups = [[stem(word) for word in line.split()] for line in data["synonyms"].splitlines()]
    return English(
        stop=stop,
        stop_stems=frozenset(map(stem, stop)),
        correct=stop | frozenset(data["spelling"]["everyday"].split()),
        cues=tuple(data["spelling"]["cues"].split()),
        comparing=frozenset(map(stem, data["asking"].pop("comparing").split())),
        synonyms={one: frozenset(group) - {one} for group in groups for one in group},
        short_forms=data["short_forms"],
        outlets=tuple(data["outlets"]),
        parties={name: tuple(some.split(", ")) for name, some in data["parties"].items()},
        promises=frozenset(map(stem, data["asking"].pop("promises").split())),
        asking=_sets(data["asking"]),
        near_summits=_sets(data["near_summits"]),
        near_outlets=_sets(data["near_outlets"]),
        directions={
            name: tuple(re.sub(r"\n *", "", one) for one in some)
            for name, some in data["directions"].items()
        },
    )


def _sets(lists: Mapping[str, str]) -> Mapping[str, frozenset[str]]:
    return {name: frozenset(some.split()) for name, some in lists.items()}


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A lower-case word without its ending; words with digits stay as they are.

    >>> stem("dismantling") == stem("dismantlement"), stem("families") == stem("family")
    (True, True)
    >>> stem("denuclearisation") == stem("denuclearization")
    True
    """
    if not word.isalpha():
        return word
    return str(_STEMMER.stemWord(_BRITISH.sub("iz", word)))


def is_slip(typed: str, word: str) -> bool:
    """Whether one letter of `word` is missing, doubled or added in `typed`, or two are swapped.

    A letter in place of another does not count: `states` is no slip for `status`.
    """
    one_edit = OSA.distance(typed, word, score_cutoff=1) == 1
    return one_edit and (len(typed) != len(word) or sorted(typed) == sorted(word))


def nearest(typed: str, candidates: Sequence[str]) -> str | None:
    """The word that `typed` is most likely a misspelling of; None when none is near.

    >>> nearest("excercices", ("exercises", "expenses"))
    'exercises'
    """
    if len(typed) < _SHORTEST_MISSPELT:
        return None
    near = [w for w in candidates if w[:1] == typed[:1] and abs(len(w) - len(typed)) <= 1]
    slip = next((word for word in near if is_slip(typed, word)), None)
    if slip is not None:
        return slip
    best = process.extractOne(typed, near, scorer=fuzz.ratio, score_cutoff=_ALIKE)
    return best[0] if best else None
