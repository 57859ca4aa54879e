"""Summits, their commitments, and the pack that holds them."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property


class Scale(StrEnum):
    """The scale on which a pack's commitments are assessed."""

    IMPLEMENTATION = "implementation"
    COMPLIANCE = "compliance"


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """One step of a scale."""

    value: int
    name: str


LEVELS: Mapping[Scale, tuple[Level, ...]] = {
    # Peace Accords Matrix, Kroc Institute: level of implementation, 0 to 3.
    Scale.IMPLEMENTATION: (
        Level(value=0, name="not initiated"),
        Level(value=1, name="minimal"),
        Level(value=2, name="intermediate"),
        Level(value=3, name="full"),
    ),
    # G20 Research Group: compliance score, -1 to +1.
    Scale.COMPLIANCE: (
        Level(value=-1, name="no compliance"),
        Level(value=0, name="partial compliance"),
        Level(value=1, name="full compliance"),
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """Terms that an admin gave for one commitment; all optional, words or phrases.

    Attributes:
        any: An item with one of them may be about the commitment.
        all: Each of them must be present.
        none: An item with one of them is not about the commitment.
    """

    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Commitment:
    """One tracked promise.

    What is None was not given.

    Attributes:
        id: Short name used in commands, lower case, unique within the pack.
        text: The promise, as close to the document as possible.
        paragraph: Where in the document it stands.
        parties: Who promised; the summit's parties when the file gives none.
        theme: A grouping across summits.
        priority: 1 is watched most closely.
        due: The day by which it was to be done.
        concern: True where it is no promise but something that may get in the way of one: its
            directions then say that it grows or eases.
        guideline: What each level means for this commitment, by level value.
        progress: Examples of what carrying it out reads like.
        setback: Examples of what delay or breach reads like.
        was: Earlier ids of it, whose evidence and subscriptions are its own.
    """

    id: str
    title: str
    text: str
    summit_id: str
    paragraph: str | None = None
    parties: tuple[str, ...] = ()
    theme: str | None = None
    priority: int | None = None
    due: dt.date | None = None
    concern: bool = False
    guideline: Mapping[int, str] = field(default_factory=dict, hash=False)
    watch: Watch = field(default_factory=Watch)
    progress: tuple[str, ...] = ()
    setback: tuple[str, ...] = ()
    was: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Summit:
    """The meeting or document that holds commitments.

    Attributes:
        id: Short name used in commands, unique within the pack.
        date: The day it was signed or held; None when not given.
        source: Where the document can be read (an http or https address); None when not given.
        commitments: In the order of the file.
        was: Earlier ids of it, whose subscriptions are its own.
    """

    id: str
    name: str
    date: dt.date | None = None
    parties: tuple[str, ...] = ()
    source: str | None = None
    commitments: tuple[Commitment, ...] = ()
    was: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Pack:
    """All that one workspace tracks: a scale and the summits, in the order of the file."""

    scale: Scale = Scale.IMPLEMENTATION
    summits: tuple[Summit, ...] = ()

    @cached_property
    def commitments(self) -> tuple[Commitment, ...]:
        """Every commitment of every summit, in the order of the file."""
        return tuple(c for summit in self.summits for c in summit.commitments)

    @cached_property
    def by_id(self) -> Mapping[str, Commitment]:
        """Commitments by id."""
        return {c.id: c for c in self.commitments}

    @cached_property
    def summit_by_id(self) -> Mapping[str, Summit]:
        """Summits by id."""
        return {s.id: s for s in self.summits}

    def parties_of(self, commitment: Commitment) -> tuple[str, ...]:
        """Who promised it: its own parties, or else its summit's."""
        summit = self.summit_by_id.get(commitment.summit_id)
        return commitment.parties or (summit.parties if summit else ())

    @cached_property
    def ids(self) -> frozenset[str]:
        """The ids of all commitments and summits."""
        return frozenset((*self.by_id, *self.summit_by_id))

    @cached_property
    def renamed(self) -> Mapping[str, str]:
        """The ids of commitments and summits by the earlier ones."""
        named: tuple[Commitment | Summit, ...] = (*self.commitments, *self.summits)
        return {old: one.id for one in named for old in one.was}

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits that change whenever anything in the pack does."""
        return _digest(asdict(self))

    @cached_property
    def match_fingerprint(self) -> str:
        """16 hex digits that change with what matching reads; items are then matched anew.

        That is of each commitment its id, title, text, watch terms and examples, and its parties
        or else the summit's. A due date or a priority changes no match.
        """
        return _digest(
            [
                (c.id, c.title, c.text, asdict(c.watch), c.progress, c.setback,
                 c.parties or summit.parties)
                for summit in self.summits
                for c in summit.commitments
            ]
        )  # fmt: skip


def _digest(content: object) -> str:
    """SHA-256 over JSON with sorted keys, so that no process or platform shows."""
    text = json.dumps(content, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
