"""The workspace's members as a test moves them: what they say, click, fill and send."""

from collections.abc import Mapping
from typing import Any

from sandbox.slack.acts import clicking, forms, talking
from sandbox.slack.acts.desk import Desk
from sandbox.slack.acts.forms import Submission
from sandbox.slack.acts.talking import Said
from sandbox.slack.delivery import Delivery
from sandbox.slack.errors import SandboxError
from sandbox.slack.model import JsonObject, Message, StoredFile, View
from sandbox.slack.world import World, file_json


class Members:
    """Acts of users; each gives what was sent to the app for it."""

    world: World
    _desk: Desk

    async def command(self, *, user: str, channel: str, command: str, text: str = "") -> Delivery:
        """Run a slash command; returns once it is acknowledged or has failed.

        What the app sends with the acknowledgement is shown to the user at once.
        """
        return await talking.command(
            self._desk, user=user, channel=channel, name=command, text=text
        )

    async def say(
        self,
        *,
        user: str,
        channel: str,
        text: str,
        thread_ts: str | None = None,
        files: tuple[StoredFile, ...] = (),
    ) -> Said:
        """Write a message; `@briefing` and other handles become mentions.

        Sends a message event if the app subscribed to that kind of channel, and
        `app_mention` if it is named outside a direct message.
        """
        return await talking.say(
            self._desk, user=user, channel=channel, text=text, thread_ts=thread_ts, files=files
        )

    def upload(self, *, user: str, name: str, content: bytes) -> StoredFile:
        """A file of a member, to be shared with `say`, or chosen in a form by `file_choice`."""
        return self.world.uploads.keep(
            name=name,
            content=content,
            owner=self.world.workspace.user(user).id,
            created=self.world.seconds(),
        )

    def file_choice(self, file: StoredFile) -> JsonObject:
        """What a `file_input` holds after a member chose this file."""
        return file_json(file, self.world)

    async def open_dm(self, user: str) -> str:
        """The id of the direct message between the user and the app."""
        member = self.world.workspace.user(user)
        return self.world.workspace.open_direct_message(
            self.world.app.bot_user, member.id, created=self.world.seconds()
        ).id

    async def open_home(self, user: str, *, tab: str = "home") -> Delivery | None:
        """Open the app's page at `home` or `messages`; None if the app does not listen."""
        return await talking.open_home(self._desk, user=user, tab=tab)

    async def shortcut(
        self, *, user: str, callback_id: str, message: Message | None = None
    ) -> Delivery:
        """Use a global shortcut, or with a message a shortcut on that message."""
        return await talking.shortcut(
            self._desk, user=user, callback_id=callback_id, message=message
        )

    async def click(
        self,
        *,
        user: str,
        action_id: str,
        message: Message | None = None,
        view: View | None = None,
        value: object = None,
        block_id: str | None = None,
    ) -> Delivery:
        """Click a button or choose in a menu, in a message or in a view.

        Args:
            user: Who clicks.
            action_id: The element.
            message: A message, ephemeral or not; as it is now, not as it was when read.
            view: A modal or a Home tab, instead of a message.
            value: What to choose; for buttons, which of several with this action id.
            block_id: Which block, where the action id stands in several.

        Raises:
            SandboxError: When no element, or more than one, fits.
        """
        if view is not None and message is None:
            return await clicking.click_in_view(
                self._desk,
                user=user,
                view=view,
                action_id=action_id,
                value=value,
                block_id=block_id,
            )
        if message is not None and view is None:
            return await clicking.click_in_message(
                self._desk,
                user=user,
                message=message,
                action_id=action_id,
                value=value,
                block_id=block_id,
            )
        msg = "click needs either a message or a view"
        raise SandboxError(msg)

    async def submit(
        self,
        *,
        user: str,
        values: Mapping[str, Mapping[str, Any]] | None = None,
        view_id: str | None = None,
    ) -> Submission:
        """Fill the topmost modal, or the one named, and send it.

        Args:
            user: Whose modal.
            values: Block id, then action id, then the value; see `form_state.filled_state`.
            view_id: The modal; the topmost one for None.
        """
        return await forms.submit(self._desk, user=user, view_id=view_id, values=values or {})

    async def close_view(
        self, *, user: str, view_id: str | None = None, every: bool = False
    ) -> Delivery | None:
        """Close the topmost modal or the one named, or every one of the user."""
        return await forms.close_view(self._desk, user=user, view_id=view_id, every=every)

    async def suggest(
        self, *, user: str, action_id: str, typed: str, view_id: str | None = None
    ) -> list[JsonObject]:
        """The options that the app offers for what is typed into an external select."""
        return await forms.suggest(
            self._desk, user=user, view_id=view_id, action_id=action_id, typed=typed
        )
