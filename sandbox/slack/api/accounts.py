"""auth.test, apps.connections.open, users.info and users.list: who the app and the members are.

https://docs.slack.dev/reference/objects/user-object
"""

from sandbox.slack.api.method import Context, Method, Token
from sandbox.slack.api.paging import page_of
from sandbox.slack.errors import RefusalError
from sandbox.slack.model import JsonObject, User
from sandbox.slack.world import World


def auth_test(context: Context) -> JsonObject:
    """Who the token is."""
    workspace, app = context.world.workspace, context.world.app
    return {
        "url": f"{context.world.base_url}/",
        "team": workspace.name,
        "user": app.name,
        "team_id": workspace.team_id,
        "user_id": app.bot_user,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


def connections_open(context: Context) -> JsonObject:
    """A WebSocket address with a ticket for one socket."""
    return {"url": context.socket_url()}


def users_info(context: Context) -> JsonObject:
    """One member."""
    user = context.world.workspace.find_user(context.args.text("user"))
    if user is None:
        raise RefusalError("user_not_found")
    return {"user": _user_json(user, context.world)}


def users_list(context: Context) -> JsonObject:
    """All members, deactivated ones and apps too."""
    world = context.world
    found, more = page_of(world.workspace.users, context.args, kind="user")
    members = [_user_json(each, world) for each in found]
    return {"members": members, "cache_ts": world.seconds(), **more}


def _user_json(user: User, world: World) -> JsonObject:
    """A user object; a deactivated one has lost its time zone and its roles, as in Slack."""
    shown: JsonObject = {
        "id": user.id,
        "team_id": world.workspace.team_id,
        "name": user.name,
        "deleted": user.deactivated,
        "profile": {
            "real_name": user.real_name,
            "real_name_normalized": user.real_name,
            "display_name": user.name,
            "display_name_normalized": user.name,
            "team": world.workspace.team_id,
        },
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": world.seconds(),
    }
    if user.is_bot:
        shown["profile"] |= {"bot_id": user.bot_id, "api_app_id": world.app.id}
    if user.deactivated:
        return shown
    local = world.now().astimezone(user.tzinfo)
    offset = local.utcoffset()
    return shown | {
        "real_name": user.real_name,
        "tz": user.zone,
        "tz_label": local.tzname(),
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "who_can_share_contact_card": "EVERYONE",
    }


METHODS = (
    Method(name="auth.test", handler=auth_test),
    Method(name="apps.connections.open", handler=connections_open, token=Token.APP),
    Method(name="users.info", handler=users_info, needs=("user",), scope="users:read"),
    Method(name="users.list", handler=users_list, scope="users:read"),
)
