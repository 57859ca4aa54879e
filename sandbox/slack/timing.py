"""How long Slack waits, in real time; short where a test would otherwise stand still."""

import time
from collections.abc import Callable
from dataclasses import dataclass

Monotonic = Callable[[], float]
"""Seconds that only ever rise, for measuring."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """Waits of the pretend workspace, in seconds.

    Attributes:
        ack_timeout_s: An app must acknowledge within this time.
        retry_delays_s: Waits before each retry of an event. Slack's own are nearly none, one
            minute and five minutes (https://docs.slack.dev/apis/events-api/#retries).
        close_after_s: From asking a socket to reconnect until it is closed.
        monotonic: What to measure with.
    """

    ack_timeout_s: float = 3.0
    retry_delays_s: tuple[float, ...] = (0.0, 0.1, 0.2)
    close_after_s: float = 1.0
    monotonic: Monotonic = time.monotonic
