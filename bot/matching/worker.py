"""The program of the matching process: items in, matches and stories out.

Matching is work for the processor; here it holds up no answer in Slack, and the
word vectors are in memory once.
"""

import gc
from collections.abc import Sequence
from typing import Final

from bot.domain.commitment import Pack
from bot.domain.evidence import STORY_WINDOW, Feedback
from bot.domain.item import ItemText
from bot.matching.matcher import Matcher
from bot.matching.process import Packed, QueuedItem, Text, packed
from bot.matching.relevance.foreign import Encoder, load_encoder
from bot.matching.stories.fingerprint import Arrival
from bot.matching.stories.index import StoryIndex
from bot.matching.text.vectors import WordVectors, load_vectors
from bot.workers import serve

# Answers kept for texts that were matched ahead; beyond, texts are matched when they are filed.
_MAX_AHEAD: Final = 50_000
# Values come by the thousand and none refers to itself: Python need not look for cycles so often.
_GC_OBJECTS: Final = 20_000


class MatchServer:
    """What the process holds: a matcher, the stories known, and what it matched ahead."""

    def __init__(self, vectors: WordVectors, encoder: Encoder | None) -> None:
        """Without an encoder every item is read as English, whatever `load` says."""
        self._vectors = vectors
        self._encoder = encoder
        self._stories = StoryIndex(vectors=vectors, window=STORY_WINDOW)
        self._known: set[int] = set()
        self._matcher: Matcher | None = None
        self._ahead: dict[int, Packed] = {}

    def load(self, pack: Pack, feedback: Feedback, reader: bool) -> str:
        """Match by this pack from now on; other languages are read with a reader only."""
        encoder = self._encoder if reader else None
        self._matcher = Matcher(pack, vectors=self._vectors, feedback=feedback, encoder=encoder)
        self._ahead.clear()
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        return self._matcher.version

    def match(self, texts: Sequence[Text]) -> list[Packed]:
        """What each text bears on, in order; nothing is remembered."""
        if self._matcher is None:
            raise RuntimeError("no pack was loaded")
        items = [ItemText(id="", title=title, summary=summary) for title, summary in texts]
        return [tuple(map(packed, each)) for each in self._matcher.match_many(items)]

    def match_ahead(self, texts: Sequence[Text]) -> None:
        """Match texts that will soon be filed, and keep what was found."""
        if len(self._ahead) < _MAX_AHEAD:
            new = {key: text for text in texts if (key := _key(text)) not in self._ahead}
            self._ahead.update(zip(new, self.match([*new.values()]), strict=True))

    def know_stories(self, items: Sequence[QueuedItem]) -> None:
        """Forget all stories but those of these items."""
        self._stories = StoryIndex(vectors=self._vectors, window=STORY_WINDOW)
        self._known.clear()
        self._group(items)

    def match_and_group(self, items: Sequence[QueuedItem]) -> list[tuple[int, Packed]]:
        """For each item, in order, its story (its own number when it begins one) and matches."""
        keys = [_key((item.title, item.summary)) for item in items]
        texts = {key: (item.title, item.summary) for key, item in zip(keys, items, strict=True)}
        found = {key: self._ahead.pop(key) for key in texts if key in self._ahead}
        left = {key: text for key, text in texts.items() if key not in found}
        found.update(zip(left, self.match([*left.values()]), strict=True))
        return [*zip(self._group(items), [found[key] for key in keys], strict=True)]

    def _group(self, items: Sequence[QueuedItem]) -> list[int]:
        """The story of each item: what the ledger says; else what the index finds, or its own."""
        new = [item for item in items if item.story_id is None or item.id not in self._known]
        texts = [item.text for item in new]
        if self._matcher is not None:
            texts = self._matcher.in_english(texts)
        grouped = self._stories.group(
            Arrival(
                item=text, begins=item.id, story_id=item.story_id, seen_at=item.seen_at,
                feed=item.feed,
            )
            for item, text in zip(new, texts, strict=True)
        )  # fmt: skip
        self._known.update(item.id for item in new)
        found = {item.id: story_id for item, story_id in zip(new, grouped, strict=True)}
        return [found[item.id] if item.story_id is None else item.story_id for item in items]


def _key(text: Text) -> int:
    """128 bits for a title and a summary.

    Each half is keyed with a secret of this process (https://peps.python.org/pep-0456/), so that
    no publisher can make two texts that are taken for one.
    """
    return (hash(text[0]) << 64) ^ hash(text[1])


def main() -> None:
    """Serves until standard input ends."""
    gc.set_threshold(_GC_OBJECTS)
    server = MatchServer(load_vectors(), load_encoder())
    serve({
        each.__name__: each
        for each in (
            server.load, server.match, server.match_ahead, server.know_stories,
            server.match_and_group,
        )
    })  # fmt: skip


if __name__ == "__main__":
    main()
