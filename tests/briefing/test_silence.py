"""Silence: the gap against the commitment's own rhythm and its due date."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.briefing.status import (
    ALLOWED_WITHOUT_RHYTHM,
    LONGEST_ALLOWED,
    SHORTEST_ALLOWED,
    silence_of,
)
from tests.briefing.builders import DAY, NOW, PATIENT

JUNE = [datetime(2018, 6, n, 12, tzinfo=UTC) for n in (1, 3, 8, 10)]
MOMENTS = st.lists(
    st.timedeltas(timedelta(0), timedelta(days=800)).map(lambda age: NOW - age), max_size=40
)


def test_the_worked_example_is_not_quiet_after_seven_days_and_quiet_a_minute_later() -> None:
    week_later = datetime(2018, 6, 17, 12, tzinfo=UTC)
    first = silence_of(JUNE, now=week_later)
    assert (first.rhythm, first.allowed, first.quiet) == (2 * DAY, 7 * DAY, False)
    assert silence_of(JUNE, now=week_later + timedelta(minutes=1)).quiet


def test_a_slow_commitment_may_be_silent_for_twice_its_rhythm() -> None:
    monthly = [NOW - 30 * DAY * n for n in range(1, 6)]
    assert silence_of(monthly, now=NOW).allowed == 60 * DAY
    assert not silence_of(monthly, now=NOW + 29 * DAY).quiet
    assert silence_of(monthly, now=NOW + 31 * DAY).quiet


def test_several_stories_on_one_day_count_as_one_day() -> None:
    assert silence_of([*[JUNE[0]] * 9, JUNE[2]], now=JUNE[3]).rhythm is None


def test_without_a_rhythm_a_month_is_allowed() -> None:
    found = silence_of([NOW - 31 * DAY], now=NOW)
    assert (found.rhythm, found.allowed, found.quiet) == (None, ALLOWED_WITHOUT_RHYTHM, True)


def test_near_the_due_date_silence_matters_sooner_before_and_after_it() -> None:
    fortnight_ago = [NOW - 14 * DAY]
    for offset in (-30, 0, 30):
        assert silence_of(fortnight_ago, now=NOW, due=NOW.date() + offset * DAY).quiet
    for offset in (-31, 31):
        assert not silence_of(fortnight_ago, now=NOW, due=NOW.date() + offset * DAY).quiet


def test_no_evidence_at_all_is_no_silence_to_report() -> None:
    found = silence_of([], now=NOW)
    assert (found.last, found.gap, found.quiet) == (None, None, False)


def test_evidence_older_than_a_year_is_silence_without_a_rhythm() -> None:
    found = silence_of([], now=NOW, last=NOW - 500 * DAY)
    assert (found.gap, found.rhythm, found.quiet) == (500 * DAY, None, True)


@PATIENT
@given(MOMENTS, st.none() | st.dates(date(2018, 1, 1), date(2020, 1, 1)))
def test_the_gap_is_never_negative_and_the_allowance_stays_in_its_bounds(
    moments: list[datetime], due: date | None
) -> None:
    found = silence_of(moments, now=datetime(2019, 1, 1, tzinfo=UTC), due=due)
    assert SHORTEST_ALLOWED <= found.allowed <= LONGEST_ALLOWED
    assert found.gap is None or found.gap >= timedelta(0)
    assert found.quiet == (found.gap is not None and found.gap > found.allowed)


@PATIENT
@given(MOMENTS)
def test_order_and_repetition_make_no_difference(moments: list[datetime]) -> None:
    assert silence_of(moments, now=NOW) == silence_of([*reversed(moments), *moments], now=NOW)


@PATIENT
@given(MOMENTS.filter(bool), st.timedeltas(timedelta(0), timedelta(days=300)))
def test_silence_only_grows_while_nothing_happens(moments: list[datetime], wait: timedelta) -> None:
    early, late = silence_of(moments, now=NOW), silence_of(moments, now=NOW + wait)
    assert early.gap is not None
    assert late.gap == early.gap + wait
