"""Menus: one choice or many, of options, people or channels.

https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element and
multi-select-menu-element.
"""

from collections.abc import Iterator, Mapping

from sandbox.slack.blockkit.objects import (
    ACTION_ID,
    CONFIRM,
    CONVERSATION_FILTER,
    MENU_OPTION,
    OPTION_GROUP,
    plain_text,
)
from sandbox.slack.blockkit.problems import Problem
from sandbox.slack.blockkit.rules import (
    AnyText,
    FieldsRule,
    Flag,
    Items,
    Number,
    Record,
    Rule,
    exactly_one,
    typed,
)


def initial_is_an_option(fields: Mapping[str, object], at: str) -> Iterator[Problem]:
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


def element_record(
    kind: str,
    fields: Mapping[str, Rule],
    *,
    required: tuple[str, ...] = (),
    together: tuple[FieldsRule, ...] = (),
) -> Record:
    """A record with an `action_id`, as every interactive element has one."""
    return typed(kind, {"action_id": ACTION_ID, **fields}, required=required, together=together)


FOCUS: dict[str, Rule] = {"focus_on_load": Flag()}
PLACEHOLDER: dict[str, Rule] = {"placeholder": plain_text("placeholder"), **FOCUS}
MENU: dict[str, Rule] = {**PLACEHOLDER, "confirm": CONFIRM}
_MANY: dict[str, Rule] = {"max_selected_items": Number("multi_select.max_selected_items")}
_STATIC: dict[str, Rule] = {
    "options": Items(MENU_OPTION, "select.options"),
    "option_groups": Items(OPTION_GROUP, "select.option_groups"),
}
_STATIC_TOGETHER = (exactly_one("options", "option_groups"), initial_is_an_option)
_ONE_OPTION: dict[str, Rule] = {"initial_option": MENU_OPTION}
_MANY_OPTIONS: dict[str, Rule] = {"initial_options": Items(MENU_OPTION, "select.options")}
_CONVERSATIONS: dict[str, Rule] = {
    "default_to_current_conversation": Flag(),
    "filter": CONVERSATION_FILTER,
}
_RESPONDS: dict[str, Rule] = {"response_url_enabled": Flag()}

ID_LIST = Items(AnyText(), "id_list")


MENUS: dict[str, Rule] = {
    "static_select": element_record(
        "static_select", {**MENU, **_STATIC, **_ONE_OPTION}, together=_STATIC_TOGETHER
    ),
    "external_select": element_record(
        "external_select",
        {**MENU, **_ONE_OPTION, "min_query_length": Number("plain_text_input.min_length")},
    ),
    "users_select": element_record("users_select", {**MENU, "initial_user": AnyText()}),
    "conversations_select": element_record(
        "conversations_select",
        {**MENU, **_CONVERSATIONS, **_RESPONDS, "initial_conversation": AnyText()},
    ),
    "channels_select": element_record(
        "channels_select", {**MENU, **_RESPONDS, "initial_channel": AnyText()}
    ),
}

MULTI_MENUS: dict[str, Rule] = {
    "multi_static_select": element_record(
        "multi_static_select",
        {**MENU, **_STATIC, **_MANY, **_MANY_OPTIONS},
        together=_STATIC_TOGETHER,
    ),
    "multi_external_select": element_record(
        "multi_external_select",
        {
            **MENU,
            **_MANY,
            **_MANY_OPTIONS,
            "min_query_length": Number("plain_text_input.min_length"),
        },
    ),
    "multi_users_select": element_record(
        "multi_users_select", {**MENU, **_MANY, "initial_users": ID_LIST}
    ),
    "multi_conversations_select": element_record(
        "multi_conversations_select",
        {**MENU, **_MANY, **_CONVERSATIONS, "initial_conversations": ID_LIST},
    ),
    "multi_channels_select": element_record(
        "multi_channels_select", {**MENU, **_MANY, "initial_channels": ID_LIST}
    ),
}
