"""The clauses of a title or a sentence: what stands beside the news, and what is turned by a no."""

from collections.abc import Collection, Sequence

from bot.matching.text import Token

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
_LATE = 1 << 30


class Clauses:
    """A text's words by clause.

    Attributes:
        of: For each word the number of its clause.
        aside: For each clause, whether it stands beside the news: "..., as talks stall".
        turns: How many clauses begin with "but" or the like.
        ifs: How many begin with "if" or the like.
    """

    __slots__ = ("aside", "ifs", "of", "turns")

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.of: list[int] = []
        self.aside: list[bool] = [False] if tokens else []
        self.turns = self.ifs = 0
        number, gap_from = 0, _LATE
        for _, start, end, word, _ in tokens:
            opens = word in _OPENERS
            if start >= gap_from or (opens and self.of):
                number += 1
                self.aside.append(False)
            if opens:
                self.aside[number] = word in _ASIDE
                self.turns += word in _TURN
                self.ifs += word in _IF
            self.of.append(number)
            gap_from = end + _GAP

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
