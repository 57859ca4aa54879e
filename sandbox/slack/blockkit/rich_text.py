"""Rich text: the block and the pieces that it is built of.

https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

from sandbox.slack.blockkit.objects import ANY_URL, BLOCK_ID
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
    typed,
)

_STYLE = Record(
    {
        name: Flag()
        for name in (
            "bold",
            "italic",
            "strike",
            "code",
            "underline",
            "highlight",
            "client_highlight",
            "unlink",
        )
    }
)
_STYLED: dict[str, Rule] = {"style": _STYLE}

INLINE = ByType(
    {
        "text": typed("text", {**_STYLED, "text": AnyText()}, required=("text",)),
        "link": typed(
            "link",
            {**_STYLED, "url": Text("button.url", ANY_URL), "text": AnyText(), "unsafe": Flag()},
            required=("url",),
        ),
        "emoji": typed(
            "emoji",
            {**_STYLED, "name": AnyText(), "unicode": AnyText(), "skin_tone": Number()},
            required=("name",),
        ),
        "channel": typed("channel", {**_STYLED, "channel_id": AnyText()}, required=("channel_id",)),
        "user": typed("user", {**_STYLED, "user_id": AnyText()}, required=("user_id",)),
        "usergroup": typed(
            "usergroup", {**_STYLED, "usergroup_id": AnyText()}, required=("usergroup_id",)
        ),
        "team": typed("team", {**_STYLED, "team_id": AnyText()}, required=("team_id",)),
        "broadcast": typed(
            "broadcast",
            {**_STYLED, "range": Choice(frozenset({"here", "channel", "everyone"}))},
            required=("range",),
        ),
        "color": typed("color", {**_STYLED, "value": AnyText()}, required=("value",)),
        "date": typed(
            "date",
            {
                **_STYLED,
                "timestamp": Number(),
                "format": AnyText(),
                "url": Text("button.url", ANY_URL),
                "fallback": AnyText(),
            },
            required=("timestamp", "format"),
        ),
    }
)

_INLINES = Items(INLINE, "rich_text.elements")
_BORDER: dict[str, Rule] = {"border": Number()}
SECTION = typed("rich_text_section", {"elements": _INLINES}, required=("elements",))

PIECE = ByType(
    {
        "rich_text_section": SECTION,
        "rich_text_list": typed(
            "rich_text_list",
            {
                **_BORDER,
                "style": Choice(frozenset({"bullet", "ordered"})),
                "elements": Items(ByType({"rich_text_section": SECTION}), "rich_text.elements"),
                "indent": Number("rich_text_list.indent"),
                "offset": Number(),
            },
            required=("style", "elements"),
        ),
        "rich_text_preformatted": typed(
            "rich_text_preformatted",
            {
                **_BORDER,
                "elements": Items(INLINE.only("text", "link"), "rich_text.elements"),
                "language": AnyText(),
            },
            required=("elements",),
        ),
        "rich_text_quote": typed(
            "rich_text_quote", {**_BORDER, "elements": _INLINES}, required=("elements",)
        ),
    }
)

RICH_TEXT = typed(
    "rich_text",
    {"block_id": BLOCK_ID, "elements": Items(PIECE, "rich_text.elements")},
    required=("elements",),
)
