"""What a server answered, as values, and the header fields that bear on the next look.

Sources: RFC 9110 (dates, Retry-After, validators) and RFC 9111 (freshness).
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx

# No server's number is taken for more than this.
_LONGEST: Final = timedelta(days=31)
_MAX_DATE: Final = 64
_TWO_CLOCKS: Final = timedelta(days=1)
_DIGITS: Final = re.compile(r"[0-9]{1,10}")
_VALIDATOR: Final = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,510}")


def parse_http_date(text: str | None) -> datetime | None:
    """A date as servers write it (RFC 9110, 5.6.7), aware, in UTC; None when it is none."""
    if not text or len(text) > _MAX_DATE:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def parse_retry_after(
    text: str | None, *, now: datetime, date: str | None = None
) -> timedelta | None:
    """How long the server asks us to wait (RFC 9110, 10.2.3), at most a month.

    Seconds or a date, which is reckoned from the answer's own Date where it has one; a date in the
    past is no wait; None when absent or unreadable.
    """
    if text is None:
        return None
    text = text.strip()
    if _DIGITS.fullmatch(text):
        return min(timedelta(seconds=int(text)), _LONGEST)
    moment = parse_http_date(text)
    if moment is None:
        return None
    return min(max(moment - _server_time(date, now), timedelta(0)), _LONGEST)


def _server_time(date: str | None, now: datetime) -> datetime:
    """The server's clock at the answer; ours where it has none, or one that is days away."""
    said = parse_http_date(date)
    return now if said is None or abs(said - now) > _TWO_CLOCKS else said


def parse_max_age(cache_control: str | None) -> timedelta | None:
    """How long the answer stays fresh by Cache-Control (RFC 9111, 5.2.2.1), at most a month.

    Nothing when it forbids caching; None when the header does not say.
    """
    directives: dict[str, str] = {}
    for part in (cache_control or "")[:1000].lower().split(","):
        name, _, value = part.strip().partition("=")
        directives.setdefault(name.strip(), value.strip().strip('"'))
    if "no-store" in directives or "no-cache" in directives:
        return timedelta(0)
    value = directives.get("max-age", "")
    return min(timedelta(seconds=int(value)), _LONGEST) if _DIGITS.fullmatch(value) else None


def freshness(
    *,
    cache_control: str | None,
    expires: str | None,
    date: str | None,
    now: datetime,
    age: str | None = None,
) -> timedelta | None:
    """How long the server says its answer stays fresh (RFC 9111, 4.2); None when it does not say.

    Nothing when it is stale already or may not be kept. Cache-Control wins over Expires; Expires
    counts from the answer's own Date, so that the two clocks need not agree; the time that the
    answer has spent in caches on the way (Age) is over.
    """
    length = parse_max_age(cache_control)
    if length is None and (until := parse_http_date(expires)) is not None:
        length = until - _server_time(date, now)
    elif length is None and expires is not None:
        length = timedelta(0)  # an Expires that is no date, above all 0, is past (RFC 9111, 5.3)
    if length is None:
        return None
    spent = timedelta(seconds=int(age)) if age and _DIGITS.fullmatch(age.strip()) else timedelta(0)
    return min(max(length - spent, timedelta(0)), _LONGEST)


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


def answer_fields(
    response: httpx.Response, *, url: str, moved_to: str | None, now: datetime
) -> dict[str, Any]:
    """The fields of `Answer`.

    Args:
        response: Its headers.
        url: Where it came from.
        moved_to: The same when every redirect was permanent; None otherwise.
        now: For the freshness.
    """
    headers = response.headers
    # A validator that cannot be stored and sent back, a hostile one, is dropped.
    etag, last_modified = (
        value if value and _VALIDATOR.fullmatch(value) else None
        for value in (headers.get("etag"), headers.get("last-modified"))
    )
    fresh_for = freshness(
        cache_control=headers.get("cache-control"),
        expires=headers.get("expires"),
        date=headers.get("date"),
        age=headers.get("age"),
        now=now,
    )
    return {
        "final_url": url, "permanent_url": moved_to, "etag": etag,
        "last_modified": last_modified, "fresh_for": fresh_for,
    }  # fmt: skip
