"""The program of the matching process: items in, matches and stories out.

Matching is work for the processor; here it holds up nobody who waits for an answer in Slack, and
the word vectors are in memory once. Requests come from the bot alone and are pickled; answers are
JSON, because what comes back from reading strangers' texts must not be able to run anything.

A frame is its length in four bytes, then its content; each request gets one answer.
"""

import gc
import hashlib
import json
import os
import pickle
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Final

from bot.domain.commitment import Pack
from bot.domain.evidence import Match
from bot.domain.item import ItemText
from bot.domain.stories import STORY_WINDOW
from bot.matching import Feedback, Matcher, StoryIndex, WordVectors, load_vectors
from bot.matching.stories import Arrival

SIZE: Final = 4
NICE: Final = 5
"""Whoever waits for an answer in Slack comes first."""
_MOST_AHEAD: Final = 50_000
"""Answers kept for texts that were read ahead; beyond, texts are read when they are filed."""

Answer = dict[str, Any]
Packed = tuple[list[Any], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """An item to match and to put into a story.

    Attributes:
        id: The ledger's number of the item.
        revision: Of the text.
        text: What matching reads.
        seen_at: When it was first stored.
        feed: What published it, by any name.
        story_id: Its story where it has one already; None otherwise.
    """

    id: int
    revision: int
    text: ItemText
    seen_at: datetime
    feed: str
    story_id: int | None = None


class Desk:
    """What the process holds: a matcher, the stories known, and what it read ahead."""

    def __init__(self, vectors: WordVectors) -> None:
        self._vectors = vectors
        self._stories = StoryIndex(vectors=vectors, window=STORY_WINDOW)
        self._known: set[int] = set()
        self._matcher: Matcher | None = None
        self._ahead: dict[bytes, Packed] = {}

    def load(self, pack: Pack, feedback: Feedback) -> Answer:
        """Match by this pack from now on."""
        self._matcher = Matcher(pack, vectors=self._vectors, feedback=feedback)
        self._ahead.clear()
        return {"version": self._matcher.version}

    def ahead(self, texts: Sequence[tuple[str, str]]) -> Answer:
        """Match texts that will soon be filed, and keep what was found."""
        if len(self._ahead) < _MOST_AHEAD:
            keys = [_digest(title, summary) for title, summary in texts]
            new = [
                (key, ItemText(id="", title=title, summary=summary))
                for key, (title, summary) in zip(keys, texts, strict=True)
                if key not in self._ahead
            ]
            found = self._match([text for _, text in new])
            self._ahead.update(zip((key for key, _ in new), found, strict=True))
        return {}

    def forget(self) -> Answer:
        """Forget all stories."""
        self._stories = StoryIndex(vectors=self._vectors, window=STORY_WINDOW)
        self._known.clear()
        return {}

    def know(self, items: Sequence[Waiting]) -> Answer:
        """Remember items of the ledger that have a story."""
        self._stories_of(items)
        return {}

    def read(self, items: Sequence[Waiting]) -> Answer:
        """For each item, in order, its story (its own number when it begins one) and matches."""
        keys = [_digest(item.text.title, item.text.summary) for item in items]
        found = {key: self._ahead.pop(key) for key in set(keys) if key in self._ahead}
        rest = [(key, item.text) for key, item in zip(keys, items, strict=True) if key not in found]
        found.update(
            zip((key for key, _ in rest), self._match([text for _, text in rest]), strict=True)
        )
        matches = [found[key] for key in keys]
        return {"filings": list(zip(self._stories_of(items), matches, strict=True))}

    def _match(self, texts: Sequence[ItemText]) -> list[Packed]:
        if self._matcher is None:
            raise RuntimeError("no pack was loaded")
        return [tuple(map(packed, each)) for each in self._matcher.match_many(texts)]

    def _stories_of(self, items: Sequence[Waiting]) -> list[int]:
        """The story of each item: what the ledger says; else what the index finds, or its own."""
        new = [item for item in items if item.story_id is None or item.id not in self._known]
        grouped = self._stories.group(
            Arrival(
                item=item.text, begins=item.id, story_id=item.story_id, seen_at=item.seen_at,
                feed=item.feed,
            )
            for item in new
        )  # fmt: skip
        self._known.update(item.id for item in new)
        found = {item.id: story_id for item, story_id in zip(new, grouped, strict=True)}
        return [found[item.id] if item.story_id is None else item.story_id for item in items]


def _digest(title: str, summary: str) -> bytes:
    """Sixteen bytes for a text: the matcher reads title and summary and nothing else."""
    text = f"{len(title)} {title}\n{summary}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).digest()


def packed(match: Match) -> list[Any]:
    """A match as JSON values."""
    return [
        match.commitment_id, match.score, match.direction.value, match.reasons, match.passage,
        match.sure,
    ]  # fmt: skip


def settle() -> None:
    """Spares what stays, such as word lists and the pack, from every search for garbage.

    Called anew for another pack, it first lets go of what the one before left.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def main() -> None:
    """Serves until standard input ends."""
    os.nice(NICE)
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever a library prints must not come between the answers
    desk = Desk(load_vectors())
    acts: Mapping[str, Callable[..., Answer]] = {
        "load": desk.load,
        "ahead": desk.ahead,
        "forget": desk.forget,
        "know": desk.know,
        "read": desk.read,
    }
    while (request := _next(requests)) is not None:
        act, arguments = pickle.loads(request)  # noqa: S301 - see above
        answer = json.dumps(acts[act](*arguments)).encode()
        if act == "load":
            settle()
        answers.write(len(answer).to_bytes(SIZE, "big") + answer)
        answers.flush()


def _next(requests: BinaryIO) -> bytes | None:
    header = requests.read(SIZE)
    if len(header) < SIZE:
        return None
    return requests.read(int.from_bytes(header, "big"))


if __name__ == "__main__":
    main()
