"""Values of HTTP header fields that bear on when to look again (RFC 9110, RFC 9111)."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST_WAIT: Final = timedelta(days=31)
"""No server's wish is followed further than this."""
_MAX_DATE: Final = 64
_DIGITS = re.compile(r"[0-9]{1,10}")


def parse_http_date(text: str | None) -> datetime | None:
    """A date as servers write it (RFC 9110, 5.6.7), aware, in UTC; None when it is none."""
    if not text or len(text) > _MAX_DATE:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def parse_retry_after(text: str | None, *, now: datetime) -> timedelta | None:
    """How long the server asks us to wait (RFC 9110, 10.2.3), at most a month.

    Seconds or a date; a date in the past is no wait; None when absent or unreadable.
    """
    if text is None:
        return None
    text = text.strip()
    if _DIGITS.fullmatch(text):
        return min(timedelta(seconds=int(text)), LONGEST_WAIT)
    moment = parse_http_date(text)
    if moment is None:
        return None
    return min(max(moment - now, timedelta(0)), LONGEST_WAIT)


def parse_max_age(cache_control: str | None) -> timedelta | None:
    """How long the answer stays fresh by Cache-Control (RFC 9111, 5.2.2.1), at most a month.

    None when the header does not say, or forbids caching.
    """
    directives: dict[str, str] = {}
    for part in (cache_control or "")[:1000].lower().split(","):
        name, _, value = part.strip().partition("=")
        directives.setdefault(name.strip(), value.strip().strip('"'))
    if "no-store" in directives or "no-cache" in directives:
        return None
    value = directives.get("max-age", "")
    return min(timedelta(seconds=int(value)), LONGEST_WAIT) if _DIGITS.fullmatch(value) else None


def freshness(
    *, cache_control: str | None, expires: str | None, date: str | None, now: datetime
) -> timedelta | None:
    """How long the server says its answer stays fresh (RFC 9111, 4.2.1); None when it does not.

    Cache-Control wins over Expires; Expires counts from the answer's own Date, so that the two
    clocks need not agree.
    """
    if cache_control and re.search(r"\b(max-age|no-cache|no-store)\b", cache_control.lower()):
        return parse_max_age(cache_control)
    until = parse_http_date(expires)
    if until is None:
        return None
    length = until - (parse_http_date(date) or now)
    return min(length, LONGEST_WAIT) if length > timedelta(0) else None
