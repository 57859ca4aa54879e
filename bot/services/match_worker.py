"""The program of the matching process: items in, matches and stories out.

Matching is work for the processor; here it holds up nobody who waits for an answer in Slack, and
the word vectors are in memory once. Requests come from the bot alone and are pickled; answers are
JSON, because what comes back from reading strangers' texts must not be able to run anything.

A frame is its length in four bytes, then its content; each request gets one answer.
"""

import json
import os
import pickle
import select
import sys
from collections.abc import Callable, Mapping, Sequence
from io import FileIO
from typing import Any, BinaryIO, Final

from bot.collector import spare_the_collector
from bot.domain.commitment import Pack
from bot.domain.feedback import Feedback
from bot.domain.item import ItemText
from bot.domain.stories import STORY_WINDOW
from bot.matching.matcher import Matcher
from bot.matching.stories import Arrival, StoryIndex
from bot.matching.vectors import WordVectors, load_vectors
from bot.services.match_frames import SIZE, Packed, Text, Waiting, packed
from bot.services.match_pair import Pair

NICE: Final = 5
"""Whoever waits for an answer in Slack comes first."""
_MOST_AHEAD: Final = 50_000
"""Answers kept for texts that were read ahead; beyond, texts are read when they are filed."""

_QUIET_S: Final = 10
"""After so long without a request the copy that shares the work is let go."""

Answer = dict[str, Any]


class Desk:
    """What the process holds: a matcher, the stories known, and what it read ahead."""

    def __init__(self, vectors: WordVectors) -> None:
        self._vectors = vectors
        self._stories = StoryIndex(vectors=vectors, window=STORY_WINDOW)
        self._known: set[int] = set()
        self._matcher: Matcher | None = None
        self._ahead: dict[int, Packed] = {}
        self._pair = Pair(self._match)

    def load(self, pack: Pack, feedback: Feedback) -> Answer:
        """Match by this pack from now on."""
        self.rest()
        self._matcher = Matcher(pack, vectors=self._vectors, feedback=feedback)
        self._ahead.clear()
        return {"version": self._matcher.version}

    def rest(self) -> None:
        """Gives back what is only needed while there is much to do."""
        self._pair.part()

    def ahead(self, texts: Sequence[Text]) -> Answer:
        """Match texts that will soon be filed, and keep what was found.

        Alone: while a poll goes on, the other processor fetches, parses and stores.
        """
        if len(self._ahead) < _MOST_AHEAD:
            new = {key: text for text in texts if (key := _key(*text)) not in self._ahead}
            found = self._match([*new.values()])
            self._ahead.update(zip(new, found, strict=True))
        return {}

    def match(self, texts: Sequence[Text]) -> Answer:
        """What each text bears on, in order; nothing is remembered."""
        return {"matches": self._pair.match(texts, lambda: None)[0]}

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
        keys = [_key(item.title, item.summary) for item in items]
        found = {key: self._ahead.pop(key) for key in set(keys) if key in self._ahead}
        rest = {
            key: (item.title, item.summary)
            for key, item in zip(keys, items, strict=True)
            if key not in found
        }
        matched, stories = self._pair.match([*rest.values()], lambda: self._stories_of(items))
        found.update(zip(rest, matched, strict=True))
        return {"filings": list(zip(stories, [found[key] for key in keys], strict=True))}

    def _match(self, texts: Sequence[Text]) -> list[Packed]:
        if self._matcher is None:
            raise RuntimeError("no pack was loaded")
        items = [ItemText(id="", title=title, summary=summary) for title, summary in texts]
        return [tuple(map(packed, each)) for each in self._matcher.match_many(items)]

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


def _key(title: str, summary: str) -> int:
    """128 bits for a text: the matcher reads title and summary and nothing else.

    Each half is keyed with a secret of this process (https://peps.python.org/pep-0456/), so nobody
    can publish two texts that are taken for one.
    """
    return (hash(title) << 64) ^ hash(summary)


def main() -> None:
    """Serves until standard input ends."""
    os.nice(NICE)
    # Unbuffered, so that `select` sees all that has come.
    requests, answers = FileIO(sys.stdin.fileno()), sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever a library prints must not come between the answers
    desk = Desk(load_vectors())
    try:
        _serve(desk, requests, answers)
    except BrokenPipeError:
        # The bot was killed while it waited. What is left for it goes nowhere, else Python tries
        # once more at the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), answers.fileno())
    desk.rest()


def _serve(desk: Desk, requests: FileIO, answers: BinaryIO) -> None:
    """Answers until there is no request any more."""
    acts: Mapping[str, Callable[..., Answer]] = {
        "load": desk.load,
        "match": desk.match,
        "ahead": desk.ahead,
        "forget": desk.forget,
        "know": desk.know,
        "read": desk.read,
    }
    while (request := _next(requests, quiet=desk.rest)) is not None:
        act, arguments = pickle.loads(request)  # noqa: S301 - see above
        answer = json.dumps(acts[act](*arguments)).encode()
        if act == "load":
            spare_the_collector()
        answers.write(len(answer).to_bytes(SIZE, "big") + answer)
        answers.flush()


def _next(requests: FileIO, *, quiet: Callable[[], None]) -> bytes | None:
    """The next request; None at the end. `quiet` is called when none comes for a while."""
    if os.name == "posix" and not select.select([requests], [], [], _QUIET_S)[0]:
        quiet()
    header = _exactly(requests, SIZE)
    return None if header is None else _exactly(requests, int.from_bytes(header, "big"))


def _exactly(requests: FileIO, size: int) -> bytes | None:
    """So many bytes; None when the input ends before."""
    found = bytearray()
    while len(found) < size:
        some = requests.read(size - len(found))
        if not some:
            return None
        found += some
    return bytes(found)


if __name__ == "__main__":
    main()
