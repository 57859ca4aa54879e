"""Polling a farm of 1,000 feeds on loopback, against the bare loop and the package `reader`.

Each contender runs in a process of its own, three times, and the best time counts. Memory is the
peak of a contender's whole family of processes, shared pages counted once. `reader` is measured
where it is installed (`pip install reader`); it stores, but does not match.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.farm import Farm, farm

FEEDS = int(os.environ.get("BENCH_FEEDS", "1000"))
ITEMS = 30
ROUNDS = 3
Result = dict[str, Any]


def main() -> None:
    """Measures and prints, each ratio beside its limit."""
    print(f"ingest: {FEEDS:,} feeds with {ITEMS} items each")
    with farm(FEEDS, ITEMS) as running:
        bare = _best("bare-first", running)
        parsing = _best("ours-parsing", running)
        first, again = _ours(running)
        reader = _best("reader", running) if find_spec("reader") else None
        bare_304 = _best("bare-again", running)
        ours_304 = _best("ours-fetching", running)
    _show("bare fetch and parse", bare)
    _show("ours, fetch and parse alone", parsing)
    _show("ours, first poll, stored and matched", first)
    _show("ours, nothing changed, whole way", again)
    _show("bare fetch, nothing changed", bare_304)
    _show("ours, nothing changed, fetching", ours_304)
    _ratio("first poll / bare loop", first["seconds"] / bare["seconds"], 2.0)
    _ratio("nothing changed / bare fetch", ours_304["seconds"] / bare_304["seconds"], 1.3)
    print(f"  event loop late, 99th percentile: {first['late_p99_ms']} ms (at most 200)")
    if reader:
        _show("reader, first update", reader)
        _ratio("first poll / reader", first["seconds"] / reader["seconds"], 0.5)
        _ratio("peak memory / reader's", first["peak_mib"] / reader["peak_mib"], 1.5)
    else:
        print("  reader is not installed; `pip install reader` to compare with it")


def _ours(running: Farm) -> tuple[Result, Result]:
    """A first poll, and a second one on the same ledger."""
    best: tuple[Result, Result] | None = None
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            first = _run("ours", running, folder)
            again = _run("ours", running, folder)
        if best is None or first["seconds"] < best[0]["seconds"]:
            best = first, again
    assert best is not None
    return best


def _best(name: str, running: Farm) -> Result:
    results = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            results.append(_run(name, running, folder))
    return min(results, key=lambda result: float(result["seconds"]))


def _run(name: str, running: Farm, folder: str) -> Result:
    command = [
        sys.executable, "-m", "bench.ingest_contenders",
        name, str(running.port), str(running.feeds), folder,
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        watch = _MemoryWatch(process.pid)
        out, _ = process.communicate()
        peak_mib = watch.stop()
    if process.returncode:
        sys.exit(f"{name} failed")
    result: Result = json.loads(out.splitlines()[-1])
    return {**result, "peak_mib": peak_mib}


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
    print(f"  {label}: {result['seconds']:.2f} s, {result['peak_mib']:.0f} MiB, {seen:,}")


def _ratio(label: str, value: float, limit: float) -> None:
    mark = "" if value <= limit else "  <- over the limit"
    print(f"  {label}: {value:.2f} (at most {limit}){mark}")
