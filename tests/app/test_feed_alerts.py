"""What admins hear of feeds, through the whole bot and into the pretend Slack."""

import json
from datetime import UTC, datetime, timedelta

from bot.config.yaml import QUIET_S
from bot.jobs import JobName
from bot.slack import ids
from tests.app.feed_admin import press

DEAD = "http://127.0.0.1:9/feed"
"""Nobody listens at the discard port."""


def said_to(slack, user):
    return [json.dumps(message.body, ensure_ascii=False) for message in slack.dm(user)]


async def fail_three_times(house):
    text = house.newsroom.feeds_yaml() + f"  - url: {DEAD}\n    title: Dead Wire\n"
    house.feeds_file.write_text(text, encoding="utf-8")
    await house.bot.core.feeds.refresh(house.bot.core.workspace)
    for _ in range(3):
        await house.poll()


async def test_a_feed_that_fails_for_long_is_told_to_the_admins_once(house):
    await fail_three_times(house)
    house.bot.scheduler.nudge(JobName.ALERTS)
    told = await house.slack.wait_for(lambda s: said_to(s, "admin"))
    assert "Dead Wire" in told[0]
    assert "fails" in told[0]
    house.clock.now += timedelta(hours=3)
    await house.poll()
    house.bot.scheduler.nudge(JobName.ALERTS)
    await house.ask("help", user="admin")
    assert len(said_to(house.slack, "admin")) == 1


async def test_the_weekly_note_comes_on_monday_and_once(house):
    await fail_three_times(house)
    monday = datetime(2018, 8, 13, 9, tzinfo=UTC)
    house.clock.now = monday - timedelta(minutes=1)
    house.bot.scheduler.nudge(JobName.ALERTS)
    await house.slack.wait_for(lambda s: said_to(s, "admin"))
    house.clock.now = monday
    house.bot.scheduler.nudge(JobName.ALERTS)
    await house.slack.wait_for(lambda s: len(said_to(s, "admin")) > 1)
    house.bot.scheduler.nudge(JobName.ALERTS)
    await house.ask("help", user="admin")
    _, weekly = said_to(house.slack, "admin")
    assert "Feeds this week" in weekly
    assert "Dead Wire" in weekly
    assert not said_to(house.slack, "analyst")


async def test_a_file_that_is_half_written_takes_no_feed_away_and_tells_nobody(house, monkeypatch):
    monkeypatch.setattr("bot.config.yaml.QUIET_S", QUIET_S)
    core = house.bot.core
    before = [feed.url for feed in await core.ledger.feeds.list(core.workspace)]
    whole = house.feeds_file.read_text(encoding="utf-8")
    for half in ("", whole[: len(whole) // 3]):
        house.feeds_file.write_text(half, encoding="utf-8")
        await core.feeds.refresh(core.workspace)
        house.feeds_file.write_text(whole, encoding="utf-8")
        await core.feeds.refresh(core.workspace)
        assert [feed.url for feed in await core.ledger.feeds.list(core.workspace)] == before
    assert not said_to(house.slack, "admin")


async def test_a_file_that_stays_blank_is_told_and_takes_no_feed_away(house):
    core = house.bot.core
    before = len(await core.ledger.feeds.list(core.workspace))
    house.feeds_file.write_text("", encoding="utf-8")
    told = await house.slack.wait_for(lambda s: said_to(s, "admin"))
    assert "it lists no feeds any more" in told[0]
    assert len(await core.ledger.feeds.list(core.workspace)) == before


async def test_a_file_that_drops_much_is_told_at_once_and_a_button_takes_it(house):
    core = house.bot.core
    before = [feed.url for feed in await core.ledger.feeds.list(core.workspace)]
    lines = house.feeds_file.read_text(encoding="utf-8").split("\n  - url:")
    house.feeds_file.write_text("\n  - url:".join(lines[:3]) + "\n", encoding="utf-8")
    (told, *_) = await house.slack.wait_for(lambda s: s.dm("admin"))
    assert f"it drops {len(before) - 2} of {len(before)} feeds" in told.text
    assert [feed.url for feed in await core.ledger.feeds.list(core.workspace)] == before
    refused, _ = await house.ask("accept feeds", user="analyst")
    assert "admin" in refused[-1].text
    assert "from now on" in (await press(house, told, ids.ACCEPT_SAVED)).text
    assert [feed.url for feed in await core.ledger.feeds.list(core.workspace)] == before[:2]
    nothing, _ = await house.ask("accept commitments", user="admin")
    assert "waits" in nothing[-1].text


async def test_what_an_admin_accepts_without_naming_a_file_is_asked_back(house):
    answer, _ = await house.ask("accept", user="admin")
    assert "/briefing accept feeds" in answer[-1].text.replace("'", "`")
