"""What an admin of the workspace does: people, channels, and the app's rights."""

from collections.abc import Iterable
from dataclasses import replace

from sandbox.slack.model import Channel, JsonObject, User
from sandbox.slack.world import Grants, World


class Administration:
    """Actions of an admin; the app gets the event if it subscribed to it."""

    world: World

    @property
    def grants(self) -> Grants:
        """Scopes and subscribed events of the app; change them in place."""
        return self.world.grants

    def add_user(
        self,
        name: str,
        *,
        zone: str = "UTC",
        is_admin: bool = False,
        channels: Iterable[str] = ("summit-desk",),
    ) -> str:
        """A new member of some channels; gives the user's id."""
        world = self.world
        user = world.workspace.put_user(
            User(
                id=world.ids.next("U"),
                name=name,
                real_name=name.capitalize(),
                zone=zone,
                is_admin=is_admin,
            )
        )
        for channel in channels:
            world.workspace.change_members(world.workspace.channel(channel), add=[user.id])
        return user.id

    def add_channel(self, name: str, *, private: bool = False, with_bot: bool = True) -> str:
        """A new channel with all people; gives its id."""
        world = self.world
        inside = {user.id for user in world.workspace.users if not user.is_bot}
        if with_bot:
            inside.add(world.app.bot_user)
        channel = Channel(
            id=world.ids.next("C"),
            name=name,
            members=frozenset(inside),
            is_private=private,
            created=world.seconds(),
        )
        return world.workspace.put_channel(channel).id

    def archive(self, channel: str, *, archived: bool = True) -> None:
        """Archive a channel, or bring it back (`channel_archive`, `channel_unarchive`)."""
        workspace = self.world.workspace
        place = workspace.put_channel(replace(workspace.channel(channel), is_archived=archived))
        kind = "channel_archive" if archived else "channel_unarchive"
        self._tell({"type": kind, "channel": place.id, "user": self._admin()})

    def kick_bot(self, channel: str) -> None:
        """Take the app out of a channel (`channel_left`)."""
        workspace = self.world.workspace
        place = workspace.channel(channel)
        workspace.change_members(place, remove=[self.world.app.bot_user])
        self._tell({"type": "channel_left", "channel": place.id, "actor_id": self._admin()})

    def invite_bot(self, channel: str) -> None:
        """Bring the app into a channel (`member_joined_channel`)."""
        workspace = self.world.workspace
        place = workspace.channel(channel)
        workspace.change_members(place, add=[self.world.app.bot_user])
        joined: JsonObject = {
            "type": "member_joined_channel",
            "user": self.world.app.bot_user,
            "channel": place.id,
            "channel_type": "G" if place.is_private else "C",
            "team": workspace.team_id,
            "inviter": self._admin(),
        }
        self._tell(joined)

    def deactivate(self, user: str, *, deactivated: bool = True) -> None:
        """Close a member's account, or open it again (`user_change`)."""
        workspace = self.world.workspace
        member = workspace.put_user(replace(workspace.user(user), deactivated=deactivated))
        self._tell({"type": "user_change", "user": {"id": member.id, "deleted": deactivated}})

    def move_user(self, user: str, zone: str) -> None:
        """A member goes to another time zone."""
        workspace = self.world.workspace
        workspace.put_user(replace(workspace.user(user), zone=zone))
        self.world.changes.notify()

    def make_admin(self, user: str, *, is_admin: bool = True) -> None:
        """A member becomes an admin of the workspace, or stops being one."""
        workspace = self.world.workspace
        workspace.put_user(replace(workspace.user(user), is_admin=is_admin))
        self.world.changes.notify()

    def revoke_tokens(self) -> None:
        """From now on every call is refused with `token_revoked`."""
        self.world.grants.revoked = True

    def disable_app(self) -> None:
        """From now on every call is refused with `account_inactive`."""
        self.world.grants.disabled = True

    def _admin(self) -> str:
        """Id of the first admin, who does all this."""
        return next(user.id for user in self.world.workspace.users if user.is_admin)

    def _tell(self, event: JsonObject) -> None:
        self.world.emit({**event, "event_ts": self.world.timestamps.next()})
        self.world.changes.notify()
