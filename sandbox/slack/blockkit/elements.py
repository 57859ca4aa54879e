"""Buttons and images, and which element may stand in which block.

https://docs.slack.dev/reference/block-kit/block-elements
"""

from sandbox.slack.blockkit.inputs import PICKERS, WRITING
from sandbox.slack.blockkit.menus import MENUS, MULTI_MENUS, element_record
from sandbox.slack.blockkit.objects import (
    ANY_URL,
    CONFIRM,
    IMAGE_SOURCE,
    option,
    plain_text,
)
from sandbox.slack.blockkit.rules import (
    AnyText,
    ByType,
    Choice,
    Items,
    Record,
    Rule,
    Text,
    exactly_one,
    typed,
)

WORKFLOW_TRIGGER = Record(
    {
        "url": Text("button.url", ANY_URL),
        "customizable_input_parameters": Items(
            Record({"name": AnyText(), "value": AnyText()}), "id_list"
        ),
    },
    required=frozenset({"url"}),
)
STYLE = Choice(frozenset({"primary", "danger"}))
_FEEDBACK_BUTTON = Record(
    {
        "text": plain_text("button.text"),
        "value": Text("button.value"),
        "accessibility_label": Text("button.accessibility_label"),
    },
    required=frozenset({"text", "value"}),
)

BUTTONS: dict[str, Rule] = {
    "button": element_record(
        "button",
        {
            "text": plain_text("button.text"),
            "url": Text("button.url", ANY_URL),
            "value": Text("button.value"),
            "style": STYLE,
            "confirm": CONFIRM,
            "accessibility_label": Text("button.accessibility_label"),
        },
        required=("text",),
    ),
    "workflow_button": element_record(
        "workflow_button",
        {
            "text": plain_text("button.text"),
            "workflow": Record({"trigger": WORKFLOW_TRIGGER}, required=frozenset({"trigger"})),
            "style": STYLE,
            "accessibility_label": Text("button.accessibility_label"),
        },
        required=("text", "workflow"),
    ),
    "overflow": element_record(
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

ACTIONS_ELEMENT = ByType({**BUTTONS, **MENUS, **PICKERS})
ACCESSORY = ByType(
    {
        **BUTTONS,
        **MENUS,
        **MULTI_MENUS,
        **{kind: rule for kind, rule in PICKERS.items() if kind != "datetimepicker"},
        "image": IMAGE_ELEMENT,
    }
)
INPUT_ELEMENT = ByType({**MENUS, **MULTI_MENUS, **PICKERS, **WRITING})
CONTEXT_ACTIONS_ELEMENT = ByType(
    {
        "feedback_buttons": element_record(
            "feedback_buttons",
            {"positive_button": _FEEDBACK_BUTTON, "negative_button": _FEEDBACK_BUTTON},
            required=("positive_button", "negative_button"),
        ),
        "icon_button": element_record(
            "icon_button",
            {
                "icon": Choice(frozenset({"trash"})),
                "text": plain_text("button.text"),
                "accessibility_label": Text("button.accessibility_label"),
                "value": Text("button.value"),
                "visible_to_user_ids": Items(AnyText(), "icon_button.visible_to_user_ids"),
                "confirm": CONFIRM,
            },
            required=("icon", "text"),
        ),
    }
)
