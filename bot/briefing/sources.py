"""What the briefing needs of the ledger, in the ledger's own words.

The ledger fits these without knowing of them; a test can put a small one in its place.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.evidence import Evidence
from bot.domain.feed import Feed, FeedFigures
from bot.domain.item import Item
from bot.domain.window import Window
from bot.domain.workspace import WorkspaceId


class EvidenceSource(Protocol):
    """Filed evidence."""

    async def list(
        self,
        workspace: WorkspaceId,
        /,
        *,
        commitments: Collection[str] | None = None,
        window: Window | None = None,
        published: Window | None = None,
        news_only: bool = False,
        include_rejected: bool = False,
    ) -> Sequence[Evidence]:
        """Evidence filed in `window`, of items dated in `published`, under `commitments`."""

    async def get(self, workspace: WorkspaceId, evidence_id: int, /) -> Evidence:
        """That evidence; `NotFoundError` without."""

    async def last_published(self, workspace: WorkspaceId, /) -> Mapping[str, datetime]:
        """The date of the newest item of each commitment that has evidence."""


class FeedSource(Protocol):
    """Feed lists."""

    async def list(self, workspace: WorkspaceId, /) -> Sequence[Feed]:
        """The workspace's feeds, in the order of its list."""


class FeedStatsSource(Protocol):
    """Counts of feeds."""

    async def list(self, workspace: WorkspaceId, /, *, now: datetime) -> Sequence[FeedFigures]:
        """What is counted of each feed of the list, in its order."""


class ItemSource(Protocol):
    """Stored items."""

    async def search(
        self,
        workspace: WorkspaceId,
        words: str,
        /,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 20,
    ) -> Sequence[Item]:
        """Items that hold the words, best first."""

    async def first_title(self, workspace: WorkspaceId, item_id: int, /) -> str:
        """The title that an item began with."""


class Ledger(Protocol):
    """The rooms of the ledger that answers come from."""

    @property
    def evidence(self) -> EvidenceSource:
        """Filed evidence."""

    @property
    def feeds(self) -> FeedSource:
        """Feed lists."""

    @property
    def feed_stats(self) -> FeedStatsSource:
        """Counts of feeds."""

    @property
    def items(self) -> ItemSource:
        """Stored items."""
