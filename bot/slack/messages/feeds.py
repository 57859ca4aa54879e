"""A page of the feed list for admins: one line a feed with its health, and what can be done."""

from collections.abc import Container, Iterator, Sequence

from slack_sdk.models.blocks import (
    ActionsBlock,
    InteractiveElement,
    Option,
    OverflowMenuElement,
)

from bot.briefing import phrases
from bot.briefing.answers import FeedsAnswer
from bot.briefing.feed_answers import FeedRow, FeedsPage
from bot.briefing.feed_health import by_need
from bot.briefing.parts import EmptyReason, FeedHealth, FeedState
from bot.domain.feed import Feed
from bot.domain.text import one_line
from bot.slack import ids
from bot.slack.limits import OPTION_TEXT
from bot.slack.messages.blocks import Chunk, Message, actions, context, fit, paragraphs, section
from bot.slack.messages.errors import note
from bot.slack.messages.mrkdwn import escape, link, names, plain
from bot.slack.messages.parts import GAP_WORDS, button
from bot.slack.values import FeedChoice, FeedsPageValue, FeedValue

# MERGED feed_menu: The menu beside a feed, wherever feeds are listed for admins.


def feed_menu(feed: Feed) -> OverflowMenuElement:
    """Pause or resume, test, history, remove."""
    choices = (
        (FeedChoice.PAUSE, "Pause") if feed.enabled else (FeedChoice.RESUME, "Resume"),
        (FeedChoice.TEST, "Test now"),
        (FeedChoice.HISTORY, "History"),
        (FeedChoice.REMOVE, "Remove…"),
    )
    return OverflowMenuElement(
        action_id=ids.FEED_MENU,
        options=[
            Option(
                value=FeedValue(feed=feed.id, choice=choice).dump(),
                text=plain(label, limit=OPTION_TEXT),
            )
            for choice, label in choices
        ],
    )


# MERGED render_feeds: How the feeds fare, beside other things: in the Home tab, and as the answer
# to a question.


MARK = {
    FeedState.WELL: "✓",
    FeedState.SILENT: "⚠",
    FeedState.FAILING: "✗",
    FeedState.PAUSED: "⏸",
    FeedState.NEW: "…",
}
_RENDER_FEEDS_TITLE = 80
_RENDER_FEEDS_WORDS = 240


def feeds_messages(answer: FeedsAnswer) -> tuple[Message, ...]:
    """The feeds, those in need of a look first, without anything to click."""
    if answer.empty:
        return fit([(section(GAP_WORDS[answer.empty]),)], text="No news feeds are listed")
    title = phrases.feed_list(answer)
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
    title = link(
        health.feed.url, one_line(health.feed.title) or health.feed.url, limit=_RENDER_FEEDS_TITLE
    )
    return f"{MARK[health.state]} {title}: {escape(health.sentence, limit=_RENDER_FEEDS_WORDS)}"


_FILTERS = (
    (FeedState.FAILING, ids.FEEDS_FAILING, "failing"),
    (FeedState.SILENT, ids.FEEDS_SILENT, "silent"),
    (FeedState.PAUSED, ids.FEEDS_PAUSED, "paused"),
)
_TITLE, _WORDS = 80, 200
_SHORT_TITLE, _SHORT_WORDS = 60, 80
_TYPED = 60
_LONGEST_FILTER = 200
_NAMES = 20
_HINT = (
    "`/briefing feeds failing`, `silent`, `paused`, `well`, `new`, a category, a language or any "
    "words show some; the number before a feed stands for it: `/briefing feeds history 3`."
)


def feeds_page_message(page: FeedsPage) -> Message:
    """The page as one message: clicking a button in it puts another page in its place.

    Whoever handles a click checks again who may.
    """
    if not page.total:
        empty: Chunk = (section(GAP_WORDS[EmptyReason.NO_FEEDS]), _tools())
        return fit([empty], text="No news feeds are listed")[0]
    title = _title(page)
    for short in (False, True):
        messages = fit(_chunks(page, title, short=short), text=title)
        if len(messages) == 1:
            break
    # Without links and with short sentences a page always fits; see the tests.
    return messages[0]


def readers_message(titles: Sequence[str]) -> Message:
    """For those who are no admins: what is read, and who may see more."""
    shown = names(titles[:_NAMES], limit=_TITLE)
    extra = len(titles) - _NAMES
    reads = f"I read {phrases.count(len(titles), 'feed')}" if titles else "No feeds are read yet"
    reads += f": {shown}" if titles else ""
    reads += f", and {extra} more" if extra > 0 else ""
    return note(
        "Only the bot's admins and the workspace's admins see how the feeds fare and change the "
        f"list; one of them can do it for you. {reads}."
    )


def _chunks(page: FeedsPage, title: str, *, short: bool) -> list[Chunk]:
    head = f"*{title}*{_broken(page)}"
    if not page.rows:
        head = f"{head}\n{_nothing(page)}"
    rows = [
        (
            section(
                row_line(row, short=short),
                accessory=feed_menu(row.health.feed),
            ),
        )
        for row in page.rows
    ]
    turn = _turns(page)
    foot = (
        *((actions(*turn),) if turn else ()),
        _tools(),
        context(
            legend([state for state, feeds in page.states.items() if feeds]), _kept(page), _HINT
        ),
    )
    return [(section(head),), *rows, foot]


def row_line(row: FeedRow, *, short: bool = False) -> str:
    """One feed on one line: number, title, how it fares, what it brings."""
    health, feed = row.health, row.health.feed
    title = one_line(feed.title) or feed.url
    shown = escape(title, limit=_SHORT_TITLE) if short else link(feed.url, title, limit=_TITLE)
    said = escape(health.sentence, limit=_SHORT_WORDS if short else _WORDS)
    parts = (f"{MARK[health.state]} {row.number}. *{shown}*: {said}", *figures(health))
    return " · ".join((*parts, "not in feeds.yaml yet") if row.kept else parts)


def figures(health: FeedHealth) -> tuple[str, ...]:
    """What a feed brings a week, and how much of it people rejected; our own words only."""
    if health.state is FeedState.NEW:
        return ()
    items, matches = _rate(health.items_a_week), _rate(health.matches_a_week)
    brings = f"{items} {'item' if items == '1' else 'items'} a week, {matches} matched"
    share = health.rejected_share
    return (brings,) if not share else (brings, f"{share:.0%} of what was reviewed rejected")


def _rate(number: float) -> str:
    """`12`, `3.5`, `0`; less than one in ten weeks is still not nothing."""
    if 0 < number < 0.1:  # noqa: PLR2004 - as the sentence says
        return "under 0.1"
    return f"{number:,.0f}" if number >= 10 else f"{number:.1f}".removesuffix(".0")  # noqa: PLR2004


def _title(page: FeedsPage) -> str:
    feeds = phrases.count(page.total, "feed")
    if page.words:
        shown = f"{page.found} of {feeds} for “{escape(page.words, limit=_TYPED)}”"
    else:
        shown = f"{feeds}, {phrases.feed_states(page.states)}"
    return f"{shown}, page {page.page} of {page.pages}" if page.pages > 1 else shown


def _nothing(page: FeedsPage) -> str:
    if page.asked is FeedState.NEW:
        return "Every feed has been fetched. `/briefing feeds` shows all."
    if page.asked is not None:
        return f"No feed is {page.asked.value}. `/briefing feeds` shows all."
    if page.nearest:
        choices = " or ".join(
            f"`/briefing feeds {escape(one, limit=_TYPED)}`" for one in page.nearest
        )
        return f"No feed fits that. Did you mean {choices}?"
    return "No feed fits that. `/briefing feeds` shows all."


def _broken(page: FeedsPage) -> str:
    if page.broken is None:
        return ""
    why = escape(str(page.broken), limit=_LONGEST_FILTER)
    return f"\n⚠ The file cannot be read, so the last good list is in force. {why}."


def _kept(page: FeedsPage) -> str:
    if not page.kept:
        return ""
    return (
        f"{phrases.count(page.kept, 'edit')} in force, but not in feeds.yaml: it cannot be written."
    )


def _turns(page: FeedsPage) -> list[InteractiveElement]:
    """Buttons to the pages before and behind, and to the feeds of a state."""
    typed = one_line(page.words)[:_LONGEST_FILTER]
    found: list[InteractiveElement] = []
    if page.page > 1:
        value = FeedsPageValue(words=typed, page=page.page - 1)
        found.append(button("‹ Previous", action=ids.FEEDS_BACK, value=value.dump()))
    if page.page < page.pages:
        value = FeedsPageValue(words=typed, page=page.page + 1)
        found.append(button("Next ›", action=ids.FEEDS_ON, value=value.dump()))
    for state, action, name in _FILTERS:
        if page.states.get(state) and page.words.casefold() != name:
            label = f"{name.capitalize()} ({page.states[state]})"
            found.append(button(label, action=action, value=FeedsPageValue(words=name).dump()))
    if page.words:
        found.append(button("All feeds", action=ids.FEEDS_ALL, value=FeedsPageValue().dump()))
    return found


def _tools() -> ActionsBlock:
    return actions(
        button("Add a feed", action=ids.FEED_ADD, value="add"),
        button("Import a list", action=ids.FEEDS_IMPORT, value="import"),
        button("Export the list", action=ids.FEEDS_EXPORT, value="export"),
    )
