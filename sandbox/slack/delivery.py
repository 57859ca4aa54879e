"""One payload on its way to the app, and what became of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sandbox.slack.model import JsonObject


class Kind(StrEnum):
    """The three sorts of payload, named as Socket Mode names them."""

    EVENT = "events_api"
    COMMAND = "slash_commands"
    INTERACTION = "interactive"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of one attempt.

    Attributes:
        acknowledged: True when the app said that it has the payload.
        ack_ms: Milliseconds from sending to the acknowledgement, or to giving up.
        payload: What the app sent along: JSON, text, or None.
        reason: Why it failed, in the words of `X-Slack-Retry-Reason`; None when it did not.
        status: HTTP status; None over Socket Mode or when there was no answer.
        no_retry: True when the app forbade retries (`X-Slack-No-Retry`).
        route: The socket's id, or the request URL.
    """

    acknowledged: bool
    ack_ms: float
    payload: JsonObject | str | None = None
    reason: str | None = None
    status: int | None = None
    no_retry: bool = False
    route: str = ""


@dataclass(slots=True, kw_only=True, eq=False)
class Delivery:
    """A payload with all attempts to hand it over.

    It lives on while Slack retries; `settled` tells when the last word is spoken.

    Attributes:
        kind: Event, command or interaction.
        payload: The JSON that the app gets.
        envelope_id: Socket Mode's id of it, the same in every attempt.
        attempts: The outcome of each attempt, in order.
        error: What the user would be told: `operation_timeout` or `dispatch_failed`; None
            when all is well and while it is under way.
        on_ack: Called the moment the acknowledgement comes, before anything else that the
            app does afterwards.
    """

    kind: Kind
    payload: JsonObject
    envelope_id: str
    accepts_response: bool = False
    attempts: list[Outcome] = field(default_factory=list)
    error: str | None = None
    on_ack: Callable[["Delivery"], None] | None = field(default=None, repr=False)
    first_done: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    settled: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def acknowledged(self) -> bool:
        """True as soon as one attempt was acknowledged."""
        return any(attempt.acknowledged for attempt in self.attempts)

    @property
    def ack_ms(self) -> float | None:
        """Milliseconds until the app acknowledged, or None."""
        return next((each.ack_ms for each in self.attempts if each.acknowledged), None)

    @property
    def ack_payload(self) -> JsonObject | str | None:
        """What the app sent with its acknowledgement, or None."""
        return next((each.payload for each in self.attempts if each.acknowledged), None)

    @property
    def response_url(self) -> str | None:
        """Where the app may answer, or None."""
        return self.payload.get("response_url")

    @property
    def trigger_id(self) -> str | None:
        """For which the app may open a modal, or None."""
        return self.payload.get("trigger_id")

    @property
    def event(self) -> dict[str, Any]:
        """The event inside the wrapper; empty for commands and interactions."""
        inner: dict[str, Any] = self.payload.get("event", {})
        return inner

    @property
    def event_id(self) -> str | None:
        """The id that stays the same when Slack sends an event again."""
        return self.payload.get("event_id")
