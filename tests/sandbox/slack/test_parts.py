"""Ids, timestamps, waiting."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.slack.errors import WaitTimeoutError
from sandbox.slack.ids import Ids, Timestamps, format_ts, parse_ts
from sandbox.slack.waiting import Changes

from .conftest import HeldClock


@given(st.integers(min_value=0, max_value=4_000_000_000_000_000))
def test_a_timestamp_survives_writing_and_reading(at_us: int) -> None:
    assert parse_ts(format_ts(at_us)) == at_us


@pytest.mark.parametrize("text", ["", "now", "1.2.3", "-1.000000", "1.x", "1e9"])
def test_what_is_no_timestamp_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="timestamp"):
        parse_ts(text)


@given(st.lists(st.floats(min_value=-10, max_value=10), max_size=30))
def test_timestamps_rise_whatever_the_clock_does(moves: list[float]) -> None:
    clock = HeldClock()
    stamps = Timestamps(clock)
    given_out = []
    for seconds in moves:
        clock.advance(seconds=seconds)
        given_out.append(parse_ts(stamps.next()))
    assert given_out == sorted(set(given_out))


def test_ids_are_never_given_twice_and_the_same_in_every_run() -> None:
    one, other = Ids(), Ids()
    many = [one.next("D") for _ in range(2000)]
    assert len(set(many)) == 2000
    assert all(len(each) == 10 for each in many)
    assert [other.next("D") for _ in range(3)] == many[:3]
    assert other.word("x", 5) != other.word("x", 5)


async def test_waiting_ends_with_the_change_and_not_before() -> None:
    changes, seen = Changes(), []
    waiting = asyncio.create_task(
        changes.until(lambda: seen and seen[-1] == 2, timeout_s=5, describe=str)
    )
    for number in (1, 2):
        await asyncio.sleep(0)
        assert not waiting.done()
        seen.append(number)
        changes.notify()
    assert await waiting


async def test_waiting_in_vain_tells_what_there_was() -> None:
    with pytest.raises(WaitTimeoutError, match="nothing but rain"):
        await Changes().until(lambda: False, timeout_s=0.01, describe=lambda: "nothing but rain")
