"""The feed list as admins read it: filtered by words, a page at a time, with each feed's health."""

import re
from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from bot.briefing.feed_answers import FeedRow, FeedsPage
from bot.briefing.feed_health import by_need, health_of_feed
from bot.briefing.parts import FeedHealth, FeedState
from bot.domain.clock import Clock
from bot.domain.errors import NotFoundError
from bot.domain.feed import FeedFigures
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from bot.services.feeds.list import FeedListService

__all__ = ["FeedFigures", "FeedHealth", "FeedHealthService", "FeedState", "by_need"]


# MERGED feed_health: How each feed of the list fares.
#
# The values are `bot.briefing.feed_health`'s, so that `bot.slack` can render them too.


class FeedHealthService:
    """Tells the health of feeds; everything is counted in the ledger at each call."""

    def __init__(self, ledger: Ledger, *, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    async def all(self, workspace: WorkspaceId) -> tuple[FeedHealth, ...]:
        """Every feed that the workspace lists, paused ones too, in the order of its list."""
        now = self._clock()
        figures = await self._ledger.feed_stats.list(workspace, now=now)
        return tuple(health_of_feed(one, now=now) for one in figures)

    async def one(self, workspace: WorkspaceId, feed_id: int) -> FeedHealth:
        """One listed feed, by the ledger's number.

        Raises:
            NotFoundError: The list does not name it (any more).
        """
        for health in await self.all(workspace):
            if health.feed.id == feed_id:
                return health
        raise NotFoundError("That feed is no longer in the list.")


PAGE: Final = 8
COMMANDS: Final = (
    "list", "add", "remove", "pause", "resume", "test", "history", "import", "export", "help",
)  # fmt: skip
"""The words that may follow `feeds`, in the order of the help."""
_STATES: Final = {
    "well": FeedState.WELL,
    "ok": FeedState.WELL,
    "silent": FeedState.SILENT,
    "quiet": FeedState.SILENT,
    "failing": FeedState.FAILING,
    "broken": FeedState.FAILING,
    "paused": FeedState.PAUSED,
    "new": FeedState.NEW,
}
_SHORT: Final = 2
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")


class FeedCatalogue:
    """Shows the list."""

    def __init__(self, health: FeedHealthService, desk: FeedListService, *, clock: Clock) -> None:
        self._health = health
        self._desk = desk
        self._clock = clock

    async def page(self, workspace: WorkspaceId, words: str = "", *, page: int = 1) -> FeedsPage:
        """One page of the feeds that the words let through.

        Args:
            workspace: The workspace.
            words: See `filtered`; empty for all.
            page: From 1; one behind the last gives the last.
        """
        rows = await self.rows(workspace, words)
        listed = rows if not words.strip() else await self.rows(workspace)
        pages = max(1, -(-len(rows) // PAGE))
        page = min(max(1, page), pages)
        return FeedsPage(
            now=self._clock(),
            rows=rows[(page - 1) * PAGE : page * PAGE],
            page=page,
            pages=pages,
            found=len(rows),
            words=words.strip(),
            states=Counter(row.health.state for row in listed),
            nearest=() if rows else nearest_commands(words),
            asked=_STATES.get(words.strip().casefold()),
            kept=len(await self._desk.kept(workspace)),
            broken=self._desk.broken(workspace),
        )

    async def rows(self, workspace: WorkspaceId, words: str = "") -> tuple[FeedRow, ...]:
        """All feeds that the words let through, the ones that need someone's eye first."""
        listed = await self._health.all(workspace)
        kept = frozenset(one.edit.url for one in await self._desk.kept(workspace))
        return filtered(listed, words, kept=kept)


def filtered(
    listed: Sequence[FeedHealth], words: str, *, kept: frozenset[str] = frozenset()
) -> tuple[FeedRow, ...]:
    """The feeds of a list that the words let through, by need, with their places in the list.

    Args:
        listed: All feeds, in the order of the list.
        words: See `fits`; a number alone is the feed with that place in the list.
        kept: Addresses of feeds with an edit that is not in feeds.yaml.
    """
    numbers = {health.feed.id: number for number, health in enumerate(listed, start=1)}
    number = words.strip()
    if number in map(str, numbers.values()):
        found: tuple[FeedHealth, ...] = (listed[int(number) - 1],)
    else:
        found = by_need(health for health in listed if fits(health, words, listed=listed))
    return tuple(
        FeedRow(number=numbers[one.feed.id], health=one, kept=one.feed.url in kept) for one in found
    )


def fits(health: FeedHealth, words: str, *, listed: Sequence[FeedHealth]) -> bool:
    """Whether a feed fits all of the words.

    A word is a state (failing, silent, paused, well, new), a category or a language that some
    feed of the list has, or else part of a title or an address.
    """
    return all(_fits(health, word, listed) for word in words.casefold().split())


def _fits(health: FeedHealth, word: str, listed: Sequence[FeedHealth]) -> bool:
    if word in _STATES:
        return health.state is _STATES[word]
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


def nearest_commands(words: str) -> tuple[str, ...]:
    """Commands that begin like a filter which found nothing, best first."""
    first = words.casefold().split()[:1]
    if first and first[0] in _STATES:
        return ()
    return tuple(get_close_matches(first[0], COMMANDS, n=2, cutoff=0.6)) if first else ()
