"""Worker processes: functions that run beside the bot, with bounds on time, memory and files.

A worker is a small program that calls `serve` with its functions; the bot starts it with
`Worker.start` and calls them with `Worker.ask`. It gets no environment of the bot's, so that no
document that takes it over finds a token there.

A frame is its length in four bytes, then its content. Questions are pickled, since they come from
the bot alone; answers are JSON, because what comes back from reading strangers' texts must not be
able to run anything. The first answer is empty and says that the worker is ready.
"""

import asyncio
import contextlib
import json
import os
import pickle
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Self

from bot.domain.errors import BriefingError

_SIZE: Final = 4
_MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024
_BUFFER_BYTES: Final = 1024 * 1024
_START: Final = timedelta(seconds=60)
_CLOSE: Final = timedelta(seconds=2)
_KEPT_VARIABLES: Final = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "LD_LIBRARY_PATH")
_ROOT: Final = str(Path(__file__).parent.parent)
# Answers in Slack come first.
_NICE: Final = 5


class WorkerDiedError(Exception):
    """The worker ended, or answered with something else than an answer."""


@dataclass(eq=False, slots=True)
class Worker:
    """One worker process, as the bot sees it.

    Questions are answered in the order in which they were asked; the next may be asked before the
    last is answered. After any failure the process is ended, since a late answer would meet the
    wrong question: then `running` is false, and the caller starts another one.
    """

    process: Process
    requests: asyncio.StreamWriter
    answers: asyncio.StreamReader
    sending: asyncio.Lock = field(default_factory=asyncio.Lock)
    answering: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    async def start(
        cls, program: str, *, environment: Mapping[str, str] | None = None, quiet: bool = False
    ) -> Self:
        """A worker that is ready.

        Args:
            program: The module to run.
            environment: More variables than those that Python itself needs.
            quiet: Whether what it writes as errors is dropped, not shown among the bot's own.

        Raises:
            BriefingError: It does not start.
        """
        kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", program,
            stdin=PIPE, stdout=PIPE, stderr=DEVNULL if quiet else None, limit=_BUFFER_BYTES,
            env={**kept, **(environment or {}), "PYTHONPATH": _ROOT, "PYTHONUTF8": "1"},
            start_new_session=True,  # Ctrl-C goes to the bot, which stops it in order
        )  # fmt: skip
        assert process.stdin is not None  # noqa: S101 - made with pipes
        assert process.stdout is not None  # noqa: S101
        worker = cls(process, process.stdin, process.stdout)
        try:
            async with asyncio.timeout(_START.total_seconds()):
                await worker._read()
        except (OSError, EOFError, ValueError) as error:
            await worker.stop()
            message = f"the process {program} does not start; check that the bot is installed "
            raise BriefingError(f"{message}whole and that the machine has memory left") from error
        except BaseException:
            await worker.stop()
            raise
        return worker

    @property
    def running(self) -> bool:
        """Whether it can be asked."""
        return self.process.returncode is None

    async def ask(self, name: str, *arguments: object, timeout: timedelta) -> Any:  # noqa: ANN401, ASYNC109 - JSON; a bound on the process, not on the wait alone
        """The answer of the worker's function of that name.

        Raises:
            TimeoutError: It took too long.
            WorkerDiedError: The process ended.
        """
        request = pickle.dumps((name, arguments), pickle.HIGHEST_PROTOCOL)
        try:
            async with asyncio.timeout(timeout.total_seconds()):
                async with self.sending:
                    self.requests.write(len(request).to_bytes(_SIZE, "big") + request)
                    await self.requests.drain()
                # Both locks are first come, first served, and nothing is awaited between them: so
                # answers are read in the order of the questions.
                async with self.answering:
                    return await self._read()
        except TimeoutError:
            await self.stop()
            raise
        except (OSError, EOFError, ValueError) as error:
            await self.stop()
            raise WorkerDiedError(name) from error
        except BaseException:  # cancelled
            await self.stop()
            raise

    async def close(self) -> None:
        """Lets the process end by itself, or stops it when it does not soon."""
        self.requests.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.process.wait(), _CLOSE.total_seconds())
        await self.stop()

    async def stop(self) -> None:
        """Ends the process now."""
        self.requests.close()
        if self.running:
            self.process.kill()
        await self.process.wait()

    async def _read(self) -> Any:  # noqa: ANN401 - JSON
        size = int.from_bytes(await self.answers.readexactly(_SIZE), "big")
        if size > _MAX_ANSWER_BYTES:
            raise ValueError(size)
        return json.loads(await self.answers.readexactly(size))


def serve(functions: Mapping[str, Callable[..., Any]], *, memory_bytes: int | None = None) -> None:
    """Answers questions with these functions until standard input ends: the worker's main loop.

    Args:
        functions: By name; what they give is sent as JSON.
        memory_bytes: The most that the process may take, and then it can write no file either;
            None for no bound.
    """
    try:
        import resource  # noqa: PLC0415 - absent on Windows
    except ImportError:
        pass
    else:
        os.nice(_NICE)
        if memory_bytes is not None:
            resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever a library prints must not come between the answers
    answer: object = None
    try:
        while True:
            content = json.dumps(answer).encode()
            answers.write(len(content).to_bytes(_SIZE, "big") + content)
            answers.flush()
            size = int.from_bytes(requests.read(_SIZE), "big")
            request = requests.read(size)
            if not request or len(request) < size:
                return
            name, arguments = pickle.loads(request)  # noqa: S301 - from the bot alone
            answer = functions[name](*arguments)
    except BrokenPipeError:
        # The bot was killed while it waited. What is left for it goes nowhere, else Python tries
        # once more at the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), answers.fileno())
