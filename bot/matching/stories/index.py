"""Stories: items, from any outlets, that report the same event."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice

import numpy as np

from bot.domain.item import ItemText
from bot.matching.stories.fingerprint import Arrival, Places, Sketcher, Sketches
from bot.matching.stories.pairs import logits, measure
from bot.matching.stories.table import Pairs, StoryTable
from bot.matching.text.knowledge import knowledge
from bot.matching.text.tokens import tokens_of
from bot.matching.text.vectors import Array, WordVectors

__all__ = ["Arrival", "StoryIndex", "headline"]


# MERGED headline: The headline of a story: the title that says most.


_OWN, _NUMBER, _LATER = 0.3, 0.4, 0.1
"""What a word counts that no other item has; what a number adds; what each word too many costs."""
_LONG, _MOST = 13, 10
_ASKS, _SHOUTS, _SHOWS = 2.0, 1.0, 1.5
_SHOWING = frozenset({
    "photo", "photos", "picture", "pictures", "video", "watch", "live", "liveblog", "meet", "how",
    "why", "what", "opinion", "analysis", "explainer", "explained", "look", "quiz", "podcast",
})  # fmt: skip


def headline(items: Sequence[ItemText]) -> ItemText:
    """The item whose title says most of what the story's items have in common; the first of equals.

    A word of a title counts by how many of the other titles have it too, and a little by itself;
    so a report of the event goes before a look at one side of it, and before a bare label. Titles
    that ask, shout, run long or only point at pictures and opinions say less.

    Raises:
        ValueError: There are no items.
    """
    filler = knowledge().filler
    titles = [{token.stem for token in tokens_of(item.title)} - filler for item in items]
    shared = Counter(stem for title in titles for stem in title)
    others = max(1, len(items) - 1)
    return items[max(range(len(items)), key=lambda n: _says(items[n], titles[n], shared, others))]


def _says(item: ItemText, stems: set[str], shared: Counter[str], others: int) -> float:
    tokens = tokens_of(item.title)
    worth = sorted((_OWN + (shared[stem] - 1) / others for stem in stems), reverse=True)
    told = sum(worth[:_MOST]) + _NUMBER * any(token.key.isdigit() for token in tokens)
    told -= _ASKS * ("?" in item.title) + _SHOUTS * item.title.isupper()
    told -= _SHOWS * any(token.key in _SHOWING for token in tokens[:3])
    return told - _LATER * max(0, len(tokens) - _LONG)


_ALGORITHM = "stories-3"
_WINDOW = timedelta(days=10)
_JOINS = 0.0
"""Logit from which on an item joins a story: the mean of its nearest members' logits."""
_MEMBERS = 4
_BLOCK = 256
"""Items looked at together; the result is that of one by one."""


class StoryIndex:
    """Groups items as they arrive.

    Pure memory: filled anew from the ledger at the start, with `add` for each known item. All
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

    def __len__(self) -> int:
        """How many items are held; those too old to matter are dropped now and then."""
        return len(self._table)

    def add(
        self,
        item: ItemText,
        story_id: int,
        *,
        seen_at: datetime | None = None,
        feed: str | None = None,
    ) -> None:
        """Remembers that the item belongs to the story.

        Args:
            item: The item.
            story_id: Its story.
            seen_at: See `Arrival`; without any date the item is compared whatever its age.
            feed: See `Arrival`.
        """
        self.group([Arrival(item=item, story_id=story_id, seen_at=seen_at, feed=feed)])

    def find(
        self, item: ItemText, *, seen_at: datetime | None = None, feed: str | None = None
    ) -> int | None:
        """The story that the item belongs to, or None when nothing near lies in the window."""
        self._make_room()
        new = self._sketcher.sketch([Arrival(item=item, seen_at=seen_at, feed=feed)])
        (found,) = self._enter(new, [True])
        self._table.leave()
        return found

    def group(self, arrivals: Iterable[Arrival]) -> list[int]:
        """The story of each item, in order, all of them remembered.

        The same as `find`, where no story is settled, and then `add`, one by one; many times as
        fast.
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
