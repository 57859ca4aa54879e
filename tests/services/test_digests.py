"""Digests for a subscription: composed, or skipped where it asks for that."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from bot.briefing import Briefing
from bot.delivery.digests import DueDigest
from bot.domain.schedule import EVERY_DAY, Occurrence, Schedule
from bot.domain.subscription import Subscription
from bot.domain.window import Window
from bot.services.digests import DigestService
from tests.briefing.builders import DAY, NOW, PACK, SmallLedger, W, evidence, item


class NothingTold:
    async def mentioned(self, _workspace, _subscription):
        return frozenset()

    async def told_up_to(self, _workspace, _subscription):
        return None


class LedgerWithOutbox(SmallLedger):
    outbox = NothingTold()


SUBSCRIPTION = Subscription(
    id=7,
    target="C012345",
    commitments=("bridge",),
    schedule=Schedule(weekdays=EVERY_DAY, at=time(8), timezone="UTC"),
    created_by="U01ANALYST",
    created_at=NOW - DAY,
    skip_empty=True,
)
DUE = DueDigest(
    key="digest:7:2019-03-01",
    window=Window(since=NOW - DAY, until=NOW),
    late=False,
    occurrence=Occurrence(day=date(2019, 3, 1), instant=NOW),
)


async def composed(*filed, subscription=SUBSCRIPTION):
    ledger = LedgerWithOutbox()
    ledger.file(*filed)
    briefing = Briefing(ledger, pack=lambda: PACK, clock=lambda: NOW)
    return await DigestService(ledger, briefing, lambda: NOW).compose(W, subscription, DUE)


async def test_a_day_without_news_is_skipped_where_the_subscription_says_so():
    found = await composed(evidence())
    assert (found.payloads, found.skipped) == ((), "nothing was new")
    assert (found.key, found.window_until) == (DUE.key, NOW)


async def test_without_that_word_one_line_says_that_nothing_is_new():
    found = await composed(subscription=replace(SUBSCRIPTION, skip_empty=False))
    (payload,) = found.payloads
    assert found.skipped is None
    assert "No evidence has been filed" in str(payload["text"])


@pytest.mark.parametrize("age", [timedelta(hours=3), 30 * DAY + timedelta(hours=12)])
async def test_news_is_sent_and_so_is_a_silence_that_begins(age):
    found = await composed(evidence(item(at=NOW - age), commitment="bridge"))
    assert found.payloads
    assert found.skipped is None
