"""Worker processes: started, asked, bounded and ended; a late answer meets no other question."""

import asyncio
import os
import sys
from datetime import timedelta

import pytest

from bot import workers
from bot.domain.errors import BriefingError
from bot.workers import Worker, WorkerDiedError

SOON = timedelta(seconds=60)
PROGRAM = """\
import os, sys, time
from bot.workers import serve


def take(megabytes):
    try:
        return len(bytes(megabytes * 1024 * 1024))
    except MemoryError:
        return "no memory"


def write(path):
    try:
        with open(path, "wb", buffering=0) as file:
            return file.write(b"x")
    except OSError as error:
        return type(error).__name__


serve(
    {
        "double": lambda value: value * 2,
        "sleep": lambda seconds, value: time.sleep(seconds) or value,
        "die": lambda: os._exit(1),
        "many": lambda size: "x" * size,
        "say": lambda text: print(text),
        "garbage": lambda: os.write(1, b"\\0\\0\\0\\4nonsense"),
        "take": take,
        "write": write,
        "environment": lambda: dict(os.environ),
        "nice": lambda: os.nice(0),
    },
    memory_bytes=256 * 1024 * 1024,
)
"""


@pytest.fixture
async def worker(tmp_path, monkeypatch):
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    root = f"{workers._ROOT}{os.pathsep}{tmp_path}"
    monkeypatch.setattr(workers, "_ROOT", root)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    one = await Worker.start("program", quiet=True)
    yield one
    await one.stop()


async def test_questions_that_overlap_get_their_own_answers(worker):
    asked = (worker.ask("double", number, timeout=SOON) for number in range(50))
    assert await asyncio.gather(*asked) == [2 * number for number in range(50)]


async def test_an_answer_larger_than_a_pipe_comes_whole(worker):
    assert len(await worker.ask("many", 5_000_000, timeout=SOON)) == 5_000_000


async def test_what_a_function_prints_is_no_answer(worker):
    assert await worker.ask("say", "hello", timeout=SOON) is None
    assert await worker.ask("double", 1, timeout=SOON) == 2


async def test_a_worker_that_dies_fails_every_question_that_waits(worker):
    asked = [worker.ask("die", timeout=SOON), worker.ask("double", 1, timeout=SOON)]
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in found] == [WorkerDiedError, WorkerDiedError]
    assert not worker.running


async def test_garbage_ends_the_worker(worker):
    with pytest.raises(WorkerDiedError):
        await worker.ask("garbage", timeout=SOON)
    assert not worker.running


async def test_an_answer_that_is_too_long_ends_the_worker(worker, monkeypatch):
    monkeypatch.setattr(workers, "_MAX_ANSWER_BYTES", 1_000)
    with pytest.raises(WorkerDiedError):
        await worker.ask("many", 1_001, timeout=SOON)
    assert not worker.running


async def test_a_question_that_takes_too_long_ends_the_worker(worker):
    with pytest.raises(TimeoutError):
        await worker.ask("sleep", 60, 1, timeout=timedelta(seconds=0.05))
    assert not worker.running


async def test_a_cancelled_question_ends_the_worker(worker):
    asked = asyncio.create_task(worker.ask("sleep", 60, 1, timeout=SOON))
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert not worker.running


async def test_a_closed_worker_ends_by_itself(worker):
    await worker.close()
    assert worker.process.returncode == 0


async def test_a_worker_sees_no_secret(worker):
    assert "SLACK_BOT_TOKEN" not in await worker.ask("environment", timeout=SOON)


@pytest.mark.skipif(sys.platform != "linux", reason="bounds as Linux has them")
async def test_a_worker_has_bounds_and_lets_the_bot_go_first(worker, tmp_path):
    assert await worker.ask("take", 512, timeout=SOON) == "no memory"
    assert await worker.ask("write", str(tmp_path / "file"), timeout=SOON) == "OSError"
    assert await worker.ask("nice", timeout=SOON) >= os.nice(0)


async def test_a_program_that_does_not_start_is_the_machines_fault():
    with pytest.raises(BriefingError, match="does not start"):
        await Worker.start("no_such_program", quiet=True)
