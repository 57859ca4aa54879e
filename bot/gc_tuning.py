"""Garbage collection, kept out of the way of people who wait for an answer."""

import gc
from typing import Final

# New objects before the young generation is searched; Python's own value is 700 (2,000 from 3.12).
_THRESHOLD: Final = 20_000


def tune_gc() -> None:
    """Leave what the start made out of every later collection, and collect less often.

    A full collection would search all of it again, a tenth of a second in which nobody gets an
    answer; a poll makes and drops thousands of values of which none refers to itself. Called again
    after something large was replaced, it first lets go of that.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_THRESHOLD)
