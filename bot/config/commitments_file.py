"""commitments.yaml, or the short JSON form: read and checked, with every problem named by line.

The YAML form has `scale` and `summits`, each summit with its `commitments` (docs/architecture.md).
The JSON form is a flat list, in which each commitment names its summit:

    {"commitments": [{"id": "methane", "summit": "Glasgow 2021", "title": "...", "text": "..."}]}
"""

import re
import unicodedata
from collections.abc import Mapping as Lookup
from dataclasses import replace
from pathlib import Path
from typing import Final

from bot.config.yaml import (
    Fields,
    MappingNode,
    Node,
    Problems,
    SequenceNode,
    UnreadableError,
    describe,
    parse_tree,
    read_text,
    shorten,
    unknown_key,
)
from bot.domain.commitment import LEVELS, Commitment, Pack, Scale, Summit, Watch
from bot.domain.errors import PackError

# MERGED pack_fields: What stands in a pack: summits and commitments from the tree of a file.


MAX_COMMITMENTS: Final = 20_000
_MAX_SUMMITS: Final = 1000
_RESERVED = frozenset({"all"})
_ID = re.compile(r"[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?")
_SUMMIT_KEYS = ("id", "name", "date", "parties", "source", "commitments")
_COMMITMENT_KEYS = (
    "id", "title", "text", "paragraph", "parties", "theme", "priority", "due", "guideline",
    "watch", "progress", "setback",
)  # fmt: skip


class _Ids:
    """The ids given so far, each with its line; commands name summits and commitments alike."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._lines: dict[str, int] = {}

    def read(self, fields: Fields, *, any_case: bool = False) -> str | None:
        """The id of a summit or commitment, checked to be well formed and new."""
        text = fields.text("id", at_most=64, example="a-short-name", required=True)
        if text is None:
            return None
        if not _ID.fullmatch(text.lower() if any_case else text):
            fix = f"write id: {slug(text) or 'a-short-name'}"
            what = f'"{shorten(text)}" is no id: lower-case letters, digits, - . and _ make one'
            self._problems.add(fields.line_of("id"), what, fix)
            return None
        if text.lower() in _RESERVED:
            fields.wrong("id", f'"{text}" means everything in commands', "choose another id")
        elif text in self._lines:
            what = f'"{text}" is taken already in line {self._lines[text]}'
            fields.wrong("id", what, "choose another id; no two summits or commitments share one")
        else:
            self._lines[text] = fields.line_of("id")
        return text

    def __contains__(self, text: str) -> bool:
        return text in self._lines


def slug(text: str) -> str:
    """An id made from a name: `COP 26, Glasgow` becomes `cop-26-glasgow`; may be empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:64].rstrip("-")


def read_summit_pack(root: MappingNode, problems: Problems) -> Pack:
    """The pack in the form with summits."""
    top = Fields(root, problems, what="pack", known=("scale", "summits"))
    scale = _scale(top)
    ids = _Ids(problems)
    nodes = _list(top, "summits", "summits:\n  - id: ...", _MAX_SUMMITS)
    summits = [s for node in nodes if (s := _summit(node, scale, ids, problems))]
    count = sum(len(summit.commitments) for summit in summits)
    if count > MAX_COMMITMENTS:
        top.wrong("summits", f"hold {count:,} commitments", f"keep {MAX_COMMITMENTS:,} at most")
    return Pack(scale=scale, summits=tuple(summits))


def read_flat_pack(root: MappingNode, problems: Problems) -> Pack:
    """The pack in the short form: a flat list in which each commitment names its summit."""
    others = {pair.key for pair in root.pairs} - {"commitments", "scale"}
    top = Fields(root, problems, what="pack", known=("scale", "commitments"), ignored=others)
    scale = _scale(top)
    ids = _Ids(problems)
    by_name: dict[str, list[Commitment]] = {}
    for node in _list(top, "commitments", '{"commitments": [{"id": ...}]}', MAX_COMMITMENTS):
        if fields := _fields(node, problems, "commitment", (*_COMMITMENT_KEYS, "summit")):
            name = fields.line_text("summit", at_most=200, example='"Glasgow 2021"') or "Summit"
            if commitment := _commitment(fields, scale, ids, problems, any_case=True):
                by_name.setdefault(name, []).append(commitment)
    return Pack(scale=scale, summits=_named_summits(by_name, ids))


def _named_summits(by_name: Lookup[str, list[Commitment]], ids: _Ids) -> tuple[Summit, ...]:
    summits: dict[str, Summit] = {}
    for number, (name, commitments) in enumerate(by_name.items(), start=1):
        summit_id = slug(name)
        if not summit_id or summit_id in summits or summit_id in ids or summit_id in _RESERVED:
            summit_id = f"summit-{number}" if not summit_id else f"{summit_id}-summit-{number}"
        own = tuple(replace(c, summit_id=summit_id) for c in commitments)
        summits[summit_id] = Summit(id=summit_id, name=name, commitments=own)
    return tuple(summits.values())


def _scale(top: Fields) -> Scale:
    text = top.text("scale", at_most=40, example="implementation")
    if text is None:
        return Scale.IMPLEMENTATION
    try:
        return Scale(text.lower())
    except ValueError:
        top.wrong("scale", f'"{text}" is not known', f"write one of: {', '.join(Scale)}")
        return Scale.IMPLEMENTATION


def _summit(node: Node, scale: Scale, ids: _Ids, problems: Problems) -> Summit | None:
    fields = _fields(node, problems, "summit", _SUMMIT_KEYS)
    if fields is None:
        return None
    summit_id = ids.read(fields)
    name = fields.line_text("name", at_most=200, example="Glasgow 2021")
    day = fields.day("date")
    parties = fields.texts("parties", at_most=250, each=100, example="[France, Japan]")
    source = fields.url("source", example="https://example.org/document")
    commitments = []
    for item in _list(fields, "commitments", "commitments:\n  - id: ...", MAX_COMMITMENTS):
        own = _fields(item, problems, "commitment", _COMMITMENT_KEYS)
        commitment = _commitment(own, scale, ids, problems) if own else None
        if commitment:
            own_parties = commitment.parties or parties
            commitments.append(replace(commitment, summit_id=summit_id or "", parties=own_parties))
    return Summit(id=summit_id or "", name=name or summit_id or "", date=day, parties=parties,
                  source=source, commitments=tuple(commitments))  # fmt: skip


def _commitment(
    fields: Fields, scale: Scale, ids: _Ids, problems: Problems, *, any_case: bool = False
) -> Commitment | None:
    """The commitment, its summit still open; None when a required key is missing or wrong."""
    commitment_id = ids.read(fields, any_case=any_case)
    title = fields.line_text("title", at_most=200, example="A few words", required=True)
    text = fields.line_text("text", at_most=4000, example="What was promised", required=True)
    paragraph = fields.line_text("paragraph", at_most=60, example="4")
    parties = fields.texts("parties", at_most=250, each=100, example="[France, Japan]")
    theme = fields.line_text("theme", at_most=100, example="energy")
    priority = fields.whole("priority", at_least=1, at_most=9)
    due = fields.day("due")
    guideline = _guideline(fields, scale, problems)
    watch = _watch(fields, problems)
    progress = fields.texts("progress", at_most=100, each=1000, example="[a sentence]")
    setback = fields.texts("setback", at_most=100, each=1000, example="[a sentence]")
    if commitment_id is None or title is None or text is None:
        return None
    return Commitment(
        id=commitment_id, title=title, text=text, summit_id="", paragraph=paragraph,
        parties=parties, theme=theme, priority=priority, due=due, guideline=guideline,
        watch=watch, progress=progress, setback=setback,
    )  # fmt: skip


def _watch(fields: Fields, problems: Problems) -> Watch:
    node = fields.node("watch")
    if node is None:
        return Watch()
    if not isinstance(node, MappingNode):
        what = f"should have any:, all: or none:, not {describe(node)}"
        fields.wrong("watch", what, "write watch: {any: [some term, another]}")
        return Watch()
    own = Fields(node, problems, what="watch", known=("any", "all", "none"))
    terms = {
        key: own.texts(key, at_most=200, each=100, example="[some term, another]")
        for key in ("any", "all", "none")
    }
    return Watch(any=terms["any"], all=terms["all"], none=terms["none"])


def _guideline(fields: Fields, scale: Scale, problems: Problems) -> dict[int, str]:
    node = fields.node("guideline")
    if node is None:
        return {}
    levels = {str(level.value): level.value for level in LEVELS[scale]}
    choice = ", ".join(f"{level.value} ({level.name})" for level in LEVELS[scale])
    if not isinstance(node, MappingNode):
        what = f"should have a line for each level, not {describe(node)}"
        fields.wrong("guideline", what, f"the levels are {choice}")
        return {}
    known = tuple(levels)
    foreign = [p for p in node.pairs if p.key.removeprefix("+") not in levels]
    for pair in foreign:
        what, _ = unknown_key(pair.key, known, "guideline")
        problems.add(pair.line, what, f"the levels of the scale {scale} are {choice}")
    pairs = tuple(replace(p, key=p.key.removeprefix("+")) for p in node.pairs if p not in foreign)
    own = Fields(replace(node, pairs=pairs), problems, what="guideline", known=known)
    texts = {k: own.line_text(k, at_most=1000, example="what this level means") for k in known}
    return {levels[key]: text for key, text in texts.items() if text}


def _fields(node: Node, problems: Problems, what: str, known: tuple[str, ...]) -> Fields | None:
    if isinstance(node, MappingNode):
        return Fields(node, problems, what=what, known=known)
    fix = "write a group of keys, such as - id: a-short-name"
    problems.add(node.line, f"a {what} should be a group of keys, not {describe(node)}", fix)
    return None


def _list(fields: Fields, key: str, example: str, at_most: int) -> tuple[Node, ...]:
    """The nodes of a list that must be there and must not be empty."""
    node = fields.node(key)
    if node is None or (isinstance(node, SequenceNode) and not node.items):
        fields.missing(key, f"write {example}".replace("\n", " and below it"))
        return ()
    if not isinstance(node, SequenceNode):
        fields.wrong(key, f"should be a list, not {describe(node)}", "begin each entry with -")
        return ()
    if len(node.items) > at_most:
        fields.wrong(key, f"lists {len(node.items):,} entries", f"keep {at_most:,} at most")
        return ()
    return node.items


def load_pack(path: Path) -> Pack:
    """The pack in the file at `path`, in either form.

    Raises:
        PackError: With all problems of the file, by line.
    """
    try:
        text = read_text(path)
    except UnreadableError as error:
        raise PackError(error.problem) from error
    return parse_pack(text, str(path))


def parse_pack(text: str, where: str) -> Pack:
    """The pack in `text`; `where` names the file in messages.

    Raises:
        PackError: With all problems of the text, by line.
    """
    try:
        root = parse_tree(text, where)
    except UnreadableError as error:
        raise PackError(error.problem) from error
    problems = Problems(where)
    pack = _read(root, problems)
    if found := problems.in_order():
        raise PackError(*found)
    return pack


def _read(root: Node, problems: Problems) -> Pack:
    if not isinstance(root, MappingNode):
        what = f"commitments begin with summits:, not {describe(root)}"
        problems.add(root.line, what, "write summits: and below it the first summit with its id")
        return Pack()
    keys = {pair.key for pair in root.pairs}
    if "commitments" in keys and "summits" not in keys:
        return read_flat_pack(root, problems)
    return read_summit_pack(root, problems)
