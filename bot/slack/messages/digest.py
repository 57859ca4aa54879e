"""A digest as a message with a thread: what matters in the message, the rest below it.

The message begins with what changed, in plain text: that is what a notification on a phone shows.
"""

from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from slack_sdk.models.blocks import (
    DividerBlock,
    InteractiveElement,
    Option,
    SectionBlock,
    StaticSelectElement,
)

from bot.briefing import phrases
from bot.briefing.digest import Digest, DigestSection, DigestStory, Lead
from bot.briefing.parts import Story, Topic
from bot.domain.subscription import Subscription
from bot.domain.window import Window
from bot.slack import ids
from bot.slack.button_values import CommitmentValue, SubscribeValue
from bot.slack.limits import OPTION_TEXT
from bot.slack.messages.blocks import (
    Chunk,
    Message,
    actions,
    context,
    date,
    escape,
    fit,
    header,
    link,
    names,
    plain,
    section,
    sections,
)
from bot.slack.messages.parts import (
    EMPTY_TEXT,
    OUTLET,
    TITLE,
    button,
    heading,
    legend,
    story_line,
    story_section,
)
from bot.slack.messages.subscriptions import stop_button

_MORE_TOPICS_SHOWN = 5
_SCOPE_SHOWN = 6
_SOURCES_SHOWN = 5
# Three sentences, each of a headline or some titles.
_LEAD = 2_000
_FOOT = 1_500
# So that a line of links, with long addresses, is no longer than a section.
_LINKS_IN_LINE = 2
# Each takes some 150 characters of a message's 12,000.
_OPTIONS = 25


def digest_messages(
    digest: Digest, *, subscription: Subscription | None = None
) -> tuple[Message, ...]:
    """The messages of a digest: the first opens the thread that the others go into.

    With the subscription that it is for, which it then offers to change and to stop.
    """
    zone = ZoneInfo(digest.timezone)
    title = f"Briefing for {phrases.day(digest.window.until, zone=zone)}"
    title = f"{title} (late)" if digest.late else title
    lead = escape(" ".join(phrases.lead(digest.lead, zone=zone)), limit=_LEAD)
    foot = _footer(digest, subscription, zone)
    if not digest.has_news:
        nothing = escape(phrases.nothing_new(digest, zone=zone), limit=_FOOT)
        known = EMPTY_TEXT[digest.empty] if digest.empty else nothing
        late = " This briefing is late." if digest.late else ""
        said = " ".join(part for part in (lead, f"{known}{late}") if part)
        buttons = _steps(digest, subscription)
        return fit([(section(said), *(buttons if lead else ()))], text=said)
    replies = [*_chunks(digest.thread, digest.window, zone), *_reports(digest.stories)]
    head: Chunk = (
        header(title),
        _lead_section(lead, digest.lead),
        context(*_sources(digest.lead, zone), _subtitle(digest, zone)),
    )
    parent = fit([head, *_chunks(digest.parent, digest.window, zone)], text=lead, foot=foot)
    below = fit(replies, text=f"{title} (continued)") if replies else ()
    return (*parent, *below)


def _lead_section(text: str, lead: Lead | None) -> SectionBlock:
    """The lead; the name of the block says which story a verdict would make it wrong about."""
    block = section(text)
    if lead and lead.story:
        block.block_id = ids.lead(lead.story.story.evidence_id)
    return block


def _sources(lead: Lead | None, zone: ZoneInfo) -> Iterator[str]:
    """Where each part of the lead comes from, a line each."""
    if lead is None:
        return
    if lead.story:
        story = lead.story.story
        who = phrases.outlets([escape(name, limit=OUTLET) for name in story.outlets])
        title = link(story.url, story.headline, limit=TITLE)
        yield f"{title} · {who} · E{story.evidence_id}"
    for one in lead.silent[:_SOURCES_SHOWN]:
        name = escape(one.topic.title, limit=TITLE)
        if one.last:
            title = link(one.last.url, one.last.headline, limit=TITLE)
            when = date(one.last.published_at, zone=zone)
            yield f"{name}, the last: {title} · {when} · E{one.last.evidence_id}"
    for topic in lead.due[:_SOURCES_SHOWN]:
        yield f"{escape(topic.title, limit=TITLE)}: {_document(topic)}"


def _document(topic: Topic) -> str:
    """What set the due date of a commitment."""
    return f"by {link(topic.source, topic.summit or topic.id, limit=TITLE)}"


def _subtitle(digest: Digest, zone: ZoneInfo) -> str:
    """What the digest covers: how much, from when to when, and of what."""
    new = phrases.count(len(digest.stories) + digest.more, "story", "stories")
    balance = phrases.balance(digest.balance)
    parts = [
        f"{new}, {balance}" if not digest.more else new,
        f"{phrases.window(digest.window, zone=zone)} ({digest.timezone})",
    ]
    if digest.known_since:
        parts.append(f"nothing known before {phrases.clock_time(digest.known_since, zone=zone)}")
    if digest.scope:
        parts.append(f"on {names(digest.scope, shown=_SCOPE_SHOWN)}")
    if digest.late:
        parts.append("late: the bot was not able to send it in time")
    return " · ".join(parts)


def _chunks(found: Iterable[DigestSection], covered: Window, zone: ZoneInfo) -> Iterator[Chunk]:
    """A chunk for each story; the first one of a commitment brings its heading."""
    for one in found:
        blocks: Chunk = (section(heading(one.topic)),)
        for told in one.stories:
            said = phrases.digest_notes(told, covered)
            notes = [escape(note, limit=_FOOT) for note in said]
            line = story_line(told.story, zone=zone, notes=notes)
            yield (*blocks, story_section(told.story, line, concern=one.topic.concern))
            blocks = ()


def _reports(told: Sequence[DigestStory]) -> list[Chunk]:
    """The links of all outlets, for each story whose line does not have them all."""
    lines = []
    for story in _with_more_links(told):
        found = [
            link(url, name, limit=OUTLET)
            for name, url in zip(story.outlets, story.urls, strict=True)
        ]
        for place in range(0, len(found), _LINKS_IN_LINE):
            start = "  " if place else f"E{story.evidence_id}: "
            lines.append(f"{start}{' · '.join(found[place : place + _LINKS_IN_LINE])}")
    return sections(["*All reports*", *lines]) if lines else []


def _with_more_links(told: Sequence[DigestStory]) -> list[Story]:
    """The stories of which some outlet's link is not on their line."""
    return [one.story for one in told if {*one.story.urls} - {one.story.url, None}]


def _footer(digest: Digest, subscription: Subscription | None, zone: ZoneInfo) -> Chunk:
    """What is left out, still quiet or due, what fails, what the marks mean, and what to do."""
    shown = [one.story for one in digest.stories]
    still, due = phrases.quiet(digest.quiet, zone=zone), phrases.due_topics(digest.due)
    below = digest.thread or _with_more_links(digest.stories)
    notes = [
        _more(digest.more, digest.more_topics),
        "More, and the links of all outlets, below." if below else "",
        f"Still silent: {escape(still, limit=_FOOT)}." if still else "",
        f"Due soon: {escape(due, limit=_FOOT)}." if due else "",
        f"{phrases.failing(digest.feeds)}: `/briefing feeds`" if digest.feeds.failing else "",
    ]
    texts = [note for note in notes if note]
    return (
        DividerBlock(),
        *([context(*texts)] if texts else []),
        *legend(shown),
        *_steps(digest, subscription),
    )


def _steps(digest: Digest, subscription: Subscription | None) -> Chunk:
    """A menu of the commitments for their status; changing and stopping the subscription."""
    steps: list[InteractiveElement] = []
    # Those with news first, the others in reading order.
    news = {one.topic.id: one.topic for one in digest.stories}
    ordered = news | {topic.id: topic for topic in digest.topics}
    if ordered:
        options = [
            Option(
                value=CommitmentValue(commitment=topic.id).model_dump_json(),
                text=plain(topic.title, limit=OPTION_TEXT),
            )
            for topic in [*ordered.values()][:_OPTIONS]
        ]
        steps.append(
            StaticSelectElement(
                action_id=ids.STATUS,
                placeholder=plain("Status of …", limit=OPTION_TEXT),
                options=options,
            )
        )
    if subscription is not None:
        chosen = subscription.commitments[0] if len(subscription.commitments) == 1 else None
        change = SubscribeValue(commitment=chosen)
        steps.append(button("Change this subscription", ids.SUBSCRIBE, change))
        steps.append(stop_button(subscription.id, "Stop"))
    return (actions(*steps),) if steps else ()


def _more(number: int, found: Sequence[Topic]) -> str:
    """How many stories are left out, and the command that shows them."""
    if not number:
        return ""
    commands = [f"`/briefing evidence {escape(t.id)}`" for t in found[:_MORE_TOPICS_SHOWN]]
    extra = len(found) - _MORE_TOPICS_SHOWN
    if extra > 0:
        commands.append(f"{extra} other commitments")
    return f"And {number} more: {phrases.listing(commands)}"
