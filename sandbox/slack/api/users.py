"""users.info and users.list."""

from sandbox.slack.api.method import Context, Method
from sandbox.slack.api.objects import user_json
from sandbox.slack.api.paging import page_of
from sandbox.slack.errors import RefusalError
from sandbox.slack.model import JsonObject


def info(context: Context) -> JsonObject:
    """One member."""
    user = context.world.workspace.find_user(context.args.text("user"))
    if user is None:
        raise RefusalError("user_not_found")
    locale = context.args.flag("include_locale")
    return {"user": user_json(user, context.world, include_locale=locale)}


def list_users(context: Context) -> JsonObject:
    """All members, deactivated ones and apps too."""
    world = context.world
    locale = context.args.flag("include_locale")
    found, more = page_of(world.workspace.users, context.args, kind="user")
    members = [user_json(each, world, include_locale=locale) for each in found]
    return {"members": members, "cache_ts": world.seconds(), **more}


METHODS = (
    Method(name="users.info", handler=info, needs=("user",), scope="users:read", tier=4),
    Method(name="users.list", handler=list_users, scope="users:read", tier=2),
)
