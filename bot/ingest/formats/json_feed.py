"""JSON Feed (https://www.jsonfeed.org/version/1.1/), read leniently: wrong types are left out."""

import json
from collections.abc import Mapping
from typing import Final

from bot.domain.feed import FeedHints
from bot.ingest.formats.entries import RawEntry, RawFeed, RawText

_VERSION: Final = "jsonfeed.org/version/"
Values = Mapping[str, object]


def read_json_feed(body: bytes) -> RawFeed | None:
    """What the document says; None when it is no JSON Feed."""
    try:
        document = json.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        return None
    if _VERSION not in (_string(document, "version") or ""):
        return None
    return RawFeed(
        title=RawText(text=_string(document, "title") or "", is_html=False),
        language=_string(document, "language"),
        site=_string(document, "home_page_url"),
        hints=FeedHints(),
        entries=tuple(_entry(item) for item in document["items"] if isinstance(item, dict)),
    )


def _entry(item: Values) -> RawEntry:
    markup = _string(item, "content_html")
    plain = _string(item, "summary") or _string(item, "content_text")
    summary = RawText(text=plain, is_html=False) if plain else RawText(text=markup or "")
    links = (_string(item, key) for key in ("url", "external_url"))
    dates = (_string_or_number(item.get(key)) for key in ("date_published", "date_modified"))
    return RawEntry(
        guid=_string_or_number(item.get("id")),
        links=tuple(link for link in links if link),
        title=RawText(text=_string(item, "title") or "", is_html=False),
        summary=summary,
        dates=tuple(date for date in dates if date),
        language=_string(item, "language"),
    )


def _string_or_number(value: object) -> str | None:
    """Numbers count: the specification asks readers to take ids so, and some count seconds."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value)


def _string(values: Values, key: str) -> str | None:
    value = values.get(key)
    return value if isinstance(value, str) else None
