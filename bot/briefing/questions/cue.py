"""How cues are written: a weight and turns of phrase.

A turn of phrase is a regular expression over the words of one sentence, in lower case and without
punctuation, in which TOPIC stands for a commitment, SUMMIT, OUTLET, DATE and PARTY for what their
names say, and a word in angle brackets for one of the `PIECES`. It is found at whole words only.
"""

import re
from collections.abc import Mapping

from bot.briefing.questions.question import Intent

PIECES = {
    "digests": (
        "(?:digests?|briefings?|subscriptions?|updates?|messages?|summar(?:y|ies)|notifications?|"
        "alerts?)"
    ),
    "reports": (
        "(?:evidence|reports?|articles?|stories|story|items?|coverage|pieces?|headlines|reporting|"
        "press|links|quotes|clips)"
    ),
    "days": (
        "(?:day|morning|evening|afternoon|night|week|weekday|month|hour|monday|tuesday|wednesday|"
        "thursday|friday|saturday|sunday)s?"
    ),
    "please": (
        "^(?:(?:so|and|but|ok|well|please|hi|hey|hello|can you|could you|would you|will you|"
        "i want you to|i would like you to|you should|just|now|kindly|go ahead and|let us) )*"
    ),
    "record_only": r"(?!.*\b(?:feeds?|rss|digests?|subscriptions?|briefings?|alerts?)\b)",
}
"""Parts that several turns of phrase share; `please` begins a sentence, politely or not."""


class Cue:
    """Turns of phrase with the same weight; the heaviest cue found decides what is asked."""

    def __init__(self, weight: float, *phrases: str) -> None:
        self.weight = weight
        whole = re.sub(r"<([a-z_]+)>", lambda found: PIECES[found[1]], "|".join(phrases))
        self._pattern = re.compile(rf"(?<!\w)(?:{whole})(?!\w)")

    def found_in(self, sentence: str) -> bool:
        """Whether one of the turns of phrase is in a masked sentence."""
        return self._pattern.search(sentence) is not None


Cues = Mapping[Intent, tuple[Cue, ...]]
"""Cues by what they ask for."""
