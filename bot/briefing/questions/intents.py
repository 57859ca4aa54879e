"""What a question asks for: a small learned model over its words, with the names in it masked.

Its numbers are in intents.json, fitted by `python -m bench.fit_questions`. A question's features
are its stemmed words and pairs of neighbours, and what its words mean: the mean of their vectors.
So words that no example had still say something.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.briefing.questions.question import Intent
from bot.briefing.questions.words import english, stem
from bot.domain.evidence import Direction
from bot.matching.text.vectors import WordVectors, load_vectors

Floats = NDArray[np.float64]

MODEL_FILE = Path(__file__).with_name("intents.json")
# Beside features that are 1: pairs of words, and mean vectors of all words and of the first two.
_PAIR, _ALL, _FIRST = 0.7, 6.0, 2.0
_LONGEST, _LENGTH_STEP, _MOST_NAMES = 4, 4, 2
_LEAST_WEIGHT = 0.3  # of a word such as "the", whose vector says little
_EVIDENCE = re.compile(r"e\d+")
_QUOTED = re.compile(r'"[^"]+"')
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


def without_politeness(sentence: str) -> str:
    """The sentence without politeness at either end; empty when it holds nothing else.

    >>> without_politeness("hi team could you please find TOPIC thank you very much")
    'find TOPIC'
    """
    return _POLITE_END.sub("", _POLITE_START.sub("", sentence)).strip()


def asked_words(sentences: Iterable[str]) -> list[str]:
    """The words of masked sentences, politeness aside unless they are nothing else.

    >>> asked_words(["thanks a lot", "what is new on TOPIC"])
    ['what', 'is', 'new', 'on', 'TOPIC']
    """
    sentences = list(sentences)
    asked = [core for one in sentences if (core := without_politeness(one))]
    return " . ".join(asked or sentences).split()


def features(words: Sequence[str], *, typed: str, known: frozenset[str]) -> dict[str, float]:
    """The named features of a question's words; `known` are the forms that count by themselves.

    >>> sorted(features(["levels"], typed="levels", known=frozenset({"^", "level", "$"})))
    ['$', '0 names', '^', '^ level', 'level', 'level $', 'short 0']
    """
    forms = [one if one in known else "OTHER" for one in word_forms(words)]
    named = min(forms.count("TOPIC") + forms.count("SUMMIT"), _MOST_NAMES)
    found = dict.fromkeys(forms, 1.0)
    found |= {f"{a} {b}": _PAIR for a, b in pairwise(forms)}
    found |= {f"{named} names": 1.0, f"short {min(len(forms) // _LENGTH_STEP, _LONGEST)}": _PAIR}
    return found | ({"quoted": 1.0} if _QUOTED.search(typed) else {})


def word_forms(words: Sequence[str]) -> list[str]:
    """Stems between a start and an end; a number is as good as another one, and names stay."""
    return ["^", *(_form(word) for word in words), "$"]


def _form(word: str) -> str:
    if word.isdigit():
        return "NUMBER"
    if _EVIDENCE.fullmatch(word):
        return "EVIDENCE"
    return word if word.isupper() else stem(word)


def meaning(words: Sequence[str], vectors: WordVectors) -> Floats:
    """The weighted mean vector of the plain words, then that of the first two; zeros for none."""
    plain = [word for word in words if word.isalpha() and word.islower()]
    return np.concatenate([_ALL * _mean(plain, vectors), _FIRST * _mean(plain[:2], vectors)])


def _mean(words: Sequence[str], vectors: WordVectors) -> Floats:
    if not words:
        return np.zeros(vectors.size)
    weights = np.array([_LEAST_WEIGHT + vectors.weight(word) for word in words])
    return np.asarray(weights @ vectors.matrix(words) / weights.sum(), dtype=np.float64)


@dataclass(frozen=True, kw_only=True, slots=True)
class IntentModel:
    """A multinomial logistic regression.

    Attributes:
        intents: In the order of the columns.
        bias: One number an intent.
        named: For each named feature, one number an intent.
        by_meaning: A row for each number of `meaning`, a column an intent.
        temperature: What the sums are divided by, so that probabilities are as often right as they
            say; measured on packs that were not fitted on.
        known: The names of `named`, for `features`.
        sure: The least probability of an answer; below it the bot asks rather than guesses.
    """

    intents: tuple[Intent, ...]
    bias: Floats
    named: Mapping[str, Floats]
    by_meaning: Floats
    temperature: float
    sure: float
    vectors: WordVectors
    known: frozenset[str]

    def probabilities(self, words: Sequence[str], *, typed: str) -> dict[Intent, float]:
        """How likely each intent is, the likeliest first; together 1."""
        total = self.bias + meaning(words, self.vectors) @ self.by_meaning
        for name, value in features(words, typed=typed, known=self.known).items():
            if (weights := self.named.get(name)) is not None:
                total = total + value * weights
        power = np.exp((total - total.max()) / self.temperature)
        shares = zip(self.intents, (power / power.sum()).tolist(), strict=True)
        return dict(sorted(shares, key=lambda one: -one[1]))


def model_of(data: Mapping[str, object], vectors: WordVectors) -> IntentModel:
    """The model from the contents of intents.json, whose weights are in hundredths.

    Raises:
        KeyError: Something is missing.
        ValueError: It names no such intent.
    """
    numbers: dict[str, Sequence[int]] = data["named"]  # type: ignore[assignment]
    return IntentModel(
        intents=tuple(Intent(one) for one in data["intents"]),  # type: ignore[attr-defined]
        bias=np.array(data["bias"]) / 100,
        named={name: np.array(some) / 100 for name, some in numbers.items()},
        by_meaning=np.array(data["meaning"]) / 100,
        temperature=float(data["temperature"]),  # type: ignore[arg-type]
        sure=float(data["sure"]),  # type: ignore[arg-type]
        vectors=vectors,
        known=frozenset(numbers),
    )


@cache
def intent_model() -> IntentModel:
    """The model that is shipped; read once for a process, at the first question, in about 0.2 s."""
    return model_of(json.loads(MODEL_FILE.read_text(encoding="utf-8")), load_vectors())


@cache
def _directions() -> Mapping[str, re.Pattern[str]]:
    found = english().directions
    return {name: re.compile(rf"(?<!\w)(?:{'|'.join(some)})(?!\w)") for name, some in found.items()}


def find_direction(text: str) -> Direction | None:
    """The direction that masked words ask for; None when they ask for both or for none."""
    patterns = _directions()
    denied = patterns["no_progress"].search(text) is not None
    setback = denied or patterns["setback"].search(text) is not None
    progress = not denied and patterns["progress"].search(text) is not None
    if setback == progress:
        return None
    return Direction.SETBACK if setback else Direction.PROGRESS
