"""views.*: modals and Home tabs.

https://docs.slack.dev/reference/methods?family=views
"""

import json

from sandbox.slack.api.method import Context, Method
from sandbox.slack.blockkit import LIMITS, Surface, check_view
from sandbox.slack.errors import RefusalError, refuse_problems
from sandbox.slack.model import JsonObject
from sandbox.slack.views import View


def open_view(context: Context) -> JsonObject:
    """A modal, in exchange for a trigger id."""
    definition = read_view(context, Surface.MODAL)
    context.args.need("trigger_id")
    trigger = context.world.triggers.exchange(context.args.text("trigger_id"))
    return _answer(context.world.views.open(trigger.user, definition))


def push(context: Context) -> JsonObject:
    """A modal on top of the one in which the user acted."""
    definition = read_view(context, Surface.MODAL)
    context.args.need("trigger_id")
    trigger = context.world.triggers.exchange(context.args.text("trigger_id"))
    if trigger.view is None:
        raise RefusalError("not_found")
    return _answer(context.world.views.push(trigger.user, definition))


def update(context: Context) -> JsonObject:
    """Other contents for an open view."""
    world, args = context.world, context.args
    view_id, external_id = args.text("view_id"), args.text("external_id")
    if not view_id and not external_id:
        raise RefusalError(
            "invalid_arguments", messages=("missing required field: view_id or external_id",)
        )
    found = (
        world.views.find(view_id=view_id) if view_id else world.views.find(external_id=external_id)
    )
    surface = Surface(found.body["type"]) if found else Surface.MODAL
    definition = read_view(context, surface)
    if found is None:
        raise RefusalError("not_found")
    return _answer(world.views.update(found, definition, args.text("hash") or None))


def publish(context: Context) -> JsonObject:
    """The Home tab of one member."""
    world, args = context.world, context.args
    definition = read_view(context, Surface.HOME)
    if world.workspace.find_user(args.text("user_id")) is None:
        raise RefusalError("invalid_arguments", messages=("invalid `user_id`",))
    return _answer(world.views.publish(args.text("user_id"), definition, args.text("hash") or None))


def read_view(context: Context, surface: Surface) -> JsonObject:
    """The view of the arguments, checked.

    Raises:
        RefusalError: `view_too_large`, or `invalid_arguments` with a line for each fault.
    """
    given = context.args.json("view")
    if len(json.dumps(given).encode()) > LIMITS["view.bytes"].most:
        raise RefusalError("view_too_large")
    files = context.world.uploads.ids
    refuse_problems("invalid_arguments", check_view(given, surface=surface, files=files))
    if not isinstance(given, dict):
        raise RefusalError("invalid_arguments")
    return given


def _answer(view: View) -> JsonObject:
    return {"view": dict(view.body)}


METHODS = (
    Method(name="views.open", handler=open_view, needs=("view",)),
    Method(name="views.push", handler=push, needs=("view",)),
    Method(name="views.update", handler=update, needs=("view",)),
    Method(name="views.publish", handler=publish, needs=("user_id", "view")),
)
