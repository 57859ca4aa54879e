"""Messages, modals and Home tabs as a reader of Slack would see them, for a terminal."""

from sandbox.slack.terminal.screen import render_message, render_view
from sandbox.slack.terminal.text import Reader

__all__ = ["Reader", "render_message", "render_view"]
