"""commitments.yaml, or the short JSON form: read and checked, with every problem named by line.

The YAML form has `scale` and `summits`, each summit with its `commitments` (docs/architecture.md).
The JSON form is a flat list, in which each commitment names its summit:

    {"commitments": [{"id": "methane", "summit": "Glasgow 2021", "title": "...", "text": "..."}]}
"""

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from ruamel.yaml.nodes import MappingNode, ScalarNode

from bot.config.syntax import shorten
from bot.config.yaml import (
    Entry,
    Node,
    Reading,
    WrongError,
    items,
    line,
    line_of,
    parse_tree,
    read_entry,
    read_flag,
    read_line,
    read_text,
    unknown_key,
    value_of,
)
from bot.domain.commitment import LEVELS, Commitment, Pack, Scale, Summit, Watch
from bot.domain.errors import PackError
from bot.domain.urls import url_problem, web_address

MAX_COMMITMENTS: Final = 20_000
_MAX_SUMMITS: Final = 1000
_RESERVED = frozenset({"all"})
_ID = re.compile(r"[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?")


@dataclass(kw_only=True)
class _PackReading(Reading):
    scale: Scale = Scale.IMPLEMENTATION
    was: list[tuple[str, Node]] = field(default_factory=list)

    def check_was(self) -> None:
        """Checks that no earlier id is given twice, or still belongs to something.

        Raises:
            PackError: With the first that does.
        """
        seen: set[str] = set()
        for name, node in self.was:
            if name in self.lines:
                what = f'was: "{name}" is the id of another one, in line {self.lines[name]}'
                raise self.refusal(what, "name an id that is gone", line_of(node))
            if name in seen:
                what = f'was: "{name}" is given to two'
                raise self.refusal(what, "keep it where its evidence belongs", line_of(node))
            seen.add(name)


def _read_was(node: Node, info: ValidationInfo[_PackReading]) -> str:
    """An id that a commitment or summit had before."""
    text = read_line(node, 64)
    if not _ID.fullmatch(text.lower()):
        raise WrongError(node, "is no id: {}", "write was: the-old-id")
    info.context.was.append((text, node))
    return text


def _read_id(node: Node, info: ValidationInfo[_PackReading], *, any_case: bool = False) -> str:
    """An id that nothing before it has: commands name summits and commitments alike."""
    text, lines = read_line(node, 64), info.context.lines
    if not _ID.fullmatch(text.lower() if any_case else text):
        what = f'"{shorten(text)}" is no id: lower-case letters, digits, - . and _ make one'
        raise WrongError(node, what, f"write id: {slug(text) or 'a-short-name'}", named=False)
    if text.lower() in _RESERVED:
        raise WrongError(node, f'"{text}" means everything in commands', "choose another id")
    if text in lines:
        fix = "choose another id; no two summits or commitments share one"
        raise WrongError(node, f'"{text}" is taken already in line {lines[text]}', fix)
    lines[text] = line_of(node)
    return text


def _read_flat_id(node: Node, info: ValidationInfo[_PackReading]) -> str:
    return _read_id(node, info, any_case=True)


def _read_source(node: Node) -> str:
    """An http or https address."""
    text = read_line(node, 2000)
    if problem := url_problem(text):
        raise WrongError(node, *problem)
    return web_address(text)


def _read_scale(node: Node, info: ValidationInfo[_PackReading]) -> Scale:
    """A scale by name; it comes before the guidelines, which are read by its levels."""
    text = read_line(node, 40)
    if text.lower() not in set(Scale):
        raise WrongError(node, f'"{text}" is not known', f"write one of: {', '.join(Scale)}")
    info.context.scale = Scale(text.lower())
    return info.context.scale


def _read_guideline(node: Node, info: ValidationInfo[_PackReading]) -> dict[str, Node]:
    """What each level of the scale means for a commitment, by the level's number."""
    scale = info.context.scale
    known = {str(level.value) for level in LEVELS[scale]}
    choice = ", ".join(f"{level.value} ({level.name})" for level in LEVELS[scale])
    if not isinstance(node, MappingNode):
        raise WrongError(node, "should have a line for each level, not {}",
                         f"the levels are {choice}")  # fmt: skip
    texts: dict[str, Node] = {}
    for key, value in node.value:
        name = key.value.removeprefix("+")
        if name not in known:
            what, _ = unknown_key(key.value, sorted(known), "guideline")
            fix = f"the levels of the scale {scale} are {choice}"
            info.context.add(line_of(key), what, fix)
        elif name in texts:
            what = f"{shorten(key.value)} is given twice in this guideline"
            info.context.add(line_of(key), what, "keep one of them")
        else:
            texts[name] = value
    return texts


def _texts(at_most: int, parted: str) -> BeforeValidator:
    """Lets a value be a list, or a single text as a list of one.

    A single text with what matches `parted` looks like several, and is refused.
    """

    def read(node: Node, info: ValidationInfo) -> list[Node]:
        if isinstance(node, MappingNode):
            raise WrongError(node, "should be a list, not {}")
        if isinstance(node, ScalarNode):
            text, key = " ".join(node.value.split()), info.field_name
            if len(several := re.split(parted, text)) > 1:
                names = shorten(", ".join(filter(None, several)), 80)
                one = shorten(json.dumps(text, ensure_ascii=False), 80)
                fix = f"write {key}: [{names}], or {key}: [{one}] if that is one name"
                raise WrongError(node, "should be a list, not several in {}", fix)
        found = [node] if isinstance(node, ScalarNode) else list(node.value)
        if len(found) > at_most:
            raise WrongError(node, f"has {len(found):,} entries", f"keep {at_most:,} at most")
        return found

    return BeforeValidator(read)


# What parts the entries of a list that was written as one text.
_NAMES: Final = r" ?[,;] ?(?:and )?| (?:and|&|\+|/) "
_PHRASES: Final = r" ?[,;] ?"
_SENTENCES: Final = r"(?!)"  # none: a sentence may hold any of these


_UNIQUE: Final = AfterValidator(lambda values: tuple(dict.fromkeys(values)))


def _whole(*, at_least: int, at_most: int) -> BeforeValidator:
    """Lets a value be a whole number within bounds."""
    fix = f"write a whole number from {at_least} to {at_most}"

    def read(node: Node) -> int:
        value = value_of(node) if isinstance(node, ScalarNode) else None
        if isinstance(value, bool) or not isinstance(value, int):
            raise WrongError(node, "should be a whole number, not {}", fix)
        if not at_least <= value <= at_most:
            raise WrongError(node, "is out of range: {}", fix)
        return value

    return BeforeValidator(read)


def _read_day(node: Node, info: ValidationInfo) -> dt.date:
    """A calendar date as YYYY-MM-DD."""
    raw = node.value.strip() if isinstance(node, ScalarNode) else ""
    fix = f"write year-month-day: {info.field_name}: 2018-06-12"
    if len(raw) != len("2018-06-12"):
        raise WrongError(node, "should be a date, not {}", fix)
    try:
        return dt.date.fromisoformat(raw)
    except ValueError as error:
        raise WrongError(node, "is no date of the calendar: {}", fix) from error


_Id = Annotated[str, BeforeValidator(_read_id)]
_Was = Annotated[
    tuple[Annotated[str, BeforeValidator(_read_was)], ...], _texts(20, _NAMES), _UNIQUE
]
_ScaleName = Annotated[Scale, BeforeValidator(_read_scale)]
_Guideline = Annotated[dict[int, Annotated[str, line(1000)]], BeforeValidator(_read_guideline)]
_Parties = Annotated[tuple[Annotated[str, line(100)], ...], _texts(250, _NAMES), _UNIQUE]
_Terms = Annotated[tuple[Annotated[str, line(100)], ...], _texts(200, _PHRASES), _UNIQUE]
_Examples = Annotated[tuple[Annotated[str, line(1000)], ...], _texts(100, _SENTENCES), _UNIQUE]
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
    id: _Id
    title: Annotated[str, line(200)]
    text: Annotated[str, line(4000)]
    paragraph: Annotated[str | None, line(60)] = None
    parties: _Parties = ()
    theme: Annotated[str | None, line(100)] = None
    priority: Annotated[int | None, _whole(at_least=1, at_most=9)] = None
    due: Annotated[dt.date | None, BeforeValidator(_read_day)] = None
    concern: Annotated[bool, BeforeValidator(read_flag)] = False
    guideline: _Guideline = Field(default_factory=dict)
    watch: _WatchEntry = _WatchEntry.model_construct()
    progress: _Examples = ()
    setback: _Examples = ()
    was: _Was = ()

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
    id: _Id
    name: Annotated[str | None, line(200)] = None
    date: Annotated[dt.date | None, BeforeValidator(_read_day)] = None
    parties: _Parties = ()
    source: Annotated[str | None, BeforeValidator(_read_source)] = None
    commitments: Annotated[tuple[CommitmentEntry, ...], items(MAX_COMMITMENTS)]
    was: _Was = ()

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
    scale: _ScaleName = Scale.IMPLEMENTATION
    summits: Annotated[tuple[SummitEntry, ...], items(_MAX_SUMMITS)]


class _FlatCommitment(CommitmentEntry):
    id: Annotated[str, BeforeValidator(_read_flat_id)]
    summit: Annotated[str, line(200)] = "Summit"


class _FlatDocument(Entry):
    kind: ClassVar[str] = "pack"
    shape: ClassVar[tuple[str, str]] = PackDocument.shape
    scale: _ScaleName = Scale.IMPLEMENTATION
    commitments: Annotated[tuple[_FlatCommitment, ...], items(MAX_COMMITMENTS)]


def load_pack(path: Path) -> Pack:
    """The pack in the file at `path`, in either form.

    Raises:
        PackError: With all problems of the file, by line.
    """
    return parse_pack(read_text(path, PackError), str(path))


def parse_pack(text: str, where: str) -> Pack:
    """The pack in `text`; `where` names the file in messages.

    Raises:
        PackError: With all problems of the text, by line.
    """
    reading = _PackReading(where=where, error=PackError)
    root = parse_tree(text, reading)
    keys = {key.value: key for key, _ in root.value} if isinstance(root, MappingNode) else {}
    if "commitments" in keys and "summits" not in keys:
        # The short form may say more, which is not read.
        root.value = [one for one in root.value if one[0].value in _FlatDocument.model_fields]
        flat = read_entry(_FlatDocument, root, reading)
        reading.check_was()
        return Pack(scale=flat.scale, summits=_named_summits(flat.commitments, reading.lines))
    pack = read_entry(PackDocument, root, reading)
    reading.check_was()
    count = sum(len(summit.commitments) for summit in pack.summits)
    if count > MAX_COMMITMENTS:
        what, fix = f"summits hold {count:,} commitments", f"keep {MAX_COMMITMENTS:,} at most"
        raise reading.refusal(what, fix, line_of(keys["summits"]))
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
