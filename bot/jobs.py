"""Which part of the whole a process does."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What a process does of the whole; see `TICKS`."""

    ALL = "all"
    WEB = "web"
    CLOCK = "clock"
    WORKER = "worker"


TICKS: Mapping[Role, frozenset[str]] = MappingProxyType(
    {
        Role.ALL: frozenset({"files", "poll", "feeds", "digests", "send"}),
        # Answers people; reads changed files, so that it answers by the pack in force.
        Role.WEB: frozenset({"files"}),
        # Polls and composes; one is enough, a second one finds nothing left to do.
        Role.CLOCK: frozenset({"files", "poll", "feeds", "digests"}),
        # Sends; as many as are wanted, each delivery is claimed by one.
        Role.WORKER: frozenset({"send"}),
    }
)
"""The ticks of each role. Processes meet in the ledger only."""
