"""What a question asks for, from its words with the names in it masked.

The turns of phrase that tell it are in intents.toml, which says how they are written.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.briefing.questions.question import Intent
from bot.domain.evidence import Direction

_FILE = Path(__file__).with_name("intents.toml")
# Cues lighter than this one are everyday words: they count beside a commitment or summit only.
_NEEDS_SUBJECT = 5.0
_ONLY_A_TIME = re.compile(r"(?:(?:and|so|but|then|now) )*DATE")
_GREETED = r"(?: (?:team|all|there|everyone|folks|guys|bot|briefing|both))?"
_POLITE_START = re.compile(
    rf"^(?:(?:(?:hi|hello|hey|dear|greetings|good (?:morning|afternoon|evening)){_GREETED}|"
    r"please|kindly|sorry|ok|okay|well|so|thanks|thank you|quick (?:one|question)|"
    r"(?:can|could|would|will) you(?! (?:think|believe|say|guess|bet|do|answer))|"
    r"i (?:was|am) wondering(?: if)?|i (?:want|would like) you to|just)(?= |$) ?)+"
)
_POLITE_END = re.compile(
    r"(?:(?:^| )(?:please|kindly|thanks|thank you|thx|cheers|so much|very much|a lot|a million|"
    r"in advance|again))+$"
)


@dataclass(frozen=True, slots=True)
class Cue:
    """An intent that turns of phrase show; `intent` is None and `weight` 0 where none was found."""

    intent: Intent | None
    weight: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Phrases:
    """The turns of phrase of intents.toml, compiled.

    Attributes:
        cues: Heaviest first; of two as heavy, in the order of the file.
        no_progress: What asks for setbacks by denying progress.
    """

    cues: tuple[tuple[Cue, re.Pattern[str]], ...]
    setback: re.Pattern[str]
    progress: re.Pattern[str]
    no_progress: re.Pattern[str]


@cache
def phrases() -> Phrases:
    """The turns of phrase; read once for a process, at the first question.

    Raises:
        ValueError: The file names no such intent.
        KeyError: It uses a piece that it does not define.
        re.error: A phrase is no regular expression.
    """
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    pieces = data["pieces"]
    cues = [
        (Cue(Intent(intent), cue["weight"]), _compiled(cue["phrases"], pieces))
        for intent, some in data["cues"].items()
        for cue in some
    ]
    directions = {name: _compiled(some, pieces) for name, some in data["directions"].items()}
    return Phrases(cues=tuple(sorted(cues, key=lambda one: -one[0].weight)), **directions)


def _compiled(some: Iterable[str], pieces: Mapping[str, str]) -> re.Pattern[str]:
    """Phrases as one pattern that is found at whole words only."""
    whole = re.sub(r"<([a-z_]+)>", lambda found: pieces[found[1]], "|".join(some))
    whole = re.sub(r"\n *", "", whole)
    return re.compile(rf"(?<!\w)(?:{whole})(?!\w)")


def without_politeness(sentence: str) -> str:
    """The sentence without politeness at either end; empty when it holds nothing else.

    >>> without_politeness("hi team could you please find TOPIC thank you very much")
    'find TOPIC'
    """
    return _POLITE_END.sub("", _POLITE_START.sub("", sentence)).strip()


def cue_of(sentence: str) -> Cue:
    """The heaviest cue in one masked sentence, politeness aside unless it is nothing else."""
    core = without_politeness(sentence) or sentence
    has_subject = "TOPIC" in core or "SUMMIT" in core
    for cue, pattern in phrases().cues:
        if (has_subject or cue.weight >= _NEEDS_SUBJECT) and pattern.search(core):
            return cue
    return Cue(None, 0.0)


def cue_of_all(sentences: Sequence[str]) -> Cue:
    """The heaviest cue of several sentences, the earlier of two as heavy; greetings come last."""
    asking = [sentence for sentence in sentences if without_politeness(sentence)]
    cues = [cue_of(sentence) for sentence in asking or sentences]
    return max(cues, key=lambda cue: cue.weight, default=Cue(None, 0.0))


def without_cue(sentences: Sequence[str]) -> Intent | None:
    """What names alone ask for: a commitment its status, with a time or an outlet its evidence.

    None when there are no names either.
    """
    text = " . ".join(core for sentence in sentences if (core := without_politeness(sentence)))
    named = "TOPIC" in text or "SUMMIT" in text
    if "OUTLET" in text or (named and "DATE" in text):
        return Intent.EVIDENCE
    if named:
        return Intent.STATUS
    return Intent.CHANGES if _ONLY_A_TIME.fullmatch(text) else None


def find_direction(text: str) -> Direction | None:
    """The direction that masked words ask for; None when they ask for both or for none."""
    denied = phrases().no_progress.search(text) is not None
    setback = denied or phrases().setback.search(text) is not None
    progress = not denied and phrases().progress.search(text) is not None
    if setback == progress:
        return None
    return Direction.SETBACK if setback else Direction.PROGRESS
