"""Clicks on buttons and choices in menus, in messages, modals and the Home tab."""

from collections.abc import Iterator
from typing import Any

from sandbox.slack.acts.desk import Desk
from sandbox.slack.delivery import Delivery
from sandbox.slack.errors import SandboxError
from sandbox.slack.form_state import VALUE_FIELD, chosen, initial_state
from sandbox.slack.interactive import interactive_parts
from sandbox.slack.model import JsonObject, Message, View
from sandbox.slack.payloads.interactions import action, message_actions, view_actions

Found = tuple[JsonObject, JsonObject]
"""A block and the element in it."""


async def click_in_message(
    desk: Desk, *, user: str, message: Message, action_id: str, value: object, block_id: str | None
) -> Delivery:
    """Click something in a message, as the message is now."""
    member = desk.user(user)
    current = desk.world.messages.get(message.channel, message.ts)
    channel = desk.world.workspace.channel(current.channel)
    if member.id not in channel.members or current.ephemeral_to not in {None, member.id}:
        msg = f"{member.name} does not see this message in {channel.name or channel.id}"
        raise SandboxError(msg)
    block, element = find_element(
        current.blocks, action_id=action_id, value=value, block_id=block_id
    )
    key = (member.id, current.channel, current.ts)
    state = desk.selections.setdefault(key, initial_state(current.blocks))
    entry = acted(desk, block, element, value, state)
    payload = message_actions(
        desk.world, user=member, channel=channel, message=current, actions=[entry], state=state
    )
    return await desk.interact(payload)


async def click_in_view(
    desk: Desk, *, user: str, view: View, action_id: str, value: object, block_id: str | None
) -> Delivery:
    """Click something in a modal or in the Home tab, as it is now."""
    member = desk.user(user)
    current = desk.world.views.get(view.id)
    if current.user != member.id:
        msg = f"view {view.id} is another user's"
        raise SandboxError(msg)
    block, element = find_element(
        current.blocks, action_id=action_id, value=value, block_id=block_id
    )
    state = {key: dict(entries) for key, entries in current.state.items()}
    entry = acted(desk, block, element, value, state)
    current = desk.world.views.set_state(current, state)
    payload = view_actions(desk.world, user=member, view=current, actions=[entry])
    return await desk.interact(payload)


def acted(
    desk: Desk, block: JsonObject, element: JsonObject, value: object, state: JsonObject
) -> JsonObject:
    """The entry of `actions` for this element; what it holds goes into `state` as well."""
    kind = element["type"]
    picked: JsonObject = {}
    if kind in VALUE_FIELD:
        picked = chosen(element, value)
        state.setdefault(block["block_id"], {})[element["action_id"]] = picked
    elif kind == "overflow":
        picked = {"selected_option": _overflow_option(element, value)}
    elif kind == "feedback_buttons":
        picked = {"value": value}
    ts = desk.world.timestamps.next()
    return action(element, block_id=block["block_id"], ts=ts, chosen=picked)


def find_element(
    blocks: list[JsonObject], *, action_id: str, value: object, block_id: str | None
) -> Found:
    """The one element that is meant.

    The same action id may stand in many blocks; then the block id, or the value of the
    button, must tell which is meant.

    Raises:
        SandboxError: When none or several fit; the text lists what is there.
    """
    there = list(_elements(blocks))
    found = [
        (block, element)
        for block, element in there
        if element["action_id"] == action_id and block_id in (None, block["block_id"])
    ]
    if len(found) > 1 and value is not None:
        found = [pair for pair in found if _offers(pair[1], value)]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(
        f"{element['action_id']} in {block['block_id']} (value {element.get('value')!r})"
        for block, element in there
    )
    what = "several elements fit" if found else "no element fits"
    msg = f"{what} {action_id!r}; here are: {listed or 'none'}"
    raise SandboxError(msg)


def _elements(blocks: list[JsonObject]) -> Iterator[Found]:
    for block in blocks:
        for element in interactive_parts(block):
            if "action_id" in element:
                yield block, element


def _offers(element: JsonObject, value: object) -> bool:
    if "value" in element:
        return bool(element["value"] == value)
    return any(option["value"] == value for option in element.get("options", []))


def _overflow_option(element: JsonObject, value: object) -> dict[str, Any]:
    options: list[dict[str, Any]] = element["options"]
    for option in options:
        if option["value"] == value:
            return option
    offered = ", ".join(repr(option["value"]) for option in options)
    msg = f"the menu offers no {value!r}; it offers {offered}"
    raise SandboxError(msg)
