"""What is done when something happens to a feed, and how admins hear of it.

`FeedEventHandler` acts on the events of a poll: a feed that is gone is paused, one that has moved
permanently is moved in the list, both as an admin would do it, by the name of `bot`. `FeedAlerts`
sends admins one message on all that happened, at once, then at most one an hour. `WeeklyReport`
sends each admin a note on the list, Mondays at 9 in the bot's time zone.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Final

from bot.briefing.feed_health import health_of_feed
from bot.briefing.feed_week import feed_week
from bot.domain.clock import Clock
from bot.domain.errors import FeedListError, NotFoundError
from bot.domain.feed import Feed, FeedEvent, FeedNoteKind
from bot.domain.schedule import Schedule, Weekday, latest_occurrence
from bot.domain.urls import same_feed_key
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from bot.services.alerts import AdminAlerts
from bot.services.feeds.list import FeedListService
from bot.slack.messages.feeds import feed_notes_message, feed_week_message

logger = logging.getLogger(__name__)

ACTOR: Final = "bot"
# A permanent redirect is followed in the list when it was seen this often.
MOVED_AFTER: Final = 2
BETWEEN_MESSAGES: Final = timedelta(hours=1)
# A bot that was down on Monday reports until Wednesday morning; then the next Monday is near.
LATE_AT_MOST: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class FeedEventHandler:
    """Acts on the events of a poll."""

    ledger: Ledger
    feeds: FeedListService
    clock: Clock

    async def handle(self, workspace: WorkspaceId, event: FeedEvent) -> None:
        """Act on one event for a workspace; nothing where the workspace does not list the feed.

        Failures and recoveries are left to `FeedAlerts`, which reads them from the ledger.

        Raises:
            LedgerError: Storage refused.
        """
        match event.kind:
            case FeedNoteKind.GONE:
                await self._pause(workspace, event)
            case FeedNoteKind.MOVED if event.url is not None:
                await self._move(workspace, event.feed, event.url)
            case FeedNoteKind.FLOOD | FeedNoteKind.LATE if await self._listed(
                workspace, event.feed
            ):
                await self._note(workspace, event.feed, event.kind, event.text)

    async def _pause(self, workspace: WorkspaceId, event: FeedEvent) -> None:
        feed, kind, notes = event.feed, FeedNoteKind.GONE, self.ledger.feed_notes
        if not any(one.enabled for one in await self._listed(workspace, feed)):
            return
        text = f"{event.text}. It is paused now"
        # Noted before it is done: a process that dies in between does it again at the next poll,
        # and a feed that is paused is polled no more.
        await self._note(workspace, feed, kind, text)
        try:
            await self.feeds.set_enabled(workspace, feed.url, enabled=False, actor=ACTOR)
        except NotFoundError:
            return
        except FeedListError as error:
            why = f"It could not be paused in the list ({error.problems[0]})"
            await notes.change_text(workspace, feed.id, kind, f"{event.text}. {why}")
            return
        logger.warning("feed is gone and paused", extra={"feed_url": feed.url})
        if await notes.open_text(workspace, feed.id, kind) != text:
            # Admins have read that it could not be paused.
            await self._note(workspace, feed, kind, text, anew=True)

    async def _move(self, workspace: WorkspaceId, feed: Feed, to: str) -> None:
        seen = await self.ledger.feeds.saw_move(
            feed.id, to, at=self.clock(), looked_at=feed.checked_at
        )
        if seen < MOVED_AFTER:
            return
        others = [f for f in await self.ledger.feeds.list(workspace) if f.id != feed.id]
        there = [f.title for f in others if same_feed_key(f.url) == same_feed_key(to)]
        try:
            await self.feeds.move(workspace, feed.url, to, actor=ACTOR)
        except NotFoundError:
            return
        except FeedListError as error:
            if seen > MOVED_AFTER:
                return
            text = f"it lives at {to} now, and the list could not be changed ({error.problems[0]})"
        else:
            logger.info("feed moved", extra={"feed_url": feed.url, "to": to})
            text = f"from {feed.url} to {to}; the list has the new address now"
            if there:
                text = (
                    f"from {feed.url} to {to}, which is listed already as “{there[0]}”; "
                    "so its own line is off the list"
                )
        await self._note(workspace, feed, FeedNoteKind.MOVED, text)

    async def _listed(self, workspace: WorkspaceId, feed: Feed) -> Sequence[Feed]:
        """The feed's line as it is now; none where the workspace does not list it."""
        return [one for one in await self.ledger.feeds.list(workspace) if one.id == feed.id]

    async def _note(
        self,
        workspace: WorkspaceId,
        feed: Feed,
        kind: FeedNoteKind,
        text: str,
        *,
        anew: bool = False,
    ) -> None:
        at = self.clock()
        await self.ledger.feed_notes.add(workspace, feed.id, kind, text, at=at, anew=anew)


@dataclass(frozen=True, slots=True)
class FeedAlerts:
    """Sends admins what happened to feeds since the last message."""

    ledger: Ledger
    alerts: AdminAlerts
    clock: Clock

    async def run(self, workspace: WorkspaceId) -> bool:
        """Put what happened into the outbox; True when there was something.

        Nothing is put there for an hour after the last message; what happens in it comes together.
        """
        now = self.clock()
        await self.ledger.feed_notes.refresh(workspace, at=now)
        notes = await self.ledger.feed_notes.unsent(workspace)
        if not notes:
            return False
        last = await self.ledger.feed_notes.last_sent_at(workspace)
        if last is not None and last <= now < last + BETWEEN_MESSAGES:
            return False
        enabled = sum(feed.enabled for feed in await self.ledger.feeds.list(workspace))
        payload = feed_notes_message(notes, enabled).payload()
        deliveries = await self.alerts.deliveries(workspace, f"feeds:{notes[-1].id}", payload)
        sent = await self.ledger.feed_notes.send(
            workspace, [n.id for n in notes], deliveries, at=now
        )
        if sent:
            logger.info("feed alerts queued", extra={"notes": len(notes)})
        return sent


@dataclass(frozen=True, slots=True)
class WeeklyReport:
    """Puts the weekly note into the outbox when it is due and a feed needs a decision."""

    ledger: Ledger
    alerts: AdminAlerts
    clock: Clock
    timezone: str
    # Saves counting; after a restart the outbox knows.
    _settled: dict[WorkspaceId, date] = field(default_factory=dict, init=False)

    async def run(self, workspace: WorkspaceId) -> bool:
        """Put this week's note into the outbox if it is due; True when something was put there.

        A second call for the same week puts nothing, in any process: its key is the local day.
        """
        now = self.clock()
        schedule = Schedule(weekdays=frozenset({Weekday.MON}), at=time(9), timezone=self.timezone)
        due = latest_occurrence(schedule, now=now)
        if due is None or now - due.instant > LATE_AT_MOST:
            return False
        if self._settled.get(workspace) == due.day:
            return False
        figures = await self.ledger.feed_stats.list(workspace, now=now)
        week = feed_week([health_of_feed(one, now=now) for one in figures], now=now)
        put = 0
        if week.feeds:
            key = f"feeds-week:{due.day.isoformat()}"
            put = await self.alerts.put(workspace, key, feed_week_message(week).payload())
        self._settled[workspace] = due.day
        if put:
            logger.info("weekly note on feeds", extra={"admins": put, "total": week.total})
        return bool(put)
