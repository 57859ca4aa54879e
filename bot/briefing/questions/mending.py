"""Putting right the spelling of a question's words."""

from bot.briefing.questions.spelling import CUE_SPELLINGS, TRUE_WORDS
from bot.briefing.questions.stems import nearest, slipped
from bot.briefing.questions.tokens import tokens_of
from bot.briefing.questions.vocabulary import Vocabulary

_MOST_MENDED = 60
_SHORTEST = 4  # shorter words have too many neighbours


class Mender:
    """Puts right the spelling of the words of one text; tries a bounded number of them."""

    def __init__(self, vocabulary: Vocabulary, known: frozenset[str] = frozenset()) -> None:
        """Words in `known` stay as they are."""
        self._vocabulary = vocabulary
        self._known = known
        self._done: dict[str, str] = {}

    def __call__(self, word: str) -> str:
        """The word itself, or the cue or pack word that it is a misspelling of."""
        if word not in self._done:
            if len(self._done) >= _MOST_MENDED or not self._doubtful(word):
                return word
            long = len(word) >= _SHORTEST
            cue = next((c for c in CUE_SPELLINGS if long and slipped(word, c)), None)
            self._done[word] = cue or nearest(word, self._vocabulary.spellings) or word
        return self._done[word]

    def _doubtful(self, word: str) -> bool:
        if not word.isalpha() or word in TRUE_WORDS or word in self._known:
            return False
        if word in CUE_SPELLINGS or word in self._vocabulary.summits.words:
            return False
        return not self._vocabulary.has(next(iter(tokens_of(word))))
