"""commitments.yaml, or the short JSON form: read and checked, with every problem named by line.

The YAML form has `scale` and `summits`, each summit with its `commitments` (docs/architecture.md).
The JSON form is a flat list, in which each commitment names its summit:

    {"commitments": [{"id": "methane", "summit": "Glasgow 2021", "title": "...", "text": "..."}]}
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Final

from pydantic import Field

from bot.config.entries import (
    Day,
    Entries,
    Entry,
    Line,
    Reading,
    Text,
    Texts,
    Url,
    Whole,
    read_entry,
    unknown_key,
)
from bot.config.yaml import (
    Group,
    Node,
    WrongError,
    describe,
    invalid,
    parse_tree,
    raised_as,
    read_text,
    shorten,
)
from bot.domain.commitment import LEVELS, Commitment, Pack, Scale, Summit, Watch
from bot.domain.errors import PackError

MAX_COMMITMENTS: Final = 20_000
_MAX_SUMMITS: Final = 1000
_RESERVED = frozenset({"all"})
_ID = re.compile(r"[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?")


@dataclass(kw_only=True)
class _PackReading(Reading):
    scale: Scale = Scale.IMPLEMENTATION


@dataclass(frozen=True)
class _Id(Text):
    """An id that nothing before it has: commands name summits and commitments alike."""

    example: str = "a-short-name"
    at_most: int = 64
    any_case: bool = False

    def _read(self, key: str, node: Node, reading: Reading) -> str:
        text = super()._read(key, node, reading)
        if not _ID.fullmatch(text.lower() if self.any_case else text):
            what = f'"{shorten(text)}" is no id: lower-case letters, digits, - . and _ make one'
            raise WrongError(node.line, what, f"write id: {slug(text) or self.example}")
        if text.lower() in _RESERVED:
            what, fix = f'"{text}" means everything in commands', "choose another id"
            raise self.wrong(key, node, what, fix)
        if text in reading.lines:
            what = f'"{text}" is taken already in line {reading.lines[text]}'
            fix = "choose another id; no two summits or commitments share one"
            raise self.wrong(key, node, what, fix)
        reading.lines[text] = node.line
        return text


class _ScaleName(Text):
    """A scale by name; it comes before the guidelines, which are read by its levels."""

    def _read(self, key: str, node: Node, reading: Reading) -> str:
        text = super()._read(key, node, reading).lower()
        if text not in set(Scale) or not isinstance(reading, _PackReading):
            fix = f"write one of: {', '.join(Scale)}"
            raise self.wrong(key, node, f'"{text}" is not known', fix)
        reading.scale = Scale(text)
        return text


class _Guideline(Line):
    """What each level of the scale means for a commitment, in a line for each."""

    def _read(self, key: str, node: Node, reading: Reading) -> dict[int, str]:  # type: ignore[override]
        scale = reading.scale if isinstance(reading, _PackReading) else Scale.IMPLEMENTATION
        levels = {str(level.value): level.value for level in LEVELS[scale]}
        choice = ", ".join(f"{level.value} ({level.name})" for level in LEVELS[scale])
        if not isinstance(node, Group):
            what = f"should have a line for each level, not {describe(node)}"
            raise self.wrong(key, node, what, f"the levels are {choice}")
        texts: dict[int, str] = {}
        for name, value in node.items():
            level = levels.get(name.removeprefix("+"))
            if level is None:
                what, _ = unknown_key(name, tuple(levels), key)
                fix = f"the levels of the scale {scale} are {choice}"
                reading.add(node.lines[name], what, fix)
            elif level in texts:
                what = f"{shorten(name)} is given twice in this {key}"
                reading.add(node.lines[name], what, "keep one of them")
            else:
                texts[level] = super()._read(name, value, reading)
        return texts


_Parties = Annotated[tuple[str, ...], Texts("[France, Japan]", at_most=250, each=100)]
_Examples = Annotated[tuple[str, ...], Texts("[a sentence]", at_most=100, each=1000)]
_Terms = Annotated[tuple[str, ...], Texts("[some term, another]", at_most=200, each=100)]
_GROUP_FIX = "write a group of keys, such as - id: a-short-name"


class _WatchEntry(Entry):
    kind: ClassVar[str] = "watch"
    shape: ClassVar[tuple[str, str]] = (
        "watch should have any:, all: or none:, not {}",
        "write watch: {any: [some term, another]}",
    )
    any: _Terms = ()
    all: _Terms = ()
    none: _Terms = ()


class CommitmentEntry(Entry):
    """One commitment of a summit."""

    kind: ClassVar[str] = "commitment"
    shape: ClassVar[tuple[str, str]] = (
        "a commitment should be a group of keys, not {}",
        _GROUP_FIX,
    )
    id: Annotated[str, _Id()]
    title: Annotated[str, Line("A few words", at_most=200)]
    text: Annotated[str, Line("What was promised", at_most=4000)]
    paragraph: Annotated[str | None, Line("4", at_most=60)] = None
    parties: _Parties = ()
    theme: Annotated[str | None, Line("energy", at_most=100)] = None
    priority: Annotated[int | None, Whole(at_least=1, at_most=9)] = None
    due: Annotated[dt.date | None, Day()] = None
    guideline: Annotated[dict[int, str], _Guideline("what this level means", at_most=1000)] = Field(
        default_factory=dict
    )
    watch: _WatchEntry = _WatchEntry.model_construct()
    progress: _Examples = ()
    setback: _Examples = ()

    def commitment(self, summit_id: str, parties: tuple[str, ...] = ()) -> Commitment:
        """The commitment, of the summit's parties where it names none."""
        values = dict(self) | {"watch": Watch(**dict(self.watch))}
        values |= {"parties": self.parties or parties, "summit_id": summit_id}
        values.pop("summit", None)
        return Commitment(**values)


class SummitEntry(Entry):
    """One summit with its commitments."""

    kind: ClassVar[str] = "summit"
    shape: ClassVar[tuple[str, str]] = ("a summit should be a group of keys, not {}", _GROUP_FIX)
    id: Annotated[str, _Id()]
    name: Annotated[str | None, Line("Glasgow 2021", at_most=200)] = None
    date: Annotated[dt.date | None, Day()] = None
    parties: _Parties = ()
    source: Annotated[str | None, Url("https://example.org/document")] = None
    commitments: Annotated[
        tuple[CommitmentEntry, ...], Entries("and below it - id: ...", at_most=MAX_COMMITMENTS)
    ]

    def summit(self) -> Summit:
        """The summit."""
        commitments = (one.commitment(self.id, self.parties) for one in self.commitments)
        values = dict(self) | {"name": self.name or self.id, "commitments": tuple(commitments)}
        return Summit(**values)


class PackDocument(Entry):
    """The whole file in the form with summits."""

    kind: ClassVar[str] = "pack"
    shape: ClassVar[tuple[str, str]] = (
        "commitments begin with summits:, not {}",
        "write summits: and below it the first summit with its id",
    )
    scale: Annotated[Scale, _ScaleName("implementation", at_most=40)] = Scale.IMPLEMENTATION
    summits: Annotated[
        tuple[SummitEntry, ...], Entries("and below it - id: ...", at_most=_MAX_SUMMITS)
    ]


class _FlatCommitment(CommitmentEntry):
    id: Annotated[str, _Id(any_case=True)]
    summit: Annotated[str, Line('"Glasgow 2021"', at_most=200)] = "Summit"


class _FlatDocument(Entry):
    kind: ClassVar[str] = "pack"
    shape: ClassVar[tuple[str, str]] = PackDocument.shape
    scale: Annotated[Scale, _ScaleName("implementation", at_most=40)] = Scale.IMPLEMENTATION
    commitments: Annotated[
        tuple[_FlatCommitment, ...], Entries('[{"id": ...}]', at_most=MAX_COMMITMENTS)
    ]


def load_pack(path: Path) -> Pack:
    """The pack in the file at `path`, in either form.

    Raises:
        PackError: With all problems of the file, by line.
    """
    with raised_as(PackError):
        text = read_text(path)
    return parse_pack(text, str(path))


def parse_pack(text: str, where: str) -> Pack:
    """The pack in `text`; `where` names the file in messages.

    Raises:
        PackError: With all problems of the text, by line.
    """
    with raised_as(PackError):
        root, reading = parse_tree(text, where), _PackReading(where=where)
        if isinstance(root, Group) and "commitments" in root and "summits" not in root:
            for key in root.keys() - _FlatDocument.model_fields.keys():
                del root[key]  # the short form may say more, which is not read
            flat = read_entry(_FlatDocument, root, reading)
            return Pack(scale=flat.scale, summits=_named_summits(flat.commitments, reading.lines))
        pack = read_entry(PackDocument, root, reading)
        count = sum(len(summit.commitments) for summit in pack.summits)
        if isinstance(root, Group) and count > MAX_COMMITMENTS:
            what, fix = f"summits hold {count:,} commitments", f"keep {MAX_COMMITMENTS:,} at most"
            raise invalid(where, what, fix, root.line_of("summits"))
        return Pack(scale=pack.scale, summits=tuple(one.summit() for one in pack.summits))


def _named_summits(entries: Sequence[_FlatCommitment], ids: Container[str]) -> tuple[Summit, ...]:
    """Summits made of the names that commitments give; their ids are none of `ids`."""
    by_name: dict[str, list[_FlatCommitment]] = {}
    for entry in entries:
        by_name.setdefault(entry.summit, []).append(entry)
    summits: dict[str, Summit] = {}
    for number, (name, own) in enumerate(by_name.items(), start=1):
        summit_id = slug(name)
        if not summit_id or summit_id in summits or summit_id in ids or summit_id in _RESERVED:
            summit_id = f"{summit_id}-summit-{number}".lstrip("-")
        commitments = tuple(entry.commitment(summit_id) for entry in own)
        summits[summit_id] = Summit(id=summit_id, name=name, commitments=commitments)
    return tuple(summits.values())


def slug(text: str) -> str:
    """An id made from a name: `COP 26, Glasgow` becomes `cop-26-glasgow`; may be empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:64].rstrip("-")
