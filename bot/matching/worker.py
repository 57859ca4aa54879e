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
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from io import FileIO
from mmap import mmap
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, BinaryIO, Final, NoReturn, TypeVar

from bot.domain.commitment import Pack
from bot.domain.evidence import STORY_WINDOW
from bot.domain.feedback import Feedback
from bot.domain.item import ItemText
from bot.gc_tuning import tune_gc
from bot.matching.frames import SIZE, Packed, Text, Waiting, packed
from bot.matching.matcher import Matcher
from bot.matching.stories.index import Arrival, StoryIndex
from bot.matching.text.vectors import WordVectors, load_vectors

# MERGED match_pair: Matching with two processors: the matching process forks a copy of itself to
# share the work.
#
# Matching is the greater part of a large poll, and once nothing is fetched any more a processor
# is
# left over. The copy shares what is in memory already (word vectors, word lists, the pack),
# matches
# texts only, and knows no stories. It is made when there is enough to do, and let go when there
# is
# nothing any more. Whether there is one makes no difference to what is found.
#
# Both have all texts. The copy takes pieces from their beginning, the other one from their end,
# until
# they meet: whoever is held up does less. Where each has got to stands in memory that both see;
# when
# they look at the same moment, a piece is done twice, which harms nobody.


Matching = Callable[[Sequence[Text]], list[Packed]]
T = TypeVar("T")

_NUMBER: Final = 8
"""Bytes of a number that two processes share."""
ENOUGH: Final = 96
"""Texts from which on sharing is worth a copy."""
_LEAST: Final = 16
"""Texts of one piece, unless fewer are left; many at once are quicker, few are sooner done."""
_PART: Final = 3
"""A piece is one in so many of the texts left, so that both end together."""
_AFTER: Final = 2
"""What the copy does is done by the other too, where it must wait for a processor."""


class Pair:
    """A matching function, and a copy of this process that helps with it.

    Args:
        match: What either of them does with texts.
        processors: How many there are; with one nothing is shared.
    """

    def __init__(self, match: Matching, *, processors: int | None = None) -> None:
        self._match = match
        self._second: _Second | None = None
        self._may_fork = hasattr(os, "fork") and (processors or _processors()) > 1

    @property
    def shared(self) -> bool:
        """Whether there is a copy at present."""
        return self._second is not None

    def part(self) -> None:
        """Lets the copy go: it knows an older pack, or there is nothing to do."""
        second, self._second = self._second, None
        if second is not None:
            second.end()

    def match(self, texts: Sequence[Text], meanwhile: Callable[[], T]) -> tuple[list[Packed], T]:
        """What each text bears on, in order, and what `meanwhile` gives, done at the same time."""
        if len(texts) < ENOUGH or not self._may_fork:
            return self._match(texts), meanwhile()
        if self._second is None:
            self._second = _Second(self._match)
        try:
            return self._together(self._second, texts, meanwhile)
        except (OSError, EOFError):
            # Killed, or no memory for it: what it had is done here, now and from now on.
            self._may_fork = False
            self.part()
            print("the matching process goes on alone: its copy ended", file=sys.stderr)
            return self._match(texts), meanwhile()

    def _together(
        self, second: "_Second", texts: Sequence[Text], meanwhile: Callable[[], T]
    ) -> tuple[list[Packed], T]:
        second.ask(texts)
        aside = meanwhile()
        own: deque[Packed] = deque()
        while piece := second.left.from_the_end():
            own.extendleft(reversed(self._match(texts[piece])))
        found = second.answer()
        return [*found[: len(texts) - len(own)], *own], aside


class Left:
    """Which texts nobody has taken yet, in memory that a process and its copy share."""

    def __init__(self) -> None:
        self._bounds = memoryview(mmap(-1, 2 * _NUMBER)).cast("q")

    def begin(self, texts: int) -> None:
        """All are left."""
        self._bounds[0], self._bounds[1] = 0, texts

    def from_the_beginning(self) -> slice | None:
        """Takes the next piece; None when none is left."""
        first, end = self._bounds
        if first >= end:
            return None
        self._bounds[0] = min(end, first + _piece(end - first))
        return slice(first, self._bounds[0])

    def from_the_end(self) -> slice | None:
        """Takes the last piece; None when none is left."""
        first, end = self._bounds
        if first >= end:
            return None
        self._bounds[1] = max(first, end - _piece(end - first))
        return slice(self._bounds[1], end)


def _piece(left: int) -> int:
    return max(_LEAST, left // _PART)


class _Second:
    """The copy, seen from the process that made it.

    One question at a time, so neither side waits for the other to take something off its hands.
    """

    def __init__(self, match: Matching) -> None:
        self.left = Left()
        self._connection, theirs = Pipe()
        self._pid = os.fork()
        if self._pid == 0:
            self._connection.close()
            _match_pair_serve(theirs, match, self.left)
        theirs.close()

    def ask(self, texts: Sequence[Text]) -> None:
        self.left.begin(len(texts))
        self._connection.send_bytes(json.dumps(texts).encode())

    def answer(self) -> list[Packed]:
        """Of as many of the first texts as it has taken."""
        return [tuple(each) for each in json.loads(self._connection.recv_bytes())]

    def end(self) -> None:
        self._connection.close()
        os.waitpid(self._pid, 0)


def _match_pair_serve(connection: Connection, match: Matching, left: Left) -> NoReturn:
    """What the copy does, until the process that made it closes the connection or ends."""
    try:
        os.nice(_AFTER)
        # Without these the bot would not notice the end of the process that it talks to.
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, sys.__stdin__.fileno() if sys.__stdin__ else 0)
        os.dup2(nowhere, sys.__stdout__.fileno() if sys.__stdout__ else 1)
        while True:
            texts = [(title, summary) for title, summary in json.loads(connection.recv_bytes())]
            found: list[Packed] = []
            while piece := left.from_the_beginning():
                found += match(texts[piece])
            connection.send_bytes(json.dumps(found).encode())
    except (EOFError, OSError):
        os._exit(0)
    except BaseException:  # noqa: BLE001 - a copy must never return into what it is a copy of
        sys.excepthook(*sys.exc_info())
        os._exit(1)


def _processors() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
            tune_gc()
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
