"""From a call to its answer: token, scope, limits, arguments, and then the method."""

from collections.abc import Mapping
from typing import Final

from sandbox.slack.api import auth, chat, conversations, files, history, reactions, users, views
from sandbox.slack.api.method import Context, Method, Token
from sandbox.slack.errors import RefusalError
from sandbox.slack.model import JsonObject
from sandbox.slack.world import World

METHODS: Final[Mapping[str, Method]] = {
    method.name: method
    for family in (auth, chat, conversations, files, history, reactions, users, views)
    for method in family.METHODS
}
"""Every method that this workspace knows."""


def answer(name: str, context: Context, token: str | None) -> JsonObject:
    """The answer to one call, `"ok": true` or refused.

    Raises:
        RefusalError: With the code that Slack documents, in Slack's order: method, token,
            scope, rate, arguments, and what the method itself finds.
    """
    method = METHODS.get(name)
    if method is None:
        raise RefusalError("unknown_method", extra={"req_method": name})
    _check_token(method, context.world, token)
    if method.scope is not None:
        context.need_scope(method.scope)
    if method.tier:
        context.limits.spend(name, tier=method.tier, channel="")
    context.args.need(*method.needs)
    return {"ok": True, **method.handler(context)}


def _check_token(method: Method, world: World, token: str | None) -> None:
    """https://docs.slack.dev/authentication/tokens/: each sort of token opens its own methods."""
    if method.token is Token.NONE:
        return
    if not token:
        raise RefusalError("not_authed")
    app = world.app
    if token not in {app.bot_token, app.app_token}:
        raise RefusalError("invalid_auth")
    if world.grants.revoked:
        raise RefusalError("token_revoked")
    if world.grants.disabled:
        raise RefusalError("account_inactive")
    wanted = app.app_token if method.token is Token.APP else app.bot_token
    if token != wanted:
        raise RefusalError("not_allowed_token_type")
