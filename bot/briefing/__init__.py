"""Composing digests and answers as plain data; nothing here knows of Slack.

`Briefing` gathers from the ledger; the other modules decide, as functions of values. `as_text` is
the plain-text rendering for the terminal.
"""

from bot.briefing.briefing import Briefing

__all__ = ["Briefing"]
