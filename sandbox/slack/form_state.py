"""The fields of a form: which parts of blocks hold values, and what stands in them.

The shape is that of `view.state.values`:
https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

import copy
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.slack.errors import SandboxError
from sandbox.slack.model import JsonObject

# The field in which each kind of element carries what was chosen.
VALUE_FIELD: Final[Mapping[str, str]] = {
    "plain_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
    "static_select": "selected_option",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "multi_static_select": "selected_options",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "checkboxes": "selected_options",
    "radio_buttons": "selected_option",
    "file_input": "files",
}
_MANY: Final = frozenset({"selected_options", "files"})
_ONE_OPTION: Final = "selected_option"
_MANY_OPTIONS: Final = "selected_options"


def new_ids(blocks: list[JsonObject], words: Iterator[str]) -> list[JsonObject]:
    """The blocks with a `block_id` on each and an `action_id` on each interactive element.

    Slack makes up the ids that an app leaves out, and names them in payloads.
    """
    named = copy.deepcopy(blocks)
    for block in named:
        block.setdefault("block_id", next(words))
        for part in interactive_parts(block):
            part.setdefault("action_id", next(words))
    return named


def interactive_parts(block: JsonObject) -> Iterator[JsonObject]:
    """The elements of a block that a user can act on."""
    places = [block.get("accessory"), block.get("element")]
    if block.get("type") in {"actions", "context_actions"}:
        places += block.get("elements") or []
    for part in places:
        if isinstance(part, dict) and part.get("type") != "image":
            yield part


def fields_of(blocks: list[JsonObject]) -> Iterator[tuple[JsonObject, JsonObject]]:
    """Each (block, element) whose element holds a value."""
    for block in blocks:
        for element in interactive_parts(block):
            if element.get("type") in VALUE_FIELD:
                yield block, element


def initial_state(blocks: list[JsonObject]) -> JsonObject:
    """The values with which a form opens: what the app put in, or nothing."""
    values: JsonObject = {}
    for block, element in fields_of(blocks):
        entry = _entry(element, element.get(initial_field(element)))
        values.setdefault(block["block_id"], {})[element["action_id"]] = entry
    return values


def kept_state(blocks: list[JsonObject], before: JsonObject) -> JsonObject:
    """The values after an update: typed text stays where block id, action id and type stay."""
    values = initial_state(blocks)
    for block_id, entries in values.items():
        for action_id, entry in entries.items():
            old = before.get(block_id, {}).get(action_id)
            if old is not None and old["type"] == entry["type"]:
                entries[action_id] = old
    return values


def filled_state(
    blocks: list[JsonObject], before: JsonObject, given: Mapping[str, Mapping[str, Any]]
) -> JsonObject:
    """The values after a user filled some fields.

    Args:
        blocks: The blocks of the view.
        before: The values until then.
        given: Block id, then action id, then the value: text for an input, the `value` of an
            option for a menu, a list of them for a multi-select or checkboxes, an id for
            users and channels, "YYYY-MM-DD" for a date, None to empty the field.

    Raises:
        SandboxError: When there is no such field or option.
    """
    known = {(block["block_id"], part["action_id"]): part for block, part in fields_of(blocks)}
    values = {block_id: dict(entries) for block_id, entries in before.items()}
    for block_id, entries in given.items():
        for action_id, value in entries.items():
            element = known.get((block_id, action_id))
            if element is None:
                there = ", ".join(f"{one}/{other}" for one, other in known) or "none"
                msg = f"the form has no field {block_id}/{action_id}; it has {there}"
                raise SandboxError(msg)
            values.setdefault(block_id, {})[action_id] = chosen(element, value)
    return values


def chosen(element: Mapping[str, Any], value: object) -> JsonObject:
    """The state entry of one element after a user chose `value`.

    Raises:
        SandboxError: When the element offers no such option.
    """
    field = _field(element)
    if value is None:
        return _entry(element, None)
    if field == _ONE_OPTION:
        return _entry(element, _option(element, value))
    if field == _MANY_OPTIONS:
        wanted = value if isinstance(value, list | tuple | set | frozenset) else [value]
        return _entry(element, [_option(element, each) for each in wanted])
    if field in _MANY:
        return _entry(element, list(value) if isinstance(value, list | tuple) else [value])
    return _entry(element, value)


def is_empty(entry: Mapping[str, Any]) -> bool:
    """True when nothing was typed or chosen."""
    return not entry.get(VALUE_FIELD[entry["type"]])


def missing_fields(blocks: list[JsonObject], values: JsonObject) -> dict[str, str]:
    """Block id to the sentence that Slack shows, for each input that may not be sent so.

    Slack checks this before it sends anything to the app.
    """
    faults: dict[str, str] = {}
    for block, element in fields_of(blocks):
        if block["type"] != "input":
            continue
        entry = values[block["block_id"]][element["action_id"]]
        if is_empty(entry):
            if not block.get("optional", False):
                faults[block["block_id"]] = "Please complete this required field."
            continue
        length = len(entry["value"]) if isinstance(entry.get("value"), str) else None
        if length is not None and length < element.get("min_length", 0):
            faults[block["block_id"]] = f"Write at least {element['min_length']} characters."
        if length is not None and length > element.get("max_length", length):
            faults[block["block_id"]] = f"Write at most {element['max_length']} characters."
    return faults


def initial_field(element: Mapping[str, Any]) -> str:
    """The field with which an app fills an element, such as `initial_option`."""
    return f"initial_{_field(element).removeprefix('selected_')}"


def _field(element: Mapping[str, Any]) -> str:
    return VALUE_FIELD[element["type"]]


def _entry(element: Mapping[str, Any], value: object) -> JsonObject:
    field = _field(element)
    nothing: object = [] if field in _MANY else None
    entry = {"type": element["type"], field: nothing if value is None else value}
    if element["type"] == "timepicker" and "timezone" in element:
        entry["timezone"] = element["timezone"]
    return entry


def _option(element: Mapping[str, Any], value: object) -> JsonObject:
    """The whole option object whose `value` this is."""
    groups = element.get("option_groups", [])
    options: list[JsonObject] = [*element.get("options", [])]
    options += [option for group in groups for option in group["options"]]
    for option in options:
        if option["value"] == value:
            return option
    offered = ", ".join(repr(option["value"]) for option in options)
    msg = f"{element['action_id']} offers no {value!r}; it offers {offered}"
    raise SandboxError(msg)
