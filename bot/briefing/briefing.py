"""Every answer and digest of the bot: gathered from the ledger, composed by functions of values.

Each answer reads the pack once and takes one "now" from the clock, so that everything in it is
measured from one moment.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import compress
from operator import not_

from bot.briefing.answers import (
    AssessmentForm,
    AssessmentHistory,
    CommitmentStatus,
    EvidenceAnswer,
    FeedsAnswer,
    Hit,
    Overview,
    QualityTable,
    SearchAnswer,
    StatusTable,
    TimelineAnswer,
    TimelineMonth,
    WhyAnswer,
)
from bot.briefing.digest import Digest, Mention, compose, filed_when_published
from bot.briefing.feed_health import feed_counts, health_of_feed
from bot.briefing.parts import EmptyReason, Standing, StatusLine, Story
from bot.briefing.report import Report, ReportSection
from bot.briefing.scope import scope_names, subscribed_topics, topic_named, topic_of, topics_of
from bot.briefing.status import (
    LOOK_BACK,
    balance,
    by_commitment,
    judged_of,
    momentum,
    quality_of,
    quiet_topics,
    runs_of,
    silence_of,
    topic_silence,
    why_empty,
    worst_first,
)
from bot.briefing.stories import (
    by_recency,
    narrowed,
    standing_of,
    stories_of,
)
from bot.domain.assessment import Assessment, standing, whole
from bot.domain.clock import Clock
from bot.domain.commitment import Commitment, Pack, Summit
from bot.domain.evidence import Direction, Evidence
from bot.domain.feed import Feed
from bot.domain.item import Item
from bot.domain.window import Window
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger

# Stories on one page of evidence.
PAGE = 8
TIMELINE_STORIES = 40
# Assessments on one page of a history: each may fill a paragraph of Slack's.
HISTORY_PAGE = 5
NEWEST_SHOWN = 5
UNSURE_SHOWN = 3
STRONGEST_SHOWN = 2
OVERVIEW_NEWEST = 3
OVERVIEW_QUIET = 3
WEEK_DAYS = 7
SHORT_DAYS = 30
LONG_DAYS = 90
# Added to the end of a window that is to hold its last moment too.
_INSTANT = timedelta(microseconds=1)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class YearContext:
    """What most answers start from, for some commitments.

    Attributes:
        evidence: Of the last year, by their items' dates, and its `stories`.
        last: The date of the newest evidence of each commitment, however old.
        empty: Why there is nothing at all to show; None when there is something.
    """

    evidence: Sequence[Evidence]
    stories: tuple[Story, ...]
    last: Mapping[str, datetime]
    feeds: Sequence[Feed]
    empty: EmptyReason | None


class Briefing:
    """Composes answers and digests from what the ledger holds."""

    def __init__(self, ledger: Ledger, *, pack: Callable[[], Pack], clock: Clock) -> None:
        """Keeps its sources; `pack` is called anew for each answer, as the file can be reloaded."""
        self._ledger = ledger
        self._pack = pack
        self._clock = clock

    async def commitment_status(
        self, workspace: WorkspaceId, commitment: Commitment, *, at: datetime | None = None
    ) -> CommitmentStatus:
        """Where one commitment stands, or stood at a moment of the past."""
        now, ids = at or self._clock(), [commitment.id]
        feeds = await self._ledger.feeds.list(workspace)
        if at is None:
            published = Window(since=_BEGINNING, until=now + _INSTANT)
            filed = await self._ledger.evidence.list(
                workspace, commitments=ids, published=published
            )
            judged = (await self._ledger.evidence.judged(workspace)).get(commitment.id, ())
        else:
            filed = await self._ledger.evidence.as_of(workspace, at, commitments=ids)
            judged = judged_of(filed)
        every = await asyncio.to_thread(stories_of, filed, feeds=feeds, seen_by=at)
        year = [story for story in every if story.newest_at >= now - LOOK_BACK]
        shown = year or every
        recent, sure = by_recency(shown), [story for story in shown if story.is_sure]
        return CommitmentStatus(
            now=now,
            as_of=at,
            commitment=commitment,
            summit=_summit_of(commitment, self._pack()),
            standing=standing(
                await self._ledger.assessments.list(workspace, commitments=ids, until=now)
            ),
            runs=runs_of(every),
            toward=tuple(_pointing(sure, Direction.PROGRESS))[:STRONGEST_SHOWN],
            away=tuple(_pointing(sure, Direction.SETBACK))[:STRONGEST_SHOWN],
            balances=(
                balance(year, now=now, days=SHORT_DAYS),
                balance(year, now=now, days=LONG_DAYS),
            ),
            momentum=momentum(year, now=now),
            silence=silence_of([s.newest_at for s in every], now=now, due=commitment.due),
            newest=tuple(story for story in recent if story.is_sure)[:NEWEST_SHOWN],
            unsure=tuple(story for story in recent if not story.is_sure)[:UNSURE_SHOWN],
            waiting=sum(story.standing is Standing.UNSURE for story in shown),
            stories=len(shown),
            quality=quality_of(judged),
            empty=None if every else why_empty(ids, feeds),
        )

    async def status_table(
        self, workspace: WorkspaceId, summit: Summit | None = None, *, at: datetime | None = None
    ) -> StatusTable:
        """Where a summit's commitments, or (None) all of them, stand, or stood at a moment."""
        now, pack = at or self._clock(), self._pack()
        topics = topics_of(summit.commitments if summit else pack.commitments, pack)
        ids = [topic.id for topic in topics]
        year = await self._year(workspace, ids, now=now, at=at)
        stories = by_commitment(year.stories)
        judged = await self._ledger.assessments.list(workspace, commitments=ids, until=now)
        stands: dict[str, list[Assessment]] = defaultdict(list)
        for one in standing(judged):
            stands[one.commitment_id].append(one)
        lines = worst_first(
            StatusLine(
                topic=topic,
                standing=tuple(stands[topic.id]),
                runs=runs_of(stories[topic.id]),
                balance=balance(stories[topic.id], now=now, days=LONG_DAYS),
                silence=topic_silence(topic, stories[topic.id], last=year.last, now=now),
            )
            for topic in topics
        )
        return StatusTable(now=now, as_of=at, summit=summit, lines=lines, empty=year.empty)

    async def report(self, workspace: WorkspaceId, summit: Summit) -> Report:
        """What a compliance report on a summit says, section by section."""
        now = self._clock()
        ids = [one.id for one in summit.commitments]
        notes = await self._ledger.assessments.objections(workspace, commitments=ids)
        judged = await self._ledger.evidence.judged(workspace)
        sections = []
        for commitment in summit.commitments:
            status = await self.commitment_status(workspace, commitment)
            numbers = dict.fromkeys(n for one in status.standing for n in one.evidence)
            cited = {n: await self._ledger.evidence.get(workspace, n) for n in numbers}
            stands = {one.id for one in status.standing}
            against = tuple(note for note in notes if note.assessment_id in stands)
            sections.append(ReportSection(status=status, cited=cited, objections=against))
        return Report(
            now=now,
            summit=summit,
            scale=self._pack().scale,
            sections=tuple(sections),
            quality=quality_of([each for name in ids for each in judged.get(name, ())]),
        )

    async def overview(self, workspace: WorkspaceId) -> Overview:
        """The short answer to no question: what is tracked, newest, and quiet."""
        now, pack = self._clock(), self._pack()
        topics = {topic.id: topic for topic in topics_of(pack.commitments, pack)}
        year = await self._year(workspace, topics, now=now)
        each_once: dict[int, Story] = {}
        for story in by_recency(year.stories):
            each_once.setdefault(story.story_id, story)
        newest = tuple(each_once.values())[:OVERVIEW_NEWEST]
        quiet = quiet_topics(topics.values(), year.stories, last=year.last, now=now)
        return Overview(
            summits=len(pack.summits),
            commitments=len(pack.commitments),
            week=balance(year.stories, now=now, days=WEEK_DAYS),
            newest=tuple((story, topics[story.commitment_id]) for story in newest),
            quiet=quiet[:OVERVIEW_QUIET],
            feeds=feed_counts(year.feeds, now=now),
            empty=year.empty,
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
        """A page of the stories under a commitment, newest first, narrowed to what is asked.

        Stories that broke at `since` or later and before `until` count, by the date of their line.
        `source` names an outlet, whole or in part, whose own item then makes a story's line. None
        does not narrow.
        """
        now = self._clock()
        feeds = await self._ledger.feeds.list(workspace)
        # Whole stories, however narrow the question: one that broke before breaks no second time.
        filed = await self._ledger.evidence.list(
            workspace,
            commitments=[commitment.id],
            published=Window(since=_BEGINNING, until=now + _INSTANT),
        )
        stories = await asyncio.to_thread(stories_of, filed, feeds=feeds, outlet=source)
        found = by_recency(
            narrowed(stories, since=since, until=until, direction=direction, outlet=source)
        )
        empty = None if found else EmptyReason.NOTHING_FOUND
        if not filed:
            empty = await self._why_without(workspace, commitment, feeds) or empty
        return EvidenceAnswer(
            topic=topic_of(commitment, self._pack()),
            since=since,
            until=until,
            direction=direction,
            source=source,
            stories=found[offset : offset + limit],
            offset=offset,
            total=len(found),
            empty=empty,
        )

    async def search(
        self,
        workspace: WorkspaceId,
        words: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> SearchAnswer:
        """A page of items that hold the words, best first, with what they are filed under.

        Only those published at `since` or later, and before `until`, where these are given.
        """
        pack = self._pack()
        items = await self._ledger.items.search(
            workspace, words, since=since, until=until, limit=PAGE
        )
        if items:
            filed = await self._filed_at(workspace, {item.published_at for item in items})
            return SearchAnswer(words=words, hits=_hits(items, filed, pack))
        empty = why_empty(pack.commitments, await self._ledger.feeds.list(workspace))
        if empty is EmptyReason.NO_EVIDENCE:
            empty = EmptyReason.NOTHING_FOUND
        return SearchAnswer(words=words, hits=(), empty=empty)

    async def timeline(self, workspace: WorkspaceId, commitment: Commitment) -> TimelineAnswer:
        """A commitment from its summit until now: its weightiest stories by month, oldest first."""
        feeds = await self._ledger.feeds.list(workspace)
        filed = await self._ledger.evidence.list(workspace, commitments=[commitment.id])
        stories = stories_of(filed, feeds=feeds)
        return TimelineAnswer(
            commitment=commitment,
            summit=_summit_of(commitment, self._pack()),
            months=_months(stories[:TIMELINE_STORIES]),
            total=len(stories),
            empty=None if filed else await self._why_without(workspace, commitment, feeds),
        )

    async def why(self, workspace: WorkspaceId, evidence_id: int) -> WhyAnswer:
        """Why an item was filed under a commitment; `NotFoundError` for an unknown id."""
        evidence = await self._ledger.evidence.get(workspace, evidence_id)
        feeds = await self._ledger.feeds.list(workspace)
        stories = stories_of(await self._same_story(workspace, evidence), feeds=feeds)
        item = evidence.item
        rejected = evidence.verdict is not None and not evidence.verdict.fits
        changed = item.changed_at is not None
        return WhyAnswer(
            topic=topic_named(evidence.commitment_id, self._pack()),
            evidence=evidence,
            standing=None if rejected else standing_of([evidence]),
            story=stories[0] if stories else None,
            reviews=await self._ledger.evidence.reviews(workspace, evidence_id=evidence_id),
            first_title=(
                await self._ledger.items.first_title(workspace, item.id) if changed else None
            ),
        )

    async def assessment_form(
        self, workspace: WorkspaceId, commitment: Commitment
    ) -> AssessmentForm:
        """What a person reads who is about to assess a commitment."""
        pack, ids = self._pack(), [commitment.id]
        stands = standing(await self._ledger.assessments.list(workspace, commitments=ids))
        feeds = await self._ledger.feeds.list(workspace)
        filed = await self._ledger.evidence.list(workspace, commitments=ids)
        stories = by_recency(
            story
            for story in await asyncio.to_thread(stories_of, filed, feeds=feeds)
            if story.standing is not Standing.UNSURE
        )
        last = whole(stands)
        is_new = [last is None or story.newest_at > last.at for story in stories]
        return AssessmentForm(
            commitment=commitment,
            scale=pack.scale,
            parties=pack.parties_of(commitment),
            standing=stands,
            since=tuple(compress(stories, is_new)),
            earlier=tuple(compress(stories, map(not_, is_new))),
        )

    async def history(
        self, workspace: WorkspaceId, commitment: Commitment, *, offset: int = 0
    ) -> AssessmentHistory:
        """A page of the assessments of a commitment, newest first."""
        ids = [commitment.id]
        made = await self._ledger.assessments.list(workspace, commitments=ids)
        notes = await self._ledger.assessments.objections(workspace, commitments=ids)
        page = made[::-1][offset : offset + HISTORY_PAGE]
        return AssessmentHistory(
            topic=topic_of(commitment, self._pack()),
            entries=tuple(
                (one, tuple(note for note in notes if note.assessment_id == one.id)) for one in page
            ),
            standing=frozenset(one.id for one in standing(made)),
            offset=offset,
            total=len(made),
        )

    async def quality(self, workspace: WorkspaceId) -> QualityTable:
        """How often the filing was right by reviews, in the order of the pack, and over all."""
        pack = self._pack()
        judged = await self._ledger.evidence.judged(workspace)
        known = [one.id for one in pack.commitments if one.id in judged]
        order = (*known, *sorted(judged.keys() - set(known)))
        return QualityTable(
            lines=tuple((topic_named(name, pack), quality_of(judged[name])) for name in order),
            overall=quality_of([one for each in judged.values() for one in each]),
        )

    async def same_story(self, workspace: WorkspaceId, evidence_id: int) -> tuple[int, ...]:
        """Ids of all evidence that a review of a story's line holds for, the given one first.

        `NotFoundError` for an unknown id.
        """
        evidence = await self._ledger.evidence.get(workspace, evidence_id)
        ids = {one.id for one in await self._same_story(workspace, evidence)} - {evidence.id}
        return (evidence.id, *sorted(ids))

    async def digest(
        self,
        workspace: WorkspaceId,
        commitments: Sequence[str],
        window: Window,
        *,
        timezone: str,
        after: int | None = None,
        already_mentioned: frozenset[Mention] = frozenset(),
        late: bool = False,
        as_of: bool = False,
    ) -> Digest:
        """What is new in a window under some commitments.

        `commitments` are ids of commitments or summits, empty for all; `after` is the newest
        evidence that earlier digests of the subscription could tell, and `already_mentioned` what
        they mentioned; the rest is as in `Digest`. With `as_of` it is that of a past day: nothing
        counts that people said after the window, and what was fetched only later counts by its
        date of publication.
        """
        now, pack = self._clock(), self._pack()
        topics = subscribed_topics(commitments, pack)
        ids = [topic.id for topic in topics]
        end = window.until
        year = await self._year(workspace, ids, now=end, at=end if as_of else None)
        known = filed_when_published(year.evidence, end) if as_of else year.evidence
        gone = not topics and pack.commitments
        if as_of:
            news = [one for one in known if one.filed_at in window]
        else:
            filed = await self._ledger.evidence.list(
                workspace, commitments=ids, window=window, after=after, news_only=True
            )
            news = [*filed]
        told_now = {one.id for one in news}
        earlier = [one for one in known if one.filed_at < window.since and one.id not in told_now]
        quiet = quiet_topics(topics, year.stories, last=year.last, now=window.until)
        # A busy year takes a while: in a thread, for the loop has to acknowledge commands.
        return await asyncio.to_thread(
            compose,
            news,
            earlier=earlier,
            year=year.stories,
            window=window,
            timezone=timezone,
            scope=scope_names(commitments, pack),
            topics=topics,
            feeds=year.feeds,
            already_mentioned=already_mentioned,
            quiet=quiet,
            counts=feed_counts(year.feeds, now=now),
            late=late,
            empty=EmptyReason.NO_LONGER_TRACKED if gone else year.empty,
            known_since=None if as_of else await self._ledger.feeds.first_listed(workspace),
        )

    async def feeds(self, workspace: WorkspaceId) -> FeedsAnswer:
        """The feed list with its health."""
        now = self._clock()
        figures = await self._ledger.feed_stats.list(workspace, now=now)
        return FeedsAnswer(
            feeds=tuple(health_of_feed(one, now=now) for one in figures),
            counts=feed_counts((one.feed for one in figures), now=now),
            empty=None if figures else EmptyReason.NO_FEEDS,
        )

    async def _year(
        self,
        workspace: WorkspaceId,
        ids: Collection[str],
        *,
        now: datetime,
        at: datetime | None = None,
    ) -> YearContext:
        """The last year of some commitments, before now or before a moment of the past."""
        feeds = await self._ledger.feeds.list(workspace)
        window = Window(since=now - LOOK_BACK, until=now + _INSTANT)
        found: Sequence[Evidence]
        last: Mapping[str, datetime]
        if at is None:
            found = await self._ledger.evidence.list(workspace, commitments=ids, published=window)
            last = await self._ledger.evidence.last_published(workspace)
        else:
            every = await self._ledger.evidence.as_of(workspace, at, commitments=ids)
            fitting = [one for one in every if one.verdict is None or one.verdict.fits]
            # Newest first, so that the newest of each commitment is written last.
            last = {one.commitment_id: one.item.published_at for one in reversed(fitting)}
            found = [one for one in fitting if one.item.published_at in window]
        # A busy year takes a while to group: in a thread, for the loop has to acknowledge commands.
        stories = await asyncio.to_thread(stories_of, found, feeds=feeds, seen_by=at)
        has_evidence = bool(found) or not last.keys().isdisjoint(ids)
        return YearContext(
            evidence=found,
            stories=stories,
            last=last,
            feeds=feeds,
            empty=None if has_evidence else why_empty(ids, feeds),
        )

    async def _why_without(
        self, workspace: WorkspaceId, commitment: Commitment, feeds: Sequence[Feed]
    ) -> EmptyReason | None:
        """Why a commitment has no evidence at all; None when it has some of other dates."""
        last = await self._ledger.evidence.last_published(workspace)
        return None if commitment.id in last else why_empty([commitment], feeds)

    async def _same_story(self, workspace: WorkspaceId, evidence: Evidence) -> Sequence[Evidence]:
        """The evidence of the same story under the same commitment, rejected left out."""
        under = await self._ledger.evidence.list(workspace, commitments=[evidence.commitment_id])
        return [one for one in under if one.story_id == evidence.story_id]

    async def _filed_at(
        self, workspace: WorkspaceId, moments: Collection[datetime]
    ) -> Collection[Evidence]:
        """The evidence whose items are dated at one of these very moments.

        One query for each moment: from the first to the last may be years of evidence.
        """
        found: list[Evidence] = []
        for moment in sorted(moments):
            at_once = Window(since=moment, until=moment + _INSTANT)
            found += await self._ledger.evidence.list(workspace, published=at_once)
        return found


def _summit_of(commitment: Commitment, pack: Pack) -> Summit:
    """The commitment's summit; one with the bare id when the pack no longer has it."""
    bare = Summit(id=commitment.summit_id, name=commitment.summit_id)
    return pack.summit_by_id.get(commitment.summit_id, bare)


def _pointing(stories: Iterable[Story], direction: Direction) -> Iterator[Story]:
    return (story for story in stories if story.direction is direction)


def _hits(items: Iterable[Item], filed: Iterable[Evidence], pack: Pack) -> tuple[Hit, ...]:
    """Each item with the commitments that it is filed under, in pack order."""
    under: dict[int, set[str]] = defaultdict(set)
    for one in filed:
        if one.verdict is None or one.verdict.fits:
            under[one.item.id].add(one.commitment_id)
    return tuple(
        Hit(
            item=item,
            topics=topics_of((c for c in pack.commitments if c.id in under[item.id]), pack),
        )
        for item in items
    )


def _months(stories: Iterable[Story]) -> tuple[TimelineMonth, ...]:
    """The stories by the month (UTC) in which they broke, oldest first throughout."""
    grouped: dict[date, list[Story]] = defaultdict(list)
    for story in sorted(stories, key=lambda s: (s.published_at, s.story_id)):
        day = story.published_at.astimezone(UTC).date()
        grouped[day.replace(day=1)].append(story)
    return tuple(TimelineMonth(month=m, stories=tuple(some)) for m, some in grouped.items())
