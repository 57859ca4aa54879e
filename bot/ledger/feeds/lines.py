"""The lines of a feed list: what a change of the list means, and how the audit trail says it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.feed import FeedList, FeedSpec
from bot.domain.subscription import AuditEntry, Json
from bot.ledger.values import FeedChanges

Lines = Mapping[str, FeedSpec]
"""A feed list by address, in its order; every line names its interval."""


def lines_of(feed_list: FeedList) -> Lines:
    """The list's lines by address; of two lines with one address the first counts."""
    lines: dict[str, FeedSpec] = {}
    for spec in feed_list.feeds:
        lines.setdefault(spec.url, _full_line(spec, every=feed_list.every))
    return lines


def _full_line(spec: FeedSpec, *, every: timedelta) -> FeedSpec:
    """The line as it is stored: with an interval, in whole seconds, and None for empty texts."""
    seconds = max(1, int((spec.every or every).total_seconds()))
    return replace(
        spec,
        title=spec.title or None,
        category=spec.category or None,
        language=spec.language or None,
        every=timedelta(seconds=seconds),
        inherits=spec.every is None or spec.inherits,
    )


def changes_between(old: Lines, new: Lines) -> FeedChanges:
    """What turns the old list into the new one."""
    return FeedChanges(
        added=tuple(url for url in new if url not in old),
        changed=tuple(url for url, line in new.items() if url in old and old[url] != line),
        removed=tuple(url for url in old if url not in new),
    )


def audit_entries(
    old: Lines, new: Lines, changes: FeedChanges, *, actor: str, at: datetime
) -> list[AuditEntry]:
    """One entry for each line added, changed or removed."""
    steps = (
        ("feed.add", changes.added),
        ("feed.change", changes.changed),
        ("feed.remove", changes.removed),
    )
    return [
        audit_entry(action, url, old.get(url), new.get(url), actor=actor, at=at)
        for action, urls in steps
        for url in urls
    ]


def audit_entry(
    action: str,
    url: str,
    old: FeedSpec | None,
    new: FeedSpec | None,
    *,
    actor: str,
    at: datetime,
) -> AuditEntry:
    """The entry for one line."""
    return AuditEntry(
        at=at, actor=actor, action=action, subject=url, before=_as_json(old), after=_as_json(new)
    )


def _as_json(line: FeedSpec | None) -> Json | None:
    if line is None:
        return None
    texts = {
        "url": line.url,
        "title": line.title,
        "category": line.category,
        "language": line.language,
    }
    return {
        **{name: value for name, value in texts.items() if value is not None},
        "weight": line.weight,
        "every_s": None if line.every is None else int(line.every.total_seconds()),
        "enabled": line.enabled,
        **({} if line.inherits else {"every_own": True}),
    }
