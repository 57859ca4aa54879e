"""Clicks in messages, modals and the Home tab; filling, sending and closing modals.

https://docs.slack.dev/surfaces/modals#view_submissions
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.slack.blockkit import Surface, check_view
from sandbox.slack.delivery import Delivery
from sandbox.slack.errors import RefusalError, SandboxError
from sandbox.slack.form_state import (
    VALUE_FIELD,
    chosen,
    filled_state,
    initial_state,
    interactive_parts,
    missing_fields,
)
from sandbox.slack.model import JsonObject, Message, User
from sandbox.slack.payloads.interactions import (
    action,
    message_actions,
    view_actions,
    view_closed,
    view_submission,
)
from sandbox.slack.session import Session
from sandbox.slack.views import View
from sandbox.slack.world import World

# A block and the element in it.
Found = tuple[JsonObject, JsonObject]
_CLOSE = "close"


@dataclass(frozen=True, kw_only=True, slots=True)
class Submission:
    """What came of sending a modal.

    Attributes:
        delivery: None when Slack itself kept it back, for a required field that is empty.
        response_action: `close` when the app said nothing, else `clear`, `errors`, `update`
            or `push`; None when it was kept back or failed.
        errors: Block id to the sentence shown under that field.
        problem: Why Slack could not do what the app asked for, or None.
        view: The topmost modal afterwards, or None when all are closed.
    """

    delivery: Delivery | None
    response_action: str | None
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None
    view: View | None = None

    @property
    def accepted(self) -> bool:
        """True when the app took it without complaint."""
        return self.response_action not in {None, "errors"} and self.problem is None


class UserForms:
    """Clicks and forms of the members."""

    world: World
    _session: Session

    async def click(
        self,
        *,
        user: str,
        action_id: str,
        message: Message | None = None,
        view: View | None = None,
        value: object = None,
        block_id: str | None = None,
    ) -> Delivery:
        """Click a button or choose in a menu, in a message or in a view.

        Args:
            user: Who clicks.
            action_id: The element.
            message: A message, ephemeral or not; as it is now, not as it was when read.
            view: A modal or a Home tab, instead of a message.
            value: What to choose; for buttons, which of several with this action id.
            block_id: Which block, where the action id stands in several.

        Raises:
            SandboxError: No element, or more than one, fits.
        """
        if (message is None) == (view is None):
            msg = "click needs either a message or a view"
            raise SandboxError(msg)
        world, member = self.world, self.world.workspace.user(user)
        if message is not None:
            shown: Message | View = self._seen_message(member, message)
            key = (member.id, message.channel, message.ts)
            state = self._session.selections.setdefault(key, initial_state(shown.blocks))
        elif view is not None:
            shown = self._own_view(member, view.id)
            state = {block: dict(entries) for block, entries in shown.state.items()}
        found = _find_element(shown.blocks, action_id=action_id, value=value, block_id=block_id)
        actions = [_acted(found, value, state, ts=world.timestamps.next())]
        if isinstance(shown, View):
            shown = world.views.set_state(shown, state)
            payload = view_actions(world, user=member, view=shown, actions=actions)
        else:
            channel = world.workspace.channel(shown.channel)
            payload = message_actions(
                world, user=member, channel=channel, message=shown, actions=actions, state=state
            )
        return await self._session.interact(payload)

    async def submit(
        self,
        *,
        user: str,
        values: Mapping[str, Mapping[str, Any]] | None = None,
        view_id: str | None = None,
    ) -> Submission:
        """Fill the topmost modal, or the one named, and send it.

        Args:
            user: Whose modal.
            values: Block id, then action id, then the value; see `form_state.filled_state`.
            view_id: The modal; the topmost one for None.
        """
        views = self.world.views
        view = self._modal(user, view_id)
        if view.body["submit"] is None:
            msg = f"modal {view.title!r} has no submit button"
            raise SandboxError(msg)
        view = views.set_state(view, filled_state(view.blocks, view.state, values or {}))
        kept_back = missing_fields(view.blocks, view.state)
        if kept_back:
            return Submission(delivery=None, response_action=None, errors=kept_back, view=view)
        payload = view_submission(self.world, user=self.world.workspace.user(user), view=view)
        obeyed: list[Submission] = []
        delivery = await self._session.interact(
            payload, on_ack=lambda acked: obeyed.append(_result(self.world, view, acked))
        )
        if obeyed:
            return obeyed[0]
        return Submission(
            delivery=delivery, response_action=None, problem=delivery.error, view=view
        )

    async def close_view(
        self, *, user: str, view_id: str | None = None, every: bool = False
    ) -> Delivery | None:
        """Close the topmost modal or the one named, or every one of the user.

        The app gets a payload if it asked for one (`notify_on_close`).
        """
        view = self._modal(user, view_id)
        cleared = every or bool(view.body["clear_on_close"])
        if cleared:
            self.world.views.clear(view.user)
        else:
            self.world.views.close(view)
        self.world.changes.notify()
        if not view.body["notify_on_close"]:
            return None
        member = self.world.workspace.user(user)
        payload = view_closed(self.world, user=member, view=view, is_cleared=cleared)
        return await self._session.interact(payload)

    def _modal(self, user: str, view_id: str | None) -> View:
        """The modal with this id, or the topmost one of the user for None."""
        member = self.world.workspace.user(user)
        if view_id is not None:
            return self._own_view(member, view_id)
        stack = self.world.views.stack(member.id)
        if not stack:
            msg = f"{member.name} has no modal open"
            raise SandboxError(msg)
        return stack[-1]

    def _own_view(self, member: User, view_id: str) -> View:
        view = self.world.views.get(view_id)
        if view.user != member.id:
            msg = f"view {view.id} is another user's"
            raise SandboxError(msg)
        return view

    def _seen_message(self, member: User, message: Message) -> Message:
        current = self.world.messages.get(message.channel, message.ts)
        channel = self.world.workspace.channel(current.channel)
        if member.id not in channel.members or current.ephemeral_to not in {None, member.id}:
            msg = f"{member.name} does not see this message in {channel.name or channel.id}"
            raise SandboxError(msg)
        return current


def _acted(found: Found, value: object, state: JsonObject, *, ts: str) -> JsonObject:
    """The entry of `actions` for this element; what it holds goes into `state` as well."""
    block, element = found
    kind = element["type"]
    picked: JsonObject = {}
    if kind in VALUE_FIELD:
        picked = chosen(element, value)
        state.setdefault(block["block_id"], {})[element["action_id"]] = picked
    elif kind == "overflow":
        picked = {"selected_option": _overflow_option(element, value)}
    elif kind == "feedback_buttons":
        picked = {"value": value}
    return action(element, block_id=block["block_id"], ts=ts, chosen=picked)


def _find_element(
    blocks: list[JsonObject], *, value: object, action_id: str, block_id: str | None
) -> Found:
    """The one element with this action id.

    The same action id may stand in many blocks; then the block id or the value of the button
    decides.

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


def _result(world: World, view: View, delivery: Delivery) -> Submission:
    """Do what the app answered, and say what came of it."""
    view = world.views.get(view.id)
    answer = delivery.ack_payload
    given: JsonObject = answer if isinstance(answer, dict) else {}
    asked = str(given.get("response_action", _CLOSE))
    errors = dict(given.get("errors") or {})
    problem = _obey(world, view, asked, given)
    stack = world.views.stack(view.user)
    return Submission(
        delivery=delivery,
        response_action=asked,
        errors=errors,
        problem=problem,
        view=stack[-1] if stack else None,
    )


def _obey(world: World, view: View, asked: str, given: JsonObject) -> str | None:
    """Carry out a response action; gives what is wrong with it, or None."""
    views = world.views
    match asked:
        case "close":
            views.close(view)
        case "clear":
            views.clear(view.user)
        case "errors":
            return _wrong_errors(view, given.get("errors"))
        case "update" | "push":
            definition = given.get("view")
            problems = check_view(definition, surface=Surface.MODAL, files=world.uploads.ids)
            if problems or not isinstance(definition, dict):
                return "; ".join(str(problem) for problem in problems)
            try:
                if asked == "update":
                    views.update(view, definition, None)
                else:
                    views.push(view.user, definition)
            except RefusalError as refusal:
                return refusal.error
        case _:
            return f"Slack knows no response_action {asked!r}"
    return None


def _wrong_errors(view: View, errors: object) -> str | None:
    """Slack shows errors under input blocks only; an unknown block id spoils the answer."""
    known = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        return "errors must map block ids to sentences"
    unknown = sorted(set(errors) - known)
    return f"no input block is called {', '.join(unknown)}" if unknown else None
