import asyncio
from datetime import timedelta

from bot.ledger import Ledger
from bot.ledger.llm_cache import KEPT_FOR
from tests.ledger.builders import DAY, HOUR, NOW


async def test_of_many_who_ask_at_once_one_is_the_first(ledger: Ledger) -> None:
    asked = [ledger.seen_requests.first_time("Ev01", at=NOW, keep=HOUR) for _ in range(12)]
    assert sum(await asyncio.gather(*asked)) == 1


async def test_an_event_is_remembered_for_as_long_as_was_asked(ledger: Ledger) -> None:
    assert await ledger.seen_requests.first_time("Ev01", at=NOW, keep=HOUR)
    almost = NOW + HOUR - timedelta(microseconds=1)
    assert not await ledger.seen_requests.first_time("Ev01", at=almost, keep=HOUR)
    assert await ledger.seen_requests.first_time("Ev01", at=NOW + HOUR, keep=HOUR)
    assert not await ledger.seen_requests.first_time("Ev01", at=NOW + HOUR, keep=HOUR)


async def test_an_answer_is_found_by_its_question_and_counted_by_day(ledger: Ledger) -> None:
    await ledger.llm_cache.put("q1", "yes", at=NOW - DAY)
    await ledger.llm_cache.put("q2", "no", at=NOW)
    assert await ledger.llm_cache.get("q1") == "yes"
    assert await ledger.llm_cache.get("q3") is None
    assert await ledger.llm_cache.count(since=NOW) == 1


async def test_the_first_answer_stays(ledger: Ledger) -> None:
    for answer in ("yes", "no"):
        await ledger.llm_cache.put("q", answer, at=NOW)
    assert await ledger.llm_cache.get("q") == "yes"


async def test_old_answers_are_forgotten(ledger: Ledger) -> None:
    await ledger.llm_cache.put("old", "yes", at=NOW - KEPT_FOR - DAY)
    await ledger.llm_cache.put("new", "yes", at=NOW)
    assert await ledger.llm_cache.get("old") is None
