"""api.test, auth.test, team.info and apps.connections.open."""

from sandbox.slack.api.method import Context, Method, Token
from sandbox.slack.errors import RefusalError
from sandbox.slack.model import JsonObject


def api_test(context: Context) -> JsonObject:
    """Gives the arguments back, or the error that was asked for."""
    given = dict(context.args.values)
    error = context.args.text("error")
    if error:
        raise RefusalError(error, extra={"args": given})
    return {"args": given}


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


def team_info(context: Context) -> JsonObject:
    """The workspace."""
    workspace = context.world.workspace
    wanted = context.args.text("team", workspace.team_id)
    if wanted != workspace.team_id:
        raise RefusalError("team_not_found")
    return {
        "team": {
            "id": workspace.team_id,
            "name": workspace.name,
            "domain": workspace.domain,
            "url": f"{context.world.base_url}/",
            "email_domain": "",
            "icon": {"image_default": True},
        }
    }


def connections_open(context: Context) -> JsonObject:
    """A WebSocket address with a ticket for one socket."""
    return {"url": context.socket_url()}


METHODS = (
    Method(name="api.test", handler=api_test, token=Token.NONE, tier=4),
    Method(name="auth.test", handler=auth_test, tier=4),
    Method(name="team.info", handler=team_info, scope="team:read", tier=3),
    Method(name="apps.connections.open", handler=connections_open, token=Token.APP, tier=3),
)
