"""PostgreSQL: transactions on SQLAlchemy's async engine."""

from collections.abc import Callable

from sqlalchemy import URL, Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.ledger.database import P, T, Work, bound, to_json
from bot.ledger.errors import is_conflict_in_time, translated

TRIES = 4
"""For a transaction that gets into another one's way."""

CONNECT_TIMEOUT_S = 10


class PostgreSQLDatabase:
    """A PostgreSQL server."""

    def __init__(self, url: URL) -> None:
        self._place = url.render_as_string(hide_password=True)
        self._engine = create_async_engine(
            url,
            hide_parameters=True,
            json_serializer=to_json,
            pool_pre_ping=True,
            connect_args={
                "options": "-c timezone=UTC",
                "application_name": "briefing",
                "connect_timeout": CONNECT_TIMEOUT_S,
            },
        )
        self._reader: AsyncEngine = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """See `Database.read`."""
        return await self._run(self._reader, bound(work, *args, **kwargs))

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """See `Database.write`."""
        return await self._run(self._engine, bound(work, *args, **kwargs))

    async def write_anew(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """See `Database.write_anew`."""
        alone = bound(work, *args, **kwargs)

        def unhurried(connection: Connection) -> T:
            # https://www.postgresql.org/docs/current/wal-async-commit.html
            connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")
            return alone(connection)

        return await self._run(self._engine, unhurried)

    async def close(self) -> None:
        """See `Database.close`."""
        await self._engine.dispose()

    async def _run(self, engine: AsyncEngine, work: Callable[[Connection], T]) -> T:
        tries = 0
        while True:
            tries += 1
            try:
                async with engine.begin() as connection:
                    return await connection.run_sync(work)
            except SQLAlchemyError as error:
                if tries == TRIES or not is_conflict_in_time(error):
                    raise translated(error, place=self._place) from error
