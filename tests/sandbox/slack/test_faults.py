"""Faults to order, as the SDK meets them."""

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.http_retry.builtin_interval_calculators import FixedValueRetryIntervalCalculator
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from sandbox.slack import (
    ApiError,
    Malformed,
    NoAnswer,
    RateLimited,
    SandboxSlack,
    ServerError,
    SlowAnswer,
)

from .test_api_auth import refusal

DESK = "C01SUMMIT"
AT_ONCE = FixedValueRetryIntervalCalculator(fixed_internal=0)


@pytest.fixture
def blunt(slack: SandboxSlack) -> AsyncWebClient:
    """A client that never tries again, and waits half a second."""
    return AsyncWebClient(
        token=slack.bot_token, base_url=slack.api_url, retry_handlers=[], timeout=1
    )


def texts(slack: SandboxSlack) -> list[str]:
    return [message.text for message in slack.messages("summit-desk")]


async def test_a_rate_limit_says_how_long_to_wait(
    slack: SandboxSlack, blunt: AsyncWebClient
) -> None:
    slack.faults.add(method="chat.postMessage", fault=RateLimited(retry_after_s=7), times=2)
    for _ in range(2):
        with pytest.raises(SlackApiError) as refused:
            await blunt.chat_postMessage(channel=DESK, text="x")
        assert refused.value.response.status_code == 429
        assert refused.value.response.headers["Retry-After"] == "7"
        assert refused.value.response["error"] == "ratelimited"
    assert texts(slack) == []
    assert (await blunt.chat_postMessage(channel=DESK, text="x"))["ok"]
    assert [call.status for call in slack.calls] == [429, 429, 200]


async def test_the_sdk_gets_through_a_rate_limit_by_waiting(slack: SandboxSlack) -> None:
    patient = AsyncWebClient(
        token=slack.bot_token,
        base_url=slack.api_url,
        retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=1)],
    )
    slack.faults.add(method="chat.postMessage", fault=RateLimited(retry_after_s=0))
    assert (await patient.chat_postMessage(channel=DESK, text="x"))["ok"]
    assert texts(slack) == ["x"]


@pytest.mark.parametrize("after", [False, True])
async def test_a_server_error_may_hide_that_the_work_was_done(
    slack: SandboxSlack, after: bool
) -> None:
    eager = AsyncWebClient(
        token=slack.bot_token,
        base_url=slack.api_url,
        retry_handlers=[AsyncServerErrorRetryHandler(interval_calculator=AT_ONCE)],
    )
    slack.faults.add(method="*", fault=ServerError(status=503, after_processing=after))
    assert (await eager.chat_postMessage(channel=DESK, text="x"))["ok"]
    assert texts(slack) == (["x", "x"] if after else ["x"])
    assert [call.status for call in slack.calls] == [503, 200]
    assert slack.calls[0].ok is after


@pytest.mark.parametrize("after", [False, True])
async def test_no_answer_leaves_the_fate_of_a_message_open(
    slack: SandboxSlack, blunt: AsyncWebClient, after: bool
) -> None:
    slack.faults.add(method="chat.postMessage", fault=NoAnswer(after_processing=after))
    with pytest.raises(aiohttp.ClientError):
        await blunt.chat_postMessage(channel=DESK, text="x")
    assert texts(slack) == (["x"] if after else [])
    assert slack.calls[-1].status is None


async def test_a_blind_retry_after_no_answer_posts_twice(slack: SandboxSlack) -> None:
    eager = AsyncWebClient(
        token=slack.bot_token,
        base_url=slack.api_url,
        retry_handlers=[AsyncConnectionErrorRetryHandler(interval_calculator=AT_ONCE)],
    )
    slack.faults.add(method="chat.postMessage", fault=NoAnswer(after_processing=True))
    await eager.chat_postMessage(channel=DESK, text="x")
    assert texts(slack) == ["x", "x"]


async def test_silence_lasts_until_the_client_gives_up(
    slack: SandboxSlack, blunt: AsyncWebClient
) -> None:
    silent = NoAnswer(after_processing=True, silent_s=60)
    slack.faults.add(method="chat.postMessage", fault=silent)
    with pytest.raises(asyncio.TimeoutError):
        await blunt.chat_postMessage(channel=DESK, text="x")
    assert texts(slack) == ["x"]


async def test_a_broken_body_is_no_answer_that_can_be_read(
    slack: SandboxSlack, blunt: AsyncWebClient
) -> None:
    slack.faults.add(method="chat.postMessage", fault=Malformed(after_processing=True))
    with pytest.raises(SlackApiError):
        await blunt.chat_postMessage(channel=DESK, text="x")
    assert texts(slack) == ["x"]


async def test_any_error_code_can_be_ordered(slack: SandboxSlack, blunt: AsyncWebClient) -> None:
    slack.faults.add(method="*", fault=ApiError(error="fatal_error", messages=("why",)))
    answer = await refusal(blunt.chat_postMessage(channel=DESK, text="x"))
    assert answer["error"] == "fatal_error"
    assert answer["response_metadata"]["messages"] == ["[ERROR] why"]


async def test_a_slow_answer_is_right_and_late(slack: SandboxSlack, blunt: AsyncWebClient) -> None:
    slack.faults.add(method="chat.postMessage", fault=SlowAnswer(delay_s=0.05))
    posting = asyncio.create_task(blunt.chat_postMessage(channel=DESK, text="x"))
    await slack.wait_for(lambda s: s.messages("summit-desk"))
    assert not posting.done()
    assert (await posting)["ok"]


async def test_a_fault_waits_for_the_call_that_it_is_meant_for(
    slack: SandboxSlack, blunt: AsyncWebClient
) -> None:
    slack.faults.add(
        method="chat.postMessage",
        fault=ApiError(error="fatal_error"),
        times=None,
        when=lambda given: given["text"] == "bad",
    )
    assert (await blunt.chat_postMessage(channel=DESK, text="good"))["ok"]
    for _ in range(3):
        answer = await refusal(blunt.chat_postMessage(channel=DESK, text="bad"))
        assert answer["error"] == "fatal_error"
    assert slack.faults.pending == 1
    slack.faults.clear()
    assert (await blunt.chat_postMessage(channel=DESK, text="bad"))["ok"]


async def test_response_urls_and_uploads_fail_to_order_too(
    slack: SandboxSlack, blunt: AsyncWebClient
) -> None:
    url = slack.world.response_urls.give(user="U01ANALYST", channel=DESK)
    slack.faults.add(method="response_url", fault=ServerError())
    slack.faults.add(method="upload", fault=ServerError(status=502))
    assert (await AsyncWebhookClient(url).send(text="x")).status_code == 500
    slot = await blunt.files_getUploadURLExternal(filename="a", length=1)
    async with (
        aiohttp.ClientSession() as session,
        session.post(slot["upload_url"], data=b"a") as response,
    ):
        assert response.status == 502
    assert slack.ephemerals("analyst") == []
