"""Digests: composed for a subscription when due, or for a person who asks now."""

from dataclasses import dataclass
from datetime import timedelta

from bot.briefing import Briefing
from bot.briefing.digest import Digest
from bot.delivery.digests import DueDigest
from bot.domain.clock import Clock
from bot.domain.subscription import DeliveryKind, NewDelivery, Subscription
from bot.domain.window import Window
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from bot.slack.messages.blocks import payloads
from bot.slack.messages.digest import digest_messages


@dataclass(frozen=True, slots=True)
class DigestService:
    """Composes digests."""

    ledger: Ledger
    briefing: Briefing
    clock: Clock

    async def compose(
        self, workspace: WorkspaceId, subscription: Subscription, due: DueDigest
    ) -> NewDelivery:
        """The delivery of one due digest; an empty one says so in a sentence, or is skipped."""
        outbox = self.ledger.outbox
        last_evidence = await self.ledger.evidence.newest(workspace)
        digest = await self.briefing.digest(
            workspace,
            subscription.commitments,
            due.window,
            after=await outbox.told_up_to(workspace, subscription.id),
            timezone=subscription.schedule.timezone,
            already_mentioned=await outbox.mentioned(workspace, subscription.id),
            late=due.late,
        )
        skipped = subscription.skip_empty and digest.is_empty
        sent = () if skipped else digest_messages(digest, subscription=subscription)
        return NewDelivery(
            key=due.key,
            kind=DeliveryKind.DIGEST,
            target=subscription.target,
            payloads=payloads(sent),
            subscription_id=subscription.id,
            window_since=due.window.since,
            window_until=due.window.until,
            mentions=digest.mentions,
            skipped="nothing was new" if skipped else None,
            last_evidence=last_evidence,
        )

    async def now(
        self, workspace: WorkspaceId, commitments: tuple[str, ...], *, timezone: str
    ) -> Digest:
        """A digest of the last 24 hours."""
        until = self.clock()
        window = Window(since=until - timedelta(hours=24), until=until)
        return await self.briefing.digest(workspace, commitments, window, timezone=timezone)
