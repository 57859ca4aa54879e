"""The blocks themselves, and which surface takes which.

https://docs.slack.dev/reference/block-kit/blocks
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from sandbox.slack.blockkit.charts import DATA_TABLE, DATA_VISUALIZATION, TABLE
from sandbox.slack.blockkit.elements import (
    ACCESSORY,
    ACTIONS_ELEMENT,
    BUTTONS,
    CONTEXT_ACTIONS_ELEMENT,
    IMAGE_ELEMENT,
    INPUT_ELEMENT,
)
from sandbox.slack.blockkit.objects import (
    ANY_URL,
    BLOCK_ID,
    IMAGE_SOURCE,
    WEB_URL,
    plain_text,
    text_object,
)
from sandbox.slack.blockkit.rich_text import RICH_TEXT
from sandbox.slack.blockkit.rules import (
    AnyText,
    ByType,
    Choice,
    FieldsRule,
    Flag,
    Items,
    Later,
    Record,
    Rule,
    Text,
    at_least_one,
    exactly_one,
    typed,
)


class Surface(StrEnum):
    """Where blocks are shown."""

    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"


def _block(
    kind: str,
    fields: Mapping[str, Rule],
    *,
    required: tuple[str, ...] = (),
    together: tuple[FieldsRule, ...] = (),
) -> Record:
    return typed(kind, {"block_id": BLOCK_ID, **fields}, required=required, together=together)


_CONTEXT_ELEMENT = ByType({**text_object().records, "image": IMAGE_ELEMENT})
_CARD = _block(
    "card",
    {
        "hero_image": IMAGE_ELEMENT,
        "icon": IMAGE_ELEMENT,
        "title": text_object("card.title"),
        "subtitle": text_object("card.subtitle"),
        "body": text_object("card.body"),
        "subtext": text_object("card.subtext"),
        "actions": Items(ByType({"button": BUTTONS["button"]}), "card.actions"),
    },
    together=(at_least_one("hero_image", "title", "actions", "body"),),
)
_TASK_CARD = _block(
    "task_card",
    {
        "task_id": AnyText(),
        "title": AnyText(),
        "status": Choice(frozenset({"pending", "in_progress", "complete", "error"})),
        "details": RICH_TEXT,
        "output": RICH_TEXT,
        "sources": Items(
            ByType({"url": typed("url", {"url": Text("button.url"), "text": AnyText()})}),
            "id_list",
        ),
    },
    required=("task_id", "title", "status"),
)


def _children() -> Rule:
    allowed = SURFACE_BLOCKS[Surface.MESSAGE] - {"container"}
    return ByType({kind: BLOCKS[kind] for kind in sorted(allowed)})


BLOCKS: Final[Mapping[str, Rule]] = {
    "actions": _block(
        "actions",
        {"elements": Items(ACTIONS_ELEMENT, "actions.elements")},
        required=("elements",),
    ),
    "alert": _block(
        "alert",
        {
            "text": text_object("alert.text"),
            "level": Choice(frozenset({"default", "info", "warning", "error", "success"})),
        },
        required=("text",),
    ),
    "card": _CARD,
    "carousel": _block(
        "carousel",
        {"elements": Items(ByType({"card": _CARD}), "carousel.elements")},
        required=("elements",),
    ),
    "container": _block(
        "container",
        {
            "title": plain_text("container.title"),
            "rich_text_title": RICH_TEXT,
            "subtitle": text_object("container.subtitle"),
            "child_blocks": Items(Later(_children), "container.child_blocks"),
            "width": Choice(frozenset({"narrow", "standard", "wide", "full"})),
            "icon": IMAGE_ELEMENT,
            "is_collapsible": Flag(),
            "default_collapsed": Flag(),
            "has_header_divider": Flag(),
        },
        required=("child_blocks",),
        together=(exactly_one("title", "rich_text_title"),),
    ),
    "context": _block(
        "context",
        {"elements": Items(_CONTEXT_ELEMENT, "context.elements")},
        required=("elements",),
    ),
    "context_actions": _block(
        "context_actions",
        {"elements": Items(CONTEXT_ACTIONS_ELEMENT, "context_actions.elements")},
        required=("elements",),
    ),
    "data_table": DATA_TABLE,
    "data_visualization": DATA_VISUALIZATION,
    "divider": _block("divider", {}),
    "file": _block(
        "file",
        {"external_id": AnyText(), "source": Choice(frozenset({"remote"}))},
        required=("external_id", "source"),
    ),
    "header": _block("header", {"text": plain_text("header.text")}, required=("text",)),
    "image": _block(
        "image",
        {**IMAGE_SOURCE, "title": plain_text("image.title")},
        required=("alt_text",),
        together=(exactly_one("image_url", "slack_file"),),
    ),
    "input": _block(
        "input",
        {
            "label": plain_text("input.label"),
            "element": INPUT_ELEMENT,
            "dispatch_action": Flag(),
            "hint": plain_text("input.hint"),
            "optional": Flag(),
        },
        required=("label", "element"),
    ),
    "markdown": _block("markdown", {"text": Text("markdown.text")}, required=("text",)),
    "plan": _block(
        "plan",
        {"title": AnyText(), "tasks": Items(ByType({"task_card": _TASK_CARD}), "plan.tasks")},
        required=("title",),
    ),
    "rich_text": RICH_TEXT,
    "section": _block(
        "section",
        {
            "text": text_object("section.text"),
            "fields": Items(text_object("section.field"), "section.fields"),
            "accessory": ACCESSORY,
            "expand": Flag(),
        },
        together=(at_least_one("text", "fields"),),
    ),
    "table": TABLE,
    "task_card": _TASK_CARD,
    "video": _block(
        "video",
        {
            "alt_text": Text("video.alt_text"),
            "title": plain_text("video.title"),
            "title_url": Text("video.url", WEB_URL),
            "video_url": Text("video.url", WEB_URL),
            "thumbnail_url": Text("video.url", WEB_URL),
            "author_name": Text("video.author_name"),
            "provider_name": Text("video.provider_name"),
            "provider_icon_url": Text("video.url", ANY_URL),
            "description": plain_text("video.description"),
        },
        required=("alt_text", "title", "video_url", "thumbnail_url"),
    ),
}
"""The rule of every block type."""

_EVERYWHERE = frozenset(
    {
        "actions",
        "card",
        "context",
        "divider",
        "header",
        "image",
        "input",
        "rich_text",
        "section",
        "video",
    }
)
_WIDE = frozenset({"carousel", "container", "data_table", "data_visualization", "table"})

SURFACE_BLOCKS: Final[Mapping[Surface, frozenset[str]]] = {
    Surface.MESSAGE: _EVERYWHERE
    | _WIDE
    | {"context_actions", "file", "markdown", "plan", "task_card"},
    Surface.MODAL: _EVERYWHERE | {"alert"},
    Surface.HOME: _EVERYWHERE | _WIDE,
}
"""The block types that each surface shows."""
