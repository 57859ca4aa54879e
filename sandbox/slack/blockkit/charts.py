"""Blocks that hold figures: tables, data tables and charts.

https://docs.slack.dev/reference/block-kit/blocks/table-block, data-table-block and
data-visualization-block.
"""

from collections.abc import Iterator, Mapping

from sandbox.slack.blockkit.objects import BLOCK_ID
from sandbox.slack.blockkit.problems import Problem
from sandbox.slack.blockkit.rich_text import RICH_TEXT
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
_ROW = Items(_CELL, "table.columns")


def _rows_of_one_width(fields: Mapping[str, object], at: str) -> Iterator[Problem]:
    rows = fields.get("rows")
    if not isinstance(rows, list):
        return
    widths = [len(row) for row in rows if isinstance(row, list)]
    for index, width in enumerate(widths):
        if width != widths[0]:
            where = f"{at}/rows/{index}"
            yield Problem(message="all rows must have the same number of columns", pointer=where)


TABLE = typed(
    "table",
    {
        "block_id": BLOCK_ID,
        "rows": Items(_ROW, "table.rows"),
        "column_settings": Items(
            Record({"align": Choice(frozenset({"left", "center", "right"})), "is_wrapped": Flag()}),
            "table.columns",
        ),
    },
    required=("rows",),
)

DATA_TABLE = typed(
    "data_table",
    {
        "block_id": BLOCK_ID,
        "rows": Items(_ROW, "data_table.rows"),
        "caption": AnyText(),
        "page_size": Number("data_table.page_size"),
        "row_header_column_index": Number(),
    },
    required=("rows", "caption"),
    together=(_rows_of_one_width,),
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


DATA_VISUALIZATION = typed(
    "data_visualization",
    {
        "block_id": BLOCK_ID,
        "title": Text("data_visualization.title"),
        "chart": ByType(
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
        ),
    },
    required=("title", "chart"),
)
