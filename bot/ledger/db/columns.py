"""Column types that behave the same on SQLite and PostgreSQL."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String, Text
from sqlalchemy.types import TypeDecorator

# A row's number: 64 bits on both (SQLite's `INTEGER` primary key is its row id).
Id = BigInteger().with_variant(Integer(), "sqlite")
MAX_ID = 2**63 - 1

_SURROGATE = re.compile("[\ud800-\udfff]")
_Text = TypeVar("_Text", str, None)


class UTCDateTime(TypeDecorator[datetime]):
    """Aware datetimes in, aware datetimes in UTC out; naive ones are refused.

    SQLite keeps the UTC wall time as text of one fixed width, so that text order is time order;
    PostgreSQL keeps `timestamptz`.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """On SQLite the text itself: a poll stores tens of thousands of datetimes."""
        return utc_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """The inverse of `bind_processor`."""
        if dialect.name == "sqlite":
            return _from_utc_text
        return super().result_processor(dialect, coltype)

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """The same time in UTC."""
        return _from_utc_text(utc_text(value))

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """The same time, aware, in UTC."""
        return None if value is None else value.astimezone(UTC)


def utc_text(value: datetime | None) -> str | None:
    """The text that `UTCDateTime` stores on SQLite: 26 characters; None for None.

    Raises:
        ValueError: The datetime has no time zone.

    >>> utc_text(datetime(2018, 6, 12, 9, 0, tzinfo=UTC))
    '2018-06-12 09:00:00.000000'
    """
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a datetime without a time zone cannot be stored")
    return value.astimezone(UTC).isoformat(" ", "microseconds")[:26]


def _from_utc_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text + "+00:00")


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


def storable_texts(texts: Sequence[str | None]) -> Sequence[str | None]:
    r"""`storable` of each text; much faster where no text needs it.

    >>> storable_texts(["a\x00", None])
    ['a', None]
    """
    whole = "".join([text for text in texts if text])
    if "\x00" not in whole and (whole.isascii() or not _SURROGATE.search(whole)):
        return texts
    return [None if text is None else storable(text) for text in texts]
