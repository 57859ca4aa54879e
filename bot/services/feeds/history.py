"""Who changed a feed's line, when, and what stood before: read from the audit trail."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.briefing import phrases
from bot.briefing.feed_answers import FeedChange, FeedHistory
from bot.briefing.parts import FeedHealth
from bot.domain.errors import NotFoundError
from bot.domain.feed import Feed, FeedNote, FeedNoteKind
from bot.domain.subscription import AuditEntry, Json
from bot.domain.urls import same_feed_key
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from bot.services.feeds.alerts import ACTOR
from bot.services.feeds.catalogue import FeedHealthService
from bot.services.feeds.list import FeedListService

_READ: Final = 20_000
"""Entries about feeds that are looked through, the newest."""
_ACTIONS: Final = {
    "feed.add": "added",
    "feed.remove": "removed",
    "feed.change": "changed",
    "feed.pause": "paused",
    "feed.resume": "resumed",
    "feed.move": "moved",
}
_FIELDS: Final = (
    ("url", "address"),
    ("title", "title"),
    ("category", "category"),
    ("language", "language"),
    ("weight", "weight"),
    ("every_s", "every"),
    ("every_own", "an interval of its own"),
)
_NOTHING: Final = "none"
_REASONS: Final = {"paused": FeedNoteKind.GONE, "removed": FeedNoteKind.MOVED}
"""What is noted when the bot does such a thing."""
_AT_THE_TIME: Final = timedelta(minutes=1)


class FeedAudit:
    """Tells what became of a feed's line."""

    def __init__(self, ledger: Ledger, desk: FeedListService, health: FeedHealthService) -> None:
        self._ledger = ledger
        self._desk = desk
        self._health = health

    async def of(self, workspace: WorkspaceId, name: str) -> FeedHistory:
        """The history of a listed feed by name, or of any address that ever was listed.

        Raises:
            NotFoundError: Nothing of that name is listed, and the trail does not know it; or
                several listed feeds have it.
        """
        trail = await self._trail(workspace)
        try:
            feed = await self._desk.find(workspace, name)
        except NotFoundError:
            urls = _known(trail, name)
            titles = [feed.title.casefold() for feed in await self._ledger.feeds.list(workspace)]
            if not urls or titles.count(name.strip().casefold()) > 1:
                raise
            found = history_of(trail, urls=urls, name=urls[0], listed=False)
        else:
            former = _former(await self._health.all(workspace), feed)
            found = history_of(trail, urls=(feed.url, *former), name=feed.title, listed=True)
        notes = await self._ledger.feed_notes.of_feeds(workspace, (found.url, *found.earlier_urls))
        return with_reasons(found, notes)

    async def _trail(self, workspace: WorkspaceId) -> tuple[AuditEntry, ...]:
        return await self._ledger.audit.list(workspace, limit=_READ, action=_ACTIONS.keys())


def with_reasons(history: FeedHistory, notes: Sequence[FeedNote]) -> FeedHistory:
    """The history with why the bot itself paused the feed, or took it off the list.

    Args:
        history: The history.
        notes: What was noted of the feed: the bot notes what it does, when it does it.
    """
    return replace(history, changes=tuple(_with_reason(one, notes) for one in history.changes))


def _with_reason(change: FeedChange, notes: Sequence[FeedNote]) -> FeedChange:
    kind = _REASONS.get(change.what) if change.actor == ACTOR else None
    fitting = [n for n in notes if n.kind is kind and abs(n.at - change.at) <= _AT_THE_TIME]
    if not fitting:
        return change
    why, *_ = min(fitting, key=lambda note: abs(note.at - change.at)).text.partition(";")
    return replace(change, details=(why, *change.details))


def _former(listed: Iterable[FeedHealth], feed: Feed) -> tuple[str, ...]:
    """Where the feed lived before it moved, the newest first."""
    found = next((one for one in listed if one.feed.id == feed.id), None)
    return found.figures.former_urls[::-1] if found else ()


def _known(trail: Iterable[AuditEntry], name: str) -> tuple[str, ...]:
    """The address that was meant, as the trail writes it; empty when it does not know it."""
    wanted = same_feed_key(name) if "://" in name else None
    for entry in trail:
        if wanted is not None and same_feed_key(entry.subject) == wanted:
            return (entry.subject,)
        titles = {_text(entry.before, "title"), _text(entry.after, "title")} - {""}
        if name.strip().casefold() in {title.casefold() for title in titles}:
            return (entry.subject,)
    return ()


def history_of(
    trail: Sequence[AuditEntry], *, urls: Sequence[str], name: str, listed: bool
) -> FeedHistory:
    """The history of a feed.

    Args:
        trail: Entries about feeds, the newest first.
        urls: Its address, then earlier ones that are known, the newest first.
        name: What it is called.
        listed: Whether it is in the list now.
    """
    known = dict.fromkeys(urls)
    changes = []
    for entry in trail:
        its = {entry.subject, _text(entry.before, "url"), _text(entry.after, "url")} - {""}
        if its.isdisjoint(known):
            continue
        known.update(dict.fromkeys(sorted(its)))
        changes.append(_change(entry))
    url, *earlier = known
    return FeedHistory(
        name=name, url=url, earlier_urls=tuple(earlier), changes=tuple(changes), listed=listed
    )


def _change(entry: AuditEntry) -> FeedChange:
    what = _ACTIONS[entry.action]
    before, after = entry.before or {}, entry.after or {}
    if entry.action == "feed.change" and before.get("enabled") != after.get("enabled"):
        what = "resumed" if after.get("enabled") else "paused"
    return FeedChange(
        at=entry.at,
        actor=entry.actor,
        what=what,
        details=tuple(_details(entry.action, before, after)),
    )


def _details(action: str, before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """What stood before and what after; for a line that came or went, what it said."""
    if action in {"feed.add", "feed.remove"}:
        line = after or before
        shown = [
            f"{label}: {_said(name, line.get(name))}"
            for name, label in _FIELDS
            if name not in {"url", "weight"} and line.get(name) is not None
        ]
        return shown if line.get("enabled", True) else [*shown, "paused"]
    return [
        f"{label}: {_said(name, before.get(name))} → {_said(name, after.get(name))}"
        for name, label in _FIELDS
        if before.get(name) != after.get(name)
    ]


def _said(name: str, value: object) -> str:
    if value is None:
        return _NOTHING
    if value is True:
        return "yes"
    if name == "every_s" and isinstance(value, int):
        return phrases.span(timedelta(seconds=value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _text(line: Json | None, name: str) -> str:
    value = (line or {}).get(name)
    return value if isinstance(value, str) else ""
