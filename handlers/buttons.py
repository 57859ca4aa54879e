"""Buttons, menus and modals: a request's text is what a button carries.

The inputs of a modal are checked before the acknowledgement; all else comes after it.
"""

from collections.abc import Mapping
from dataclasses import replace

from bot.domain.errors import InputError
from bot.domain.evidence import Verdict
from bot.services.feeds.argument import read_address
from bot.slack import ids
from bot.slack.button_values import (
    CommitmentValue,
    EvidencePage,
    ReviewValue,
    StoryValue,
    SubscribeValue,
    SubscriptionValue,
)
from bot.slack.messages.evidence import evidence_messages
from bot.slack.messages.notes import reviewed_message
from bot.slack.modals.feeds import FeedForm, read_feed_add, read_feeds_import
from bot.slack.modals.inputs import ViewValues
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
    """The menu beside a story: fits, does not fit, why."""
    value = StoryValue.parse(request.text)
    if value.choice.verdict is None:
        return await commands.why(replace(request, text=str(value.evidence)), services)
    return await _review(request, value.evidence, value.choice.verdict, services)


async def review_evidence(request: Request, services: Services) -> Reply:
    """[Fits] and [Does not fit]."""
    value = ReviewValue.parse(request.text)
    return await _review(request, value.evidence, value.verdict, services)


async def _review(
    request: Request, evidence_id: int, verdict: Verdict, services: Services
) -> Reply:
    """A verdict on a story's line is meant for all of its items under that commitment."""
    same = await services.briefing.same_story(request.workspace, evidence_id)
    await services.reviews.review(request.workspace, same, verdict, actor=request.actor)
    return (reviewed_message(evidence_id, verdict, others=len(same) - 1),)


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
    ids.REVIEW_FITS: Button(review_evidence),
    ids.REVIEW_DOES_NOT_FIT: Button(review_evidence),
    ids.SUBSCRIBE: Button(subscribe),
    ids.UNSUBSCRIBE: Button(unsubscribe),
    ids.OPEN_LINK: Button(open_link),
    **FEED_BUTTONS,
}
"""What answers each button, by action id."""
MODALS: Mapping[str, Modal] = {
    ids.SUBSCRIBE_VIEW: Modal(commands.add_subscription, read=read_subscribe),
    ids.FEED_ADD_VIEW: Modal(preview, admin=CHANGE, read=read_feed),
    ids.FEEDS_IMPORT_VIEW: Modal(plan_import, admin=CHANGE, read=read_feeds_import),
}
"""What answers each modal, by callback id."""
