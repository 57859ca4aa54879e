"""Matches what is stored and not yet matched, groups it into stories, files it as evidence."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.clock import Clock
from bot.domain.item import Item, ItemText
from bot.domain.workspace import WorkspaceId
from bot.ledger import Filing, Ledger
from bot.matching import StoryIndex
from bot.services.packs import PackInForce, PackKeeper

logger = logging.getLogger(__name__)

_BATCH = 200
_STORY_WINDOW = timedelta(days=14)


@dataclass(frozen=True, kw_only=True, slots=True)
class FilingReport:
    """What one run filed.

    Attributes:
        matched: Items that were matched.
        evidence_new: Evidence filed for the first time.
        stories_new: Stories begun.
    """

    matched: int = 0
    evidence_new: int = 0
    stories_new: int = 0


class Filer:
    """Files everything that is pending, in the ledger's own order, a batch a transaction.

    What is pending is asked of the ledger each time, so a run that was killed is simply gone on
    with, and ends in the same ledger.
    """

    def __init__(self, ledger: Ledger, packs: PackKeeper, *, clock: Clock) -> None:
        self._ledger = ledger
        self._packs = packs
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()

    async def run(
        self, w: WorkspaceId, *, progress: Callable[[int], None] | None = None
    ) -> FilingReport:
        """Match and file all that is pending in a workspace.

        Args:
            w: The workspace.
            progress: Called with how many items are matched so far, after each batch.
        """
        async with self._one_at_a_time:
            return await self._run(w, progress)

    async def _run(self, w: WorkspaceId, progress: Callable[[int], None] | None) -> FilingReport:
        total = FilingReport()
        stories: StoryIndex | None = None
        while items := await self._pending(w, self._packs.current):
            in_force = self._packs.current
            stories = stories or await self._known_stories(items, in_force)
            filings = await asyncio.to_thread(_read, items, in_force, stories)
            filed = await self._ledger.evidence.file(
                w,
                filings,
                matcher_version=in_force.matcher.version,
                pack_fingerprint=in_force.pack.fingerprint,
                at=self._clock(),
            )
            total = FilingReport(
                matched=total.matched + len(items),
                evidence_new=total.evidence_new + filed.evidence_new,
                stories_new=total.stories_new + filed.stories_new,
            )
            if progress is not None:
                progress(total.matched)
        if total.matched:
            logger.info(
                "items matched",
                extra={"items": total.matched, "evidence_new": total.evidence_new},
            )
        return total

    async def _pending(self, w: WorkspaceId, in_force: PackInForce) -> Sequence[Item]:
        return await self._ledger.items.pending(
            w,
            matcher_version=in_force.matcher.version,
            pack_fingerprint=in_force.pack.fingerprint,
            limit=_BATCH,
        )

    async def _known_stories(self, items: Sequence[Item], in_force: PackInForce) -> StoryIndex:
        """The stories that these items, and younger ones, may belong to."""
        oldest = min(item.published_at for item in items)
        known = await self._ledger.evidence.recent_for_stories(since=oldest - _STORY_WINDOW)
        return await asyncio.to_thread(_index, known, in_force)


def _index(known: Sequence[tuple[Item, int]], in_force: PackInForce) -> StoryIndex:
    stories = StoryIndex(vectors=in_force.vectors)
    for item, story_id in known:
        stories.add(text_of(item), story_id, seen_at=item.first_seen_at)
    return stories


def _read(items: Sequence[Item], in_force: PackInForce, stories: StoryIndex) -> tuple[Filing, ...]:
    """What each item bears on and which story it belongs to; runs off the event loop."""
    texts = [text_of(item) for item in items]
    found = in_force.matcher.match_many(texts)
    return tuple(
        Filing(
            item_id=item.id,
            revision=item.revision,
            story_id=_story_of(item, text, stories),
            matches=matches,
        )
        for item, text, matches in zip(items, texts, found, strict=True)
    )


def _story_of(item: Item, text: ItemText, stories: StoryIndex) -> int:
    """The story it belongs to; its own number when it begins one."""
    story_id = stories.find(text, seen_at=item.first_seen_at)
    story_id = item.id if story_id is None else story_id
    stories.add(text, story_id, seen_at=item.first_seen_at)
    return story_id


def text_of(item: Item) -> ItemText:
    """What matching reads of a stored item."""
    return ItemText(
        id=str(item.id),
        title=item.title,
        summary=item.summary,
        source=item.outlet,
        published_at=item.published_at,
    )
