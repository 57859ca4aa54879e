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
        target: Slack id of a channel (`C...`, `G...`) or a person (`U...`, `W...`: direct message).
        commitments: Ids of commitments or summits; empty for all of the pack.
        created_by: Slack id of the person who subscribed.
        created_at: Nothing before it is due.
        suspended: Why nothing is sent any more (channel archived, person deactivated), in plain
            words; None while it is live.
        skip_empty: Whether a digest that holds nothing is left out.
    """

    id: int
    target: str
    commitments: tuple[str, ...]
    schedule: Schedule
    created_by: str
    created_at: datetime
    suspended: str | None = None
    skip_empty: bool = False


class DeliveryKind(StrEnum):
    """What is being delivered."""

    DIGEST = "digest"
    ALERT = "alert"  # what only admins hear
    ASSESSMENT = "assessment"  # one that was made or objected to


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"  # to be sent, or to be tried again
    SENT = "sent"  # Slack answered ok for each of its messages
    SKIPPED = "skipped"  # not sent as its subscription asks; its window is covered
    FAILED = "failed"  # given up, with the reason; a digest's window goes into the next digest


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxMessage:
    """One message of a delivery: the first opens the thread, the others go into it.

    Attributes:
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
    """One digest, alert or assessment on its way to Slack.

    Attributes:
        key: Unique in the workspace: what makes a second one of the same impossible, such as
            `digest:17:2019-02-28`.
        target: See `Subscription.target`.
        subscription_id: None for an alert or a digest on demand.
        messages: In order; at least one, none for one that was skipped.
        window_since: Start of what a digest covers; None for an alert.
        window_until: Its end.
        error: The last failure in plain words, or why it was skipped; None without.
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

    `mentions` are pairs of commitment id and story id in the digest, so that the next one of the
    same subscription does not repeat them; `last_evidence` is the newest evidence that it could
    tell, so that the next one leaves out none that came later, whatever the clocks said. `skipped`
    says why nothing is sent, and then there are no payloads; None for what is sent.
    """

    key: str
    kind: DeliveryKind
    target: str
    payloads: tuple[Json, ...]
    subscription_id: int | None = None
    window_since: datetime | None = None
    window_until: datetime | None = None
    mentions: frozenset[tuple[str, int]] = frozenset()
    last_evidence: int | None = None
    skipped: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEntry:
    """Something that a person changed, and what stood before and after; None for nothing.

    Attributes:
        actor: Slack id of the person, or `file` / `cli` for edits made there.
        action: Constant word such as `feed.add`, `evidence.review`, `subscription.remove`.
        subject: What it was done to, such as a feed's url or `E12`.
    """

    at: datetime
    actor: str
    action: str
    subject: str
    before: Json | None = None
    after: Json | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PostedMessage:
    """One message of a delivery that Slack has.

    Attributes:
        payload: Its `text` and `blocks`, as it was last edited.
        ts: Slack's name for it within `channel`.
    """

    delivery_id: int
    position: int
    payload: Json
    channel: str
    ts: str
