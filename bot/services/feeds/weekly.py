"""The weekly note on the feed list: Mondays at 9 in the bot's time zone, to each admin once."""

import logging
from datetime import date, time, timedelta
from typing import Final

from bot.briefing.feed_week import feed_week
from bot.domain.clock import Clock
from bot.domain.schedule import Occurrence, Schedule, Weekday, latest_occurrence
from bot.domain.workspace import WorkspaceId
from bot.services.alerts import AdminAlerts
from bot.services.feeds.catalogue import FeedHealthService
from bot.slack.messages.feed_alerts import feed_week_message

logger = logging.getLogger(__name__)

AT: Final = time(9)
LATE_AT_MOST: Final = timedelta(days=2)
"""A bot that was down on Monday says it until Wednesday morning; then the next Monday is near."""


class WeeklyReport:
    """Puts the weekly note into the outbox when it is due, and something is to be said."""

    def __init__(
        self,
        health: FeedHealthService,
        alerts: AdminAlerts,
        *,
        timezone: str,
        clock: Clock,
    ) -> None:
        """Makes the weekly note.

        Args:
            health: Tells how feeds fare.
            alerts: Knows the admins.
            timezone: IANA name of the zone in which it is Monday, 9 o'clock.
            clock: The present moment.
        """
        self._health = health
        self._alerts = alerts
        self._clock = clock
        self._schedule = Schedule(weekdays=frozenset({Weekday.MON}), at=AT, timezone=timezone)
        # Saves counting; after a restart the outbox knows.
        self._settled: dict[WorkspaceId, date] = {}

    async def run(self, workspace: WorkspaceId) -> bool:
        """Put this week's note into the outbox if it is due; True when something was put there.

        A second call for the same week puts nothing, in any process: its key is the local day.
        """
        due = self._due()
        if due is None or self._settled.get(workspace) == due.day:
            return False
        week = feed_week(await self._health.all(workspace), now=self._clock())
        put = 0
        if week.feeds:
            key = f"feeds-week:{due.day.isoformat()}"
            put = await self._alerts.put(workspace, key, feed_week_message(week).payload())
        self._settled[workspace] = due.day
        if put:
            logger.info("weekly note on feeds", extra={"admins": put, "total": week.total})
        return bool(put)

    def _due(self) -> Occurrence | None:
        """The Monday that is due; None when none is, or the last one is too long ago."""
        now = self._clock()
        last = latest_occurrence(self._schedule, now=now)
        return last if last is not None and now - last.instant <= LATE_AT_MOST else None
