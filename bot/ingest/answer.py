"""What a server answered, as values."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import httpx

from bot.ingest.http_values import freshness

_VALIDATOR: Final = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,510}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What every good answer says.

    Attributes:
        final_url: Where it came from, after redirects.
        permanent_url: The same when there were redirects and each was permanent (301, 308), so
            that the list may be changed; None otherwise.
        etag: To be sent back byte for byte; None when there is none or it is not usable.
        last_modified: Likewise.
        fresh_for: How long the server says that nothing will change; nothing when it says that it
            may at any time, None when it does not say.
    """

    final_url: str
    permanent_url: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    fresh_for: timedelta | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NotModified(Answer):
    """Nothing has changed: status 304, or the same bytes as the last time.

    Attributes:
        sent: The bytes were sent all the same, so that this is the server's whole word on them.
    """

    sent: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched(Answer):
    """A document that is new or has changed.

    Attributes:
        body: Decoded bytes.
        body_hash: SHA-256 of them, hex.
        content_type: The Content-Type header; None without.
    """

    body: bytes
    body_hash: str
    content_type: str | None = None


def not_modified(
    response: httpx.Response,
    *,
    url: str,
    moved_to: str | None,
    now: datetime,
    sent: bool = False,
) -> NotModified:
    """The value for an answer without news."""
    headers = response.headers
    return NotModified(
        final_url=url,
        permanent_url=moved_to,
        etag=_validator(headers.get("etag")),
        last_modified=_validator(headers.get("last-modified")),
        fresh_for=_fresh_for(headers, now),
        sent=sent,
    )


def fetched(
    response: httpx.Response,
    *,
    url: str,
    moved_to: str | None,
    now: datetime,
    body: bytes,
    body_hash: str,
) -> Fetched:
    """The value for an answer with a document."""
    headers = response.headers
    return Fetched(
        final_url=url,
        permanent_url=moved_to,
        etag=_validator(headers.get("etag")),
        last_modified=_validator(headers.get("last-modified")),
        fresh_for=_fresh_for(headers, now),
        body=body,
        body_hash=body_hash,
        content_type=headers.get("content-type"),
    )


def _fresh_for(headers: httpx.Headers, now: datetime) -> timedelta | None:
    return freshness(
        cache_control=headers.get("cache-control"),
        expires=headers.get("expires"),
        date=headers.get("date"),
        age=headers.get("age"),
        now=now,
    )


def _validator(value: str | None) -> str | None:
    """A validator that can be stored and sent back; a hostile one is dropped."""
    return value if value and _VALIDATOR.fullmatch(value) else None
