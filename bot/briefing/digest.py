"""The digest: what is new, the largest news first, each story told once.

The steps, each a function of values:

1. The news of the window: evidence filed in it that the ledger calls news. What was there before we
   came, and what a new version of the matcher finds in old items, is not.
2. Each story is told once, under the commitment that it bears on most: one that a person confirmed,
   then the best score, summed over its outlets. The best score of a single report would let one
   outlet's aside (what a summit's failure means for a railway) outbid what all the others say.
   Those that it surely bears on too are named on its line.
3. A story that an earlier digest of the subscription told is left out, unless it developed: it is
   surely read the other way now, surely bears on a commitment that it did not surely bear on, is
   new to as many outlets as had it before, two at least, or is reported again after a pause of a
   day by an outlet that had it or by two others. Then it says what is new.
4. The size of a story is its reach, halved where the machine is unsure of it or it surely points
   neither way, and doubled where it turns the commitment's course: it surely points against the
   momentum that the commitment had when the window began. The larger one comes first, then the
   newer one. Commitments follow the size of their largest story.
5. Caps: 8 stories in the message itself and 25 in all. Every commitment's largest story comes
   before any commitment's second one, so that no commitment crowds out the rest.
6. The lead: the largest story, and which commitments fell silent or came due in the window. A
   silence is told in the digest after it began and then every 7 days, not in every digest.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import zip_longest
from zoneinfo import ZoneInfo

from bot.briefing.parts import Balance, EmptyReason, FeedCounts, Quiet, Standing, Story, Topic
from bot.briefing.status import by_commitment, momentum
from bot.briefing.stories import stories_of
from bot.domain.evidence import Direction, Evidence
from bot.domain.feed import Feed
from bot.domain.window import Window

IN_PARENT = 8
IN_ALL = 25
# What falls due within this many days is told.
DUE_DAYS = 30
# A silence is told again after this long.
QUIET_EVERY = timedelta(days=7)
# The size of a story that does not surely point anywhere, and of one that turns a course.
_POINTLESS = 0.5
_TURN = 2.0
# Fewer new outlets are no development.
_FEWEST_OUTLETS = 2
_PAUSE = timedelta(days=1)
_AGAINST: Mapping[Direction | None, int] = {Direction.PROGRESS: -1, Direction.SETBACK: 1}

# A commitment id and a story id.
Mention = tuple[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Development:
    """What is new of a story that was told before.

    Attributes:
        turned: Whether it is surely read the other way now.
        topics: What it surely bears on now too.
        outlets: How many outlets have it that had not.
        pause: For how long nothing was reported of it; None where that was not a day.
    """

    turned: bool
    topics: tuple[Topic, ...]
    outlets: int
    pause: timedelta | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestStory:
    """A story as it is told, under the commitment that it bears on most.

    Attributes:
        also: The other commitments of the digest that it bears on.
        turns: Whether it turns the course of its commitment.
        development: What is new of it; None where it was not told before.
        fetched_later: Whether the item of its line was fetched after the window's end only.
    """

    story: Story
    topic: Topic
    also: tuple[Topic, ...] = ()
    turns: bool = False
    development: Development | None = None
    fetched_later: bool = False

    @property
    def size(self) -> float:
        """How large the news is, in outlets of weight 1."""
        points = self.story.is_sure and self.story.direction in _AGAINST
        return self.story.reach * (1.0 if points else _POINTLESS) * (_TURN if self.turns else 1.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestSection:
    """What is new under one commitment, the largest story first."""

    topic: Topic
    stories: tuple[DigestStory, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Lead:
    """What changed, in the order in which it is said; at least one of the three.

    Attributes:
        story: The largest; None where there is none.
        silent: Commitments whose silence began in the window.
        due: Commitments whose due date went by in the window.
    """

    story: DigestStory | None
    silent: tuple[Quiet, ...]
    due: tuple[Topic, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Digest:
    """What one subscription gets for one window.

    Attributes:
        window: What it covers, by when evidence was filed.
        timezone: The reader's zone, an IANA name.
        scope: The summits and commitments asked for, by name; empty for all.
        topics: The commitments that it covers.
        lead: What to say first; None where nothing stands out.
        parent: Sections of the message itself.
        thread: Sections of the replies; a commitment may come in both.
        more: How many new stories neither of them shows.
        more_topics: Where those are, most of them first.
        quiet: Those whose silence is told now, the longest first; without those of the lead.
        due: What falls due within 30 days of the window's end, the soonest first.
        known_since: Before this nothing is known, where that is within the window; else None.
        late: True when it should have been sent a while ago.
        mentions: What it tells, so that the next digest need not.
        empty: Why there is no news; None when there is some.
    """

    window: Window
    timezone: str
    scope: tuple[str, ...]
    topics: tuple[Topic, ...]
    lead: Lead | None
    parent: tuple[DigestSection, ...]
    thread: tuple[DigestSection, ...]
    more: int
    more_topics: tuple[Topic, ...]
    quiet: tuple[Quiet, ...]
    due: tuple[Topic, ...]
    feeds: FeedCounts
    known_since: datetime | None = None
    late: bool
    mentions: frozenset[Mention]
    empty: EmptyReason | None = None

    @property
    def has_news(self) -> bool:
        """Whether there is any new story in it."""
        return bool(self.parent)

    @property
    def balance(self) -> Balance:
        """The stories that are told, by direction."""
        found = [one.story.direction for one in self.stories]
        return Balance(
            days=(self.window.until - self.window.since).days,
            progress=found.count(Direction.PROGRESS),
            setback=found.count(Direction.SETBACK),
            neutral=found.count(Direction.NEUTRAL),
            unsure=found.count(None),
        )

    @property
    def is_empty(self) -> bool:
        """Whether it holds nothing: no story, and nothing that fell silent or came due."""
        return not self.has_news and self.lead is None

    @property
    def stories(self) -> tuple[DigestStory, ...]:
        """All that are told, in reading order."""
        return tuple(one for section in (*self.parent, *self.thread) for one in section.stories)


def compose(
    evidence: Sequence[Evidence],
    *,
    earlier: Sequence[Evidence],
    year: Iterable[Story],
    window: Window,
    timezone: str,
    scope: tuple[str, ...],
    topics: Sequence[Topic],
    feeds: Sequence[Feed],
    already_mentioned: frozenset[Mention],
    quiet: Iterable[Quiet],
    counts: FeedCounts,
    late: bool,
    empty: EmptyReason | None,
    known_since: datetime | None = None,
) -> Digest:
    """The digest of the news filed in a window.

    `earlier` is evidence filed before it, `year` the stories of the last year, `topics` stand in
    reading order, `quiet` are all that are quiet at the window's end with the longest silence
    first, `already_mentioned` is what earlier digests of the subscription told, and `empty` says
    why there is no evidence at all (None when there is some). The rest is as in `Digest`.
    """
    zone = ZoneInfo(timezone)
    told_before = {story_id for _, story_id in already_mentioned}
    again = told_before & {one.story_id for one in evidence}
    past = _past(
        stories_of((one for one in earlier if one.story_id in again), feeds=feeds),
        course=by_commitment(one for one in year if one.published_at < window.since),
        since=window.since,
        topics=topics,
        already_mentioned=already_mentioned,
    )
    late_ids = {one.id for one in evidence if one.item.first_seen_at >= window.until}
    told = _told(stories_of(evidence, feeds=feeds), past, late_ids=late_ids)
    sections = _sections(told)
    parent, thread, left = _share_out(sections)
    has_news = {topic.id for one in told for topic in (one.topic, *one.also)}
    silent = [one for one in quiet if one.topic.id not in has_news and is_told(one, window)]
    began = tuple(one for one in silent if (at := one.silence.began_at) and at in window)
    lead = Lead(
        story=told[0] if told else None,
        silent=began,
        due=_came_due(topics, window, zone),
    )
    by_number = sorted(left, key=lambda section: -len(section.stories))
    return Digest(
        window=window,
        timezone=timezone,
        scope=scope,
        topics=tuple(topics),
        lead=lead if lead.story or lead.silent or lead.due else None,
        parent=parent,
        thread=thread,
        more=sum(len(section.stories) for section in left),
        more_topics=tuple(section.topic for section in by_number),
        quiet=tuple(one for one in silent if one not in began),
        due=_falls_due(topics, window.until.astimezone(zone).date()),
        feeds=counts,
        known_since=known_since if known_since and known_since in window else None,
        late=late,
        mentions=frozenset(
            (topic.id, one.story.story_id)
            for section in (*parent, *thread)
            for one in section.stories
            for topic in (one.topic, *one.also)
        ),
        empty=None if sections else empty,
    )


def filed_when_published(evidence: Iterable[Evidence], moment: datetime) -> tuple[Evidence, ...]:
    """The evidence of a past moment, with what was fetched later filed when it was published.

    The item was there; we were not. So it belongs to the window of its date.
    """
    return tuple(
        replace(one, filed_at=one.item.published_at)
        if one.filed_at >= moment or one.item.backlog
        else one
        for one in evidence
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Past:
    """What was known before the window.

    `place` has each commitment with its place in reading order, `course` its momentum, `told` under
    which commitments earlier digests told a story, and `stories` what these were then.
    """

    place: Mapping[str, tuple[int, Topic]]
    course: Mapping[str, float | None]
    told: Mapping[int, frozenset[str]]
    stories: Mapping[int, Sequence[Story]]


def _past(
    stories: Sequence[Story],
    *,
    course: Mapping[str, Sequence[Story]],
    since: datetime,
    topics: Sequence[Topic],
    already_mentioned: frozenset[Mention],
) -> _Past:
    grouped: defaultdict[int, list[Story]] = defaultdict(list)
    for one in stories:
        grouped[one.story_id].append(one)
    told: defaultdict[int, frozenset[str]] = defaultdict(frozenset)
    for commitment_id, story_id in already_mentioned:
        told[story_id] |= {commitment_id}
    return _Past(
        place={topic.id: (number, topic) for number, topic in enumerate(topics)},
        course={topic.id: momentum(course[topic.id], now=since) for topic in topics},
        told=told,
        stories=grouped,
    )


def _told(stories: Iterable[Story], past: _Past, *, late_ids: Set[int]) -> list[DigestStory]:
    """The stories to be told, the largest first, before any cap."""
    grouped: defaultdict[int, list[Story]] = defaultdict(list)
    for story in stories:
        grouped[story.story_id].append(story)
    told = (_telling(variants, past, late_ids=late_ids) for variants in grouped.values())
    return sorted((one for one in told if one is not None), key=_by_size)


def _telling(variants: Sequence[Story], past: _Past, *, late_ids: Set[int]) -> DigestStory | None:
    """How a story is told, of which `variants` has what bears on each commitment.

    None where an earlier digest told it and it did not develop.
    """

    def place(story: Story) -> tuple[int, Topic]:
        return past.place[story.commitment_id]

    home = min(
        variants,
        key=lambda one: (one.standing is not Standing.CONFIRMED, -one.support, place(one)[0]),
    )
    others = [one for one in variants if one is not home and one.standing is not Standing.UNSURE]
    development = None
    if home.story_id in past.told:
        development = _development(home, others, past)
        if development is None:
            return None
    against = _AGAINST.get(home.direction, 0) if home.is_sure else 0
    return DigestStory(
        story=home,
        topic=place(home)[1],
        also=tuple(place(one)[1] for one in sorted(others, key=lambda one: place(one)[0])),
        turns=against * (past.course[home.commitment_id] or 0) > 0,
        development=development,
        fetched_later=home.evidence_id in late_ids,
    )


def _by_size(one: DigestStory) -> tuple[float, float, int]:
    return (-one.size, -one.story.newest_at.timestamp(), one.story.story_id)


def _development(home: Story, others: Sequence[Story], past: _Past) -> Development | None:
    """What is new of a story that was told before; None where it is the same news."""
    before = past.stories.get(home.story_id, ())
    known = {outlet for one in before for outlet in one.outlets}
    outlets = len(set(home.outlets) - known) if known else 0
    turned = home.is_sure and any(
        one.commitment_id == home.commitment_id
        and one.is_sure
        and {one.direction, home.direction} == set(_AGAINST)
        for one in before
    )
    doubted = {one.commitment_id for one in before if one.standing is Standing.UNSURE}
    told = past.told[home.story_id] - doubted
    topics = tuple(
        past.place[one.commitment_id][1]
        for one in (home, *others)
        if one.standing is not Standing.UNSURE and one.commitment_id not in told
    )
    last = max((one.newest_at for one in before), default=home.published_at)
    pause = home.published_at - last if home.published_at - last >= _PAUSE else None
    # Who reports it anew after a pause has something new: so does an event that is taken for it.
    again = pause and (not known.isdisjoint(home.outlets) or outlets >= _FEWEST_OUTLETS)
    if not (topics or turned or again or outlets >= max(_FEWEST_OUTLETS, len(known))):
        return None
    return Development(turned=turned, topics=topics, outlets=outlets, pause=pause)


def _sections(told: Iterable[DigestStory]) -> tuple[DigestSection, ...]:
    """A section for each commitment that has stories, in the order of its first one."""
    grouped: dict[str, list[DigestStory]] = defaultdict(list)
    for one in told:
        grouped[one.topic.id].append(one)
    return tuple(
        DigestSection(topic=some[0].topic, stories=tuple(some)) for some in grouped.values()
    )


def _share_out(
    sections: Sequence[DigestSection],
) -> tuple[tuple[DigestSection, ...], tuple[DigestSection, ...], tuple[DigestSection, ...]]:
    """The sections of the message, of its thread, and of what neither of them shows."""
    rounds = zip_longest(*([one.story.story_id for one in s.stories] for s in sections))
    turns = [story_id for one_round in rounds for story_id in one_round if story_id is not None]
    return (
        _only(sections, frozenset(turns[:IN_PARENT])),
        _only(sections, frozenset(turns[IN_PARENT:IN_ALL])),
        _only(sections, frozenset(turns[IN_ALL:])),
    )


def _only(sections: Iterable[DigestSection], wanted: frozenset[int]) -> tuple[DigestSection, ...]:
    """The sections with the wanted stories alone, those without any left out."""
    cut = (
        replace(one, stories=tuple(s for s in one.stories if s.story.story_id in wanted))
        for one in sections
    )
    return tuple(one for one in cut if one.stories)


def is_told(quiet: Quiet, window: Window) -> bool:
    """Whether a silence began in the window, or whole weeks before a moment of it."""
    began = quiet.silence.began_at
    if began is None:
        return False
    weeks = max(0, (window.until - began) // QUIET_EVERY)
    return began + weeks * QUIET_EVERY in window


def _came_due(topics: Iterable[Topic], window: Window, zone: ZoneInfo) -> tuple[Topic, ...]:
    """The commitments whose due date ended in the window, by the reader's days."""
    since, until = (each.astimezone(zone).date() for each in (window.since, window.until))
    return tuple(topic for topic in topics if topic.due and since <= topic.due < until)


def _falls_due(topics: Iterable[Topic], today: date) -> tuple[Topic, ...]:
    """What falls due from today on, the soonest first."""
    last = today + timedelta(days=DUE_DAYS)
    soon = [(topic.due, topic) for topic in topics if topic.due and today <= topic.due <= last]
    return tuple(topic for _, topic in sorted(soon, key=lambda each: each[0]))
