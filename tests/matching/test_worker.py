"""The matching process by itself: how it ends."""

import pickle
import subprocess
import sys

import pytest

REQUEST = pickle.dumps(("know_stories", ([],)))
FRAME = len(REQUEST).to_bytes(4, "big") + REQUEST
READY = ANSWER = b"\0\0\0\4null"


@pytest.fixture
def worker():
    command = [sys.executable, "-m", "bot.matching.worker"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        yield process
        process.kill()


def test_it_ends_when_there_are_no_more_requests(worker):
    out, err = worker.communicate(FRAME, timeout=60)
    assert (worker.returncode, out, err) == (0, READY + ANSWER, b"")


def test_it_ends_without_a_word_when_nobody_waits_for_its_answer(worker):
    worker.stdout.close()
    worker.stdin.write(FRAME)
    worker.stdin.close()
    assert worker.stderr.read() == b""
    assert worker.wait(60) == 0
