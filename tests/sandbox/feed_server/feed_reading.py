"""Reads served feed documents as a stranger would: feedparser for XML, json for JSON Feed."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape

import feedparser

from sandbox.feed_server.model import FeedFormat


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What a reader learns of one item."""

    title: str
    summary: str
    url: str
    published_at: datetime


def read(document: bytes, form: FeedFormat, content_type: str) -> list[Seen]:
    """The items of a document in its order."""
    if form is FeedFormat.JSON:
        return [
            Seen(
                title=item["title"],
                summary=item["summary"],
                url=item["url"],
                published_at=datetime.fromisoformat(item["date_published"]).astimezone(UTC),
            )
            for item in json.loads(document)["items"]
        ]
    parsed = feedparser.parse(document, response_headers={"content-type": content_type})
    assert not parsed.bozo, parsed.get("bozo_exception")
    return [
        Seen(
            title=unescape(entry.title),
            summary=unescape(re.sub(r"<[^>]+>", "", entry.summary)),
            url=entry.link,
            published_at=_date(entry, form),
        )
        for entry in parsed.entries
    ]


def guids(document: bytes, form: FeedFormat) -> list[str]:
    """The identifiers that a document gives its items, empty where the format has none."""
    if form is FeedFormat.JSON:
        return [item["id"] for item in json.loads(document)["items"]]
    return [entry.id for entry in feedparser.parse(document).entries if "id" in entry]


def _date(entry: feedparser.FeedParserDict, form: FeedFormat) -> datetime:
    if form is FeedFormat.RSS_OLD:
        # feedparser reads zone names that it does not know as UTC.
        return parsedate_to_datetime(entry.published.replace("SGT", "+0800")).astimezone(UTC)
    moment = entry.get("published_parsed") or entry.updated_parsed
    return datetime(*moment[:6], tzinfo=UTC)
