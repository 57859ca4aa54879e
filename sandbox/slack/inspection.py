"""Looking into the workspace: what a user, or a test, can see."""

from datetime import UTC

from sandbox.slack.model import Message
from sandbox.slack.server import Call, Server
from sandbox.slack.terminal import Reader
from sandbox.slack.uploads import StoredFile
from sandbox.slack.views import View
from sandbox.slack.world import World

_LISTED_CALLS = 5


class Inspection:
    """The questions that one may ask the workspace; they change nothing."""

    _server: Server

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def api_url(self) -> str:
        """What SLACK_API_URL must be: "http://127.0.0.1:PORT/api/"."""
        return f"{self.world.base_url}/api/"

    @property
    def bot_token(self) -> str:
        """SLACK_BOT_TOKEN."""
        return self.world.app.bot_token

    @property
    def app_token(self) -> str:
        """SLACK_APP_TOKEN."""
        return self.world.app.app_token

    @property
    def signing_secret(self) -> str:
        """SLACK_SIGNING_SECRET."""
        return self.world.app.signing_secret

    @property
    def team_id(self) -> str:
        """The id of the workspace."""
        return self.world.workspace.team_id

    @property
    def bot_user_id(self) -> str:
        """The app's user id."""
        return self.world.app.bot_user

    @property
    def users(self) -> dict[str, str]:
        """Handle to user id, the app's too."""
        return {user.name: user.id for user in self.world.workspace.users}

    @property
    def channels(self) -> dict[str, str]:
        """Channel name to id, without direct messages."""
        return {each.name: each.id for each in self.world.workspace.channels if each.name}

    def reader(self, user: str | None = None) -> Reader:
        """The eyes of a user, for `render_message`: names, time zone and present moment.

        Args:
            user: Who looks; a stranger in UTC for None.
        """
        return Reader(
            users={each.id: each.name for each in self.world.workspace.users},
            channels={each.id: each.name for each in self.world.workspace.channels if each.name},
            zone=UTC if user is None else self.world.workspace.user(user).tzinfo,
            now=self.world.now(),
        )

    @property
    def calls(self) -> list[Call]:
        """Every call of the app, oldest first."""
        return list(self._server.calls)

    def calls_of(self, method: str) -> list[Call]:
        """The calls of one method, oldest first."""
        return [call for call in self._server.calls if call.method == method]

    def messages(self, channel: str) -> list[Message]:
        """What stands in a channel or direct message itself, oldest first."""
        return self.world.messages.top_level(self.world.workspace.channel(channel).id)

    def replies(self, channel: str, ts: str) -> list[Message]:
        """The replies in a thread, oldest first, without the message they hang on."""
        thread = self.world.messages.thread(self.world.workspace.channel(channel).id, ts)
        return [message for message in thread if message.is_reply]

    def dm(self, user: str) -> list[Message]:
        """The direct message between a user and the app, oldest first; empty if there is none."""
        member = self.world.workspace.user(user)
        found = self.world.workspace.direct_message(self.world.app.bot_user, member.id)
        return [] if found is None else self.world.messages.top_level(found.id)

    def ephemerals(self, user: str, channel: str | None = None) -> list[Message]:
        """What only this user sees, oldest first; in all channels for None."""
        member = self.world.workspace.user(user)
        place = None if channel is None else self.world.workspace.channel(channel).id
        return self.world.messages.ephemerals(member.id, place)

    def home(self, user: str) -> View | None:
        """The user's Home tab, or None when the app never published one."""
        return self.world.views.home(self.world.workspace.user(user).id)

    def views(self, user: str) -> list[View]:
        """The user's open modals, the topmost last."""
        return self.world.views.stack(self.world.workspace.user(user).id)

    def files(self) -> list[StoredFile]:
        """Every completed file, oldest first."""
        return self.world.uploads.files

    def _describe(self) -> str:
        """The last calls, for the text of an error."""
        last = self.calls[-_LISTED_CALLS:]
        listed = ", ".join(f"{call.method}: {call.error or call.fault or 'ok'}" for call in last)
        return f"the last calls were {listed or 'none'}"
