"""Block Kit as Slack checks it: limits, shapes and surfaces, as pure functions.

Start at `surfaces.check_blocks` (a message or a list of blocks) and `views.check_view`.
Reference: https://docs.slack.dev/reference/block-kit
"""

from sandbox.slack.blockkit.limits import LIMITS, Span
from sandbox.slack.blockkit.problems import Problem
from sandbox.slack.blockkit.surfaces import check_blocks, counted_characters
from sandbox.slack.blockkit.views import check_view

__all__ = ["LIMITS", "Problem", "Span", "check_blocks", "check_view", "counted_characters"]
