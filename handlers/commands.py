"""The words after `/briefing`, the same in a mention and in a direct message.

`COMMANDS` is the one place that names them: the help, the nearest word to a mistyped one and the
test of the README follow from it. A new one is a function and a row here, a question to one of
`Services`, and a message.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from bot.briefing.questions import find_subjects
from bot.briefing.report import ReportFormat, file_name, written
from bot.briefing.status import end_of_day
from bot.domain.commitment import Commitment, Pack, Summit
from bot.domain.evidence import Verdict
from bot.services.audit import about_words
from bot.services.feeds.argument import read_address
from bot.services.subscriptions import subscribe_args
from bot.slack.api.files import SlackFiles
from bot.slack.messages.assessments import history_messages, report_comment, report_message
from bot.slack.messages.digest import digest_messages
from bot.slack.messages.evidence import (
    article_messages,
    card_messages,
    evidence_messages,
    filed_message,
    quality_messages,
    search_messages,
    timeline_messages,
    why_messages,
)
from bot.slack.messages.notes import (
    accepted_message,
    assess_here_message,
    audit_messages,
    commitments_messages,
    help_messages,
    which_message,
)
from bot.slack.messages.status import commitment_messages, overview_messages, table_messages
from bot.slack.messages.subscriptions import (
    subscribed_message,
    subscriptions_messages,
    unsubscribed_message,
)
from bot.slack.modals.assess import assess_view
from bot.slack.modals.subscribe import SubscribeForm, subscribe_view
from handlers.feeds import FEED_COMMANDS, show_list
from handlers.request import AskBackError, Command, Reply, Request, wrong
from handlers.services import Services

COMMAND: Final = "/briefing"
_ASK: Final = "Ask"
_GET: Final = "Get it regularly"
# What only analysts may do where some are named.
ASSESS: Final = "assess commitments"
# How people say a direction behind the address of an article.
_SAID: Final = {
    **dict.fromkeys(("toward", "towards", "progress", "▲"), Verdict.PROGRESS),
    **dict.fromkeys(("away", "setback", "▼"), Verdict.SETBACK),
    **dict.fromkeys(("background", "neutral", "neither", "◇"), Verdict.NEUTRAL),
}


async def answer(request: Request, services: Services) -> Reply:
    """The answer to a word of `COMMANDS` with what follows it; the overview without words."""
    word, _, rest = request.text.strip().partition(" ")
    if not word:
        found = await services.briefing.overview(request.workspace)
        return overview_messages(found, zone=request.zone)
    return await COMMANDS[word.casefold()].run(replace(request, text=rest.strip()), services)


async def status(request: Request, services: Services) -> Reply:
    """`status [commitment|summit|all] [as of <day>]`."""
    words, at = _as_of(request.text, now=services.clock())
    subject = _subject(words, services.pack(), verb="status")
    if isinstance(subject, Commitment):
        found = await services.briefing.commitment_status(request.workspace, subject, at=at)
        return commitment_messages(found, zone=request.zone)
    table = await services.briefing.status_table(request.workspace, subject, at=at)
    return table_messages(table, zone=request.zone)


async def evidence(request: Request, services: Services) -> Reply:
    """`evidence <commitment> [since]`."""
    text, since = _since(request.text)
    commitment = _commitment(text, services.pack(), verb="evidence")
    found = await services.briefing.evidence(request.workspace, commitment, since=since)
    return evidence_messages(found, zone=request.zone)


async def timeline(request: Request, services: Services) -> Reply:
    """`timeline <commitment>`."""
    commitment = _commitment(request.text, services.pack(), verb="timeline")
    found = await services.briefing.timeline(request.workspace, commitment)
    return timeline_messages(found, zone=request.zone)


async def why(request: Request, services: Services) -> Reply:
    """`why <evidence>`, such as `why E12`, or `why is E12 there?`."""
    number = re.search(r"(?<![\w-])[eE]?(\d{1,18})(?![\w-])", request.text)
    if number is None:
        fix = "write it like `/briefing why E12`; the number stands behind each line"
        raise wrong("why", "it needs the number of a piece of evidence", fix)
    found = await services.briefing.why(request.workspace, int(number[1]))
    return why_messages(found, zone=request.zone)


async def review(request: Request, services: Services) -> Reply:
    """`review [commitment|summit]`: what the machine is unsure of, a card at a time."""
    return await review_card(request, services, request.text)


async def review_card(request: Request, services: Services, words: str) -> Reply:
    """The next card under what the words name."""
    pack = services.pack()
    subject = _subject(words, pack, verb="review")
    many = subject.commitments if isinstance(subject, Summit) else pack.commitments
    some = (subject,) if isinstance(subject, Commitment) else many
    zone = ZoneInfo((await services.people.member(request.actor)).timezone)
    midnight = datetime.combine(services.clock().astimezone(zone).date(), time(), tzinfo=zone)
    card = await services.reviews.next_card(
        request.workspace, [one.id for one in some], midnight=midnight
    )
    number = card.evidence_id
    answer = number and await services.briefing.why(request.workspace, number)
    name = subject.id if subject else None
    return card_messages(answer or None, card.counts, commitment=name, zone=zone)


async def assess(request: Request, services: Services) -> Reply:
    """`assess <commitment>`: the modal; where none can be opened, a button that opens it."""
    commitment = _commitment(request.text, services.pack(), verb="assess")
    if request.trigger is None:
        return (assess_here_message(commitment),)
    form = await services.briefing.assessment_form(request.workspace, commitment)
    return assess_view(form, channel=request.channel, zone=request.zone)


async def history(request: Request, services: Services, *, offset: int = 0) -> Reply:
    """`history <commitment>`: how it was assessed, and what was said against that."""
    commitment = _commitment(request.text, services.pack(), verb="history")
    found = await services.briefing.history(request.workspace, commitment, offset=offset)
    return history_messages(found, zone=request.zone)


async def report(request: Request, services: Services) -> Reply:
    """`report <summit> [md|html|csv|json]`: a file as a direct message; elsewhere, where it is."""
    words, _, last = request.text.rpartition(" ")
    named = last.casefold() in set(ReportFormat)
    form = ReportFormat(last.casefold()) if named else ReportFormat.MD
    pack = services.pack()
    subject = _subject(words if named else request.text, pack, verb="report")
    if subject is None and len(pack.summits) != 1:
        summits = [(one.id, one.name) for one in pack.summits]
        raise AskBackError(which_message("", candidates=summits, verb="report"))
    if isinstance(subject, Commitment):
        subject = pack.summit_by_id[subject.summit_id]
    found = await services.briefing.report(request.workspace, subject or pack.summits[0])
    name = file_name(found.summit, form)
    files = SlackFiles(request.client)
    comment = report_comment(found)
    await files.send(request.actor, name=name, content=written(found, form), comment=comment)
    return () if request.is_direct else (report_message(found, name=name),)


async def file(request: Request, services: Services) -> Reply:
    """`file <url> [commitment] [toward|away|background]`: at once where all is said."""
    typed, _, rest = request.text.partition(" ")
    if not typed:
        fix = "write it like `/briefing file https://example.org/article remains toward`"
        raise wrong("file", "it needs the address of an article", fix)
    address = read_address(typed, command="/briefing file")
    *words, last = rest.split() or [""]
    verdict = _SAID.get(last.casefold())
    name = " ".join(words) if verdict else rest.strip()
    commitment = _commitment(name, services.pack(), verb="file") if name else None
    article = await services.articles.at(request.workspace, address)
    if commitment and verdict:
        done = await services.articles.file(
            request.workspace, article.item.id, commitment.id, verdict, actor=request.actor
        )
        return (filed_message(done, pack=services.pack(), actor=request.actor),)
    best = next(
        (m for m in article.matches if commitment is None or m.commitment_id == commitment.id), None
    )
    proposed = commitment or (services.pack().by_id[best.commitment_id] if best else None)
    return article_messages(article.item, proposed, best, zone=request.zone)


async def quality(request: Request, services: Services) -> Reply:
    """`quality`: how often the filing was right, by reviews."""
    return quality_messages(await services.briefing.quality(request.workspace))


async def audit(request: Request, services: Services, *, offset: int = 0) -> Reply:
    """`audit [commitment|person|feed|E12] [since ...]`: who changed what."""
    words, since = _since(request.text)
    about = about_words(words, services.pack(), since=since)
    page = await services.audit.page(request.workspace, about, offset=offset)
    return audit_messages(
        page.entries,
        words=request.text,
        offset=page.offset,
        next_offset=page.next_offset,
        zone=request.zone,
    )


async def search(request: Request, services: Services) -> Reply:
    """`search <words>`."""
    if not request.text:
        raise wrong("search", "it needs words", "write it like `/briefing search liaison office`")
    found = await services.briefing.search(request.workspace, request.text)
    return search_messages(found, zone=request.zone)


async def digest(request: Request, services: Services) -> Reply:
    """`digest now [commitments]`: what a digest of the last day would say, for the actor."""
    text = re.sub(r"^now\b", "", request.text, flags=re.IGNORECASE).strip()
    subject = _subject(text, services.pack(), verb="digest")
    member = await services.people.member(request.actor)
    scope = (subject.id,) if subject else ()
    found = await services.digests.now(request.workspace, scope, timezone=member.timezone)
    return digest_messages(found)


async def subscribe(request: Request, services: Services) -> Reply:
    """`subscribe [commitments] [days] [time] [zone] [me|here]`; a modal where nothing follows."""
    if not request.text and request.trigger:
        return subscribe_view(
            services.pack(), timezone=services.people.timezone, channel=request.channel
        )
    form = subscribe_args(
        request.text,
        pack=services.pack(),
        timezone=(await services.people.member(request.actor)).timezone,
        channel=None if request.is_direct else request.channel,
    )
    return await add_subscription(request, services, form)


async def add_subscription(request: Request, services: Services, form: SubscribeForm) -> Reply:
    """Subscribes as the modal or the command says."""
    made = await services.subscriptions.add(request.workspace, form, actor=request.actor)
    return (subscribed_message(made, pack=services.pack(), now=services.clock()),)


async def subscriptions(request: Request, services: Services) -> Reply:
    """`subscriptions`."""
    found = await services.subscriptions.of(
        request.workspace, user_id=request.actor, channel_id=request.channel
    )
    return subscriptions_messages(found, pack=services.pack(), now=services.clock())


async def unsubscribe(request: Request, services: Services) -> Reply:
    """`unsubscribe [number]`."""
    typed = request.text.lstrip("#")
    if typed and not typed.isdecimal():
        fix = "`/briefing subscriptions` shows them"
        raise wrong("unsubscribe", "it needs the number of a subscription", fix)
    member = await services.people.member(request.actor)
    ended = await services.subscriptions.remove(
        request.workspace,
        int(typed[:18]) if typed else None,
        actor=request.actor,
        channel_id=request.channel,
        is_admin=member.is_admin,
    )
    return (unsubscribed_message(ended, pack=services.pack()),)


async def commitments(_request: Request, services: Services) -> Reply:
    """`commitments`: what is tracked."""
    return commitments_messages(services.pack())


async def accept(request: Request, services: Services) -> Reply:
    """`accept commitments|feeds`: a changed file that drops much is taken at its word."""
    return await accept_file(request, services, request.text.casefold())


async def accept_file(
    request: Request, services: Services, name: str, fingerprint: str | None = None
) -> Reply:
    """Takes a file as it was shown, or as it is now (None)."""
    watchers = {"commitments": services.commitments.accept, "feeds": services.feeds.accept}
    if name not in watchers:
        fix = "write it like `/briefing accept feeds`"
        raise wrong("accept", "it needs the file: commitments or feeds", fix)
    take = watchers[name]
    await take(request.workspace, actor=request.actor, fingerprint=fingerprint)
    return (accepted_message(name),)


async def feeds(request: Request, services: Services) -> Reply:
    """`feeds [command ...]`; what is no command is a filter."""
    word, _, rest = request.text.partition(" ")
    if word.casefold() == "help":
        return await help_(request, services)
    command = FEED_COMMANDS.get(word.casefold())
    if command is None:
        return await show_list(request, services)
    return await command.run(replace(request, text=rest.strip()), services)


async def help_(request: Request, services: Services) -> Reply:
    """`help`: every command that the actor may use, under its heading."""
    is_admin = (await services.people.member(request.actor)).is_admin
    shown = [one for one in COMMANDS.values() if is_admin or one.admin is None]
    sections: dict[str, list[tuple[str, str]]] = {}
    for one in (*shown, *(FEED_COMMANDS.values() if is_admin else ())):
        sections.setdefault(one.heading, []).append((one.usage, one.meaning))
    return help_messages(sections)


COMMANDS: Mapping[str, Command] = {
    "status": Command(
        status,
        "status",
        "where everything stands; also a commitment or a summit, and `as of 1 March 2019`",
        _ASK,
    ),
    "evidence": Command(
        evidence,
        "evidence <commitment>",
        "what was reported on it; add `since 2018-07-01` for less",
        _ASK,
    ),
    "timeline": Command(
        timeline, "timeline <commitment>", "its story by month since the summit", _ASK
    ),
    "search": Command(search, "search <words>", "items from all feeds that hold the words", _ASK),
    "why": Command(why, "why <E12>", "why an item was filed, by the number beside it", _ASK),
    "review": Command(
        review,
        "review [commitment]",
        "what I am unsure of, a card at a time, for you to set right",
        _ASK,
        analyst="review evidence",
    ),
    "assess": Command(
        assess,
        "assess <commitment>",
        "say at which level it is, with a reason and the evidence",
        _ASK,
        analyst=ASSESS,
    ),
    "history": Command(
        history, "history <commitment>", "how it was assessed, and the objections", _ASK
    ),
    "report": Command(
        report,
        "report <summit>",
        "a compliance report as a file; `html`, `csv` or `json` too",
        _ASK,
    ),
    "file": Command(
        file,
        "file <url> [commitment] [toward|away|background]",
        "an article that no feed brought, filed by hand",
        _ASK,
        analyst="file evidence",
    ),
    "quality": Command(quality, "quality", "how often I was right, by reviews", _ASK),
    "audit": Command(
        audit,
        "audit [commitment|person|feed]",
        "who changed what; add `since 2018-07-01` for less",
        _ASK,
    ),
    "commitments": Command(
        commitments, "commitments", "what is tracked, with the short names to use here", _ASK
    ),
    "subscribe": Command(
        subscribe,
        "subscribe",
        "a digest for a channel or for you, on the days and at the time you choose",
        _GET,
    ),
    "subscriptions": Command(
        subscriptions,
        "subscriptions",
        "yours, and this channel's; each has a button that stops it",
        _GET,
    ),
    "unsubscribe": Command(unsubscribe, "unsubscribe <number>", "stop one of them", _GET),
    "digest": Command(digest, "digest now", "what is new since yesterday, at once", _GET),
    "feeds": Command(feeds, "feeds", "the news feeds; how they fare, for admins"),
    "accept": Command(
        accept,
        "accept <commitments|feeds>",
        "take a changed file as it is, which drops so much that it waits for your word",
        admin="change what is tracked",
    ),
    "help": Command(help_, "help", "all of this", _ASK),
}
"""What may follow `/briefing`, in the order of the help under each heading."""


def _subject(text: str, pack: Pack, *, verb: str) -> Commitment | Summit | None:
    """The one commitment or summit that a text means; None for all.

    Raises:
        AskBackError: It means none or several; the message offers `verb` with each.
    """
    if text.casefold() in {"", "all", "everything"}:
        return None
    found = find_subjects(text, pack)
    if len(found.commitments) == 1 and not found.ambiguous:
        return pack.by_id[found.commitments[0]]
    if not found.commitments and found.summit is not None:
        return pack.summit_by_id[found.summit]
    candidates = [(one, pack.by_id[one].title) for one in found.commitments]
    raise AskBackError(which_message(text, candidates=candidates, verb=verb))


def _commitment(text: str, pack: Pack, *, verb: str) -> Commitment:
    subject = _subject(text, pack, verb=verb)
    if isinstance(subject, Commitment):
        return subject
    several = subject.commitments if isinstance(subject, Summit) else pack.commitments
    candidates = [(one.id, one.title) for one in several]
    raise AskBackError(which_message(text, candidates=candidates, verb=verb))


def _as_of(text: str, *, now: datetime) -> tuple[str, datetime | None]:
    """The text without a day at its end, and its last moment: `remains as of 1 March 2019`."""
    match = re.fullmatch(r"(?is)(.*?)\s*\bas of\s+(.+)", text)
    return (text, None) if match is None else (match[1], end_of_day(match[2], now=now))


def _since(text: str) -> tuple[str, datetime | None]:
    """The text without a date at its end, and the date: `remains since 2018-07-01`."""
    match = re.fullmatch(r"(?s)(.*?)\s*(?:since\s+)?(\d{4}-\d{2}-\d{2})\s*", text)
    if match is None:
        return text, None
    try:
        day = date.fromisoformat(match[2])
    except ValueError as error:
        raise wrong("since", f"{match[2]} is no date", "write it as 2018-07-27") from error
    return match[1], datetime.combine(day, time(), tzinfo=UTC)
