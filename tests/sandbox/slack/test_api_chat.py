"""Posting and editing messages over the real SDK."""

import re

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SandboxSlack

from .conftest import HeldClock
from .samples import actions, plain, section
from .test_api_auth import refusal

DESK = "C01SUMMIT"


async def test_a_message_is_stored_and_given_back(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    metadata = {"event_type": "digest", "event_payload": {"key": "k1"}}
    answer = await client.chat_postMessage(
        channel=DESK, text="brief", blocks=[section("hi")], metadata=metadata, unfurl_links=False
    )
    [message] = slack.messages("summit-desk")
    assert re.fullmatch(r"\d{10}\.\d{6}", answer["ts"])
    assert (answer["channel"], answer["ts"]) == (DESK, message.ts)
    assert answer["message"]["bot_id"] == "B01BRIEFING"
    assert message.text == "brief"
    assert message.metadata == metadata
    assert message.body["unfurl_links"] is False
    assert message.blocks[0]["block_id"]


async def test_timestamps_rise_while_the_clock_stands_still(client: AsyncWebClient) -> None:
    stamps = [(await client.chat_postMessage(channel=DESK, text="x"))["ts"] for _ in range(5)]
    assert stamps == sorted(set(stamps))
    assert stamps[1].endswith("000100")


async def test_timestamps_rise_when_the_clock_goes_back(
    client: AsyncWebClient, clock: HeldClock
) -> None:
    first = (await client.chat_postMessage(channel=DESK, text="x"))["ts"]
    clock.advance(hours=-1)
    assert (await client.chat_postMessage(channel=DESK, text="x"))["ts"] > first


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0NOWHERE", "channel_not_found"),
        ("C02RANDOM", "not_in_channel"),
        ("#random", "not_in_channel"),
        ("C03CLOSED", "is_archived"),
        ("U00BRIEFING", "cannot_dm_bot"),
        ("U0NOBODY", "channel_not_found"),
    ],
)
async def test_places_that_cannot_be_posted_to_are_refused(
    client: AsyncWebClient, channel: str, error: str
) -> None:
    answer = await refusal(client.chat_postMessage(channel=channel, text="hi"))
    assert answer == {"ok": False, "error": error}


async def test_a_private_channel_without_the_bot_does_not_exist_for_it(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    hidden = slack.add_channel("back-room", private=True, with_bot=False)
    answer = await refusal(client.chat_postMessage(channel=hidden, text="hi"))
    assert answer["error"] == "channel_not_found"


async def test_the_bot_is_taken_out_and_brought_back(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    slack.kick_bot("summit-desk")
    answer = await refusal(client.chat_postMessage(channel=DESK, text="hi"))
    assert answer["error"] == "not_in_channel"
    slack.grants.scopes.add("chat:write.public")
    assert (await client.chat_postMessage(channel=DESK, text="hi"))["ok"]
    slack.archive("summit-desk")
    answer = await refusal(client.chat_postMessage(channel=DESK, text="hi"))
    assert answer["error"] == "is_archived"


async def test_a_member_id_is_a_direct_message(slack: SandboxSlack, client: AsyncWebClient) -> None:
    answer = await client.chat_postMessage(channel="U01ANALYST", text="hi")
    assert answer["channel"].startswith("D")
    assert [message.text for message in slack.dm("analyst")] == ["hi"]


async def test_posting_to_a_deactivated_member_succeeds_as_in_slack(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    # https://github.com/slackapi/python-slack-sdk/issues/1156
    slack.deactivate("analyst")
    assert (await client.chat_postMessage(channel="U01ANALYST", text="hi"))["ok"]
    answer = await refusal(client.conversations_open(users="U01ANALYST"))
    assert answer["error"] == "user_disabled"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "  "}, "no_text"),
        ({"text": "t", "blocks": "[{"}, "invalid_blocks_format"),
        ({"text": "t", "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"text": "t", "blocks": [section("x" * 3001)]}, "invalid_blocks"),
        ({"text": "t", "blocks": [section("x" * 2700)] * 5}, "msg_blocks_too_long"),
        ({"text": "t", "metadata": "{"}, "invalid_metadata_format"),
        ({"text": "t", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        (
            {"text": "t", "metadata": {"event_type": "no spaces", "event_payload": {}}},
            "invalid_metadata_schema",
        ),
        (
            {"text": "t", "metadata": {"event_type": "x", "event_payload": {"a": "b" * 20_000}}},
            "metadata_too_large",
        ),
        ({"text": "t", "thread_ts": "1.000001"}, "thread_not_found"),
    ],
)
async def test_content_that_slack_refuses_is_refused_and_not_stored(
    slack: SandboxSlack, client: AsyncWebClient, content: dict, error: str
) -> None:
    call = client.api_call("chat.postMessage", json={"channel": DESK, **content})
    assert (await refusal(call))["error"] == error
    assert slack.messages("summit-desk") == []


async def test_refused_blocks_are_explained_twice_as_in_slack(client: AsyncWebClient) -> None:
    blocks = [section(), {"type": "header"}]
    answer = await refusal(client.chat_postMessage(channel=DESK, text="t", blocks=blocks))
    line = "missing required field: text [json-pointer:/blocks/1]"
    assert answer["errors"] == [line]
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {line}"]


async def test_very_long_text_is_cut_with_a_warning(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    answer = await client.chat_postMessage(channel=DESK, text="x" * 40_001)
    assert answer["warning"] == "message_truncated"
    assert len(slack.messages("summit-desk")[0].text) == 40_000


async def test_replies_hang_on_the_first_message_of_the_thread(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    parent = await client.chat_postMessage(channel=DESK, text="parent")
    reply = await client.chat_postMessage(channel=DESK, text="one", thread_ts=parent["ts"])
    await client.chat_postMessage(channel=DESK, text="two", thread_ts=reply["ts"])
    assert [each.text for each in slack.replies("summit-desk", parent["ts"])] == ["one", "two"]
    [first] = slack.messages("summit-desk")
    assert (first.text, first.body["reply_count"]) == ("parent", 2)


async def test_an_update_keeps_blocks_and_metadata_that_it_does_not_mention(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    metadata = {"event_type": "digest", "event_payload": {"key": "k1"}}
    ts = (
        await client.chat_postMessage(
            channel=DESK, text="old", blocks=[section("old")], metadata=metadata
        )
    )["ts"]
    await client.chat_update(channel=DESK, ts=ts, text="new")
    [message] = slack.messages("summit-desk")
    assert (message.text, message.metadata) == ("new", metadata)
    assert message.blocks[0]["text"]["text"] == "old"
    assert message.body["edited"]["user"] == slack.bot_user_id
    await client.chat_update(channel=DESK, ts=ts, text="bare", blocks=[], metadata={})
    [message] = slack.messages("summit-desk")
    assert (message.blocks, message.metadata) == ([], None)


async def test_only_own_messages_that_exist_can_be_changed(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    said = await slack.say(user="analyst", channel="summit-desk", text="mine")
    ts = said.message.ts
    update = client.chat_update(channel=DESK, ts=ts, text="x")
    assert (await refusal(update))["error"] == "cant_update_message"
    gone = client.chat_update(channel=DESK, ts="1.000001", text="x")
    assert (await refusal(gone))["error"] == "message_not_found"


async def test_an_update_over_four_thousand_characters_is_refused(client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=DESK, text="old"))["ts"]
    update = client.chat_update(channel=DESK, ts=ts, text="x" * 4001)
    assert (await refusal(update))["error"] == "msg_too_long"


async def test_an_ephemeral_message_is_for_one_member_of_the_channel(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    await client.chat_postEphemeral(channel=DESK, user="U01ANALYST", text="psst")
    assert [each.text for each in slack.ephemerals("analyst", "summit-desk")] == ["psst"]
    assert slack.ephemerals("admin") == []
    assert slack.messages("summit-desk") == []
    stranger = slack.add_user("visitor", channels=())
    outside = client.chat_postEphemeral(channel=DESK, user=stranger, text="x")
    assert (await refusal(outside))["error"] == "user_not_in_channel"
    nobody = client.chat_postEphemeral(channel=DESK, user="U9", text="x")
    assert (await refusal(nobody))["error"] == "user_not_found"


async def test_elements_without_ids_are_given_some(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    nameless = {"type": "button", "text": plain("Go")}
    await client.chat_postMessage(channel=DESK, text="t", blocks=[actions(nameless)])
    [block] = slack.messages("summit-desk")[0].blocks
    assert block["block_id"]
    assert block["elements"][0]["action_id"]
