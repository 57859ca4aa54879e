"""The headline of a story: the title that says most."""

from collections import Counter
from collections.abc import Sequence

from bot.domain.item import ItemText
from bot.matching.knowledge import knowledge
from bot.matching.text import tokens_of

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
