"""Parsing in processes of its own, each with bounds on time and memory.

feedparser is pure Python: in a thread it would hold the interpreter, and a slash command would
wait for it. In a process it leaves the event loop free, uses another core, and can be stopped: a
document that takes longer than `timeout` or more memory than `parse_worker.MEMORY_BYTES` costs
its process, which is replaced, and nothing else. The processes get no environment of ours, so a
document that should take one over finds no token there.
"""

import asyncio
import json
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import deque
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self

import bot
from bot.domain.errors import BriefingError, FetchError
from bot.ingest.formats.document import ParsedFeed
from bot.ingest.formats.worker import READY, TOO_MUCH, unpacked

_log = logging.getLogger(__name__)
_MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024
_START: Final = timedelta(seconds=60)
_KEPT_VARIABLES: Final = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "LD_LIBRARY_PATH")


class Parser(Protocol):
    """Anything that reads documents without holding up the event loop."""

    async def parse(
        self, body: bytes, *, content_type: str | None, url: str, now: datetime
    ) -> ParsedFeed:
        """See `bot.ingest.formats.document.parse`; raises FetchError likewise."""
        ...


class ParserPool:
    """A few parser processes, started when needed; an async context manager.

    The first reads most feeds faster than they come in. Another one is started when a document has
    waited for longer than `patience`: one that takes all of its time must not hold up the others.

    Args:
        processes: How many at most.
        timeout: For one document.
        patience: See above.
    """

    def __init__(
        self,
        *,
        processes: int = 2,
        timeout: timedelta = timedelta(seconds=30),
        patience: timedelta = timedelta(seconds=1),
    ) -> None:
        self._timeout = timeout
        self._most = processes
        self._patience = patience
        self._running = 0
        self._idle: list[Process] = []
        self._waiting: deque[asyncio.Future[Process]] = deque()

    async def __aenter__(self) -> Self:
        """Starts nothing yet."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Stops all processes."""
        await self.rest()

    async def rest(self) -> None:
        """Ends the processes that have nothing to do, with the memory that documents left them.

        For when a while goes by without documents; the next one starts a process anew.
        """
        while self._idle:
            await self._end(self._idle.pop())

    async def parse(
        self, body: bytes, *, content_type: str | None, url: str, now: datetime
    ) -> ParsedFeed:
        """The feed in `body`; see `bot.ingest.formats.document.parse`.

        Raises:
            FetchError: It is no feed, or (kind `unreadable`) it takes too much time or memory.
            BriefingError: No parser process can be started.
        """
        header = {
            "length": len(body), "content_type": content_type, "url": url, "now": now.isoformat(),
        }  # fmt: skip
        request = json.dumps(header).encode() + b"\n" + body
        answer = await self._answer(request) or await self._answer(request)
        if answer is None:
            _log.warning("parser processes were given up", extra={"feed_url": url})
            raise FetchError(TOO_MUCH, url=url, kind="unreadable")
        if "error" in answer:
            raise FetchError(answer["error"], url=url, kind=answer["kind"])
        return unpacked(answer)

    async def _answer(self, request: bytes) -> dict[str, Any] | None:
        """The answer of a process; None when it ended without one.

        One that had been idle may have ended for reasons of its own, so the question is worth a
        second process; one that ran out of time is not.
        """
        process = await self._take()
        try:
            async with asyncio.timeout(self._timeout.total_seconds()):
                answer = await _ask(process, request)
        except TimeoutError:
            await self._end(process)
            return {"error": TOO_MUCH, "kind": "unreadable"}
        except (OSError, EOFError, ValueError):
            await self._end(process)
            return None
        except BaseException:  # cancelled: the answer would meet the wrong question
            await self._end(process)
            raise
        self._give(process)
        return answer

    async def _take(self) -> Process:
        """An idle process, or another one when none becomes idle soon."""
        if self._idle:
            return self._idle.pop()
        while True:
            if self._running and (process := await self._soon()) is not None:
                return process
            if self._running < self._most:
                self._running += 1
                try:
                    return await _start()
                except BaseException:
                    self._running -= 1
                    raise

    async def _soon(self) -> Process | None:
        """The next process that becomes idle, first come, first served; None for want of time."""
        handed: asyncio.Future[Process] = asyncio.get_running_loop().create_future()
        self._waiting.append(handed)
        try:
            await asyncio.wait([handed], timeout=self._patience.total_seconds())
        except BaseException:
            if handed.done():
                self._give(handed.result())
            raise
        finally:
            if not handed.done():
                self._waiting.remove(handed)
        return handed.result() if handed.done() else None

    def _give(self, process: Process) -> None:
        if self._waiting:
            self._waiting.popleft().set_result(process)
        else:
            self._idle.append(process)

    async def _end(self, process: Process) -> None:
        self._running -= 1
        await _stop(process)


async def _ask(process: Process, request: bytes) -> dict[str, Any]:
    assert process.stdin is not None  # noqa: S101 - made with pipes
    assert process.stdout is not None  # noqa: S101
    process.stdin.write(request)
    await process.stdin.drain()
    line = await process.stdout.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    answer: dict[str, Any] = json.loads(line)
    return answer


async def _start() -> Process:
    """A process that has said that it is ready."""
    root = str(Path(bot.__file__).parent.parent)
    environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "bot.ingest.formats.worker",
        stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=_MAX_ANSWER_BYTES,
        env={**environment, "PYTHONPATH": root, "PYTHONUTF8": "1"},
        start_new_session=True,  # Ctrl-C goes to the bot, which stops the process in order
    )  # fmt: skip
    assert process.stdout is not None  # noqa: S101 - made with pipes
    try:
        async with asyncio.timeout(_START.total_seconds()):
            ready = await process.stdout.readline() == READY
    except TimeoutError:
        ready = False
    except BaseException:
        await _stop(process)
        raise
    if not ready:
        await _stop(process)
        raise BriefingError(
            "a parser process does not start; check that the bot is installed whole and that the "
            "machine has memory left"
        )
    return process


async def _stop(process: Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    if process.returncode is None:
        process.kill()
    await process.wait()
