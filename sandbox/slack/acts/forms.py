"""Filling, sending and closing modals.

https://docs.slack.dev/surfaces/modals#view_submissions
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.slack.acts.clicking import find_element
from sandbox.slack.acts.desk import Desk
from sandbox.slack.blockkit import check_view
from sandbox.slack.blockkit.blocks import Surface
from sandbox.slack.delivery import Delivery
from sandbox.slack.errors import RefusalError, SandboxError
from sandbox.slack.form_state import filled_state, missing_fields
from sandbox.slack.model import JsonObject, View
from sandbox.slack.payloads.interactions import (
    block_suggestion,
    view_closed,
    view_submission,
)

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


def top_view(desk: Desk, user: str, view_id: str | None) -> View:
    """The modal with this id, or the topmost one of the user.

    Raises:
        SandboxError: When it is not there or is another user's.
    """
    member = desk.user(user)
    stack = desk.world.views.stack(member.id)
    if view_id is None and not stack:
        msg = f"{member.name} has no modal open"
        raise SandboxError(msg)
    view = stack[-1] if view_id is None else desk.world.views.get(view_id)
    if view.user != member.id:
        msg = f"view {view.id} is another user's"
        raise SandboxError(msg)
    return view


async def submit(
    desk: Desk, *, user: str, view_id: str | None, values: Mapping[str, Mapping[str, Any]]
) -> Submission:
    """Fill a modal and press its submit button."""
    views = desk.world.views
    view = top_view(desk, user, view_id)
    if view.body["submit"] is None:
        msg = f"modal {view.title!r} has no submit button"
        raise SandboxError(msg)
    view = views.set_state(view, filled_state(view.blocks, view.state, values))
    kept_back = missing_fields(view.blocks, view.state)
    if kept_back:
        return Submission(delivery=None, response_action=None, errors=kept_back, view=view)
    payload = view_submission(desk.world, user=desk.user(user), view=view)
    obeyed: list[Submission] = []
    delivery = await desk.interact(
        payload, on_ack=lambda acknowledged: obeyed.append(_result(desk, view, acknowledged))
    )
    if obeyed:
        return obeyed[0]
    return Submission(delivery=delivery, response_action=None, problem=delivery.error, view=view)


async def close_view(desk: Desk, *, user: str, view_id: str | None, every: bool) -> Delivery | None:
    """Close a modal, or all; the app hears of it if it asked to (`notify_on_close`)."""
    view = top_view(desk, user, view_id)
    cleared = every or bool(view.body["clear_on_close"])
    if cleared:
        desk.world.views.clear(view.user)
    else:
        desk.world.views.close(view)
    desk.world.changes.notify()
    if not view.body["notify_on_close"]:
        return None
    payload = view_closed(desk.world, user=desk.user(user), view=view, is_cleared=cleared)
    return await desk.interact(payload)


async def suggest(
    desk: Desk, *, user: str, view_id: str | None, action_id: str, typed: str
) -> list[JsonObject]:
    """The options that the app offers in an external select for what was typed."""
    view = top_view(desk, user, view_id)
    block, element = find_element(view.blocks, action_id=action_id, value=None, block_id=None)
    payload = block_suggestion(
        desk.world,
        user=desk.user(user),
        view=view,
        block_id=block["block_id"],
        action_id=element["action_id"],
        typed=typed,
    )
    answer = (await desk.interact(payload)).ack_payload
    options: list[JsonObject] = answer.get("options", []) if isinstance(answer, dict) else []
    return options


def _result(desk: Desk, view: View, delivery: Delivery) -> Submission:
    """Do what the app answered, and tell what was done."""
    view = desk.world.views.get(view.id)
    answer = delivery.ack_payload
    given: JsonObject = answer if isinstance(answer, dict) else {}
    asked = str(given.get("response_action", _CLOSE))
    errors = dict(given.get("errors") or {})
    problem = _obey(desk, view, asked, given)
    stack = desk.world.views.stack(view.user)
    return Submission(
        delivery=delivery,
        response_action=asked,
        errors=errors,
        problem=problem,
        view=stack[-1] if stack else None,
    )


def _obey(desk: Desk, view: View, asked: str, given: JsonObject) -> str | None:
    """Carry out a response action; gives what is wrong with it, or None."""
    views = desk.world.views
    match asked:
        case "close":
            views.close(view)
        case "clear":
            views.clear(view.user)
        case "errors":
            return _wrong_errors(view, given.get("errors"))
        case "update" | "push":
            definition = given.get("view")
            problems = check_view(definition, surface=Surface.MODAL, files=desk.world.uploads.ids)
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
