"""Rhythm and silence."""

import doctest
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import rhythm
from bot.domain.rhythm import (
    FEWEST_MOMENTS,
    LONGEST,
    MOMENTS,
    SHORTEST,
    SILENT_AT_LEAST,
    SILENT_AT_MOST,
    SILENT_WITHOUT_RHYTHM,
    Rhythm,
    is_silent,
    rhythm_of,
)

NOW = datetime(2030, 5, 1, tzinfo=UTC)
moments = st.lists(
    st.timedeltas(timedelta(0), timedelta(days=3000)).map(lambda ago: NOW - ago), max_size=60
)
gaps = st.timedeltas(SHORTEST, LONGEST)


def every(gap: timedelta, times: int) -> list[datetime]:
    return [NOW - n * gap for n in range(times)]


def test_the_examples_hold() -> None:
    assert doctest.testmod(rhythm).failed == 0


@given(moments)
def test_a_rhythm_is_within_its_bounds_and_does_not_depend_on_the_order(
    some: list[datetime],
) -> None:
    found = rhythm_of(some)
    assert found == rhythm_of(reversed(some))
    assert found == rhythm_of(some + some)
    if found is None:
        assert len(set(some)) < FEWEST_MOMENTS
    else:
        assert SHORTEST <= found.gap <= LONGEST
        assert found.longest >= found.gap or found.gap == SHORTEST
        assert SILENT_AT_LEAST <= found.silent_after <= SILENT_AT_MOST


@given(gaps, st.integers(FEWEST_MOMENTS, 40))
def test_a_regular_feed_has_the_rhythm_of_its_gaps(gap: timedelta, times: int) -> None:
    assert rhythm_of(every(gap, times)) == Rhythm(gap=gap, longest=gap)


@given(moments, moments)
def test_what_is_older_than_the_newest_moments_does_not_count(
    some: list[datetime], older: list[datetime]
) -> None:
    newest = sorted(set(some))[-MOMENTS:]
    if len(newest) == MOMENTS:
        assert rhythm_of([*newest, *(m for m in older if m < newest[0])]) == rhythm_of(newest)


@given(gaps, st.timedeltas(timedelta(0), timedelta(days=4000)))
def test_silence_once_begun_lasts_until_something_comes(gap: timedelta, ago: timedelta) -> None:
    found = rhythm_of(every(gap, 10))
    newest = NOW - ago
    if is_silent(found, newest=newest, now=NOW):
        assert is_silent(found, newest=newest, now=NOW + timedelta(days=1))
        assert ago > gap
    else:
        assert ago <= SILENT_AT_MOST


@pytest.mark.parametrize(
    ("gap_h", "longest_h", "after_days"),
    [
        (1, 60, 7),
        (24, 4 * 24, 7),
        (7 * 24, 14 * 24, 35),
        (14 * 24, 70 * 24, 105),
        (30 * 24, 30 * 24, 150),
        (30 * 24, 300 * 24, 180),
    ],
)
def test_the_table_of_the_module_holds(gap_h: int, longest_h: int, after_days: int) -> None:
    found = Rhythm(gap=timedelta(hours=gap_h), longest=timedelta(hours=longest_h))
    assert found.silent_after == timedelta(days=after_days)


def test_a_bundle_of_items_counts_once() -> None:
    weekly = every(timedelta(weeks=1), 6)
    assert rhythm_of([*weekly, *(m - timedelta(0) for m in weekly for _ in range(30))]) == Rhythm(
        gap=timedelta(weeks=1), longest=timedelta(weeks=1)
    )


def test_a_feed_of_few_items_is_given_two_months() -> None:
    assert not is_silent(None, newest=NOW - SILENT_WITHOUT_RHYTHM, now=NOW)
    assert is_silent(None, newest=NOW - SILENT_WITHOUT_RHYTHM - timedelta(seconds=1), now=NOW)
