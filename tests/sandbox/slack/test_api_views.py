"""Modals and Home tabs: triggers, stacks, hashes."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SandboxSlack

from .conftest import HeldClock
from .samples import home, input_block, modal, section, text_input
from .test_api_auth import refusal

ANALYST = "U01ANALYST"


@pytest.fixture
def trigger(slack: SandboxSlack):
    return lambda view=None: slack.world.triggers.give(ANALYST, view=view)


async def test_a_modal_opens_for_the_user_of_the_trigger(
    slack: SandboxSlack, client: AsyncWebClient, trigger
) -> None:
    view = modal(section(), callback_id="assess", private_metadata="c1", notify_on_close=True)
    answer = await client.views_open(trigger_id=trigger(), view=view)
    [shown] = slack.views("analyst")
    assert shown.id == answer["view"]["id"]
    assert (shown.callback_id, shown.private_metadata) == ("assess", "c1")
    assert answer["view"]["root_view_id"] == shown.id
    assert answer["view"]["state"] == {"values": {}}
    assert answer["view"]["hash"]
    assert slack.views("admin") == []


async def test_a_trigger_is_good_for_one_view_and_three_seconds(
    client: AsyncWebClient, clock: HeldClock, trigger
) -> None:
    used, late, in_time = trigger(), trigger(), trigger()
    await client.views_open(trigger_id=used, view=modal())
    again = client.views_open(trigger_id=used, view=modal())
    assert (await refusal(again))["error"] == "exchanged_trigger_id"
    clock.advance(seconds=3)
    assert (await client.views_open(trigger_id=in_time, view=modal()))["ok"]
    clock.advance(seconds=0.001)
    expired = client.views_open(trigger_id=late, view=modal())
    assert (await refusal(expired))["error"] == "expired_trigger_id"
    unknown = client.views_open(trigger_id="12.34.ab", view=modal())
    assert (await refusal(unknown))["error"] == "invalid_trigger_id"


async def test_a_wrong_view_is_explained_and_does_not_use_up_the_trigger(
    client: AsyncWebClient, trigger
) -> None:
    word = trigger()
    answer = await refusal(client.views_open(trigger_id=word, view=modal({"type": "no"})))
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] unsupported type: no [json-pointer:/view/blocks/0/type]"
    ]
    assert (await client.views_open(trigger_id=word, view=modal()))["ok"]


async def test_a_view_over_250_kilobytes_is_refused(client: AsyncWebClient, trigger) -> None:
    view = modal(*[section("x" * 3000)] * 90)
    answer = await refusal(client.views_open(trigger_id=trigger(), view=view))
    assert answer["error"] == "view_too_large"


async def test_views_are_stacked_three_high(
    slack: SandboxSlack, client: AsyncWebClient, trigger
) -> None:
    first = (await client.views_open(trigger_id=trigger(), view=modal()))["view"]
    second = (await client.views_push(trigger_id=trigger(first["id"]), view=modal()))["view"]
    third = (await client.views_push(trigger_id=trigger(second["id"]), view=modal()))["view"]
    assert (third["root_view_id"], third["previous_view_id"]) == (first["id"], second["id"])
    fourth = client.views_push(trigger_id=trigger(third["id"]), view=modal())
    assert (await refusal(fourth))["error"] == "push_limit_reached"
    assert len(slack.views("analyst")) == 3


async def test_a_view_can_only_be_pushed_from_a_modal(client: AsyncWebClient, trigger) -> None:
    push = client.views_push(trigger_id=trigger(), view=modal())
    assert (await refusal(push))["error"] == "not_found"


async def test_an_update_needs_the_hash_of_the_present_state(
    slack: SandboxSlack, client: AsyncWebClient, trigger
) -> None:
    view = (await client.views_open(trigger_id=trigger(), view=modal(external_id="e1")))["view"]
    second = await client.views_update(view_id=view["id"], hash=view["hash"], view=modal())
    stale = client.views_update(view_id=view["id"], hash=view["hash"], view=modal())
    assert (await refusal(stale))["error"] == "hash_conflict"
    assert second["view"]["id"] == view["id"]
    assert (await client.views_update(view_id=view["id"], view=modal(section("new"))))["ok"]
    assert slack.views("analyst")[0].blocks[0]["text"]["text"] == "new"
    gone = client.views_update(view_id="V9", view=modal())
    assert (await refusal(gone))["error"] == "not_found"


async def test_a_view_is_found_by_its_external_id(client: AsyncWebClient, trigger) -> None:
    opened = await client.views_open(trigger_id=trigger(), view=modal(external_id="e1"))
    updated = await client.views_update(external_id="e1", view=modal(external_id="e1"))
    assert updated["view"]["id"] == opened["view"]["id"]
    twice = client.views_push(
        trigger_id=trigger(opened["view"]["id"]), view=modal(external_id="e1")
    )
    assert (await refusal(twice))["error"] == "duplicate_external_id"


async def test_what_was_typed_stays_through_an_update(
    slack: SandboxSlack, client: AsyncWebClient, trigger
) -> None:
    form = modal(input_block(text_input("why"), block_id="reason"))
    view = (await client.views_open(trigger_id=trigger(), view=form))["view"]
    shown = slack.views("analyst")[0]
    typed = {"reason": {"why": {"type": "plain_text_input", "value": "because"}}}
    slack.world.views.set_state(shown, typed)
    more = modal(section(), input_block(text_input("why"), block_id="reason"))
    await client.views_update(view_id=view["id"], view=more)
    assert slack.views("analyst")[0].state == typed


async def test_a_home_tab_is_published_and_replaced(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    assert slack.home("analyst") is None
    first = (await client.views_publish(user_id=ANALYST, view=home(section("one"))))["view"]
    await client.views_publish(user_id=ANALYST, hash=first["hash"], view=home(section("two")))
    shown = slack.home("analyst")
    assert shown is not None
    assert (shown.id, shown.blocks[0]["text"]["text"]) == (first["id"], "two")
    stale = client.views_publish(user_id=ANALYST, hash=first["hash"], view=home())
    assert (await refusal(stale))["error"] == "hash_conflict"
    nobody = await refusal(client.views_publish(user_id="U9", view=home()))
    assert nobody["response_metadata"]["messages"] == ["[ERROR] invalid `user_id`"]
    wrong = await refusal(client.views_publish(user_id=ANALYST, view=modal()))
    assert wrong["error"] == "invalid_arguments"
