"""What a Web API method is: a name, who may call it, and a function on the workspace."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sandbox.slack.api.arguments import Arguments
from sandbox.slack.errors import RefusalError
from sandbox.slack.model import Channel, JsonObject
from sandbox.slack.world import World


class Token(StrEnum):
    """The sort of token that a method takes."""

    BOT = "bot"
    APP = "app"


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What a method works with."""

    world: World
    args: Arguments
    socket_url: Callable[[], str]

    def need_scope(self, *anyof: str) -> None:
        """Refuse the call unless the app has one of these scopes.

        Raises:
            RefusalError: `missing_scope` with `needed` and `provided`.
        """
        granted = self.world.grants.scopes
        if granted.isdisjoint(anyof):
            raise RefusalError(
                "missing_scope",
                extra={"needed": ",".join(anyof), "provided": ",".join(sorted(granted))},
            )

    def need_channel_scope(self, channel: Channel, verb: str) -> None:
        """Refuse unless the app has the scope for this kind of conversation.

        Args:
            channel: The conversation.
            verb: `read` or `history`.
        """
        noun = {"channel": "channels", "group": "groups", "im": "im"}[channel.kind]
        self.need_scope(f"{noun}:{verb}")


# Does the work and gives the fields of the answer, without "ok".
Handler = Callable[[Context], JsonObject]


@dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """One method.

    Attributes:
        name: For example `chat.postMessage`.
        handler: Does the work; raises RefusalError to refuse.
        needs: Arguments that must be given.
        scope: A scope that every call needs; None when there is none or it depends.
        token: The sort of token.
    """

    name: str
    handler: Handler
    needs: tuple[str, ...] = ()
    scope: str | None = None
    token: Token = Token.BOT
