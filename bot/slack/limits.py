"""Slack's limits in one place, and what messages are planned for, to stay below them.

From Slack's reference (https://docs.slack.dev/reference/block-kit, .../reference/methods) and from
reports where the reference is silent. slack_sdk.models checks those of single elements; the
builder in `bot.slack.messages.blocks` holds the ones for a whole message.
"""

BLOCKS_IN_MESSAGE = 50
BLOCKS_IN_VIEW = 100
SECTION_TEXT = 3_000
HEADER_TEXT = 150
OPTION_TEXT = 75
OPTION_VALUE = 150
OPTIONS_IN_SELECT = 100
GROUPS_IN_SELECT = 100
BUTTON_VALUE = 2_000

# Slack refuses a message whose blocks hold about 13,200 characters in all (msg_blocks_too_long),
# and does not say how it counts (slackapi/bolt-js#2509, #2867). We count the whole JSON, which is
# more than any way of counting text, and stop at 12,000.
PLANNED_BLOCKS = BLOCKS_IN_MESSAGE - 5
PLANNED_CHARACTERS = 12_000
# For the plain `text` beside the blocks: notifications and screen readers.
PLANNED_TEXT = 2_900
PLANNED_SECTION = SECTION_TEXT - 100
# A view is refused from 250,000 characters on; 95 of our blocks stay far below.
PLANNED_BLOCKS_IN_VIEW = BLOCKS_IN_VIEW - 5
