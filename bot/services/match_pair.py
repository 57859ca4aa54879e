"""Matching with two processors: the matching process forks a copy of itself to share the work.

Matching is the greater part of a large poll, and once nothing is fetched any more a processor is
left over. The copy shares what is in memory already (word vectors, word lists, the pack), matches
texts only, and knows no stories. It is made when there is enough to do, and let go when there is
nothing any more. Whether there is one makes no difference to what is found.
"""

import json
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Final, NoReturn, TypeVar

from bot.services.match_frames import Packed, Text

Matching = Callable[[Sequence[Text]], list[Packed]]
T = TypeVar("T")

ENOUGH: Final = 96
"""Texts from which on sharing is worth a copy."""
_PIECE: Final = 64
_AFTER: Final = 2
"""What the copy does is done by the other too, where it must wait for a processor."""
_TEXT_S: Final = 0.0002
"""What a text is taken to cost until it was measured."""


class Pair:
    """A matching function, and a copy of this process that helps with it.

    Args:
        match: What either of them does with texts.
        processors: How many there are; with one nothing is shared.
    """

    def __init__(self, match: Matching, *, processors: int | None = None) -> None:
        self._match = match
        self._second: _Second | None = None
        self._aside_s, self._text_s = 0.0, _TEXT_S
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
        first = self._share(len(texts))
        todo = deque((n, min(n + _PIECE, len(texts))) for n in range(first, len(texts), _PIECE))
        found: list[Packed] = [()] * len(texts)
        second.ask(texts[:first])
        asked: tuple[int, int] | None = (0, first)
        begun = time.perf_counter()
        aside = meanwhile()
        self._aside_s = time.perf_counter() - begun
        while todo or asked is not None:
            if asked is not None and (not todo or second.ready()):
                found[slice(*asked)] = second.answer()
                asked = todo.popleft() if todo else None
                if asked is not None:
                    second.ask(texts[slice(*asked)])
            elif todo:
                own = todo.pop()
                begun = time.perf_counter()
                found[slice(*own)] = self._match(texts[slice(*own)])
                self._text_s = (time.perf_counter() - begun) / (own[1] - own[0])
        return found, aside

    def _share(self, texts: int) -> int:
        """How many texts to hand over at first, so that both end together by what was seen last."""
        even = (texts + self._aside_s / self._text_s) / 2
        return max(1, min(texts, round(even)))


class _Second:
    """The copy, seen from the process that made it.

    One question at a time, so neither side waits for the other to take something off its hands.
    """

    def __init__(self, match: Matching) -> None:
        self._connection, theirs = Pipe()
        self._pid = os.fork()
        if self._pid == 0:
            self._connection.close()
            _serve(theirs, match)
        theirs.close()

    def ask(self, texts: Sequence[Text]) -> None:
        self._connection.send_bytes(json.dumps(texts).encode())

    def ready(self) -> bool:
        return self._connection.poll(0)

    def answer(self) -> list[Packed]:
        return [tuple(each) for each in json.loads(self._connection.recv_bytes())]

    def end(self) -> None:
        self._connection.close()
        os.waitpid(self._pid, 0)


def _serve(connection: Connection, match: Matching) -> NoReturn:
    """What the copy does, until the process that made it closes the connection or ends."""
    try:
        os.nice(_AFTER)
        # Without these the bot would not notice the end of the process that it talks to.
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, sys.__stdin__.fileno() if sys.__stdin__ else 0)
        os.dup2(nowhere, sys.__stdout__.fileno() if sys.__stdout__ else 1)
        while True:
            texts = [(title, summary) for title, summary in json.loads(connection.recv_bytes())]
            connection.send_bytes(json.dumps(match(texts)).encode())
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
