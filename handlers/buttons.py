"""Buttons, menus and modals: a request's text is what a button carries.

The inputs of a modal are checked before the acknowledgement; all else comes after it.
"""

from collections.abc import Mapping
from dataclasses import replace

from bot.briefing.scope import topic_of
from bot.domain.errors import InputError
from bot.domain.evidence import Reviewed, Verdict
from bot.services.feeds.argument import read_address
from bot.services.reviews import nearest_commitments
from bot.slack import ids
from bot.slack.button_values import (
    CommitmentValue,
    EvidencePage,
    MoveValue,
    ReviewValue,
    StoryChoice,
    StoryValue,
    SubscribeValue,
    SubscriptionValue,
)
from bot.slack.messages.evidence import evidence_messages
from bot.slack.messages.notes import reviewed_message
from bot.slack.modals.feeds import FeedForm, read_feed_add, read_feeds_import
from bot.slack.modals.inputs import ViewValues
from bot.slack.modals.move import move_view, read_move
from bot.slack.modals.subscribe import read_subscribe, subscribe_view
from handlers import commands
from handlers.feeds.buttons import FEED_BUTTONS
from handlers.feeds.commands import CHANGE, plan_import, preview
from handlers.request import Button, Modal, Reply, Request
from handlers.services import Services


async def show_status(request: Request, services: Services) -> Reply:
    """[Status]."""
    value = CommitmentValue.parse(request.text)
    return await commands.status(replace(request, text=value.commitment), services)


async def show_evidence(request: Request, services: Services) -> Reply:
    """[Evidence] and [More]: a page of evidence."""
    page = EvidencePage.parse(request.text)
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
    value = CommitmentValue.parse(request.text)
    return await commands.timeline(replace(request, text=value.commitment), services)


async def review_story(request: Request, services: Services) -> Reply:
    """The menu beside a story, and two buttons of "why": a verdict, or what needs a question."""
    value = StoryValue.parse(request.text)
    if (verdict := value.choice.verdict) is not None:
        return await _review(request, value.evidence, verdict, services)
    match value.choice:
        case StoryChoice.MOVE:
            answer = await services.briefing.why(request.workspace, value.evidence)
            pack = services.pack()
            nearest = nearest_commitments(answer.evidence, pack)
            return move_view(answer, pack, nearest=nearest, place=request.place, zone=request.zone)
        case StoryChoice.UNDO:
            return await undo_review(request, value.evidence, services)
    return await commands.why(replace(request, text=str(value.evidence)), services)


async def review_evidence(request: Request, services: Services) -> Reply:
    """A verdict button; the one of older messages did not ask which way, so it is asked now."""
    value = ReviewValue.parse(request.text)
    if value.verdict in {Verdict.CONFIRMED, Verdict.MOVED}:
        return await commands.why(replace(request, text=str(value.evidence)), services)
    return await _review(request, value.evidence, value.verdict, services)


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
    return await _restate(request, done, services, moved_to=moved_to)


async def undo_review(request: Request, evidence_id: int, services: Services) -> Reply:
    """Takes back what stands on a line."""
    is_admin = (await services.people.member(request.actor)).is_admin
    done = await services.reviews.undo(
        request.workspace, evidence_id, actor=request.actor, is_admin=is_admin
    )
    return await _restate(request, done, services)


async def _restate(
    request: Request, done: Reviewed, services: Services, *, moved_to: str | None = None
) -> Reply:
    """The line for everybody who sees it; for the person alone what stood there before."""
    pack = services.pack()
    there = pack.by_id.get(moved_to or "")
    seen = await services.lines.restate(
        request.workspace,
        [one.id for one in done.before],
        actor=request.actor,
        moved_to=topic_of(there, pack) if there else None,
        clicked=request.clicked,
    )
    others = done.before[0].verdict_by not in {None, request.actor}
    return () if seen and not others else (reviewed_message(done, actor=request.actor),)


async def subscribe(request: Request, services: Services) -> Reply:
    """[Subscribe]: the modal, with a commitment chosen where the button names one."""
    wanted = SubscribeValue.parse(request.text).commitment
    return subscribe_view(
        services.pack(),
        timezone=services.people.timezone,
        channel=request.channel,
        chosen=(wanted,) if wanted else (),
    )


async def unsubscribe(request: Request, services: Services) -> Reply:
    """[Unsubscribe]."""
    value = SubscriptionValue.parse(request.text)
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


BUTTONS: Mapping[str, Button] = {
    ids.STATUS: Button(show_status),
    ids.EVIDENCE: Button(show_evidence),
    ids.EVIDENCE_MORE: Button(show_evidence),
    ids.TIMELINE: Button(show_timeline),
    ids.STORY_MENU: Button(review_story),
    ids.REVIEW_PROGRESS: Button(review_evidence),
    ids.REVIEW_SETBACK: Button(review_evidence),
    ids.REVIEW_NEUTRAL: Button(review_evidence),
    ids.REVIEW_MOVE: Button(review_story),
    ids.REVIEW_UNDO: Button(review_story),
    ids.REVIEW_FITS: Button(review_evidence),
    ids.REVIEW_DOES_NOT_FIT: Button(review_evidence),
    ids.SUBSCRIBE: Button(subscribe),
    ids.UNSUBSCRIBE: Button(unsubscribe),
    ids.OPEN_LINK: Button(open_link),
    **FEED_BUTTONS,
}
"""What answers each button, by action id."""
MODALS: Mapping[str, Modal] = {
    ids.MOVE_VIEW: Modal(move, read=read_move),
    ids.SUBSCRIBE_VIEW: Modal(commands.add_subscription, read=read_subscribe),
    ids.FEED_ADD_VIEW: Modal(preview, admin=CHANGE, read=read_feed),
    ids.FEEDS_IMPORT_VIEW: Modal(plan_import, admin=CHANGE, read=read_feeds_import),
}
"""What answers each modal, by callback id."""
