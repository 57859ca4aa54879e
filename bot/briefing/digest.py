"""The digest: what is new under each commitment, each story shown once.

The steps, each a function of values:

1. The news of the window: evidence filed in it that the ledger calls news. What was there before we
   came, and what a new version of the matcher finds in old items, is not.
2. Stories that earlier digests of the subscription showed under the same commitment are left out.
   One that they showed under another commitment becomes a reference.
3. Commitments by priority. A story that bears on several is shown in full under the first of them,
   and referred to under the others.
4. Caps: 8 stories in the message itself and 25 in all. Every commitment's most important story
   comes before any commitment's second one, so that no commitment crowds out the rest. Commitments
   with nothing but references fill up to 12 sections: the story's own line names them anyway.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from bot.briefing.parts import EmptyReason, FeedCounts, Quiet, Story, Topic
from bot.briefing.status import by_commitment
from bot.briefing.stories import stories_of
from bot.domain.evidence import Evidence
from bot.domain.feed import Feed
from bot.domain.window import Window

IN_PARENT = 8
IN_ALL = 25
SECTIONS = 12

# A commitment id and a story id.
Mention = tuple[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestStory:
    """A story shown in full, with the other commitments of the digest that it bears on."""

    story: Story
    also: tuple[Topic, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A story shown elsewhere that bears on this commitment too.

    Attributes:
        story: As evidence under this commitment.
        shown_under: Where this digest shows it in full; None when an earlier digest did.
    """

    story: Story
    shown_under: Topic | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestSection:
    """What is new under one commitment: stories by importance, then references."""

    topic: Topic
    stories: tuple[DigestStory, ...]
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Digest:
    """What one subscription gets for one window.

    Attributes:
        window: What it covers, by when evidence was filed.
        timezone: The reader's zone, an IANA name.
        scope: The summits and commitments asked for, by name; empty for all.
        tracked: How many commitments it covers.
        parent: Sections of the message itself.
        thread: Sections of the replies; a commitment may come in both.
        more: How many new stories neither of them shows.
        more_topics: Where those are, most of them first.
        quiet: Longest first.
        late: True when it should have been sent a while ago.
        mentions: What it shows or refers to, so that the next digest need not.
        empty: Why there is no news; None when there is some.
    """

    window: Window
    timezone: str
    scope: tuple[str, ...]
    tracked: int
    parent: tuple[DigestSection, ...]
    thread: tuple[DigestSection, ...]
    more: int
    more_topics: tuple[Topic, ...]
    quiet: tuple[Quiet, ...]
    feeds: FeedCounts
    late: bool
    mentions: frozenset[Mention]
    empty: EmptyReason | None = None

    @property
    def has_news(self) -> bool:
        """Whether there is anything new in it."""
        return bool(self.parent)

    @property
    def shown(self) -> int:
        """How many stories it shows in full."""
        return sum(len(section.stories) for section in (*self.parent, *self.thread))


def compose(
    evidence: Sequence[Evidence],
    *,
    window: Window,
    timezone: str,
    scope: tuple[str, ...],
    topics: Sequence[Topic],
    feeds: Iterable[Feed],
    already_mentioned: frozenset[Mention],
    quiet: Iterable[Quiet],
    counts: FeedCounts,
    late: bool,
    empty: EmptyReason | None,
) -> Digest:
    """The digest of the news filed in a window.

    `topics` stand in reading order, `quiet` has the longest silence first, `already_mentioned` is
    what earlier digests of the subscription mentioned, and `empty` says why there is no evidence at
    all (None when there is some). The rest is as in `Digest`.
    """
    stories = [
        story
        for story in stories_of(evidence, feeds=feeds)
        if (story.commitment_id, story.story_id) not in already_mentioned
    ]
    sections = _sections(stories, topics=topics, already_mentioned=already_mentioned)
    parent, thread, left = _share_out(sections)
    has_news = {section.topic.id for section in sections}
    by_number = sorted(left, key=lambda section: -len(section.stories))
    return Digest(
        window=window,
        timezone=timezone,
        scope=scope,
        tracked=len(topics),
        parent=parent,
        thread=thread,
        more=sum(len(section.stories) for section in left),
        more_topics=tuple(section.topic for section in by_number if section.stories),
        quiet=tuple(one for one in quiet if one.topic.id not in has_news),
        feeds=counts,
        late=late,
        mentions=_mentions((*parent, *thread)),
        empty=None if sections else empty,
    )


def _sections(
    stories: Iterable[Story], *, topics: Sequence[Topic], already_mentioned: frozenset[Mention]
) -> tuple[DigestSection, ...]:
    """One section for each commitment with news, in reading order, before any cap."""
    by_topic = by_commitment(stories)
    mentioned_before = {story_id for _, story_id in already_mentioned}
    home: dict[int, Topic] = {}
    also: dict[int, tuple[Topic, ...]] = defaultdict(tuple)
    for topic in topics:
        for story in by_topic[topic.id]:
            if story.story_id not in mentioned_before:
                home.setdefault(story.story_id, topic)
            if home.get(story.story_id, topic) != topic:
                also[story.story_id] += (topic,)
    return tuple(
        DigestSection(
            topic=topic,
            stories=tuple(
                DigestStory(story=story, also=also[story.story_id])
                for story in by_topic[topic.id]
                if home.get(story.story_id) == topic
            ),
            references=tuple(
                Reference(story=story, shown_under=home.get(story.story_id))
                for story in by_topic[topic.id]
                if home.get(story.story_id) != topic
            ),
        )
        for topic in topics
        if by_topic[topic.id]
    )


def _share_out(
    sections: Sequence[DigestSection],
) -> tuple[tuple[DigestSection, ...], tuple[DigestSection, ...], tuple[DigestSection, ...]]:
    """The sections of the message, of its thread, and of what neither of them shows."""
    rounds = zip_longest(*([one.story.story_id for one in s.stories] for s in sections))
    turns = [story_id for one_round in rounds for story_id in one_round if story_id is not None]
    return (
        _only(sections, frozenset(turns[:IN_PARENT]), shown_earlier=True),
        _only(sections, frozenset(turns[IN_PARENT:IN_ALL]), shown_earlier=False),
        _only(sections, frozenset(turns[IN_ALL:]), shown_earlier=False),
    )


def _only(
    sections: Iterable[DigestSection], wanted: frozenset[int], *, shown_earlier: bool
) -> tuple[DigestSection, ...]:
    """The sections with the wanted stories alone; a reference goes where its story is shown.

    All of those with a story stay, and those without up to 12 in all.
    """
    cut = [
        DigestSection(
            topic=section.topic,
            stories=tuple(one for one in section.stories if one.story.story_id in wanted),
            references=tuple(
                reference
                for reference in section.references
                if (reference.story.story_id in wanted if reference.shown_under else shown_earlier)
            ),
        )
        for section in sections
    ]
    room = SECTIONS - sum(bool(section.stories) for section in cut)
    bare = [one.topic.id for one in cut if one.references and not one.stories][: max(0, room)]
    return tuple(section for section in cut if section.stories or section.topic.id in bare)


def _mentions(sections: Iterable[DigestSection]) -> frozenset[Mention]:
    """What the next digest need not mention again."""
    return frozenset(
        (story.commitment_id, story.story_id)
        for section in sections
        for story in (
            *(one.story for one in section.stories),
            *(reference.story for reference in section.references),
        )
    )
