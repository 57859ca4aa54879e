"""Python's search for garbage, kept out of the way of people who wait for an answer."""

import gc
from typing import Final

_OBJECTS: Final = 20_000
"""So many more objects than before, and the young ones are searched (Python's own value: 700)."""


def spare_the_collector() -> None:
    """Leave what the start made out of every later search, and search less often.

    A full search would look at all of it again each time, a tenth of a second in which nobody gets
    an answer; and a poll makes and drops values by the thousand of which none refers to itself.
    Called anew, when something large took the place of something else, it first lets go of that.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS)
