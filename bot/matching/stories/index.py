"""Stories: items, from any outlets, that report the same event."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import islice

import numpy as np

from bot.matching.stories.fingerprint import Arrival, Places, Sketcher, Sketches
from bot.matching.stories.pairs import logits, measure
from bot.matching.stories.table import Pairs, StoryTable
from bot.matching.text.knowledge import knowledge
from bot.matching.text.vectors import Array, WordVectors

_ALGORITHM = "stories-3"
_WINDOW = timedelta(days=10)
# Logit from which on an item joins a story: the mean of its nearest members' logits.
_JOINS = 0.0
_MEMBERS = 4
# Items compared together; the result is that of one by one.
_BLOCK = 256


class StoryIndex:
    """Groups items as they arrive.

    Pure memory: filled anew from the ledger at the start, with the known items. All
    that is kept is the items' own, so that the same items in the same order give the same groups,
    in whatever pieces they come. For one thread.
    """

    version = _ALGORITHM
    """Changes when grouping would come out differently."""

    def __init__(self, *, vectors: WordVectors, window: timedelta = _WINDOW) -> None:
        """An empty index.

        Args:
            vectors: See `load_vectors`.
            window: Items further apart than this are never the same event.
        """
        self._sketcher = Sketcher(vectors=vectors, knowledge=knowledge())
        self._table = StoryTable(window_s=int(window.total_seconds()))

    def group(self, arrivals: Iterable[Arrival]) -> list[int]:
        """The story of each item, in order, all of them remembered.

        In whatever pieces they come, the stories are the same.
        """
        stories: list[int] = []
        coming = iter(arrivals)
        while some := list(islice(coming, min(_BLOCK, self._make_room()))):
            new = self._sketcher.sketch(some)
            found = self._enter(new, [each.story_id is None for each in some])
            own = new.story.tolist()
            stories += [b if a is None else a for a, b in zip(found, own, strict=True)]
        return stories

    def _make_room(self) -> int:
        """Drops old items when it is time; gives how many can enter."""
        if self._table.free <= 0:
            self._sketcher.forget(self._table.drop)
        return self._table.free

    def _enter(self, new: Sketches, lookup: Sequence[bool]) -> list[int | None]:
        """Holds the items, and gives the story that each joins."""
        pairs = self._table.enter(new, len(self._sketcher.words), lookup)
        held = self._table.held
        found: list[int | None] = [None] * len(new)
        sure = logits(held, pairs, measure(held, pairs))
        groups = _by_item(pairs, sure)
        for number, looked in enumerate(lookup):
            row = pairs.start + number
            if looked:
                twin = self._table.twin(row)
                if twin is not None:
                    found[number] = int(held.story[twin])
                elif number in groups:
                    found[number] = _joined(held.story, *groups[number])
                if (story := found[number]) is not None:
                    held.story[row] = story
        return found


def _by_item(pairs: Pairs, sure: Array) -> dict[int, tuple[Places, Array]]:
    """Known rows and logits of each new item that at least one of them may draw in."""
    out = {}
    numbers = pairs.new - pairs.start
    for number in np.unique(numbers[sure >= _JOINS]).tolist():
        here = slice(*np.searchsorted(numbers, (number, number + 1)))
        out[number] = (pairs.known[here], sure[here])
    return out


def _joined(stories: Places, known: Places, sure: Array) -> int | None:
    """The story whose nearest members are surest on average; the oldest number of equals."""
    members: dict[int, list[float]] = {}
    for story, each in zip(stories[known].tolist(), sure.tolist(), strict=True):
        members.setdefault(story, []).append(each)
    best = max(
        (sum(near) / len(near), -story)
        for story, each in members.items()
        for near in [sorted(each, reverse=True)[:_MEMBERS]]
    )
    return -best[1] if best[0] >= _JOINS else None
