"""Channels, members, history and threads."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SandboxSlack

from .conftest import HeldClock
from .test_api_auth import refusal

DESK = "C01SUMMIT"


async def test_a_direct_message_is_opened_once(client: AsyncWebClient) -> None:
    first = await client.conversations_open(users="U01ANALYST")
    again = await client.conversations_open(users=["U01ANALYST"])
    assert first["channel"]["id"].startswith("D")
    assert again["already_open"]
    assert again["channel"]["id"] == first["channel"]["id"]
    shown = await client.conversations_info(channel=first["channel"]["id"])
    assert (shown["channel"]["is_im"], shown["channel"]["user"]) == (True, "U01ANALYST")


@pytest.mark.parametrize(
    ("users", "error"),
    [("U9", "user_not_found"), ("U00BRIEFING", "cannot_dm_bot"), ("", "users_list_not_supplied")],
)
async def test_a_direct_message_needs_a_person(
    client: AsyncWebClient, users: str, error: str
) -> None:
    assert (await refusal(client.conversations_open(users=users)))["error"] == error


async def test_a_channel_tells_whether_the_bot_is_in_it(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    answer = await client.conversations_info(channel="C02RANDOM", include_num_members=True)
    assert answer["channel"]["is_member"] is False
    assert answer["channel"]["num_members"] == 3
    slack.invite_bot("random")
    assert (await client.conversations_info(channel="C02RANDOM"))["channel"]["is_member"] is True
    hidden = slack.add_channel("hidden", private=True, with_bot=False)
    unseen = client.conversations_info(channel=hidden)
    assert (await refusal(unseen))["error"] == "channel_not_found"


async def test_reading_a_channel_needs_the_scope_of_its_kind(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    dm = (await client.conversations_open(users="U01ANALYST"))["channel"]["id"]
    slack.grants.scopes.discard("im:history")
    assert (await client.conversations_history(channel=DESK))["messages"] == []
    answer = await refusal(client.conversations_history(channel=dm))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "im:history")


async def test_history_comes_newest_first_and_page_by_page(client: AsyncWebClient) -> None:
    for number in range(7):
        await client.chat_postMessage(channel=DESK, text=str(number))
    seen = []
    async for page in await client.conversations_history(channel=DESK, limit=3):
        assert len(page["messages"]) <= 3
        seen += [message["text"] for message in page["messages"]]
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


async def test_history_can_be_cut_at_both_ends(client: AsyncWebClient) -> None:
    stamps = [
        (await client.chat_postMessage(channel=DESK, text=str(number)))["ts"] for number in range(5)
    ]

    async def texts(**window) -> list[str]:
        page = await client.conversations_history(channel=DESK, **window)
        return [message["text"] for message in page["messages"]]

    assert await texts(oldest=stamps[1], latest=stamps[3]) == ["2"]
    assert await texts(oldest=stamps[1], latest=stamps[3], inclusive=True) == ["3", "2", "1"]
    assert await texts(latest=stamps[0]) == []
    assert await texts(latest=stamps[0], inclusive=True, limit=1) == ["0"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"oldest": "yesterday"}, "invalid_ts_oldest"),
        ({"latest": "now"}, "invalid_ts_latest"),
        ({"cursor": "???"}, "invalid_cursor"),
        ({"cursor": "dXNlcjox"}, "invalid_cursor"),
        ({"limit": 0}, "invalid_limit"),
        ({"limit": "many"}, "invalid_arguments"),
    ],
)
async def test_history_refuses_what_it_cannot_read(
    client: AsyncWebClient, arguments: dict, error: str
) -> None:
    call = client.conversations_history(channel=DESK, **arguments)
    assert (await refusal(call))["error"] == error


async def test_metadata_comes_whole_only_when_asked_for(client: AsyncWebClient) -> None:
    metadata = {"event_type": "digest", "event_payload": {"key": "k1"}}
    await client.chat_postMessage(channel=DESK, text="x", metadata=metadata)
    bare = await client.conversations_history(channel=DESK)
    assert bare["messages"][0]["metadata"] == {"event_type": "digest"}
    full = await client.conversations_history(channel=DESK, include_all_metadata=True)
    assert full["messages"][0]["metadata"] == metadata


async def test_history_is_for_members(slack: SandboxSlack, client: AsyncWebClient) -> None:
    call = client.conversations_history(channel="C02RANDOM")
    assert (await refusal(call))["error"] == "not_in_channel"


async def test_an_archived_channel_can_still_be_read(client: AsyncWebClient) -> None:
    assert (await client.conversations_history(channel="C03CLOSED"))["ok"]


async def test_a_thread_comes_oldest_first_with_its_parent_on_each_page(
    client: AsyncWebClient,
) -> None:
    parent = (await client.chat_postMessage(channel=DESK, text="parent"))["ts"]
    for number in range(5):
        await client.chat_postMessage(channel=DESK, text=str(number), thread_ts=parent)
    pages = [
        [message["text"] for message in page["messages"]]
        async for page in await client.conversations_replies(channel=DESK, ts=parent, limit=3)
    ]
    assert pages == [["parent", "0", "1"], ["parent", "2", "3"], ["parent", "4"]]
    lost = client.conversations_replies(channel=DESK, ts="1.000001")
    assert (await refusal(lost))["error"] == "thread_not_found"


async def test_members_have_time_zones_and_roles(
    slack: SandboxSlack, client: AsyncWebClient, clock: HeldClock
) -> None:
    subscriber = (await client.users_info(user="U03SUBSCRIBER"))["user"]
    assert (subscriber["tz"], subscriber["tz_offset"]) == ("Asia/Seoul", 9 * 3600)
    assert (await client.users_info(user="U02ADMIN"))["user"]["is_admin"] is True
    assert (await client.users_info(user=slack.bot_user_id))["user"]["is_bot"] is True
    assert (await refusal(client.users_info(user="U9")))["error"] == "user_not_found"


async def test_a_deactivated_member_has_no_time_zone(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    slack.deactivate("analyst")
    shown = (await client.users_info(user="U01ANALYST"))["user"]
    assert shown["deleted"] is True
    assert "tz" not in shown


async def test_all_members_are_listed_page_by_page(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    slack.add_user("delegate", zone="Asia/Kathmandu")
    ids = []
    async for page in await client.users_list(limit=2):
        ids += [member["id"] for member in page["members"]]
    assert sorted(ids) == sorted(slack.users.values())
