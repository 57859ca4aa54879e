"""The feed list with its health, and its buttons for admins."""

from collections.abc import Iterator

from bot.briefing import words
from bot.briefing.answers import FeedsAnswer
from bot.briefing.health import worst_first
from bot.briefing.parts import FeedLine, Health
from bot.briefing.plain import one_line
from bot.slack import ids
from bot.slack.feed_menu import feed_menu
from bot.slack.message import Chunk, Message, actions, context, fit, paragraphs, section
from bot.slack.mrkdwn import escape, link
from bot.slack.render_parts import GAP_WORDS, button

WITH_MENU = 12
"""So many feeds get a line with a menu of their own, the ones in trouble first."""
_TITLE = 80
_WORDS = 240
_MARK = {
    Health.OK: "✓",
    Health.TROUBLE: "⚠",
    Health.FAILING: "✗",
    Health.STALE: "⚠",
    Health.EMPTY: "⚠",
    Health.NEW: "…",
    Health.PAUSED: "⏸",
}
_LEGEND = "✓ well   ⚠ worth a look   ✗ failing   … not checked yet   ⏸ paused"


def feeds_messages(answer: FeedsAnswer, *, admin: bool) -> tuple[Message, ...]:
    """The feed list; admins can add, pause, resume and remove.

    Args:
        answer: The feeds.
        admin: Whether the reader may edit the list; whoever handles the click checks again.
    """
    if answer.gap:
        blocks: Chunk = (section(GAP_WORDS[answer.gap]), *(_add() if admin else ()))
        return fit([blocks], text="No news feeds are listed yet")
    title = _title(answer)
    chunks: list[Chunk] = [(section(f"*{title}*"),), *feed_chunks(answer, admin=admin)]
    foot = (context(_LEGEND, _hint() if admin else ""), *(_add() if admin else ()))
    return fit([*chunks, foot], text=title)


def feed_chunks(answer: FeedsAnswer, *, admin: bool) -> Iterator[Chunk]:
    """The feeds, those in need of a look first; for admins these have a menu."""
    lines = tuple(worst_first(answer.feeds))
    with_menu = WITH_MENU if admin else 0
    for line in lines[:with_menu]:
        yield (section(_line(line), accessory=feed_menu(line.feed)),)
    rest = [_line(line) for line in lines[with_menu:]]
    yield from ((section(paragraph),) for paragraph in paragraphs(rest))


def _title(answer: FeedsAnswer) -> str:
    counts = answer.counts
    paused = sum(line.health is Health.PAUSED for line in answer.feeds)
    parts = [
        words.count(len(answer.feeds), "feed"),
        f"{counts.failing} failing" if counts.failing else "none failing",
        f"{paused} paused" if paused else "",
        f"{counts.never_fetched} not checked yet" if counts.never_fetched else "",
    ]
    return ", ".join(part for part in parts if part)


def _line(line: FeedLine) -> str:
    title = link(line.feed.url, one_line(line.feed.title) or line.feed.url, limit=_TITLE)
    return f"{_MARK[line.health]} {title}: {escape(line.words, limit=_WORDS)}"


def _add() -> Chunk:
    return (actions(button("Add a feed", action=ids.FEED_ADD, value="add")),)


def _hint() -> str:
    return "`/briefing feeds pause`, `resume` or `remove` with an address works for every feed."
