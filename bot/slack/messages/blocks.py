"""Messages that Slack takes: foreign text made harmless, blocks counted and split for readers.

Text is escaped as Slack asks (https://docs.slack.dev/messaging/formatting-message-text): `&`, `<`
and `>` become entities, `&` first. That alone keeps mentions and links of others out: `<!channel>`
in a headline becomes text. Three more things can change how a line of ours reads:

* `*`, `_`, `~` and backticks format the text around them. Slack knows no escape for them, so where
  one could open or close formatting (not between two ASCII letters or digits, as in `snake_case`)
  it is replaced by a character that looks the same: `∗ ˍ ∼ ˋ`. A backtick is replaced everywhere.
* `:name:` becomes an emoji. A zero-width space after the first colon prevents it, except in times
  of day.
* `>` at the start of a line is a quotation, escaped or not. A zero-width space before it, too.

Texts go out with `verbatim`, so that Slack does not turn bare addresses, channel names and user
names in them into links either: see `mrkdwn`.

A chunk is a run of blocks that belongs together, such as a heading with its first story. Chunks are
never taken apart as long as one fits into a message by itself.
"""

import html
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from urllib.parse import urlsplit

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    BlockElement,
    ContextBlock,
    HeaderBlock,
    InteractiveElement,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from bot.briefing.phrases import clock_time, day, listing
from bot.domain.subscription import Json
from bot.domain.text import one_line, shorten
from bot.slack.limits import (
    HEADER_TEXT,
    PLANNED_BLOCKS,
    PLANNED_CHARACTERS,
    PLANNED_SECTION,
    PLANNED_TEXT,
)

# A link with a longer address is left out and its text shown alone.
LONGEST_URL = 1_000
_LOOK_ALIKE = {"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"}
_FORMATTING = re.compile(r"`|(?<![0-9A-Za-z])[*_~]|[*_~](?![0-9A-Za-z])")
_EMOJI = re.compile(r":(?!\d\d:)(?=[\w+'-]+:)")
_ZERO_WIDTH_SPACE = "\u200b"
_UNSAFE_IN_URL = {"|": "%7C", "<": "%3C", ">": "%3E", '"': "%22", "\\": "%5C", "`": "%60"}


def escape(text: str, *, limit: int | None = None) -> str:
    """Foreign text on one line, harmless in mrkdwn.

    The limit counts characters of the result, entities in full; the cut is never inside one.

    >>> escape("<!channel> Q&A: *now*")
    '&lt;!channel&gt; Q&amp;A: ∗now∗'
    """
    flat = _FORMATTING.sub(lambda found: _LOOK_ALIKE[found.group()], one_line(text))
    flat = _EMOJI.sub(f":{_ZERO_WIDTH_SPACE}", flat)
    if flat.startswith(">"):
        flat = f"{_ZERO_WIDTH_SPACE}{flat}"
    if limit is not None:
        flat = shorten(flat, limit, width=lambda piece: len(html.escape(piece, quote=False)))
    return html.escape(flat, quote=False)


def bold(text: str, *, limit: int | None = None) -> str:
    """Foreign text in bold; nothing for an empty one, as `**` would show.

    >>> bold("Peace * regime")
    '*Peace ∗ regime*'
    """
    escaped = escape(text, limit=limit)
    return f"*{escaped}*" if escaped else ""


def safe_url(url: str) -> str | None:
    """The address if it may be a link: http or https, a host, no user name, not too long.

    Characters that mean something in a Slack link are percent-encoded, control characters and
    spaces are taken out. None when it may not be a link.

    >>> safe_url("https://example.org/a|b"), safe_url("javascript:alert(1)")
    ('https://example.org/a%7Cb', None)
    """
    bare = "".join(char for char in one_line(url) if not char.isspace())
    encoded = "".join(_UNSAFE_IN_URL.get(char, char) for char in bare)
    try:
        parts = urlsplit(encoded)
    except ValueError:  # not an address, such as one with half a pair of brackets
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        return None
    return encoded if len(html.escape(encoded, quote=False)) <= LONGEST_URL else None


def link(url: str | None, text: str, *, limit: int | None = None) -> str:
    """Foreign text as a link, or without one when the address may not be a link.

    The limit is that of the shown text; the address is not counted.

    >>> link("https://example.org/?a=1&b=2", "Q&A")
    '<https://example.org/?a=1&amp;b=2|Q&amp;A>'
    """
    shown = escape(text, limit=limit)
    address = safe_url(url) if url else None
    return f"<{html.escape(address, quote=False)}|{shown}>" if address and shown else shown


def date(moment: datetime, *, zone: tzinfo) -> str:
    """The day, in each reader's own zone and language; in `zone` where Slack cannot tell."""
    return f"<!date^{int(moment.timestamp())}^{{date_short}}|{day(moment, zone=zone)}>"


def date_time(moment: datetime, *, zone: tzinfo) -> str:
    """Day and time, in each reader's own zone; in `zone` where Slack cannot tell."""
    fallback = clock_time(moment, zone=zone)
    return f"<!date^{int(moment.timestamp())}^{{date_short}}, {{time}}|{fallback}>"


def target(target_id: str) -> str:
    """A channel or person by Slack id; the id as text when it is not of the form of ids."""
    if not re.fullmatch(r"[CGUW][A-Z0-9]{2,20}", target_id):
        return escape(target_id, limit=60)
    return f"<#{target_id}>" if target_id[0] in "CG" else f"<@{target_id}>"


def names(parts: Sequence[str], *, limit: int = 60, shown: int | None = None) -> str:
    """Foreign names as a sentence has them: `A, B and C`; of more than `shown`, how many more.

    >>> names("ABCD", shown=2)
    'A and B and 2 more'
    """
    found = listing([escape(part, limit=limit) for part in parts[:shown]])
    extra = 0 if shown is None else len(parts) - shown
    return f"{found} and {extra} more" if extra > 0 else found


def mrkdwn(text: str) -> MarkdownTextObject:
    """Text that is marked up already, as a text object that Slack adds nothing to.

    `verbatim` keeps Slack from making links of bare addresses, `#names` and `@names`
    (https://docs.slack.dev/reference/block-kit/composition-objects/text-object).

    Raises:
        ValueError: The text is longer than a section takes; the caller must have cut it.
    """
    if len(text) > PLANNED_SECTION:
        message = f"{len(text)} characters are too many for a section: {text[:60]!r}..."
        raise ValueError(message)
    return MarkdownTextObject(text=text, verbatim=True)


def plain(text: str, *, limit: int) -> PlainTextObject:
    """Foreign text that Slack shows as it is, without emoji names, cut to `limit`."""
    return PlainTextObject(text=shorten(one_line(text), limit) or "…", emoji=False)


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
    return Message(text=text, blocks=(SectionBlock(text=mrkdwn(text)),))


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


def size(blocks: Iterable[Block]) -> int:
    """How many characters the blocks have as JSON."""
    return sum(
        len(json.dumps(block.to_dict(), ensure_ascii=False, separators=(",", ":"))) + 1
        for block in blocks
    )


def _continued(text: str) -> str:
    return f"{text.partition(chr(10))[0].removesuffix(_CONTINUED)}{_CONTINUED}"
