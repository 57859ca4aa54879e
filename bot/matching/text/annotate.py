"""What matching reads out of a text: its telling words, and the things that it names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import compress, pairwise
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from bot.matching.text.knowledge import Knowledge, Lexicon, Term
from bot.matching.text.tokens import EMPTY, Forms, Text, cut, read_word
from bot.matching.text.vectors import Array, WordVectors

TITLE, SUMMARY = 0, 1
_SHORTEST = 3
# Makes a named tuple in half the time; this runs for every word of every item.
_tuple = tuple.__new__
# Characters read of a title and of a summary: a feed may publish whole articles.
_LIMIT = 2_000
_NO_VECTOR: Array = np.zeros(0, dtype=np.float32)


class Word(NamedTuple):
    """A telling word of a text, at its first place.

    Attributes:
        stem: What it is looked up by; `key` what its vector is.
        weight: How much it says, 0 to 1.
        part: `TITLE` or `SUMMARY`.
        start: From which character it stands; `end` to which.
        named: True inside the name of a place or person, which no vector should blur.
        back: True in a clause beside the news: "..., as talks stall".
    """

    stem: str
    key: str
    weight: float
    vector: Array
    part: int
    start: int
    end: int
    named: bool
    back: bool


class Hit(NamedTuple):
    """A lexicon's term found in a text: from which character to which, of which part."""

    term: Term
    part: int
    start: int
    end: int
    back: bool


class _Form(NamedTuple):
    """What there is to know of a word as written, wherever it stands.

    Stem, key, weight and vector are those of `Word`; the vector is empty when it does not tell.

    Attributes:
        marked: Whether it can tell anything or begin a term; most words of a text do neither.
        tells: Whether it is a telling word.
        single: The terms that it is, and whether each is the name of a place or person.
        longer: The terms that it begins, likewise, by the stem of their second word.
    """

    marked: bool
    stem: str
    key: str
    weight: float
    vector: Array
    tells: bool
    single: tuple[tuple[Term, bool], ...]
    longer: Mapping[str, tuple[tuple[Term, bool], ...]]


_MARKED = itemgetter(0)


@dataclass(slots=True)
class Reading:
    """One text, read.

    Attributes:
        words: Its telling words, each stem once, the title's first.
        pairs: Stems of telling words that stand next to each other, filler left out between, and
            the part where they stand first.
        labels: For each label found, whether the title has it.
        hits: The terms found, in the order of the text.
        texts: All words of title and summary, as written.
    """

    words: list[Word] = field(default_factory=list)
    pairs: dict[tuple[str, str], int] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)
    texts: tuple[Text, Text] = (EMPTY, EMPTY)


class Reader:
    """Reads texts with one set of lexicons; safe to share between threads."""

    def __init__(
        self, *, vectors: WordVectors, knowledge: Knowledge, lexicon: Lexicon | None = None
    ) -> None:
        self._vectors = vectors
        self._filler = knowledge.filler
        self._background = knowledge.background
        self.kinds = knowledge.kinds
        self._terms = knowledge.things if lexicon is None else lexicon
        self._forms = Forms(self._form)

    def read_parts(self, title: str, summary: str = "") -> Reading:
        """A title and a summary, either of which may be empty."""
        self._forms.forget_many()
        reading = Reading(texts=(cut(title[:_LIMIT]), cut(summary[:_LIMIT])))
        seen: set[str] = set()
        for part, text in enumerate(reading.texts):
            self._read_part(text, part, reading, seen)
        return reading

    def _read_part(self, text: Text, part: int, reading: Reading, seen: set[str]) -> None:
        forms = [*map(self._forms.__getitem__, text.surfaces)]
        news = self._news_end(forms, text) if part == TITLE else _LIMIT
        words, telling = reading.words, []
        named_until = 0
        for place, form in compress(enumerate(forms), map(_MARKED, forms)):
            _, stem, key, weight, vector, tells, single, longer = form
            start, end = text.starts[place], text.ends[place]
            back = start >= news
            for term, named in single:
                _note(reading, _tuple(Hit, (term, part, start, end, back)))
                if named and named_until <= place:
                    named_until = place + 1
            if longer and place + 1 < len(forms):
                for term, named in longer.get(forms[place + 1][1], ()):
                    after = place + len(term.stems)
                    if term.stems == tuple([each[1] for each in forms[place:after]]):
                        found = (term, part, start, text.ends[after - 1], back)
                        _note(reading, _tuple(Hit, found))
                        if named and named_until < after:
                            named_until = after
            if tells:
                telling.append(stem)
                if stem not in seen:
                    seen.add(stem)
                    inside = place < named_until
                    fields = (stem, key, weight, vector, part, start, end, inside, back)
                    words.append(_tuple(Word, fields))
        pairs = dict.fromkeys(pairwise(telling), part)
        reading.pairs = reading.pairs | pairs | reading.pairs

    def _news_end(self, forms: list[_Form], text: Text) -> int:
        """From which character on a title speaks of what stands beside the news."""
        pairs = zip(text.starts[2:], forms[2:], strict=True)
        return next((start for start, form in pairs if form[1] in self._background), _LIMIT)

    def _form(self, surface: str) -> _Form:
        key, stem = read_word(surface)
        capital = surface[0].isupper()
        single = _named(self._terms.single.get(stem, ()), capital)
        longer = {
            second: found
            for second, terms in self._terms.longer.get(stem, {}).items()
            if (found := _named(terms, capital))
        }
        tells = stem not in self._filler and (len(stem) >= _SHORTEST or stem.isupper())
        vector, weight = self._vectors.known(key) if tells else (_NO_VECTOR, 0.0)
        marked = tells or bool(single) or bool(longer)
        return _Form(marked, stem, key, weight, vector, tells, single, longer)


def _named(terms: tuple[Term, ...], capital: bool) -> tuple[tuple[Term, bool], ...]:
    """The terms that a word with such a beginning can be, and which of them are names."""
    return tuple((term, term.labels[0][:2] == "p:") for term in terms if capital or not term.cased)


def _note(reading: Reading, hit: Hit) -> None:
    """Notes a term found."""
    reading.hits.append(hit)
    labels = reading.labels
    for label in hit[0].labels:
        if label not in labels:
            labels[label] = hit[1]
