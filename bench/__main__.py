"""Runs every `bench/bench_*.py`, or just those named: `python -m bench matching`."""

import importlib
import pkgutil
import sys

import bench


def main(names: list[str]) -> None:
    """Run the named benches in the order of their names; all of them when none is named."""
    found = sorted(m.name for m in pkgutil.iter_modules(bench.__path__) if m.name[:6] == "bench_")
    unknown = set(names) - {name.removeprefix("bench_") for name in found}
    if unknown:
        known = ", ".join(name.removeprefix("bench_") for name in found)
        sys.exit(f"no bench is called {', '.join(sorted(unknown))}; there are: {known}")
    for name in found:
        if not names or name.removeprefix("bench_") in names:
            importlib.import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
