"""Column types that behave the same on SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String, Text
from sqlalchemy.types import TypeDecorator

# A row's number: 64 bits on both (SQLite's `INTEGER` primary key is its row id).
Id = BigInteger().with_variant(Integer(), "sqlite")
MAX_ID = 2**63 - 1

_Text = TypeVar("_Text", str, None)


class UTCDateTime(TypeDecorator[datetime]):
    """Aware datetimes in, aware datetimes in UTC out; naive ones are refused.

    SQLite keeps the UTC wall time as text of one fixed width, so that text order is time order;
    PostgreSQL keeps `timestamptz`.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The same time in UTC; for SQLite without the time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone cannot be stored")
        return value.astimezone(UTC).replace(tzinfo=None if dialect.name == "sqlite" else UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The same time, aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Choice(TypeDecorator[StrEnum]):
    """Members of an enum, stored as their values."""

    impl = String
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        """The value of a member (or the value itself)."""
        values: dict[StrEnum | None, str | None] = {member: member.value for member in self.enum}
        return {None: None, **values}.__getitem__

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """The member with a value."""
        members: dict[str | None, StrEnum | None] = {each.value: each for each in self.enum}
        return {None: None, **members}.__getitem__


class PlainText(TypeDecorator[str]):
    """Text without what some database cannot hold; see `storable`."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        """`storable` itself; neither driver needs more."""
        return storable


def storable(text: _Text) -> _Text:
    r"""`text` without NUL (PostgreSQL refuses it) and with lone surrogates replaced by `?`.

    >>> storable("a\x00b")
    'ab'
    """
    if text is None:
        return None
    if text.isascii():
        return text.replace("\x00", "") if "\x00" in text else text
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
