"""Counts the house: its size, and how many functions are entered on three ways through it.

    python -m bench.house               # the table, beside its limits
    python -m bench.house --list a      # the functions of a way in the order of their first entry

Lambdas, comprehensions, bodies of modules and what dataclasses generate are not counted. It
measures and does not judge: it fails only when it cannot measure.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from bench.house_lines import figures
from bench.house_trace import ROOT

TITLES: Final = {
    "a": "a  /briefing status of one commitment",
    "a-all": "   /briefing status of all",
    "b": "b  one item from fetch to evidence",
    "c": "c  [Add this feed] to feeds.yaml",
}
LIMITS: Final = {
    "lines, sandbox apart": 33_000,
    "modules with a single importer": 60,
}
WAY_LIMITS: Final = {
    "a": {"functions": 60, "files": 20},
    "b": {"functions": 130, "files": 25},
    "c": {"functions": 80, "files": 20, "parses of feeds.yaml": 1, "lock files": 1},
}
_AT_ONCE: Final = 2
Row = tuple[str, float, float | None]


def gone(way: str) -> dict[str, Any]:
    """What a process of its own found on a way: what one leaves in memory helps no other."""
    command = [sys.executable, "-m", "bench.house_ways", way]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        sys.exit(f"way {way} could not be measured")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def way_rows(way: str, found: dict[str, Any]) -> Iterator[Row]:
    """One row for each count of a way."""
    now = {
        "functions": len(found["functions"]),
        "files": len({path for path, _, _ in found["functions"]}),
        "parses of feeds.yaml": found["parses"],
        "lock files": found["locks"],
    }
    limits = WAY_LIMITS.get(way, {})
    for what in list(now)[: 4 if way == "c" else 2]:
        yield f"{TITLES[way]}: {what}", now[what], limits.get(what)


def rows() -> Iterator[Row]:
    """The whole table."""
    for what, now in figures(ROOT).items():
        yield what, now, LIMITS.get(what)
    with ThreadPoolExecutor(_AT_ONCE) as processes:
        for way, found in zip(TITLES, processes.map(gone, TITLES), strict=True):
            yield from way_rows(way, found)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.house")
    parser.add_argument("--list", choices=TITLES, metavar="WAY", help=", ".join(TITLES))
    way = parser.parse_args().list
    if way:
        print("\n".join(f"{path}:{name}" for path, name, _ in gone(way)["functions"]))
        return
    print(f"{'':58}{'now':>9}{'limit':>9}{'ratio':>8}")
    for what, now, limit in rows():
        beside = f"{limit:>9,}{now / limit:>8.2f}" if limit else ""
        print(f"{what:58}{now:>9,}{beside}")


if __name__ == "__main__":
    main()
