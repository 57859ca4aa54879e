"""What is done when something happens to a feed, and how admins hear of it.

`FeedEventHandler` acts on the events of a poll: a feed that is gone is paused, one that has moved
permanently is moved in the list, both as an admin would do it, by the name of `bot`. `FeedAlerts`
tells admins what happened: one message for all of it, the first at once, then at most one an hour.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, Protocol

from bot.domain.clock import Clock
from bot.domain.errors import FeedListError, NotFoundError
from bot.domain.feed import Feed, FeedNoteKind
from bot.domain.urls import same_feed_key
from bot.domain.workspace import WorkspaceId
from bot.ingest.poll.decide import FeedEvent, FeedEventKind
from bot.ledger import Ledger
from bot.services.alerts import AdminAlerts
from bot.slack.messages.feed_alerts import feed_notes_message

logger = logging.getLogger(__name__)

ACTOR: Final = "bot"
MOVED_AFTER: Final = 2
"""A permanent redirect is followed in the list when it was seen so many times."""
BETWEEN_MESSAGES: Final = timedelta(hours=1)


class FeedEditor(Protocol):
    """Edits the feed list; `bot.services.feeds.list.FeedListService` is one.

    Both methods take the address for the name, and raise `NotFoundError` when the list has no such
    feed and `FeedListError` when it cannot be changed.
    """

    async def set_enabled(
        self, workspace: WorkspaceId, name: str, *, enabled: bool, actor: str
    ) -> object:
        """Pause a feed or let it go on."""

    async def move(self, workspace: WorkspaceId, name: str, to: str, *, actor: str) -> object:
        """Give a feed another address."""


class FeedEventHandler:
    """Acts on what a poll notices of feeds."""

    def __init__(self, ledger: Ledger, editor: FeedEditor, *, clock: Clock) -> None:
        self._ledger = ledger
        self._editor = editor
        self._clock = clock

    async def heard(self, workspace: WorkspaceId, notice: FeedEvent) -> None:
        """Take up one notice for a workspace; nothing where the workspace does not list the feed.

        Failures and recoveries are left to `FeedAlerts`, which reads them from the ledger.

        Raises:
            LedgerError: Storage refused.
        """
        match notice.kind:
            case FeedEventKind.GONE:
                await self._pause(workspace, notice)
            case FeedEventKind.MOVED if notice.url is not None:
                await self._move(workspace, notice.feed, notice.url)
            case FeedEventKind.FLOOD if await self._listed(workspace, notice.feed):
                await self._note(workspace, notice.feed, FeedNoteKind.FLOOD, notice.text)

    async def _pause(self, workspace: WorkspaceId, notice: FeedEvent) -> None:
        feed, kind, notes = notice.feed, FeedNoteKind.GONE, self._ledger.feed_notes
        if not any(one.enabled for one in await self._listed(workspace, feed)):
            return
        text = f"{notice.text}. It is paused now"
        # Noted before it is done: whoever dies in between does it again at the next look, and a
        # feed that is paused is looked at no more.
        await self._note(workspace, feed, kind, text)
        try:
            await self._editor.set_enabled(workspace, feed.url, enabled=False, actor=ACTOR)
        except NotFoundError:
            return
        except FeedListError as error:
            why = f"It could not be paused in the list ({error.problems[0]})"
            await notes.reword(workspace, feed.id, kind, f"{notice.text}. {why}")
            return
        logger.warning("feed is gone and paused", extra={"feed_url": feed.url})
        if await notes.wording(workspace, feed.id, kind) != text:
            # What was told is that it could not be paused.
            await self._note(workspace, feed, kind, text, anew=True)

    async def _move(self, workspace: WorkspaceId, feed: Feed, to: str) -> None:
        seen = await self._ledger.feeds.saw_move(
            feed.id, to, at=self._clock(), looked_at=feed.checked_at
        )
        if seen < MOVED_AFTER:
            return
        there = await self._listed_as(workspace, feed, to)
        try:
            await self._editor.move(workspace, feed.url, to, actor=ACTOR)
        except NotFoundError:
            return
        except FeedListError as error:
            if seen > MOVED_AFTER:
                return
            text = f"it lives at {to} now, and the list could not be changed ({error.problems[0]})"
        else:
            logger.info("feed moved", extra={"feed_url": feed.url, "to": to})
            text = f"from {feed.url} to {to}; the list has the new address now"
            if there is not None:
                text = (
                    f"from {feed.url} to {to}, which is listed already as “{there}”; "
                    "so its own line is off the list"
                )
        await self._note(workspace, feed, FeedNoteKind.MOVED, text)

    async def _listed_as(self, workspace: WorkspaceId, feed: Feed, to: str) -> str | None:
        """What another feed of the list is called that lives at the address; None without."""
        key = same_feed_key(to)
        others = (one for one in await self._ledger.feeds.list(workspace) if one.id != feed.id)
        return next((one.title for one in others if same_feed_key(one.url) == key), None)

    async def _listed(self, workspace: WorkspaceId, feed: Feed) -> Sequence[Feed]:
        """The feed's line as it is now; none where the workspace does not list it."""
        return [one for one in await self._ledger.feeds.list(workspace) if one.id == feed.id]

    async def _note(
        self,
        workspace: WorkspaceId,
        feed: Feed,
        kind: FeedNoteKind,
        text: str,
        *,
        anew: bool = False,
    ) -> None:
        at = self._clock()
        await self._ledger.feed_notes.add(workspace, feed.id, kind, text, at=at, anew=anew)


class FeedAlerts:
    """Tells admins what happened to feeds since they were last told."""

    def __init__(
        self,
        ledger: Ledger,
        alerts: AdminAlerts,
        *,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._alerts = alerts
        self._clock = clock

    async def tell(self, workspace: WorkspaceId) -> bool:
        """Put what there is to tell into the outbox; True when there was something.

        Nothing happens for an hour after the last time; what happens meanwhile comes together.
        """
        now = self._clock()
        await self._ledger.feed_notes.take_stock(workspace, at=now)
        notes = await self._ledger.feed_notes.untold(workspace)
        if not notes:
            return False
        last = await self._ledger.feed_notes.last_told_at(workspace)
        if last is not None and last <= now < last + BETWEEN_MESSAGES:
            return False
        enabled = sum(feed.enabled for feed in await self._ledger.feeds.list(workspace))
        deliveries = await self._alerts.deliveries(
            workspace, f"feeds:{notes[-1].id}", feed_notes_message(notes, enabled).payload()
        )
        told = await self._ledger.feed_notes.tell(
            workspace, [n.id for n in notes], deliveries, at=now
        )
        if told:
            logger.info("admins told of feeds", extra={"notes": len(notes)})
        return told
