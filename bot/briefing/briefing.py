"""The one class that gathers from the ledger and hands to the composing functions.

Each method reads the pack once, asks the ledger for what its answer needs, and returns plain data.
"Now" comes from the clock once an answer, so that everything in it is measured from one moment.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.briefing.answers import (
    Digest,
    EvidenceAnswer,
    FeedsAnswer,
    Overview,
    SearchAnswer,
    StatusAnswer,
    TimelineAnswer,
    WhyAnswer,
)
from bot.briefing.digest import DigestInput, Mention, compose
from bot.briefing.feed_health import feed_counts, health_of_feed
from bot.briefing.lists import PAGE, evidence_answer, search_answer, timeline_answer, why_answer
from bot.briefing.parts import EmptyReason, Story, Topic
from bot.briefing.scope import scope_names, subscribed_topics, topic_of, topics_of
from bot.briefing.sources import Ledger
from bot.briefing.status import (
    LOOK_BACK,
    LastPublished,
    commitment_status,
    overview,
    quiet_topics,
    status_table,
    why_empty,
)
from bot.briefing.stories import Weights, stories_of
from bot.domain.clock import Clock
from bot.domain.commitment import Commitment, Pack, Summit
from bot.domain.evidence import Direction, Evidence
from bot.domain.feed import Feed
from bot.domain.window import Window
from bot.domain.workspace import WorkspaceId

# MERGED gather: What answers start from, gathered from the ledger: stories of the last year,
# feeds, silences.


INSTANT = timedelta(microseconds=1)
"""Added to the end of a window that is to hold its last moment too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class YearContext:
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
    gap: EmptyReason | None


async def last_year(
    ledger: Ledger, workspace: WorkspaceId, topics: Sequence[Topic], *, now: datetime
) -> YearContext:
    """The shelf for some commitments at `now`."""
    feeds = await ledger.feeds.list(workspace)
    ids = [topic.id for topic in topics]
    stretch = Window(since=now - LOOK_BACK, until=now + INSTANT)
    found = await ledger.evidence.list(workspace, commitments=ids, published=stretch)
    last = await ledger.evidence.last_published(workspace)
    # A busy year takes a while to group: not on the event loop, which has commands to acknowledge.
    stories = await asyncio.to_thread(stories_of, found, weights=weights_of(feeds))
    return YearContext(
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
    ledger: Ledger, workspace: WorkspaceId, shelf: YearContext, topics: Sequence[Topic]
) -> tuple[Story, ...]:
    """The stories of some commitments however old, for when the last year brought none."""
    found = await ledger.evidence.list(workspace, commitments=[topic.id for topic in topics])
    return stories_of(found, weights=weights_of(shelf.feeds))


async def why_nothing(
    ledger: Ledger, workspace: WorkspaceId, topic: Topic, *, feeds: Sequence[Feed], now: datetime
) -> EmptyReason | None:
    """Why a commitment has nothing at all to show; None when it has something, elsewhere."""
    last = await ledger.evidence.last_published(workspace)
    counts = feed_counts(feeds, now=now)
    return why_empty(topics=[topic], feeds=counts, evidence=topic.id in last)


async def same_story(
    ledger: Ledger, workspace: WorkspaceId, evidence: Evidence
) -> Collection[Evidence]:
    """The evidence of the same story under the same commitment, rejected left out."""
    under = await ledger.evidence.list(workspace, commitments=[evidence.commitment_id])
    return [one for one in under if one.story_id == evidence.story_id]


async def filed_with_dates(
    ledger: Ledger, workspace: WorkspaceId, dates: Collection[datetime]
) -> Collection[Evidence]:
    """The evidence whose items are dated at one of these very moments.

    A question for each moment: the stretch between the first and the last may hold years of it.
    """
    found: list[Evidence] = []
    for moment in sorted(dates):
        at_once = Window(since=moment, until=moment + INSTANT)
        found += await ledger.evidence.list(workspace, published=at_once)
    return found


def weights_of(feeds: Sequence[Feed]) -> Weights:
    """How much each feed's items count."""
    return {feed.id: feed.weight for feed in feeds}


def summit_of(commitment: Commitment, pack: Pack) -> Summit:
    """The commitment's summit; one with the bare id when the pack no longer has it."""
    named = Summit(id=commitment.summit_id, name=commitment.summit_id)
    return pack.summit_by_id.get(commitment.summit_id, named)


_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Briefing:
    """Composes every answer and digest of the bot from what the ledger holds."""

    def __init__(self, ledger: Ledger, *, pack: Callable[[], Pack], clock: Clock) -> None:
        """Keep the parts.

        Args:
            ledger: Where evidence, items and feeds are.
            pack: Gives the commitments tracked at present; asked anew for each answer, because
                the file can be reloaded while the bot runs.
            clock: The present moment.
        """
        self._ledger = ledger
        self._pack = pack
        self._clock = clock

    async def status(
        self, workspace: WorkspaceId, subject: Commitment | Summit | None = None
    ) -> StatusAnswer:
        """Where one commitment, one summit's commitments or (None) all of them stand."""
        now, pack = self._clock(), self._pack()
        topics = topics_of(subject, pack)
        shelf = await last_year(self._ledger, workspace, topics, now=now)
        if isinstance(subject, Commitment):
            return commitment_status(
                subject,
                summit_of(subject, pack),
                stories=shelf.stories,
                older=()
                if shelf.stories
                else await of_all_time(self._ledger, workspace, shelf, topics),
                last=shelf.last.get(subject.id),
                gap=shelf.gap,
                now=now,
            )
        return status_table(
            topics, summit=subject, stories=shelf.stories, last=shelf.last, gap=shelf.gap, now=now
        )

    async def evidence(
        self,
        workspace: WorkspaceId,
        commitment: Commitment,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        direction: Direction | None = None,
        source: str | None = None,
        offset: int = 0,
        limit: int = PAGE,
    ) -> EvidenceAnswer:
        """A page of the stories under a commitment that broke in a stretch of time.

        Args:
            workspace: The workspace.
            commitment: The promise.
            since: Start, included; None for no start.
            until: End, excluded; None for no end.
            direction: Only stories in that direction; None for all.
            source: Only stories told by an outlet so named, whole or in part, each
                with that outlet's item for its line; None for all.
            offset: How many stories to pass over, newest first.
            limit: How many stories to give at most.
        """
        now, pack = self._clock(), self._pack()
        topic = topic_of(commitment, pack)
        feeds = await self._ledger.feeds.list(workspace)
        # Whole stories, whatever was asked: one that broke before did not break again in between.
        stretch = Window(since=_BEGINNING, until=now + INSTANT)
        found = await self._ledger.evidence.list(
            workspace, commitments=[topic.id], published=stretch
        )
        gap = (
            None
            if found
            else await why_nothing(self._ledger, workspace, topic, feeds=feeds, now=now)
        )
        weights = weights_of(feeds)
        return evidence_answer(
            topic,
            await asyncio.to_thread(stories_of, found, weights=weights, outlet=source),
            since=since,
            until=until,
            direction=direction,
            source=source,
            offset=offset,
            limit=limit,
            gap=gap,
            now=now,
        )

    async def search(
        self,
        workspace: WorkspaceId,
        words: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = PAGE,
    ) -> SearchAnswer:
        """Items that hold the words, best first, with what they are filed under.

        Args:
            workspace: The workspace.
            words: What people typed.
            since: Only items published then or later; None for no start.
            until: Only items published before; None for no end.
            limit: How many to give at most.
        """
        now, pack = self._clock(), self._pack()
        items = await self._ledger.items.search(
            workspace, words, since=since, until=until, limit=limit
        )
        if not items:
            feeds = feed_counts(await self._ledger.feeds.list(workspace), now=now)
            gap = why_empty(topics=topics_of(None, pack), feeds=feeds, evidence=False)
            gap = None if gap is EmptyReason.NO_EVIDENCE else gap
            return search_answer(words, (), (), pack=pack, gap=gap, now=now)
        filed = await filed_with_dates(
            self._ledger, workspace, {item.published_at for item in items}
        )
        return search_answer(words, items, filed, pack=pack, gap=None, now=now)

    async def digest(
        self,
        workspace: WorkspaceId,
        commitments: Sequence[str],
        window: Window,
        *,
        timezone: str,
        already_told: frozenset[Mention] = frozenset(),
        late: bool = False,
    ) -> Digest:
        """What is new in a window under some commitments.

        Args:
            workspace: The workspace.
            commitments: Ids of commitments or summits; empty for all.
            window: By when evidence was filed.
            timezone: The reader's zone, an IANA name.
            already_told: Pairs of commitment and story that earlier digests of the subscription
                mentioned; see `Digest.mentions`.
            late: Whether it should have been sent a while ago.
        """
        now, pack = self._clock(), self._pack()
        topics = subscribed_topics(commitments, pack)
        shelf = await last_year(self._ledger, workspace, topics, now=now)
        filed = await self._ledger.evidence.list(
            workspace, commitments=[topic.id for topic in topics], window=window, news_only=True
        )
        return compose(
            DigestInput(
                now=now,
                window=window,
                timezone=timezone,
                scope=scope_names(commitments, pack),
                topics=topics,
                evidence=tuple(filed),
                weights=weights_of(shelf.feeds),
                already_told=already_told,
                quiet=quiet_topics(topics, shelf.stories, last=shelf.last, now=now),
                feeds=feed_counts(shelf.feeds, now=now),
                late=late,
                gap=shelf.gap,
            )
        )

    async def feeds(self, workspace: WorkspaceId) -> FeedsAnswer:
        """The feed list with its health."""
        now = self._clock()
        figures = await self._ledger.feed_stats.list(workspace, now=now)
        return FeedsAnswer(
            now=now,
            feeds=tuple(health_of_feed(one, now=now) for one in figures),
            counts=feed_counts((one.feed for one in figures), now=now),
            gap=None if figures else EmptyReason.NO_FEEDS,
        )

    async def overview(self, workspace: WorkspaceId) -> Overview:
        """The short answer to no question: what is tracked, newest, and quiet."""
        now, pack = self._clock(), self._pack()
        topics = topics_of(None, pack)
        shelf = await last_year(self._ledger, workspace, topics, now=now)
        return overview(
            pack,
            topics,
            stories=shelf.stories,
            last=shelf.last,
            feeds=shelf.feeds,
            gap=shelf.gap,
            now=now,
        )

    async def why(self, workspace: WorkspaceId, evidence_id: int) -> WhyAnswer:
        """Why an item was filed under a commitment; `NotFoundError` for an unknown id."""
        now = self._clock()
        evidence = await self._ledger.evidence.get(workspace, evidence_id)
        feeds = await self._ledger.feeds.list(workspace)
        said_first = None
        if evidence.item.changed_at is not None:
            said_first = await self._ledger.items.first_title(workspace, evidence.item.id)
        return why_answer(
            evidence,
            await same_story(self._ledger, workspace, evidence),
            pack=self._pack(),
            weights=weights_of(feeds),
            now=now,
            said_first=said_first,
        )

    async def same_story(self, workspace: WorkspaceId, evidence_id: int) -> tuple[int, ...]:
        """Ids of all evidence of the same story under the same commitment, the given one first.

        What a person says of a story's line is meant for each of them. `NotFoundError` for an
        unknown id.
        """
        evidence = await self._ledger.evidence.get(workspace, evidence_id)
        others = (
            one.id
            for one in await same_story(self._ledger, workspace, evidence)
            if one.id != evidence.id
        )
        return (evidence.id, *sorted(others))

    async def timeline(self, workspace: WorkspaceId, commitment: Commitment) -> TimelineAnswer:
        """A commitment from its summit until now: its weightiest stories by month."""
        now, pack = self._clock(), self._pack()
        topic = topic_of(commitment, pack)
        feeds = await self._ledger.feeds.list(workspace)
        found = await self._ledger.evidence.list(workspace, commitments=[topic.id])
        gap = (
            None
            if found
            else await why_nothing(self._ledger, workspace, topic, feeds=feeds, now=now)
        )
        return timeline_answer(
            commitment,
            summit_of(commitment, pack),
            stories_of(found, weights=weights_of(feeds)),
            gap=gap,
            now=now,
        )
