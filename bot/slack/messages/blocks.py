"""Messages that Slack takes: blocks counted, characters counted, split where a reader would.

A chunk is a run of blocks that belongs together, such as a heading with its first story. Chunks are
never taken apart as long as one fits into a message by itself.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    BlockElement,
    ContextBlock,
    HeaderBlock,
    InteractiveElement,
    SectionBlock,
)

from bot.domain.subscription import Json
from bot.slack.limits import (
    HEADER_TEXT,
    PLANNED_BLOCKS,
    PLANNED_CHARACTERS,
    PLANNED_SECTION,
    PLANNED_TEXT,
)
from bot.slack.messages.mrkdwn import mrkdwn, plain

_CONTINUED = " (continued)"

Chunk = tuple[Block, ...]
"""Blocks that belong together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One message: what notifications and screen readers get, and the blocks.

    The text is escaped like mrkdwn, never empty, and short.
    """

    text: str
    blocks: tuple[Block, ...] = ()

    def payload(self) -> dict[str, object]:
        """`text` and `blocks` as chat.postMessage and a response_url take them, checked.

        Raises:
            SlackObjectFormationError: A block is over one of Slack's limits.
        """
        blocks = [block.to_dict() for block in self.blocks]
        return {"text": self.text, "blocks": blocks} if blocks else {"text": self.text}


def payloads(messages: Iterable[Message]) -> tuple[Json, ...]:
    """The payloads of several messages, in order: the first opens the thread."""
    return tuple(message.payload() for message in messages)


def section(text: str, *, accessory: BlockElement | None = None) -> SectionBlock:
    """A paragraph of marked-up text, with at most one button or menu beside it."""
    return SectionBlock(text=mrkdwn(text), accessory=accessory)


def header(text: str) -> HeaderBlock:
    """A heading in large letters."""
    return HeaderBlock(text=plain(text, limit=HEADER_TEXT))


def context(*texts: str) -> ContextBlock:
    """Small grey text: sources, legends, footers."""
    return ContextBlock(elements=[mrkdwn(text) for text in texts if text])


def actions(*elements: InteractiveElement) -> ActionsBlock:
    """A row of buttons."""
    return ActionsBlock(elements=list(elements))


def message_of(title: str, blocks: Iterable[Block]) -> Message:
    """The blocks, and as plain text the escaped title with what their paragraphs say.

    That text is cut at a line's end. It is all that is left when Slack refuses the blocks.
    """
    blocks = tuple(blocks)
    said = (
        line
        for block in blocks
        if isinstance(block, SectionBlock) and block.text is not None
        for line in block.text.text.split("\n")
    )
    kept, room = [title], PLANNED_TEXT - len(title)
    for line in dict.fromkeys(said):
        if line == title:
            continue
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return Message(text="\n".join(kept), blocks=blocks)


def note(text: str) -> Message:
    """A short message of marked-up text."""
    return message_of(text.partition("\n")[0], [section(text)])


def sections(lines: Iterable[str]) -> list[Chunk]:
    """Lines in as few sections as can hold them, each line whole, each section a chunk."""
    paragraphs: list[str] = []
    for line in lines:
        if paragraphs and len(paragraphs[-1]) + len(line) + 2 <= PLANNED_SECTION:
            paragraphs[-1] += f"\n{line}"
        else:
            paragraphs.append(line)
    return [(section(paragraph),) for paragraph in paragraphs]


def at_most(shown: int, lines: Sequence[str]) -> list[str]:
    """The first lines, and how many more there are."""
    extra = len(lines) - shown
    return [*lines[:shown], f"and {extra} more"] if extra > 0 else [*lines]


def fit(chunks: Iterable[Chunk], *, text: str, foot: Chunk = ()) -> tuple[Message, ...]:
    """The chunks in as few messages as they need, at least one.

    The plain text of the first message begins with `text`, escaped; the others say that they
    continue it. `foot` ends the first message, wherever the chunks are split.
    """
    runs: list[list[Block]] = [[]]
    number, characters = len(foot), size(foot)  # of the last run, its foot counted
    for chunk in chunks:
        whole = len(chunk) <= PLANNED_BLOCKS and size(chunk) <= PLANNED_CHARACTERS
        for piece in (chunk,) if whole else [(block,) for block in chunk]:
            more = size(piece)
            fits = number + len(piece) <= PLANNED_BLOCKS and characters + more <= PLANNED_CHARACTERS
            if number and not fits:
                runs.append([])
                number = characters = 0
            runs[-1] += piece
            number, characters = number + len(piece), characters + more
    runs[0] += foot
    first, *others = runs
    return (message_of(text, first), *(message_of(_continued(text), run) for run in others))


def thread(
    parent: Sequence[Chunk], replies: Sequence[Chunk], *, text: str, foot: Chunk = ()
) -> tuple[Message, ...]:
    """A parent message and its replies; what does not fit into the parent becomes a reply.

    The plain text of the parent begins with `text`, and `foot` ends it; see `fit`.
    """
    more = fit(replies, text=_continued(text)) if replies else ()
    return (*fit(parent, text=text, foot=foot), *more)


def size(blocks: Iterable[Block]) -> int:
    """How many characters the blocks have as JSON."""
    return sum(
        len(json.dumps(block.to_dict(), ensure_ascii=False, separators=(",", ":"))) + 1
        for block in blocks
    )


def _continued(text: str) -> str:
    return f"{text.partition(chr(10))[0].removesuffix(_CONTINUED)}{_CONTINUED}"
