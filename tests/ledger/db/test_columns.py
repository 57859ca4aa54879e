from datetime import UTC, datetime, timedelta, timezone
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.errors import LedgerError, NotFoundError
from bot.ledger import Ledger
from bot.ledger.db.columns import storable
from tests.ledger.builders import (
    ANALYST,
    HOUR,
    NOW,
    delivery,
    listed,
    record_failure,
)

zones = st.integers(-23 * 60, 23 * 60).map(lambda m: timezone(timedelta(minutes=m)))
moments = st.datetimes(
    min_value=datetime(1900, 1, 2),  # noqa: DTZ001 - Hypothesis adds the zone
    max_value=datetime(2999, 12, 30),  # noqa: DTZ001
    timezones=zones,
)
_keys = count()
shared_ledger = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@shared_ledger
@given(moment=moments)
async def test_a_moment_comes_back_as_the_same_instant_in_utc(
    ledger: Ledger, moment: datetime
) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    await record_failure(ledger, feed.id, at=moment, error="timeout", due_at=moment)
    (stored,) = await ledger.feeds.list(workspace)
    assert stored.checked_at == moment
    assert stored.checked_at.tzinfo is UTC
    assert stored.due_at == moment


@shared_ledger
@given(first=moments, second=moments)
async def test_moments_keep_their_order_in_questions_to_the_database(
    ledger: Ledger, first: datetime, second: datetime
) -> None:
    key = f"{first.isoformat()} {second.isoformat()} {next(_keys)}"
    assert await ledger.seen_requests.first_time(key, at=first, keep=timedelta(0))
    forgotten = await ledger.seen_requests.first_time(key, at=second, keep=timedelta(0))
    assert forgotten == (first <= second)


async def test_a_naive_moment_is_refused(ledger: Ledger) -> None:
    naive = datetime(2019, 2, 28)  # noqa: DTZ001 - what is to be refused
    with pytest.raises(LedgerError, match="without a time zone"):
        await ledger.seen_requests.first_time("feeds", at=naive, keep=HOUR)


@shared_ledger
@given(words=st.text(max_size=60))
async def test_any_text_can_be_stored_and_comes_back_without_what_cannot(
    ledger: Ledger, words: str
) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    await record_failure(ledger, feed.id, at=NOW, error=f"x{words}", due_at=NOW)
    (stored,) = await ledger.feeds.list(workspace)
    assert stored.error == storable(f"x{words}")


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("plain", "plain"),
        ("a\x00b", "ab"),
        ("\ud83d", "?"),
        ("é\x00\udfff", "é?"),
        ("회담", "회담"),
    ],
)
def test_what_no_database_holds_is_left_out(text: str, stored: str) -> None:
    assert storable(text) == stored


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@shared_ledger
@given(payload=st.dictionaries(st.text(max_size=9), json_values, min_size=1))
async def test_a_payload_comes_back_as_it_was(ledger: Ledger, payload: dict[str, object]) -> None:
    workspace = await ledger.workspaces.first()
    number = len(await ledger.outbox.list(workspace, limit=1000))
    await ledger.outbox.put(workspace, delivery(f"k{number}", payloads=(payload,)), at=NOW)
    newest = (await ledger.outbox.list(workspace, limit=1))[0]
    assert newest.messages[0].payload == payload
    assert list(newest.messages[0].payload) == list(payload), "keys keep their order"


async def test_a_number_beyond_all_rows_is_not_found_rather_than_an_overflow(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    for number in (0, -1, 2**63, 10**40):
        with pytest.raises(NotFoundError, match=rf"^There is no evidence E{number}\.$"):
            await ledger.evidence.get(workspace, number)
        with pytest.raises(NotFoundError):
            await ledger.items.revisions(workspace, number)
        with pytest.raises(NotFoundError):
            await ledger.subscriptions.remove(workspace, number, actor=ANALYST, at=NOW)
