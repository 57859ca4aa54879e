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

import re
from datetime import timedelta
from pathlib import Path
from typing import Final

from bot.domain.errors import FeedListError
from bot.domain.feed import FeedList, FeedSpec
from bot.ingest.feed_url import same_feed_key
from bot.ingest.fields import Fields, Problems
from bot.ingest.nodes import MappingNode, Node, ScalarNode, SequenceNode, describe
from bot.ingest.yaml_tree import UnreadableError, parse_tree, read_text

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
        mend = "write - url: https://example.org/feed.xml"
        problems.add(node.line, f"a feed should be a group of keys, not {describe(node)}", mend)
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
