"""One question, wherever it came from, and how its answer is made safe."""

import logging
from collections.abc import Awaitable
from dataclasses import dataclass, replace

from bot.domain.errors import BriefingError
from bot.domain.workspace import WorkspaceId
from bot.slack.message import Message
from bot.slack.render_errors import apology_message, error_message
from handlers.services import Services

logger = logging.getLogger(__name__)

Reply = tuple[Message, ...]
"""What is answered: one message or more, in order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What somebody asked.

    Attributes:
        workspace: Where.
        user_id: Who.
        channel_id: In which conversation; None for the Home tab.
        words: What follows the command word, as typed.
        in_person: True in a direct message with the bot.
    """

    workspace: WorkspaceId
    user_id: str
    channel_id: str | None
    words: str
    in_person: bool = False


def about(asked: Asked, words: str) -> Asked:
    """The same person in the same place, with other words."""
    return replace(asked, words=words)


async def safely(work: Awaitable[Reply], services: Services) -> Reply:
    """The answer, or the sentence that a person should read instead.

    An error that nobody foresaw becomes an apology with a reference; the log has the whole of it
    under the same reference.
    """
    try:
        return await work
    except BriefingError as error:
        return (error_message(error),)
    except Exception:  # the boundary to people: nobody is left without an answer
        reference = services.reference()
        logger.exception("answer failed", extra={"reference": reference})
        return (apology_message(reference),)
