"""The blocks that the bot sends or is to send, and which surface takes which.

https://docs.slack.dev/reference/block-kit/blocks
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from sandbox.slack.blockkit.elements import (
    ACCESSORY,
    ACTIONS_ELEMENT,
    CONTEXT_ACTIONS_ELEMENT,
    IMAGE_ELEMENT,
    INPUT_ELEMENT,
)
from sandbox.slack.blockkit.objects import (
    BLOCK_ID,
    IMAGE_SOURCE,
    RICH_TEXT,
    plain_text,
    text_object,
)
from sandbox.slack.blockkit.rules import (
    AnyText,
    ByType,
    FieldsRule,
    Flag,
    Items,
    Number,
    Problem,
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


def _rows_of_one_width(fields: Mapping[str, object], at: str) -> Iterator[Problem]:
    rows = fields.get("rows")
    if not isinstance(rows, list):
        return
    widths = [len(row) for row in rows if isinstance(row, list)]
    for index, width in enumerate(widths):
        if width != widths[0]:
            where = f"{at}/rows/{index}"
            yield Problem(message="all rows must have the same number of columns", pointer=where)


_CELL = ByType(
    {
        "raw_text": typed("raw_text", {"text": AnyText()}, required=("text",)),
        "raw_number": typed(
            "raw_number",
            {"value": Number(whole=False), "text": AnyText()},
            required=("value",),
        ),
        "rich_text": RICH_TEXT,
    }
)
_NAME = Text("data_visualization.name")
_POINT = Record(
    {"label": _NAME, "value": Number(whole=False)}, required=frozenset({"label", "value"})
)
_SERIES = Record(
    {"name": _NAME, "data": Items(_POINT, "data_visualization.points")},
    required=frozenset({"name", "data"}),
)
_AXES = Record(
    {
        "categories": Items(_NAME, "data_visualization.points"),
        "x_label": Text("data_visualization.axis_label"),
        "y_label": Text("data_visualization.axis_label"),
    },
    required=frozenset({"categories"}),
)


def _series_chart(kind: str) -> Rule:
    return typed(
        kind,
        {"series": Items(_SERIES, "data_visualization.series"), "axis_config": _AXES},
        required=("series", "axis_config"),
    )


_CHART = ByType(
    {
        "pie": typed(
            "pie",
            {"segments": Items(_POINT, "data_visualization.segments")},
            required=("segments",),
        ),
        "bar": _series_chart("bar"),
        "line": _series_chart("line"),
        "area": _series_chart("area"),
    }
)
_CONTEXT_ELEMENT = ByType({**text_object().records, "image": IMAGE_ELEMENT})

BLOCKS: Final[Mapping[str, Rule]] = {
    "actions": _block(
        "actions",
        {"elements": Items(ACTIONS_ELEMENT, "actions.elements")},
        required=("elements",),
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
    "data_table": _block(
        "data_table",
        {
            "rows": Items(Items(_CELL, "data_table.columns"), "data_table.rows"),
            "caption": AnyText(),
            "page_size": Number("data_table.page_size"),
            "row_header_column_index": Number(),
        },
        required=("rows", "caption"),
        together=(_rows_of_one_width,),
    ),
    "data_visualization": _block(
        "data_visualization",
        {"title": Text("data_visualization.title"), "chart": _CHART},
        required=("title", "chart"),
    ),
    "divider": _block("divider", {}),
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
}

_WIDE = frozenset({"data_table", "data_visualization"})
_IN_MODALS = frozenset(BLOCKS) - _WIDE - {"context_actions"}
SURFACE_BLOCKS: Final[Mapping[Surface, frozenset[str]]] = {
    Surface.MESSAGE: frozenset(BLOCKS),
    Surface.MODAL: _IN_MODALS,
    Surface.HOME: _IN_MODALS | _WIDE,
}
