"""Edits of the feed list: asked for, done, imported, and what was done before."""

from datetime import datetime, tzinfo

from bot.briefing import phrases
from bot.briefing.feed_answers import FeedChange, FeedHistory, ImportPlan
from bot.domain.feed import Feed, FeedSpec
from bot.domain.text import one_line
from bot.slack import ids
from bot.slack.button_values import FeedChoice, FeedValue, ImportValue
from bot.slack.messages.blocks import (
    Chunk,
    Message,
    actions,
    at_most,
    context,
    fit,
    note,
    section,
    sections,
)
from bot.slack.messages.mrkdwn import bold, date_time, escape, link, target
from bot.slack.messages.parts import button
from bot.slack.modals.feeds import ImportForm

CHANGES_SHOWN = 20
FEEDS_SHOWN = 12
BROKEN_SHOWN = 6
_TITLE = 120
_LINE = 300
_DETAILS = 800
_ACTOR = 40
_ACTORS = {
    "file": "someone in feeds.yaml",
    "cli": "someone on the command line",
    "bot": "the bot itself",
}


def added_message(name: str, *, kept: bool = False) -> Message:
    """A feed was listed; `kept` here and below when feeds.yaml could not be written."""
    said = (
        "is on the feed list now. It is fetched within a minute; what it already holds is filed, "
        "but is not news."
    )
    return _done(name, said, kept=kept)


def removed_message(feed: Feed, *, kept: bool = False) -> Message:
    """A feed was taken off the list."""
    return _done(feed.title, "is off the feed list. Its items and evidence stay.", kept=kept)


def paused_message(feed: Feed, *, kept: bool = False) -> Message:
    """A feed was paused; `feed` as it was before, here and below."""
    said = "is paused. `/briefing feeds resume`, or its menu in the list, lets it go on."
    return _done(feed.title, said if feed.enabled else "is paused already.", kept=kept)


def resumed_message(feed: Feed, *, kept: bool = False) -> Message:
    """A feed goes on."""
    last = f" Its last failure: {escape(feed.error, limit=_LINE)}." if feed.error else ""
    said = "is not paused; it is fetched." if feed.enabled else f"is fetched again.{last}"
    return _done(feed.title, said, kept=kept)


def command_message(
    verb: str, *, number: int | None, feed: Feed | None, address: str | None = None
) -> Message:
    """The command that does what a person wanted done to the list in plain words.

    Args:
        verb: What may follow `feeds`.
        number: The place in the list of the feed that was named; None when none was.
        feed: That feed.
        address: The address that was named, for what takes one; None when none was.
    """
    if feed is not None and verb not in {"add", "import", "export"}:
        how = f"`/briefing feeds {verb} {number}` for {_name(feed.title)}"
    else:
        given = address if address and _can_be_copied(address) else "<address>"
        what = {"add": given, "import": given, "export": ""}.get(verb, "<number>")
        command = f"{verb} {escape(what)}".strip()
        how = f"`/briefing feeds {command}`"
    return note(f"Nothing was changed: in plain words I do not touch the feed list. Write {how}.")


def _can_be_copied(address: str) -> bool:
    """Whether it comes out of escaping as it was, so that it works when it is pasted."""
    return len(address) <= _LINE and escape(address) == address.replace("&", "&amp;")


def cancelled_message() -> Message:
    """A question was answered with no."""
    return note("Nothing was changed.")


def remove_question(feed: Feed) -> Message:
    """Asks whether a feed is to be taken off the list."""
    text = (
        f"Take {_name(feed.title)} off the feed list? It is fetched no more; its items and "
        "evidence stay. `/briefing feeds pause` only lets it rest."
    )
    yes = FeedValue(feed=feed.id, choice=FeedChoice.REMOVE)
    remove = button("Remove", ids.FEED_REMOVE_CONFIRM, yes, style="danger")
    chunk: Chunk = (
        section(text),
        actions(remove, button("Keep it", ids.FEED_CANCEL)),
        context(link(feed.url, feed.url, limit=_LINE)),
    )
    return fit([chunk], text=text)[0]


def history_messages(history: FeedHistory, *, zone: tzinfo) -> tuple[Message, ...]:
    """Who changed a feed's line, when, and what stood before."""
    title = f"History of {escape(one_line(history.name), limit=_TITLE)}"
    head = [f"*{title}*", link(history.url, history.url, limit=_LINE)]
    if not history.listed:
        head.append("It is not on the feed list now.")
    head += [f"lived before at {escape(url, limit=_LINE)}" for url in history.earlier_urls[:5]]
    lines = [_change(change, zone=zone) for change in history.changes[:CHANGES_SHOWN]]
    if not lines:
        lines = ["Nothing is known of it: it was listed before changes were noted."]
    chunks = [*sections(head), *sections(lines)]
    if (extra := len(history.changes) - CHANGES_SHOWN) > 0:
        more = f"And {extra} earlier; `briefing feeds history` on the command line has all."
        chunks.append((context(more),))
    return fit(chunks, text=title)


def plan_message(
    plan: ImportPlan, source: ImportForm | ImportValue, *, now: datetime, again: bool = False
) -> Message:
    """What importing a list would do, with a button that does it.

    Args:
        plan: The file, read.
        source: Where it was read from.
        now: When it was read; the button carries it.
        again: Whether a button was pressed for a file that is another one by now.
    """
    head = f"*{escape(plan.name, limit=_TITLE)}*: {plan_summary(plan)}"
    if again:
        head = f"It has changed since you saw it, so here it is again. {head}"
    chunks: list[Chunk] = [(section(head),)]
    chunks += sections(at_most(FEEDS_SHOWN, [_spec(spec) for spec in plan.new]))
    broken = [f"✗ {escape(str(problem), limit=_LINE)}" for problem in plan.broken]
    chunks += sections(at_most(BROKEN_SHOWN, broken))
    if not plan.new:
        chunks.append((section("There is nothing to add."),))
    else:
        value = ImportValue(
            file=source.file, link=source.link, fingerprint=plan.fingerprint, at=now
        )
        label = f"Add {phrases.count(len(plan.new), 'feed')}"
        add = button(label, ids.FEEDS_IMPORT_CONFIRM, value, style="primary")
        rest = "Nothing is changed yet. Feeds that are listed already stay as they are."
        chunks.append((actions(add, button("Cancel", ids.FEED_CANCEL)), context(rest)))
    return fit(chunks, text=head)[0]


def plan_summary(plan: ImportPlan) -> str:
    """How many feeds would be added, are there already, and cannot be listed; our own words."""
    parts = [f"{phrases.count(len(plan.new), 'feed')} to add"]
    if plan.listed:
        parts.append(f"{len(plan.listed)} on the list already")
    if plan.broken:
        parts.append(f"{len(plan.broken)} that cannot be listed")
    return f"{phrases.listing(parts)}."


def imported_message(done: ImportPlan, *, kept: bool = False) -> Message:
    """A list was imported."""
    there = f" {len(done.listed)} were there already." if done.listed else ""
    said = (
        f"{phrases.count(len(done.new), 'feed')} added from {_name(done.name)}.{there} "
        "They are fetched one after the other; what they already hold is filed, but is not news."
    )
    return note(f"{said} {phrases.KEPT_EDIT}" if kept else said)


def exported_message(count: int, *, name: str) -> Message:
    """The list was sent as a file."""
    feeds = phrases.count(count, "feed")
    return note(f"{feeds} as OPML: `{escape(name)}` is in your direct messages with me.")


def list_comment(count: int) -> str:
    """What is said beside the file."""
    return f"The feed list: {phrases.count(count, 'feed')}. Other feed readers can import it."


def _done(name: str, said: str, *, kept: bool) -> Message:
    return note(f"{_name(name)} {said} {phrases.KEPT_EDIT if kept else ''}".rstrip())


def _name(name: str) -> str:
    return bold(one_line(name), limit=_TITLE) or "The feed"


def _who(actor: str) -> str:
    kind, _, login = actor.partition(":")
    if kind == "cli" and login:
        return f"{escape(login, limit=_ACTOR)} on the command line"
    return _ACTORS.get(actor) or target(actor[:_ACTOR])


def _change(change: FeedChange, *, zone: tzinfo) -> str:
    who = _who(change.actor)
    details = escape("; ".join(change.details), limit=_DETAILS)
    line = f"• {date_time(change.at, zone=zone)}: {change.what} by {who}"
    return f"{line} ({details})" if details else line


def _spec(spec: FeedSpec) -> str:
    category = f" · {escape(spec.category, limit=40)}" if spec.category else ""
    return f"+ {escape(spec.title or spec.url, limit=80)}{category}"
