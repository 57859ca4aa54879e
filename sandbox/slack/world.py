"""All state of the pretend workspace in one place, and the few acts that touch several parts."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bot.domain.clock import Clock
from sandbox.slack.drafts import Draft
from sandbox.slack.form_state import new_ids
from sandbox.slack.ids import Ids, Timestamps
from sandbox.slack.messages import MessageStore
from sandbox.slack.model import Channel, JsonObject, Message
from sandbox.slack.tickets import ResponseUrls, Triggers
from sandbox.slack.uploads import FileStore, StoredFile
from sandbox.slack.views import ViewStore
from sandbox.slack.waiting import Changes
from sandbox.slack.workspace import DEFAULT_EVENTS, DEFAULT_SCOPES, default_workspace

Emit = Callable[[JsonObject], object]


@dataclass(slots=True, kw_only=True)
class Grants:
    """What the app may do; a test changes it as an admin would.

    Attributes:
        scopes: OAuth scopes of the bot token.
        events: Subscribed bot events, `app_mention`, `message.im` and so on.
        revoked: True after the tokens were revoked: `token_revoked`.
        disabled: True after the app or its user was switched off: `account_inactive`.
    """

    scopes: set[str] = field(default_factory=lambda: set(DEFAULT_SCOPES))
    events: set[str] = field(default_factory=lambda: set(DEFAULT_EVENTS))
    revoked: bool = False
    disabled: bool = False


class World:
    """Everything that the workspace knows.

    Args:
        now: The time of messages, trigger ids and response URLs.
        base_url: Root of the server, "http://127.0.0.1:PORT".
    """

    def __init__(self, *, now: Clock, base_url: str) -> None:
        self.now = now
        self.base_url = base_url
        self.ids = Ids()
        self.timestamps = Timestamps(now)
        self.workspace = default_workspace(self.ids, created=self.seconds())
        self.app = self.workspace.app
        self.messages = MessageStore()
        self.views = ViewStore(workspace=self.workspace, ids=self.ids, now=now)
        self.triggers = Triggers(now=now, ids=self.ids)
        self.response_urls = ResponseUrls(now=now, ids=self.ids, base_url=base_url)
        self.uploads = FileStore(self.ids)
        self.grants = Grants()
        self.changes = Changes()
        # Where events go; the session takes this place when the server starts.
        self.emit: Emit = lambda _event: None

    def seconds(self) -> int:
        """The present moment in whole seconds since 1970."""
        return int(self.now().timestamp())

    def post(
        self,
        channel: Channel,
        draft: Draft,
        *,
        author: JsonObject,
        extra: JsonObject | None = None,
        ephemeral_to: str | None = None,
        files: tuple[StoredFile, ...] = (),
    ) -> Message:
        """Put a message into a channel.

        Args:
            channel: Where; the caller has checked that it may.
            draft: What.
            author: `user`, and for an app its `bot_id` and the like.
            extra: More fields of the message, `thread_ts` for example.
            ephemeral_to: The only reader, or None for all.
            files: Files that are shared with it.
        """
        ts = self.timestamps.next()
        body: JsonObject = {"type": "message", **author, "text": draft.text, "ts": ts}
        body["team"] = self.workspace.team_id
        body |= self.content(draft)
        if files:
            body["files"] = [self.file_json(each) for each in files]
        body |= extra or {}
        return self.messages.add(
            Message(channel=channel.id, ts=ts, body=body, ephemeral_to=ephemeral_to)
        )

    def edit(self, message: Message, draft: Draft, *, keep_blocks: bool = False) -> Message:
        """Give a message other content, marked as edited; metadata stays if none is given."""
        kept = dict(message.body)
        if not keep_blocks:
            kept.pop("blocks", None)
        body = {**kept, "text": draft.text, **self.content(draft)}
        if draft.metadata == {}:
            body.pop("metadata", None)
        body["edited"] = {"user": self.app.bot_user, "ts": self.timestamps.next()}
        return self.messages.replace(replace(message, body=body))

    def content(self, draft: Draft) -> JsonObject:
        """The parts of a message that a draft describes, ids filled in."""
        parts: JsonObject = {}
        if draft.blocks:
            parts["blocks"] = new_ids(list(draft.blocks), self.ids.block_words())
        if draft.metadata:
            parts["metadata"] = draft.metadata
        return parts

    def file_json(self, file: StoredFile) -> JsonObject:
        """A file object: https://docs.slack.dev/reference/objects/file-object."""
        name, _, ending = file.name.rpartition(".")
        url = f"{self.base_url}/files-pri/{file.id}/{file.name}"
        shown: JsonObject = {
            "id": file.id,
            "created": file.created,
            "timestamp": file.created,
            "name": file.name,
            "title": file.title,
            "filetype": ending.lower() if name else "text",
            "user": file.owner or self.app.bot_user,
            "size": file.length,
            "mode": "hosted",
            "is_external": False,
            "is_public": bool(file.shared_in),
            "url_private": url,
            "url_private_download": url,
            "channels": list(file.shared_in),
        }
        return shown | ({"alt_txt": file.alt_text} if file.alt_text else {})

    def bot_author(self) -> JsonObject:
        """The author fields of a message by the app."""
        app = self.app
        return {
            "user": app.bot_user,
            "bot_id": app.bot_id,
            "app_id": app.id,
            "bot_profile": {
                "id": app.bot_id,
                "app_id": app.id,
                "name": app.name,
                "deleted": False,
                "team_id": self.workspace.team_id,
            },
        }
