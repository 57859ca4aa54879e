"""Buttons and menus in messages and on the Home tab."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.evidence import Verdict
from bot.slack import ids
from bot.slack.messages.errors import reviewed_message
from bot.slack.messages.evidence import evidence_messages
from bot.slack.values import (
    CommitmentValue,
    EvidencePage,
    ReviewValue,
    StoryValue,
    SubscriptionValue,
)
from handlers import commands
from handlers.feeds import buttons
from handlers.reply import send_privately, teller
from handlers.request import Button, Reply, Request, about, attempted
from handlers.services import Services


async def show_status(request: Request, services: Services) -> Reply:
    """[Status]."""
    return await commands.status(
        about(request, CommitmentValue.parse(request.words).commitment), services
    )


async def show_evidence(request: Request, services: Services) -> Reply:
    """[Evidence] and [More]: a page of evidence."""
    page = EvidencePage.parse(request.words)
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
    return evidence_messages(found, zone=services.zone)


async def show_timeline(request: Request, services: Services) -> Reply:
    """[Timeline]."""
    return await commands.timeline(
        about(request, CommitmentValue.parse(request.words).commitment), services
    )


async def judge_story(request: Request, services: Services) -> Reply:
    """The menu beside a story: fits, does not fit, why."""
    value = StoryValue.parse(request.words)
    if value.choice.verdict is None:
        return await commands.why(about(request, str(value.evidence)), services)
    return await _judge(request, value.evidence, value.choice.verdict, services)


async def judge_evidence(request: Request, services: Services) -> Reply:
    """[Fits] and [Does not fit]."""
    value = ReviewValue.parse(request.words)
    return await _judge(request, value.evidence, value.verdict, services)


async def _judge(request: Request, evidence_id: int, verdict: Verdict, services: Services) -> Reply:
    """A verdict on a story's line is meant for all of its items under that commitment."""
    same = await services.briefing.same_story(request.workspace, evidence_id)
    await services.reviews.review(request.workspace, same, verdict, actor=request.user_id)
    return (reviewed_message(evidence_id, verdict, others=len(same) - 1),)


async def unsubscribe(request: Request, services: Services) -> Reply:
    """[Unsubscribe]."""
    number = SubscriptionValue.parse(request.words).subscription
    return await commands.unsubscribe(about(request, str(number)), services)


CLICKS: Mapping[str, Button] = MappingProxyType(
    {
        ids.STATUS: Button(show_status),
        ids.EVIDENCE: Button(show_evidence),
        ids.EVIDENCE_MORE: Button(show_evidence),
        ids.TIMELINE: Button(show_timeline),
        ids.STORY_MENU: Button(judge_story),
        ids.REVIEW_FITS: Button(judge_evidence),
        ids.REVIEW_DOES_NOT_FIT: Button(judge_evidence),
        ids.UNSUBSCRIBE: Button(unsubscribe),
        **buttons.CLICKS,
    }
)
"""What answers each button, by action id."""


def register(app: AsyncApp, services: Services) -> None:
    """Listen for every button and menu of ours."""
    for action_id, click in CLICKS.items():
        _listen(app, services, action_id, click)

    @app.action(ids.OPEN_LINK)
    async def opened(ack: AsyncAck) -> None:
        await ack()


def _listen(app: AsyncApp, services: Services, action_id: str, click: Button) -> None:
    @app.action(action_id)
    async def on_click(
        ack: AsyncAck,
        body: dict[str, Any],
        action: dict[str, Any],
        respond: AsyncRespond,
        client: AsyncWebClient,
    ) -> None:
        await ack()
        user_id, channel_id = body["user"]["id"], (body.get("channel") or {}).get("id")
        # An interaction that Slack sends again has the same action time.
        once, again = action.get("action_ts"), f"click:{user_id}:{action_id}"
        if once is not None and not await services.first_time(f"{again}:{once}"):
            return
        request = Request(
            workspace=services.workspace_of((body.get("team") or {}).get("id")),
            user_id=user_id,
            channel_id=channel_id,
            words=_value(action),
            in_person=str(channel_id or "").startswith("D"),
            meanwhile=teller(respond, client, channel=channel_id, user=user_id),
        )
        done = await attempted(click.answer(request, services), services)
        await send_privately(
            done.reply,
            respond,
            client,
            channel=channel_id,
            user=user_id,
            replace=click.replaces and done.went_well,
        )


def _value(action: dict[str, Any]) -> str:
    """What a button carries, or what was chosen in a menu."""
    return str((action.get("selected_option") or action).get("value") or "{}")
