"""A feed that could be listed, several to choose from, and what a trial of a feed gave."""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo

from bot.briefing import phrases
from bot.briefing.feed_answers import FeedChoices, FeedPreview, FeedTrial, SeenItem
from bot.domain.errors import FetchError
from bot.domain.text import one_line
from bot.slack import ids
from bot.slack.button_values import (
    LONGEST_LANGUAGE,
    LONGEST_TITLE,
    LONGEST_URL_IN_VALUE,
    FeedLookValue,
    FeedOfferValue,
)
from bot.slack.messages.blocks import Chunk, Message, actions, context, fit, note, section
from bot.slack.messages.mrkdwn import bold, date, escape, link, names
from bot.slack.messages.parts import button
from bot.slack.modals.feeds import FeedForm

CHOICES_SHOWN = 8
_TITLE = 120
_HEADLINE = 160
_URL = 300
_COMMITMENTS_SHOWN = 3
_SENTENCE = 300


def looking_message(address: str) -> Message:
    """What is said while a search takes a moment."""
    address = escape(address, limit=_URL)
    return note(f"Looking at {address}. That can take up to a minute and a half.")


def unreadable_message(address: str, error: FetchError) -> Message:
    """Why there is nothing to show of an address or a site."""
    why = escape(str(error), limit=_SENTENCE)
    return note(f"I cannot read a feed at {escape(address, limit=_URL)}: {why}.")


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
        link(preview.url, preview.url, limit=_URL),
        _figures(preview, now=now),
        _bearing(preview),
        f"⚠ {phrases.like(bold(preview.like, limit=_TITLE))}" if preview.like else "",
        *(f"⚠ {escape(problem, limit=_SENTENCE)}" for problem in preview.problems),
    ]
    if again:
        lines.insert(0, "That button was from an older look, so here is a new one.")
    chunks: list[Chunk] = [(section("\n".join(line for line in lines if line)),)]
    chunks += _items(preview.items, zone=zone)
    chunks.append(_offer(preview, form, now=now))
    return fit(chunks, text=f"A feed was found: {escape(name, limit=_TITLE)}")[0]


def choices_messages(choices: FeedChoices, form: FeedForm, *, now: datetime) -> tuple[Message, ...]:
    """Several feeds of a site: a button beside each shows it."""
    head = f"There are several feeds at {escape(choices.asked, limit=_URL)}. Which one?"
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
        why = escape(trial.error, limit=_SENTENCE)
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
        problems = [f"⚠ {escape(problem, limit=_SENTENCE)}" for problem in trial.problems]
        lines += problems or ["Nothing is wrong with it."]
    chunks: list[Chunk] = [(section("\n".join(line for line in lines if line)),)]
    if trial.preview:
        chunks += _items(trial.preview.items, zone=zone)
    address = link(trial.url, trial.url, limit=_URL)
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
        url = item.url if item.url and len(item.url) <= _URL else None
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
