"""Reviews of evidence: kept, and learned from at once."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.clock import Clock
from bot.domain.evidence import Feedback, Verdict
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from bot.services.commitments import CommitmentsWatcher
from bot.services.filing import text_of


@dataclass(frozen=True, slots=True)
class ReviewService:
    """Keeps verdicts and lets matching learn from them."""

    ledger: Ledger
    commitments: CommitmentsWatcher
    clock: Clock

    async def review(
        self, workspace: WorkspaceId, evidence_ids: Iterable[int], verdict: Verdict, *, actor: str
    ) -> None:
        """Keeps a person's verdict on each piece of evidence, and learns from it.

        Raises:
            NotFoundError: One of them does not exist in this workspace; those before it are kept.
        """
        for evidence_id in evidence_ids:
            await self.ledger.evidence.review(
                workspace, evidence_id, verdict, actor=actor, at=self.clock()
            )
        await self.relearn(workspace)

    async def relearn(self, workspace: WorkspaceId) -> None:
        """Matches with all reviews so far; also called at the start."""
        reviews = await self.ledger.evidence.reviews(workspace)
        feedback = Feedback.of([(r.commitment_id, text_of(r.item), r.verdict) for r in reviews])
        self.commitments.learn(feedback)
