"""The feed list as admins read it: a page of it with each feed's health, and a feed's history."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.briefing import phrases
from bot.briefing.feed_answers import FeedChange, FeedHistory, FeedRow, FeedsPage
from bot.briefing.feed_health import by_need, health_of_feed
from bot.briefing.parts import FILTER_WORDS, FeedHealth
from bot.domain.clock import Clock
from bot.domain.errors import NotFoundError
from bot.domain.feed import FeedNote, FeedNoteKind
from bot.domain.subscription import AuditEntry, Json
from bot.domain.urls import same_feed_key
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from bot.services.feeds.alerts import ACTOR
from bot.services.feeds.list import FeedListService

PAGE: Final = 8
_SHORT: Final = 2
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
# Audit entries about feeds that are searched for a history, the newest.
_MOST_ENTRIES: Final = 20_000
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
# What the bot notes when it does such a thing itself, within a minute.
_REASONS: Final = {"paused": FeedNoteKind.GONE, "removed": FeedNoteKind.MOVED}
_AT_THE_TIME: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class FeedCatalogue:
    """Shows the list."""

    ledger: Ledger
    feeds: FeedListService
    clock: Clock

    async def page(self, workspace: WorkspaceId, text: str = "", *, page: int = 1) -> FeedsPage:
        """One page, from 1, of the feeds that a filter lets through; the last one beyond it."""
        rows = await self.rows(workspace, text)
        listed = rows if not text.strip() else await self.rows(workspace)
        pages = max(1, -(-len(rows) // PAGE))
        page = min(max(1, page), pages)
        return FeedsPage(
            rows=rows[(page - 1) * PAGE : page * PAGE],
            page=page,
            pages=pages,
            found=len(rows),
            filter=text.strip(),
            states=Counter(row.health.state for row in listed),
            state=FILTER_WORDS.get(text.strip().casefold()),
            kept=len(await self.feeds.kept(workspace)),
            broken=self.feeds.broken(workspace),
        )

    async def rows(self, workspace: WorkspaceId, text: str = "") -> tuple[FeedRow, ...]:
        """All feeds that a filter (see `filtered`) lets through, those in need first."""
        now = self.clock()
        figures = await self.ledger.feed_stats.list(workspace, now=now)
        kept = frozenset(one.edit.url for one in await self.feeds.kept(workspace))
        listed = [health_of_feed(one, now=now) for one in figures]
        return filtered(listed, text, kept=kept)

    async def history(self, workspace: WorkspaceId, name: str) -> FeedHistory:
        """Who changed a feed's line, when, and what stood before.

        Feeds that are off the list are found by any address or title that they ever had.

        Raises:
            NotFoundError: The audit does not know it either, or several listed feeds have the name.
        """
        trail = await self.ledger.audit.list(workspace, limit=_MOST_ENTRIES, action=_ACTIONS.keys())
        try:
            feed = await self.feeds.find(workspace, name)
        except NotFoundError:
            urls = _known(trail, name)
            titles = [feed.title.casefold() for feed in await self.ledger.feeds.list(workspace)]
            if not urls or titles.count(name.strip().casefold()) > 1:
                raise
            found = history_of(trail, urls=urls, name=urls[0], listed=False)
        else:
            figures = await self.ledger.feed_stats.list(workspace, now=self.clock())
            former = next((one.former_urls for one in figures if one.feed.id == feed.id), ())
            urls = (feed.url, *former[::-1])
            found = history_of(trail, urls=urls, name=feed.title, listed=True)
        notes = await self.ledger.feed_notes.of_feeds(workspace, (found.url, *found.earlier_urls))
        return with_reasons(found, notes)


def filtered(
    listed: Sequence[FeedHealth], text: str, *, kept: frozenset[str] = frozenset()
) -> tuple[FeedRow, ...]:
    """The feeds that fit every word of a filter, by need, with their places in the list.

    A word is a state (failing, silent, paused, well, new), a category or a language that some
    feed of the list has, or else part of a title or an address. A number alone is a place.

    Args:
        listed: All feeds, in the order of the list.
        text: The filter; empty for all.
        kept: Addresses of feeds with an edit that is not in feeds.yaml.
    """
    rows = {
        one.feed.id: FeedRow(number=number, health=one, kept=one.feed.url in kept)
        for number, one in enumerate(listed, start=1)
    }
    words = text.casefold().split()
    if placed := [row for row in rows.values() if words == [str(row.number)]]:
        return tuple(placed)
    fitting = by_need(one for one in listed if all(_fits(one, word, listed) for word in words))
    return tuple(rows[one.feed.id] for one in fitting)


def _fits(health: FeedHealth, word: str, listed: Sequence[FeedHealth]) -> bool:
    if word in FILTER_WORDS:
        return health.state is FILTER_WORDS[word]
    feed = health.feed
    if any((one.feed.category or "").casefold() == word for one in listed):
        return (feed.category or "").casefold() == word
    if _LANGUAGE.fullmatch(word) and any(_speaks(one, word) for one in listed):
        return _speaks(health, word)
    texts = (feed.title, feed.url, feed.category or "")
    if len(word) <= _SHORT:  # `en` is not what "agency" is about
        return any(word in re.split(r"\W+", text.casefold()) for text in texts)
    return any(word in text.casefold() for text in texts)


def _speaks(health: FeedHealth, tag: str) -> bool:
    """Whether the feed's language is the tag, or one of its kinds: `zh` finds `zh-Hant`."""
    language = (health.feed.language or "").casefold()
    return language == tag or language.startswith(f"{tag}-")


def with_reasons(history: FeedHistory, notes: Sequence[FeedNote]) -> FeedHistory:
    """The history with why the bot itself paused the feed, or took it off the list.

    The bot notes what it does when it does it.
    """

    def explained(change: FeedChange) -> FeedChange:
        kind = _REASONS.get(change.what) if change.actor == ACTOR else None
        fitting = [n for n in notes if n.kind is kind and abs(n.at - change.at) <= _AT_THE_TIME]
        if not fitting:
            return change
        why, *_ = min(fitting, key=lambda note: abs(note.at - change.at)).text.partition(";")
        return replace(change, details=(why, *change.details))

    return replace(history, changes=tuple(explained(one) for one in history.changes))


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
    details = tuple(_details(entry.action, before, after))
    return FeedChange(at=entry.at, actor=entry.actor, what=what, details=details)


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
        return "none"
    if value is True:
        return "yes"
    if name == "every_s" and isinstance(value, int):
        return phrases.span(timedelta(seconds=value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _text(line: Json | None, name: str) -> str:
    value = (line or {}).get(name)
    return value if isinstance(value, str) else ""
