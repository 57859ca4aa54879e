"""The parts of blocks that users can act on, and the ids by which payloads name them."""

import copy
from collections.abc import Iterator

from sandbox.slack.model import JsonObject


def new_ids(blocks: list[JsonObject], words: Iterator[str]) -> list[JsonObject]:
    """The blocks with a `block_id` on each and an `action_id` on each interactive element.

    Slack makes up the ids that an app leaves out; payloads carry them.
    """
    named = copy.deepcopy(blocks)
    for block in named:
        block.setdefault("block_id", next(words))
        for part in interactive_parts(block):
            part.setdefault("action_id", next(words))
    return named


def interactive_parts(block: JsonObject) -> Iterator[JsonObject]:
    """The elements of a block that a user can act on."""
    places = [block.get("accessory"), block.get("element")]
    if block.get("type") in {"actions", "context_actions", "card"}:
        places += block.get("elements") or block.get("actions") or []
    for nested in ("child_blocks", "elements"):
        for child in block.get(nested) or []:
            if isinstance(child, dict) and child.get("type") in {"section", "actions", "card"}:
                yield from interactive_parts(child)
    for part in places:
        if isinstance(part, dict) and part.get("type") != "image":
            yield part
