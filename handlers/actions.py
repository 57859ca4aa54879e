"""Buttons and menus in messages and on the Home tab."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.evidence import Verdict
from bot.slack import ids
from bot.slack.render_errors import reviewed_message
from bot.slack.render_evidence import evidence_messages
from bot.slack.values import (
    CommitmentValue,
    EvidencePage,
    ReviewValue,
    StoryValue,
    SubscriptionValue,
)
from handlers import feed_clicks, words
from handlers.asked import Asked, Click, Reply, about, attempted
from handlers.sending import send_privately, teller
from handlers.services import Services


async def show_status(asked: Asked, services: Services) -> Reply:
    """[Status]."""
    return await words.status(about(asked, CommitmentValue.parse(asked.words).commitment), services)


async def show_evidence(asked: Asked, services: Services) -> Reply:
    """[Evidence] and [More]: a page of evidence."""
    page = EvidencePage.parse(asked.words)
    commitment = services.pack().by_id.get(page.commitment)
    if commitment is None:
        return await words.commitments(asked, services)
    found = await services.briefing.evidence(
        asked.workspace,
        commitment,
        since=page.since,
        until=page.until,
        direction=page.direction,
        source=page.source,
        offset=page.offset,
    )
    return evidence_messages(found, zone=services.zone)


async def show_timeline(asked: Asked, services: Services) -> Reply:
    """[Timeline]."""
    return await words.timeline(
        about(asked, CommitmentValue.parse(asked.words).commitment), services
    )


async def judge_story(asked: Asked, services: Services) -> Reply:
    """The menu beside a story: fits, does not fit, why."""
    value = StoryValue.parse(asked.words)
    if value.choice.verdict is None:
        return await words.why(about(asked, str(value.evidence)), services)
    return await _judge(asked, value.evidence, value.choice.verdict, services)


async def judge_evidence(asked: Asked, services: Services) -> Reply:
    """[Fits] and [Does not fit]."""
    value = ReviewValue.parse(asked.words)
    return await _judge(asked, value.evidence, value.verdict, services)


async def _judge(asked: Asked, evidence_id: int, verdict: Verdict, services: Services) -> Reply:
    """A verdict on a story's line is meant for all of its items under that commitment."""
    same = await services.briefing.same_story(asked.workspace, evidence_id)
    await services.reviews.review(asked.workspace, same, verdict, actor=asked.user_id)
    return (reviewed_message(evidence_id, verdict, others=len(same) - 1),)


async def unsubscribe(asked: Asked, services: Services) -> Reply:
    """[Unsubscribe]."""
    number = SubscriptionValue.parse(asked.words).subscription
    return await words.unsubscribe(about(asked, str(number)), services)


CLICKS: Mapping[str, Click] = MappingProxyType(
    {
        ids.STATUS: Click(show_status),
        ids.EVIDENCE: Click(show_evidence),
        ids.EVIDENCE_MORE: Click(show_evidence),
        ids.TIMELINE: Click(show_timeline),
        ids.STORY_MENU: Click(judge_story),
        ids.REVIEW_FITS: Click(judge_evidence),
        ids.REVIEW_DOES_NOT_FIT: Click(judge_evidence),
        ids.UNSUBSCRIBE: Click(unsubscribe),
        **feed_clicks.CLICKS,
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


def _listen(app: AsyncApp, services: Services, action_id: str, click: Click) -> None:
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
        asked = Asked(
            workspace=services.workspace_of((body.get("team") or {}).get("id")),
            user_id=user_id,
            channel_id=channel_id,
            words=_value(action),
            in_person=str(channel_id or "").startswith("D"),
            meanwhile=teller(respond, client, channel=channel_id, user=user_id),
        )
        done = await attempted(click.answer(asked, services), services)
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
