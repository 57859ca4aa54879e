"""What a trial of a feed means: pure rules from a document to what an admin wants to know."""

from datetime import datetime, timedelta
from typing import Final

from bot.briefing import words
from bot.briefing.feed_answers import FeedPreview, FeedTrial
from bot.domain.errors import FetchError
from bot.ingest.answer import Fetched
from bot.ingest.parse import ParsedFeed

EMPTY: Final = "it is a feed, but has no entries now"
_SLOW: Final = timedelta(seconds=10)
_OLD: Final = timedelta(days=30)


def failed_trial(error: FetchError, *, name: str, url: str, took: timedelta) -> FeedTrial:
    """The trial of a feed that could not be fetched or read."""
    return FeedTrial(name=name, url=url, took=took, error=str(error), status=error.status)


def trial_of(
    fetched: Fetched,
    parsed: ParsedFeed,
    *,
    name: str,
    url: str,
    took: timedelta,
    now: datetime,
    preview: FeedPreview,
) -> FeedTrial:
    """The trial of a feed that was read."""
    dates = [entry.published_at for entry in parsed.entries if entry.published_at]
    return FeedTrial(
        name=name,
        url=url,
        took=took,
        final_url=fetched.final_url,
        moved_to=fetched.permanent_url,
        size=len(fetched.body),
        content_type=fetched.content_type,
        entries=len(parsed.entries),
        oldest=min(dates, default=None),
        newest=max(dates, default=None),
        problems=problems_of(fetched, parsed, url=url, took=took, now=now),
        preview=preview,
    )


def problems_of(
    fetched: Fetched, parsed: ParsedFeed, *, url: str, took: timedelta, now: datetime
) -> tuple[str, ...]:
    """What is worth a look, the gravest first; a sentence without a full stop each."""
    return tuple(
        sentence
        for sentence in (
            *_of_entries(parsed, now=now),
            *_of_answer(fetched, url=url, took=took),
        )
        if sentence
    )


def _of_entries(parsed: ParsedFeed, *, now: datetime) -> tuple[str, ...]:
    entries = parsed.entries
    if not entries:
        return (EMPTY,)
    dates = [entry.published_at for entry in entries if entry.published_at]
    undated, unlinked = len(entries) - len(dates), sum(entry.url is None for entry in entries)
    newest = max(dates, default=None)
    old = newest is not None and now - newest > _OLD
    return (
        f"its newest entry is {words.span(now - newest)} old" if old and newest else "",
        f"{_of(undated, len(entries))} without a date that can be believed; "
        "when we first see them counts instead"
        if undated
        else "",
        f"{_of(unlinked, len(entries))} without a link" if unlinked else "",
        *parsed.shortfalls,
        "it does not say its title" if parsed.title is None else "",
    )


def _of(some: int, entries: int) -> str:
    if some == entries:
        return "its only entry is" if entries == 1 else f"all {entries} entries are"
    return f"{some} of {entries} entries {'is' if some == 1 else 'are'}"


def _of_answer(fetched: Fetched, *, url: str, took: timedelta) -> tuple[str, ...]:
    if fetched.permanent_url is not None and fetched.permanent_url != url:
        moved = f"it has moved for good to {fetched.permanent_url}; list that address"
    elif fetched.final_url != url:
        moved = f"it was found by a redirect, at {fetched.final_url}"
    else:
        moved = ""
    unconditional = fetched.etag is None and fetched.last_modified is None
    return (
        moved,
        f"it is slow: {took.total_seconds():.0f} seconds" if took > _SLOW else "",
        "the server gives no ETag and no Last-Modified, so every check sends all of it"
        if unconditional
        else "",
    )
