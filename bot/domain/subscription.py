"""Subscriptions: who gets which digest, when; and deliveries on their way to Slack."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.schedule import Schedule

Json = Mapping[str, object]  # a JSON object


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscription:
    """One digest for one channel or person.

    Attributes:
        id: The ledger's number.
        target: Slack id of a channel (`C...`, `G...`) or a person (`U...`, `W...`: direct message).
        commitments: Ids of commitments or summits; empty for all of the pack.
        schedule: When.
        created_by: Slack id of the person who subscribed.
        created_at: When; nothing before it is due.
        suspended: Why nothing is sent any more (channel archived, person deactivated), in plain
            words; None while it is live.
    """

    id: int
    target: str
    commitments: tuple[str, ...]
    schedule: Schedule
    created_by: str
    created_at: datetime
    suspended: str | None = None


class DeliveryKind(StrEnum):
    """What is being delivered."""

    DIGEST = "digest"
    ALERT = "alert"


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"  # to be sent, or to be tried again
    SENT = "sent"  # Slack answered ok for each of its messages
    FAILED = "failed"  # given up, with the reason; a digest's window goes into the next digest


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxMessage:
    """One message of a delivery: the first opens the thread, the others go into it.

    Attributes:
        position: 0 for the parent, then 1, 2, ... for replies.
        payload: `text` and `blocks` as chat.postMessage takes them, without the target.
        attempted: True once a request may have left; its fate is then unknown until `ts` is set.
        ts: Slack's timestamp of the posted message; None until Slack said ok.
        channel: Slack's channel of the posted message (differs from the target for people).
    """

    position: int
    payload: Json
    attempted: bool = False
    ts: str | None = None
    channel: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One digest or alert on its way to Slack.

    Attributes:
        id: The ledger's number.
        key: Unique in the workspace: what makes a second one of the same impossible, such as
            `digest:17:2019-02-28`.
        kind: Digest or alert.
        target: See `Subscription.target`.
        subscription_id: The subscription; None for an alert or a digest on demand.
        messages: In order; at least one.
        window_since: Start of what a digest covers; None for an alert.
        window_until: End of what a digest covers; None for an alert.
        state: Where it stands.
        attempts: How many times sending was tried.
        next_attempt_at: Not before this.
        error: The last failure in plain words; None without.
        created_at: When it was put into the outbox.
    """

    id: int
    key: str
    kind: DeliveryKind
    target: str
    subscription_id: int | None
    messages: tuple[OutboxMessage, ...]
    window_since: datetime | None
    window_until: datetime | None
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime
    error: str | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class NewDelivery:
    """What goes into the outbox; see `Delivery` for the fields.

    Attributes:
        mentions: Pairs of commitment id and story id in the digest, so that the next one of the
            same subscription does not repeat them.
    """

    key: str
    kind: DeliveryKind
    target: str
    payloads: tuple[Json, ...]
    subscription_id: int | None = None
    window_since: datetime | None = None
    window_until: datetime | None = None
    mentions: frozenset[tuple[str, int]] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEntry:
    """Something that a person changed: who, what, when, and what stood before.

    Attributes:
        at: When.
        actor: Slack id of the person, or `file` / `cli` for edits made there.
        action: Constant word such as `feed.add`, `evidence.review`, `subscription.remove`.
        subject: What it was done to, such as a feed's url or `E12`.
        before: What stood before; None when nothing did.
        after: What stands now; None when nothing does.
    """

    at: datetime
    actor: str
    action: str
    subject: str
    before: Json | None = None
    after: Json | None = None
