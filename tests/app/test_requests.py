"""What holds for every request: who may ask, one answer for each, and none without an answer."""

import asyncio
import json
from dataclasses import replace

import pytest

from bot.domain.commitment import Pack
from bot.slack import ids
from handlers.commands import COMMANDS
from handlers.feeds import FEED_COMMANDS
from tests.app.feed_admin import ADMIN, text_of


def shown(messages) -> str:
    return text_of(messages).replace("&lt;", "<").replace("&gt;", ">")


async def test_the_help_names_every_command_and_to_admins_those_of_the_feed_list(house) -> None:
    everyone, _ = await house.ask("help")
    admins, _ = await house.ask("feeds help", user=ADMIN)
    for command in COMMANDS.values():
        assert f"`/briefing {command.usage}` {command.meaning}" in shown(everyone)
    for command in FEED_COMMANDS.values():
        assert f"`/briefing {command.usage}` {command.meaning}" not in shown(everyone)
        assert f"`/briefing {command.usage}` {command.meaning}" in shown(admins)


async def test_an_unknown_error_is_answered_with_the_reference_that_the_log_has(
    house, monkeypatch, caplog
) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr("handlers.commands.find_subjects", broken)
    (answer,), delivery = await house.ask("status remains")
    assert delivery.acknowledged
    assert "it is not your fault" in answer.text
    assert "secret" not in answer.text
    (failed,) = [r for r in caplog.records if r.getMessage() == "request failed"]
    assert f"`{failed.reference}`" in answer.text


async def test_a_request_that_fails_at_once_is_acknowledged_all_the_same(house) -> None:
    for _ in range(5):
        (answer,), delivery = await house.ask("unsubscribe nothing")
        assert delivery.acknowledged
        assert "it needs the number of a subscription" in answer.text


async def test_a_button_for_a_commitment_that_is_tracked_no_more_is_answered(house) -> None:
    await house.poll()
    (message, *_), _ = await house.ask("status remains")
    buttons = [part for block in message.body["blocks"] for part in block.get("elements", ())]
    timeline = next(part for part in buttons if part.get("action_id") == ids.TIMELINE)
    assert json.loads(timeline["value"]) == {"commitment": "remains"}
    packs = house.bot.core.commitments
    fewer = replace(packs.current, pack=Pack())
    before = len(house.slack.ephemerals("analyst"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(packs, "current", fewer)
        await house.slack.click(user="analyst", message=message, action_id=ids.TIMELINE)
        await house.slack.wait_for(lambda s: len(s.ephemerals("analyst")) > before)
    answer = house.slack.ephemerals("analyst")[-1]
    assert "I do not know a commitment or summit “remains”" in answer.text


async def test_a_request_is_acknowledged_before_the_ledger_is_asked(house, monkeypatch) -> None:
    go_on = asyncio.Event()
    first_time = type(house.bot.core.ledger.seen_requests).first_time

    async def slowly(*args: object, **named: object) -> bool:
        await go_on.wait()
        return await first_time(*args, **named)

    monkeypatch.setattr(type(house.bot.core.ledger.seen_requests), "first_time", slowly)
    await house.slack.open_home(ADMIN)
    said = await house.slack.say(user="analyst", channel="summit-desk", text="@briefing help")
    assert all(delivery.acknowledged for delivery in said.deliveries)
    go_on.set()
    await house.slack.wait_for(lambda s: s.home(ADMIN))
    await house.slack.wait_for(lambda s: s.replies("summit-desk", said.message.ts))
