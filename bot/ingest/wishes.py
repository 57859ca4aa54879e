"""What is kept of an answer for the next look at its feed: pure rules.

A 304 changes what it names and leaves the rest as it was (RFC 9111, 3.2). The same bytes sent again
are the server's whole word on them, so what comes without them holds no more.
"""

from dataclasses import replace

from bot.domain.feed import Feed, FeedHints
from bot.domain.rhythm import rhythm_of
from bot.ingest.answer import Fetched, NotModified
from bot.ingest.parse import ParsedFeed


def wishes_of(answer: Fetched, parsed: ParsedFeed) -> FeedHints:
    """What the answer and its document ask for, and how often the feed publishes."""
    rhythm = rhythm_of(entry.published_at for entry in parsed.entries if entry.published_at)
    return FeedHints(
        every=parsed.hints.every,
        skip_hours=parsed.hints.skip_hours,
        skip_days=parsed.hints.skip_days,
        fresh_for=answer.fresh_for,
        gap=rhythm.gap if rhythm else None,
    )


def wishes_still(known: FeedHints, answer: NotModified) -> FeedHints:
    """What holds after an answer without news."""
    if answer.fresh_for is None and not answer.sent:
        return known
    return replace(known, fresh_for=answer.fresh_for)


def renews(feed: Feed, answer: NotModified) -> bool:
    """Whether the answer brings validators that differ from those stored."""
    return (answer.etag is not None and answer.etag != feed.etag) or (
        answer.last_modified is not None and answer.last_modified != feed.last_modified
    )


def validators(feed: Feed, answer: NotModified) -> tuple[str | None, str | None]:
    """ETag and Last-Modified from now on."""
    if answer.sent:
        return answer.etag, answer.last_modified
    return answer.etag or feed.etag, answer.last_modified or feed.last_modified
