"""What users do: clicks, choices, forms, shortcuts, the Home tab."""

import re
from dataclasses import replace

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SandboxError, SandboxSlack, View

from .conftest import socket_mode
from .samples import actions, button, home, input_block, modal, option, plain, section, select

DESK = "C01SUMMIT"


@pytest.fixture
def heard(app: AsyncApp) -> list[dict]:
    """Every interaction that the app gets; it acknowledges all."""
    bodies: list[dict] = []

    async def keep(body, ack):
        bodies.append(body)
        await ack()

    anything = re.compile("")
    app.action(anything)(keep)
    app.view(anything)(keep)
    app.view_closed(anything)(keep)
    app.shortcut(anything)(keep)
    app.event("app_home_opened")(keep)
    return bodies


async def post(client: AsyncWebClient, slack: SandboxSlack, *blocks, **more):
    answer = await client.chat_postMessage(channel=DESK, text="t", blocks=list(blocks), **more)
    return slack.world.messages.get(DESK, answer["ts"])


async def open_modal(client: AsyncWebClient, slack: SandboxSlack, *blocks, **more) -> View:
    word = slack.world.triggers.give("U01ANALYST")
    await client.views_open(trigger_id=word, view=modal(*blocks, **more))
    return slack.views("analyst")[-1]


async def test_a_click_tells_where_and_what(slack, app, client, heard) -> None:
    message = await post(client, slack, actions(button("confirm", value="ev-7"), block_id="b1"))
    async with socket_mode(app, slack):
        delivery = await slack.click(user="analyst", message=message, action_id="confirm")
    [body] = heard
    assert body["type"] == "block_actions"
    assert body["user"]["id"] == "U01ANALYST"
    assert body["container"] == {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": DESK,
        "is_ephemeral": False,
    }
    assert body["message"]["ts"] == message.ts
    [action] = body["actions"]
    assert (action["type"], action["block_id"], action["value"]) == ("button", "b1", "ev-7")
    assert body["response_url"] == delivery.response_url
    assert body["state"] == {"values": {}}


async def test_an_ephemeral_message_does_not_come_along(slack, app, client, heard) -> None:
    await client.chat_postEphemeral(
        channel=DESK, user="U01ANALYST", text="t", blocks=[actions(button("go"))]
    )
    [message] = slack.ephemerals("analyst")
    async with socket_mode(app, slack):
        await slack.click(user="analyst", message=message, action_id="go")
    assert "message" not in heard[0]
    assert heard[0]["container"]["is_ephemeral"] is True
    with pytest.raises(SandboxError, match="does not see"):
        await slack.click(user="admin", message=message, action_id="go")


async def test_a_choice_passes_the_whole_option_and_stays_chosen(slack, app, client, heard) -> None:
    options = [option("low"), option("high")]
    block = actions(select(*options), button("go"), block_id="b1")
    message = await post(client, slack, block)
    async with socket_mode(app, slack):
        await slack.click(user="analyst", message=message, action_id="pick", value="high")
        await slack.click(user="analyst", message=message, action_id="go")
        await slack.click(user="admin", message=message, action_id="go")
    chosen = {"b1": {"pick": {"type": "static_select", "selected_option": options[1]}}}
    assert heard[0]["actions"][0]["selected_option"] == options[1]
    assert heard[1]["state"]["values"] == chosen
    assert heard[2]["state"]["values"]["b1"]["pick"]["selected_option"] is None


async def test_the_value_tells_which_of_many_buttons_is_meant(slack, app, client, heard) -> None:
    rows = [
        section(f"row {number}", accessory=button("why", value=str(number))) for number in range(3)
    ]
    message = await post(client, slack, *rows)
    with pytest.raises(SandboxError, match="several"):
        await slack.click(user="analyst", message=message, action_id="why")
    with pytest.raises(SandboxError, match="no element"):
        await slack.click(user="analyst", message=message, action_id="what")
    async with socket_mode(app, slack):
        await slack.click(user="analyst", message=message, action_id="why", value="2")
        block_id = message.blocks[1]["block_id"]
        await slack.click(user="analyst", message=message, action_id="why", block_id=block_id)
    assert [body["actions"][0]["value"] for body in heard] == ["2", "1"]


async def test_an_overflow_menu_passes_its_option(slack, app, client, heard) -> None:
    menu = {"type": "overflow", "action_id": "more", "options": [option("mute"), option("less")]}
    message = await post(client, slack, section(accessory=menu))
    async with socket_mode(app, slack):
        await slack.click(user="analyst", message=message, action_id="more", value="less")
    assert heard[0]["actions"][0]["selected_option"]["value"] == "less"
    with pytest.raises(SandboxError, match="'mute', 'less'"):
        await slack.click(user="analyst", message=message, action_id="more", value="none")


async def test_a_click_meets_the_message_as_it_is_now(slack, client) -> None:
    message = await post(client, slack, actions(button("old")))
    blocks = [actions(button("new"))]
    await client.chat_update(channel=DESK, ts=message.ts, text="t", blocks=blocks)
    with pytest.raises(SandboxError, match="new in"):
        await slack.click(user="analyst", message=message, action_id="old")
    with pytest.raises(SandboxError, match="no message"):
        await slack.click(user="analyst", message=replace(message, ts="1.1"), action_id="new")


async def test_a_click_in_a_view_has_a_view_and_no_channel(slack, app, client, heard) -> None:
    await client.views_publish(user_id="U01ANALYST", view=home(actions(button("refresh"))))
    view = slack.home("analyst")
    async with socket_mode(app, slack):
        await slack.click(user="analyst", view=view, action_id="refresh")
    [body] = heard
    assert body["container"] == {"type": "view", "view_id": view.id}
    assert body["view"]["id"] == view.id
    assert not {"channel", "message", "response_url"} & body.keys()
    with pytest.raises(SandboxError, match="another user"):
        await slack.click(user="admin", view=view, action_id="refresh")
    with pytest.raises(SandboxError, match="either"):
        await slack.click(user="admin", action_id="refresh")


EVERY_FIELD = [
    input_block({"type": kind, "action_id": "a", **more}, block_id=kind)
    for kind, more in (
        ("plain_text_input", {}),
        ("number_input", {"is_decimal_allowed": False}),
        ("static_select", {"options": [option("x"), option("y")]}),
        (
            "multi_static_select",
            {"option_groups": [{"label": plain("g"), "options": [option("x"), option("y")]}]},
        ),
        ("checkboxes", {"options": [option("x"), option("y")]}),
        ("radio_buttons", {"options": [option("x"), option("y")], "initial_option": option("y")}),
        ("users_select", {}),
        ("conversations_select", {}),
        ("url_text_input", {"initial_value": "https://example.org/"}),
        ("datepicker", {"initial_date": "2019-02-27"}),
        ("timepicker", {"timezone": "Asia/Seoul"}),
    )
]


async def test_a_form_is_sent_with_the_state_of_every_kind_of_field(
    slack, app, client, heard
) -> None:
    await open_modal(client, slack, *EVERY_FIELD, callback_id="form")
    values = {
        "plain_text_input": "words",
        "number_input": "3",
        "static_select": "y",
        "multi_static_select": ["x", "y"],
        "checkboxes": ["x"],
        "users_select": "U02ADMIN",
        "conversations_select": DESK,
        "timepicker": "08:00",
    }
    given = {block_id: {"a": value} for block_id, value in values.items()}
    async with socket_mode(app, slack):
        result = await slack.submit(user="analyst", values=given)
    assert result.accepted
    state = {
        block_id: {key: value for key, value in entries["a"].items() if key != "type"}
        for block_id, entries in heard[0]["view"]["state"]["values"].items()
    }
    assert state == {
        "plain_text_input": {"value": "words"},
        "number_input": {"value": "3"},
        "static_select": {"selected_option": option("y")},
        "multi_static_select": {"selected_options": [option("x"), option("y")]},
        "checkboxes": {"selected_options": [option("x")]},
        "radio_buttons": {"selected_option": option("y")},
        "users_select": {"selected_user": "U02ADMIN"},
        "conversations_select": {"selected_conversation": DESK},
        "url_text_input": {"value": "https://example.org/"},
        "datepicker": {"selected_date": "2019-02-27"},
        "timepicker": {"selected_time": "08:00", "timezone": "Asia/Seoul"},
    }


async def test_slack_keeps_an_incomplete_form_back(slack, app, client, heard) -> None:
    words = {"type": "plain_text_input", "action_id": "a", "min_length": 3, "max_length": 5}
    await open_modal(
        client,
        slack,
        input_block(words, block_id="needed"),
        input_block({**words, "action_id": "b"}, block_id="free", optional=True),
    )
    async with socket_mode(app, slack):
        empty = await slack.submit(user="analyst")
        short = await slack.submit(user="analyst", values={"needed": {"a": "ab"}})
        long = await slack.submit(user="analyst", values={"needed": {"a": "abcdef"}})
        assert heard == []
        assert [set(each.errors) for each in (empty, short, long)] == [{"needed"}] * 3
        right = await slack.submit(user="analyst", values={"needed": {"a": "abcd"}})
    assert right.response_action == "close"
    assert slack.views("analyst") == []


async def test_a_form_has_only_the_fields_and_options_that_it_has(slack, client) -> None:
    await open_modal(client, slack, *EVERY_FIELD)
    with pytest.raises(SandboxError, match="no field reason/why"):
        await slack.submit(user="analyst", values={"reason": {"why": "x"}})
    with pytest.raises(SandboxError, match="offers 'x', 'y'"):
        await slack.submit(user="analyst", values={"static_select": {"a": "z"}})
    with pytest.raises(SandboxError, match="no modal"):
        await slack.submit(user="admin")


def answering(app: AsyncApp, **answer) -> None:
    @app.view("form")
    async def form(ack):
        await ack(**answer)


async def test_a_form_may_be_updated_pushed_or_cleared(slack, app, client) -> None:
    answers = iter(
        [
            {"response_action": "update", "view": modal(section("new"), callback_id="form")},
            {"response_action": "push", "view": modal(section("top"), callback_id="form")},
            {"response_action": "clear"},
        ]
    )

    @app.view("form")
    async def form(ack):
        await ack(**next(answers))

    first = await open_modal(client, slack, section("old"), callback_id="form")
    async with socket_mode(app, slack):
        updated = await slack.submit(user="analyst")
        assert updated.view is not None
        assert (updated.view.id, updated.view.blocks[0]["text"]["text"]) == (first.id, "new")
        pushed = await slack.submit(user="analyst")
        assert pushed.view is not None
        assert pushed.view.body["previous_view_id"] == first.id
        cleared = await slack.submit(user="analyst")
    assert (cleared.response_action, cleared.view) == ("clear", None)
    assert updated.accepted
    assert pushed.accepted


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"response_action": "errors", "errors": {"elsewhere": "no"}}, "elsewhere"),
        ({"response_action": "update", "view": {"type": "modal"}}, "missing required field"),
        ({"response_action": "explode"}, "explode"),
    ],
)
async def test_a_wrong_answer_to_a_form_is_noticed(slack, app, client, answer, problem) -> None:
    answering(app, **answer)
    await open_modal(client, slack, section(), callback_id="form")
    async with socket_mode(app, slack):
        result = await slack.submit(user="analyst")
    assert problem in (result.problem or "")
    assert not result.accepted
    assert len(slack.views("analyst")) == 1


async def test_a_form_nobody_acknowledges_stays_open(slack, client) -> None:
    view = await open_modal(client, slack, section())
    result = await slack.submit(user="analyst")
    assert (result.response_action, result.problem) == (None, "dispatch_failed")
    assert slack.views("analyst") == [view]


async def test_closing_is_told_only_to_those_who_asked(slack, app, client, heard) -> None:
    async with socket_mode(app, slack):
        await open_modal(client, slack, section())
        assert await slack.close_view(user="analyst") is None
        await open_modal(client, slack, section(), notify_on_close=True)
        await slack.close_view(user="analyst", every=True)
    [body] = heard
    assert (body["type"], body["is_cleared"]) == ("view_closed", True)
    assert slack.views("analyst") == []


async def test_a_shortcut_brings_its_message(slack, app, client, heard) -> None:
    message = await post(client, slack, section())
    async with socket_mode(app, slack):
        await slack.shortcut(user="analyst", callback_id="file_it", message=message)
    [body] = heard
    assert (body["type"], body["callback_id"]) == ("message_action", "file_it")
    assert body["message"]["ts"] == body["message_ts"] == message.ts


async def test_opening_the_home_tab_brings_the_view_that_is_there(
    slack, app, client, heard
) -> None:
    async with socket_mode(app, slack):
        await slack.open_home("analyst")
        await client.views_publish(user_id="U01ANALYST", view=home())
        await slack.open_home("analyst")
        await slack.open_home("analyst", tab="messages")
    events = [body["event"] for body in heard]
    assert [event["tab"] for event in events] == ["home", "home", "messages"]
    assert ["view" in event for event in events] == [False, True, False]


async def test_people_say_things_only_where_they_are(slack) -> None:
    with pytest.raises(SandboxError, match="cannot write"):
        await slack.say(user="analyst", channel="closed-desk", text="x")
    with pytest.raises(SandboxError, match="nobody here"):
        await slack.say(user="president", channel="summit-desk", text="x")
    with pytest.raises(SandboxError, match="no channel"):
        await slack.say(user="analyst", channel="oval-office", text="x")


async def test_an_immediate_answer_that_slack_cannot_show_is_noticed(slack, app) -> None:
    @app.command("/briefing")
    async def briefing(ack):
        await ack(text="t", blocks=[{"type": "no"}])

    async with socket_mode(app, slack):
        delivery = await slack.command(user="analyst", channel="summit-desk", command="/briefing")
    assert (delivery.acknowledged, delivery.error) == (True, "invalid_blocks")
    assert slack.ephemerals("analyst") == []


async def test_a_reply_in_a_thread_tells_whose_thread_it_is(slack, client) -> None:
    message = await post(client, slack, section())
    said = await slack.say(
        user="analyst", channel="summit-desk", text="@briefing why?", thread_ts=message.ts
    )
    event = said.deliveries[0].event
    assert (event["thread_ts"], event["parent_user_id"]) == (message.ts, slack.bot_user_id)
    [reply] = slack.replies("summit-desk", message.ts)
    assert reply.text == "<@U00BRIEFING> why?"
