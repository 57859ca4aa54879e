"""The feed list: a page of it for admins, how feeds fare, alerts and the weekly note."""

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import assert_never

from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    Option,
    OverflowMenuElement,
)

from bot.briefing import phrases
from bot.briefing.answers import FeedsAnswer
from bot.briefing.feed_answers import FeedRow, FeedsPage
from bot.briefing.feed_health import by_need
from bot.briefing.feed_week import FeedWeek, Need, shares
from bot.briefing.parts import EmptyReason, FeedHealth, FeedState
from bot.domain.feed import WEEKS, Feed, FeedNote, FeedNoteKind
from bot.domain.text import one_line
from bot.slack import ids
from bot.slack.button_values import FeedChoice, FeedsPageValue, FeedValue
from bot.slack.limits import OPTION_TEXT
from bot.slack.messages.blocks import (
    Chunk,
    Message,
    actions,
    at_most,
    context,
    escape,
    fit,
    header,
    link,
    names,
    note,
    plain,
    section,
    sections,
)
from bot.slack.messages.parts import EMPTY_TEXT, button

LINES = 10  # feeds named in an alert; the others are counted
FEEDS_SHOWN = 9  # feeds named in the weekly note
MARK = {
    FeedState.WELL: "✓",
    FeedState.SILENT: "⚠",
    FeedState.FAILING: "✗",
    FeedState.PAUSED: "⏸",
    FeedState.NEW: "…",
}
_FILTERS = (
    (FeedState.FAILING, ids.FEEDS_FAILING),
    (FeedState.SILENT, ids.FEEDS_SILENT),
    (FeedState.PAUSED, ids.FEEDS_PAUSED),
)
_TITLE, _WORDS = 80, 200
_SHORT_TITLE, _SHORT_WORDS = 60, 80
_TYPED = 60
_LONGEST_FILTER = 200
_NAMES = 20
_ALERT = 320
_PAGE_HINT = (
    "`/briefing feeds failing`, `silent`, `paused`, `well`, `new`, a category, a language or any "
    "words show some; the number before a feed stands for it: `/briefing feeds history 3`."
)
_ALERT_HINT = "`/briefing feeds` shows them all; the menu beside each changes the list."
_WEEK_HINT = "`/briefing feeds` has a menu beside each: pause it, test it now, or remove it."
_NEEDS = {
    Need.DEAD: "Dead: gone permanently, or not read for a week",
    Need.SILENT: "Silent: nothing new for far longer than usual",
    Need.NOISY: "Noisy: far more items than the others, hardly any of use",
    Need.USELESS: f"Of no use: nothing that fitted a commitment for {WEEKS} weeks",
}
# In the order of an alert.
_HAPPENED = {
    FeedNoteKind.GONE: ("✗", "is gone"),
    FeedNoteKind.FAILING: ("✗", "fails"),
    FeedNoteKind.MOVED: ("→", "has moved permanently"),
    FeedNoteKind.FLOOD: ("⚠", "published much more than usual"),
    FeedNoteKind.LATE: ("⚠", "brought more late items than are news"),
    FeedNoteKind.RECOVERED: ("✓", "answers again"),
}
# As a failure's sentence names it.
_STATUS = re.compile(r"\([1-5][0-9]{2}\)")
# Failures without an answer that make the bot's own network the likelier cause.
_MOST_AT_LEAST = 5


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
                value=FeedValue(feed=feed.id, choice=choice).model_dump_json(),
                text=plain(label, limit=OPTION_TEXT),
            )
            for choice, label in choices
        ],
    )


def feeds_messages(answer: FeedsAnswer) -> tuple[Message, ...]:
    """The feeds, those in need of a look first, without anything to click."""
    if answer.empty:
        return fit([(section(EMPTY_TEXT[answer.empty]),)], text="No news feeds are listed")
    title = phrases.feed_list(answer)
    states = {health.state for health in answer.feeds}
    body = sections(_line(health) for health in by_need(answer.feeds))
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
    feed = health.feed
    title = link(feed.url, one_line(feed.title) or feed.url, limit=_TITLE)
    return f"{MARK[health.state]} {title}: {escape(health.sentence, limit=_WORDS)}"


def feeds_page_message(page: FeedsPage, *, nearest: Sequence[str] = ()) -> Message:
    """The page as one message: clicking a button in it puts another page in its place.

    `nearest` are commands that a filter which finds nothing may have meant.
    """
    if not page.total:
        empty: Chunk = (section(EMPTY_TEXT[EmptyReason.NO_FEEDS]), _tools())
        return fit([empty], text="No news feeds are listed")[0]
    title = _title(page)
    message, *rest = fit(_chunks(page, title, nearest, short=False), text=title)
    # Without links and with short sentences a page always fits; see the tests.
    return fit(_chunks(page, title, nearest, short=True), text=title)[0] if rest else message


def readers_message(titles: Sequence[str]) -> Message:
    """For those who are no admins: what is read, and who may see more."""
    reads = "No feeds are read yet"
    if titles:
        shown = names(titles, limit=_TITLE, shown=_NAMES)
        reads = f"I read {phrases.count(len(titles), 'feed')}: {shown}"
    return note(
        "Only the bot's admins and the workspace's admins see how the feeds fare and change the "
        f"list; one of them can do it for you. {reads}."
    )


def _chunks(page: FeedsPage, title: str, nearest: Sequence[str], *, short: bool) -> list[Chunk]:
    head = f"*{title}*"
    if page.broken:
        why = escape(str(page.broken), limit=_LONGEST_FILTER)
        head += f"\n⚠ The file cannot be read, so the last good list stays current. {why}."
    if not page.rows:
        head += f"\n{_nothing(page, nearest)}"
    rows = [
        (section(row_line(row, short=short), accessory=feed_menu(row.health.feed)),)
        for row in page.rows
    ]
    turn = list(_turns(page))
    marks = legend([state for state, feeds in page.states.items() if feeds])
    notes = context(marks, _kept(page), _PAGE_HINT)
    return [(section(head),), *rows, (*([actions(*turn)] if turn else ()), _tools(), notes)]


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
    shown = f"{feeds}, {phrases.feed_states(page.states)}"
    if page.filter:
        shown = f"{page.found} of {feeds} for “{escape(page.filter, limit=_TYPED)}”"
    return f"{shown}, page {page.page} of {page.pages}" if page.pages > 1 else shown


def _nothing(page: FeedsPage, nearest: Sequence[str]) -> str:
    if page.state is FeedState.NEW:
        return "Every feed has been fetched. `/briefing feeds` shows all."
    if page.state is not None:
        return f"No feed is {page.state.value}. `/briefing feeds` shows all."
    if nearest:
        choices = " or ".join(f"`/briefing feeds {escape(one, limit=_TYPED)}`" for one in nearest)
        return f"No feed fits that. Did you mean {choices}?"
    return "No feed fits that. `/briefing feeds` shows all."


def _kept(page: FeedsPage) -> str:
    edits = phrases.count(page.kept, "edit")
    return f"{edits} current, but not in feeds.yaml: it cannot be written." if page.kept else ""


def _turns(page: FeedsPage) -> Iterator[ButtonElement]:
    """Buttons to the pages before and behind, and to the feeds of a state."""
    typed = one_line(page.filter)[:_LONGEST_FILTER]
    if page.page > 1:
        yield button("‹ Previous", ids.FEEDS_BACK, FeedsPageValue(words=typed, page=page.page - 1))
    if page.page < page.pages:
        yield button("Next ›", ids.FEEDS_ON, FeedsPageValue(words=typed, page=page.page + 1))
    for state, action in _FILTERS:
        if page.states.get(state) and page.filter.casefold() != state:
            label = f"{state.capitalize()} ({page.states[state]})"
            yield button(label, action, FeedsPageValue(words=state.value))
    if page.filter:
        yield button("All feeds", ids.FEEDS_ALL, FeedsPageValue())


def _tools() -> ActionsBlock:
    return actions(
        button("Add a feed", ids.FEED_ADD),
        button("Import a list", ids.FEEDS_IMPORT),
        button("Export the list", ids.FEEDS_EXPORT),
    )


def feed_notes_message(notes: Sequence[FeedNote], feeds: int) -> Message:
    """What happened to feeds, for admins: at least one note, and how many feeds are not paused."""
    ordered = sorted(notes, key=lambda one: [*_HAPPENED].index(one.kind))
    # A feed that fails with an answer of its server shows the status.
    unreached = sum(
        one.kind is FeedNoteKind.FAILING and not _STATUS.search(one.text) for one in notes
    )
    feeds_named = len({one.feed_id for one in notes})
    title = f"News of {'a feed' if len(notes) == 1 else phrases.count(feeds_named, 'feed')}"
    lines = at_most(LINES, [_note_line(one) for one in ordered])
    if unreached >= _MOST_AT_LEAST and 2 * unreached > feeds:
        first = (
            f"{unreached} of {phrases.count(feeds, 'feed')} fail at once: first see whether the "
            "machine that I run on can reach the internet."
        )
        lines.insert(0, first)
    return _to_admins(title, lines, hint=_ALERT_HINT)


def _note_line(note: FeedNote) -> str:
    mark, said = _HAPPENED[note.kind]
    text = escape(note.text, limit=_ALERT)
    return f"{mark} {link(note.url, note.title, limit=_TITLE)} {said}{text and f': {text}'}."


def feed_week_message(week: FeedWeek) -> Message:
    """The weekly note; `week` names at least one feed."""
    numbers = [len(feeds) for _, feeds in week.feeds]
    title = f"Feeds this week: {sum(numbers)} of {phrases.count(week.total, 'feed')} to look at"
    lines = []
    for (need, feeds), room in zip(week.feeds, shares(numbers, FEEDS_SHOWN), strict=True):
        if room:
            lines.append(f"*{_NEEDS[need]}* ({len(feeds)})")
        for health in feeds[:room]:
            name = link(health.feed.url, health.feed.title, limit=_TITLE)
            lines.append(f"• {name}: {escape(_why(need, health), limit=_WORDS)}")
    if (extra := sum(numbers) - FEEDS_SHOWN) > 0:
        lines.append(f"and {extra} more")
    return _to_admins(title, lines, hint=_WEEK_HINT)


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
        case _:
            assert_never(need)


def _to_admins(title: str, lines: Iterable[str], *, hint: str) -> Message:
    """One message under a heading, with a button that leads to the list."""
    foot = (context(hint), actions(button("All feeds", ids.FEEDS)))
    return fit([(header(title),), *sections(lines)], text=title, foot=foot)[0]
