"""Polling a farm of 1,000 feeds on loopback, against the bare loop and the package `reader`.

Each contender runs in a process of its own, twice, in turns, and the best time counts. The bot
stores and matches against 100 commitments, most items bearing on none, and once more where every
item bears on one (the worst case: all of it is filed); the bare loop keeps nothing; `reader`
stores, but does not match, and is measured where it is installed (`pip install reader sgmllib3k`).
Memory is the peak of a contender's whole family of processes, shared pages counted once (PSS);
processor time is the family's, too, and tells more than the clock where others use the machine.

At last the running bot, connected to a pretend Slack, polls the farm while a person asks for help
ten times a second: how long do the acknowledgements take?
"""

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.farm import Farm, farm
from bench.farm_bot import acknowledged

FEEDS = int(os.environ.get("BENCH_FEEDS", "1000"))
ITEMS = 30
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "2"))
Result = dict[str, Any]


def main() -> None:
    """Measures and prints, each ratio beside its limit."""
    print(f"ingest: {FEEDS:,} feeds with {ITEMS} items each", flush=True)
    names = ["bare-first", "ours", "ours-all-filed", "bare-again", "ours-parsing", "ours-fetching"]
    has_reader = find_spec("reader") is not None and find_spec("sgmllib") is not None
    with farm(FEEDS, ITEMS) as running:
        answering = _answering(running)
        _show_acks(answering)
        best = _best_of_rounds(running, [*names, *(["reader"] if has_reader else [])])
    first, again = best["ours"], best["ours"]["again_seconds"]
    print(f"  the bot, nothing changed, the whole way: {again:.2f} s")
    _ratio("first poll / bare loop", first["seconds"] / best["bare-first"]["seconds"], 2.0)
    _ratio("nothing changed / bare fetch", again / best["bare-again"]["seconds"], 1.3)
    if has_reader:
        _ratio("first poll / reader", first["seconds"] / best["reader"]["seconds"], 0.5)
        worst = best["ours-all-filed"]["seconds"] / best["reader"]["seconds"]
        _ratio("first poll, every item filed / reader", worst, 1.0)
        _ratio("peak memory / reader's", first["peak_mib"] / best["reader"]["peak_mib"], 1.5)
    else:
        print("  compared with reader: skipped: reader is not installed")


_LABELS = {
    "bare-first": "bare loop, fetch and parse",
    "ours-parsing": "the bot, fetch and parse alone",
    "ours": "the bot, first poll, stored and matched",
    "ours-all-filed": "the bot, first poll, every item filed",
    "reader": "reader, first update, stored",
    "bare-again": "bare loop, nothing changed",
    "ours-fetching": "the bot, nothing changed, fetching alone",
}


def _best_of_rounds(running: Farm, names: list[str]) -> dict[str, Result]:
    best: dict[str, Result] = {}
    for _ in range(ROUNDS):
        for name in names:
            with tempfile.TemporaryDirectory() as folder:
                result = _run(name, running, folder)
            _show(_LABELS[name], result)
            if name not in best or result["seconds"] < best[name]["seconds"]:
                best[name] = result
    return best


def _answering(running: Farm) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(acknowledged(running, Path(folder)))


def _run(name: str, running: Farm, folder: str) -> Result:
    command = [
        sys.executable, "-m", "bench.ingest_contenders",
        name, str(running.port), str(running.feeds), folder,
    ]  # fmt: skip
    before = _processor_seconds()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        watch = _MemoryWatch(process.pid)
        out, _ = process.communicate()
        peak_mib = watch.stop()
    if process.returncode:
        sys.exit(f"{name} failed")
    result: Result = json.loads(out.splitlines()[-1])
    return {**result, "peak_mib": peak_mib, "cpu_s": _processor_seconds() - before}


def _processor_seconds() -> float:
    """Of all children that have ended, with their own."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class _MemoryWatch:
    """Looks at the memory of a process and its children until told to stop."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak_kib = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while not self._done.wait(0.1):
            self._peak_kib = max(self._peak_kib, sum(map(_pss_kib, _family(self._pid))))

    def stop(self) -> float:
        """The peak in MiB."""
        self._done.set()
        self._thread.join()
        return self._peak_kib / 1024


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [pid, *(p for child in children for p in _family(int(child)))]


def _pss_kib(pid: int) -> int:
    """Proportional set size: a page that n processes share counts 1/n for each."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in rollup.splitlines() if line[:4] == "Pss:"), 0)


def _show(label: str, result: Result) -> None:
    seen = result.get("entries") or result.get("not_modified")
    print(
        f"  {label}: {result['seconds']:.2f} s, {result['cpu_s']:.1f} s of processors, "
        f"{result['peak_mib']:.0f} MiB, {seen:,}",
        flush=True,
    )


def _show_acks(answering: Result) -> None:
    acks = answering["acks_ms"]
    middle, late = acks[len(acks) // 2], acks[int(len(acks) * 0.99)]
    mark = "" if late <= 200 else "  <- over the limit"
    print(
        f"  while the running bot polled ({answering['seconds']:.1f} s), {len(acks)} commands were "
        f"acknowledged in {middle:.0f} ms (median), {late:.0f} ms (99th percentile, at most 200), "
        f"{acks[-1]:.0f} ms (longest){mark}"
    )


def _ratio(label: str, value: float, limit: float) -> None:
    mark = "" if value <= limit else "  <- over the limit"
    print(f"  {label}: {value:.2f} (at most {limit}){mark}")
