"""JSON Feed (https://www.jsonfeed.org/version/1.1/), read leniently: wrong types are left out."""

import json
from collections.abc import Mapping
from typing import Final

from bot.domain.feed import FeedHints
from bot.ingest.formats.entries import RawEntry, RawFeed, RawText

_VERSION: Final = "jsonfeed.org/version/"
_TELLING: Final = ("title", "content_text", "content_html")
Values = Mapping[str, object]


def read_json_feed(body: bytes) -> RawFeed | None:
    """What the document says; None when it is no JSON Feed.

    Without the version, which some generators forget, it is one when an item has title or content.
    """
    try:
        document = json.loads(body, strict=False)
    except (ValueError, RecursionError):
        return None
    items = document.get("items") if isinstance(document, dict) else None
    is_one = isinstance(document, dict) and _VERSION in (_string(document, "version") or "")
    items = [] if items is None and is_one else items
    if not isinstance(items, list):
        return None
    items = [item for item in items if isinstance(item, dict)]
    if not is_one and not any(item.get(key) for item in items for key in _TELLING):
        return None
    return RawFeed(
        title=RawText(text=_text(document, "title"), is_html=False),
        language=_string(document, "language"),
        site=_string(document, "home_page_url"),
        hints=FeedHints(),
        entries=tuple(map(_entry, items)),
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
        title=RawText(text=_text(item, "title"), is_html=False),
        summary=summary,
        dates=tuple(date for date in dates if date),
        language=_string(item, "language"),
    )


def _string_or_number(value: object) -> str | None:
    """Numbers count: the specification asks readers to take ids so, and some count seconds."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value)


def _text(values: Values, key: str) -> str:
    return _string_or_number(values.get(key)) or ""


def _string(values: Values, key: str) -> str | None:
    value = values.get(key)
    return value if isinstance(value, str) else None
