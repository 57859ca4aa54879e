"""What a run over feeds needs from others: where documents come from, where results go."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.feed import Feed, FeedHints
from bot.domain.item import Entry
from bot.ingest.answer import Fetched, NotModified
from bot.ingest.notices import FeedNotice


class Recorded(Protocol):
    """How many items a recorded document brought."""

    @property
    def new(self) -> int:
        """Items that were not there before."""
        ...

    @property
    def revised(self) -> int:
        """Items whose text has changed."""
        ...


class Recorder(Protocol):
    """Where results go; each call stores one result whole or raises."""

    async def record_fetch(
        self,
        feed_id: int,
        entries: Sequence[Entry],
        *,
        at: datetime,
        due_at: datetime,
        etag: str | None,
        last_modified: str | None,
        body_hash: str | None,
        feed_title: str | None,
        hints: FeedHints | None,
    ) -> Recorded:
        """A document was read; `hints` is None when it asks for nothing else than the last one.

        Validators and hash are all None for one that breaks off, so that it is sent again.
        """
        ...

    async def record_not_modified(self, feed_id: int, *, at: datetime, due_at: datetime) -> None:
        """The feed answered that nothing has changed."""
        ...

    async def record_failure(
        self, feed_id: int, *, at: datetime, error: str, due_at: datetime, not_found: int
    ) -> None:
        """The feed could not be fetched or read; `not_found` 404s in a row until now."""
        ...

    async def postpone(self, feed_ids: Sequence[int], *, due_at: datetime) -> None:
        """Nothing is known of these feeds; look at them then, or later where that was planned."""
        ...


Listener = Callable[[FeedNotice], Awaitable[None]]
"""Hears of a feed's fate after the result is recorded; what it raises ends the run."""


class Source(Protocol):
    """Where documents come from: `bot.ingest.fetch.Fetcher`, or a stand-in."""

    async def fetch(self, feed: Feed) -> Fetched | NotModified:
        """See `Fetcher.fetch`."""
        ...
