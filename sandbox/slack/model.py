"""What a workspace holds, as frozen records.

A change makes a new record in place of the old one, so a test may keep what it was given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

# A JSON object as it goes over the wire.
JsonObject = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """A member, bots included.

    Attributes:
        id: Starts with "U".
        name: The handle, as in `@analyst`.
        real_name: What people read.
        zone: Name of an IANA time zone.
        bot_id: Starts with "B"; None for people.
        deactivated: True after an admin closed the account.
    """

    id: str
    name: str
    real_name: str
    zone: str = "UTC"
    is_admin: bool = False
    bot_id: str | None = None
    deactivated: bool = False

    @property
    def is_bot(self) -> bool:
        """True for an app's user."""
        return self.bot_id is not None

    @property
    def tzinfo(self) -> ZoneInfo:
        """The time zone as an object."""
        return ZoneInfo(self.zone)


@dataclass(frozen=True, kw_only=True, slots=True)
class Channel:
    """A conversation: a public or private channel, or a direct message.

    Attributes:
        id: Starts with "C", for a direct message with "D".
        name: Without "#"; empty for a direct message.
        members: User ids.
        is_im: True for a direct message between two members.
        created: Unix seconds.
    """

    id: str
    name: str
    members: frozenset[str]
    is_private: bool = False
    is_im: bool = False
    is_archived: bool = False
    created: int = 0

    @property
    def kind(self) -> str:
        """`channel`, `group` or `im`: the `channel_type` of message events."""
        if self.is_im:
            return "im"
        return "group" if self.is_private else "channel"

    @property
    def shown_name(self) -> str:
        """The `channel_name` of a slash command."""
        if self.is_im:
            return "directmessage"
        return "privategroup" if self.is_private else self.name


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One message in a channel.

    Attributes:
        channel: Id of the channel.
        ts: The message's id and time, "1549500000.000100".
        body: The message as JSON, as `conversations.history` gives it with all metadata.
        ephemeral_to: The one user who sees it; None for a message that all see.
    """

    channel: str
    ts: str
    body: Mapping[str, Any]
    ephemeral_to: str | None = None

    @property
    def text(self) -> str:
        """The text, or what stands in for the blocks in a notification."""
        return str(self.body.get("text", ""))

    @property
    def blocks(self) -> list[JsonObject]:
        """The blocks; empty when there are none."""
        return list(self.body.get("blocks", []))

    @property
    def metadata(self) -> JsonObject | None:
        """`event_type` and `event_payload`, or None."""
        return self.body.get("metadata")

    @property
    def thread_ts(self) -> str | None:
        """The ts of the thread that this message begins or belongs to, or None."""
        return self.body.get("thread_ts")

    @property
    def user(self) -> str | None:
        """Id of the author."""
        return self.body.get("user")

    @property
    def from_app(self) -> bool:
        """True when an app wrote it."""
        return "bot_id" in self.body

    @property
    def is_reply(self) -> bool:
        """True for an answer inside a thread."""
        return self.thread_ts is not None and self.thread_ts != self.ts
