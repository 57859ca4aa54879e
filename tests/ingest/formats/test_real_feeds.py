"""Real and awkward documents: nothing that feedparser finds is lost, nothing crashes or hangs."""

import io
import re
import warnings

import feedparser
import pytest

from bot.config.feeds_file import read_feeds_file
from bot.domain.errors import FetchError
from bot.domain.feed import Feed
from bot.ingest.formats.document import parse
from bot.ingest.formats.pool import ParserPool
from bot.ingest.poll.run import poll
from tests.ingest.conftest import NOW, make_fetcher, shared_data
from tests.ingest.poll.test_run import Book
from tests.ingest.serving import reply

URL = "https://example.org/feed.xml"


def feedparsers_count(body: bytes) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sum(map(says_something, feedparser.parse(io.BytesIO(body)).entries))


def says_something(entry: feedparser.FeedParserDict) -> bool:
    """Not so where there is neither title nor text, link or id, but an author alone, or a date."""
    links = (link.get("href") for link in entry.get("links", ()))
    texts = (part["type"].startswith("text/") for part in entry.get("content", ()))
    return any((*map(entry.get, ("title", "summary", "link", "id")), *links, *texts))


def our_count(body: bytes) -> int:
    try:
        return len(parse(body, content_type=None, url=URL, now=NOW).entries)
    except FetchError:
        return 0


def test_no_entry_that_feedparser_finds_is_lost_in_the_wild(benchmark_s):
    files = [p for p in sorted(shared_data("feeds-wild").iterdir()) if p.suffix != ".json"]
    assert len(files) > 400
    differences, slow = {}, []
    for path in files:
        body = path.read_bytes()
        counts = feedparsers_count(body), our_count(body)
        if counts[0] != counts[1]:
            differences[path.name] = counts
        if benchmark_s(lambda body=body: our_count(body)) > 2:
            slow.append(path.name)

    assert differences == {}
    assert slow == []


async def test_documents_of_news_are_polled_whole_and_the_second_time_bring_nothing(server):
    folder = shared_data("feeds-news")
    expected = 0
    for path in folder.glob("*.xml"):
        body = path.read_bytes()
        expected += len(re.findall(rb"<(?:entry|item)[\s>]", body))
        server.routes[f"/{path.name}"] = reply(200, body, {"ETag": f'"{path.name}"'})
    specs = read_feeds_file(folder / "feeds.yaml").feeds.feeds
    feeds = [
        Feed(id=n, url=server.url(f"/{spec.url.rpartition('/')[2]}"), title=spec.title or "")
        for n, spec in enumerate(specs)
    ]
    book = Book()

    async with make_fetcher() as fetcher, ParserPool(processes=1) as parser:
        first = await poll(feeds, fetcher, parser, book, clock=lambda: NOW)
        known = [
            Feed(id=f.id, url=f.url, title=f.title, body_hash=book.feeds[f.id]["body_hash"])
            for f in feeds
        ]
        second = await poll(known, fetcher, parser, book, clock=lambda: NOW)

    assert (first.feeds, first.fetched, len(first.errors)) == (15, 15, 0)
    assert first.items_new == expected == 246
    assert all(entry.title and entry.url for entry in book.items.values())
    assert (second.fetched, second.not_modified, second.items_new) == (0, 15, 0)


@pytest.mark.parametrize("name", ["feeds-news"])
def test_every_news_item_has_its_date(name):
    entries = [
        entry
        for path in shared_data(name).glob("*.xml")
        for entry in parse(path.read_bytes(), content_type=None, url=URL, now=NOW).entries
    ]

    undated = [entry for entry in entries if entry.published_at is None]
    assert len(undated) < len(entries) / 4
