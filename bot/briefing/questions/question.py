"""The values that reading a plain question gives."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.domain.evidence import Direction


class Intent(StrEnum):
    """What a person wants to know; each intent has an answer of its own."""

    STATUS = "status"  # where one commitment stands, or everything
    EVIDENCE = "evidence"  # what was reported: of a commitment, a time, an outlet, a direction
    CHANGES = "changes"  # what is new
    SILENCE = "silence"  # what has gone quiet, and for how long
    COMPARE = "compare"  # several commitments side by side
    SEARCH = "search"  # words that are no commitment
    ASSESSMENT = "assessment"  # what people judged, when and why
    TIMELINE = "timeline"  # how it came about, in order
    BRIEF = "brief"  # a briefing now
    FEEDS = "feeds"  # the feed list, or the health of a feed
    SUBSCRIBE = "subscribe"  # getting, changing or stopping digests
    HELP = "help"  # what the bot can do
    UNKNOWN = "unknown"  # no question for this bot: weather, opinions, predictions, edits


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A plain question as read.

    Attributes:
        commitments: Ids of the commitments meant, sorted; empty when all or none are meant, and
            always for search, feeds, help and unknown. The candidates when `ask_back` is set.
        summit: Id of the summit whose commitments are meant; None for no such limit.
        since: First day meant; None for no start.
        until: Last day meant (included); None for no end. Never before `since`.
        source: The outlet named, spelled as its title has it; it may be a part of the title that
            several feeds share (`BBC` of `BBC News, Asia`). None when none is named.
        direction: The direction asked for; None for all.
        ask_back: True when two readings are as likely, so that a question back serves best.
        words: What to search for, in the asker's words: for search, the words searched; otherwise
            the words of the subject, which may be empty.
        instead: Where it is unsure what is asked, so that `intent` is unknown: what it may be, the
            likeliest first.
        evidence: The number of a piece of evidence that is asked about; None for none.
        page: Which page of the evidence, from 1.
        unread: Words that seem to matter and that the reading leaves out, as they were typed.
    """

    intent: Intent
    commitments: tuple[str, ...] = ()
    summit: str | None = None
    since: date | None = None
    until: date | None = None
    source: str | None = None
    direction: Direction | None = None
    ask_back: bool = False
    words: str = ""
    instead: tuple[Intent, ...] = ()
    evidence: int | None = None
    page: int = 1
    unread: tuple[str, ...] = ()

    @property
    def is_narrowed(self) -> bool:
        """Whether a time, an outlet, a direction or a page is asked for."""
        dated = self.since is not None or self.until is not None
        return dated or self.direction is not None or self.source is not None or self.page > 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Subjects:
    """What some words name: commitments (ids, sorted), or one summit (its id), or nothing.

    When the words are ambiguous, one of the commitments was meant, and they fit all as well.
    """

    commitments: tuple[str, ...] = ()
    summit: str | None = None
    ambiguous: bool = False
