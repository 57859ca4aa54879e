"""Buttons, menus and modals: a request's text is what a button carries.

The inputs of a modal are checked before the acknowledgement; all else comes after it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.briefing.scope import topic_named
from bot.domain.errors import InputError, NotFoundError
from bot.domain.evidence import Reviewed, Verdict
from bot.domain.feed import FeedSpec
from bot.services.feeds.argument import read_address
from bot.services.reviews import nearest_commitments
from bot.slack import ids
from bot.slack.button_values import (
    AcceptValue,
    ArticleValue,
    AssessmentValue,
    AuditPageValue,
    CardValue,
    CommitmentValue,
    EvidencePage,
    FeedLookValue,
    FeedOfferValue,
    FeedsPageValue,
    FeedValue,
    HistoryPageValue,
    MoveValue,
    ReviewValue,
    StoryChoice,
    StoryValue,
    SubscribeValue,
    SubscriptionValue,
)
from bot.slack.messages.assessments import kept_message, objected_message, unkept_message
from bot.slack.messages.evidence import evidence_messages, filed_message
from bot.slack.messages.feed_edits import added_message, cancelled_message, removed_message
from bot.slack.messages.notes import error_message, reviewed_message
from bot.slack.modals.assess import (
    JudgementForm,
    ObjectionForm,
    object_view,
    read_assess,
    read_objection,
)
from bot.slack.modals.feeds import (
    FeedForm,
    feed_add_view,
    feeds_import_view,
    read_feed_add,
    read_feeds_import,
)
from bot.slack.modals.inputs import ViewValues
from bot.slack.modals.move import file_view, move_view, read_file, read_move
from bot.slack.modals.subscribe import read_subscribe, subscribe_view
from handlers import commands
from handlers.feeds import (
    CHANGE,
    FEED_COMMANDS,
    SEE,
    export_list,
    plan_import,
    preview,
    run_import,
    show_list,
)
from handlers.request import Button, Modal, Reply, Request, wrong
from handlers.services import Services

# What only analysts may do where some are named.
REVIEW: Final = "review evidence"
FILE: Final = "file evidence"


async def show_status(request: Request, services: Services) -> Reply:
    """[Status]."""
    value = request.value(CommitmentValue)
    return await commands.status(replace(request, text=value.commitment), services)


async def show_evidence(request: Request, services: Services) -> Reply:
    """[Evidence] and [More]: a page of evidence."""
    page = request.value(EvidencePage)
    commitment = services.pack().by_id.get(page.commitment)
    if commitment is None:
        return await commands.commitments(request, services)
    found = await services.briefing.evidence(
        request.workspace,
        commitment,
        since=page.since,
        until=page.until,
        direction=page.direction,
        source=page.source,
        offset=page.offset,
    )
    return evidence_messages(found, zone=request.zone)


async def show_timeline(request: Request, services: Services) -> Reply:
    """[Timeline]."""
    value = request.value(CommitmentValue)
    return await commands.timeline(replace(request, text=value.commitment), services)


async def review_story(request: Request, services: Services) -> Reply:
    """The menu beside a story, and two buttons of "why": a verdict, or what needs a question."""
    value = request.value(StoryValue)
    if (verdict := value.choice.verdict) is not None:
        await services.people.require_analyst(request.actor, REVIEW)
        return await _review(request, value.evidence, verdict, services)
    match value.choice:
        case StoryChoice.MOVE:
            await services.people.require_analyst(request.actor, REVIEW)
            answer = await services.briefing.why(request.workspace, value.evidence)
            pack = services.pack()
            nearest = nearest_commitments(answer.evidence, pack)
            return move_view(answer, pack, nearest=nearest, place=request.place, zone=request.zone)
        case StoryChoice.UNDO:
            return await undo_review(request, value, services)
    return await commands.why(replace(request, text=str(value.evidence)), services)


async def review_evidence(request: Request, services: Services) -> Reply:
    """A verdict button; the one of older messages did not ask which way, so it is asked now."""
    value = request.value(ReviewValue)
    if value.verdict in {Verdict.CONFIRMED, Verdict.MOVED}:
        return await commands.why(replace(request, text=str(value.evidence)), services)
    return await _review(request, value.evidence, value.verdict, services)


async def review_card(request: Request, services: Services) -> Reply:
    """A verdict on a review card, or [Skip]: the next card takes its place."""
    value = request.value(CardValue)
    if value.verdict is not None:
        await _review(request, value.evidence, value.verdict, services)
    return await commands.review_card(request, services, value.commitment or "")


async def open_assessment(request: Request, services: Services) -> Reply:
    """[Assess], and the menu of commitments below a table."""
    value = request.value(CommitmentValue)
    return await commands.assess(replace(request, text=value.commitment), services)


async def assess(request: Request, services: Services, form: JudgementForm) -> Reply:
    """The modal in which a commitment is assessed; it is closed by now, so words are given back."""
    try:
        made, channels = await services.assessments.add(
            request.workspace, form, actor=request.actor
        )
    except (InputError, NotFoundError) as error:
        return error_message(error), unkept_message(form.reason)
    topic = topic_named(made.commitment_id, services.pack())
    return (kept_message(made, topic=topic, channels=channels),)


async def show_history(request: Request, services: Services) -> Reply:
    """[History] and [Older]."""
    page = request.value(HistoryPageValue)
    asked = replace(request, text=page.commitment)
    return await commands.history(asked, services, offset=page.offset)


async def open_objection(request: Request, services: Services) -> Reply:
    """[Object]."""
    value = request.value(AssessmentValue)
    against = await services.assessments.get(request.workspace, value.assessment)
    return object_view(against, channel=request.channel, zone=request.zone)


async def object_to(request: Request, services: Services, form: ObjectionForm) -> Reply:
    """The modal in which an assessment is objected to; everybody may."""
    made = await services.assessments.object(
        request.workspace, form.assessment_id, form.reason, actor=request.actor
    )
    return (objected_message(made),)


async def file_at_once(request: Request, services: Services) -> Reply:
    """A button of an article: filed under the commitment that was proposed."""
    return await file_article(request, services, request.value(ArticleValue))


async def choose_for_article(request: Request, services: Services) -> Reply:
    """[Choose a commitment …] and [File …]: the modal."""
    value = request.value(ArticleValue)
    item = await services.articles.item(request.workspace, value.item)
    return file_view(item, services.pack(), chosen=value.commitment, place=request.place)


async def file_article(request: Request, services: Services, value: ArticleValue) -> Reply:
    """Files an item by hand; also the answer to the modal."""
    if value.commitment is None or value.verdict is None:
        raise wrong("file", "it needs a commitment and a direction", "choose both")
    done = await services.articles.file(
        request.workspace, value.item, value.commitment, value.verdict, actor=request.actor
    )
    return (filed_message(done, pack=services.pack(), actor=request.actor),)


async def more_audit(request: Request, services: Services) -> Reply:
    """[More] of the audit trail."""
    page = request.value(AuditPageValue)
    return await commands.audit(replace(request, text=page.words), services, offset=page.offset)


async def move(request: Request, services: Services, value: MoveValue) -> Reply:
    """The modal that asks for another commitment."""
    return await _review(request, value.evidence, Verdict.MOVED, services, moved_to=value.to)


async def _review(
    request: Request,
    evidence_id: int,
    verdict: Verdict,
    services: Services,
    *,
    moved_to: str | None = None,
) -> Reply:
    """A verdict on a story's line is meant for all of its items under that commitment."""
    same = await services.briefing.same_story(request.workspace, evidence_id)
    done = await services.reviews.review(
        request.workspace, same, verdict, actor=request.actor, moved_to=moved_to
    )
    return await _restate(request, done, services)


async def undo_review(request: Request, value: StoryValue, services: Services) -> Reply:
    """Takes back what stands on a line."""
    await services.people.require_analyst(request.actor, REVIEW)
    is_admin = (await services.people.member(request.actor)).is_admin
    done = await services.reviews.undo(
        request.workspace,
        value.evidence,
        meant=value.at,
        actor=request.actor,
        is_admin=is_admin,
    )
    return await _restate(request, done, services)


async def _restate(request: Request, done: Reviewed, services: Services) -> Reply:
    """The line for everybody who sees it; for the person alone what stood there before."""
    seen = await services.lines.restate(
        request.workspace, [one.id for one in done.before], clicked=request.clicked
    )
    others = done.before[0].verdict_by not in {None, request.actor}
    return () if seen and not others else (reviewed_message(done, actor=request.actor),)


async def accept_file(request: Request, services: Services) -> Reply:
    """[Take it as it is], of a changed file that waits."""
    value = request.value(AcceptValue)
    return await commands.accept_file(request, services, value.file, value.fingerprint)


async def subscribe(request: Request, services: Services) -> Reply:
    """[Subscribe]: the modal, with a commitment chosen where the button names one."""
    wanted = request.value(SubscribeValue).commitment
    return subscribe_view(
        services.pack(),
        timezone=services.people.timezone,
        channel=request.channel,
        chosen=(wanted,) if wanted else (),
    )


async def unsubscribe(request: Request, services: Services) -> Reply:
    """[Unsubscribe]."""
    value = request.value(SubscriptionValue)
    return await commands.unsubscribe(replace(request, text=str(value.subscription)), services)


async def open_link(_request: Request, _services: Services) -> Reply:
    """A button that only opens an address still sends an interaction; nothing answers it."""
    return ()


def read_feed(values: ViewValues) -> FeedForm | Mapping[str, str]:
    """The feed with an address that may be fetched, or what is wrong with an input."""
    form = read_feed_add(values)
    if not isinstance(form, FeedForm):
        return form
    try:
        return replace(form, address=read_address(form.address, command="/briefing feeds add"))
    except InputError as error:
        return {ids.FEED_URL_INPUT: f"{error.problems[0].what}."}


# A button of an older preview leads to a new one instead.
_FRESH: Final = timedelta(days=1)


async def choose_for_feed(request: Request, services: Services) -> Reply:
    """The menu beside a feed: its choices are words that may follow `feeds`."""
    value = request.value(FeedValue)
    feed = await services.feeds.by_id(request.workspace, value.feed)
    return await FEED_COMMANDS[value.choice].run(replace(request, text=feed.url), services)


async def show_feeds(request: Request, services: Services) -> Reply:
    """[Feeds]."""
    return await show_list(replace(request, text=""), services)


async def turn_feeds_page(request: Request, services: Services) -> Reply:
    """[Previous], [Next] and the filters."""
    value = request.value(FeedsPageValue)
    return await show_list(replace(request, text=value.words), services, page=value.page)


async def look_at_feed(request: Request, services: Services) -> Reply:
    """[Look at this one], where a site has several feeds."""
    return await preview(request, services, _form(request.value(FeedLookValue)))


def _form(value: FeedLookValue) -> FeedForm:
    return FeedForm(address=value.url, title=value.title, category=value.category)


async def ask_for_feed(request: Request, _services: Services) -> Reply:
    """[Add a feed]."""
    return feed_add_view(request.channel)


async def ask_for_list(request: Request, _services: Services) -> Reply:
    """[Import a list]."""
    return feeds_import_view(request.channel)


async def confirm_add(request: Request, services: Services) -> Reply:
    """[Add this feed]; when the preview is old, a new one is shown."""
    value = request.value(FeedOfferValue)
    if services.clock() - value.at > _FRESH:
        return await preview(request, services, _form(value), again=True)
    spec = FeedSpec(
        url=value.url, title=value.title, category=value.category, language=value.language
    )
    kept = await services.feeds.add(request.workspace, spec, actor=request.actor)
    services.poll()
    return (added_message(spec.title or spec.url, kept=kept),)


async def confirm_remove(request: Request, services: Services) -> Reply:
    """[Remove]."""
    value = request.value(FeedValue)
    feed = await services.feeds.by_id(request.workspace, value.feed)
    done = await services.feeds.remove(request.workspace, feed.url, actor=request.actor)
    return (removed_message(done.feed, kept=done.kept),)


async def cancel_feed_edit(_request: Request, _services: Services) -> Reply:
    """[Cancel] and [Keep it]."""
    return (cancelled_message(),)


_PAGES: Final = (
    ids.FEEDS_BACK,
    ids.FEEDS_ON,
    ids.FEEDS_ALL,
    ids.FEEDS_FAILING,
    ids.FEEDS_SILENT,
    ids.FEEDS_PAUSED,
)
FEED_BUTTONS: Mapping[str, Button] = {
    ids.FEED_MENU: Button(choose_for_feed, admin=CHANGE),
    ids.FEEDS: Button(show_feeds),
    ids.FEEDS_EXPORT: Button(export_list, admin=SEE),
    ids.FEED_ADD: Button(ask_for_feed, admin=CHANGE),
    ids.FEEDS_IMPORT: Button(ask_for_list, admin=CHANGE),
    ids.FEED_LOOK: Button(look_at_feed, admin=CHANGE),
    ids.FEED_ADD_CONFIRM: Button(confirm_add, admin=CHANGE, replaces=True),
    ids.FEED_REMOVE_CONFIRM: Button(confirm_remove, admin=CHANGE, replaces=True),
    ids.FEEDS_IMPORT_CONFIRM: Button(run_import, admin=CHANGE, replaces=True),
    ids.FEED_CANCEL: Button(cancel_feed_edit, admin=CHANGE, replaces=True),
    **dict.fromkeys(_PAGES, Button(turn_feeds_page, admin=SEE, replaces=True)),
}
"""What answers each button of the feed list, by action id."""

BUTTONS: Mapping[str, Button] = {
    ids.STATUS: Button(show_status),
    ids.EVIDENCE: Button(show_evidence),
    ids.EVIDENCE_MORE: Button(show_evidence),
    ids.TIMELINE: Button(show_timeline),
    ids.STORY_MENU: Button(review_story),
    ids.REVIEW_PROGRESS: Button(review_evidence, analyst=REVIEW),
    ids.REVIEW_SETBACK: Button(review_evidence, analyst=REVIEW),
    ids.REVIEW_NEUTRAL: Button(review_evidence, analyst=REVIEW),
    ids.REVIEW_MOVE: Button(review_story),
    ids.REVIEW_UNDO: Button(review_story),
    **dict.fromkeys(
        (
            ids.CARD_PROGRESS,
            ids.CARD_SETBACK,
            ids.CARD_NEUTRAL,
            ids.CARD_DOES_NOT_FIT,
            ids.CARD_SKIP,
        ),
        Button(review_card, analyst=REVIEW, replaces=True),
    ),
    ids.AUDIT_MORE: Button(more_audit),
    ids.ASSESS: Button(open_assessment, analyst=commands.ASSESS),
    ids.ASSESS_ONE_OF: Button(open_assessment, analyst=commands.ASSESS),
    ids.ASSESSMENT_HISTORY: Button(show_history),
    ids.ASSESSMENT_HISTORY_MORE: Button(show_history),
    ids.ASSESSMENT_OBJECT: Button(open_objection),
    ids.ACCEPT_SAVED: Button(accept_file, admin="change what is tracked"),
    ids.FILE_CHOOSE: Button(choose_for_article, analyst=FILE),
    **dict.fromkeys(
        (ids.FILE_PROGRESS, ids.FILE_SETBACK, ids.FILE_NEUTRAL),
        Button(file_at_once, analyst=FILE),
    ),
    ids.REVIEW_FITS: Button(review_evidence, analyst=REVIEW),
    ids.REVIEW_DOES_NOT_FIT: Button(review_evidence, analyst=REVIEW),
    ids.SUBSCRIBE: Button(subscribe),
    ids.UNSUBSCRIBE: Button(unsubscribe),
    ids.OPEN_LINK: Button(open_link),
    **FEED_BUTTONS,
}
"""What answers each button, by action id."""
MODALS: Mapping[str, Modal] = {
    ids.FILE_VIEW: Modal(file_article, analyst=FILE, read=read_file),
    ids.MOVE_VIEW: Modal(move, analyst=REVIEW, read=read_move),
    ids.ASSESS_VIEW: Modal(assess, analyst=commands.ASSESS, read=read_assess),
    ids.OBJECT_VIEW: Modal(object_to, read=read_objection),
    ids.SUBSCRIBE_VIEW: Modal(commands.add_subscription, read=read_subscribe),
    ids.FEED_ADD_VIEW: Modal(preview, admin=CHANGE, read=read_feed),
    ids.FEEDS_IMPORT_VIEW: Modal(plan_import, admin=CHANGE, read=read_feeds_import),
}
"""What answers each modal, by callback id."""
