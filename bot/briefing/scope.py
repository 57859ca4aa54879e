"""Which commitments a question is about, in reading order."""

from collections.abc import Iterable, Sequence

from bot.briefing.parts import Topic
from bot.briefing.ranking import reading_order
from bot.domain.commitment import Commitment, Pack, Summit
from bot.domain.text import one_line


def topic_of(commitment: Commitment, pack: Pack) -> Topic:
    """The commitment as headings need it."""
    summit = pack.summit_by_id.get(commitment.summit_id)
    return Topic(
        id=commitment.id,
        title=one_line(commitment.title) or commitment.id,
        summit_id=commitment.summit_id,
        summit=(one_line(summit.name) or summit.id) if summit else "",
        priority=commitment.priority,
        due=commitment.due,
    )


def topic_named(commitment_id: str, pack: Pack) -> Topic:
    """The topic with that id; one with the bare id when the pack no longer has it."""
    commitment = pack.by_id.get(commitment_id)
    return (
        topic_of(commitment, pack) if commitment else Topic(id=commitment_id, title=commitment_id)
    )


def topics_of(subject: Commitment | Summit | None, pack: Pack) -> tuple[Topic, ...]:
    """What a question about one commitment, one summit or (None) everything covers, pack order."""
    match subject:
        case None:
            commitments: Sequence[Commitment] = pack.commitments
        case Summit():
            commitments = subject.commitments
        case Commitment():
            commitments = (subject,)
    return tuple(topic_of(commitment, pack) for commitment in commitments)


def subscribed_topics(ids: Iterable[str], pack: Pack) -> tuple[Topic, ...]:
    """What ids of commitments and summits stand for, most closely watched first.

    No ids mean all of the pack. Each commitment comes once. Ids that the pack no longer has are
    left out: the rest of the subscription goes on.
    """
    wanted = frozenset(ids)
    return reading_order(
        topic_of(commitment, pack)
        for commitment in pack.commitments
        if not wanted or commitment.id in wanted or commitment.summit_id in wanted
    )


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
