"""Digests: composed for a subscription when due, or for a person who asks now."""

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


class DigestService:
    """Composes digests and hands them to the outbox."""

    def __init__(self, ledger: Ledger, briefing: Briefing, *, clock: Clock) -> None:
        self._ledger = ledger
        self._briefing = briefing
        self._clock = clock

    async def compose(
        self, workspace: WorkspaceId, subscription: Subscription, due: DueDigest
    ) -> NewDelivery:
        """The delivery of one due digest; an empty one says so in a sentence."""
        mentioned = await self._ledger.outbox.mentioned(workspace, subscription.id)
        digest = await self._briefing.digest(
            workspace,
            subscription.commitments,
            due.window,
            timezone=subscription.schedule.timezone,
            already_mentioned=mentioned,
            late=due.late,
        )
        return NewDelivery(
            key=due.key,
            kind=DeliveryKind.DIGEST,
            target=subscription.target,
            payloads=payloads(digest_messages(digest)),
            subscription_id=subscription.id,
            window_since=due.window.since,
            window_until=due.window.until,
            mentions=digest.mentions,
        )

    async def now(
        self, workspace: WorkspaceId, commitments: tuple[str, ...], *, timezone: str
    ) -> Digest:
        """A digest of the last 24 hours."""
        until = self._clock()
        window = Window(since=until - timedelta(hours=24), until=until)
        return await self._briefing.digest(workspace, commitments, window, timezone=timezone)
