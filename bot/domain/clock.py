"""Time as an argument, so that a test or a time-lapse can hold it."""

from collections.abc import Callable
from datetime import UTC, datetime

# Gives the present moment as an aware datetime in UTC.
Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The present moment by this machine's clock, aware, in UTC."""
    return datetime.now(UTC)
