"""Column types that behave the same on SQLite and PostgreSQL."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

Id = BigInteger().with_variant(Integer(), "sqlite")
"""A row's number: 64 bits on both (SQLite's `INTEGER` primary key is its row id)."""

_SURROGATE = re.compile("[\ud800-\udfff]")

MAX_ID = 2**63 - 1
"""The greatest number that a column of type `Id` holds."""


class UTCDateTime(TypeDecorator[datetime]):
    """Aware datetimes in, aware datetimes in UTC out; naive ones are refused.

    SQLite keeps the UTC wall time as text of one fixed width, so that text order is time order;
    PostgreSQL keeps `timestamptz`.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """On SQLite the text itself: a poll stores tens of thousands of moments."""
        return _text_or_none if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """The inverse of `bind_processor`."""
        if dialect.name == "sqlite":
            return _moment_or_none
        return super().result_processor(dialect, coltype)

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """The moment in UTC."""
        return None if value is None else _aware(value).astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """The moment, aware, in UTC."""
        return None if value is None else value.astimezone(UTC)


def utc_text(moment: datetime) -> str:
    """As `UTCDateTime` stores a moment on SQLite: 26 characters.

    Raises:
        ValueError: It has no time zone.

    >>> utc_text(datetime(2018, 6, 12, 9, 0, tzinfo=UTC))
    '2018-06-12 09:00:00.000000'
    """
    return _aware(moment).astimezone(UTC).isoformat(" ", "microseconds")[:26]


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        msg = "a datetime without a time zone cannot be stored"
        raise ValueError(msg)
    return moment


def _text_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else utc_text(moment)


def _moment_or_none(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text + "+00:00")


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


def storable_texts(texts: Sequence[str | None]) -> Sequence[str | None]:
    r"""`storable` of each text that is one; much faster where no text needs it.

    >>> storable_texts(["a\x00", None])
    ['a', None]
    """
    whole = "".join([text for text in texts if text])
    if "\x00" not in whole and (whole.isascii() or not _SURROGATE.search(whole)):
        return texts
    return [text if text is None else storable(text) for text in texts]
