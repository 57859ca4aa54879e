"""Which commitments and summits some words name."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.briefing.questions.question import Subjects
from bot.briefing.questions.summits import SummitMention, one_summit
from bot.briefing.questions.tokens import Token, chunks, masked, plain_text, tokens_of
from bot.briefing.questions.vocabulary import (
    NAME,
    SpellingCorrector,
    Vocabulary,
    content,
    vocabulary_of,
)
from bot.domain.commitment import Pack

_BREAKS = frozenset({"and", "or", "vs", "versus", "plus", "nor"})
_COMPARE_BREAKS = _BREAKS | {"with", "to", "than", "against", "from", "as"}
# Where a stretch with too much that is unknown is parted: `what the wires carried on settlements`.
_PREPOSITIONS = frozenset(
    {"on", "about", "for", "by", "from", "at", "to", "of", "in", "with", "under"}
)
_ENOUGH = 0.55
_AS_LIKELY = 0.75
_HALF = 0.5
_MOST_CANDIDATES = 6
# General English in which a word is a verb or an adverb, though a pack may use it as a noun.
_NO_SUBJECT = re.compile(
    r"\b(?:(?:what|it|that|this|still|which|much) remains?|remains? (?:to be|open|unclear|unknown|"
    r"unresolved|outstanding|undone|quiet|silent|the case|stuck|blocked)|follow up|open question|"
    r"security clearance|talk(?:ing)? (?:to|with) (?:me|us)|(?:can|could) (?:we|you|i) talk|"
    r"(?:i|we) (?:visit|return|test|exercise)|(?:just )?(?:a|this is a) test)\b"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """Tokens from `start` to before `end` that name commitments.

    Attributes:
        commitments: Ids, sorted; one unless `ambiguous`, or a theme is named.
        ambiguous: True when one of them was meant, and nothing says which.
        by_name: True when an id or a title was used rather than other words.
    """

    start: int
    end: int
    commitments: tuple[str, ...]
    ambiguous: bool = False
    by_name: bool = False


def find_subjects(words: str, pack: Pack) -> Subjects:
    """What some words name: ids, titles, summits' names; inflected, misspelt or in other words.

    Distinctive words of titles, texts and watch terms count by how few commitments share them.
    Nothing found gives an empty answer, never an error.
    """
    exact = words.strip().lower()
    if exact in pack.by_id:
        return Subjects(commitments=(exact,))
    if exact in pack.summit_by_id:
        return Subjects(summit=exact)
    vocabulary = vocabulary_of(pack)
    tokens = tokens_of(plain_text(words), SpellingCorrector(vocabulary))
    summits = vocabulary.summits.find(tokens)
    mentions = find_mentions(tokens, vocabulary, ((0, len(tokens)),), taken=frozenset())
    return subjects_of(mentions, summits, pack)


def subjects_of(
    mentions: Sequence[Mention], summits: Sequence[SummitMention], pack: Pack
) -> Subjects:
    """Mentions as one answer: commitments go before summits; several summits mean all of theirs."""
    # Those that no summit's name explains better.
    named = [
        m
        for m in mentions
        if m.by_name or not any(s.start <= m.start and m.end <= s.end for s in summits)
    ]
    if named:
        ids = {i for mention in named for i in mention.commitments}
        return Subjects(
            commitments=tuple(sorted(ids)), ambiguous=any(mention.ambiguous for mention in named)
        )
    if (summit := one_summit(summits)) or not summits:
        return Subjects(summit=summit)
    several = {i for mention in summits for i in mention.summits}
    ids = {c.id for s in pack.summits if s.id in several for c in s.commitments}
    unclear = len({mention.summits for mention in summits}) == 1
    return Subjects(commitments=tuple(sorted(ids)), ambiguous=unclear and bool(ids))


def find_mentions(
    tokens: Sequence[Token],
    vocabulary: Vocabulary,
    parts: Iterable[tuple[int, int]],
    *,
    taken: frozenset[int],
    comparing: bool = False,
) -> tuple[Mention, ...]:
    """The commitments named within `parts`, in order; `taken` tokens are something else."""
    breaks = _COMPARE_BREAKS if comparing else _BREAKS
    found: list[Mention] = []
    for start, end in parts:
        off = taken | _not_subjects(tokens, start, end)
        named = _whole_names(tokens, start, end, vocabulary, off)
        found.extend(named)
        off |= {n for m in named for n in range(m.start, m.end)}
        for first, last in chunks(tokens, start, end, taken=off, breaks=breaks):
            # Words beside a name in the same breath describe it.
            if not any(_same_breath(tokens, m, first, last, breaks) for m in named):
                found.extend(_in_chunk(tokens, first, last, vocabulary))
    return tuple(sorted(found, key=lambda m: m.start))


def _same_breath(
    tokens: Sequence[Token], name: Mention, first: int, last: int, breaks: frozenset[str]
) -> bool:
    between = tokens[name.end : first] if name.end <= first else tokens[last : name.start]
    return all(token.is_word and token.text not in breaks for token in between)


def _not_subjects(tokens: Sequence[Token], start: int, end: int) -> frozenset[int]:
    """Tokens of phrases such as `what remains to be done`."""
    text = masked(tokens, (), start, end)
    off: set[int] = set()
    for found in _NO_SUBJECT.finditer(text):
        first = text[: found.start()].count(" ")
        words = [n for n in range(start, end) if tokens[n].is_word or tokens[n].ends]
        off.update(words[first : first + found[0].count(" ") + 1])
    return frozenset(off)


def _whole_names(
    tokens: Sequence[Token], start: int, end: int, vocabulary: Vocabulary, off: frozenset[int]
) -> list[Mention]:
    """Ids and titles said in full, from left to right, the longest first."""
    found: list[Mention] = []
    at = start
    while at < end:
        hit = None if at in off else vocabulary.phrase_at(tokens, at, end)
        if hit is None or max(hit[1].values()) < NAME:
            at += 1
            continue
        size, owners = hit
        ids = tuple(sorted(i for i, weight in owners.items() if weight == NAME))
        found.append(Mention(at, at + size, ids, ambiguous=len(ids) > 1, by_name=True))
        at += size
    return found


def _in_chunk(
    tokens: Sequence[Token], start: int, end: int, vocabulary: Vocabulary
) -> list[Mention]:
    """What the words of one stretch name: a theme, a watch term, or whatever they fit best."""
    places = [n for n in range(start, end) if content(tokens[n : n + 1])]
    # A summit's name says where, not what: `finance at Glasgow`.
    places = [n for n in places if tokens[n].text not in vocabulary.summits.words]
    words = [tokens[n] for n in places]
    if not words:
        return []
    if theme := vocabulary.theme_of(tuple(token.stem for token in words)):
        return [Mention(places[0], places[-1] + 1, tuple(sorted(theme)))]
    votes = dict(vocabulary.votes(words))
    known = [n for n, is_known in zip(places, vocabulary.known(words), strict=True) if is_known]
    if term := _term(tokens, start, end, vocabulary):
        first, size, owners = term
        votes = {i: votes.get(i, 0.0) + weight * size for i, weight in owners.items()}
        known = sorted({*known, first, first + size - 1})
    elif not votes or len(known) / len(words) < _HALF:
        pieces = [*chunks(tokens, start, end, taken=frozenset(), breaks=_PREPOSITIONS)]
        if len(pieces) == 1:
            return []
        return [m for first, last in pieces for m in _in_chunk(tokens, first, last, vocabulary)]
    top = max(votes.values())
    likely = sorted(owner for owner, score in votes.items() if score >= _AS_LIKELY * top)
    if sum(votes[owner] for owner in likely) < _ENOUGH or len(likely) > _MOST_CANDIDATES:
        return []
    return [Mention(known[0], known[-1] + 1, tuple(likely), ambiguous=len(likely) > 1)]


def _term(
    tokens: Sequence[Token], start: int, end: int, vocabulary: Vocabulary
) -> tuple[int, int, Mapping[str, float]] | None:
    """The longest watch term said in full: where, its length, its weights by commitment."""
    places = ((at, vocabulary.phrase_at(tokens, at, end)) for at in range(start, end))
    found = [(at, *hit) for at, hit in places if hit]
    return max(found, key=lambda hit: hit[1], default=None)
