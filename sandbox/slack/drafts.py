"""What an app wants to post, read from its arguments and checked as Slack checks it.

Lengths: https://docs.slack.dev/reference/methods/chat.postMessage#truncating and
https://docs.slack.dev/reference/methods/chat.update (`msg_too_long` over 4,000 characters).
"""

import json
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final

from sandbox.slack.blockkit import LIMITS, check_blocks, counted_characters
from sandbox.slack.errors import RefusalError, refuse_problems
from sandbox.slack.model import JsonObject

TEXT_CUT: Final = 40_000
TEXT_UPDATE: Final = 4_000
# Slack names the error `metadata_too_large` and no number; this one is ours.
METADATA_BYTES: Final = 16_000
# Slack puts it in the place of text that an app left out beside its blocks.
NO_TEXT_SHOWN: Final = "This content can't be displayed."


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """The content of a message that may be posted.

    Attributes:
        metadata: None when nothing was said of it, empty to remove it.
        warning: Slack's warning word for the answer, or None.
    """

    text: str
    blocks: tuple[JsonObject, ...] = ()
    metadata: JsonObject | None = None
    warning: str | None = None


def read_draft(
    given: Mapping[str, object], *, files: Container[str], text_most: int | None = None
) -> Draft:
    """The content that these arguments describe.

    Args:
        given: The arguments of the call; lists and objects as JSON text or parsed.
        files: Ids of the uploaded files that an image block may name.
        text_most: Refuse longer text; None cuts it at 40,000 characters with a warning.

    Raises:
        RefusalError: With the code that Slack documents for the fault.
    """
    blocks = _blocks(given.get("blocks"))
    text = _text(given)
    if not (text or blocks):
        raise RefusalError("no_text")
    refuse_problems("invalid_blocks", check_blocks(blocks, files=files) if blocks else ())
    if counted_characters(blocks) > LIMITS["message.characters"].most:
        raise RefusalError("msg_blocks_too_long")
    warning = None
    if text_most is not None and len(text) > text_most:
        raise RefusalError("msg_too_long")
    if len(text) > TEXT_CUT:
        text, warning = text[:TEXT_CUT], "message_truncated"
    return Draft(
        text=text or NO_TEXT_SHOWN,
        blocks=tuple(block for block in blocks if isinstance(block, dict)),
        metadata=_metadata(given.get("metadata")),
        warning=warning,
    )


def _text(given: Mapping[str, object]) -> str:
    text = given.get("text")
    if text is None:
        return ""
    return text if isinstance(text, str) and text.strip() else ""


def _blocks(value: object) -> list[object]:
    """A JSON list from text or as it is; empty for nothing."""
    if value in (None, ""):
        return []
    parsed = _parsed(value, "invalid_blocks_format")
    if not isinstance(parsed, list):
        raise RefusalError("invalid_blocks_format")
    return parsed


def _parsed(value: object, error: str) -> object:
    if not isinstance(value, str):
        return value
    try:
        parsed: object = json.loads(value)
    except ValueError as fault:
        raise RefusalError(error) from fault
    return parsed


def _metadata(value: object) -> JsonObject | None:
    """Metadata as https://docs.slack.dev/messaging/message-metadata/ asks for it."""
    if value in (None, ""):
        return None
    parsed = _parsed(value, "invalid_metadata_format")
    if not isinstance(parsed, dict):
        raise RefusalError("invalid_metadata_format")
    if not parsed:
        return {}
    kind, payload = parsed.get("event_type"), parsed.get("event_payload")
    if not isinstance(kind, str) or not isinstance(payload, dict):
        raise RefusalError("invalid_metadata_format")
    if not kind or not kind.replace("_", "").isalnum():
        raise RefusalError("invalid_metadata_schema")
    if len(json.dumps(parsed).encode()) > METADATA_BYTES:
        raise RefusalError("metadata_too_large")
    return {"event_type": kind, "event_payload": payload}
