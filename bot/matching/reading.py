"""What matching reads out of a text: its telling words, and the things that it names."""

from dataclasses import dataclass, field
from typing import NamedTuple

from bot.domain.item import ItemText
from bot.matching.knowledge import Knowledge, Lexicon, Term
from bot.matching.text import Token, tokens_of
from bot.matching.vectors import Array, WordVectors

TITLE, SUMMARY = 0, 1
_SHORTEST = 3
_tuple = tuple.__new__
"""Makes a named tuple in half the time; this runs for every word of every item."""
_LIMIT = 2_000
"""Characters read of a title and of a summary: a feed may publish whole articles."""


class Word(NamedTuple):
    """A telling word of a text, at its first place.

    Attributes:
        stem: What it is looked up by.
        key: What its vector is looked up by.
        weight: How much it says, 0 to 1.
        vector: Its direction.
        part: `TITLE` or `SUMMARY`.
        token: Where it stands.
        back: True in a clause beside the news: "..., as talks stall".
        named: True inside the name of a place or person, which no vector should blur.
    """

    stem: str
    key: str
    weight: float
    vector: Array
    part: int
    token: Token
    named: bool
    back: bool


class Hit(NamedTuple):
    """A lexicon's term found in a text: from which character to which, of which part."""

    term: Term
    part: int
    start: int
    end: int
    back: bool


@dataclass(slots=True)
class Reading:
    """One text, read.

    Attributes:
        words: Its telling words, each stem once, the title's first.
        pairs: Stems of telling words that stand next to each other, filler left out between.
        labels: For each label found, whether the title has it.
        hits: Each term found, in the order of the text.
        tokens: All words of title and summary.
    """

    words: list[Word] = field(default_factory=list)
    pairs: dict[tuple[str, str], int] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)
    tokens: tuple[list[Token], list[Token]] = ([], [])


class Reader:
    """Reads texts with one set of lexicons; safe to share between threads."""

    def __init__(
        self, *, vectors: WordVectors, knowledge: Knowledge, lexicon: Lexicon | None = None
    ) -> None:
        self._vectors = vectors
        self._filler = knowledge.filler
        self._background = knowledge.background
        self.contacts = knowledge.kinds.get("contact", frozenset())
        self.kinds = knowledge.kinds
        terms = knowledge.things if lexicon is None else lexicon
        self._heads = {
            stem: (terms.single.get(stem, ()), terms.longer.get(stem, {}))
            for stem in {*terms.single, *terms.longer}
        }

    def read(self, item: ItemText) -> Reading:
        """Title and summary of an item."""
        return self.read_parts(item.title, item.summary)

    def read_parts(self, title: str, summary: str = "") -> Reading:
        """A title and a summary, either of which may be empty."""
        return self.read_tokens((tokens_of(title[:_LIMIT]), tokens_of(summary[:_LIMIT])))

    def read_tokens(
        self, tokens: tuple[list[Token], list[Token]], *, words: bool = True
    ) -> Reading:
        """The same for tokens of a title and a summary; without `words` only the terms."""
        reading = Reading(tokens=tokens)
        seen: set[str] = set()
        for part, each in enumerate(tokens):
            news = self._news_end(each, part)
            self._find_terms(each, part, news, reading)
            if words:
                self._find_words(each, part, news, reading, seen)
        return reading

    def _news_end(self, tokens: list[Token], part: int) -> int:
        """From which character on a title speaks of what stands beside the news."""
        if part == TITLE:
            for token in tokens[2:]:
                if token.stem in self._background:
                    return token.start
        return _LIMIT

    def _find_words(
        self, tokens: list[Token], part: int, news: int, reading: Reading, seen: set[str]
    ) -> None:
        before = ""
        named = _named_places(reading.hits, part)
        filler, known, pairs, words = (
            self._filler,
            self._vectors.known,
            reading.pairs,
            reading.words,
        )
        for token in tokens:
            _, place, _, key, stem = token
            if stem in filler or (len(stem) < _SHORTEST and not stem.isupper()):
                continue
            if before:
                pair = (before, stem)
                if pair not in pairs:
                    pairs[pair] = part
            before = stem
            if stem not in seen:
                seen.add(stem)
                vector, weight = known(key)
                fields = (stem, key, weight, vector, part, token, place in named, place >= news)
                words.append(_tuple(Word, fields))

    def _find_terms(self, tokens: list[Token], part: int, news: int, reading: Reading) -> None:
        heads, size = self._heads, len(tokens)
        for position, token in enumerate(tokens):
            stem = token[4]
            if stem not in heads:
                continue
            surface, start, end, *_ = token
            single, longer = heads[stem]
            for term in single:
                if not term.cased or surface[0].isupper():
                    _note(reading, term, part, (start, end), news)
            if longer and position + 1 < size:
                for term in longer.get(tokens[position + 1][4], ()):
                    found = tokens[position : position + len(term.stems)]
                    if (not term.cased or surface[0].isupper()) and term.stems == tuple(
                        [each[4] for each in found]
                    ):
                        _note(reading, term, part, (start, found[-1][2]), news)


def _note(reading: Reading, term: Term, part: int, place: tuple[int, int], news: int) -> None:
    """Notes a term found between two characters."""
    start, end = place
    reading.hits.append(_tuple(Hit, (term, part, start, end, start >= news)))
    labels = reading.labels
    for label in term.labels:
        if label not in labels:
            labels[label] = part


def _named_places(hits: list[Hit], part: int) -> set[int]:
    """Where words begin that belong to the name of a place or person."""
    named: set[int] = set()
    for hit in hits:
        if hit.part == part and hit.term.labels[0][:2] == "p:":
            named.update(range(hit.start, hit.end))
    return named
