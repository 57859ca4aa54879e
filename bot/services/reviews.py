"""Reviews of evidence: kept, undone, and learned from at once."""

import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

from rapidfuzz import fuzz
from rapidfuzz.utils import default_process

from bot.briefing import Briefing
from bot.domain.clock import Clock
from bot.domain.commitment import Commitment, Pack
from bot.domain.errors import DeliveryError, ForbiddenError, NotFoundError
from bot.domain.evidence import Evidence, Feedback, ReviewCounts, Reviewed, Verdict
from bot.domain.subscription import PostedMessage
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from bot.ledger.evidence import standing_reviews
from bot.services.commitments import CommitmentsWatcher
from bot.services.filing import text_of
from bot.slack.messages.evidence import reviewed_section, with_line

if TYPE_CHECKING:
    from bot.slack.api.gateway import SlackGateway

logger = logging.getLogger(__name__)

# For so long the person who pressed may take it back; admins always may.
UNDO_FOR: Final = timedelta(hours=1)
CARD_FOR: Final = timedelta(minutes=10)
# Cards looked through for one that nobody has: more reviewers at once find none for a while.
_CARDS: Final = 50
# Digests older than this are read no more, and are not edited.
EDITED_FOR: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ReviewCard:
    """What one person is asked to review next; no evidence where nothing is free."""

    evidence_id: int | None
    counts: ReviewCounts


@dataclass(frozen=True, slots=True)
class ReviewService:
    """Keeps verdicts and lets matching learn from them."""

    ledger: Ledger
    commitments: CommitmentsWatcher
    clock: Clock

    async def review(
        self,
        workspace: WorkspaceId,
        evidence_ids: Sequence[int],
        verdict: Verdict,
        *,
        actor: str,
        moved_to: str | None = None,
    ) -> Reviewed:
        """Keeps a person's verdict on some evidence, and learns from it.

        Raises:
            NotFoundError: One of them does not exist in this workspace, or the commitment that a
                move names is not tracked; nothing is kept.
        """
        if moved_to is not None and moved_to not in self.commitments.pack().by_id:
            raise NotFoundError(f"No commitment “{moved_to}” is tracked; choose another.")
        done = await self.ledger.evidence.review(
            workspace, evidence_ids, verdict, actor=actor, at=self.clock(), moved_to=moved_to
        )
        await self.relearn(workspace)
        return done

    async def next_card(
        self, workspace: WorkspaceId, commitments: Collection[str], *, midnight: datetime
    ) -> ReviewCard:
        """The next evidence to review under these commitments, the least sure first.

        One that was given out is not given out again for ten minutes, so that two people do not
        look at the same. Counted is what was done since `midnight`.
        """
        counts = await self.ledger.evidence.review_counts(
            workspace, commitments=commitments, since=midnight
        )
        now = self.clock()
        for one in await self.ledger.evidence.waiting(
            workspace, commitments=commitments, limit=_CARDS
        ):
            key = f"review:{workspace}:{one.id}"
            if await self.ledger.seen_requests.first_time(key, at=now, keep=CARD_FOR):
                return ReviewCard(evidence_id=one.id, counts=counts)
        return ReviewCard(evidence_id=None, counts=counts)

    async def undo(
        self,
        workspace: WorkspaceId,
        evidence_id: int,
        *,
        meant: datetime | None,
        actor: str,
        is_admin: bool,
    ) -> Reviewed:
        """Takes the press back whose verdict stands on a piece of evidence; what was learned too.

        `meant` is when the verdict was given that the person saw; None for whichever stands.

        Raises:
            NotFoundError: No verdict stands there, or there is no such evidence.
            ForbiddenError: It is somebody else's, or older than an hour, and the actor no admin.
        """
        said = await self.ledger.evidence.reviews(workspace, evidence_id=evidence_id)
        last = standing_reviews(said).get(evidence_id)
        if last is None or (meant is not None and last.at != meant):
            stands = "another verdict stands there now" if last else "no verdict stands there now"
            raise NotFoundError(f"That was undone or replaced already: {stands} (E{evidence_id}).")
        now = self.clock()
        if not may_undo(last.actor, last.at, actor=actor, is_admin=is_admin, now=now):
            raise ForbiddenError(
                "Only the person who pressed can undo this, for an hour; an admin can at any time. "
                "Who may review can set it to what they find right."
            )
        done = await self.ledger.evidence.undo(workspace, last.act, actor=actor, at=now)
        if not done.before:  # somebody was quicker
            raise NotFoundError(f"That was undone already (E{evidence_id}).")
        await self.relearn(workspace)
        return done

    async def relearn(self, workspace: WorkspaceId) -> None:
        """Matches with all reviews so far; also called at the start."""
        stands = standing_reviews(await self.ledger.evidence.reviews(workspace)).values()
        triples = [(r.commitment_id, text_of(r.item), r.verdict) for r in stands]
        self.commitments.learn(Feedback.of(triples))


@dataclass(frozen=True, slots=True)
class PostedLines:
    """Keeps the lines that were posted in step with what people say of the evidence.

    Attributes:
        gateway: Slack; edits that it refuses are logged, since the verdict itself is kept.
        zone: For dates where Slack cannot tell a reader's own zone.
    """

    ledger: Ledger
    briefing: Briefing
    gateway: "SlackGateway"
    clock: Clock
    zone: tzinfo = UTC

    async def restate(
        self,
        workspace: WorkspaceId,
        numbers: Sequence[int],
        *,
        clicked: PostedMessage | None = None,
    ) -> bool:
        """Edits the line of some evidence wherever it was posted in the last 30 days.

        `numbers` are a story's under one commitment, the one of the line first; `clicked` is the
        message where the person pressed. False where that one could not be edited.
        """
        now = self.clock()
        answer = await self.briefing.why(workspace, numbers[0])
        line = reviewed_section(answer, zone=self.zone)
        evidence = answer.evidence
        digests = await self.ledger.outbox.showing(
            workspace, evidence.commitment_id, evidence.story_id, since=now - EDITED_FOR
        )
        if clicked is not None and "blocks" not in clicked.payload:
            clicked = await self._read(clicked)
        done = False
        for message in _each_once(clicked, digests):
            payload = with_line(message.payload, numbers, line, verdict=evidence.verdict)
            if payload is None:
                continue
            try:
                await self.gateway.edit(message.channel, message.ts, payload)
            except DeliveryError as error:
                logger.warning("line not edited", extra={"code": error.code})
                continue
            if message.delivery_id:
                await self.ledger.outbox.edited(message.delivery_id, message.position, payload)
            done = done or (clicked is not None and message.ts == clicked.ts)
        return done

    async def _read(self, message: PostedMessage) -> PostedMessage | None:
        """The same with what Slack shows of it; None where it cannot be read."""
        try:
            payload = await self.gateway.read(message.channel, message.ts)
        except DeliveryError as error:
            logger.warning("message not read", extra={"code": error.code})
            return None
        return replace(message, payload=payload)


def _each_once(
    clicked: PostedMessage | None, digests: Sequence[PostedMessage]
) -> Iterator[PostedMessage]:
    """The digests' messages, and the clicked one where it is none of them.

    What the ledger has of a message counts: Slack's copy of a click may be older.
    """
    yield from digests
    places = {(one.channel, one.ts) for one in digests}
    if clicked is not None and (clicked.channel, clicked.ts) not in places:
        yield clicked


def nearest_commitments(
    evidence: Evidence, pack: Pack, *, limit: int = 3
) -> tuple[Commitment, ...]:
    """The commitments whose words are most like the item's, without its own, the nearest first."""
    item = f"{evidence.item.title} {evidence.passage or evidence.item.summary}"
    likeness = {
        one.id: fuzz.token_set_ratio(item, f"{one.title} {one.text}", processor=default_process)
        for one in pack.commitments
        if one.id != evidence.commitment_id
    }
    best = sorted(likeness, key=lambda name: -likeness[name])[:limit]
    return tuple(pack.by_id[name] for name in best)


def may_undo(by: str, at: datetime, *, actor: str, is_admin: bool, now: datetime) -> bool:
    """Whether the actor may take back what the person `by` pressed then."""
    return is_admin or (actor == by and now - at <= UNDO_FOR)
