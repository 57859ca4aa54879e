"""Why an item was matched, in a few words, and the passage that says it."""

import re
from operator import itemgetter
from typing import NamedTuple

from bot.domain.item import ItemText
from bot.matching.compiled import CompiledPack
from bot.matching.features import NAMES
from bot.matching.reading import TITLE, Reading
from bot.matching.vectors import Array

_MOST = 4
_TELLING, _WATCHED = 0.12, 1.2
_PARTIES, _VALUE = NAMES.index("parties"), itemgetter(0)
_AS_A_WHOLE = "its words as a whole are close to the commitment's"
_SENTENCE = re.compile(r"[^.!?;]+(?:[.!?;](?=\S)[^.!?;]*)*[.!?;]*")


class _Found(NamedTuple):
    """A piece of the item that speaks for the match: how much, where, and as what.

    `label` is that of a watch term or a concept; empty for a word that the commitment uses too.
    """

    value: float
    part: int
    start: int
    end: int
    label: str


class Explainer:
    """Gives reasons for matches with one pack."""

    def __init__(self, pack: CompiledPack) -> None:
        self._pack = pack
        self._terms_of: dict[int, dict[str, float]] = {}
        self._words_of: dict[int, dict[str, tuple[int, float]]] = {}

    def explain(
        self, item: ItemText, reading: Reading, row: int, strengths: Array, features: Array
    ) -> tuple[tuple[str, ...], str]:
        """Reasons by weight, and the sentence of the item that carries most, word for word."""
        found = self._terms(reading, row) + self._words(reading, row, strengths)
        found.sort(key=_VALUE, reverse=True)
        reasons: dict[str, None] = {}
        taken: list[_Found] = []
        for piece in found:
            if not any(_overlap(piece, other) for other in taken):
                taken.append(piece)
                if len(reasons) < _MOST - 1:
                    reasons.setdefault(_reason(item, piece))
        texts = list(reasons)
        if parties := _parties(self._pack, row, features):
            texts.append(parties)
        return tuple(texts) or (_AS_A_WHOLE,), _passage(item, taken)

    def _terms(self, reading: Reading, row: int) -> list[_Found]:
        """Watch terms, and words that stand for a concept of the commitment."""
        weights = self._terms_of.get(row)
        if weights is None:
            weights = self._terms_of[row] = {
                self._pack.names[int(number)]: float(weight)
                for table in (self._pack.watch_any, self._pack.things)
                for number, weight in zip(table.terms[row], table.weights[row], strict=True)
                if weight > 0
            }
        found = []
        for term, part, start, end, _ in reading.hits:
            for label in term.labels:
                if label in weights:
                    size = 1.0 if len(term.stems) > 1 else 0.6
                    value = _WATCHED if label[:2] == "w:" else size * weights[label]
                    found.append(_Found(value, part, start, end, label))
                    break
        return found

    def _words(self, reading: Reading, row: int, strengths: Array) -> list[_Found]:
        """Words that the commitment uses too."""
        pack = self._pack
        words = self._words_of.get(row)
        if words is None:
            pairs = zip(pack.words.terms[row], pack.words.weights[row], strict=True)
            words = self._words_of[row] = {
                pack.names[n]: (int(n), float(w)) for n, w in pairs if w >= _TELLING
            }
        found = []
        for word in reading.words:
            known = words.get(word.stem)
            if known is not None:
                value = known[1] * float(strengths[known[0]])
                if value >= _TELLING:
                    found.append(_Found(value * 0.8, word.part, word.start, word.end, ""))
        return found


def _reason(item: ItemText, piece: _Found) -> str:
    said = _said(item, piece.part, piece.start, piece.end)
    meaning = piece.label[2:].replace("-", " ")
    if piece.label[:2] in ("", "w:") or meaning in said.lower():
        return f"names “{said}”"
    return f"“{said}” is about {meaning}"


def _said(item: ItemText, part: int, start: int, end: int) -> str:
    return (item.title if part == TITLE else item.summary)[start:end]


def _overlap(one: _Found, other: _Found) -> bool:
    return one.part == other.part and one.start < other.end and other.start < one.end


def _parties(pack: CompiledPack, row: int, features: Array) -> str:
    share = float(features[_PARTIES])
    count = int(pack.parties[row].sum())
    if count <= 1 or share <= 0:
        return ""
    if share < 1:
        return "one party" if share * count <= 1 else "some parties"
    return {2: "both parties"}.get(count, "all parties")


def _passage(item: ItemText, found: list[_Found]) -> str:
    """The title or the sentence of the summary with most of what was found; the title on a tie."""
    best, best_value = item.title.strip(), sum(p.value for p in found if p.part == TITLE)
    for match in _SENTENCE.finditer(item.summary):
        value = sum(
            p.value for p in found if p.part != TITLE and match.start() <= p.start < match.end()
        )
        if value > best_value + 1e-6 or not best:
            best, best_value = match.group().strip(), value
    return best
