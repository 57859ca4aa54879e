"""Block elements: buttons, menus, pickers and inputs, and which block takes which.

https://docs.slack.dev/reference/block-kit/block-elements
"""

import re
from collections.abc import Iterator, Mapping

from sandbox.slack.blockkit.objects import (
    ACTION_ID,
    ANY_URL,
    CONFIRM,
    CONVERSATION_FILTER,
    DISPATCH_ACTION_CONFIG,
    IMAGE_SOURCE,
    MENU_OPTION,
    OPTION_GROUP,
    option,
    plain_text,
)
from sandbox.slack.blockkit.rules import (
    AnyText,
    ByType,
    Choice,
    FieldsRule,
    Flag,
    Items,
    Number,
    Problem,
    Record,
    Rule,
    Text,
    exactly_one,
    typed,
)

_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def _element(
    kind: str,
    fields: Mapping[str, Rule],
    *,
    required: tuple[str, ...] = (),
    together: tuple[FieldsRule, ...] = (),
) -> Record:
    """A record with an `action_id`, as every interactive element has one."""
    return typed(kind, {"action_id": ACTION_ID, **fields}, required=required, together=together)


def _initial_is_an_option(fields: Mapping[str, object], at: str) -> Iterator[Problem]:
    """Slack refuses an initial option that is not, field by field, one of the options."""
    groups = fields.get("option_groups")
    pools = [fields.get("options")]
    if isinstance(groups, list):
        pools += [group.get("options") for group in groups if isinstance(group, dict)]
    known = [choice for pool in pools if isinstance(pool, list) for choice in pool]
    single = fields.get("initial_option")
    if single is not None and single not in known:
        yield Problem(message="must match one of the options", pointer=f"{at}/initial_option")
    many = fields.get("initial_options")
    for index, choice in enumerate(many if isinstance(many, list) else []):
        if choice not in known:
            where = f"{at}/initial_options/{index}"
            yield Problem(message="must match one of the options", pointer=where)


def _min_not_over_max(fields: Mapping[str, object], at: str) -> Iterator[Problem]:
    low, high = fields.get("min_length"), fields.get("max_length")
    if isinstance(low, int) and isinstance(high, int) and low > high:
        yield Problem(message="min_length must not be more than max_length", pointer=at)


def _number_range(fields: Mapping[str, object], at: str) -> Iterator[Problem]:
    low, high = fields.get("min_value"), fields.get("max_value")
    if not (isinstance(low, str) and isinstance(high, str)):
        return
    if _NUMBER.fullmatch(low) and _NUMBER.fullmatch(high) and float(low) > float(high):
        yield Problem(message="min_value must not be more than max_value", pointer=at)


_LABEL: dict[str, Rule] = {"accessibility_label": Text("button.accessibility_label")}
_BUTTONS: dict[str, Rule] = {
    "button": _element(
        "button",
        {
            **_LABEL,
            "text": plain_text("button.text"),
            "url": Text("button.url", ANY_URL),
            "value": Text("button.value"),
            "style": Choice(frozenset({"primary", "danger"})),
            "confirm": CONFIRM,
        },
        required=("text",),
    ),
    "overflow": _element(
        "overflow",
        {
            "options": Items(option("plain_text", with_url=True), "overflow.options"),
            "confirm": CONFIRM,
        },
        required=("options",),
    ),
}

IMAGE_ELEMENT = typed(
    "image",
    IMAGE_SOURCE,
    required=("alt_text",),
    together=(exactly_one("image_url", "slack_file"),),
)

_FOCUS: dict[str, Rule] = {"focus_on_load": Flag()}
_PLACEHOLDER: dict[str, Rule] = {"placeholder": plain_text("placeholder"), **_FOCUS}
_MENU: dict[str, Rule] = {**_PLACEHOLDER, "confirm": CONFIRM}
_STATIC: dict[str, Rule] = {
    "options": Items(MENU_OPTION, "select.options"),
    "option_groups": Items(OPTION_GROUP, "select.option_groups"),
}
_STATIC_TOGETHER = (exactly_one("options", "option_groups"), _initial_is_an_option)
_MENUS: dict[str, Rule] = {
    "static_select": _element(
        "static_select",
        {**_MENU, **_STATIC, "initial_option": MENU_OPTION},
        together=_STATIC_TOGETHER,
    ),
    "users_select": _element("users_select", {**_MENU, "initial_user": AnyText()}),
    "conversations_select": _element(
        "conversations_select",
        {
            **_MENU,
            "default_to_current_conversation": Flag(),
            "filter": CONVERSATION_FILTER,
            "initial_conversation": AnyText(),
        },
    ),
}
_MULTI_MENUS: dict[str, Rule] = {
    "multi_static_select": _element(
        "multi_static_select",
        {
            **_MENU,
            **_STATIC,
            "max_selected_items": Number("multi_select.max_selected_items"),
            "initial_options": Items(MENU_OPTION, "select.options"),
        },
        together=_STATIC_TOGETHER,
    ),
}


def _boxes(kind: str, initial: str, rule: Rule) -> Record:
    """Checkboxes or radio buttons; `initial` names the field that holds those ticked before."""
    options = Items(option(), f"{kind}.options")
    fields: dict[str, Rule] = {**_FOCUS, "confirm": CONFIRM, "options": options, initial: rule}
    return _element(kind, fields, required=("options",), together=(_initial_is_an_option,))


_PICKERS: dict[str, Rule] = {
    "datepicker": _element("datepicker", {**_MENU, "initial_date": Text("text", _DATE)}),
    "timepicker": _element(
        "timepicker", {**_MENU, "initial_time": Text("text", _TIME), "timezone": AnyText()}
    ),
    "checkboxes": _boxes("checkboxes", "initial_options", Items(option(), "checkboxes.options")),
    "radio_buttons": _boxes("radio_buttons", "initial_option", option()),
}

_TYPED_IN: dict[str, Rule] = {**_PLACEHOLDER, "dispatch_action_config": DISPATCH_ACTION_CONFIG}
_WRITING: dict[str, Rule] = {
    "plain_text_input": _element(
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
    "url_text_input": _element("url_text_input", {**_TYPED_IN, "initial_value": AnyText()}),
    "number_input": _element(
        "number_input",
        {
            **_TYPED_IN,
            "is_decimal_allowed": Flag(),
            "initial_value": Text("text", _NUMBER),
            "min_value": Text("text", _NUMBER),
            "max_value": Text("text", _NUMBER),
        },
        required=("is_decimal_allowed",),
        together=(_number_range,),
    ),
    "file_input": _element(
        "file_input",
        {
            "filetypes": Items(AnyText(), "file_input.filetypes"),
            "max_files": Number("file_input.max_files"),
        },
    ),
}

_FEEDBACK_BUTTON = Record(
    {**_LABEL, "text": plain_text("button.text"), "value": Text("button.value")},
    required=frozenset({"text", "value"}),
)

ACTIONS_ELEMENT = ByType({**_BUTTONS, **_MENUS, **_PICKERS})
ACCESSORY = ByType({**_BUTTONS, **_MENUS, **_MULTI_MENUS, **_PICKERS, "image": IMAGE_ELEMENT})
INPUT_ELEMENT = ByType({**_MENUS, **_MULTI_MENUS, **_PICKERS, **_WRITING})
CONTEXT_ACTIONS_ELEMENT = ByType(
    {
        "feedback_buttons": _element(
            "feedback_buttons",
            {"positive_button": _FEEDBACK_BUTTON, "negative_button": _FEEDBACK_BUTTON},
            required=("positive_button", "negative_button"),
        ),
        "icon_button": _element(
            "icon_button",
            {
                **_LABEL,
                "icon": Choice(frozenset({"trash"})),
                "text": plain_text("button.text"),
                "value": Text("button.value"),
                "visible_to_user_ids": Items(AnyText(), "icon_button.visible_to_user_ids"),
                "confirm": CONFIRM,
            },
            required=("icon", "text"),
        ),
    }
)
