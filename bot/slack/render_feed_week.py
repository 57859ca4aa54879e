"""The weekly note on the feed list, as one short message to an admin."""

from collections.abc import Iterator

from slack_sdk.models.blocks import HeaderBlock

from bot.briefing import words
from bot.briefing.feed_week import FeedWeek, Need, shares
from bot.briefing.parts import FeedHealth
from bot.domain.feed_figures import WEEKS
from bot.slack import ids
from bot.slack.limits import HEADER_TEXT
from bot.slack.message import Message, actions, context, fit, paragraphs, section
from bot.slack.mrkdwn import escape, link, plain
from bot.slack.render_parts import button

FEEDS_SHOWN = 9
_TITLE = 80
_WORDS = 200
_HINT = "`/briefing feeds` has a menu beside each: pause it, look at it now, or remove it."
_HEADS = {
    Need.DEAD: "Dead: gone for good, or not read for a week",
    Need.SILENT: "Silent: nothing new for far longer than usual",
    Need.NOISY: "Noisy: far more items than the others, hardly any of use",
    Need.USELESS: f"Of no use: nothing that fitted a commitment for {WEEKS} weeks",
}


def feed_week_message(week: FeedWeek) -> Message:
    """The message; `week` names at least one feed."""
    counted = sum(len(feeds) for _, feeds in week.feeds)
    title = f"Feeds this week: {counted} of {words.count(week.total, 'feed')} to look at"
    lines = [*_lines(week)]
    if (extra := counted - FEEDS_SHOWN) > 0:
        lines.append(f"and {extra} more")
    header = HeaderBlock(text=plain(title, limit=HEADER_TEXT))
    chunks = [(header,), *((section(paragraph),) for paragraph in paragraphs(lines))]
    foot = (context(_HINT), actions(button("All feeds", action=ids.FEEDS, value="all")))
    return fit(chunks, text=title, foot=foot)[0]


def _lines(week: FeedWeek) -> Iterator[str]:
    rooms = shares([len(feeds) for _, feeds in week.feeds], FEEDS_SHOWN)
    for (need, feeds), room in zip(week.feeds, rooms, strict=True):
        if room:
            yield f"*{_HEADS[need]}* ({len(feeds)})"
        for health in feeds[:room]:
            title = link(health.feed.url, health.feed.title, limit=_TITLE)
            yield f"• {title}: {escape(_why(need, health), limit=_WORDS)}"


def _why(need: Need, health: FeedHealth) -> str:
    figures = health.figures
    match need:
        case Need.DEAD | Need.SILENT:
            return health.words
        case Need.NOISY:
            fitted = words.count(figures.matches, "item")
            return f"{figures.items:,} items in {WEEKS} weeks, {fitted} fitted a commitment"
        case Need.USELESS:
            said = f"{words.count(figures.items, 'item')} in {WEEKS} weeks"
            if figures.matches:
                said += f"; people rejected {figures.rejected} of {figures.judged} that were judged"
            return said
