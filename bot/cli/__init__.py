"""The `briefing` command: one file a group of commands, registered here."""

from bot.cli.main import main

__all__ = ["main"]
