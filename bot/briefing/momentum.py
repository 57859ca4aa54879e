"""The balance of progress and setback in the evidence: counted from stories, never a judgement.

`balance` counts stories, each once however many outlets tell it. `momentum` lets newer stories
count for more, with a half-life of 30 days:

    weight(story) = 0.5 ^ (days older than the newest story / 30)
    momentum      = (weights of progress - weights of setback) / (weights of both)

so it lies between -1 (nothing but setback) and +1 (nothing but progress). Neutral stories do not
count. With fewer than 3 others there is no momentum: None, which is not the same as 0.

A worked example. Progress today (weight 1), a setback 30 days ago (0.5) and another one 60 days ago
(0.25): (1 - 0.75) / 1.75 = +0.14, where the plain count says 1 toward, 2 away. The same in a
month's time: the age of all of them would cancel out, so "now" is not asked for.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.briefing.parts import Balance, Story
from bot.domain.evidence import Direction

HALF_LIFE = timedelta(days=30)
FEWEST = 3
"""One story, or two, are no balance."""
_SIGN = {Direction.PROGRESS: 1.0, Direction.SETBACK: -1.0}


def balance(stories: Iterable[Story], *, now: datetime, days: int) -> Balance:
    """The stories that broke in the last `days` days, by direction."""
    since = now - timedelta(days=days)
    found = [story.direction for story in stories if story.published_at > since]
    return Balance(
        days=days,
        progress=found.count(Direction.PROGRESS),
        setback=found.count(Direction.SETBACK),
        neutral=found.count(Direction.NEUTRAL),
    )


def momentum(stories: Iterable[Story]) -> float | None:
    """The weighted balance, -1 to +1; None with fewer than 3 stories that point anywhere."""
    pointing = [story for story in stories if story.direction in _SIGN]
    if len(pointing) < FEWEST:
        return None
    newest = max(story.published_at for story in pointing)
    weights = [float(0.5 ** ((newest - story.published_at) / HALF_LIFE)) for story in pointing]
    signed = (_SIGN[s.direction] * weight for s, weight in zip(pointing, weights, strict=True))
    return sum(signed) / sum(weights)
