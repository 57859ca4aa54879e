"""People and channels, and the questions that the Web API asks about them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sandbox.slack.errors import RefusalError, SandboxError
from sandbox.slack.ids import Ids
from sandbox.slack.model import Channel, User


@dataclass(frozen=True, kw_only=True, slots=True)
class App:
    """The one app that is installed in the workspace, and its secrets.

    Attributes:
        id: Starts with "A".
        bot_token: For the Web API, "xoxb-...".
        app_token: For Socket Mode, "xapp-...".
        signing_secret: For the signatures of HTTP requests.
        verification_token: The old shared word that payloads still carry.
    """

    id: str
    name: str
    bot_user: str
    bot_id: str
    bot_token: str
    app_token: str
    signing_secret: str
    verification_token: str


class Workspace:
    """One team with its members and conversations."""

    def __init__(self, *, team_id: str, name: str, domain: str, app: App, ids: Ids) -> None:
        self.team_id = team_id
        self.name = name
        self.domain = domain
        self.app = app
        self._ids = ids
        self._users: dict[str, User] = {}
        self._channels: dict[str, Channel] = {}

    @property
    def users(self) -> list[User]:
        """All members in the order in which they joined."""
        return list(self._users.values())

    @property
    def channels(self) -> list[Channel]:
        """All conversations, direct messages too, in the order in which they began."""
        return list(self._channels.values())

    def put_user(self, user: User) -> User:
        """Add a member, or put a changed one in place of the old."""
        self._users[user.id] = user
        return user

    def put_channel(self, channel: Channel) -> Channel:
        """Add a conversation, or put a changed one in place of the old."""
        self._channels[channel.id] = channel
        return channel

    def user(self, id_or_name: str) -> User:
        """The member with this id or handle.

        Raises:
            SandboxError: When there is none; the text names those that are.
        """
        for user in self._users.values():
            if id_or_name in {user.id, user.name, f"@{user.name}"}:
                return user
        names = ", ".join(user.name for user in self._users.values())
        msg = f"nobody here is called {id_or_name!r}; there are {names}"
        raise SandboxError(msg)

    def channel(self, id_or_name: str) -> Channel:
        """The conversation with this id or name, "#" or not.

        Raises:
            SandboxError: When there is none; the text names those that are.
        """
        found = self.find_channel(id_or_name)
        if found is None:
            names = ", ".join(f"#{each.name}" for each in self._channels.values() if each.name)
            msg = f"no channel is called {id_or_name!r}; there are {names}"
            raise SandboxError(msg)
        return found

    def find_user(self, user_id: str) -> User | None:
        """The member with this id, or None."""
        return self._users.get(user_id)

    def find_channel(self, id_or_name: str) -> Channel | None:
        """The conversation with this id or name, or None."""
        if id_or_name in self._channels:
            return self._channels[id_or_name]
        wanted = id_or_name.removeprefix("#")
        return next((each for each in self._channels.values() if each.name == wanted != ""), None)

    def direct_message(self, one: str, other: str) -> Channel | None:
        """The direct message between two members, or None when it was never opened."""
        pair = frozenset({one, other})
        return next(
            (each for each in self._channels.values() if each.is_im and each.members == pair), None
        )

    def open_direct_message(self, one: str, other: str, *, created: int) -> Channel:
        """The direct message between two members, opened if it was not."""
        found = self.direct_message(one, other)
        if found is not None:
            return found
        return self.put_channel(
            Channel(
                id=self._ids.next("D"),
                name="",
                members=frozenset({one, other}),
                is_im=True,
                created=created,
            )
        )

    def change_members(
        self, channel: Channel, *, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> Channel:
        """The channel with other members."""
        members = (channel.members | set(add)) - set(remove)
        return self.put_channel(replace(channel, members=members))

    def seen_by_bot(self, channel_id: str) -> Channel:
        """The conversation, if the app may know of it.

        Raises:
            RefusalError: `channel_not_found` for what is not there and for private
                conversations without the app.
        """
        channel = self._channels.get(channel_id)
        inside = channel is not None and self.app.bot_user in channel.members
        if channel is None or (not inside and channel.kind != "channel"):
            raise RefusalError("channel_not_found")
        return channel

    def joined_by_bot(self, channel_id: str) -> Channel:
        """The conversation, if the app is in it.

        Raises:
            RefusalError: `channel_not_found` or `not_in_channel`.
        """
        channel = self.seen_by_bot(channel_id)
        if self.app.bot_user not in channel.members:
            raise RefusalError("not_in_channel")
        return channel
