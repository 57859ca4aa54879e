"""People and channels: the default ones, changes, and the questions of the Web API about them.

Default ids are words, so that a failed test can be read: U01ANALYST follows the summit, U02ADMIN
may change the feeds, U03SUBSCRIBER lives in Seoul's time zone and gets digests.
"""

import hashlib
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


TEAM_ID = "T01SUMMIT"
BOT_USER = "U00BRIEFING"
PEOPLE = (
    User(id="U01ANALYST", name="analyst", real_name="Analyst", zone="America/New_York"),
    User(id="U02ADMIN", name="admin", real_name="Admin", zone="Europe/Paris", is_admin=True),
    User(id="U03SUBSCRIBER", name="subscriber", real_name="Subscriber", zone="Asia/Seoul"),
)
# What the app was granted, until a test says otherwise.
DEFAULT_SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "users:read",
    }
)

# The bot events that the app subscribed to, until a test says otherwise.
DEFAULT_EVENTS = frozenset({"app_mention", "app_home_opened", "message.im"})


def _secret(purpose: str, length: int) -> str:
    """A word that only looks secret: the workspace lives on loopback and in memory."""
    return hashlib.sha256(f"pretend workspace: {purpose}".encode()).hexdigest()[:length]


def default_app() -> App:
    """The app "briefing" with its tokens."""
    return App(
        id="A01BRIEFING",
        name="briefing",
        bot_user=BOT_USER,
        bot_id="B01BRIEFING",
        bot_token=f"xoxb-{_secret('bot', 24)}",
        app_token=f"xapp-1-A01BRIEFING-{_secret('app', 24)}",
        signing_secret=_secret("signing", 32),
        verification_token=_secret("verification", 24),
    )


def default_workspace(ids: Ids, *, created: int) -> Workspace:
    """A team with three people, the app, and the channels #summit-desk, #random, #closed-desk.

    Args:
        ids: Gives further ids.
        created: Unix seconds at which the channels began.
    """
    app = default_app()
    team = Workspace(team_id=TEAM_ID, name="Summit Desk", domain="summit-desk", app=app, ids=ids)
    bot = User(id=app.bot_user, name=app.name, real_name="Summit Briefing", bot_id=app.bot_id)
    for user in (*PEOPLE, bot):
        team.put_user(user)
    people = frozenset(user.id for user in PEOPLE)
    for channel_id, name, members, archived in (
        ("C01SUMMIT", "summit-desk", people | {bot.id}, False),
        ("C02RANDOM", "random", people, False),
        ("C03CLOSED", "closed-desk", people | {bot.id}, True),
    ):
        team.put_channel(
            Channel(
                id=channel_id, name=name, members=members, is_archived=archived, created=created
            )
        )
    return team
