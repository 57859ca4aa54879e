"""A poll killed at any moment and started again leaves the ledger of one that never was."""

import asyncio
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from tests.services.poll_lives import Content, content, life, newsroom

TIMEOUT_S = 120


@dataclass
class Undisturbed:
    """A life that is never killed: what it leaves, how long it takes, and where it reads."""

    processes: ForkServerContext
    feeds_file: Path
    left: Content
    seconds: float

    def lived(self, url: str, seconds: float | None = None) -> int | None:
        """One life, killed after so many seconds; gives its exit code."""
        process = self.processes.Process(target=life, args=(url, str(self.feeds_file)))
        process.start()
        process.join(TIMEOUT_S if seconds is None else seconds)
        if process.is_alive():
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            if seconds is None:
                pytest.fail("a life hangs")
        return process.exitcode


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    folder = tmp_path_factory.mktemp("undisturbed")
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.services.poll_lives"])
    url = f"sqlite:///{folder / 'briefing.db'}"
    with newsroom(folder) as feeds_file:
        one = Undisturbed(processes, feeds_file, {}, 0.0)
        assert one.lived(f"sqlite:///{folder / 'first.db'}") == 0  # the fork server starts once
        begun = time.monotonic()
        assert one.lived(url) == 0
        one.seconds = time.monotonic() - begun
        one.left = asyncio.run(content(url))
        yield one


def kill_and_compare(undisturbed: Undisturbed, url: str, *, kills: int, seed: int) -> int:
    """Kills lives one after another, lets the last one live, compares; gives how many it cut."""
    draw = random.Random(seed)
    cut_short = 0
    for _ in range(kills):
        moment = draw.uniform(0, undisturbed.seconds)
        cut_short += undisturbed.lived(url, moment) == -signal.SIGKILL
    assert undisturbed.lived(url) == 0
    left = asyncio.run(content(url))
    for name, rows in undisturbed.left.items():
        assert left[name] == rows, f"{name} differ"
    return cut_short


def test_the_poll_brings_all_that_a_kill_could_take(undisturbed: Undisturbed) -> None:
    left = undisturbed.left
    assert len(left["items"]) > 20
    assert left["evidence"]
    assert any(len(story) > 1 for (story,) in left["stories"])
    assert left["unmatched"] == []


@pytest.mark.parametrize("seed", range(2))
def test_a_poll_killed_again_and_again_leaves_the_same_ledger(
    undisturbed: Undisturbed, tmp_path: Path, seed: int
) -> None:
    url = f"sqlite:///{tmp_path / 'briefing.db'}"
    assert kill_and_compare(undisturbed, url, kills=3, seed=seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 150))
def test_polls_killed_at_two_hundred_moments_leave_the_same_ledger(
    undisturbed: Undisturbed, tmp_path: Path, seed: int
) -> None:
    kill_and_compare(undisturbed, f"sqlite:///{tmp_path / 'briefing.db'}", kills=4, seed=seed)
