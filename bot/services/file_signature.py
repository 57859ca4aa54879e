"""Tells that a file changed, without reading it."""

from pathlib import Path

Signature = tuple[int, int]
"""Time of the last change in nanoseconds, and size in bytes."""


def signature_of(path: Path) -> Signature | None:
    """What changes when the file does; None when it is not there."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
