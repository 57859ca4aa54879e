"""Edits on the text of feeds.yaml that touch only the lines they must; pure functions.

Where the list is written in the usual way, one `- url: ...` below the other, lines are put in,
taken out or changed, and all other lines stay byte for byte. (A round trip through a YAML library
keeps comments too, but ties a comment to the line before it, so that taking out one feed takes the
heading of the next.) A list in brackets goes through ruamel's round trip instead. Whichever way it
went, the result is read again and compared with what the edit should mean.
"""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from bot.domain.errors import FeedListError, Problem
from bot.domain.feed import FeedList, FeedSpec
from bot.ingest.feed_file import KEYS, parse_feeds
from bot.ingest.feed_layout import Block, Layout, layout_of
from bot.ingest.feed_url import same_feed_key
from bot.ingest.intervals import format_interval

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
        mend="edit it by hand",
    )
    raise FeedListError(problem)


def _require_new(before: FeedList, specs: Sequence[FeedSpec], where: str) -> None:
    known = {same_feed_key(feed.url) for feed in before.feeds}
    for spec in specs:
        key = same_feed_key(spec.url)
        if key in known:
            raise FeedListError(Problem(where=where, what=f"{spec.url} is listed already", mend=""))
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
        mend = "look at the list as it is now"
        raise FeedListError(Problem(where=where, what=f"{url} is not listed", mend=mend))
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
