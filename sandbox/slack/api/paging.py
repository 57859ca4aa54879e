"""Cursors: opaque words that say where the next page begins.

https://docs.slack.dev/apis/web-api/pagination
"""

import base64
import binascii
from typing import Final, TypeVar

from sandbox.slack.api.arguments import Arguments
from sandbox.slack.errors import RefusalError
from sandbox.slack.model import JsonObject

MOST_ITEMS: Final = 999
DEFAULT_ITEMS: Final = 100
T = TypeVar("T")


def cursor(kind: str, value: int) -> str:
    """A cursor for a position."""
    return base64.b64encode(f"{kind}:{value}".encode()).decode()


def position(kind: str, text: str) -> int | None:
    """The position behind a cursor; None for no cursor.

    Raises:
        RefusalError: `invalid_cursor`.
    """
    if not text:
        return None
    try:
        word, _, value = base64.b64decode(text, validate=True).decode().partition(":")
        found = int(value)
    except (binascii.Error, ValueError) as error:
        raise RefusalError("invalid_cursor") from error
    if word != kind:
        raise RefusalError("invalid_cursor")
    return found


def limit_of(args: Arguments, *, default: int = DEFAULT_ITEMS) -> int:
    """How many items a page may have.

    Raises:
        RefusalError: `invalid_limit` for less than one.
    """
    wanted = args.number("limit", default)
    if wanted < 1:
        raise RefusalError("invalid_limit")
    return min(wanted, MOST_ITEMS)


def page_of(items: list[T], args: Arguments, *, kind: str) -> tuple[list[T], JsonObject]:
    """One page of a list, and the `response_metadata` that belongs to it."""
    start = position(kind, args.text("cursor")) or 0
    limit = limit_of(args)
    end = start + limit
    next_cursor = cursor(kind, end) if end < len(items) else ""
    return items[start:end], {"response_metadata": {"next_cursor": next_cursor}}
