import asyncio
from datetime import timedelta

from bot.ledger import Ledger
from tests.ledger.builders import HOUR, NOW


async def test_of_many_who_ask_at_once_one_is_the_first(ledger: Ledger) -> None:
    asked = [ledger.seen_requests.first_time("Ev01", at=NOW, keep=HOUR) for _ in range(12)]
    assert sum(await asyncio.gather(*asked)) == 1


async def test_an_event_is_remembered_for_as_long_as_was_asked(ledger: Ledger) -> None:
    assert await ledger.seen_requests.first_time("Ev01", at=NOW, keep=HOUR)
    almost = NOW + HOUR - timedelta(microseconds=1)
    assert not await ledger.seen_requests.first_time("Ev01", at=almost, keep=HOUR)
    assert await ledger.seen_requests.first_time("Ev01", at=NOW + HOUR, keep=HOUR)
    assert not await ledger.seen_requests.first_time("Ev01", at=NOW + HOUR, keep=HOUR)
