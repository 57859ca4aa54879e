"""Transactions, whatever database they run on.

Every piece of storage is a plain function whose first argument is a connection; a `Database` runs
it inside one transaction. `bot.ledger.engine` opens one.
"""

import json
from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection, text

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[Connection, P], T]
_JSON = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True)


class Database(Protocol):
    """Runs storage functions, each in a transaction of its own."""

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `work(connection, ...)` gives, from one consistent view; it must not write."""
        ...

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `work(connection, ...)` gives, committed when it returns, undone when it raises.

        It may run again when two transactions got into each other's way, so it must do nothing
        but database work.
        """
        ...

    async def write_anew(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `write`, for what would simply be done anew if it were lost.

        It is not waited for until the disk has it. A kill takes nothing back; a power cut may take
        the last of these back, whole and in order, and never one that came before a `write`.
        """
        ...

    async def close(self) -> None:
        """Let running transactions end, then give all connections back."""
        ...


def lock(connection: Connection, name: str) -> None:
    """Wait until no other transaction holds the lock of that name; held until this one ends.

    On SQLite a writing transaction is alone from its first statement on.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtext('briefing'), hashtext(:name))"),
            {"name": name},
        )


def bound(work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> Callable[[Connection], T]:
    """`work` waiting for nothing but its connection."""
    return lambda connection: work(connection, *args, **kwargs)


def to_json(value: object) -> str:
    """JSON in plain ASCII, so that no character in it can trouble a database."""
    return _JSON.encode(value)
