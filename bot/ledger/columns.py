"""Column types that behave the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

Id = BigInteger().with_variant(Integer(), "sqlite")
"""A row's number: 64 bits on both (SQLite's `INTEGER` primary key is its row id)."""

MAX_ID = 2**63 - 1
"""The greatest number that a column of type `Id` holds."""


class UTCDateTime(TypeDecorator[datetime]):
    """Aware datetimes in, aware datetimes in UTC out; naive ones are refused.

    SQLite keeps the UTC wall time as text of one fixed width, so that text order is time order;
    PostgreSQL keeps `timestamptz`.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC, without its zone for SQLite, which has no place for one."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a datetime without a time zone cannot be stored"
            raise ValueError(msg)
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment, aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class PlainText(TypeDecorator[str]):
    """Text that any database can hold: see `storable`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text without what no UTF-8 column can hold."""
        return None if value is None else storable(value)


def storable(text: str) -> str:
    r"""`text` without NUL (PostgreSQL refuses it) and with lone surrogates replaced by `?`.

    >>> storable("a\x00b")
    'ab'
    """
    if text.isascii():
        return text.replace("\x00", "") if "\x00" in text else text
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
