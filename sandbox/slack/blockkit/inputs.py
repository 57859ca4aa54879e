"""Inputs: pickers, boxes to tick and fields to write in.

https://docs.slack.dev/reference/block-kit/block-elements
"""

import re
from collections.abc import Iterator, Mapping

from sandbox.slack.blockkit.menus import (
    FOCUS,
    ID_LIST,
    MENU,
    PLACEHOLDER,
    element_record,
    initial_is_an_option,
)
from sandbox.slack.blockkit.objects import CONFIRM, DISPATCH_ACTION_CONFIG, option
from sandbox.slack.blockkit.problems import Problem
from sandbox.slack.blockkit.rich_text import RICH_TEXT
from sandbox.slack.blockkit.rules import AnyText, Flag, Items, Number, Rule, Text

DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
_CHOICE = option()
_TYPED_IN: dict[str, Rule] = {**PLACEHOLDER, "dispatch_action_config": DISPATCH_ACTION_CONFIG}


def _min_not_over_max(fields: Mapping[str, object], at: str) -> Iterator[Problem]:
    low, high = fields.get("min_length"), fields.get("max_length")
    if isinstance(low, int) and isinstance(high, int) and low > high:
        yield Problem(message="min_length must not be more than max_length", pointer=at)


def _number_range(fields: Mapping[str, object], at: str) -> Iterator[Problem]:
    low, high = fields.get("min_value"), fields.get("max_value")
    if not (isinstance(low, str) and isinstance(high, str)):
        return
    if NUMBER.fullmatch(low) and NUMBER.fullmatch(high) and float(low) > float(high):
        yield Problem(message="min_value must not be more than max_value", pointer=at)


PICKERS: dict[str, Rule] = {
    "datepicker": element_record("datepicker", {**MENU, "initial_date": Text("text", DATE)}),
    "timepicker": element_record(
        "timepicker", {**MENU, "initial_time": Text("text", TIME), "timezone": AnyText()}
    ),
    "datetimepicker": element_record(
        "datetimepicker", {**FOCUS, "confirm": CONFIRM, "initial_date_time": Number()}
    ),
    "checkboxes": element_record(
        "checkboxes",
        {
            **FOCUS,
            "confirm": CONFIRM,
            "options": Items(_CHOICE, "checkboxes.options"),
            "initial_options": Items(_CHOICE, "checkboxes.options"),
        },
        required=("options",),
        together=(initial_is_an_option,),
    ),
    "radio_buttons": element_record(
        "radio_buttons",
        {
            **FOCUS,
            "confirm": CONFIRM,
            "options": Items(_CHOICE, "radio_buttons.options"),
            "initial_option": _CHOICE,
        },
        required=("options",),
        together=(initial_is_an_option,),
    ),
}

WRITING: dict[str, Rule] = {
    "plain_text_input": element_record(
        "plain_text_input",
        {
            **_TYPED_IN,
            "initial_value": Text("plain_text_input.value"),
            "multiline": Flag(),
            "min_length": Number("plain_text_input.min_length"),
            "max_length": Number("plain_text_input.max_length"),
        },
        together=(_min_not_over_max,),
    ),
    "rich_text_input": element_record(
        "rich_text_input",
        {
            **_TYPED_IN,
            "initial_value": RICH_TEXT,
            "min_lines": Number("rich_text_input.lines"),
            "max_lines": Number("rich_text_input.lines"),
        },
    ),
    "email_text_input": element_record(
        "email_text_input", {**_TYPED_IN, "initial_value": AnyText()}
    ),
    "url_text_input": element_record("url_text_input", {**_TYPED_IN, "initial_value": AnyText()}),
    "number_input": element_record(
        "number_input",
        {
            **_TYPED_IN,
            "is_decimal_allowed": Flag(),
            "initial_value": Text("text", NUMBER),
            "min_value": Text("text", NUMBER),
            "max_value": Text("text", NUMBER),
        },
        required=("is_decimal_allowed",),
        together=(_number_range,),
    ),
    "file_input": element_record(
        "file_input", {"filetypes": ID_LIST, "max_files": Number("file_input.max_files")}
    ),
}
