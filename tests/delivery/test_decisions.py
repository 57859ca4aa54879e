"""The table of decisions, and the waits."""

import doctest
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery import decisions
from bot.delivery.decisions import (
    AT_MOST_ONCE,
    FIXED_BY_PLAIN_TEXT,
    Fail,
    Fallback,
    Retry,
    RetryPolicy,
    Stop,
    Suspend,
    decide,
    retry_delay,
)
from bot.domain.errors import (
    DeliveryError,
    DeliveryRefusedError,
    DeliveryUnknownError,
    TargetGoneError,
    WorkspaceGoneError,
)

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
GONE = "It is gone."


@pytest.mark.parametrize(
    ("error", "decision"),
    [
        (WorkspaceGoneError(GONE, code="token_revoked"), Stop()),
        (WorkspaceGoneError(GONE, code="missing_scope"), Stop()),
        (TargetGoneError(GONE, code="is_archived"), Suspend(reason=GONE)),
        (TargetGoneError(GONE, code="user_disabled"), Suspend(reason=GONE)),
        (DeliveryRefusedError(GONE, code="invalid_blocks"), Fallback()),
        (DeliveryRefusedError(GONE, code="msg_blocks_too_long"), Fallback()),
        (DeliveryRefusedError(GONE, code="no_text"), Fail(reason=GONE)),
        (DeliveryUnknownError(GONE, code="timeout"), Retry(at=NOW + timedelta(seconds=30))),
        (DeliveryError(GONE, code="connection"), Retry(at=NOW + timedelta(seconds=1))),
        (
            DeliveryError(GONE, code="ratelimited", retry_after=timedelta(minutes=2)),
            Retry(at=NOW + timedelta(minutes=2)),
        ),
        (DeliveryError(GONE, code="missing_scope"), Fail(reason=AT_MOST_ONCE)),
    ],
)
def test_the_first_failure(error, decision):
    assert decide(error, attempts=0, now=NOW, jitter=0.0) == decision


@pytest.mark.parametrize("code", sorted(FIXED_BY_PLAIN_TEXT))
def test_plain_text_is_tried_once(code):
    error = DeliveryRefusedError(GONE, code=code)
    assert decide(error, attempts=0, now=NOW, jitter=0.0) == Fallback()
    assert decide(error, attempts=0, now=NOW, jitter=0.0, plain=True) == Fail(reason=GONE)


@given(attempts=st.integers(0, 1000), policy_attempts=st.integers(1, 50))
def test_it_is_tried_as_often_as_the_policy_says(attempts, policy_attempts):
    error = DeliveryError(GONE, code="connection")
    policy = RetryPolicy(attempts=policy_attempts)
    decision = decide(error, attempts=attempts, now=NOW, jitter=0.0, policy=policy)
    assert isinstance(decision, Retry) == (attempts + 1 < policy_attempts)


@given(
    attempts=st.integers(0, 10_000),
    retry_after=st.none() | st.timedeltas(timedelta(0), timedelta(days=1)),
    jitter=st.floats(0, 1, exclude_max=True),
    kind=st.sampled_from([DeliveryError, DeliveryUnknownError]),
)
def test_no_wait_is_too_short_or_too_long(attempts, retry_after, jitter, kind):
    policy = RetryPolicy()
    error = kind(GONE, code="any", retry_after=retry_after)
    waited = retry_delay(error, attempts=attempts, jitter=jitter)
    asked = retry_after or timedelta(0)
    least = policy.settle if kind is DeliveryUnknownError else policy.first
    assert waited >= max(least, asked)
    assert waited <= max(policy.longest, asked) * (1 + policy.spread)


@pytest.mark.parametrize("kind", [DeliveryError, DeliveryUnknownError])
def test_giving_up_takes_about_half_a_day_so_that_the_next_digest_takes_over(kind):
    error = kind(GONE, code="any")
    last = RetryPolicy().attempts - 1
    total = sum((retry_delay(error, attempts=n, jitter=0.5) for n in range(last)), timedelta(0))
    assert timedelta(hours=8) < total < timedelta(hours=16)


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(decisions).failed == 0
