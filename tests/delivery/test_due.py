"""Which digest is due: one for each local day, windows that meet, nothing before its time."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.delivery.digests import DueDigest, due_digest
from bot.domain.schedule import EVERY_DAY, Schedule, Weekday, exists, instant_of
from bot.domain.subscription import Subscription
from tests.domain.clocks import changes

SEOUL = ZoneInfo("Asia/Seoul")
SETTLE = timedelta(minutes=1)


def subscription(
    *,
    at: time = time(8),
    timezone: str = "Asia/Seoul",
    weekdays: frozenset[Weekday] = EVERY_DAY,
    created_at: datetime = datetime(2019, 2, 1, tzinfo=UTC),
) -> Subscription:
    return Subscription(
        id=17,
        target="C1",
        commitments=(),
        schedule=Schedule(weekdays=weekdays, at=at, timezone=timezone),
        created_by="U1",
        created_at=created_at,
    )


def eight_on(day: int) -> datetime:
    return instant_of(date(2019, 2, day), time(8), SEOUL)


def test_on_time_it_covers_from_the_last_one_to_its_hour():
    due = due_digest(subscription(), now=eight_on(28) + SETTLE, covered_until=eight_on(27))
    assert due is not None
    assert due.key == "digest:17:2019-02-28"
    assert (due.window.since, due.window.until) == (eight_on(27), eight_on(28))
    assert not due.late


def test_nothing_is_due_until_what_was_being_filed_at_its_hour_is_in_the_ledger():
    early = eight_on(28) + SETTLE - timedelta(microseconds=1)
    assert due_digest(subscription(), now=early, covered_until=eight_on(27)) is None


def test_once_covered_it_is_not_due_again():
    now = eight_on(28) + timedelta(minutes=5)
    assert due_digest(subscription(), now=now, covered_until=eight_on(28)) is None


def test_the_first_one_covers_a_day_before_the_subscription():
    created = eight_on(28) - timedelta(hours=1)
    due = due_digest(
        subscription(created_at=created), now=eight_on(28) + SETTLE, covered_until=None
    )
    assert due is not None
    assert due.window.since == created - timedelta(hours=24)


@pytest.mark.parametrize(
    ("before_creation", "is_due"), [(timedelta(0), True), (timedelta(microseconds=1), False)]
)
def test_nothing_is_due_from_before_the_subscription(before_creation, is_due):
    created = eight_on(28) + before_creation
    due = due_digest(
        subscription(created_at=created), now=eight_on(28) + timedelta(hours=1), covered_until=None
    )
    assert (due is not None) == is_due


def test_after_an_outage_there_is_one_late_digest_for_all_of_it():
    now = eight_on(28) + timedelta(hours=3)
    due = due_digest(subscription(), now=now, covered_until=eight_on(20))
    assert due is not None
    assert due.late
    assert due.key == "digest:17:2019-02-28"
    assert (due.window.since, due.window.until) == (eight_on(20), now - SETTLE)


def test_what_is_too_old_is_left_to_the_next_digest():
    too_late = eight_on(27) + SETTLE + timedelta(hours=12, microseconds=1)
    assert due_digest(subscription(), now=too_late, covered_until=eight_on(26)) is None
    following = due_digest(subscription(), now=eight_on(28) + SETTLE, covered_until=eight_on(26))
    assert following is not None
    assert following.window.since == eight_on(26)


def test_a_suspended_subscription_gets_nothing():
    suspended = replace(subscription(), suspended="The channel is archived.")
    assert due_digest(suspended, now=eight_on(28) + SETTLE, covered_until=None) is None


def test_a_schedule_without_days_gets_nothing():
    never = subscription(weekdays=frozenset())
    assert due_digest(never, now=eight_on(28) + SETTLE, covered_until=None) is None


def ticked(
    sub: Subscription, start: datetime, end: datetime, *, tick: timedelta
) -> list[DueDigest]:
    """All digests that ticks between the two find due, each delivered at once."""
    found: list[DueDigest] = []
    covered, now = None, start
    while now < end:
        due = due_digest(sub, now=now, covered_until=covered)
        if due is not None:
            found.append(due)
            covered = due.window.until
        now += tick
    return found


def assert_one_a_day(found: list[DueDigest], zone: ZoneInfo) -> None:
    assert len({due.key for due in found}) == len(found)
    assert all(a.window.until == b.window.since for a, b in pairwise(found))
    assert all(due.window.since < due.window.until for due in found)
    days = [due.occurrence.day for due in found]
    span = [days[0] + timedelta(days=n) for n in range((days[-1] - days[0]).days + 1)]
    assert days == [day for day in span if exists(day, zone)]


@given(
    name=st.sampled_from(sorted(available_timezones())),
    at=st.times(),
    start=st.datetimes(
        min_value=datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None),
        max_value=datetime(2036, 1, 1, tzinfo=UTC).replace(tzinfo=None),
        timezones=st.just(UTC),
    ),
    tick=st.timedeltas(timedelta(minutes=7), timedelta(hours=2)),
)
def test_each_local_day_has_one_digest_and_the_windows_meet(name, at, start, tick):
    zone = ZoneInfo(name)
    change = next(iter(changes(zone, start, start + timedelta(days=190))), start)
    began = change - timedelta(days=3)
    sub = subscription(at=at.replace(fold=0), timezone=name, created_at=began)
    found = ticked(sub, began, change + timedelta(days=4), tick=tick)
    assert len(found) >= 5
    assert_one_a_day(found, zone)


@settings(max_examples=40)
@given(
    outages=st.lists(
        st.tuples(st.integers(0, 20), st.floats(0, 60)), max_size=5
    ),  # days, and hours of silence
    at=st.times(),
)
def test_outages_leave_out_no_moment_and_repeat_none(outages, at):
    start = datetime(2026, 3, 1, tzinfo=UTC)
    sub = subscription(at=at, timezone="Europe/Paris", created_at=start)
    silent = [
        (start + timedelta(days=d), start + timedelta(days=d, hours=hours)) for d, hours in outages
    ]
    found: list[DueDigest] = []
    covered = None
    for n in range(24 * 4 * 25):
        now = start + timedelta(minutes=15 * n)
        if any(a <= now < b for a, b in silent):
            continue
        due = due_digest(sub, now=now, covered_until=covered)
        if due is not None:
            found.append(due)
            covered = due.window.until
    assert len({due.key for due in found}) == len(found)
    assert all(a.window.until == b.window.since for a, b in pairwise(found))
    assert all(due.late == (due.window.until > due.occurrence.instant) for due in found)
