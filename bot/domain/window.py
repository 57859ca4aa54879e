"""A stretch of time."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """From `since` (included) to `until` (excluded), both aware UTC."""

    since: datetime
    until: datetime

    def __contains__(self, moment: datetime) -> bool:
        """Whether `moment` lies in it."""
        return self.since <= moment < self.until
