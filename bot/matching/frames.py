"""What the bot and its matching process say to each other.

A frame is its length in `SIZE` bytes, then its content: requests are pickled, answers are JSON.
Here are the values that both know; nothing in this file needs numpy, which the bot itself does
without.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from bot.domain.evidence import Direction, Match
from bot.domain.item import ItemText

SIZE: Final = 4

Packed = tuple[list[Any], ...]
"""The matches of one text as JSON values."""
Text = tuple[str, str]
"""Title and summary: all that matching reads."""


class Waiting(NamedTuple):
    """An item to match and to put into a story; a plain tuple, since thousands are sent.

    Attributes:
        id: The ledger's number of the item.
        revision: Of the text.
        title: What matching reads, with `summary`.
        summary: See `title`.
        outlet: Who published it.
        published_at: When.
        seen_at: When it was first stored.
        feed: What published it, by any name.
        story_id: Its story where it has one already; None otherwise.
    """

    id: int
    revision: int
    title: str
    summary: str
    outlet: str
    published_at: datetime
    seen_at: datetime
    feed: str
    story_id: int | None = None

    @property
    def text(self) -> ItemText:
        """What matching and grouping read."""
        return ItemText(
            id=str(self.id), title=self.title, summary=self.summary, source=self.outlet,
            published_at=self.published_at,
        )  # fmt: skip


def packed(match: Match) -> list[Any]:
    """A match as JSON values."""
    return [
        match.commitment_id, match.score, match.direction.value, match.reasons, match.passage,
        match.sure,
    ]  # fmt: skip


def unpacked(values: Sequence[Any]) -> Match:
    """The inverse of `packed`."""
    commitment_id, score, direction, reasons, passage, sure = values
    return Match(
        commitment_id=commitment_id,
        score=score,
        direction=Direction(direction),
        reasons=tuple(reasons),
        passage=passage,
        sure=sure,
    )
