"""A poll killed at any moment and started again leaves the ledger of one that never was."""

import asyncio
import multiprocessing
import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from tests.services.poll_lives import Content, content, life, newsroom

TIMEOUT_S = 120


@dataclass
class Undisturbed:
    """A life that is never killed: what it leaves, how many calls it takes, where it reads."""

    processes: ForkServerContext
    feeds_file: Path
    left: Content
    calls: int

    def lived(self, url: str, crash_after: int = 0, calls: object = None) -> int | None:
        """One life, killed at its `crash_after`th call; gives its exit code."""
        arguments = (url, str(self.feeds_file), crash_after, calls)
        process = self.processes.Process(target=life, args=arguments)
        process.start()
        process.join(TIMEOUT_S)
        if process.is_alive():
            process.kill()
            pytest.fail("a life hangs")
        return process.exitcode


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    folder = tmp_path_factory.mktemp("undisturbed")
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.services.poll_lives"])
    url = f"sqlite:///{folder / 'briefing.db'}"
    with newsroom(folder) as feeds_file:
        one = Undisturbed(processes, feeds_file, {}, 0)
        calls = processes.Value("q", 0)
        assert one.lived(url, 0, calls) == 0
        one.calls = calls.value
        one.left = asyncio.run(content(url))
        yield one


def kill_and_compare(undisturbed: Undisturbed, url: str, *, kills: int, seed: int) -> None:
    """Kills lives one after another, lets the last one live, and compares.

    The first moment is anywhere in a whole life; later lives have less left to do, so theirs are
    in its first part, and every kill cuts a life short.
    """
    draw = random.Random(seed)
    for before in range(kills):
        moment = draw.randint(1, int(0.9 * undisturbed.calls / (before + 1)))
        assert undisturbed.lived(url, moment) == -signal.SIGKILL
    assert undisturbed.lived(url) == 0
    left = asyncio.run(content(url))
    for name, rows in undisturbed.left.items():
        assert left[name] == rows, f"{name} differ"


def test_the_poll_brings_all_that_a_kill_could_take(undisturbed: Undisturbed) -> None:
    left = undisturbed.left
    assert len(left["items"]) > 20
    assert left["evidence"]
    assert any(len(story) > 1 for (story,) in left["stories"])
    assert left["unmatched"] == []


@pytest.mark.parametrize("seed", range(3))
def test_a_poll_killed_again_and_again_leaves_the_same_ledger(
    undisturbed: Undisturbed, tmp_path: Path, seed: int
) -> None:
    url = f"sqlite:///{tmp_path / 'briefing.db'}"
    kill_and_compare(undisturbed, url, kills=2, seed=seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 200))
def test_polls_killed_at_two_hundred_moments_leave_the_same_ledger(
    undisturbed: Undisturbed, tmp_path: Path, seed: int
) -> None:
    kill_and_compare(undisturbed, f"sqlite:///{tmp_path / 'briefing.db'}", kills=2, seed=seed)
