"""What a trial of a feed finds worth a look."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.item import Entry
from bot.ingest.formats.document import ParsedFeed
from bot.ingest.http.response import Fetched
from bot.services.feeds.preview import problems_of

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
URL = "https://example.org/feed"


def entry(*, at: datetime | None = NOW, url: str | None = "https://example.org/1") -> Entry:
    return Entry(
        key="1", url=url, canonical_url=None, title="Talks begin", summary="", language=None,
        published_at=at, content_hash="0" * 64,
    )  # fmt: skip


def problems(
    *entries: Entry,
    took: timedelta = timedelta(seconds=1),
    title: str | None = "Wire",
    final_url: str = URL,
    permanent_url: str | None = None,
    etag: str | None = '"1"',
    shortfalls: tuple[str, ...] = (),
) -> tuple[str, ...]:
    fetched = Fetched(
        body=b"", body_hash="", final_url=final_url, permanent_url=permanent_url, etag=etag
    )
    parsed = ParsedFeed(
        title=title, language=None, site=None, entries=entries, shortfalls=shortfalls
    )
    return problems_of(fetched, parsed, url=URL, took=took, now=NOW)


def test_nothing_is_wrong_with_a_good_feed() -> None:
    assert problems(entry()) == ()


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (problems(), "no entries"),
        (problems(entry(at=NOW - timedelta(days=40))), "newest entry is 40 days old"),
        (problems(entry(), entry(at=None)), "1 of 2 entries is without a date"),
        (problems(entry(at=None), entry(at=None)), "all 2 entries are without a date"),
        (problems(entry(at=None)), "its only entry is without a date"),
        (problems(entry(), entry(), entry(url=None)), "1 of 3 entries is without a link"),
        (problems(entry(), title=None), "does not say its title"),
        (problems(entry(), took=timedelta(seconds=12)), "it is slow: 12 seconds"),
        (problems(entry(), shortfalls=("it breaks off",)), "it breaks off"),
        (problems(entry(), etag=None), "no ETag and no Last-Modified"),
        (problems(entry(), final_url="https://x.example/"), "by a redirect, at https://x.example/"),
        (
            problems(entry(), final_url="https://x.example/", permanent_url="https://x.example/"),
            "moved permanently to https://x.example/; list that address",
        ),
    ],
)
def test_what_is_wrong_is_said_in_words(found: tuple[str, ...], says: str) -> None:
    assert [says in sentence for sentence in found] == [True]
