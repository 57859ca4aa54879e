"""Which story comes first.

Within a commitment stories are ordered by, in turn: whether a person confirmed it, whether the
machine is unsure of it (last), its reach, how recent it is, and its number, so that the order is
the same every time. The reach is the sum of the weights of the outlets that tell it: four
ordinary outlets (4 x 1.0) come before one that an admin weighted 3.0.

Commitments are ordered by priority (1 first, none last), then as they stand in the pack.
"""

from collections.abc import Iterable

from bot.briefing.parts import Standing, Story, Topic

_BY_STANDING = {Standing.CONFIRMED: 0, Standing.PROPOSED: 1, Standing.UNSURE: 2}

SortKey = tuple[int, float, float, int, str]


def importance(story: Story) -> SortKey:
    """A sorting key: the most important story has the smallest."""
    return (
        _BY_STANDING[story.standing],
        -story.reach,
        -story.newest_at.timestamp(),
        story.story_id,
        story.commitment_id,
    )


def by_importance(stories: Iterable[Story]) -> tuple[Story, ...]:
    """The stories, most important first."""
    return tuple(sorted(stories, key=importance))


def by_recency(stories: Iterable[Story]) -> tuple[Story, ...]:
    """The stories, newest first by the date that is shown: when they broke.

    The more important comes first where they broke at once.
    """
    return tuple(sorted(stories, key=lambda s: (-s.published_at.timestamp(), importance(s))))


def reading_order(topics: Iterable[Topic]) -> tuple[Topic, ...]:
    """Commitments by priority, and otherwise as given."""
    return tuple(
        sorted(topics, key=lambda topic: float("inf") if topic.priority is None else topic.priority)
    )
