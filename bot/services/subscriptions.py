"""Subscriptions: made, listed, ended."""

import re
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final
from zoneinfo import available_timezones

from bot.domain.clock import Clock
from bot.domain.commitment import Pack
from bot.domain.errors import ForbiddenError, InputError, NotFoundError, Problem
from bot.domain.schedule import EVERY_DAY, WORKDAYS, Schedule, Weekday, next_occurrence
from bot.domain.subscription import Subscription
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger

# MERGED wishes: What `/briefing subscribe ...` asks for in words: a pure reading.


_DEFAULT_AT: Final = time(8, 0)
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})")
_EXAMPLE: Final = "write it like `/briefing subscribe remains weekdays 08:00 Asia/Seoul`"
_DAY_WORDS: Final = {"daily": EVERY_DAY, "weekdays": WORKDAYS, "workdays": WORKDAYS}
_DAYS: Final = {
    name: day
    for day, names in {
        Weekday.MON: "mon monday mondays",
        Weekday.TUE: "tue tues tuesday tuesdays",
        Weekday.WED: "wed wednesday wednesdays",
        Weekday.THU: "thu thur thurs thursday thursdays",
        Weekday.FRI: "fri friday fridays",
        Weekday.SAT: "sat saturday saturdays",
        Weekday.SUN: "sun sunday sundays",
    }.items()
    for name in names.split()
}
_FILLERS: Final = frozenset({"at", "on", "to", "and", "for", "every", "day", "all", "the", "in"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What somebody asked for in words.

    Attributes:
        commitments: Ids of commitments or summits; empty for all.
        schedule: When.
        to_asker: True for a direct message to who asks, False for the channel it was asked in.
    """

    commitments: tuple[str, ...]
    schedule: Schedule
    to_asker: bool


def read_wish(words: str, *, pack: Pack, timezone: str) -> Wish:
    """What `[commitments] [daily|weekdays|mon,wed] [HH:MM] [zone] [me|here]` asks for.

    The order is free; what is left out is: all commitments, weekdays, 08:00, the asker's own time
    zone, this channel.

    Args:
        words: As typed.
        pack: Where the commitments are.
        timezone: The asker's zone.

    Raises:
        InputError: A word means nothing here.
    """
    days: set[Weekday] = set()
    at, to_asker = _DEFAULT_AT, False
    commitments: list[str] = []
    known = {name.casefold(): name for name in (*pack.by_id, *pack.summit_by_id)}
    zones = {name.casefold(): name for name in available_timezones()}
    for word in re.split(r"[\s,]+", words.strip()):
        key = word.casefold()
        if not key or key in _FILLERS:
            continue
        if key in {"me", "dm", "here"}:
            to_asker = key != "here"
        elif key in _DAY_WORDS:
            days |= _DAY_WORDS[key]
        elif key in _DAYS:
            days.add(_DAYS[key])
        elif clock_time := _TIME.fullmatch(word):
            at = _time(int(clock_time[1]), int(clock_time[2]), word)
        elif key in known:
            commitments.append(known[key])
        elif key in zones:
            timezone = zones[key]
        else:
            raise InputError(
                Problem(where="subscribe", what=f"“{word}” is no commitment, day, time or time "
                        "zone", fix=_EXAMPLE)
            )  # fmt: skip
    schedule = Schedule(weekdays=frozenset(days) or WORKDAYS, at=at, timezone=timezone)
    return Wish(commitments=tuple(commitments), schedule=schedule, to_asker=to_asker)


def _time(hour: int, minute: int, word: str) -> time:
    try:
        return time(hour, minute)
    except ValueError as error:
        raise InputError(
            Problem(where="time", what=f"“{word}” is no time", fix="write it as 08:00")
        ) from error


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscribed:
    """A subscription, and when its first digest comes."""

    subscription: Subscription
    first_at: datetime | None


class SubscriptionService:
    """Keeps subscriptions."""

    def __init__(self, ledger: Ledger, *, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    async def add(
        self,
        workspace: WorkspaceId,
        *,
        target: str,
        commitments: tuple[str, ...],
        schedule: Schedule,
        actor: str,
    ) -> Subscribed:
        """Subscribe a channel or person; the same target and commitments replace the old one."""
        now = self._clock()
        subscription = await self._ledger.subscriptions.add(
            workspace, target, commitments, schedule, actor=actor, at=now
        )
        first = next_occurrence(schedule, now=now)
        return Subscribed(subscription=subscription, first_at=first.instant if first else None)

    async def of(
        self, workspace: WorkspaceId, *, user_id: str, channel_id: str | None = None
    ) -> tuple[Subscription, ...]:
        """Those that the person made or gets, and those of the channel; by number."""
        found = {
            s.id: s
            for s in (
                *await self._ledger.subscriptions.list(workspace, created_by=user_id),
                *await self._ledger.subscriptions.list(workspace, target=user_id),
                *(
                    await self._ledger.subscriptions.list(workspace, target=channel_id)
                    if channel_id
                    else ()
                ),
            )
        }
        return tuple(found[number] for number in sorted(found))

    async def remove(
        self, workspace: WorkspaceId, subscription_id: int, *, actor: str, is_admin: bool
    ) -> Subscription:
        """End a subscription: for who made or gets it, and for admins.

        Raises:
            NotFoundError: There is none with that number.
            ForbiddenError: It belongs to somebody else.
        """
        subscription = await self._ledger.subscriptions.get(workspace, subscription_id)
        if not is_admin and actor not in {subscription.created_by, subscription.target}:
            raise ForbiddenError(
                "Only the person who made a subscription, or an admin, can end it. "
                f"This one was made by <@{subscription.created_by}>."
            )
        await self._ledger.subscriptions.remove(
            workspace, subscription_id, actor=actor, at=self._clock()
        )
        return subscription

    async def only(
        self, workspace: WorkspaceId, *, user_id: str, channel_id: str | None
    ) -> Subscription:
        """The one subscription that is meant when no number was given.

        Raises:
            NotFoundError: There is none, or more than one.
        """
        mine = await self.of(workspace, user_id=user_id, channel_id=channel_id)
        if len(mine) == 1:
            return mine[0]
        if not mine:
            raise NotFoundError("There is no subscription here. `/briefing subscribe` makes one.")
        numbers = ", ".join(str(s.id) for s in mine)
        raise NotFoundError(
            f"There are several subscriptions here: {numbers}. Say which one, such as "
            f"`/briefing unsubscribe {mine[0].id}`."
        )
