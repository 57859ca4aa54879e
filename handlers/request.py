"""One question, wherever it came from, and how its answer is made safe."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.domain.errors import BriefingError
from bot.domain.workspace import WorkspaceId
from bot.slack.messages.blocks import Message
from bot.slack.messages.errors import apology_message, error_message
from handlers.services import Services

logger = logging.getLogger(__name__)

Reply = tuple[Message, ...]
"""What is answered: one message or more, in order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What somebody asked.

    Attributes:
        workspace: Where.
        user_id: Who.
        channel_id: In which conversation; None for the Home tab.
        words: What follows the command word, as typed.
        in_person: True in a direct message with the bot.
        files: Ids of the files that came with the words.
        meanwhile: Shows the asker something while the answer takes long; None where that cannot be
            done.
    """

    workspace: WorkspaceId
    user_id: str
    channel_id: str | None
    words: str
    in_person: bool = False
    files: tuple[str, ...] = ()
    meanwhile: Callable[[Message], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """What answers a button or a menu.

    Attributes:
        answer: Answers; `Request.words` is the value that the button carried.
        replaces: Whether the answer takes the place of the message with the button. It never does
            when something went wrong: then the message stays, and can be clicked again.
    """

    answer: Callable[[Request, Services], Awaitable[Reply]]
    replaces: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """An answer, and whether it is the one that was asked for rather than an apology."""

    reply: Reply
    went_well: bool


def about(request: Request, words: str) -> Request:
    """The same person in the same place, with other words."""
    return replace(request, words=words)


async def safely(work: Awaitable[Reply], services: Services) -> Reply:
    """The answer, or the sentence that a person should read instead; see `attempted`."""
    return (await attempted(work, services)).reply


async def attempted(work: Awaitable[Reply], services: Services) -> Result:
    """The answer, or the sentence that a person should read instead, and which of them it is.

    An error that nobody foresaw becomes an apology with a reference; the log has the whole of it
    under the same reference.
    """
    try:
        return Result(reply=await work, went_well=True)
    except BriefingError as error:
        return Result(reply=(error_message(error),), went_well=False)
    except Exception:  # the boundary to people: nobody is left without an answer
        reference = services.reference()
        logger.exception("answer failed", extra={"reference": reference})
        return Result(reply=(apology_message(reference),), went_well=False)
