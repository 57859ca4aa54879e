"""Why an item was matched, in a few words, and the passage that says it."""

import re
from typing import NamedTuple

from bot.domain.item import ItemText
from bot.matching.compiled import CompiledPack
from bot.matching.features import NAMES
from bot.matching.reading import TITLE, Hit, Reading
from bot.matching.vectors import Array

_MOST = 4
_TELLING = 0.12
_AS_A_WHOLE = "its words as a whole are close to the commitment's"
_SENTENCE = re.compile(r"[^.!?;]+(?:[.!?;](?=\S)[^.!?;]*)*[.!?;]*")


class _Found(NamedTuple):
    """A piece of the item that speaks for the match: how much, where, and in which words."""

    value: float
    part: int
    start: int
    end: int
    reason: str


class Explainer:
    """Gives reasons for matches with one pack."""

    def __init__(self, pack: CompiledPack) -> None:
        self._pack = pack
        self._terms_of: dict[int, dict[str, float]] = {}
        self._words_of: dict[int, dict[int, float]] = {}

    def explain(
        self, item: ItemText, reading: Reading, row: int, strengths: Array, features: Array
    ) -> tuple[tuple[str, ...], str]:
        """Reasons by weight, and the sentence of the item that carries most, word for word."""
        found = self._terms(item, reading, row) + self._words(item, reading, row, strengths)
        found.sort(key=lambda piece: -piece.value)
        reasons: dict[str, None] = {}
        taken: list[_Found] = []
        for piece in found:
            if not any(_overlap(piece, other) for other in taken):
                taken.append(piece)
                reasons.setdefault(piece.reason)
        texts = list(reasons)[: _MOST - 1]
        if parties := _parties(self._pack, row, features):
            texts.append(parties)
        return tuple(texts) or (_AS_A_WHOLE,), _passage(item, taken)

    def _terms(self, item: ItemText, reading: Reading, row: int) -> list[_Found]:
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
        for hit in reading.hits:
            for label in hit.term.labels:
                if label in weights:
                    found.append(_term(item, hit, label, weights[label]))
                    break
        return found

    def _words(self, item: ItemText, reading: Reading, row: int, strengths: Array) -> list[_Found]:
        """Words that the commitment uses too."""
        pack = self._pack
        weights = self._words_of.get(row)
        if weights is None:
            pairs = zip(pack.words.terms[row], pack.words.weights[row], strict=True)
            weights = self._words_of[row] = {int(n): float(w) for n, w in pairs if w >= _TELLING}
        found = []
        for word in reading.words:
            number = pack.ids.get(word.stem)
            if number in weights:
                value = weights[number] * float(strengths[number])
                if value >= _TELLING:
                    start, end = word.token.start, word.token.end
                    text = f"names “{_said(item, word.part, start, end)}”"
                    found.append(_Found(value * 0.8, word.part, start, end, text))
        return found


def _term(item: ItemText, hit: Hit, label: str, weight: float) -> _Found:
    said = _said(item, hit.part, hit.start, hit.end)
    if label.startswith("w:"):
        return _Found(1.2, hit.part, hit.start, hit.end, f"names “{said}”")
    size = 1.0 if len(hit.term.stems) > 1 else 0.6
    meaning = label[2:].replace("-", " ")
    text = f"names “{said}”" if meaning in said.lower() else f"“{said}” is about {meaning}"
    return _Found(size * weight, hit.part, hit.start, hit.end, text)


def _said(item: ItemText, part: int, start: int, end: int) -> str:
    return (item.title if part == TITLE else item.summary)[start:end]


def _overlap(one: _Found, other: _Found) -> bool:
    return one.part == other.part and one.start < other.end and other.start < one.end


def _parties(pack: CompiledPack, row: int, features: Array) -> str:
    share = float(features[NAMES.index("parties")])
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
