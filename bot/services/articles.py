"""Articles that a person gives by their address, or finds by search: filed by hand as evidence."""

from dataclasses import dataclass

from bot.domain.clock import Clock
from bot.domain.errors import NotFoundError
from bot.domain.evidence import Match, Reviewed, Verdict
from bot.domain.item import Item
from bot.domain.workspace import WorkspaceId
from bot.ingest.discovery import read_page
from bot.ingest.http.client import Fetcher
from bot.ledger import Ledger
from bot.services.commitments import CommitmentsWatcher
from bot.services.filing import MatchRunner


@dataclass(frozen=True, kw_only=True, slots=True)
class Article:
    """An article to file, and what the machine would file it under, best first."""

    item: Item
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class ArticleService:
    """Reads articles by the same guard as any feed, and files them by hand."""

    ledger: Ledger
    fetcher: Fetcher
    runner: MatchRunner
    commitments: CommitmentsWatcher
    clock: Clock

    async def at(self, workspace: WorkspaceId, address: str) -> Article:
        """The article at an address; one that is stored already is that item.

        Raises:
            FetchError: It cannot be fetched, or is no article.
        """
        fetched = await self.fetcher.fetch_url(address)
        page = read_page(fetched, now=self.clock())
        number = await self.ledger.items.keep_page(
            workspace, page.entry, page.site or address, at=self.clock()
        )
        return await self.stored(workspace, number)

    async def item(self, workspace: WorkspaceId, item_id: int) -> Item:
        """A stored item; `NotFoundError` for one that the workspace does not see."""
        return await self.ledger.items.get(workspace, item_id)

    async def stored(self, workspace: WorkspaceId, item_id: int) -> Article:
        """The same for a stored item."""
        item = await self.item(workspace, item_id)
        (found,) = await self.runner.matches([(item.title, item.summary)])
        return Article(item=item, matches=found)

    async def file(
        self,
        workspace: WorkspaceId,
        item_id: int,
        commitment_id: str,
        verdict: Verdict,
        *,
        actor: str,
    ) -> Reviewed:
        """Files an item by hand.

        Raises:
            NotFoundError: There is no such item, or the commitment is not tracked.
        """
        if commitment_id not in self.commitments.pack().by_id:
            raise NotFoundError(f"No commitment “{commitment_id}” is tracked; choose another.")
        article = await self.stored(workspace, item_id)
        passages = {match.commitment_id: match.passage for match in article.matches}
        return await self.ledger.evidence.file_by_hand(
            workspace,
            article.item,
            commitment_id,
            verdict,
            actor=actor,
            at=self.clock(),
            passage=passages.get(commitment_id, ""),
        )
