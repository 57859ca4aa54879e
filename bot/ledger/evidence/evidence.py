"""Evidence: which item bears on which commitment, and what people said of it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from bot.domain.evidence import Direction, Evidence, Verdict
from bot.domain.item import Item
from bot.domain.window import Window
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Database
from bot.ledger.evidence import queries, reviews
from bot.ledger.evidence.filing import file
from bot.ledger.values import Filed, Filing, Review


class EvidenceFile:
    """The evidence of every workspace, each seen by its own only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def file(
        self,
        workspace: WorkspaceId,
        filings: Sequence[Filing],
        *,
        matcher_version: str,
        pack_fingerprint: str,
        at: datetime,
    ) -> Filed:
        """File what matching found of a batch of items, in one transaction.

        The items are matched from then on (unless the matcher or the commitments changed in the
        meantime). Evidence found again gets the machine's new words; evidence not found any more
        is withdrawn; evidence on which a person had a word stays as that person saw it.

        Raises:
            NotFoundError: When an item does not exist.
        """
        versions = (matcher_version, pack_fingerprint)
        return await self._database.write_anew(file, workspace, filings, versions, at)

    async def file_by_hand(
        self,
        workspace: WorkspaceId,
        item_id: int,
        commitment_id: str,
        direction: Direction,
        *,
        actor: str,
        at: datetime,
        note: str | None = None,
    ) -> Evidence:
        """File evidence as a person's own finding; the machine never changes it.

        Where the machine had filed the same, it becomes the person's.

        Raises:
            NotFoundError: When the workspace has no such item.
        """
        return await self._database.write(
            reviews.file_by_hand,
            workspace,
            item_id,
            commitment_id,
            direction,
            actor=actor,
            at=at,
            why=note,
        )

    async def recent_for_stories(
        self, *, since: datetime, until: datetime | None = None, limit: int | None = None
    ) -> tuple[tuple[Item, int], ...]:
        """Items with their stories, published from `since` to `until`, oldest first.

        Of all feeds, whoever lists them, with the outlet as the feed names itself; of one date by
        feed and key.

        Args:
            since: The earliest date.
            until: The latest date; None for no end.
            limit: The newest of them, so many; None for all.
        """
        return await self._database.read(queries.recent_for_stories, since, until, limit)

    async def stories_of(self, item_ids: Collection[int]) -> Mapping[int, int]:
        """The story of each of these items that has one."""
        return await self._database.read(queries.stories_of, item_ids)

    async def list(
        self,
        workspace: WorkspaceId,
        *,
        commitments: Collection[str] | None = None,
        window: Window | None = None,
        published: Window | None = None,
        news_only: bool = False,
        include_rejected: bool = False,
        limit: int | None = None,
        newest_first: bool = True,
    ) -> tuple[Evidence, ...]:
        """Evidence that stands, by its item's date, then by number.

        Args:
            workspace: The workspace.
            commitments: Only on these; None for all.
            window: Only what was filed in it.
            published: Only what was published in it.
            news_only: Leave out what was there before we came, or was only matched anew.
            include_rejected: Also what a person rejected.
            limit: At most so many; None for all.
            newest_first: The other way round when False.
        """
        return await self._database.read(
            queries.find,
            workspace,
            queries.conditions(commitments, window, published, news_only, include_rejected),
            limit,
            newest_first,
        )

    async def get(self, workspace: WorkspaceId, evidence_id: int) -> Evidence:
        """One piece of evidence, rejected or withdrawn ones too.

        Raises:
            NotFoundError: When the workspace has none of that number.
        """
        return await self._database.read(queries.get, workspace, evidence_id)

    async def review(
        self,
        workspace: WorkspaceId,
        evidence_id: int,
        verdict: Verdict,
        *,
        actor: str,
        at: datetime,
        note: str | None = None,
    ) -> Evidence:
        """Add a person's word on evidence; the latest one counts, the earlier ones stay.

        Raises:
            NotFoundError: When the workspace has none of that number.
        """
        return await self._database.write(
            reviews.review, workspace, evidence_id, verdict, actor=actor, at=at, why=note
        )

    async def reviews(self, workspace: WorkspaceId) -> tuple[Review, ...]:
        """Every word that people said on evidence, the earliest first."""
        return await self._database.read(reviews.reviews_of, workspace)

    async def last_published(self, workspace: WorkspaceId) -> Mapping[str, datetime]:
        """For each commitment with evidence that stands, the newest date of its items."""
        return await self._database.read(queries.last_published, workspace)

    async def counts(
        self, workspace: WorkspaceId, *, published: Window
    ) -> Mapping[str, Mapping[Direction, int]]:
        """How many stories published in a window speak for each direction of each commitment.

        A story counts once for a direction however many outlets tell it. Only commitments with
        evidence that stands, and only directions with a story, are there.
        """
        return await self._database.read(queries.counts, workspace, published)
