"""Summit Briefing Bot: follows what leaders promised, with sources."""

__version__ = "0.1.0"
