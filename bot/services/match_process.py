"""The bot's side of the matching process; see `bot.matching.worker`."""

import asyncio
import contextlib
import json
import logging
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import bot
from bot.domain.commitment import Pack
from bot.domain.errors import BriefingError
from bot.domain.evidence import Match
from bot.domain.feedback import Feedback
from bot.ledger import Filing
from bot.matching.frames import SIZE, Text, Waiting, unpacked

_log = logging.getLogger(__name__)
_KEPT_VARIABLES: Final = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "LD_LIBRARY_PATH")
_LONGEST: Final = timedelta(minutes=5)
"""For one answer, the start of the process included."""
_KEPT_BYTES: Final = 16 * 1024 * 1024
"""Of memory given back by the matching process that it keeps for the next array."""
_PARTING: Final = timedelta(seconds=2)


class MatchProcess:
    """One process that matches, started when it is first asked; an async context manager.

    Requests are answered in the order in which they were made; the next may be sent before the
    answer to the last is there. When the process ends unasked, the error is raised
    once, and the next request starts another one, which knows nothing yet: `started` counts.

    Attributes:
        started: How many processes were started so far.
    """

    def __init__(self) -> None:
        self.started = 0
        self._process: Process | None = None
        self._sending = asyncio.Lock()
        self._answering = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Starts nothing yet."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Lets the process end by itself, or stops it when it does not at once."""
        process = self._process
        if process is not None and process.returncode is None:
            assert process.stdin is not None  # noqa: S101 - made with pipes
            process.stdin.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _PARTING.total_seconds())
        await self._stop(process)

    @property
    def running(self) -> bool:
        """Whether there is a process that remembers what it was told."""
        return self._process is not None and self._process.returncode is None

    async def load(self, pack: Pack, feedback: Feedback) -> str:
        """Match by this pack from now on; gives the matcher's version."""
        version: str = (await self._ask("load", pack, feedback))["version"]
        return version

    async def match(self, texts: Sequence[Text]) -> list[tuple[Match, ...]]:
        """What each text bears on, in order."""
        answer = await self._ask("match", texts)
        return [tuple(map(unpacked, matches)) for matches in answer["matches"]]

    async def ahead(self, texts: Sequence[Text]) -> None:
        """Match texts that will soon be filed."""
        await self._ask("ahead", texts)

    async def forget(self) -> None:
        """Forget all stories."""
        await self._ask("forget")

    async def know(self, items: Sequence[Waiting]) -> None:
        """Remember items that have a story."""
        await self._ask("know", items)

    async def read(self, items: Sequence[Waiting]) -> tuple[Filing, ...]:
        """What each item bears on and which story it belongs to; the stories are remembered.

        Raises:
            BriefingError: The process ended, or cannot be started.
        """
        answer = await self._ask("read", items)
        return tuple(
            Filing(
                item_id=item.id,
                revision=item.revision,
                story_id=story_id,
                matches=tuple(map(unpacked, matches)),
            )
            for item, (story_id, matches) in zip(items, answer["filings"], strict=True)
        )

    async def _ask(self, act: str, *arguments: object) -> dict[str, Any]:
        request = pickle.dumps((act, arguments), pickle.HIGHEST_PROTOCOL)
        process: Process | None = None
        try:
            async with asyncio.timeout(_LONGEST.total_seconds()):
                async with self._sending:
                    if not self.running:
                        self._process = await _start()
                        self.started += 1
                    process = self._process
                    assert process is not None  # noqa: S101 - started above
                    await _send(process, request)
                # Whoever has sent waits in the order of sending: this lock is first come, first
                # served, and nothing is awaited between the two.
                async with self._answering:
                    return await _answer(process)
        except (OSError, EOFError, TimeoutError) as error:
            await self._stop(process)
            _log.warning("the matching process was given up", extra={"act": act})
            message = (
                "the matching process ended or did not answer; what is not matched yet is "
                "taken up again at the next poll; check that the machine has memory left"
            )
            raise BriefingError(message) from error
        except BaseException:  # cancelled: the answer would meet the wrong question
            await self._stop(process)
            raise

    async def _stop(self, process: Process | None) -> None:
        """Ends a process; another one that was started meanwhile goes on."""
        if process is None:
            return
        if self._process is process:
            self._process = None
        if process.stdin is not None:
            process.stdin.close()
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _start() -> Process:
    root = str(Path(bot.__file__).parent.parent)
    environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    # One thread: the other processor is for the bot itself, and numpy's arrays here are small.
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    # numpy's arrays of a few MB come and go all the time. The C library (glibc; others do not know
    # these) would give each back to the system and ask for it anew, a fifth of all the time.
    kept = dict.fromkeys(("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"), str(_KEPT_BYTES))
    return await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "bot.matching.worker",
        stdin=PIPE, stdout=PIPE,  # what goes wrong there is seen where the bot's own errors are
        env={**environment, **threads, **kept, "PYTHONPATH": root, "PYTHONUTF8": "1",
             "TOKENIZERS_PARALLELISM": "false"},
        start_new_session=True,  # Ctrl-C goes to the bot, which stops the process in order
    )  # fmt: skip


async def _send(process: Process, request: bytes) -> None:
    assert process.stdin is not None  # noqa: S101 - made with pipes
    process.stdin.write(len(request).to_bytes(SIZE, "big") + request)
    await process.stdin.drain()


async def _answer(process: Process) -> dict[str, Any]:
    assert process.stdout is not None  # noqa: S101 - made with pipes
    header = await process.stdout.readexactly(SIZE)
    content = await process.stdout.readexactly(int.from_bytes(header, "big"))
    answer: dict[str, Any] = json.loads(content)
    return answer
