"""Slack's mark-up, and foreign text made harmless in it.

Escaping as Slack asks for it (https://docs.slack.dev/messaging/formatting-message-text): `&`, `<`
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
"""

import html
import re
from collections.abc import Sequence
from datetime import datetime, tzinfo
from urllib.parse import urlsplit

from slack_sdk.models.blocks import MarkdownTextObject, PlainTextObject

from bot.briefing.phrases import clock_time, day, listing
from bot.domain.text import one_line, shorten
from bot.slack.limits import PLANNED_SECTION

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
