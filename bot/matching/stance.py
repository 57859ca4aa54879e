"""The words of a text that tell which way things go, whatever the commitment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from bot.matching.knowledge import Knowledge
from bot.matching.reading import Hit
from bot.matching.text import Token, tokens_of

THINGS = frozenset({"good", "burden", "demand", "contact"})
"""Stance words that name things; the others say what happens to them."""
_tuple = tuple.__new__
_REACH = 3
"""A "no" or "not" turns what stands at most so many words after it."""
KINDS = (
    "advance", "retreat", "consider", "negation", "hypothetical", "retrospect", "doing", "undoing",
    "harm", "not doing", "not advance",
)  # fmt: skip
_TURNED = {"doing": "undoing", "undoing": "doing", "advance": "retreat", "retreat": "advance"}
_ALSO = {"doing": "not doing", "advance": "not advance"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Stance:
    """What an item's words say of where things go, whatever the commitment.

    Attributes:
        tokens: All words of the title, and of the summary.
        places: Of both, the number of the word that begins at a character.
        hits: Stance words found, in the order of the text.
        title: How often each of `KINDS` stands in the title; `both` in title and summary.
        asks: True when the title asks a question.
    """

    tokens: tuple[list[Token], list[Token]]
    places: tuple[dict[int, int], ...]
    hits: list[Hit]
    title: list[int]
    both: list[int]
    asks: bool


class StanceReader:
    """Finds stance words; safe to share between threads."""

    def __init__(self, knowledge: Knowledge) -> None:
        stance = knowledge.stance
        self._heads = {
            stem: (stance.single.get(stem, ()), stance.longer.get(stem, {}))
            for stem in {*stance.single, *stance.longer}
        }

    def read(self, title: str, summary: str = "") -> Stance:
        """The stance words of a title and a summary."""
        return self.read_tokens((tokens_of(title), tokens_of(summary)), asks="?" in title)

    def read_tokens(self, tokens: tuple[list[Token], list[Token]], *, asks: bool) -> Stance:
        """`read` for a title and a summary that are in words already."""
        places = tuple({token.start: n for n, token in enumerate(each)} for each in tokens)
        hits = [hit for part, each in enumerate(tokens) for hit in self._hits(each, part)]
        title, summary = _counts(hits, places)
        return Stance(
            tokens=tokens, places=places, hits=hits, title=title,
            both=[a + b for a, b in zip(title, summary, strict=True)], asks=asks,
        )  # fmt: skip

    def _hits(self, tokens: list[Token], part: int) -> Iterator[Hit]:
        heads = self._heads
        for position, token in enumerate(tokens):
            head = heads.get(token.stem)
            if head is None:
                continue
            # "will" is not "willing", although they share a stem.
            word = token.surface.lower()
            for term in head[0]:
                if word.startswith(_beginning(term.text)):
                    yield _tuple(Hit, (term, part, token.start, token.end, False))
            if head[1] and position + 1 < len(tokens):
                for term in head[1].get(tokens[position + 1].stem, ()):
                    found = tokens[position : position + len(term.stems)]
                    same = term.stems == tuple([each.stem for each in found])
                    if same and word.startswith(_beginning(term.text)):
                        yield _tuple(Hit, (term, part, token.start, found[-1].end, False))


def signs(hits: Sequence[Hit], refrain: float) -> list[float]:
    """The way of each telling word of the title, in order: above 0 toward the commitment."""
    way = {"advance": 1.0, "retreat": -1.0, "harm": -1.0, "doing": -refrain, "undoing": refrain}
    return [
        sum(way.get(label, 0.0) for label in hit.term.labels)
        for hit in hits
        if hit.part == 0 and not way.keys().isdisjoint(hit.term.labels)
    ]


@cache
def _beginning(text: str) -> str:
    """What a word must begin with to be a form of this one: all but its last letter."""
    word = text.lower().partition(" ")[0]
    return word[: max(3, len(word) - 1)] if " " not in text else word[:3]


_PLACE = {kind: number for number, kind in enumerate(KINDS)}


def _counts(hits: Sequence[Hit], places: Sequence[dict[int, int]]) -> tuple[list[int], list[int]]:
    """How often each of `KINDS` stands in the title and in the summary."""
    counts = ([0] * len(KINDS), [0] * len(KINDS))
    negated_until = [-1, -1]
    for hit in hits:
        part, labels = counts[hit.part], hit.term.labels
        position = places[hit.part][hit.start]
        if "negation" in labels:
            negated_until[hit.part] = position + len(hit.term.stems) + _REACH
        turned = position < negated_until[hit.part] and "negation" not in labels
        for label in labels:
            if turned and label in _ALSO:
                part[_PLACE[_ALSO[label]]] += 1
            kind = _PLACE.get(_TURNED.get(label, label) if turned else label)
            if kind is not None:
                part[kind] += 1
    return counts
