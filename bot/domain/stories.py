"""What a story is in time."""

from datetime import timedelta
from typing import Final

STORY_WINDOW: Final = timedelta(days=10)
"""Items published further apart than this never report the same event."""
