"""What happened to feeds, as one short message to an admin."""

import re
from collections.abc import Iterator, Sequence

from slack_sdk.models.blocks import HeaderBlock

from bot.briefing import phrases
from bot.briefing.feed_week import FeedWeek, Need, shares
from bot.briefing.parts import FeedHealth
from bot.domain.feed import WEEKS, FeedNote, FeedNoteKind
from bot.slack import ids
from bot.slack.limits import HEADER_TEXT
from bot.slack.messages.blocks import Message, actions, context, fit, paragraphs, section
from bot.slack.messages.mrkdwn import escape, link, plain
from bot.slack.messages.parts import button

# MERGED render_feed_week: The weekly note on the feed list, as one short message to an admin.


FEEDS_SHOWN = 9
_RENDER_FEED_WEEK_TITLE = 80
_WORDS = 200
_RENDER_FEED_WEEK_HINT = (
    "`/briefing feeds` has a menu beside each: pause it, look at it now, or remove it."
)
_HEADS = {
    Need.DEAD: "Dead: gone for good, or not read for a week",
    Need.SILENT: "Silent: nothing new for far longer than usual",
    Need.NOISY: "Noisy: far more items than the others, hardly any of use",
    Need.USELESS: f"Of no use: nothing that fitted a commitment for {WEEKS} weeks",
}


def feed_week_message(week: FeedWeek) -> Message:
    """The message; `week` names at least one feed."""
    counted = sum(len(feeds) for _, feeds in week.feeds)
    title = f"Feeds this week: {counted} of {phrases.count(week.total, 'feed')} to look at"
    lines = [*_lines(week)]
    if (extra := counted - FEEDS_SHOWN) > 0:
        lines.append(f"and {extra} more")
    header = HeaderBlock(text=plain(title, limit=HEADER_TEXT))
    chunks = [(header,), *((section(paragraph),) for paragraph in paragraphs(lines))]
    foot = (
        context(_RENDER_FEED_WEEK_HINT),
        actions(button("All feeds", action=ids.FEEDS, value="all")),
    )
    return fit(chunks, text=title, foot=foot)[0]


def _lines(week: FeedWeek) -> Iterator[str]:
    rooms = shares([len(feeds) for _, feeds in week.feeds], FEEDS_SHOWN)
    for (need, feeds), room in zip(week.feeds, rooms, strict=True):
        if room:
            yield f"*{_HEADS[need]}* ({len(feeds)})"
        for health in feeds[:room]:
            title = link(health.feed.url, health.feed.title, limit=_RENDER_FEED_WEEK_TITLE)
            yield f"• {title}: {escape(_why(need, health), limit=_WORDS)}"


def _why(need: Need, health: FeedHealth) -> str:
    figures = health.figures
    match need:
        case Need.DEAD | Need.SILENT:
            return health.sentence
        case Need.NOISY:
            fitted = phrases.count(figures.matches, "item")
            return f"{figures.items:,} items in {WEEKS} weeks, {fitted} fitted a commitment"
        case Need.USELESS:
            said = f"{phrases.count(figures.items, 'item')} in {WEEKS} weeks"
            if figures.matches:
                said += f"; people rejected {figures.rejected} of {figures.judged} that were judged"
            return said


LINES = 10
"""So many feeds are named; the others are counted."""
_MOST_AT_LEAST = 5
_TITLE = 80
_TEXT = 320
_HINT = "`/briefing feeds` shows them all; the menu beside each changes the list."
_FIRST = (
    FeedNoteKind.GONE,
    FeedNoteKind.FAILING,
    FeedNoteKind.MOVED,
    FeedNoteKind.FLOOD,
    FeedNoteKind.RECOVERED,
)
_STATUS = re.compile(r"\([1-5][0-9]{2}\)")
"""As a failure's sentence names it."""
_SAID = {
    FeedNoteKind.GONE: ("✗", "is gone"),
    FeedNoteKind.FAILING: ("✗", "fails"),
    FeedNoteKind.MOVED: ("→", "has moved for good"),
    FeedNoteKind.FLOOD: ("⚠", "published much more than usual"),
    FeedNoteKind.RECOVERED: ("✓", "answers again"),
}


def feed_notes_message(notes: Sequence[FeedNote], feeds: int) -> Message:
    """The message.

    Args:
        notes: What happened, oldest first; at least one.
        feeds: How many feeds of the list are not paused.
    """
    ordered = sorted(notes, key=lambda note: _FIRST.index(note.kind))
    unreached = sum(_is_unanswered(note) for note in notes)
    title = _title(notes)
    lines = [*_outage(unreached, feeds), *(_line(note) for note in ordered[:LINES])]
    if len(ordered) > LINES:
        lines.append(f"and {len(ordered) - LINES} more")
    header = HeaderBlock(text=plain(title, limit=HEADER_TEXT))
    chunks = [(header,), *((section(paragraph),) for paragraph in paragraphs(lines))]
    foot = (context(_HINT), actions(button("All feeds", action=ids.FEEDS, value="all")))
    return fit(chunks, text=title, foot=foot)[0]


def _title(notes: Sequence[FeedNote]) -> str:
    if len(notes) == 1:
        return "News of a feed"
    return f"News of {phrases.count(len({note.feed_id for note in notes}), 'feed')}"


def _is_unanswered(note: FeedNote) -> bool:
    """Whether a feed fails without an answer of its server, which would show its status."""
    return note.kind is FeedNoteKind.FAILING and _STATUS.search(note.text) is None


def _outage(unreached: int, feeds: int) -> Iterator[str]:
    """A word on the likelier cause when most feeds get no answer."""
    if unreached >= _MOST_AT_LEAST and 2 * unreached > feeds:
        yield (
            f"{unreached} of {phrases.count(feeds, 'feed')} fail at once: first see whether the "
            "machine that I run on can reach the internet."
        )


def _line(note: FeedNote) -> str:
    mark, said = _SAID[note.kind]
    head = f"{mark} {link(note.url, note.title, limit=_TITLE)} {said}"
    text = escape(note.text, limit=_TEXT)
    return f"{head}: {text}." if text else f"{head}."
