"""What somebody wants to know, from the words of the question with its names masked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.briefing.questions.cue import Cues
from bot.briefing.questions.cue_chores import CHORES
from bot.briefing.questions.cue_news import NEWS
from bot.briefing.questions.cue_refusals import REFUSALS
from bot.briefing.questions.cue_views import VIEWS
from bot.briefing.questions.politeness import without_politeness
from bot.briefing.questions.question import Intent

_CUES: Cues = {**REFUSALS, **CHORES, **VIEWS, **NEWS}
"""Of two cues as heavy, the one that comes first here decides."""
_ONLY_A_TIME = re.compile(r"(?:(?:and|so|but|then|now) )*DATE")
_NEEDS_SUBJECT = 5.0
"""Cues lighter than this one are everyday words: they count beside a commitment or summit only."""


@dataclass(frozen=True, slots=True)
class Cued:
    """The heaviest cue of a sentence; `intent` is None and `weight` 0 without any."""

    intent: Intent | None
    weight: float


def cue_of(sentence: str) -> Cued:
    """The heaviest cue in one masked sentence, politeness aside unless it is nothing else."""
    core = without_politeness(sentence) or sentence
    best = Cued(None, 0.0)
    has_subject = "TOPIC" in core or "SUMMIT" in core
    for intent, cues in _CUES.items():
        for cue in cues:
            counts = cue.weight > best.weight and (has_subject or cue.weight >= _NEEDS_SUBJECT)
            if counts and cue.found_in(core):
                best = Cued(intent, cue.weight)
    return best


def cue_of_all(sentences: Sequence[str]) -> Cued:
    """The heaviest cue of several sentences, the earlier of two as heavy; greetings come last."""
    asking = [sentence for sentence in sentences if without_politeness(sentence)]
    cues = [cue_of(sentence) for sentence in asking or sentences]
    return max(cues, key=lambda cue: cue.weight, default=Cued(None, 0.0))


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
