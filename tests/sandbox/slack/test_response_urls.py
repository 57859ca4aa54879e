"""Answers at a response URL, sent by the SDK's webhook client."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from sandbox.slack import SandboxSlack

from .conftest import HeldClock
from .samples import section

DESK = "C01SUMMIT"


@pytest.fixture
def hook(slack: SandboxSlack):
    def make(**more) -> AsyncWebhookClient:
        url = slack.world.response_urls.give(user="U01ANALYST", channel=DESK, **more)
        return AsyncWebhookClient(url)

    return make


async def test_an_answer_is_for_the_user_unless_it_says_otherwise(
    slack: SandboxSlack, hook
) -> None:
    webhook = hook()
    answer = await webhook.send(text="for you")
    assert (answer.status_code, answer.body) == (200, "ok")
    await webhook.send(text="for all", response_type="in_channel")
    assert [each.text for each in slack.ephemerals("analyst", "summit-desk")] == ["for you"]
    assert [each.text for each in slack.messages("summit-desk")] == ["for all"]


async def test_a_response_url_is_good_for_five_answers(slack: SandboxSlack, hook) -> None:
    webhook = hook()
    statuses = [(await webhook.send(text="x")).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [404]
    assert slack.calls[-1].error == "used_url"


async def test_a_response_url_is_good_for_half_an_hour(
    slack: SandboxSlack, hook, clock: HeldClock
) -> None:
    webhook = hook()
    clock.advance(minutes=30)
    assert (await webhook.send(text="x")).status_code == 200
    clock.advance(seconds=1)
    assert (await webhook.send(text="x")).status_code == 404
    assert slack.calls[-1].error == "expired_url"


async def test_the_original_can_be_replaced(
    slack: SandboxSlack, client: AsyncWebClient, hook
) -> None:
    ts = (await client.chat_postMessage(channel=DESK, text="old", blocks=[section()]))["ts"]
    webhook = hook(source=(DESK, ts))
    await webhook.send(text="new", replace_original=True)
    [message] = slack.messages("summit-desk")
    assert (message.ts, message.text, message.blocks) == (ts, "new", [])


async def test_an_ephemeral_original_can_be_replaced(
    slack: SandboxSlack, client: AsyncWebClient, hook
) -> None:
    await client.chat_postEphemeral(channel=DESK, user="U01ANALYST", text="old")
    ts = slack.ephemerals("analyst")[0].ts
    webhook = hook(source=(DESK, ts))
    await webhook.send(text="new", replace_original=True)
    assert [each.text for each in slack.ephemerals("analyst")] == ["new"]


@pytest.mark.parametrize(
    ("content", "error"),
    [({"text": ""}, "no_text"), ({"text": "t", "blocks": [{"type": "no"}]}, "invalid_blocks")],
)
async def test_wrong_content_is_refused(
    slack: SandboxSlack, hook, content: dict, error: str
) -> None:
    answer = await hook().send(**content)
    assert answer.status_code == 400
    assert slack.calls[-1].error == error
    assert slack.ephemerals("analyst") == []


async def test_an_unknown_url_leads_nowhere(slack: SandboxSlack) -> None:
    webhook = AsyncWebhookClient(f"{slack.world.base_url}/hooks/unknown")
    assert (await webhook.send(text="x")).status_code == 404
