"""A text as words and breaks, and stretches of it that have been understood."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

# MERGED stems: Words brought to a common form, so that `dismantling` finds `dismantlement`.


_SHORTEST_STEM = 4
_ENDINGS = (
    "izations", "ization", "izing", "ized", "izes", "ize", "ations", "ation", "ating", "ated",
    "ates", "ate", "ments", "ment", "ings", "ing", "ions", "ion", "ials", "ial", "ies", "ied",
    "ers", "ed", "es", "s", "e", "y",
)  # fmt: skip
_SHORTEST_MISSPELT = 5
_NEAR = 0.82


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A lower-case word without its ending; short words and those with digits stay as they are.

    >>> stem("dismantling") == stem("dismantlement"), stem("families") == stem("family")
    (True, True)
    """
    word = word.removesuffix("'s")
    if not word.isalpha():
        return word
    word = word.replace("isation", "ization").replace("ising", "izing").replace("ised", "ized")
    if word.endswith("ise"):
        word = f"{word[:-3]}ize"
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)].removesuffix("e")
    return word[:-1] if len(word) == _SHORTEST_STEM and word[-1] == "s" != word[-2] else word


def slipped(typed: str, word: str) -> bool:
    """Whether `typed` is `word` with one letter missing, doubled or added, or two changed round.

    A letter in place of another does not count: `states` is no slip for `status`.
    """
    if abs(len(typed) - len(word)) > 1 or typed == word:
        return False
    start = next(
        (n for n, (a, b) in enumerate(zip(typed, word, strict=False)) if a != b),
        min(len(typed), len(word)),
    )
    if len(typed) == len(word):
        swapped = typed[start + 1 : start + 2] + typed[start : start + 1]
        return swapped == word[start : start + 2] and typed[start + 2 :] == word[start + 2 :]
    longer, shorter = (typed, word) if len(typed) > len(word) else (word, typed)
    return longer[start + 1 :] == shorter[start:]


def nearest(typed: str, words: tuple[str, ...]) -> str | None:
    """The word that `typed` is most likely a misspelling of; None when none is near.

    Short words are never misspellings: too many true words are as near.

    >>> nearest("excercices", ("exercises", "expenses"))
    'exercises'
    """
    if len(typed) < _SHORTEST_MISSPELT:
        return None
    best, score = None, _NEAR
    for word in words:
        if word[:1] != typed[:1] or abs(len(word) - len(typed)) > 1:
            continue
        ratio = 1.0 if slipped(typed, word) else SequenceMatcher(None, typed, word).ratio()
        if ratio > score:
            best, score = word, ratio
    return best


# MERGED tables: How the tables of words are written: many words a line, parted by spaces.


def words_of(text: str) -> tuple[str, ...]:
    """The words of a table, in order."""
    return tuple(text.split())


# MERGED common: Words of plain English that are never the subject of a question.


_GRAMMAR = words_of(
    "a an the this that these those it its they them their he him his she her we us our i me my "
    "mine you your yours who whom whose what which when where why how is are was were be been "
    "being am do does did done doing has have had having can could will would shall should may "
    "might must of in on at by for from to into onto with without about regarding concerning re "
    "as than then so but and or nor if while because since until till before after between "
    "during over under again further not no yes any anything some something nothing none all "
    "every everything each everyone anyone anybody somebody nobody someone one ones other "
    "others another else both either neither few couple many much more most less least several "
    "lot lots own same such too very quite rather just only even also still yet already ever "
    "never always once here there now out up down off away back through across around along "
    "against within per via vs versus plus let get got gets getting give gives given gave make "
    "makes made take takes took see seen look looks looking say says said tell tells told ask "
    "asks asked know knows known think thought want wants wanted need needs needed like use "
    "used using go goes going gone went come comes came put set keep keeps kept keeping try "
    "trying first second third last next new newest old good bad great "
)

# Politeness, times, and nouns that say nothing.
_PADDING = words_of(
    "please kindly thanks thank hi hello hey dear morning afternoon evening sorry sure ok okay "
    "well actually basically really maybe perhaps quick quickly short shortly brief briefly "
    "simple simply bit wondering wonder curious hoping hope appreciate grateful mind happy glad "
    "team folks guys bot briefing colleague boss minister ambassador director meeting call note "
    "memo paper desk today tonight tomorrow yesterday week weeks month months quarter quarters "
    "year years day days hour hours time times date dates lately recently recent currently "
    "present moment far soon ago past previous current daily weekly thing things stuff matter "
    "matters issue issues topic topics subject case part side sides front way ways kind sort "
    "point points regard regards respect terms question questions answer answers idea clue "
    "world whole main full entire total general overall big small major minor key important "
    "interesting follow following word words line lines "
)

# What people ask this bot about anything.
_TRADE = words_of(
    "status state states standing stand stands situation position update updates updated latest "
    "news progress progressing advance advances advancement setback setbacks delay delays "
    "delayed delaying delayer block blocks blocked blocking stall stalls stalled stalling hold "
    "holding held holdup obstacle obstacles breakthrough breakthroughs evidence report reports "
    "reported reporting article articles story stories item items coverage piece pieces press "
    "media headline headlines source sources outlet outlets feed feeds change changes changed "
    "changing happen happens happened happening move moves moved moving movement development "
    "developments develop developed developing compare compared comparison comparing contrast "
    "difference differences better worse further ahead behind faster slower timeline chronology "
    "history sequence event events milestone milestones search find lookup assess assessed "
    "assesses assessing assessment assessments level levels rating ratings rate rated score "
    "scored scores grade grades verdict judgement judgment judge judged summary summarise "
    "summarize overview digest digests subscribe subscription subscriptions unsubscribe send "
    "sends sent sending stop stops pause resume mute notify alert alerts remind quiet quieter "
    "quietest silent silence dormant stale hear heard show shows list lists display explain "
    "describe share read reads write writes written publish published mention mentions "
    "mentioned mentioning commitment commitments promise promises promised pledge pledges "
    "pledged undertaking undertakings obligation obligations tracked track tracking tracker "
    "summit summits declaration statement agreement agreements accord accords deal deals "
    "communique treaty document implementation implement implemented implementing fulfil "
    "fulfill fulfilled fulfilment kept comply complied done complete completed finished finish "
    "honour honored honoured deliver delivered delivering due deadline deadlines overdue "
    "priority improve improved improvement improvements worsen worsened violate violated "
    "violation violations breach breaches breached break broke broken breaking undermine "
    "undermined undermining obstruct obstructed obstructing slow slowing slowed drag dragging "
    "resist resisting oppose opposing stuck work works working start started starts begin began "
    "beginning end ended ends anywhere somewhere lately concrete tangible actual real positive "
    "negative forward backward backwards success successes failure failures fail failed related "
    "relevant available possible miss missed missing speed catch catching bring brought run "
    "running rundown recap roundup picture add adds added adding remove removes removed "
)

STOP = frozenset((*_GRAMMAR, *_PADDING, *_TRADE))
"""Words that say nothing about the subject, unless as part of a longer name."""


# MERGED spelling: Words that are spelled right, and words that are put right.


_EVERYDAY = words_of(
    "people person country countries government governments president minister leader leaders "
    "official officials party parties public private national international local global "
    "foreign state states stated united nations council court committee member members group "
    "groups house city town water land sea air money price prices market markets business "
    "company bank trade power energy plan plans planned planning policy programme program "
    "project projects system process support supported number numbers amount percent cost costs "
    "value result results reason reasons effect impact risk risks problem problems order orders "
    "law laws rule rules right rights left force forces police army soldier soldiers body "
    "bodies life death family friend child children school student woman women man men home "
    "office room door table car road street phone book page paper film movie music song game "
    "games play player weather rain sunny snow winter summer spring autumn football soccer "
    "world believe feel prefer favourite favorite guess predict prediction forecast bet odds "
    "chance chances likely unlikely probably win wins winning lose loses winner capital joke "
    "recipe lunch dinner coffee stay leave open opened opening close closed closing visit "
    "visits visited talk talks talking speak agree agreed agreeing accept accepted reject "
    "rejected confirm confirmed deny denied call called return returned returning remain "
    "remains regime region regions season nation nature notion ration station mission version "
    "vision decision position condition relation relations related quite quiet quote whole "
    "where there their three though through thought these those other either neither while "
    "white write wrote light night might sight fight eight stand stage steps step "
)

TRUE_WORDS = STOP | frozenset(_EVERYDAY)
"""Words that are spelled right, however near they are to another one."""

CUE_SPELLINGS = words_of(
    "status compare comparison timeline chronology progress setback setbacks evidence changes "
    "changed silence quiet overview summary assessment assessed subscribe unsubscribe "
    "subscription digest digests briefing search latest update updates yesterday today week "
    "month quarter year anything where which commitments feeds happened since between until "
    "before monday tuesday wednesday thursday friday saturday sunday january february march "
    "april june july august september october november december articles reports stories "
    "history weeks months delayed delays delaying morning every "
)
"""Words that are put right when a letter is missing, added or changed round."""


_TOKEN = re.compile(
    r"\d{4}-\d{2}(?:-\d{2})?(?!\d)|\d{1,2}[/.]\d{1,2}[/.]\d{4}(?!\d)|(?:[A-Za-z]\.){2,}"
    r"|[^\W_]+(?:'[^\W_]+)*|[?!.;,:&\-\"()+/\n]"
)
_ENDS = frozenset("?!.;\n")
_GLUE = frozenset("-/\"()+'")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or a mark between words.

    Attributes:
        raw: As written.
        text: Lower case, without a possessive ending.
        stem: See `bot.briefing.questions.tokens`.
    """

    raw: str
    text: str
    stem: str

    @property
    def is_word(self) -> bool:
        """False for punctuation."""
        return self.text[:1].isalnum()

    @property
    def ends(self) -> bool:
        """Whether a sentence ends here."""
        return self.text in _ENDS


@dataclass(frozen=True, slots=True)
class Mark:
    """Tokens from `start` to before `end`, understood as a `kind` such as `DATE`."""

    start: int
    end: int
    kind: str


def tokens_of(text: str, fix: Callable[[str], str] = str) -> tuple[Token, ...]:
    """The words and marks of a text, in order; hyphens and slashes within words are left out.

    `mend` gives a lower-case word's right spelling.
    """
    found = list(_TOKEN.finditer(text))
    tokens = []
    for n, match in enumerate(found):
        raw = match[0]
        if raw in _GLUE and not _between_numbers(text, match) and not raw.isspace():
            continue
        word = raw.lower()
        if "." in word and word[0].isalpha():
            word = word.replace(".", "")
        word = fix(word.removesuffix("'s").removesuffix("'") or raw)
        tokens.append(Token(raw, word, stem(word)))
        if n > LIMIT:
            break
    return tuple(tokens)


LIMIT = 1_000
"""Tokens that are read."""


def _between_numbers(text: str, match: re.Match[str]) -> bool:
    """Whether a hyphen stands between two numbers, or free between words, where it means `to`."""
    if match[0] != "-":
        return False
    before, after = text[: match.start()].rstrip(), text[match.end() :].lstrip()
    free = text[match.start() - 1 : match.start()] == " " == text[match.end() : match.end() + 1]
    return free or (before[-1:].isdigit() and after[:1].isdigit())


def sentences(tokens: Sequence[Token]) -> tuple[tuple[int, int], ...]:
    """Start and end of each sentence that has a word, in order."""
    ends = [n + 1 for n, token in enumerate(tokens) if token.ends]
    bounds = zip([0, *ends], [*ends, len(tokens)], strict=True)
    return tuple((a, b) for a, b in bounds if any(token.is_word for token in tokens[a:b]))


def masked(
    tokens: Sequence[Token], marks: Iterable[Mark], start: int = 0, end: int | None = None
) -> str:
    """A stretch as lower-case words, with marked stretches as their kind in capitals.

    >>> masked(tokens_of("News on arms yesterday?"), [Mark(2, 3, "TOPIC"), Mark(3, 4, "DATE")])
    'news on TOPIC DATE'
    """
    end = len(tokens) if end is None else end
    kinds = {n: mark for mark in marks for n in range(mark.start, mark.end)}
    words: list[str] = []
    for n in range(start, end):
        mark = kinds.get(n)
        if mark is None:
            words.append("." if tokens[n].ends else tokens[n].text if tokens[n].is_word else "")
        elif n in (mark.start, start):
            words.append(mark.kind)
    return " ".join(word for word in words if word).strip(" .")


def chunks(
    tokens: Sequence[Token], start: int, end: int, *, taken: frozenset[int], breaks: frozenset[str]
) -> Iterator[tuple[int, int]]:
    """The stretches of words between breaks: punctuation, `breaks`, and tokens already taken."""
    first = start
    for n in range(start, end + 1):
        if n == end or n in taken or not tokens[n].is_word or tokens[n].text in breaks:
            if n > first:
                yield first, n
            first = n + 1
