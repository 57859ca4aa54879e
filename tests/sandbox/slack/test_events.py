"""Which events the app gets, and what is in them."""

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SandboxSlack
from sandbox.slack.payloads.events import to_wire

from .conftest import socket_mode

DESK = "C01SUMMIT"


def events(slack: SandboxSlack) -> list[dict]:
    return [delivery.event for delivery in slack.deliveries]


async def test_an_event_comes_in_the_documented_wrapper(slack: SandboxSlack) -> None:
    said = await slack.say(user="analyst", channel="summit-desk", text="hey @briefing, news?")
    payload = said.deliveries[0].payload
    assert payload["type"] == "event_callback"
    assert payload["event_id"].startswith("Ev")
    assert (payload["team_id"], payload["api_app_id"]) == ("T01SUMMIT", "A01BRIEFING")
    assert payload["authorizations"] == [
        {
            "enterprise_id": None,
            "team_id": "T01SUMMIT",
            "user_id": "U00BRIEFING",
            "is_bot": True,
            "is_enterprise_install": False,
        }
    ]
    event = payload["event"]
    assert (event["type"], event["channel"], event["user"]) == ("app_mention", DESK, "U01ANALYST")
    assert event["text"] == "hey <@U00BRIEFING>, news?"
    assert event["ts"] == event["event_ts"] == said.message.ts
    elements = event["blocks"][0]["elements"][0]["elements"]
    assert elements[1] == {"type": "user", "user_id": "U00BRIEFING"}


async def test_a_mention_in_a_subscribed_channel_is_two_events(slack: SandboxSlack) -> None:
    slack.grants.events.add("message.channels")
    await slack.say(user="analyst", channel="summit-desk", text="@briefing hi")
    assert [(event["type"], event.get("channel_type")) for event in events(slack)] == [
        ("message", "channel"),
        ("app_mention", None),
    ]


async def test_a_direct_message_is_one_event_even_with_a_mention(slack: SandboxSlack) -> None:
    dm = await slack.open_dm("analyst")
    await slack.say(user="analyst", channel=dm, text="@briefing hi")
    assert [(event["type"], event["channel_type"]) for event in events(slack)] == [
        ("message", "im")
    ]


@pytest.mark.parametrize(
    "unheard",
    [
        pytest.param(lambda slack: slack.grants.events.clear(), id="not subscribed"),
        pytest.param(lambda slack: slack.grants.scopes.clear(), id="no scope"),
        pytest.param(lambda slack: slack.kick_bot("summit-desk"), id="not a member"),
    ],
)
async def test_what_the_app_may_not_hear_is_not_sent(slack: SandboxSlack, unheard) -> None:
    unheard(slack)
    said = await slack.say(user="analyst", channel="summit-desk", text="@briefing hi")
    assert said.deliveries == ()
    assert slack.deliveries == []


async def test_a_bot_hears_its_own_messages_and_bolt_passes_them_over(
    slack: SandboxSlack, app: AsyncApp, client: AsyncWebClient
) -> None:
    @app.event("message")
    async def echo(event, say):
        await say(f"you said {event['text']}")

    async with socket_mode(app, slack):
        dm = await slack.open_dm("analyst")
        await slack.say(user="analyst", channel=dm, text="hello")
        await slack.wait_for(lambda s: len(s.deliveries) == 2 and s.deliveries[1].acknowledged)
    assert [message.text for message in slack.dm("analyst")] == ["hello", "you said hello"]
    assert events(slack)[1]["bot_id"] == "B01BRIEFING"


async def test_changes_in_a_subscribed_channel_are_events(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    slack.grants.events.add("message.channels")
    ts = (await client.chat_postMessage(channel=DESK, text="old"))["ts"]
    await client.chat_update(channel=DESK, ts=ts, text="new")
    [changed] = events(slack)[1:]
    assert changed["subtype"] == "message_changed"
    assert changed["message"]["text"] == "new"
    assert changed["previous_message"]["text"] == "old"
    assert "user" not in changed


async def test_what_an_admin_does_is_told_to_those_who_subscribed(slack: SandboxSlack) -> None:
    slack.archive("random")
    slack.grants.events.update(
        {"channel_archive", "channel_unarchive", "channel_left", "member_joined_channel"}
    )
    slack.grants.events.add("user_change")
    slack.archive("summit-desk")
    slack.archive("summit-desk", archived=False)
    slack.kick_bot("summit-desk")
    slack.invite_bot("summit-desk")
    slack.deactivate("analyst")
    assert [event["type"] for event in events(slack)] == [
        "channel_archive",
        "channel_unarchive",
        "channel_left",
        "member_joined_channel",
        "user_change",
    ]


async def test_an_admin_changes_people_and_channels(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    slack.move_user("analyst", "Pacific/Auckland")
    slack.make_admin("analyst")
    user = (await client.users_info(user="U01ANALYST"))["user"]
    assert (user["tz"], user["is_admin"]) == ("Pacific/Auckland", True)
    fresh = slack.add_channel("fresh", with_bot=False)
    assert slack.bot_user_id not in slack.world.workspace.channel(fresh).members


async def test_a_slash_command_names_places_as_slack_does(slack: SandboxSlack) -> None:
    dm = await slack.open_dm("analyst")
    inner = slack.add_channel("inner", private=True)
    names = [
        (await slack.command(user="analyst", channel=place, command="/x")).payload["channel_name"]
        for place in ("summit-desk", dm, inner)
    ]
    assert names == ["summit-desk", "directmessage", "privategroup"]


@pytest.mark.parametrize(
    ("typed", "wire"),
    [
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("@analyst, see #desk.", "<@U1>, see <#C1|desk>."),
        ("@analyst. and @nobody", "<@U1>. and @nobody"),
        ("mail me@analyst", "mail me@analyst"),
        ("see https://example.org/a?b=1&c=2 now", "see <https://example.org/a?b=1&amp;c=2> now"),
        ("kept <@U1> and <https://e.org|x>", "kept <@U1> and <https://e.org|x>"),
        ("&amp; is typed", "&amp;amp; is typed"),
    ],
)
def test_typed_text_becomes_wire_text(typed: str, wire: str) -> None:
    assert to_wire(typed, users={"analyst": "U1"}, channels={"desk": "C1"}) == wire
