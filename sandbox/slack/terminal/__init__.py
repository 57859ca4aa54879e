"""Messages, modals and Home tabs as a reader of Slack would see them, for a terminal."""

from sandbox.slack.terminal.reader import Reader
from sandbox.slack.terminal.screen import render_message, render_view

__all__ = ["Reader", "render_message", "render_view"]
