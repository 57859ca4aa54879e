"""Vocabularies of the packs asked about most lately, so that each is made once."""

from functools import lru_cache

from bot.briefing.questions.vocabulary import Vocabulary
from bot.domain.commitment import Pack


class _Same:
    """A pack as a key: equal when the contents are."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack

    def __hash__(self) -> int:
        return hash(self.pack.fingerprint)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.pack.fingerprint == other.pack.fingerprint


@lru_cache(maxsize=16)
def _made(key: _Same) -> Vocabulary:
    return Vocabulary(key.pack)


def vocabulary_of(pack: Pack) -> Vocabulary:
    """The pack's vocabulary; those of the last few packs are kept."""
    return _made(_Same(pack))
