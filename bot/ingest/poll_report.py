"""What one run over feeds did, in numbers."""

from dataclasses import dataclass, field

from bot.ingest.notices import FeedNotice


@dataclass(frozen=True, kw_only=True, slots=True)
class PollReport:
    """What one run did.

    Attributes:
        feeds: Feeds looked at.
        fetched: Those with a document that was new or changed.
        not_modified: Those without news.
        failed: Those that failed.
        left_alone: Those that were not asked, with the sentence that says why: their hosts were out
            of reach, or had asked for patience.
        items_new: Items stored for the first time.
        items_revised: Items whose text changed.
        errors: Title and sentence of each failure, in the order in which they happened.
        in_part: Title of each feed whose document was not read whole, and the sentence that says
            why; a feed may be named twice.
        notices: What admins should hear, in the order in which it was found.
    """

    feeds: int = 0
    fetched: int = 0
    not_modified: int = 0
    failed: int = 0
    items_new: int = 0
    items_revised: int = 0
    errors: tuple[tuple[str, str], ...] = ()
    left_alone: tuple[tuple[str, str], ...] = ()
    in_part: tuple[tuple[str, str], ...] = ()
    notices: tuple[FeedNotice, ...] = ()


@dataclass(slots=True)
class Tally:
    """A report in the making."""

    total: int
    fetched: int = 0
    not_modified: int = 0
    items_new: int = 0
    items_revised: int = 0
    errors: list[tuple[str, str]] = field(default_factory=list)
    left_alone: list[tuple[str, str]] = field(default_factory=list)
    in_part: list[tuple[str, str]] = field(default_factory=list)
    notices: list[FeedNotice] = field(default_factory=list)

    @property
    def done(self) -> int:
        """Feeds looked at so far."""
        return self.fetched + self.not_modified + len(self.errors) + len(self.left_alone)

    def report(self) -> PollReport:
        """What it came to."""
        return PollReport(
            feeds=self.done,
            fetched=self.fetched,
            not_modified=self.not_modified,
            failed=len(self.errors),
            items_new=self.items_new,
            items_revised=self.items_revised,
            errors=tuple(self.errors),
            left_alone=tuple(self.left_alone),
            in_part=tuple(self.in_part),
            notices=tuple(self.notices),
        )
