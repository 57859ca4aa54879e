"""feeds.yaml: read and checked, with every problem named by line.

defaults: {every: 30m}
feeds:
  - url: https://example.org/world.xml      # the only key that must be there
    title: Example World
    category: agency
    language: en
    weight: 1.5
    every: 1h
    enabled: true
"""

import fcntl
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from bot.config.yaml import (
    Fields,
    MappingNode,
    Node,
    Pair,
    Problems,
    ScalarNode,
    SequenceNode,
    UnreadableError,
    describe,
    format_interval,
    parse_tree,
    read_text,
)
from bot.domain.errors import FeedListError, Problem
from bot.domain.feed import FeedList, FeedSpec
from bot.domain.urls import same_feed_key

# MERGED feed_layout: Where the feeds stand in the text of a feed list: which lines belong to
# which feed.


_DASH = re.compile(r"( *)-( +)(?=[^\s#])")
_KEY = re.compile(r"""\s*(?:-\s+)?["']?(\w+)["']?\s*:(?:\s|$)""")


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """The lines of one feed, from its dash on, without comments and blank lines behind it.

    Attributes:
        lines: Without line ends.
        indent: The blanks before its keys.
    """

    lines: tuple[str, ...]
    indent: str

    def key_of(self, line: str) -> str | None:
        """The key that a line begins, when it stands where this feed's keys stand."""
        match = _KEY.match(line)
        column = len(line) - len(line.lstrip(" -"))
        return match[1] if match and column == len(self.indent) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """A feed list's text by lines.

    Attributes:
        lines: All lines, without their ends.
        end: How lines end in this file.
        spans: First line and the line behind the last, for each feed, in the order of the list.
        insert_at: Where the lines of a further feed go.
        dash: The blanks before a dash.
    """

    lines: tuple[str, ...]
    end: str
    spans: tuple[tuple[int, int], ...]
    insert_at: int
    dash: str

    def with_blocks(self, feeds: Sequence[Sequence[str]]) -> str:
        """The text with more feeds behind the last; each is given as its lines `key: value`."""
        blocks = [
            f"{self.dash}{'- ' if number == 0 else '  '}{line}"
            for keys in feeds
            for number, line in enumerate(keys)
        ]
        return self._text(self.lines[: self.insert_at], blocks, self.lines[self.insert_at :])

    def without_block(self, place: int) -> str:
        """The text without one feed; comments around it stay."""
        start, stop = self.spans[place]
        if len(self.spans) == 1:
            head = [re.sub(r"^(feeds\s*:)", r"\1 []", line) for line in self.lines[:start]]
            return self._text(head, self.lines[stop:])
        return self._text(self.lines[:start], self.lines[stop:])

    def with_block_changed(self, place: int, edit: Callable[[Block], Block | None]) -> str | None:
        """The text with the block that `edit` makes of one feed's; None when it makes none."""
        start, stop = self.spans[place]
        indent = " " * _key_column(self.lines[start])
        block = edit(Block(lines=self.lines[start:stop], indent=indent))
        if block is None:
            return None
        return self._text(self.lines[:start], block.lines, self.lines[stop:])

    def _text(self, *parts: Sequence[str]) -> str:
        return self.end.join(line for part in parts for line in part)


def layout_of(text: str, where: str) -> Layout | None:
    """The layout; None when the list is not written line by line below `feeds:`."""
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(end)
    root = parse_tree(text, where)
    pairs = root.pairs if isinstance(root, MappingNode) else ()
    place = next((n for n, pair in enumerate(pairs) if pair.key == "feeds"), None)
    if place is None:
        return _without_list(lines, end) if _is_plain(root, lines) else None
    value = pairs[place].value
    if isinstance(value, SequenceNode) and value.items:
        behind = pairs[place + 1].line - 1 if place + 1 < len(pairs) else len(lines)
        return _with_feeds(lines, end, value.items, behind)
    return _with_empty_list(lines, end, pairs[place])


def _is_plain(root: Node, lines: Sequence[str]) -> bool:
    empty = isinstance(root, ScalarNode) and root.value is None
    return empty or not any(line.lstrip().startswith(("{", "---", "...")) for line in lines)


def _without_list(lines: list[str], end: str) -> Layout:
    while lines and not lines[-1].strip():
        lines.pop()
    lines += ["feeds:", ""]
    return Layout(lines=tuple(lines), end=end, spans=(), insert_at=len(lines) - 1, dash="  ")


def _with_empty_list(lines: list[str], end: str, feeds: Pair) -> Layout | None:
    line = lines[feeds.line - 1]
    emptied = re.sub(r"^(feeds\s*:)\s*(?:\[\s*\]|~|null)?\s*?(\s+#.*)?$", r"\1\2", line)
    if not re.match(r"feeds\s*:\s*(#|$)", emptied):
        return None
    changed = [*lines[: feeds.line - 1], emptied, *lines[feeds.line :]]
    if feeds.line == len(lines):
        changed.append("")
    return Layout(lines=tuple(changed), end=end, spans=(), insert_at=feeds.line, dash="  ")


def _with_feeds(lines: list[str], end: str, items: Sequence[Node], behind: int) -> Layout | None:
    starts = [item.line - 1 for item in items]
    dashes = [_DASH.match(lines[start]) for start in starts]
    columns = {len(dash[1]) for dash in dashes if dash}
    if None in dashes or len(columns) != 1 or len(set(starts)) != len(starts):
        return None
    limits = [*starts[1:], behind]
    spans = tuple(
        (start, _content_end(lines, start, limit))
        for start, limit in zip(starts, limits, strict=True)
    )
    stop = spans[-1][1]
    if stop == len(lines):
        lines = [*lines, ""]  # the last line had no end
    return Layout(
        lines=tuple(lines), end=end, spans=spans, insert_at=stop, dash=" " * columns.pop()
    )


def _content_end(lines: Sequence[str], start: int, limit: int) -> int:
    """The line behind the last that belongs to the feed; comments behind it are the next one's."""
    column = _key_column(lines[start])
    stop = limit
    while stop > start + 1:
        line = lines[stop - 1]
        text = line.lstrip()
        belongs = text and not (text.startswith("#") and len(line) - len(text) <= column)
        if belongs and not text.startswith(("---", "...")):
            break
        stop -= 1
    return stop


def _key_column(line: str) -> int:
    match = _DASH.match(line)
    return match.end() if match else 0


MAX_FEEDS: Final = 5000
KEYS: Final = ("url", "title", "category", "language", "weight", "every", "enabled")
"""The keys of one feed, in the order in which they are written."""
DEFAULT_EVERY: Final = timedelta(minutes=30)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")  # the shape of BCP 47
_LIST_EXAMPLE = "write feeds: and below it lines such as `- url: https://example.org/feed.xml`"


def load_feeds(path: Path) -> FeedList:
    """The feed list in the file at `path`.

    Raises:
        FeedListError: With all problems of the file, by line.
    """
    try:
        text = read_text(path)
    except UnreadableError as error:
        raise FeedListError(error.problem) from error
    return parse_feeds(text, str(path))


def parse_feeds(text: str, where: str) -> FeedList:
    """The feed list in `text`; `where` names the file in messages.

    An empty text is an empty list.

    Raises:
        FeedListError: With all problems of the text, by line.
    """
    try:
        root = parse_tree(text, where)
    except UnreadableError as error:
        raise FeedListError(error.problem) from error
    problems = Problems(where)
    feeds = _read_list(root, problems)
    if found := problems.in_order():
        raise FeedListError(*found)
    return feeds


def _read_list(root: Node, problems: Problems) -> FeedList:
    if isinstance(root, ScalarNode) and root.value is None:
        return FeedList()
    if not isinstance(root, MappingNode):
        problems.add(root.line, f"a feed list begins with feeds:, not {describe(root)}",
                     _LIST_EXAMPLE)  # fmt: skip
        return FeedList()
    top = Fields(root, problems, what="feed list", known=("defaults", "feeds"))
    return FeedList(every=_read_defaults(top, problems), feeds=_read_feeds(top, problems))


def _read_defaults(top: Fields, problems: Problems) -> timedelta:
    node = top.node("defaults")
    if node is None:
        return DEFAULT_EVERY
    if not isinstance(node, MappingNode):
        top.wrong(
            "defaults", f"should be a group, not {describe(node)}", "write defaults: {every: 30m}"
        )
        return DEFAULT_EVERY
    defaults = Fields(node, problems, what="group of defaults", known=("every",))
    return defaults.interval("every") or DEFAULT_EVERY


def _read_feeds(top: Fields, problems: Problems) -> tuple[FeedSpec, ...]:
    node = top.node("feeds")
    if node is None:
        return ()
    if not isinstance(node, SequenceNode):
        top.wrong("feeds", f"should be a list, not {describe(node)}", _LIST_EXAMPLE)
        return ()
    if len(node.items) > MAX_FEEDS:
        top.wrong("feeds", f"lists {len(node.items):,} feeds", f"keep {MAX_FEEDS:,} at most")
        return ()
    specs = []
    lines: dict[str, int] = {}
    for item in node.items:
        spec = _read_feed(item, problems)
        if spec is None:
            continue
        specs.append(spec)
        first = lines.setdefault(same_feed_key(spec.url), item.line)
        if first != item.line:
            problems.add(item.line, f"this feed is listed already in line {first}",
                         "keep one of the two")  # fmt: skip
    return tuple(specs)


def _read_feed(node: Node, problems: Problems) -> FeedSpec | None:
    if not isinstance(node, MappingNode):
        fix = "write - url: https://example.org/feed.xml"
        problems.add(node.line, f"a feed should be a group of keys, not {describe(node)}", fix)
        return None
    feed = Fields(node, problems, what="feed", known=KEYS)
    url = feed.url("url", example="https://example.org/feed.xml", required=True)
    title = feed.line_text("title", at_most=200, example="Example World")
    category = feed.line_text("category", at_most=60, example="agency")
    language = feed.line_text("language", at_most=40, example="en")
    if language and not _LANGUAGE.fullmatch(language):
        feed.wrong("language", "is no language tag", "write a BCP 47 tag such as en or zh-Hant")
    weight = feed.number("weight", above=0, at_most=10, default=1.0)
    every = feed.interval("every")
    enabled = feed.flag("enabled", default=True)
    if url is None:
        return None
    return FeedSpec(url=url, title=title, category=category, language=language, weight=weight,
                    every=every, enabled=enabled)  # fmt: skip


# MERGED feed_text: Edits on the text of feeds.yaml that touch only the lines they must; pure
# functions.
#
# Where the list is written in the usual way, one `- url: ...` below the other, lines are put in,
# taken out or changed, and all other lines stay byte for byte. (A round trip through a YAML
# library
# keeps comments too, but ties a comment to the line before it, so that taking out one feed takes
# the
# heading of the next.) A list in brackets goes through ruamel's round trip instead. Whichever way
# it
# went, the result is read again and compared with what the edit should mean.


Value = str | float | bool
Values = Mapping[str, Value | None]
"""Keys of a feed with their new values; None takes the key out."""
_USUAL_WEIGHT: Final = 1.0


def feed_added(text: str, spec: FeedSpec, where: str) -> str:
    """The text with a feed at the end of the list.

    Raises:
        FeedListError: The text is no feed list, names the feed already, or would be wrong with it.
    """
    return feeds_added(text, (spec,), where)


def feeds_added(text: str, specs: Sequence[FeedSpec], where: str) -> str:
    """The text with feeds at the end of the list, all or none; see `feed_added`."""
    before = parse_feeds(text, where)
    _require_new(before, specs, where)
    if not specs:
        return text
    values = [_values_of(spec) for spec in specs]
    blocks = [_written(one) for one in values]
    by_lines = _try(lambda layout: layout.with_blocks(blocks), text, where)
    by_library = _library(text, lambda feeds: feeds.extend(CommentedMap(one) for one in values))
    return _checked((by_lines, by_library), where, lambda after: _are_added(before, after, specs))


def feed_removed(text: str, url: str, where: str) -> str:
    """The text without a feed; every comment that stands on a line of its own stays.

    Raises:
        FeedListError: The text is no feed list, or does not name the feed.
    """
    before = parse_feeds(text, where)
    place = _required(before, url, where)
    expected = replace(before, feeds=before.feeds[:place] + before.feeds[place + 1 :])
    by_lines = _try(lambda layout: layout.without_block(place), text, where)
    by_library = _library(text, lambda feeds: feeds.pop(place))
    return _checked((by_lines, by_library), where, lambda after: after == expected)


def feed_changed(text: str, url: str, change: Callable[[FeedSpec], FeedSpec], where: str) -> str:
    """The text with one feed as `change` makes it; only keys whose values differ are touched.

    Raises:
        FeedListError: The text is no feed list, does not name the feed, or would be wrong.
    """
    before = parse_feeds(text, where)
    place = _required(before, url, where)
    old, new = before.feeds[place], change(before.feeds[place])
    was, becomes = _values_of(old), _values_of(new)
    values = {key: becomes.get(key) for key in KEYS if becomes.get(key) != was.get(key)}
    if not values:
        return text
    feeds = (*before.feeds[:place], new, *before.feeds[place + 1 :])

    def with_values(layout: Layout) -> str | None:
        return layout.with_block_changed(place, lambda block: _rewritten(block, values))

    by_library = _library(text, lambda feeds: _set(feeds[place], values))
    ways = (_try(with_values, text, where), by_library)
    return _checked(ways, where, lambda after: after == replace(before, feeds=feeds))


def _try(edit: Callable[[Layout], str | None], text: str, where: str) -> Callable[[], str | None]:
    def edited() -> str | None:
        layout = layout_of(text, where)
        return edit(layout) if layout else None

    return edited


def _checked(
    ways: tuple[Callable[[], str | None], ...], where: str, fits: Callable[[FeedList], bool]
) -> str:
    """The result of the first way whose text means what the edit should mean."""
    failure: FeedListError | None = None
    for way in ways:
        text = way()
        if text is None:
            continue
        try:
            if fits(parse_feeds(text, where)):
                return text
        except FeedListError as error:
            failure = error
    if failure:
        raise failure
    problem = Problem(
        where=where,
        what="this file is written in a way that cannot be edited from here",
        fix="edit it by hand",
    )
    raise FeedListError(problem)


def _require_new(before: FeedList, specs: Sequence[FeedSpec], where: str) -> None:
    known = {same_feed_key(feed.url) for feed in before.feeds}
    for spec in specs:
        key = same_feed_key(spec.url)
        if key in known:
            raise FeedListError(Problem(where=where, what=f"{spec.url} is listed already", fix=""))
        known.add(key)


def _are_added(before: FeedList, after: FeedList, specs: Sequence[FeedSpec]) -> bool:
    old, new = after.feeds[: len(before.feeds)], after.feeds[len(before.feeds) :]
    return old == before.feeds and [feed.url for feed in new] == [spec.url for spec in specs]


def _position(feeds: FeedList, url: str) -> int | None:
    wanted = same_feed_key(url)
    return next((n for n, f in enumerate(feeds.feeds) if same_feed_key(f.url) == wanted), None)


def _required(feeds: FeedList, url: str, where: str) -> int:
    place = _position(feeds, url)
    if place is None:
        fix = "look at the list as it is now"
        raise FeedListError(Problem(where=where, what=f"{url} is not listed", fix=fix))
    return place


def _values_of(spec: FeedSpec) -> dict[str, Value]:
    """The keys to write, in their usual order; what is as usual is left out."""
    values: dict[str, Value | None] = {
        "url": spec.url,
        "title": spec.title,
        "category": spec.category,
        "language": spec.language,
        "weight": None if spec.weight == _USUAL_WEIGHT else spec.weight,
        "every": format_interval(spec.every) if spec.every else None,
        "enabled": None if spec.enabled else False,
    }
    return {key: value for key, value in values.items() if value is not None}


def _written(values: Mapping[str, Value]) -> list[str]:
    """The lines `key: value`, quoted where YAML needs it."""
    return [_line(key, value) for key, value in values.items()]


def _line(key: str, value: Value) -> str:
    out = io.StringIO()
    _yaml().dump({key: value}, out)
    return out.getvalue().rstrip("\n")


def _rewritten(block: Block, values: Values) -> Block | None:
    """The block with its keys changed; None when one of them is not on a line of its own."""
    lines = list(block.lines)
    for key, value in values.items():
        found = [n for n, line in enumerate(lines) if block.key_of(line) == key]
        if not found and value is not None:
            lines.append(block.indent + _line(key, value))
        elif found and value is None:
            if found[0] == 0:
                return None
            del lines[found[0]]
        elif found and value is not None:
            match = _ONE_LINE.fullmatch(lines[found[0]])
            if match is None:
                return None
            lines[found[0]] = f"{match[1]}{_line(key, value)}{match[2] or ''}"
    return replace(block, lines=tuple(lines))


_ONE_LINE = re.compile(
    r"""(\s*(?:-\s+)?)[\w"']+\s*:(?:\s+(?:"[^"]*"|'[^']*'|[^\s"'#][^#]*?))?(\s+#.*)?"""
)


def _library(text: str, edit: Callable[[CommentedSeq], object]) -> Callable[[], str | None]:
    """The same edit through ruamel's round trip."""

    def edited() -> str:
        yaml = _yaml()
        document = yaml.load(text)
        if document is None:
            document = CommentedMap()
        if not document.get("feeds"):
            document["feeds"] = CommentedSeq()
        edit(document["feeds"])
        out = io.StringIO()
        yaml.dump(document, out)
        return out.getvalue()

    return edited


def _set(feed: CommentedMap, values: Values) -> None:
    for key, value in values.items():
        if value is None:
            feed.pop(key, None)
        else:
            feed[key] = value


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 10_000  # lines stay as long as they are
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


# MERGED feed_edit: Edits of feeds.yaml in the file: comments and order stay, and nothing is lost.
#
# Each edit takes a lock, reads the file as it is now, makes the new text
# (`bot.config.feeds_file`),
# looks whether somebody without the lock (an editor) has saved meanwhile, and replaces the file
# in
# one step. Two admins at once, or an admin and an editor, come one after the other; a file that
# is
# broken is never written over.


_TRIES: Final = 5


def add_feed(path: Path, spec: FeedSpec) -> FeedList:
    """Put a feed at the end of the list.

    Returns:
        The whole list as it stands in the file now.

    Raises:
        FeedListError: The feed is listed already, its address is no good, or the file is broken
            or cannot be written.
    """
    return _edited(path, lambda text: feed_added(text, spec, str(path)))


def add_feeds(path: Path, specs: tuple[FeedSpec, ...]) -> FeedList:
    """Put several feeds at the end of the list, all or none; see `add_feed`."""
    return _edited(path, lambda text: feeds_added(text, specs, str(path)))


def remove_feed(path: Path, url: str) -> FeedList:
    """Take a feed off the list; see `add_feed`. A feed that is not there is an error too."""
    return _edited(path, lambda text: feed_removed(text, url, str(path)))


def set_enabled(path: Path, url: str, *, enabled: bool) -> FeedList:
    """Pause a feed or let it go on; see `add_feed`."""
    return change_feed(path, url, lambda spec: replace(spec, enabled=enabled))


def move_feed(path: Path, url: str, to: str) -> FeedList:
    """Give a feed another address, in its place in the list; see `add_feed`."""
    return change_feed(path, url, lambda spec: replace(spec, url=to))


def change_feed(path: Path, url: str, change: Callable[[FeedSpec], FeedSpec]) -> FeedList:
    """Give a feed the values that `change` gives it; see `add_feed`."""
    return _edited(path, lambda text: feed_changed(text, url, change, str(path)))


def _edited(path: Path, edit: Callable[[str], str]) -> FeedList:
    target = path.resolve()  # behind a link the file itself is replaced, and the link stays
    try:
        with _locked(target):
            for _ in range(_TRIES):
                before = target.read_bytes() if target.exists() else None
                text = edit(read_text(path))
                if before is not None and target.read_bytes() == before:
                    _replace(target, text)
                    return parse_feeds(text, str(path))
    except UnreadableError as error:
        raise FeedListError(error.problem) from error
    except OSError as error:
        raise FeedListError(
            Problem(
                where=str(path),
                what=f"it cannot be written ({error.strerror})",
                fix="make the file and its folder writable, or edit it by hand",
            )
        ) from error
    raise FeedListError(
        Problem(where=str(path), what="somebody else keeps changing it", fix="try again")
    )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One editor at a time, across processes; the lock is a file of its own beside the list."""
    lock = path.with_name(f".{path.name}.lock")
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _replace(path: Path, text: str) -> None:
    """The new text in one step: a reader, or a crash, finds the old file or the new one whole."""
    status = path.stat()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with suppress(PermissionError):  # only root may give files away
            os.chown(temporary, status.st_uid, status.st_gid)
        temporary.chmod(status.st_mode & 0o7777)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Makes the replacement survive a loss of power, where the system can."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
