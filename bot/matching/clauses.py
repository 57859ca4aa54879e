"""The clauses of a title or a sentence: what stands beside the news, and what is turned by a no."""

from collections.abc import Collection, Sequence
from itertools import compress
from operator import sub

_ASIDE = frozenset({
    "after", "although", "amid", "as", "because", "before", "despite", "even", "following", "if",
    "pending", "since", "though", "unless", "until", "when", "which", "while", "who", "whose",
    "without",
})  # fmt: skip
_TURN = frozenset({"but", "despite", "however", "yet"})
_IF = frozenset({"if", "unless", "until"})
_OPENERS = _ASIDE | _TURN | {"instead"}
_GAP = 2
"""Characters between two words from which on there is more than a space or a hyphen."""


class Clauses:
    """A text's words by clause.

    Attributes:
        of: For each word the number of its clause.
        aside: For each clause, whether it stands beside the news: "..., as talks stall".
        turns: How many clauses begin with "but" or the like.
        ifs: How many begin with "if" or the like.
    """

    __slots__ = ("aside", "ifs", "of", "turns")

    def __init__(self, words: Sequence[str], starts: Sequence[int], ends: Sequence[int]) -> None:
        """Cuts a text.

        Args:
            words: Its words' keys, in order.
            starts: From which character each stands; `ends` to which.
            ends: See `starts`.
        """
        self.of: list[int] = []
        self.aside: list[bool] = [False] if words else []
        self.turns = self.ifs = 0
        # From each word but the first: the gap before it, and whether it opens a clause.
        gaps = map(sub, starts[1:], ends)
        opens = [*map(_OPENERS.__contains__, words)]
        self._open(words[:1], opens[:1])
        done = number = 0
        for place, (gap, opener) in enumerate(zip(gaps, opens[1:], strict=True), start=1):
            if gap >= _GAP or opener:
                self.of += [number] * (place - done)
                done, number = place, number + 1
                self.aside.append(False)
                self._open(words[place : place + 1], [opener])
        self.of += [number] * (len(words) - done)

    def _open(self, words: Sequence[str], opens: Sequence[bool]) -> None:
        """Notes by which word the last clause is opened, if any."""
        for word in compress(words, opens):
            self.aside[-1] = word in _ASIDE
            self.turns += word in _TURN
            self.ifs += word in _IF

    def turned(self, negations: Collection[tuple[int, int]], reach: int) -> set[int]:
        """The words that a "no" turns: those at most `reach` after it in its own clause.

        Args:
            negations: First word and number of words of each negation.
            reach: Words.
        """
        of, size = self.of, len(self.of)
        return {
            place
            for first, length in negations
            for place in range(first + 1, min(size, first + length + reach))
            if of[place] == of[first]
        }
