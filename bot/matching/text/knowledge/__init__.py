"""General facts about the world and the language of its news, as data files beside this module.

places.toml    states and bodies: names, peoples, seats, leaders, chief diplomats
concepts.toml  what news calls things: one table of terms for each concept
polarity.toml    words that tell which way things go, and words that tell nothing
"""

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bot.matching.text.tokens import tokens_of

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase, as stems, and what it stands for.

    Attributes:
        labels: `c:` and a concept, `p:` and a place, `r:` and a role; any name for others.
        cased: True when it counts only where the text writes it with a capital.
    """

    stems: tuple[str, ...]
    labels: tuple[str, ...]
    cased: bool
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Lexicon:
    """Terms, ready for look-up at a place of a text.

    Attributes:
        single: Terms of one word by their stem.
        longer: Terms of more words by their first stem, then by their second, the longest first.
    """

    single: Mapping[str, tuple[Term, ...]]
    longer: Mapping[str, Mapping[str, tuple[Term, ...]]]

    def terms(self) -> Iterator[Term]:
        """Every term once."""
        for table in (self.single, *self.longer.values()):
            for terms in table.values():
                yield from terms


@dataclass(frozen=True, kw_only=True, slots=True)
class Knowledge:
    """The data files, read and ready for look-up.

    Attributes:
        things: Places, roles and concepts.
        polarity: The word lists of polarity.toml, each list's name as the label.
        near: For each concept label, the labels of its neighbours.
        filler: Stems that tell nothing of the subject.
        background: First stems of what begins a clause beside the news: "as", "after", "amid".
    """

    things: Lexicon
    polarity: Lexicon
    near: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, frozenset[str]]
    filler: frozenset[str]
    background: frozenset[str]


def lexicon_of(terms: Iterable[Term]) -> Lexicon:
    """A lexicon; terms that are the same share one entry with all their labels."""
    merged: dict[tuple[tuple[str, ...], bool], tuple[dict[str, None], str]] = {}
    for term in terms:
        if term.stems:
            labels, _ = merged.setdefault((term.stems, term.cased), ({}, term.text))
            labels.update(dict.fromkeys(term.labels))
    single: dict[str, list[Term]] = {}
    longer: dict[str, dict[str, list[Term]]] = {}
    for (stems, cased), (labels, text) in merged.items():
        term = Term(stems, tuple(labels), cased, text)
        if len(stems) == 1:
            single.setdefault(stems[0], []).append(term)
        else:
            longer.setdefault(stems[0], {}).setdefault(stems[1], []).append(term)
    return Lexicon(
        single={stem: tuple(terms) for stem, terms in single.items()},
        longer={
            first: {
                second: tuple(sorted(terms, key=lambda term: -len(term.stems)))
                for second, terms in after.items()
            }
            for first, after in longer.items()
        },
    )


def term_of(text: str, *labels: str, cased: bool | None = None) -> Term:
    """A term from a phrase; without `cased`, a capital at its beginning decides."""
    stems = tuple(token.stem for token in tokens_of(text))
    return Term(stems, labels, text[:1].isupper() if cased is None else cased, text)


@cache
def knowledge() -> Knowledge:
    """The data files of this folder; read once for a process."""
    concepts = _read("concepts.toml")
    polarity = _read("polarity.toml")
    named = (term_of(text, f"c:{c}") for c, entry in concepts.items() for text in entry["terms"])
    return Knowledge(
        things=lexicon_of([*_place_terms(_read("places.toml")), *named]),
        polarity=lexicon_of(
            term_of(text, name, cased=False)
            for name, texts in polarity.items()
            if name not in ("filler", "background")
            for text in texts
        ),
        near={
            f"c:{name}": tuple(f"c:{other}" for other in entry.get("near", ()))
            for name, entry in concepts.items()
        },
        kinds=_kinds(concepts),
        background=frozenset(
            tokens_of(text)[0].stem for text in polarity["background"] if " " not in text
        ),
        filler=frozenset(token.stem for text in polarity["filler"] for token in tokens_of(text)),
    )


def _kinds(concepts: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for name, entry in concepts.items():
        for kind in entry.get("kinds", ()):
            found.setdefault(kind, set()).add(f"c:{name}")
    return {kind: frozenset(labels) for kind, labels in found.items()}


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_HERE / name).read_text(encoding="utf-8"))


def _place_terms(places: Mapping[str, Any]) -> Iterator[Term]:
    for name, entry in places.items():
        if name.startswith("_"):
            for text, members in entry.items():
                yield term_of(text, *(f"p:{member}" for member in members))
            continue
        for role, texts in entry.items():
            extra = {"leaders": ("r:leader",), "diplomats": ("r:diplomat",)}.get(role, ())
            for text in texts:
                yield term_of(text, f"p:{name}", *extra)


@cache
def knowledge_digest() -> str:
    """Hex digits that change with any of the data files."""
    digest = hashlib.sha256()
    for path in sorted(_HERE.glob("*.toml")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]
