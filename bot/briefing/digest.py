"""Composing a digest: what is new under each commitment, each story told once.

The steps, each a function of values:

1. The news of the window: evidence filed in it that the ledger calls news. What was there before we
   came, and what a new version of the matcher finds in old items, is not.
2. Stories that earlier digests of the subscription told under the same commitment are left out.
   One that they told under another commitment becomes a reference.
3. Commitments in reading order (`bot.briefing.ranking`). A story that bears on several is told
   in full under the first of them, and referred to under the others.
4. Caps: 8 stories in the message itself and 25 in all. Every commitment's most important story
   comes before any commitment's second one, so that no commitment crowds out the rest. Commitments
   with nothing but references fill up to 12 sections: the story's own line names them anyway.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from bot.briefing.answers import Digest, DigestSection, DigestStory, Reference
from bot.briefing.parts import EmptyReason, FeedCounts, Quiet, Story, Topic
from bot.briefing.ranking import by_importance
from bot.briefing.stories import Weights, stories_of
from bot.domain.evidence import Evidence
from bot.domain.window import Window

IN_PARENT = 8
IN_ALL = 25
SECTIONS = 12

Mention = tuple[str, int]
"""A commitment id and a story id."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestInput:
    """All that a digest is composed from.

    Attributes:
        now: The moment of composing.
        window: What it covers.
        timezone: The reader's zone, an IANA name.
        scope: What was asked for, by name; empty for all.
        topics: The commitments, in reading order.
        evidence: News filed in the window under them.
        weights: See `bot.briefing.stories.Weights`.
        already_told: What earlier digests of the subscription mentioned.
        quiet: Silences, longest first.
        feeds: For the footer.
        late: Whether it should have been sent a while ago.
        gap: Why there is no evidence at all; None when there is some.
    """

    now: datetime
    window: Window
    timezone: str
    scope: tuple[str, ...]
    topics: tuple[Topic, ...]
    evidence: tuple[Evidence, ...]
    weights: Weights
    already_told: frozenset[Mention]
    quiet: tuple[Quiet, ...]
    feeds: FeedCounts
    late: bool
    gap: EmptyReason | None


def compose(given: DigestInput) -> Digest:
    """The digest for what is given."""
    stories = [
        story
        for story in stories_of(given.evidence, weights=given.weights, told_by=given.evidence)
        if (story.commitment_id, story.story_id) not in given.already_told
    ]
    sections = _sections(stories, topics=given.topics, already_told=given.already_told)
    parent, thread, left = _share_out(sections)
    has_news = {section.topic.id for section in sections}
    return Digest(
        now=given.now,
        window=given.window,
        timezone=given.timezone,
        scope=given.scope,
        tracked=len(given.topics),
        parent=parent,
        thread=thread,
        more=sum(len(section.stories) for section in left),
        more_topics=tuple(
            section.topic
            for section in sorted(left, key=lambda section: -len(section.stories))
            if section.stories
        ),
        quiet=tuple(one for one in given.quiet if one.topic.id not in has_news),
        feeds=given.feeds,
        late=given.late,
        mentions=_mentions((*parent, *thread)),
        gap=None if sections else given.gap,
    )


def _sections(
    stories: Iterable[Story], *, topics: Sequence[Topic], already_told: frozenset[Mention]
) -> tuple[DigestSection, ...]:
    """One section for each commitment with news, in reading order, before any cap."""
    by_topic: dict[str, list[Story]] = {topic.id: [] for topic in topics}
    for story in stories:
        if story.commitment_id in by_topic:
            by_topic[story.commitment_id].append(story)
    told_before = {story_id for _, story_id in already_told}
    home: dict[int, Topic] = {}
    for topic in topics:
        for story in by_topic[topic.id]:
            if story.story_id not in told_before:
                home.setdefault(story.story_id, topic)
    also = _also(by_topic, topics=topics, home=home)
    return tuple(
        _section(topic, by_topic[topic.id], home=home, also=also)
        for topic in topics
        if by_topic[topic.id]
    )


def _also(
    by_topic: Mapping[str, Sequence[Story]], *, topics: Sequence[Topic], home: Mapping[int, Topic]
) -> Mapping[int, tuple[Topic, ...]]:
    """For each story the commitments that it bears on besides its home."""
    found: dict[int, tuple[Topic, ...]] = {}
    for topic in topics:
        for story in by_topic[topic.id]:
            if home.get(story.story_id, topic) != topic:
                found[story.story_id] = (*found.get(story.story_id, ()), topic)
    return found


def _section(
    topic: Topic,
    stories: Sequence[Story],
    *,
    home: Mapping[int, Topic],
    also: Mapping[int, tuple[Topic, ...]],
) -> DigestSection:
    ordered = by_importance(stories)
    return DigestSection(
        topic=topic,
        stories=tuple(
            DigestStory(story=story, also=also.get(story.story_id, ()))
            for story in ordered
            if home.get(story.story_id) == topic
        ),
        references=tuple(
            Reference(story=story, told_under=home.get(story.story_id))
            for story in ordered
            if home.get(story.story_id) != topic
        ),
    )


def _share_out(
    sections: Sequence[DigestSection],
) -> tuple[tuple[DigestSection, ...], tuple[DigestSection, ...], tuple[DigestSection, ...]]:
    """The sections of the message, of its thread, and of what neither of them tells."""
    rounds = zip_longest(*([one.story.story_id for one in s.stories] for s in sections))
    turns = [story_id for one_round in rounds for story_id in one_round if story_id is not None]
    return (
        _only(sections, frozenset(turns[:IN_PARENT]), told_earlier=True),
        _only(sections, frozenset(turns[IN_PARENT:IN_ALL]), told_earlier=False),
        _only(sections, frozenset(turns[IN_ALL:]), told_earlier=False),
    )


def _only(
    sections: Iterable[DigestSection], wanted: frozenset[int], *, told_earlier: bool
) -> tuple[DigestSection, ...]:
    """The sections with the wanted stories alone; a reference goes where its story is told."""
    cut = (
        DigestSection(
            topic=section.topic,
            stories=tuple(one for one in section.stories if one.story.story_id in wanted),
            references=tuple(
                reference
                for reference in section.references
                if (reference.story.story_id in wanted if reference.told_under else told_earlier)
            ),
        )
        for section in sections
    )
    return _uncrowded([section for section in cut if section.stories or section.references])


def _uncrowded(sections: Sequence[DigestSection]) -> tuple[DigestSection, ...]:
    """All sections with a story, and so many of those without that there are at most 12."""
    room = SECTIONS - sum(bool(section.stories) for section in sections)
    extra = [section.topic.id for section in sections if not section.stories][: max(0, room)]
    return tuple(section for section in sections if section.stories or section.topic.id in extra)


def _mentions(sections: Iterable[DigestSection]) -> frozenset[Mention]:
    """What a next digest need not tell again."""
    return frozenset(
        (story.commitment_id, story.story_id)
        for section in sections
        for story in (
            *(one.story for one in section.stories),
            *(reference.story for reference in section.references),
        )
    )
