"""Changes of the feed list: a feed found, a trial, a question, what was done, and the history."""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo

from bot.briefing import phrases
from bot.briefing.feed_answers import (
    FeedChange,
    FeedChoices,
    FeedHistory,
    FeedPreview,
    FeedTrial,
    ImportPlan,
    SeenItem,
)
from bot.domain.errors import FetchError
from bot.domain.feed import Feed, FeedSpec
from bot.domain.text import one_line
from bot.slack import ids
from bot.slack.button_values import (
    LONGEST_LANGUAGE,
    LONGEST_TITLE,
    LONGEST_URL_IN_VALUE,
    FeedChoice,
    FeedLookValue,
    FeedOfferValue,
    FeedValue,
    ImportValue,
)
from bot.slack.messages.blocks import (
    Chunk,
    Message,
    actions,
    at_most,
    bold,
    context,
    date,
    date_time,
    escape,
    fit,
    link,
    names,
    note,
    section,
    sections,
    target,
)
from bot.slack.messages.parts import button
from bot.slack.modals.feeds import FeedForm, ImportForm

CHANGES_SHOWN = 20
CHOICES_SHOWN = 8
FEEDS_SHOWN = 12
BROKEN_SHOWN = 6
_TITLE = 120
_LINE = 300
_HEADLINE = 160
_COMMITMENTS_SHOWN = 3
_DETAILS = 800
_ACTOR = 40
# What follows a sentence about an edit that is kept, or is not.
_KEPT = {True: f" {phrases.KEPT_EDIT}", False: ""}
_ACTORS = {
    "file": "someone in feeds.yaml",
    "cli": "someone on the command line",
    "bot": "the bot itself",
}


def looking_message(address: str) -> Message:
    """What is said while a search takes a moment."""
    address = escape(address, limit=_LINE)
    return note(f"Looking at {address}. That can take up to a minute and a half.")


def unreadable_message(address: str, error: FetchError) -> Message:
    """Why there is nothing to show of an address or a site."""
    why = escape(str(error), limit=_LINE)
    return note(f"I cannot read a feed at {escape(address, limit=_LINE)}: {why}.")


def preview_message(
    preview: FeedPreview, form: FeedForm, *, now: datetime, zone: tzinfo, again: bool = False
) -> Message:
    """A feed that could be listed, with a button that lists it and carries `now`.

    `form` says what the admin wants it to be called; `again`, that it replaces a preview whose
    button was too old.
    """
    name = form.title or preview.title or preview.url
    lines = [
        bold(name, limit=_TITLE),
        link(preview.url, preview.url, limit=_LINE),
        _figures(preview, now=now),
        _bearing(preview),
        f"⚠ {phrases.like(bold(preview.like, limit=_TITLE))}" if preview.like else "",
        *(f"⚠ {escape(problem, limit=_LINE)}" for problem in preview.problems),
    ]
    if again:
        lines.insert(0, "That button was from an older look, so here is a new one.")
    chunks: list[Chunk] = [(section("\n".join(line for line in lines if line)),)]
    chunks += _items(preview.items, zone=zone)
    chunks.append(_offer(preview, form, now=now))
    return fit(chunks, text=f"A feed was found: {escape(name, limit=_TITLE)}")[0]


def choices_messages(choices: FeedChoices, form: FeedForm, *, now: datetime) -> tuple[Message, ...]:
    """Several feeds of a site: a button beside each shows it."""
    head = f"There are several feeds at {escape(choices.asked, limit=_LINE)}. Which one?"
    chunks: list[Chunk] = [(section(head),)]
    for feed in choices.feeds[:CHOICES_SHOWN]:
        name = feed.title or feed.url
        lines = [link(feed.url, one_line(name), limit=_TITLE), _figures(feed, now=now)]
        if feed.listed_as:
            lines.append(f"in the list already, as {escape(feed.listed_as, limit=_TITLE)}")
        look = None
        if len(feed.url) <= LONGEST_URL_IN_VALUE:
            value = FeedLookValue(url=feed.url, title=form.title, category=form.category)
            look = button("Look at this one", ids.FEED_LOOK, value)
        chunks.append((section("\n".join(lines), accessory=look),))
    if (extra := len(choices.feeds) - CHOICES_SHOWN) > 0:
        more = f"And {extra} more, or further ones; give the address of the one that you mean."
        chunks.append((context(more),))
    return fit(chunks, text=head)


def trial_message(trial: FeedTrial, *, zone: tzinfo) -> Message:
    """What a fetch right now gave."""
    name = bold(one_line(trial.name) or trial.url, limit=_TITLE)
    took = f"{trial.took.total_seconds():.1f} s"
    if trial.error is not None:
        status = f" (status {trial.status})" if trial.status else ""
        why = escape(trial.error, limit=_LINE)
        lines = [f"✗ {name} cannot be read{status}, after {took}: {why}"]
    else:
        media = escape((trial.content_type or "").partition(";")[0], limit=60)
        of = f" of {media}" if media else ""
        entries = phrases.count(trial.entries, "entry", "entries")
        lines = [f"✓ {name} answers well: {entries} in {took}, {size(trial.size)}{of}."]
        if trial.oldest and trial.newest:
            first, last = date(trial.oldest, zone=zone), date(trial.newest, zone=zone)
            lines.append(f"Dates from {first} to {last}." if first != last else f"Dated {first}.")
        if trial.preview:
            lines.append(_bearing(trial.preview))
        problems = [f"⚠ {escape(problem, limit=_LINE)}" for problem in trial.problems]
        lines += problems or ["Nothing is wrong with it."]
    chunks: list[Chunk] = [(section("\n".join(line for line in lines if line)),)]
    if trial.preview:
        chunks += _items(trial.preview.items, zone=zone)
    address = link(trial.url, trial.url, limit=_LINE)
    chunks.append((context(address, "Nothing of this was stored."),))
    return fit(chunks, text=lines[0])[0]


def size(number: int) -> str:
    """Bytes as people read them: `14 kB`."""
    if number < 1000:  # noqa: PLR2004 - SI units
        return phrases.count(number, "byte")
    return f"{number / 1000:,.0f} kB" if number < 1_000_000 else f"{number / 1_000_000:.1f} MB"  # noqa: PLR2004


def _figures(preview: FeedPreview, *, now: datetime) -> str:
    parts = [phrases.count(preview.entries, "entry", "entries")]
    if preview.newest is not None:
        parts.append(f"the newest from {phrases.span(now - preview.newest)} ago")
    if preview.undated:
        parts.append(f"{preview.undated} without a date that can be believed")
    if preview.language:
        parts.append(f"language {escape(preview.language, limit=20)}")
    return ", ".join(parts)


def _bearing(preview: FeedPreview) -> str:
    if not preview.matched:
        return ""
    newest = "" if preview.matched == preview.entries else "newest "
    of = f"{newest}{phrases.count(preview.matched, 'entry', 'entries')}"
    if preview.matched == 1:
        return f"Its {newest}entry would {'' if preview.bearing else 'not '}be filed."
    return f"{preview.bearing or 'None'} of its {of} would be filed under a commitment."


def _items(items: Sequence[SeenItem], *, zone: tzinfo) -> Iterator[Chunk]:
    for item in items:
        url = item.url if item.url and len(item.url) <= _LINE else None
        title = link(url, item.title or "(no title)", limit=_HEADLINE)
        when = date(item.published_at, zone=zone) if item.published_at else "no date"
        shown = item.commitments[:_COMMITMENTS_SHOWN]
        under = f" → {names(shown, limit=_TITLE)}" if shown else ""
        yield (section(f"• {title} · {when}{under}"),)


def _offer(preview: FeedPreview, form: FeedForm, *, now: datetime) -> Chunk:
    if preview.listed_as is not None:
        listed = escape(preview.listed_as, limit=_TITLE)
        return (section(f"It is on the feed list already, as *{listed}*."),)
    if len(preview.url) > LONGEST_URL_IN_VALUE:
        return (section("Its address is too long for a button; put it into feeds.yaml by hand."),)
    name = one_line(form.title or preview.title or "")[:LONGEST_TITLE].strip()
    language = one_line(preview.language or "")
    value = FeedOfferValue(
        url=preview.url,
        title=name or None,
        category=one_line(form.category or "") or None,
        language=language if 0 < len(language) <= LONGEST_LANGUAGE else None,
        at=now,
    )
    add = button("Add this feed", ids.FEED_ADD_CONFIRM, value, style="primary")
    rest = (
        "Nothing of this is stored yet. Once listed, what it holds already is filed, but is not "
        "news."
    )
    return (actions(add, button("Cancel", ids.FEED_CANCEL)), context(rest))


def added_message(name: str, *, kept: bool = False) -> Message:
    """A feed was listed; `kept` here and below when feeds.yaml could not be written."""
    said = (
        "is on the feed list now. It is fetched within a minute; what it already holds is filed, "
        "but is not news."
    )
    return note(f"{_name(name)} {said}{_KEPT[kept]}")


def removed_message(feed: Feed, *, kept: bool = False) -> Message:
    """A feed was taken off the list."""
    said = "is off the feed list. Its items and evidence stay."
    return note(f"{_name(feed.title)} {said}{_KEPT[kept]}")


def paused_message(feed: Feed, *, kept: bool = False) -> Message:
    """A feed was paused; `feed` as it was before, here and below."""
    said = "is paused. `/briefing feeds resume`, or its menu in the list, lets it go on."
    said = said if feed.enabled else "is paused already."
    return note(f"{_name(feed.title)} {said}{_KEPT[kept]}")


def resumed_message(feed: Feed, *, kept: bool = False) -> Message:
    """A feed goes on."""
    last = f" Its last failure: {escape(feed.error, limit=_LINE)}." if feed.error else ""
    said = "is not paused; it is fetched." if feed.enabled else f"is fetched again.{last}"
    return note(f"{_name(feed.title)} {said}{_KEPT[kept]}")


def command_message(
    verb: str, *, number: int | None, feed: Feed | None, address: str | None = None
) -> Message:
    """The command that does what a person wanted done to the list in plain words.

    Of the feed that was named, if any, `number` is the place in the list.
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

    `again` says that a button was pressed for a file that is another one by now.
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
    return note(f"{said}{_KEPT[kept]}")


def exported_message(count: int, *, name: str) -> Message:
    """The list was sent as a file."""
    feeds = phrases.count(count, "feed")
    return note(f"{feeds} as OPML: `{escape(name)}` is in your direct messages with me.")


def list_comment(count: int) -> str:
    """What is said beside the file."""
    return f"The feed list: {phrases.count(count, 'feed')}. Other feed readers can import it."


def _name(name: str) -> str:
    return f"*{escape(name, limit=_TITLE) or 'The feed'}*"


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
