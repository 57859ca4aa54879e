"""Slack's rate limits, off until a test switches them on.

https://docs.slack.dev/apis/web-api/rate-limits: one message a second and channel, with short
bursts; other methods by tier, counted for a minute.
"""

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Final

from sandbox.slack.errors import RefusalError
from sandbox.slack.waiting import Monotonic

TIER_PER_MINUTE: Final = {1: 1, 2: 20, 3: 50, 4: 100}
_MINUTE_S: Final = 60.0
_SPECIAL: Final = 0


@dataclass(slots=True, kw_only=True)
class RateLimits:
    """Counts calls and refuses those that come too fast.

    Attributes:
        monotonic: What to measure with.
        enabled: False lets everything through.
        post_interval_s: Seconds for each message into one channel, on average.
        burst: Messages into one channel that may come at once.
    """

    monotonic: Monotonic
    enabled: bool = False
    post_interval_s: float = 1.0
    burst: int = 1
    _full_until: dict[str, float] = field(default_factory=dict)
    _recent: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def spend(self, method: str, *, tier: int, channel: str) -> None:
        """Count one call.

        Args:
            method: The Web API method.
            tier: 1 to 4; 0 for the special limit of `chat.postMessage`.
            channel: Where it posts; empty for other calls.

        Raises:
            RefusalError: `ratelimited`, with status 429 and `Retry-After` in whole seconds.
        """
        if not self.enabled:
            return
        if tier == _SPECIAL:
            self._post(channel)
        else:
            self._call(method, TIER_PER_MINUTE[tier])

    def _post(self, channel: str) -> None:
        """A leaking bucket for each channel."""
        present = self.monotonic()
        full_until = max(self._full_until.get(channel, present), present)
        ahead_s = full_until - present
        allowed_s = (self.burst - 1) * self.post_interval_s
        if ahead_s > allowed_s:
            _refuse(ahead_s - allowed_s)
        self._full_until[channel] = full_until + self.post_interval_s

    def _call(self, method: str, most: int) -> None:
        present = self.monotonic()
        recent = self._recent[method]
        while recent and present - recent[0] >= _MINUTE_S:
            recent.popleft()
        if len(recent) >= most:
            _refuse(_MINUTE_S - (present - recent[0]))
        recent.append(present)


def too_many(retry_after_s: int) -> RefusalError:
    """The refusal with which Slack slows an app down."""
    return RefusalError("ratelimited", status=429, headers={"Retry-After": str(retry_after_s)})


def _refuse(wait_s: float) -> None:
    raise too_many(max(1, math.ceil(wait_s)))
