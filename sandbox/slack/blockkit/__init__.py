"""Block Kit as Slack checks it: limits, shapes and surfaces, as pure functions.

Start at `surfaces.check_blocks` (a message or a list of blocks) and `surfaces.check_view`.
Reference: https://docs.slack.dev/reference/block-kit
"""

from sandbox.slack.blockkit.blocks import Surface
from sandbox.slack.blockkit.limits import LIMITS, Span
from sandbox.slack.blockkit.rules import Problem
from sandbox.slack.blockkit.surfaces import check_blocks, check_view, counted_characters

__all__ = [
    "LIMITS",
    "Problem",
    "Span",
    "Surface",
    "check_blocks",
    "check_view",
    "counted_characters",
]
