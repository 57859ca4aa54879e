"""What `/briefing subscribe ...` asks for in words: a pure reading."""

import re
from dataclasses import dataclass
from datetime import time
from typing import Final
from zoneinfo import available_timezones

from bot.domain.commitment import Pack
from bot.domain.errors import InputError, Problem
from bot.domain.schedule import EVERY_DAY, WORKDAYS, Schedule, Weekday

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
                        "zone", mend=_EXAMPLE)
            )  # fmt: skip
    schedule = Schedule(weekdays=frozenset(days) or WORKDAYS, at=at, timezone=timezone)
    return Wish(commitments=tuple(commitments), schedule=schedule, to_asker=to_asker)


def _time(hour: int, minute: int, word: str) -> time:
    try:
        return time(hour, minute)
    except ValueError as error:
        raise InputError(
            Problem(where="time", what=f"“{word}” is no time", mend="write it as 08:00")
        ) from error
