"""Values that go into the ledger and come out of it, beside those of the domain."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.evidence import Direction, Match, Verdict
from bot.domain.feed_edit import KeptEdit
from bot.domain.item import Item


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedChanges:
    """The changes that a new feed list made: addresses, in the order of the list.

    Attributes:
        changed: Listed before with another title, category, language, weight, interval or
            switched on or off; a new place in the list alone is no change.
        removed: Listed before and not any more, in their old order.
        kept: The edits that the list's file does not have yet, oldest first; no change by itself.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[KeptEdit, ...] = field(default=(), compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pulse:
    """What moved last; None where nothing ever did.

    Attributes:
        polled_at: When a feed was last asked.
        posted_at: When a message of the newest delivery that has any was posted.
        waiting_since: When the delivery was due that waits longest; None when none waits.
    """

    polled_at: datetime | None
    posted_at: datetime | None
    waiting_since: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Revision:
    """One text of an item; `replaced_at`, when a newer one was seen, is None for the newest."""

    number: int
    title: str
    summary: str
    replaced_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Filing:
    """The matches of one item; without any it bears on nothing.

    Attributes:
        revision: The revision that was read; when the item has a newer one by now, the matches
            are left out and the item stays pending.
        story_id: The story it belongs to. A story has the number of the item it began with, so an
            item of the same batch can be named, before or after its own filing. None begins a
            story. An item that has a story already keeps it.
        matches: At most one for a commitment.
    """

    item_id: int
    revision: int
    story_id: int | None = None
    matches: tuple[Match, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Filed:
    """The result of filing a batch: evidence filed for the first time, and stories begun."""

    evidence_new: int = 0
    stories_new: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """One person's verdict on one piece of evidence, with its item at its newest revision.

    Attributes:
        id: Grows with time.
        act: The first review of the press that made it; the same for all of a story's evidence.
        actor: Slack id of the person.
        note: Why, in the person's words; None without.
        undoes: The review that it takes back; None where it says something itself.
        moved_to: The commitment that a move names; None otherwise.
    """

    id: int
    act: int
    evidence_id: int
    commitment_id: str
    item: Item
    verdict: Verdict
    actor: str
    at: datetime
    note: str | None
    undoes: int | None
    moved_to: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A filing of the machine with the verdict of people that stands, as in `Evidence`."""

    commitment_id: str
    direction: Direction
    direction_score: float | None
    sure: bool
    verdict: Verdict
