"""Whether a file changed, and whether its change is finished, without reading it."""

import time
from pathlib import Path
from typing import Final

# Time of the last change in nanoseconds, size in bytes, and the file's own number: a replaced file
# has another one, even when it is as long and as old.
Signature = tuple[int, int, int]
QUIET_S: Final = 10  # a file that stays unchanged so long is not being written any more


def signature_of(path: Path) -> Signature | None:
    """What changes when the file does; None when it is not there."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def is_quiet(signature: Signature | None, *, now_s: float | None = None) -> bool:
    """Whether the file's last change is so long ago that it is finished.

    Args:
        signature: The file's; None for a file that is not there, which may be being replaced.
        now_s: Seconds since 1970 by the clock that dates files; None for this machine's.
    """
    if signature is None:
        return False
    return (time.time() if now_s is None else now_s) - signature[0] / 1e9 >= QUIET_S
