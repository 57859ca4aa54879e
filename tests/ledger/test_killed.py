"""Killed at any instruction and started again, the ledger ends as if nothing had happened."""

import asyncio
import multiprocessing
import random
import signal
from multiprocessing.context import ForkServerContext

import pytest

from tests.ledger.lives import Content, content, life

TIMEOUT_S = 120


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Makes processes that need not import anything any more."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.ledger.lives"])
    return context


@pytest.fixture(scope="module")
def undisturbed(
    processes: ForkServerContext, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Content, int]:
    """What a life that is never killed leaves, and how many calls it takes."""
    path = tmp_path_factory.mktemp("undisturbed") / "briefing.db"
    calls = processes.Value("q", 0)
    assert lived(processes, f"sqlite:///{path}", 0, calls) == 0
    return asyncio.run(content(f"sqlite:///{path}")), calls.value


def lived(
    processes: ForkServerContext, url: str, crash_after: int, calls: object = None
) -> int | None:
    """One life in a process of its own; gives its exit code."""
    process = processes.Process(target=life, args=(url, crash_after, calls))
    process.start()
    process.join(TIMEOUT_S)
    if process.is_alive():
        process.kill()
        pytest.fail("a life hangs")
    return process.exitcode


def kill_and_compare(
    processes: ForkServerContext,
    undisturbed: tuple[Content, int],
    url: str,
    *,
    kills: int,
    seed: int,
) -> None:
    expected, calls = undisturbed
    draw = random.Random(seed)
    cut_short = 0
    for _ in range(kills):
        if lived(processes, url, draw.randint(1, calls // 2)) != -signal.SIGKILL:
            break
        cut_short += 1
    assert cut_short, "no life was cut short"
    assert lived(processes, url, 0) == 0
    assert asyncio.run(content(url)) == expected


def test_the_life_has_all_that_can_happen_to_an_item(undisturbed: tuple[Content, int]) -> None:
    left, _ = undisturbed
    assert all(left[name] for name in left if name != "unmatched")
    assert left["unmatched"] == []
    withdrawn = [row[-1] != "None" for row in left["evidence"]]
    assert any(withdrawn)
    assert not all(withdrawn)
    assert any(len(story) > 1 for (story,) in left["stories"])


@pytest.mark.parametrize("seed", range(3))
def test_a_life_killed_again_and_again_leaves_the_same_ledger(
    processes: ForkServerContext,
    undisturbed: tuple[Content, int],
    empty_database_url: str,
    seed: int,
) -> None:
    kill_and_compare(processes, undisturbed, empty_database_url, kills=5, seed=seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 140))
def test_many_lives_killed_again_and_again_leave_the_same_ledger(
    processes: ForkServerContext,
    undisturbed: tuple[Content, int],
    empty_database_url: str,
    seed: int,
) -> None:
    kill_and_compare(processes, undisturbed, empty_database_url, kills=5, seed=seed)
