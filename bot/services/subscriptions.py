"""Subscriptions: read from a command, made, listed, ended."""

import re
from dataclasses import dataclass
from datetime import time
from typing import Final
from zoneinfo import available_timezones

from bot.domain.clock import Clock
from bot.domain.commitment import Pack
from bot.domain.errors import ForbiddenError, InputError, NotFoundError, Problem
from bot.domain.schedule import EVERY_DAY, WORKDAYS, Schedule, Weekday
from bot.domain.subscription import Subscription
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from bot.slack.modals.subscribe import SubscribeForm

_DEFAULT_AT: Final = time(8, 0)
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})")
_SKIP_EMPTY: Final = re.compile(r"(?<!\S)skip[ -]empty(?:\s+days)?(?!\S)", re.IGNORECASE)
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


def subscribe_args(text: str, *, pack: Pack, timezone: str, channel: str | None) -> SubscribeForm:
    """What `[commitments] [daily|weekdays|mon,wed] [HH:MM] [zone] [me|here] [skip empty]` asks for.

    The order is free. The defaults are all commitments, weekdays, 08:00, the actor's `timezone`
    and the `channel` where it was typed: None for a direct message.

    Raises:
        InputError: A word means nothing here.
    """
    days: set[Weekday] = set()
    at, private = _DEFAULT_AT, False
    commitments: list[str] = []
    known = {name.casefold(): name for name in (*pack.by_id, *pack.summit_by_id)}
    zones = {name.casefold(): name for name in available_timezones()}
    text, skips = _SKIP_EMPTY.subn(" ", text)
    for word in re.split(r"[\s,]+", text.strip()):
        key = word.casefold()
        if not key or key in _FILLERS:
            continue
        if key in {"me", "dm", "here"}:
            private = key != "here"
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
    target = None if private else channel
    return SubscribeForm(
        commitments=tuple(commitments),
        schedule=schedule,
        target=target,
        skip_empty=skips > 0,
    )


def _time(hour: int, minute: int, word: str) -> time:
    try:
        return time(hour, minute)
    except ValueError as error:
        raise InputError(
            Problem(where="time", what=f"“{word}” is no time", fix="write it as 08:00")
        ) from error


@dataclass(frozen=True, slots=True)
class SubscriptionService:
    """Keeps subscriptions."""

    ledger: Ledger
    clock: Clock

    async def add(self, workspace: WorkspaceId, form: SubscribeForm, *, actor: str) -> Subscription:
        """Subscribes a channel or the actor, in place of an equal subscription of theirs."""
        return await self.ledger.subscriptions.add(
            workspace,
            form.target or actor,
            form.commitments,
            form.schedule,
            actor=actor,
            at=self.clock(),
            skip_empty=form.skip_empty,
        )

    async def of(
        self, workspace: WorkspaceId, *, user_id: str, channel_id: str | None = None
    ) -> tuple[Subscription, ...]:
        """Those that the person made or gets, and those of the channel; by number."""
        stored = self.ledger.subscriptions
        found = [
            *await stored.list(workspace, created_by=user_id),
            *await stored.list(workspace, target=user_id),
            *(await stored.list(workspace, target=channel_id) if channel_id else ()),
        ]
        by_number = {one.id: one for one in found}
        return tuple(by_number[number] for number in sorted(by_number))

    async def remove(
        self,
        workspace: WorkspaceId,
        subscription_id: int | None,
        *,
        actor: str,
        channel_id: str | None,
        is_admin: bool,
    ) -> Subscription:
        """Ends a subscription, for those who made it or get it and for admins.

        Without a number it is the only one that `of` lists for the actor and the channel.

        Raises:
            NotFoundError: There is none with that number, or several without one.
            ForbiddenError: It belongs to another person.
        """
        if subscription_id is None:
            mine = await self.of(workspace, user_id=actor, channel_id=channel_id)
            subscription_id = _only(mine).id
        subscription = await self.ledger.subscriptions.get(workspace, subscription_id)
        if not is_admin and actor not in {subscription.created_by, subscription.target}:
            raise ForbiddenError(
                "Only the person who made a subscription, or an admin, can end it. "
                f"This one was made by <@{subscription.created_by}>."
            )
        await self.ledger.subscriptions.remove(
            workspace, subscription_id, actor=actor, at=self.clock()
        )
        return subscription


def _only(subscriptions: tuple[Subscription, ...]) -> Subscription:
    """The one that is meant when no number was given."""
    if len(subscriptions) == 1:
        return subscriptions[0]
    if not subscriptions:
        raise NotFoundError("There is no subscription here. `/briefing subscribe` makes one.")
    numbers = ", ".join(str(one.id) for one in subscriptions)
    raise NotFoundError(
        f"There are several subscriptions here: {numbers}. Say which one, such as "
        f"`/briefing unsubscribe {subscriptions[0].id}`."
    )
