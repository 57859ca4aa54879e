"""The words of a pack's commitments, weighed by where they stand and by how many share them."""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from bot.briefing.questions.summits import SummitNames
from bot.briefing.questions.tokens import Mark, Token, tokens_of
from bot.briefing.questions.words import english, is_slip, nearest, stem
from bot.domain.commitment import Commitment, Pack

# Weight of a word in the id; in the title; as a watch term; as part of one; in the text.
ID, NAME, TERM, PART, TEXT = 3.2, 3.0, 2.0, 1.3, 1.0
# Share of its weight that a word keeps when only a synonym of it was used.
SYNONYM = 0.6
_LONGEST_TEXT = 4_000
_COMPOUND = re.compile(r"\b[^\W\d_]+(?:-[^\W\d_]+){2,}")  # such as `end-of-war`
_LONG_NAME = re.compile(r"\b(?:[A-Z][a-z]+ ){2,5}[A-Z][a-z]+")  # known by its initials as well
_SHORTEST_TEXT_WORD = 3
_MOST_TRIED = 60
_MOST_REMEMBERED, _PACKS_KEPT = 10_000, 16
_SHORTEST_CORRECTED = 4  # shorter words have too many neighbours
_SHORTEST_CORE = 6  # a word that is the core of another one, as `nuclear` of `denuclearization`

Stems = tuple[str, ...]


class Vocabulary:
    """One pack's words, ready for look-up.

    Its `spellings` are the words that a misspelt one may have meant, sorted.
    """

    def __init__(self, pack: Pack) -> None:
        self.summits = SummitNames(pack)
        self._names: set[tuple[str, str]] = set()
        self._cores: dict[str, frozenset[str]] = {}
        self._size = max(len(pack.commitments), 1)
        self._tiers: dict[Stems, dict[str, float]] = defaultdict(dict)
        self._phrases: dict[str, dict[Stems, dict[str, float]]] = defaultdict(dict)
        self._themes: dict[Stems, frozenset[str]] = {}
        self._spelled: set[str] = set(self.summits.words)
        self._parties: dict[Stems, set[str]] = defaultdict(set)  # ids, by each name of a party
        own: set[str] = set()
        for summit in pack.summits:
            for party in {*summit.parties, *(p for c in summit.commitments for p in c.parties)}:
                ids = {c.id for c in summit.commitments if party in (c.parties or summit.parties)}
                own.update(token.stem for token in tokens_of(party))
                for name in (party, *english().parties.get(party.casefold(), ())):
                    if stems := _stems(tokens_of(name)):
                        self._parties[stems] |= ids
                        own.update(stems if len(stems) == 1 else ())
        self._party_stems = frozenset(own)
        for commitment in pack.commitments:
            self._take(commitment)
        self.spellings = tuple(sorted(self._spelled))

    def _take(self, commitment: Commitment) -> None:
        """Files the words and phrases of one commitment."""
        own = commitment.id
        spelled = own.replace("_", " ").replace("-", " ")
        for name, weight in ((spelled, ID), (commitment.title, NAME)):
            tokens = tokens_of(name)
            self._phrase(own, _stems(tokens), NAME)
            if len(short := content(tokens)) > 1:
                self._phrase(own, _stems(short), NAME)
            self._words(own, content(tokens), weight)
        for term in commitment.watch.any:
            tokens = tokens_of(term)
            self._phrase(own, _stems(tokens), TERM)
            self._words(own, content(tokens), TERM if len(tokens) == 1 else PART)
        if commitment.theme:
            theme = _stems(tokens_of(commitment.theme))
            self._themes[theme] = self._themes.get(theme, frozenset()) | {own}
        text = commitment.text[:_LONGEST_TEXT]
        self._words(own, content(tokens_of(text)), TEXT)
        for compound in _COMPOUND.findall(text):
            self._phrase(own, _stems(tokens_of(compound)), TERM)
        for name in _LONG_NAME.findall(text):
            self._words(own, tokens_of("".join(word[0] for word in name.split())), TEXT)

    def _phrase(self, commitment_id: str, stems: Stems, weight: float) -> None:
        # A whole name may be of plain words: the treaty `New START`.
        whole = weight == NAME and len(stems) > 1
        if stems and (whole or not all(one in english().stop_stems for one in stems)):
            owners = self._phrases[stems[0]].setdefault(stems, {})
            owners[commitment_id] = max(weight, owners.get(commitment_id, 0.0))

    def _words(self, commitment_id: str, tokens: Sequence[Token], weight: float) -> None:
        """Single words and neighbouring pairs; who promised tells no commitments apart."""
        tokens = [token for token in tokens if token.stem not in self._party_stems]
        stems = [token.stem for token in tokens]
        # A word of the text alone points to it only when it is rare enough in plain English.
        plain = english().correct
        single = [
            (token.stem,)
            for token in tokens
            if weight > TEXT or (token.text not in plain and len(token.text) >= _SHORTEST_TEXT_WORD)
        ]
        for feature in (*single, *pairwise(stems)):
            owners = self._tiers[feature]
            owners[commitment_id] = max(weight, owners.get(commitment_id, 0.0))
        if weight >= NAME:
            self._names.update((commitment_id, one) for one in stems)
        named = (token.text for token in tokens if weight > TEXT or token.raw[:1].isupper())
        self._spelled.update(named)

    def phrase_at(
        self, tokens: Sequence[Token], at: int, end: int
    ) -> tuple[int, Mapping[str, float]] | None:
        """The longest id, title or watch term at `at`: its length and weights by commitment."""
        found = [
            (len(stems), owners)
            for stems, owners in self._phrases.get(tokens[at].stem, {}).items()
            if stems == tuple(token.stem for token in tokens[at : min(end, at + len(stems))])
        ]
        return max(found, key=lambda one: one[0], default=None)

    def theme_of(self, stems: Stems) -> frozenset[str]:
        """The commitments of a theme with just this name; empty when there is none.

        A word of a commitment's id means that one rather than a theme.
        """
        own = self._tiers.get(stems, {}) if len(stems) == 1 else {}
        return self._themes.get(stems, frozenset()) if ID not in own.values() else frozenset()

    def parties_in(self, tokens: Sequence[Token]) -> Iterator[tuple[Mark, frozenset[str]]]:
        """Where parties are named, in any usual way, and the ids of what is theirs."""
        for at, token in enumerate(tokens):
            if token.raw == "us":  # those who ask
                continue
            for stems, ids in self._parties.items():
                size = len(stems)
                if stems[0] == token.stem and stems == _stems(tokens[at : at + size]):
                    yield Mark(at, at + size, "PARTY"), frozenset(ids)

    def votes(self, tokens: Sequence[Token]) -> Mapping[str, float]:
        """How strongly some content words speak for each commitment."""
        total: dict[str, float] = defaultdict(float)
        stems = [token.stem for token in tokens]
        for feature in (*((s,) for s in stems), *pairwise(stems)):
            for owner, weight in self._weights(feature).items():
                total[owner] += weight
        return total

    def known(self, tokens: Sequence[Token]) -> list[bool]:
        """For each content word, whether it or a pair with it tells commitments apart."""
        stems = [token.stem for token in tokens]
        pairs = [bool(self._weights(pair)) for pair in pairwise(stems)]
        sides = zip([False, *pairs], [*pairs, False], strict=True)
        return [
            bool(self._weights((one,))) or before or behind
            for one, (before, behind) in zip(stems, sides if stems else (), strict=True)
        ]

    def _weights(self, feature: Stems) -> dict[str, float]:
        """A word's weight for each commitment: its place, divided among those that share it."""
        owners = dict(self._tiers.get(feature, {}))
        if len(feature) == 1 and len(feature[0]) >= _SHORTEST_CORE:
            tier = max(owners.values(), default=TEXT)
            cores = self._cores_of(feature[0])
            owners |= {owner: max(tier, owners.get(owner, 0.0)) for owner in cores}
        if len(feature) == 1 and max(owners.values(), default=0.0) < NAME:
            for other in english().synonyms.get(feature[0], ()):
                for owner, tier in self._tiers.get((other,), {}).items():
                    owners[owner] = max(owners.get(owner, 0.0), SYNONYM * tier)
        if not owners:
            return {}
        top = max(owners.values())
        first = sum(tier == top for tier in owners.values())
        if first > max(2, math.ceil(0.4 * self._size)):  # says nothing here: nearly all have it
            return {}
        shares = sum(tier**2 for tier in owners.values())
        rarity = math.log(1 + self._size / first) / math.log(1 + self._size)
        return {owner: tier**3 / shares * rarity for owner, tier in owners.items()}

    def _cores_of(self, one: str) -> frozenset[str]:
        """The commitments in a word of whose names the stem stands; remembered."""
        if one not in self._cores:
            if len(self._cores) >= _MOST_REMEMBERED:
                self._cores = {}
            self._cores[one] = frozenset(owner for owner, name in self._names if one in name)
        return self._cores[one]

    def has(self, one: str) -> bool:
        """Whether a word with that stem stands in the pack or among the synonyms."""
        return (one,) in self._tiers or one in english().synonyms


def content(tokens: Sequence[Token]) -> list[Token]:
    """The words that can name a subject."""
    stop = english().stop
    return [t for t in tokens if t.is_word and t.text not in stop and not t.text.isdigit()]


def _stems(tokens: Iterable[Token]) -> Stems:
    return tuple(token.stem for token in tokens if token.is_word)


_kept: dict[int, tuple[Pack, Vocabulary]] = {}


def vocabulary_of(pack: Pack) -> Vocabulary:
    """The vocabulary; a few are kept, by identity of the pack: a large one is slow to hash."""
    kept = _kept.get(id(pack))
    if kept is None or kept[0] is not pack:
        if len(_kept) >= _PACKS_KEPT:
            _kept.clear()
        kept = _kept[id(pack)] = (pack, Vocabulary(pack))
    return kept[1]


class SpellingCorrector:
    """Corrects the spelling of the words of one text; tries a bounded number of them."""

    def __init__(self, vocabulary: Vocabulary, known: frozenset[str] = frozenset()) -> None:
        """Words in `known` stay as they are."""
        self._vocabulary = vocabulary
        self._known = known
        self._tried: dict[str, str] = {}

    def __call__(self, word: str) -> str:
        """The word itself, or the cue or pack word that it is a misspelling of."""
        if word not in self._tried:
            if len(self._tried) >= _MOST_TRIED or not self._is_doubtful(word):
                return word
            long = len(word) >= _SHORTEST_CORRECTED
            cue = next((one for one in english().cues if long and is_slip(word, one)), None)
            self._tried[word] = cue or nearest(word, self._vocabulary.spellings) or word
        return self._tried[word]

    def _is_doubtful(self, word: str) -> bool:
        """Whether no list and no pack has the word."""
        if not word.isalpha() or word in english().correct or word in english().cues:
            return False
        if word in self._known or word in self._vocabulary.summits.words:
            return False
        return not self._vocabulary.has(stem(word))
