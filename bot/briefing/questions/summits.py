"""Which summits a text names, by any distinctive part of their names."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.briefing.questions.tokens import Token, tokens_of
from bot.briefing.questions.words import english
from bot.domain.commitment import Pack, Summit

_COMPARED = frozenset({"compare", "compares", "look", "stand", "fare", "differ", "and", "or"})
# A name belongs to one summit's place when so many, and this share, of its commitments have it.
_SEVERAL, _MOST = 2, 0.6
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class SummitMention:
    """Tokens from `start` to before `end` that name one of `summits` (ids, in pack order)."""

    start: int
    end: int
    summits: tuple[str, ...]


class SummitNames:
    """The names of a pack's summits, ready for look-up; `words` are their distinctive ones."""

    def __init__(self, pack: Pack) -> None:
        lower = frozenset(
            token.raw
            for c in pack.commitments
            for token in tokens_of(f"{c.title} {c.text}"[:4_000])
            if token.raw[:1].islower()
        )
        self._summits = pack.summits
        self._words: Mapping[str, frozenset[str]] = {
            s.id: frozenset(_distinctive(s, lower)) for s in pack.summits
        }
        self._owners: dict[str, tuple[str, ...]] = {}
        for summit in pack.summits:
            for word in self._words[summit.id]:
                self._owners[word] = (*self._owners.get(word, ()), summit.id)
        for word, summit_id in _only_there(pack, lower).items():
            self._owners.setdefault(word, (summit_id,))
        self.words = frozenset(self._owners)

    def find(self, tokens: Sequence[Token]) -> tuple[SummitMention, ...]:
        """Every summit named, in order; words by which a place acts (`did Paris say`) are none."""
        found: list[SummitMention] = []
        at = 0
        while at < len(tokens):
            mention = self._mention(tokens, at)
            if mention and not _acts(tokens, mention):
                found.append(mention)
            at = mention.end if mention else at + 1
        return tuple(found)

    def _mention(self, tokens: Sequence[Token], at: int) -> SummitMention | None:
        """The name that starts at `at`, with the kinds and years around it."""
        candidates: tuple[str, ...] = ()
        said: set[str] = set()
        years: set[str] = set()
        end = start = at
        if _YEAR.fullmatch(tokens[at].text) and not self._word(tokens, at + 1):
            return None
        while end < len(tokens):
            word, length = self._word(tokens, end) or ("", 1)
            if word:
                shared = tuple(i for i in self._owners[word] if not said or i in candidates)
                if not shared:
                    break
                candidates, said = shared, said | {word}
            elif _YEAR.fullmatch(tokens[end].text) and (said or end == start):
                years.add(tokens[end].text)
            elif not (said and tokens[end].text in english().near_summits["kinds"]):
                break
            end += length
        if not said:
            return None
        return SummitMention(start, end, self._narrowed(candidates, said, years))

    def _word(self, tokens: Sequence[Token], at: int) -> tuple[str, int] | None:
        """The name's word at `at` and its length in tokens: `COP 26` is the one word `cop26`."""
        if at >= len(tokens):
            return None
        joined = "".join(token.text for token in tokens[at : at + 2])
        if joined in self._owners and at + 1 < len(tokens):
            return joined, 2
        return (tokens[at].text, 1) if tokens[at].text in self._owners else None

    def _narrowed(
        self, candidates: tuple[str, ...], said: set[str], years: set[str]
    ) -> tuple[str, ...]:
        """Of several, those of the year said, or those whose name was said in full."""
        named = [summit for summit in self._summits if summit.id in candidates]
        left = tuple(s.id for s in named if years & _years(s)) or candidates
        full = tuple(i for i in left if self._words[i] <= said)
        return full or left


def _distinctive(summit: Summit, lower: frozenset[str]) -> Iterator[str]:
    """The words of a name that tell this summit from plain talk."""
    for token in tokens_of(f"{summit.name} {summit.id.replace('_', ' ')}"[:300]):
        word = token.text
        plain = (
            word in english().correct or word in english().near_summits["kinds"] or word in lower
        )
        if token.is_word and not plain and not word.isdigit() and len(word) > 1:
            yield word


def _only_there(pack: Pack, lower: frozenset[str]) -> Mapping[str, str]:
    """Names that most commitments of one summit share and no other summit's have."""
    if len(pack.summits) < _SEVERAL:
        return {}
    places: dict[str, Counter[str]] = defaultdict(Counter)
    for commitment in pack.commitments:
        tokens = tokens_of(f"{commitment.title} {commitment.text}"[:4_000])
        names = {t.text for t in tokens if t.raw[:1].isupper() and t.text not in english().correct}
        for name in names - lower - english().near_summits["kinds"]:
            places[name][commitment.summit_id] += 1
    sizes = {summit.id: len(summit.commitments) for summit in pack.summits}
    found = {}
    for name, counts in places.items():
        (summit_id, count), *others = counts.most_common(2)
        if not others and count >= max(_SEVERAL, _MOST * sizes.get(summit_id, 0)):
            found[name] = summit_id
    return found


def _years(summit: Summit) -> set[str]:
    named = set(_YEAR.findall(f"{summit.name} {summit.id}"))
    return named | ({str(summit.date.year)} if summit.date else set())


def _acts(tokens: Sequence[Token], mention: SummitMention) -> bool:
    """Whether the name stands for a government that does something: `has Paris`, `Seoul said`."""
    if mention.end - mention.start > 1:
        return False
    before = tokens[mention.start - 1].text if mention.start else ""
    after = tokens[mention.end].text if mention.end < len(tokens) else ""
    if after in _COMPARED:
        return False
    near = english().near_summits
    return before in near["acts_before"] or after in near["acts_after"]


def one_summit(mentions: Iterable[SummitMention]) -> str | None:
    """The summit that all mentions agree on; None when there is none or more than one."""
    named = {mention.summits for mention in mentions}
    only = named.pop() if len(named) == 1 else ()
    return only[0] if len(only) == 1 else None
