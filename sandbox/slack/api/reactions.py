"""reactions.add."""

from dataclasses import replace

from sandbox.slack.api.method import Context, Method
from sandbox.slack.errors import RefusalError
from sandbox.slack.model import JsonObject


def add(context: Context) -> JsonObject:
    """The app reacts to a message with an emoji."""
    world, args = context.world, context.args
    channel = world.workspace.joined_by_bot(args.text("channel"))
    if channel.is_archived:
        raise RefusalError("is_archived")
    message = world.messages.find(channel.id, args.text("timestamp"))
    if message is None or message.ephemeral_to is not None:
        raise RefusalError("message_not_found")
    name = args.text("name").strip(":")
    reactions = {each["name"]: each for each in message.body.get("reactions", [])}
    users = list(reactions.get(name, {}).get("users", []))
    if world.app.bot_user in users:
        raise RefusalError("already_reacted")
    users.append(world.app.bot_user)
    reactions[name] = {"name": name, "users": users, "count": len(users)}
    body = {**message.body, "reactions": list(reactions.values())}
    world.messages.replace(replace(message, body=body))
    return {}


METHODS = (
    Method(
        name="reactions.add",
        handler=add,
        needs=("channel", "name", "timestamp"),
        scope="reactions:write",
    ),
)
