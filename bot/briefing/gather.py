"""What answers start from, gathered from the ledger: stories of the last year, feeds, silences."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.briefing.feed_health import feed_counts
from bot.briefing.parts import Gap, Story, Topic
from bot.briefing.silence import LOOK_BACK
from bot.briefing.sources import Ledger
from bot.briefing.status import LastPublished, why_empty
from bot.briefing.stories import Weights, stories_of
from bot.domain.commitment import Commitment, Pack, Summit
from bot.domain.evidence import Evidence
from bot.domain.feed import Feed
from bot.domain.window import Window
from bot.domain.workspace import WorkspaceId

INSTANT = timedelta(microseconds=1)
"""Added to the end of a window that is to hold its last moment too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelf:
    """What most answers start from, for some commitments.

    Attributes:
        stories: Of the last year, by their items' dates, in no set order.
        last: The newest evidence of each commitment, however old.
        feeds: The feed list.
        gap: Why there is nothing at all to show; None when there is something.
    """

    stories: tuple[Story, ...]
    last: LastPublished
    feeds: Sequence[Feed]
    gap: Gap | None


async def last_year(
    ledger: Ledger, w: WorkspaceId, topics: Sequence[Topic], *, now: datetime
) -> Shelf:
    """The shelf for some commitments at `now`."""
    feeds = await ledger.feeds.list(w)
    ids = [topic.id for topic in topics]
    stretch = Window(since=now - LOOK_BACK, until=now + INSTANT)
    found = await ledger.evidence.list(w, commitments=ids, published=stretch)
    last = await ledger.evidence.last_published(w)
    # A busy year takes a while to group: not on the event loop, which has commands to acknowledge.
    stories = await asyncio.to_thread(stories_of, found, weights=weights_of(feeds))
    return Shelf(
        stories=stories,
        last=last,
        feeds=feeds,
        gap=why_empty(
            topics=topics,
            feeds=feed_counts(feeds, now=now),
            evidence=bool(found) or not last.keys().isdisjoint(ids),
        ),
    )


async def of_all_time(
    ledger: Ledger, w: WorkspaceId, shelf: Shelf, topics: Sequence[Topic]
) -> tuple[Story, ...]:
    """The stories of some commitments however old, for when the last year brought none."""
    found = await ledger.evidence.list(w, commitments=[topic.id for topic in topics])
    return stories_of(found, weights=weights_of(shelf.feeds))


async def why_nothing(
    ledger: Ledger, w: WorkspaceId, topic: Topic, *, feeds: Sequence[Feed], now: datetime
) -> Gap | None:
    """Why a commitment has nothing at all to show; None when it has something, elsewhere."""
    last = await ledger.evidence.last_published(w)
    counts = feed_counts(feeds, now=now)
    return why_empty(topics=[topic], feeds=counts, evidence=topic.id in last)


async def same_story(ledger: Ledger, w: WorkspaceId, evidence: Evidence) -> Collection[Evidence]:
    """The evidence of the same story under the same commitment, rejected left out."""
    under = await ledger.evidence.list(w, commitments=[evidence.commitment_id])
    return [one for one in under if one.story_id == evidence.story_id]


async def filed_with_dates(
    ledger: Ledger, w: WorkspaceId, dates: Collection[datetime]
) -> Collection[Evidence]:
    """The evidence whose items are dated at one of these very moments.

    A question for each moment: the stretch between the first and the last may hold years of it.
    """
    found: list[Evidence] = []
    for moment in sorted(dates):
        at_once = Window(since=moment, until=moment + INSTANT)
        found += await ledger.evidence.list(w, published=at_once)
    return found


def weights_of(feeds: Sequence[Feed]) -> Weights:
    """How much each feed's items count."""
    return {feed.id: feed.weight for feed in feeds}


def summit_of(commitment: Commitment, pack: Pack) -> Summit:
    """The commitment's summit; one with the bare id when the pack no longer has it."""
    named = Summit(id=commitment.summit_id, name=commitment.summit_id)
    return pack.summit_by_id.get(commitment.summit_id, named)
