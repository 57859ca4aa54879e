"""Buttons, menus and modals: a request's text is what a button carries.

The inputs of a modal are checked before the acknowledgement; all else comes after it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.domain.errors import InputError
from bot.domain.evidence import Verdict
from bot.domain.feed import FeedSpec
from bot.services.feeds.argument import read_address
from bot.slack import ids
from bot.slack.button_values import (
    CommitmentValue,
    EvidencePage,
    FeedLookValue,
    FeedOfferValue,
    FeedsPageValue,
    FeedValue,
    ReviewValue,
    StoryValue,
    SubscribeValue,
    SubscriptionValue,
)
from bot.slack.messages.evidence import evidence_messages
from bot.slack.messages.feed_edits import added_message, cancelled_message, removed_message
from bot.slack.messages.notes import reviewed_message
from bot.slack.modals.feeds import (
    FeedForm,
    feed_add_view,
    feeds_import_view,
    read_feed_add,
    read_feeds_import,
)
from bot.slack.modals.inputs import ViewValues
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
from handlers.request import Button, Modal, Reply, Request
from handlers.services import Services


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
    """The menu beside a story: fits, does not fit, why."""
    value = request.value(StoryValue)
    if value.choice.verdict is None:
        return await commands.why(replace(request, text=str(value.evidence)), services)
    return await _review(request, value.evidence, value.choice.verdict, services)


async def review_evidence(request: Request, services: Services) -> Reply:
    """[Fits] and [Does not fit]."""
    value = request.value(ReviewValue)
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
