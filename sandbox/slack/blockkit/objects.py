"""Composition objects: text, options, confirmation dialogs, rich text.

https://docs.slack.dev/reference/block-kit/composition-objects
"""

import re

from sandbox.slack.blockkit.rules import (
    AnyText,
    ByType,
    Choice,
    Flag,
    Items,
    Number,
    Record,
    Rule,
    Text,
    exactly_one,
    typed,
)

BLOCK_ID = Text("block_id")
ACTION_ID = Text("action_id")
WEB_URL = re.compile(r"https?://\S+", re.IGNORECASE)
ANY_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:\S+")


def text_object(limit: str = "text", *kinds: str) -> ByType:
    """A text object with a named limit, of both kinds unless some are named."""
    both = {
        "plain_text": typed(
            "plain_text", {"text": Text(limit), "emoji": Flag()}, required=("text",)
        ),
        "mrkdwn": typed("mrkdwn", {"text": Text(limit), "verbatim": Flag()}, required=("text",)),
    }
    return ByType(both).only(*kinds) if kinds else ByType(both)


def plain_text(limit: str) -> ByType:
    """A text object that may be plain text only."""
    return text_object(limit, "plain_text")


SLACK_FILE = Record({"id": AnyText(), "url": AnyText()}, together=(exactly_one("id", "url"),))

IMAGE_SOURCE: dict[str, Rule] = {
    "image_url": Text("image.image_url", WEB_URL),
    "slack_file": SLACK_FILE,
    "alt_text": Text("image.alt_text"),
}

CONFIRM = Record(
    {
        "title": plain_text("confirm.title"),
        "text": text_object("confirm.text"),
        "confirm": plain_text("confirm.confirm"),
        "deny": plain_text("confirm.deny"),
        "style": Choice(frozenset({"primary", "danger"})),
    },
    required=frozenset({"title", "text"}),
)


def option(*text_kinds: str, with_url: bool = False) -> Record:
    """One choice of a menu, of checkboxes or of radio buttons; only overflow takes a URL."""
    fields: dict[str, Rule] = {
        "text": text_object("option.text", *text_kinds),
        "value": Text("option.value"),
        "description": text_object("option.description", *text_kinds),
    }
    if with_url:
        fields["url"] = Text("option.url", ANY_URL)
    return Record(fields, required=frozenset({"text", "value"}))


MENU_OPTION = option("plain_text")
OPTION_GROUP = Record(
    {
        "label": plain_text("option_group.label"),
        "options": Items(MENU_OPTION, "option_group.options"),
    },
    required=frozenset({"label", "options"}),
)

DISPATCH_ACTION_CONFIG = Record(
    {
        "trigger_actions_on": Items(
            Choice(frozenset({"on_enter_pressed", "on_character_entered"})),
            "dispatch_action_config",
        )
    }
)

CONVERSATION_FILTER = Record(
    {
        "include": Items(
            Choice(frozenset({"im", "mpim", "private", "public"})), "conversation_filter.include"
        ),
        "exclude_external_shared_channels": Flag(),
        "exclude_bot_users": Flag(),
    }
)

_STYLED: dict[str, Rule] = {
    "style": Record({name: Flag() for name in ("bold", "italic", "strike", "code")})
}
_INLINE = ByType(
    {
        "text": typed("text", {**_STYLED, "text": AnyText()}, required=("text",)),
        "link": typed(
            "link",
            {**_STYLED, "url": Text("button.url", ANY_URL), "text": AnyText()},
            required=("url",),
        ),
        "emoji": typed("emoji", {**_STYLED, "name": AnyText()}, required=("name",)),
        "user": typed("user", {**_STYLED, "user_id": AnyText()}, required=("user_id",)),
        "date": typed(
            "date",
            {**_STYLED, "timestamp": Number(), "format": AnyText(), "fallback": AnyText()},
            required=("timestamp", "format"),
        ),
    }
)
_SECTION = typed(
    "rich_text_section", {"elements": Items(_INLINE, "rich_text.elements")}, required=("elements",)
)
# Lines only: cells of data tables hold them, and Slack makes them of what people type.
RICH_TEXT = typed(
    "rich_text",
    {
        "block_id": BLOCK_ID,
        "elements": Items(ByType({"rich_text_section": _SECTION}), "rich_text.elements"),
    },
    required=("elements",),
)
