"""Reading a plain question: names and times are found first, then what is asked about them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.briefing.questions.intents import (
    IntentModel,
    asked_words,
    find_direction,
    intent_model,
)
from bot.briefing.questions.periods import Names, Period, find_period
from bot.briefing.questions.question import Intent, Question, Subjects
from bot.briefing.questions.subjects import Mention, find_mentions, subjects_of
from bot.briefing.questions.summits import SummitMention
from bot.briefing.questions.tokens import (
    Mark,
    Token,
    covered,
    masked,
    plain_text,
    sentences,
    tokens_of,
)
from bot.briefing.questions.vocabulary import (
    SpellingCorrector,
    Vocabulary,
    content,
    vocabulary_of,
)
from bot.briefing.questions.words import english
from bot.domain.commitment import Pack

# Words of a phrase that are sought in the text as it was typed.
_MOST_WORDS = 40
_UNREAD_NAMED = 5
# What may be an id that says a time, as `singapore-2018` does.
_ID = re.compile(r"[\w.]+(?:-[\w.]+)+")
_PAGE = re.compile(r"\bpage (\d{1,4})\b", re.IGNORECASE)
_SHORTEST = 3  # letters of a name that a plain word cannot be
_CITED = re.compile(
    r"\b(?:according to|(?:articles|reports|stories|coverage|pieces) (?:from|by|in)|reported by) "
    r"(?:the )?((?:[A-Z][\w&.-]*)(?: (?:of |for )?[A-Z][\w&.-]*){0,3})"
)
_EVIDENCE = re.compile(r"(?<![\w-])e(\d{1,18})(?![\w-])", re.IGNORECASE)
_QUOTED = re.compile(r'"([^"]{2,200})"')
_NO_COMMITMENTS = frozenset({Intent.SEARCH, Intent.FEEDS, Intent.HELP, Intent.UNKNOWN})
_READ_WHOLLY = _NO_COMMITMENTS | {Intent.SUBSCRIBE}
_NO_TIME = frozenset({Intent.FEEDS, Intent.SUBSCRIBE, Intent.HELP, Intent.UNKNOWN})
_NO_SOURCE = frozenset({Intent.HELP, Intent.UNKNOWN})
_DIRECTED = frozenset({Intent.EVIDENCE, Intent.CHANGES, Intent.TIMELINE, Intent.BRIEF})
# What may stand beside a time that is all that is said: `and in January?`.
_JOINING = frozenset({"and", "so", "but", "then", "now", "the", "on", "."})
_ASKS_FOR_NEWS = frozenset({Intent.STATUS, Intent.EVIDENCE, Intent.CHANGES, Intent.TIMELINE})


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A text with everything in it that has a name; `theirs` are the commitments of its parties."""

    text: str
    tokens: tuple[Token, ...]
    parts: tuple[tuple[int, int], ...]
    period: Period
    outlet: str | None
    mentions: tuple[Mention, ...]
    summits: tuple[SummitMention, ...]
    theirs: frozenset[str]
    marks: tuple[Mark, ...]

    @property
    def taken(self) -> frozenset[int]:
        """The places of the tokens that have a name."""
        return covered(self.marks)

    @property
    def masked(self) -> list[str]:
        """Each sentence with its names as capitals."""
        return [masked(self.tokens, self.marks, start, end) for start, end in self.parts]


def read_question(
    text: str,
    *,
    pack: Pack,
    now: datetime,
    sources: Sequence[str] = (),
    model: IntentModel | None = None,
    asked: Intent | None = None,
    meant: str | None = None,
) -> Question:
    """What a plain question asks: the same text reads the same every time.

    Args:
        text: As typed in Slack or a terminal, tokens and all; the first 2,000 characters count.
        pack: What the workspace tracks.
        now: The moment of asking, in the asker's time zone: its date is "today".
        sources: Titles of the outlets whose feeds are listed.
        model: What tells intents apart; None for the one that is shipped.
        asked: What is asked, where a command or a button says it; None to read it.
        meant: Id of the commitment that a person chose when asked back.

    Returns:
        A reading for every text; `Intent.UNKNOWN` for one that the bot cannot answer, or cannot
        tell what it asks; then `instead` has what it may be.
    """
    model = model or intent_model()
    page = _PAGE.search(text)
    text = _PAGE.sub(" ", text) if page else text
    text = _ID.sub(lambda word: _summit_called(word[0], pack), text)
    found = find_names(text, pack=pack, now=now, sources=sources)
    intent, instead = (asked, ()) if asked else _intent(found, model)
    subjects = Subjects() if intent in _NO_COMMITMENTS else _subjects(found, pack, model)
    if meant is not None and meant in pack.by_id:
        subjects = Subjects(commitments=(meant,))
    timed = intent not in _NO_TIME
    return Question(
        intent=intent,
        commitments=subjects.commitments,
        summit=subjects.summit,
        since=found.period.since if timed else None,
        until=found.period.until if timed else None,
        source=None if intent in _NO_SOURCE else found.outlet,
        direction=find_direction(" . ".join(found.masked)) if intent in _DIRECTED else None,
        ask_back=subjects.ambiguous,
        words=_words(found, intent),
        instead=instead,
        evidence=_evidence(found.text, intent),
        page=max(int(page[1]), 1) if page else 1,
        unread=() if intent in _READ_WHOLLY else _unread(found, model),
    )


def _summit_called(word: str, pack: Pack) -> str:
    """A summit's id as its name, so that the year in `singapore-2018` is no time; else the word."""
    summit = pack.summit_by_id.get(word.casefold())
    return summit.name if summit else word


def _unread(found: Found, model: IntentModel) -> tuple[str, ...]:
    """Words that name nothing known and that say nothing of what is asked."""
    taken = found.taken
    left = (
        token
        for n, token in enumerate(found.tokens)
        if n not in taken and content([token]) and not _EVIDENCE.fullmatch(token.text)
    )
    plain = english().correct
    words = (t.raw for t in left if t.text not in plain and t.stem not in model.named)
    return tuple(dict.fromkeys(words))[:_UNREAD_NAMED]


def _evidence(text: str, intent: Intent) -> int | None:
    """The number of the evidence named, unless it is to be edited."""
    named = _EVIDENCE.search(text) if intent is not Intent.UNKNOWN else None
    return int(named[1]) if named else None


def find_names(text: str, *, pack: Pack, now: datetime, sources: Sequence[str] = ()) -> Found:
    """Outlets first, then times with the summits in them, then other summits, then commitments."""
    return _find(plain_text(text), vocabulary_of(pack), pack, now.date(), sources)


def _find(
    text: str, vocabulary: Vocabulary, pack: Pack, today: date, sources: Sequence[str]
) -> Found:
    titles = (tokens_of(title) for title in (*sources, *english().outlets))
    known = frozenset(token.text for title in titles for token in title)
    tokens = tokens_of(text, SpellingCorrector(vocabulary, known))
    outlet = find_outlet(text, tokens, sources)
    marks = [outlet[1]] if outlet else []
    summits = [s for s in vocabulary.summits.find(tokens) if not _is_marked(s, marks)]
    period = find_period(tokens, today, _landmarks(summits, pack, today))
    marks += [mark for mark in period.marks if not _is_marked(mark, marks)]
    parts = sentences(tokens)
    comparing = any(token.stem in english().comparing for token in tokens)
    mentions = find_mentions(tokens, vocabulary, parts, taken=covered(marks), comparing=comparing)
    named = [m for m in mentions if m.by_name]
    kept = tuple(
        s
        for s in summits
        if not _is_marked(s, marks)
        and not any(m.start <= s.start and s.end <= m.end for m in named)
    )
    marks += [Mark(one.start, one.end, "SUMMIT") for one in kept]
    marks += [Mark(m.start, m.end, "TOPIC") for m in mentions if not _is_marked(m, marks)]
    parties = [one for one in vocabulary.parties_in(tokens) if not _is_marked(one[0], marks)]
    marks += [mark for mark, _ in parties]
    return Found(
        text=text,
        tokens=tokens,
        parts=parts,
        period=period,
        outlet=outlet[0] if outlet else None,
        mentions=mentions,
        summits=kept,
        theirs=frozenset(one for _, ids in parties for one in ids),
        marks=tuple(marks),
    )


def _is_marked(one: Mark | Mention | SummitMention, marks: Sequence[Mark]) -> bool:
    """Whether any of its tokens is marked already."""
    return any(mark.start < one.end and one.start < mark.end for mark in marks)


def _landmarks(summits: Sequence[SummitMention], pack: Pack, today: date) -> Names:
    """The days of the summits named; a name that several share means the latest that is over."""
    days: Mapping[str, date | None] = {s.id: s.date for s in pack.summits}
    over = sorted(day for day in days.values() if day and day <= today)
    spans = {}
    for mention in summits:
        own = sorted(day for i in mention.summits if (day := days[i]))
        past = [day for day in own if day <= today] or own
        spans[mention.start] = (mention.end, past[-1] if past else None)
    return Names(spans=spans, latest=over[-1] if over else None)


def _intent(found: Found, model: IntentModel) -> tuple[Intent, tuple[Intent, ...]]:
    """What is asked, given what is named; where that is unsure, unknown, and what it may be."""
    if not found.parts:
        return Intent.HELP, ()
    words = asked_words(found.masked)
    if (bare := _of_names_alone(words)) is not None:
        return bare, ()
    likely = model.probabilities(words, typed=found.text)
    first, second = list(likely)[:2]
    if likely[first] < model.sure:
        return Intent.UNKNOWN, tuple(one for one in (first, second) if one is not Intent.UNKNOWN)
    if first in _ASKS_FOR_NEWS and not found.mentions and not found.summits:
        more = any(_is_about_more(found, start, end) for start, end in found.parts)
        return (Intent.SEARCH if more else first), ()
    return first, ()


def _of_names_alone(words: Sequence[str]) -> Intent | None:
    """A commitment asks for its status, with a time or an outlet for evidence, a time for news.

    None where more is said.
    """
    said = set(words) - _JOINING
    if said <= {"DATE"}:
        return Intent.CHANGES
    if all(_EVIDENCE.fullmatch(word) for word in said):
        return Intent.EVIDENCE
    if not said <= {"TOPIC", "SUMMIT", "DATE", "OUTLET"}:
        return None
    return Intent.EVIDENCE if said & {"DATE", "OUTLET"} else Intent.STATUS


def _subjects(found: Found, pack: Pack, model: IntentModel) -> Subjects:
    """What is named in the sentences that ask; in all of them when those name nothing."""
    several = len(found.parts) > 1
    asking = [
        part
        for part, sentence in zip(found.parts, found.masked, strict=True)
        if not several or _asks(sentence, model)
    ]
    for parts in (asking, found.parts):
        mentions = [m for m in found.mentions if _within(m.start, parts)]
        summits = [s for s in found.summits if _within(s.start, parts)]
        if mentions or summits:
            return subjects_of(mentions, summits, pack)
    promised = any(token.stem in english().promises for token in found.tokens)
    return Subjects(commitments=tuple(sorted(found.theirs))) if promised else Subjects()


def _asks(sentence: str, model: IntentModel) -> bool:
    """Whether one sentence among others asks what can be answered."""
    likely = model.probabilities(asked_words([sentence]), typed=sentence)
    return next(iter(likely)) not in {Intent.HELP, Intent.UNKNOWN}


def _within(at: int, parts: Sequence[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in parts)


def _words(found: Found, intent: Intent) -> str:
    """What to search for: what is in quotation marks, or the telling words of a sentence."""
    if intent is Intent.SEARCH and (quoted := _QUOTED.search(found.text)) and quoted[1].strip():
        return quoted[1].strip()
    if intent in {Intent.HELP, Intent.UNKNOWN, Intent.FEEDS, Intent.SUBSCRIBE}:
        return ""
    if found.mentions and intent is not Intent.SEARCH:
        named = (_telling_words(found, (), m.start, m.end) for m in found.mentions)
        return " ".join(dict.fromkeys(some for some in named if some))
    marks = [mark for mark in found.marks if mark.kind in {"DATE", "OUTLET"}]
    said = [_telling_words(found, marks, start, end) for start, end in found.parts]
    return next((some for some in reversed(said) if some), "")


def _telling_words(found: Found, marks: Iterable[Mark], start: int, end: int) -> str:
    """The words from the first telling one to the last outside the marks, as they were written.

    Empty when no word is telling.
    """
    off = covered(marks)
    kept = [n for n in range(start, end) if n not in off and found.tokens[n].is_word]
    telling = [n for n in kept if found.tokens[n].text not in english().stop]
    if not telling:
        return ""
    words = [found.tokens[n].raw for n in kept if telling[0] <= n <= telling[-1]]
    spelled = re.search(r"[\s/'-]+".join(map(re.escape, words[:_MOST_WORDS])), found.text)
    return spelled[0] if spelled else " ".join(words)


def _is_about_more(found: Found, start: int, end: int) -> bool:
    """Whether a sentence says `on`, `about` or the like and then something that is not known."""
    tokens, taken = found.tokens, found.taken
    for at in range(start, end):
        if tokens[at].text not in english().asking["about"] or at in taken:
            continue
        for n in range(at + 1, end):
            if n in taken or not tokens[n].is_word:
                break
            if content(tokens[n : n + 1]):
                return True
    return False


def find_outlet(
    text: str, tokens: Sequence[Token], sources: Iterable[str]
) -> tuple[str, Mark] | None:
    """The outlet named, and where: a listed one, a well-known one, or one cited by name.

    The longest name wins. A name that is also a plain word counts only in capitals or next to
    words such as `report`; None when no outlet is named.
    """
    best: tuple[str, Mark] | None = None
    words = [token.text for token in tokens]
    for name in dict.fromkeys((*_names(sources), *_names(english().outlets))):
        parts = [token.text for token in tokens_of(name)]
        for start in _places(words, parts):
            end = start + len(parts)
            longer = best is None or end - start > best[1].end - best[1].start
            if longer and _meant(tokens, start, end):
                best = (name, Mark(start, end, "OUTLET"))
    return best or _cited(text, tokens)


def _names(titles: Iterable[str]) -> Iterator[str]:
    """Each title, and the shorter names that people use for it."""
    for title in titles:
        whole = " ".join(title.split())[:120]
        core = re.split(r",|\(| - | \| |: ", whole)[0].strip()
        bare = core.removeprefix("The ").removeprefix("the ")
        parts = bare.split()
        while len(parts) > 1 and parts[-1].lower() in english().near_outlets["endings"]:
            parts.pop()
        yield from (name for name in (whole, core, bare, " ".join(parts)) if name)


def _places(words: list[str], parts: list[str]) -> Iterator[int]:
    for start, word in enumerate(words if parts else ()):
        if word == parts[0] and words[start : start + len(parts)] == parts:
            yield start


def _meant(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Whether these words are a name here rather than plain words."""
    named, near = tokens[start:end], english().near_outlets
    if all(one.text in english().correct or len(one.text) < _SHORTEST for one in named):
        capitals = all(one.raw[:1].isupper() or not one.is_word for one in named)
        before = tokens[start - 1].text if start else ""
        after = tokens[end].text if end < len(tokens) else ""
        acronym = len(named) == 1 and len(named[0].raw) > 1 and named[0].raw.isupper()
        cited = after in near["cited"] and (capitals or before in near["citing"])
        return cited or acronym or (capitals and start > 0)
    return True


def _cited(text: str, tokens: Sequence[Token]) -> tuple[str, Mark] | None:
    """An outlet that nobody listed, by the words around it: `according to The Daily Planet`."""
    if not (found := _CITED.search(text)):
        return None
    name = found[1].rstrip(".-")
    parts = [token.raw for token in tokens_of(name)]
    start = next(_places([token.raw for token in tokens], parts), None)
    return None if start is None else (name, Mark(start, start + len(parts), "OUTLET"))
