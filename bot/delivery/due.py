"""Which digest of a subscription is due: a pure rule."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.schedule import Occurrence, latest_occurrence
from bot.domain.subscription import Subscription
from bot.domain.window import Window


@dataclass(frozen=True, kw_only=True, slots=True)
class DuePolicy:
    """How digests treat the past.

    Attributes:
        first_window: What the first digest of a subscription covers before it was asked for.
        max_age: An occurrence older than this is not made up for; its window goes into the next.
        late_after: A digest made this long after its time says that it is late.
        settle: A digest is made no sooner after the end of its window than this, so that evidence
            which was being filed just then is in the ledger: nothing falls between two windows.
    """

    first_window: timedelta = timedelta(hours=24)
    max_age: timedelta = timedelta(hours=12)
    late_after: timedelta = timedelta(minutes=15)
    settle: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class DueDigest:
    """A digest to be composed now.

    Attributes:
        key: What makes it unique in the workspace: `digest:<subscription id>:<local date>`.
        window: What it covers, by when evidence was filed: from where the one before ended.
        late: True when it is made noticeably after its time.
        occurrence: The reader's local day, and the instant it was due.
    """

    key: str
    window: Window
    late: bool
    occurrence: Occurrence


_DEFAULT = DuePolicy()


def digest_key(subscription_id: int, occurrence: Occurrence) -> str:
    """The key of a subscription's digest.

    It names the reader's LOCAL day, so that no change of the clocks can bring a second one.
    """
    return f"digest:{subscription_id}:{occurrence.day.isoformat()}"


def due_digest(
    subscription: Subscription,
    *,
    now: datetime,
    covered_until: datetime | None,
    policy: DuePolicy = _DEFAULT,
) -> DueDigest | None:
    """The digest that is due for `subscription`, or None.

    It is always the newest occurrence alone: after a night's outage a reader gets one digest that
    covers everything, not one for each hour that was missed. On time it covers up to its hour,
    late up to now (less `DuePolicy.settle`).

    Args:
        subscription: Parked ones are never due.
        now: The present moment.
        covered_until: End of the last digest that was sent or is on its way; None before the
            first. A digest that failed does not count, so its window is covered again.
        policy: How far back to look.
    """
    settled = now - policy.settle
    occurrence = latest_occurrence(subscription.schedule, now=settled)
    if subscription.parked is not None or occurrence is None:
        return None
    if occurrence.instant < subscription.created_at:
        return None
    age = settled - occurrence.instant
    if age > policy.max_age:
        return None
    if covered_until is not None and covered_until >= occurrence.instant:
        return None
    since = covered_until or subscription.created_at - policy.first_window
    late = age > policy.late_after
    return DueDigest(
        key=digest_key(subscription.id, occurrence),
        window=Window(since=since, until=settled if late else occurrence.instant),
        late=late,
        occurrence=occurrence,
    )
