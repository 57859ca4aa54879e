"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

import json
from typing import Any

from sandbox.newsroom.formats.xml import plain, rfc3339
from sandbox.newsroom.publication import Channel, FeedEntry


def render_json(channel: Channel) -> bytes:
    """The feed as one JSON object, UTF-8."""
    outlet = channel.outlet
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": plain(outlet.title),
        "home_page_url": channel.home_url,
        "feed_url": channel.feed_url,
        "description": plain(outlet.description),
        "language": outlet.language,
        "authors": [{"name": plain(outlet.title)}],
        "items": [_item(entry, outlet.time_zone) for entry in channel.entries],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _item(entry: FeedEntry, zone: str) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": plain(entry.guid),
        "url": plain(entry.url),
        "title": plain(entry.title),
        "summary": plain(entry.summary),
        "content_text": plain(entry.summary),
        "date_published": rfc3339(entry.published_at, zone),
    }
    if entry.updated_at > entry.published_at:
        item["date_modified"] = rfc3339(entry.updated_at, zone)
    if entry.categories:
        item["tags"] = [plain(category) for category in entry.categories]
    return item
