"""Which commitments a question is about, in reading order."""

from collections.abc import Iterable

from bot.briefing.parts import Topic
from bot.domain.commitment import Commitment, Pack
from bot.domain.text import one_line


def topic_of(commitment: Commitment, pack: Pack) -> Topic:
    """The commitment as headings need it."""
    summit = pack.summit_by_id.get(commitment.summit_id)
    return Topic(
        id=commitment.id,
        title=one_line(commitment.title) or commitment.id,
        summit_id=commitment.summit_id,
        summit=(one_line(summit.name) or summit.id) if summit else "",
        source=summit.source if summit else None,
        priority=commitment.priority,
        due=commitment.due,
        concern=commitment.concern,
    )


def topic_named(commitment_id: str, pack: Pack) -> Topic:
    """The topic with that id; one with the bare id when the pack no longer has it."""
    found = pack.by_id.get(commitment_id)
    return topic_of(found, pack) if found else Topic(id=commitment_id, title=commitment_id)


def topics_of(commitments: Iterable[Commitment], pack: Pack) -> tuple[Topic, ...]:
    """The commitments as headings need them, in the order given."""
    return tuple(topic_of(commitment, pack) for commitment in commitments)


def subscribed_topics(ids: Iterable[str], pack: Pack) -> tuple[Topic, ...]:
    """What ids of commitments and summits stand for, by priority (1 first, none last).

    No ids mean all of the pack. Each commitment comes once. Ids that the pack no longer has are
    left out: the rest of the subscription goes on.
    """
    wanted = frozenset(ids)
    found = (
        commitment
        for commitment in pack.commitments
        if not wanted or commitment.id in wanted or commitment.summit_id in wanted
    )
    by_priority = sorted(found, key=lambda c: float("inf") if c.priority is None else c.priority)
    return topics_of(by_priority, pack)


def scope_names(ids: Iterable[str], pack: Pack) -> tuple[str, ...]:
    """Ids of commitments and summits by name, in the order given; unknown ones are left out.

    A commitment and a summit may share an id: both are meant then, and both are named.
    """
    names = (
        name
        for one in ids
        for name in (
            pack.summit_by_id[one].name if one in pack.summit_by_id else None,
            pack.by_id[one].title if one in pack.by_id else None,
        )
    )
    return tuple(dict.fromkeys(one_line(name) for name in names if name and one_line(name)))
