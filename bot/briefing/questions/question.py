"""What a reading of a plain question gives."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.domain.evidence import Direction


class Intent(StrEnum):
    """What somebody wants to know; each one has an answer of its own."""

    STATUS = "status"
    """Where something stands, or everything."""
    EVIDENCE = "evidence"
    """What was reported: under a commitment, in a stretch of time, by an outlet, in a direction."""
    CHANGES = "changes"
    """What is new."""
    SILENCE = "silence"
    """What has gone quiet, and for how long."""
    COMPARE = "compare"
    """Several commitments side by side."""
    SEARCH = "search"
    """Words that are no commitment."""
    ASSESSMENT = "assessment"
    """What people judged, when and why."""
    TIMELINE = "timeline"
    """How it came about, in order."""
    BRIEF = "brief"
    """A briefing now."""
    FEEDS = "feeds"
    """The feed list, or the health of a feed."""
    SUBSCRIBE = "subscribe"
    """Getting, changing or stopping digests."""
    HELP = "help"
    """What the bot can do."""
    UNKNOWN = "unknown"
    """Nothing that this bot can answer: the weather, opinions, predictions, edits of the record."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A plain question as read.

    Attributes:
        intent: What is wanted.
        commitments: Ids of the commitments meant, sorted; empty when all or none are meant, and
            always for search, feeds, help and unknown. When `ask_back` is set these
            are the candidates.
        summit: Id of the summit whose commitments are meant; None for no such limit.
        since: First day meant; None for no start.
        until: Last day meant (included); None for no end. Never before `since`.
        source: The outlet named, spelled as its title has it; it may be a part of the title that
            several feeds share (`BBC` of `BBC News, Asia`). None when none is named.
        direction: The direction asked for; None for all.
        ask_back: True when two readings are as likely, so that a question back serves best.
        words: What to search for, in the asker's words: for search, the words searched; otherwise
            the words of the subject, which may be empty.
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Subjects:
    """What some words name.

    Attributes:
        commitments: Ids, sorted; the candidates when `ambiguous`.
        summit: Id of the one summit named; None when none is, or when commitments are.
        ambiguous: True when the words fit several commitments as well, and one was meant.
    """

    commitments: tuple[str, ...] = ()
    summit: str | None = None
    ambiguous: bool = False
