"""Matching with two processors: the matching process forks a copy of itself to share the work.

Matching is the greater part of a large poll, and once nothing is fetched any more a processor is
left over. The copy shares what is in memory already (word vectors, word lists, the pack), matches
texts only, and knows no stories. It is made when there is enough to do, and let go when there is
nothing any more. Whether there is one makes no difference to what is found.

Both have all texts. The copy takes pieces from their beginning, the other one from their end, until
they meet: whoever is held up does less. Where each has got to stands in memory that both see; when
they look at the same moment, a piece is done twice, which harms nobody.
"""

import json
import os
import sys
from collections import deque
from collections.abc import Callable, Sequence
from mmap import mmap
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Final, NoReturn, TypeVar

from bot.services.match_frames import Packed, Text

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
            _serve(theirs, match, self.left)
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


def _serve(connection: Connection, match: Matching, left: Left) -> NoReturn:
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
