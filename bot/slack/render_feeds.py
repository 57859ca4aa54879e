"""How the feeds fare, beside other things: in the Home tab, and as the answer to a question."""

from collections.abc import Container, Iterator, Sequence

from bot.briefing import words
from bot.briefing.answers import FeedsAnswer
from bot.briefing.feed_health import by_need
from bot.briefing.parts import FeedHealth, FeedState
from bot.ingest.text import one_line
from bot.slack.feed_menu import feed_menu
from bot.slack.message import Chunk, Message, context, fit, paragraphs, section
from bot.slack.mrkdwn import escape, link
from bot.slack.render_parts import GAP_WORDS

MARK = {
    FeedState.WELL: "✓",
    FeedState.SILENT: "⚠",
    FeedState.FAILING: "✗",
    FeedState.PAUSED: "⏸",
    FeedState.NEW: "…",
}
_TITLE = 80
_WORDS = 240


def feeds_messages(answer: FeedsAnswer) -> tuple[Message, ...]:
    """The feeds, those in need of a look first, without anything to click."""
    if answer.gap:
        return fit([(section(GAP_WORDS[answer.gap]),)], text="No news feeds are listed")
    title = words.feed_list(answer)
    states = {health.state for health in answer.feeds}
    lines = paragraphs([_line(health) for health in by_need(answer.feeds)])
    body: list[Chunk] = [(section(paragraph),) for paragraph in lines]
    return fit([(section(f"*{title}*"),), *body, (context(legend(states)),)], text=title)


def troubled_chunks(feeds: Sequence[FeedHealth]) -> Iterator[Chunk]:
    """The feeds that do not fare well, each with the menu that admins have; the worst first."""
    for health in by_need(feeds):
        if health.state is not FeedState.WELL:
            yield (section(_line(health), accessory=feed_menu(health.feed)),)


def legend(states: Container[FeedState]) -> str:
    """What the marks mean that occur."""
    return "   ".join(f"{mark} {state.value}" for state, mark in MARK.items() if state in states)


def _line(health: FeedHealth) -> str:
    title = link(health.feed.url, one_line(health.feed.title) or health.feed.url, limit=_TITLE)
    return f"{MARK[health.state]} {title}: {escape(health.words, limit=_WORDS)}"
