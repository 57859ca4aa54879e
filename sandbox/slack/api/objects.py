"""User and conversation objects, as the Web API shows them.

https://docs.slack.dev/reference/objects/user-object and conversation-object.
"""

from sandbox.slack.model import Channel, JsonObject, User
from sandbox.slack.world import World


def user_json(user: User, world: World, *, include_locale: bool = False) -> JsonObject:
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
    if include_locale:
        shown["locale"] = "en-US"
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


def channel_json(channel: Channel, world: World, *, with_count: bool = False) -> JsonObject:
    """A conversation object."""
    if channel.is_im:
        return _direct_message_json(channel, world)
    shown: JsonObject = {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_general": False,
        "is_shared": False,
        "is_org_shared": False,
        "is_ext_shared": False,
        "is_pending_ext_shared": False,
        "is_member": world.app.bot_user in channel.members,
        "created": channel.created,
        "updated": channel.created * 1000,
        "creator": next(iter(sorted(channel.members)), ""),
        "unlinked": 0,
        "context_team_id": world.workspace.team_id,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
    }
    if with_count:
        shown["num_members"] = len(channel.members)
    return shown


def _direct_message_json(channel: Channel, world: World) -> JsonObject:
    other = next(iter(channel.members - {world.app.bot_user}), "")
    user = world.workspace.find_user(other)
    return {
        "id": channel.id,
        "created": channel.created,
        "is_archived": False,
        "is_im": True,
        "is_org_shared": False,
        "context_team_id": world.workspace.team_id,
        "user": other,
        "is_user_deleted": user is not None and user.deactivated,
        "is_open": True,
        "priority": 0,
    }
