"""Rows turned into the domain's values, and the columns that each of them needs."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Row, Select, func

from bot.domain.evidence import Direction, Evidence, Origin, Verdict
from bot.domain.feed import Feed, FeedHints
from bot.domain.item import DateSource, Item
from bot.ledger.db.tables import evidence, feeds, items, story_items

# MERGED hints: What a feed's last document asks of whoever fetches it, as columns of its row.
#
# Hours and days are sets of small numbers: the n-th bit stands for n.


_HOURS = 24
_DAYS = 7


def values_of(hints: FeedHints) -> dict[str, object]:
    """The columns of `feeds` for these hints; to be stored with a feed's other state."""
    return {
        "wait_s": _seconds(hints.every),
        "skip_hours": _bits(hints.skip_hours),
        "skip_days": _bits(hints.skip_days),
        "fresh_s": _seconds(hints.fresh_for),
        "gap_s": _seconds(hints.gap),
    }


def to_hints(row: Row[*tuple[Any, ...]]) -> FeedHints:
    """The hints from a row with those columns; the inverse of `values_of`."""
    return FeedHints(
        every=span_of(row.wait_s),
        skip_hours=_members(row.skip_hours, _HOURS),
        skip_days=_members(row.skip_days, _DAYS),
        fresh_for=span_of(row.fresh_s),
        gap=span_of(row.gap_s),
    )


def _seconds(span: timedelta | None) -> int | None:
    """Whole seconds, in the range of the column."""
    return None if span is None else max(0, min(int(span.total_seconds()), 2**31 - 1))


def span_of(seconds: int | None) -> timedelta | None:
    """Seconds of a column as a span."""
    return None if seconds is None else timedelta(seconds=seconds)


def _bits(members: Iterable[int]) -> int | None:
    """None for no members, as for a feed that was never asked."""
    return sum(1 << member for member in members) or None


def _members(bits: int | None, most: int) -> frozenset[int]:
    return frozenset(n for n in range(most) if bits and bits >> n & 1)


T = TypeVar("T")

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
AnySelect: TypeAlias = Select[*tuple[Any, ...]]

BATCH = 500
"""Values in one `IN (...)`: well under each database's limit on bound values."""


def batches(values: Iterable[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    """The values in order, in lists of at most `size`."""
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch


ITEM_COLUMNS = (
    items.c.id,
    items.c.feed_id,
    items.c.key,
    items.c.revision,
    items.c.url,
    items.c.title,
    items.c.summary,
    items.c.published_at,
    items.c.date_source,
    items.c.first_seen_at,
    items.c.changed_at,
)

FEED_NAME = func.coalesce(feeds.c.title, feeds.c.url)
"""The feed's own title, else its address."""


def to_item(row: AnyRow) -> Item:
    """From `ITEM_COLUMNS`, an `outlet` and a `backlog` column."""
    return Item(
        id=row.id,
        feed_id=row.feed_id,
        outlet=row.outlet,
        key=row.key,
        revision=row.revision,
        url=row.url,
        title=row.title,
        summary=row.summary,
        published_at=row.published_at,
        date_source=DateSource(row.date_source),
        first_seen_at=row.first_seen_at,
        backlog=bool(row.backlog),
        changed_at=row.changed_at,
    )


EVIDENCE_COLUMNS = (
    evidence.c.id.label("evidence_id"),
    evidence.c.commitment_id,
    evidence.c.score,
    evidence.c.direction,
    evidence.c.reasons,
    evidence.c.passage,
    evidence.c.sure,
    evidence.c.origin,
    evidence.c.verdict,
    evidence.c.filed_at,
    (~evidence.c.news).label("backlog"),
    story_items.c.story_id,
)


def to_evidence(row: AnyRow) -> Evidence:
    """From `EVIDENCE_COLUMNS`, `ITEM_COLUMNS` and an `outlet` column."""
    return Evidence(
        id=row.evidence_id,
        commitment_id=row.commitment_id,
        item=to_item(row),
        story_id=row.story_id,
        score=row.score,
        direction=Direction(row.direction),
        reasons=tuple(row.reasons),
        passage=row.passage,
        origin=Origin(row.origin),
        verdict=None if row.verdict is None else Verdict(row.verdict),
        sure=row.sure,
        filed_at=row.filed_at,
    )


FEED_HEALTH_COLUMNS = (
    feeds.c.id,
    feeds.c.url,
    feeds.c.etag,
    feeds.c.last_modified,
    feeds.c.body_hash,
    feeds.c.checked_at,
    feeds.c.succeeded_at,
    feeds.c.newest_at,
    feeds.c.failures,
    feeds.c.error,
    feeds.c.due_at,
    feeds.c.wait_s,
    feeds.c.skip_hours,
    feeds.c.skip_days,
    feeds.c.fresh_s,
    feeds.c.gap_s,
    feeds.c.not_found,
    feeds.c.failed_at,
    feeds.c.last_error,
)


def to_feed(row: AnyRow) -> Feed:
    """From `FEED_HEALTH_COLUMNS` and the columns `name`, `category`, ... of a list's line."""
    return Feed(
        id=row.id,
        url=row.url,
        title=row.name,
        category=row.category,
        language=row.language,
        weight=row.weight,
        every=timedelta(seconds=row.every_s),
        enabled=row.enabled,
        etag=row.etag,
        last_modified=row.last_modified,
        body_hash=row.body_hash,
        checked_at=row.checked_at,
        succeeded_at=row.succeeded_at,
        newest_at=row.newest_at,
        failures=row.failures,
        error=row.error,
        due_at=row.due_at,
        hints=to_hints(row),
        not_found=row.not_found or 0,
        failed_at=row.failed_at,
        last_error=row.last_error,
        own_every=span_of(row.own_every_s),
    )
