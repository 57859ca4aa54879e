"""The weekly note: Mondays at 9, to each admin once."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.feed import FeedList, FeedSpec
from bot.services.alerts import AdminAlerts
from bot.services.feeds.alerts import WeeklyReport
from tests.delivery.fakes import hearing
from tests.ledger.builders import record_failure, set_enabled

MONDAY = datetime(2030, 5, 6, 0, 0, tzinfo=UTC)  # 09:00 in Seoul
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
URL = "https://dead.example/feed"


class House:
    def __init__(self, ledger, workspace, timezone="Asia/Seoul") -> None:
        self.ledger, self.w, self.now = ledger, workspace, MONDAY
        self.admins = ["U01ADMIN", "U02ADMIN"]
        self.timezone = timezone

    def weekly(self) -> WeeklyReport:
        """As a new process has it."""
        clock = lambda: self.now  # noqa: E731 - read at each call
        alerts = AdminAlerts(
            outbox=self.ledger.outbox,
            admins=hearing(self.admins),
            clock=clock,
        )
        return WeeklyReport(self.ledger, alerts, clock, self.timezone)

    async def sent(self) -> list[tuple[str, str]]:
        return sorted((d.target, d.key) for d in await self.ledger.outbox.list(self.w))


@pytest.fixture
async def house(ledger):
    workspace = await ledger.workspaces.first()
    feeds = FeedList(feeds=(FeedSpec(url=URL, title="Dead"),))
    await ledger.feeds.sync(workspace, feeds, actor="file", at=MONDAY - 60 * DAY)
    (feed,) = await ledger.feeds.list(workspace)
    for n in range(4):
        await record_failure(
            ledger, feed.id, at=MONDAY - n * DAY, error="nothing is there (404)", due_at=MONDAY
        )
    return House(ledger, workspace)


async def test_it_comes_on_monday_at_nine_to_each_admin_once(house):
    house.now = MONDAY - MINUTE
    assert not await house.weekly().run(house.w)
    house.now = MONDAY
    weekly = house.weekly()
    assert await weekly.run(house.w)
    assert not await weekly.run(house.w)
    house.now += 5 * HOUR
    assert not await house.weekly().run(house.w)
    assert await house.sent() == [
        (admin, f"alert:feeds-week:2030-05-06:{admin}") for admin in house.admins
    ]


async def test_the_next_one_comes_a_week_later(house):
    weekly = house.weekly()
    assert await weekly.run(house.w)
    house.now += 7 * DAY - MINUTE
    assert not await weekly.run(house.w)
    house.now += MINUTE
    assert await weekly.run(house.w)


async def test_a_bot_that_was_down_says_it_until_wednesday(house):
    house.now = MONDAY + 2 * DAY + MINUTE
    assert not await house.weekly().run(house.w)
    house.now = MONDAY + 2 * DAY
    assert await house.weekly().run(house.w)


async def test_monday_is_that_of_the_time_zone(house):
    house.timezone = "America/New_York"
    assert not await house.weekly().run(house.w)
    house.now = datetime(2030, 5, 6, 13, 0, tzinfo=UTC)
    assert await house.weekly().run(house.w)


async def test_it_says_which_feed_why_and_where_to_decide(house):
    await house.weekly().run(house.w)
    first, *_ = await house.ledger.outbox.list(house.w)
    said = str(first.messages[0].payload)
    assert f"<{URL}|Dead>" in said
    assert "nothing is there (404)" in said
    assert "/briefing feeds" in said
    assert "feeds.show" in said


async def test_nothing_is_sent_when_all_feeds_fare_well(house):
    (feed,) = await house.ledger.feeds.list(house.w)
    await set_enabled(house.ledger, house.w, feed.url, False, actor="U1", at=MONDAY)
    assert not await house.weekly().run(house.w)
    assert await house.sent() == []
