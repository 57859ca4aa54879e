"""The limits of Block Kit by name, each a length, a count or a value.

Lengths count Unicode characters, both ends are allowed. Sources: the page of each block,
element and object under https://docs.slack.dev/reference/block-kit, and, marked "measured",
what people found where the pages are silent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Span:
    """An allowed range of lengths, counts or values, both ends included."""

    least: int
    most: int


LIMITS: Final[Mapping[str, Span]] = MappingProxyType(
    {
        # whole surfaces
        "message.blocks": Span(1, 50),
        "message.characters": Span(0, 13_200),  # measured: all text of all blocks together
        "message.data_table_characters": Span(0, 20_000),
        "message.charts": Span(0, 2),
        "view.blocks": Span(1, 100),
        "view.title": Span(1, 24),
        "view.submit": Span(1, 24),
        "view.close": Span(1, 24),
        "view.private_metadata": Span(0, 3_000),
        "view.callback_id": Span(0, 255),
        "view.external_id": Span(0, 255),
        "view.bytes": Span(0, 250_000),
        # identifiers
        "block_id": Span(1, 255),
        "action_id": Span(1, 255),
        # objects
        "text": Span(1, 3_000),
        "option.text": Span(1, 75),
        "option.value": Span(1, 150),
        "option.description": Span(1, 75),
        "option.url": Span(1, 3_000),
        "option_group.label": Span(1, 75),
        "option_group.options": Span(1, 100),
        "confirm.title": Span(1, 100),
        "confirm.text": Span(1, 300),
        "confirm.confirm": Span(1, 30),
        "confirm.deny": Span(1, 30),
        "dispatch_action_config": Span(1, 2),
        "conversation_filter.include": Span(1, 4),
        # blocks
        "actions.elements": Span(1, 25),
        "context.elements": Span(1, 10),
        "context_actions.elements": Span(1, 5),
        "header.text": Span(1, 150),
        "image.image_url": Span(1, 3_000),
        "image.alt_text": Span(1, 2_000),
        "image.title": Span(1, 2_000),
        "input.label": Span(1, 2_000),
        "input.hint": Span(1, 2_000),
        "rich_text.elements": Span(0, 1_000),  # no limit is documented
        "section.text": Span(1, 3_000),
        "section.fields": Span(1, 10),
        "section.field": Span(1, 2_000),
        # charts and data tables
        "data_table.rows": Span(2, 201),
        "data_table.columns": Span(1, 20),
        "data_table.page_size": Span(1, 100),
        "data_visualization.title": Span(1, 50),
        "data_visualization.segments": Span(1, 6),
        "data_visualization.series": Span(1, 6),
        "data_visualization.points": Span(1, 20),
        "data_visualization.name": Span(1, 20),
        "data_visualization.axis_label": Span(1, 50),
        # elements
        "button.text": Span(1, 75),
        "button.value": Span(0, 2_000),
        "button.url": Span(1, 3_000),
        "button.accessibility_label": Span(1, 75),
        "icon_button.visible_to_user_ids": Span(0, 10),
        "placeholder": Span(1, 150),
        "select.options": Span(1, 100),
        "select.option_groups": Span(1, 100),
        "multi_select.max_selected_items": Span(1, 100),
        "overflow.options": Span(1, 5),
        "checkboxes.options": Span(1, 10),
        "radio_buttons.options": Span(1, 10),
        "plain_text_input.value": Span(0, 3_000),
        "plain_text_input.min_length": Span(0, 3_000),
        "plain_text_input.max_length": Span(1, 3_000),
        "file_input.filetypes": Span(0, 1_000),  # no limit is documented
        "file_input.max_files": Span(1, 10),
    }
)
