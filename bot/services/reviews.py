"""Reviews of evidence: kept, and learned from at once."""

from collections.abc import Iterable

from bot.domain.clock import Clock
from bot.domain.evidence import Evidence, Feedback, Verdict
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from bot.services.commitments import CommitmentsWatcher
from bot.services.filing import text_of


class ReviewService:
    """Keeps verdicts and lets matching learn from them."""

    def __init__(self, ledger: Ledger, packs: CommitmentsWatcher, *, clock: Clock) -> None:
        self._ledger = ledger
        self._packs = packs
        self._clock = clock

    async def review(
        self, workspace: WorkspaceId, evidence_ids: Iterable[int], verdict: Verdict, *, actor: str
    ) -> tuple[Evidence, ...]:
        """Keep a person's verdict on each piece of evidence, and learn from it.

        Raises:
            NotFoundError: One of them does not exist in this workspace; those before it are kept.
        """
        reviewed = [
            await self._ledger.evidence.review(
                workspace, evidence_id, verdict, actor=actor, at=self._clock()
            )
            for evidence_id in evidence_ids
        ]
        await self.relearn(workspace)
        return tuple(reviewed)

    async def relearn(self, workspace: WorkspaceId) -> None:
        """Match with all reviews so far; also called at the start."""
        reviews = await self._ledger.evidence.reviews(workspace)
        feedback = Feedback.of([(r.commitment_id, text_of(r.item), r.verdict) for r in reviews])
        self._packs.learn(feedback)
