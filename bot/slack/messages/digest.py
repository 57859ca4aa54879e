"""A digest as a message with a thread: what matters in the message, the rest below it."""

from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from slack_sdk.models.blocks import DividerBlock

from bot.briefing import phrases
from bot.briefing.digest import Digest, DigestSection, Reference
from bot.briefing.parts import Topic
from bot.slack.messages.blocks import (
    Chunk,
    Message,
    context,
    escape,
    header,
    names,
    note,
    section,
    thread,
)
from bot.slack.messages.parts import (
    EMPTY_TEXT,
    TITLE,
    heading,
    legend,
    quiet_line,
    story_line,
    story_section,
)

_REFERENCES_SHOWN = 3
_MORE_TOPICS_SHOWN = 5
_SCOPE_SHOWN = 6
_REFERENCE_HEADLINE = 120


def digest_messages(digest: Digest) -> tuple[Message, ...]:
    """The messages of a digest: the first opens the thread that the others go into."""
    zone = ZoneInfo(digest.timezone)
    if not digest.has_news:
        known = EMPTY_TEXT[digest.empty] if digest.empty else phrases.nothing_new(digest, zone=zone)
        return (note(f"{known} This briefing is late." if digest.late else known),)
    late = " (late)" if digest.late else ""
    title = f"Briefing for {phrases.day(digest.window.until, zone=zone)}{late}"
    head: Chunk = (header(title), context(_subtitle(digest, zone)))
    replies = list(_chunks(digest.thread, zone))
    parent = [head, *_chunks(digest.parent, zone)]
    return thread(parent, replies, text=title, foot=_footer(digest))


def _subtitle(digest: Digest, zone: ZoneInfo) -> str:
    """What the digest covers: how much, from when to when, and of what."""
    new = digest.shown + digest.more
    parts = [
        phrases.count(new, "new story", "new stories") if new else "Nothing but earlier stories",
        f"{phrases.window(digest.window, zone=zone)} ({digest.timezone})",
    ]
    if digest.scope:
        parts.append(f"on {names(digest.scope, shown=_SCOPE_SHOWN)}")
    if digest.late:
        parts.append("late: the bot was not able to send it in time")
    return " · ".join(parts)


def _chunks(sections: Iterable[DigestSection], zone: ZoneInfo) -> Iterator[Chunk]:
    """A chunk for each story; the first one of a commitment brings its heading."""
    for one in sections:
        blocks: Chunk = (section(heading(one.topic)),)
        for placed in one.stories:
            line = story_line(placed.story, zone=zone, also=placed.also)
            yield (*blocks, story_section(placed.story, line, concern=one.topic.concern))
            blocks = ()
        if one.references:
            yield (*blocks, context(_references(one.references)))


def _references(references: Sequence[Reference]) -> str:
    """Stories that stand elsewhere, on a line each."""
    lines = []
    for one in references[:_REFERENCES_SHOWN]:
        title = escape(one.story.headline, limit=_REFERENCE_HEADLINE)
        place = one.shown_under
        where = f"told under {escape(place.title, limit=TITLE)}" if place else "told before"
        lines.append(f"{phrases.DIRECTION_MARK[one.story.direction]} also: {title} ({where})")
    extra = len(references) - _REFERENCES_SHOWN
    if extra > 0:
        lines.append(f"and {phrases.count(extra, 'other')} told elsewhere")
    return "\n".join(lines)


def _footer(digest: Digest) -> Chunk:
    """What is left out, what is quiet, what fails, and what the marks mean."""
    found = (*digest.parent, *digest.thread)
    shown = [placed.story for one in found for placed in one.stories]
    shown += [reference.story for one in found for reference in one.references]
    notes = [
        _more(digest.more, digest.more_topics),
        "More in the thread." if digest.thread else "",
        quiet_line(digest.quiet),
        f"{phrases.failing(digest.feeds)}: `/briefing feeds`" if digest.feeds.failing else "",
    ]
    texts = [note for note in notes if note]
    return (DividerBlock(), *([context(*texts)] if texts else []), *legend(shown))


def _more(number: int, found: Sequence[Topic]) -> str:
    """How many stories are left out, and the command that shows them."""
    if not number:
        return ""
    commands = [f"`/briefing evidence {escape(t.id)}`" for t in found[:_MORE_TOPICS_SHOWN]]
    extra = len(found) - _MORE_TOPICS_SHOWN
    if extra > 0:
        commands.append(f"{extra} other commitments")
    return f"And {number} more: {phrases.listing(commands)}"
