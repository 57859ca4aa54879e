"""What holds for every request: who may ask, one answer for each, and none without an answer."""

import asyncio
import json
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.domain.commitment import Pack
from bot.domain.errors import WorkspaceGoneError
from bot.jobs import JobName
from bot.slack import ids
from handlers.commands import COMMANDS
from handlers.feeds import FEED_COMMANDS
from sandbox.slack import ApiError
from tests.app.conftest import take_away
from tests.app.feed_admin import ADMIN, text_of
from tests.conftest import at_database


def shown(messages) -> str:
    return text_of(messages).replace("&lt;", "<").replace("&gt;", ">")


async def test_the_help_names_every_command_and_to_admins_those_of_the_feed_list(house) -> None:
    everyone, _ = await house.ask("help")
    admins, _ = await house.ask("feeds help", user=ADMIN)
    admins_help, _ = await house.ask("help", user=ADMIN)
    for command in COMMANDS.values():
        line = f"`/briefing {command.usage}` {command.meaning}"
        assert (line in shown(everyone)) == (command.admin is None)
        assert line in shown(admins_help)
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


def lose(database_url: str, house) -> None:
    """The database goes away: its file is another one, or its server takes no sessions."""
    if database_url.startswith("postgresql"):
        take_away(at_database(database_url, "postgres"), database_url)
        return
    database = house.bot.core.ledger._database
    for engine in (database._reader, database._writer):
        engine.dispose()
    file = Path(urlsplit(database_url).path.removeprefix("/"))
    file.write_bytes(b"a letter, not a database\n" * 1_000)
    for rest in ("-wal", "-shm"):
        file.with_name(file.name + rest).unlink(missing_ok=True)


async def test_with_the_database_away_people_read_a_reference_and_no_address(
    open_house, empty_database_url, caplog
) -> None:
    async with open_house(database_url=empty_database_url) as house:
        await house.ask("help")
        lose(empty_database_url, house)
        (told,), delivery = await house.ask("status remains")
        assert delivery.acknowledged
        said = await house.slack.say(
            user="analyst", channel="summit-desk", text="@briefing what is new?"
        )
        await house.slack.wait_for(lambda s: s.replies("summit-desk", said.message.ts))
        (replied,) = house.slack.replies("summit-desk", said.message.ts)
        failed = [r for r in caplog.records if r.getMessage() == "request failed"]
        assert len(failed) == 2
        for answer, record in zip((told, replied), failed, strict=True):
            assert "try again in a few minutes" in answer.text
            assert f"`{record.reference}`" in answer.text
            assert "ledger at" in record.why
            assert record.exc_info is None
            for internal in ("sqlite", "postgresql", "/", "DATABASE_URL", "host="):
                assert internal not in answer.text


async def test_a_revoked_token_is_noticed_with_nothing_to_send(house) -> None:
    house.slack.revoke_tokens()
    house.bot.scheduler.nudge(JobName.SLACK)
    async with asyncio.timeout(10):
        with pytest.raises(WorkspaceGoneError):
            await house.bot.scheduler.wait()


async def test_a_socket_that_breaks_is_open_again_within_two_seconds(house) -> None:
    await house.ask("help")
    for _ in range(4):
        await house.slack.drop_sockets()
        begun = time.monotonic()
        await house.slack.connected()
        assert time.monotonic() - begun < 2
    await house.ask("help")


async def test_admins_hear_of_a_socket_that_stays_closed_once(house, monkeypatch) -> None:
    monkeypatch.setattr("bot.serve.DEAF", timedelta(0))
    refused = ApiError(error="internal_error")
    house.slack.faults.add(method="apps.connections.open", fault=refused, times=None)
    await house.slack.drop_sockets()
    await house.slack.wait_for(lambda s: len(s.calls_of("apps.connections.open")) > 3)
    house.slack.faults.clear()
    await house.slack.connected()
    await house.ask("help")
    (told,) = house.slack.dm("admin")
    assert "hear no questions" in told.text
