"""The words of a text that tell which way things go, whatever the commitment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import compress
from operator import itemgetter
from typing import NamedTuple

from bot.matching.text.knowledge import Knowledge, Term
from bot.matching.text.tokens import Forms, Text, cut, read_word

# Polarity words that name things; the others say what happens to them.
THINGS = frozenset({"good", "burden", "demand", "contact"})
# Those that `polarity_of` counts.
POLAR = frozenset({"advance", "retreat", "harm", "doing", "undoing"})
_tuple = tuple.__new__
# A "no" or "not" turns the words at most this far after it.
_REACH = 3
KINDS = (
    "advance", "retreat", "consider", "negation", "hypothetical", "retrospect", "doing", "undoing",
    "harm", "not doing", "not advance",
)  # fmt: skip
_TURNED = {"doing": "undoing", "undoing": "doing", "advance": "retreat", "retreat": "advance"}
_ALSO = {"doing": "not doing", "advance": "not advance"}


class PolarityHit(NamedTuple):
    """A polarity word found: from which character to which, of which part, and which word it is."""

    term: Term
    part: int
    start: int
    end: int
    place: int


class _Form(NamedTuple):
    """A word as written: its key, its stem, and the terms that it is, or begins with the next.

    `marked` when there is any such term.
    """

    marked: bool
    key: str
    stem: str
    single: tuple[Term, ...]
    longer: Mapping[str, tuple[Term, ...]]


_MARKED, _KEY, _STEM = itemgetter(0), itemgetter(1), itemgetter(2)


@dataclass(frozen=True, kw_only=True, slots=True)
class PolarityWords:
    """What an item's words say of where things go, whatever the commitment.

    Attributes:
        texts: The words of the title, and of the summary.
        keys: Of each word, likewise; and `stems`.
        hits: Polarity words found, in the order of the text.
        title: How often each of `KINDS` stands in the title; `both` in title and summary.
        asks: True when the title asks a question.
    """

    texts: tuple[Text, Text]
    keys: tuple[list[str], ...]
    stems: tuple[list[str], ...]
    hits: list[PolarityHit]
    title: list[int]
    both: list[int]
    asks: bool


class PolarityReader:
    """Finds polarity words; safe to share between threads."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._terms = knowledge.polarity
        self._forms = Forms(self._form)

    def read(self, title: str, summary: str = "") -> PolarityWords:
        """The polarity words of a title and a summary."""
        return self.read_texts((cut(title), cut(summary)), asks="?" in title)

    def read_texts(self, texts: tuple[Text, Text], *, asks: bool) -> PolarityWords:
        """`read` for a title and a summary that are cut into words already."""
        self._forms.forget_many()
        forms = [[*map(self._forms.__getitem__, text.surfaces)] for text in texts]
        hits = [
            hit for part, each in enumerate(forms) for hit in self._hits(each, texts[part], part)
        ]
        title, summary = _counts(hits)
        return PolarityWords(
            texts=texts,
            keys=tuple([*map(_KEY, each)] for each in forms),
            stems=tuple([*map(_STEM, each)] for each in forms),
            hits=hits, title=title,
            both=[a + b for a, b in zip(title, summary, strict=True)], asks=asks,
        )  # fmt: skip

    def _hits(self, forms: list[_Form], text: Text, part: int) -> Iterator[PolarityHit]:
        for place, (_, _, _, single, longer) in compress(enumerate(forms), map(_MARKED, forms)):
            start, end = text.starts[place], text.ends[place]
            for term in single:
                yield _tuple(PolarityHit, (term, part, start, end, place))
            if longer and place + 1 < len(forms):
                for term in longer.get(forms[place + 1][2], ()):
                    after = place + len(term.stems)
                    if term.stems == tuple([each[2] for each in forms[place:after]]):
                        end = text.ends[after - 1]
                        yield _tuple(PolarityHit, (term, part, start, end, place))

    def _form(self, surface: str) -> _Form:
        key, stem = read_word(surface)
        # "will" is not "willing", although they share a stem.
        word = surface.lower()
        longer = {
            second: found
            for second, terms in self._terms.longer.get(stem, {}).items()
            if (found := _begun(terms, word))
        }
        single = _begun(self._terms.single.get(stem, ()), word)
        return _Form(bool(single or longer), key, stem, single, longer)


def polarity_of(labels: Sequence[str], refrain: float) -> float:
    """The polarity of a word: above 0 toward the commitment; 0 when it has none."""
    ways = {"advance": 1.0, "retreat": -1.0, "harm": -1.0, "doing": -refrain, "undoing": refrain}
    return sum(ways.get(label, 0.0) for label in labels)


def _begun(terms: tuple[Term, ...], word: str) -> tuple[Term, ...]:
    return tuple(term for term in terms if word.startswith(_beginning(term.text)))


@cache
def _beginning(text: str) -> str:
    """What a word must begin with to be a form of this one: all but its last letter."""
    word = text.lower().partition(" ")[0]
    return word[: max(3, len(word) - 1)] if " " not in text else word[:3]


_PLACE = {kind: number for number, kind in enumerate(KINDS)}


def _counts(hits: Sequence[PolarityHit]) -> tuple[list[int], list[int]]:
    """How often each of `KINDS` stands in the title and in the summary."""
    counts = ([0] * len(KINDS), [0] * len(KINDS))
    negated_until = [-1, -1]
    for hit in hits:
        part, labels = counts[hit.part], hit.term.labels
        position = hit.place
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
