"""From the bytes of a document to entries, whatever its format.

`FORMATS` is where a new kind of source comes in: a module with a reader that gives a `RawFeed`, and
a row here. Cleaning, keys, storing and matching are the same for all.

Parsing is work for the processor, so `bot.ingest.formats.pool` does it in processes of its own:
the event loop stays free, and a document that hangs a parser can be stopped.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from bot.domain.errors import FetchError
from bot.domain.feed import FeedHints
from bot.domain.item import Entry
from bot.domain.text import language_tag, one_line, plain_text, shorten
from bot.domain.urls import clean_link
from bot.ingest.formats.encoding import in_utf8
from bot.ingest.formats.entries import MAX_ENTRIES, RawFeed, clean_entries
from bot.ingest.formats.feedparser import TangledError, read_xml_feed
from bot.ingest.formats.json_feed import read_json_feed
from bot.ingest.formats.plain_feed import read_plain_feed
from bot.ingest.http.bot_challenge import challenge_in_page, challenge_sentence


class Format(NamedTuple):
    """A kind of document; both functions get it in UTF-8, with its media type and its address.

    Attributes:
        fits: Whether a document may be of this kind, by any of the three.
        read: What it says; None when it is no such feed after all. A document that its parser
            cannot make sense of raises `TangledError`.
    """

    fits: Callable[[bytes, str | None, str], bool]
    read: Callable[[bytes, str | None, str], RawFeed | None]


# In the order in which they are tried; the first that reads a document wins.
FORMATS: Final = {
    "JSON Feed": Format(
        lambda body, *_: body.startswith(b"{"), lambda body, *_: read_json_feed(body)
    ),
    "RSS or Atom, written plainly": Format(
        lambda body, *_: body.startswith(b"<"), lambda body, *_: read_plain_feed(body)
    ),
    "RSS, Atom or RDF": Format(
        lambda body, *_: not body.startswith(b"{"),
        lambda body, *_: read_xml_feed(body),
    ),
}
_MAX_FEED_TITLE: Final = 200
_BROKEN_OFF: Final = "the document breaks off before its first entry; it will be asked for again"
_TANGLED: Final = "its elements are so tangled that it cannot be read; tell the publisher"
_WEB_PAGE: Final = re.compile(rb"<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE)
# What a server's own program wrote before the document, mostly PHP's warnings.
_PREFACE: Final = re.compile(
    rb"\A(?!<[?!]|<(?:[\w.-]{1,40}:)?(?:rss|feed|rdf)[\s>]|[\[{])"
    rb"(?P<said>(?:(?!<(?:html|head|body|!doctype\s+html)[\s>]).){1,16384}?)"
    rb"(?=<\?xml\s|<(?:[\w.-]{1,40}:)?(?:rss|feed|rdf)(?::rdf)?[\s>]|^\s{0,99}\{\s{0,99}\")",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
_SHOWN: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedFeed:
    """A feed document, read.

    Attributes:
        title: Plain text on one line; None when the document has none.
        language: BCP 47 tag; None when not said.
        site: The web page that the feed belongs to; None when not said.
        entries: Cleaned and bounded, at most 500, in the order of the document.
        hints: What the document says about when to look again.
        whole: False when the document breaks off.
        left_out: How many entries it has beyond those.
        remarks: Sentences without a full stop about what in it is no news: a server's own errors.
    """

    title: str | None
    language: str | None
    site: str | None
    entries: tuple[Entry, ...]
    hints: FeedHints = field(default_factory=FeedHints)
    whole: bool = True
    left_out: int = 0
    remarks: tuple[str, ...] = ()

    @property
    def shortfalls(self) -> tuple[str, ...]:
        """What of the document is not read: sentences without a full stop, mostly none."""
        read = len(self.entries)
        cut = (
            () if self.whole else ("the document breaks off before its end; what it holds is read",)
        )
        beyond = f"of its {read + self.left_out:,} entries only the newest {read} are read"
        return (*cut, *((beyond,) if self.left_out else ()), *self.remarks)


def parse(body: bytes, *, content_type: str | None, url: str, now: datetime) -> ParsedFeed:
    """The feed in `body`.

    Args:
        body: Decoded bytes of the document.
        content_type: The server's Content-Type; None without.
        url: Where it came from, for relative links.
        now: The moment of fetching; later dates are not believed.

    Raises:
        FetchError: Of kind `not_a_feed`, `bot_challenge` for a page that wants to see a human, or
            `unreadable` for one that no parser can make sense of, or whose only entries are errors.
    """
    body = in_utf8(body, content_type)
    preface = _PREFACE.match(body)
    body = body[preface.end() :].lstrip() if preface else body
    try:
        fitting = (each for each in FORMATS.values() if each.fits(body, content_type, url))
        found = (each.read(body, content_type, url) for each in fitting)
        raw = next((feed for feed in found if feed is not None), None)
    except TangledError as error:
        raise FetchError(_TANGLED, url=url, kind="unreadable") from error
    if raw is None:
        raise not_a_feed(body, content_type=content_type, url=url)
    if not (raw.whole or raw.entries):
        raise FetchError(_BROKEN_OFF, url=url, kind="unreadable")
    title = plain_text(raw.title.text, at_most=_MAX_FEED_TITLE, is_html=raw.title.is_html)
    site = clean_link(raw.site, base=url)
    entries, errors = clean_entries(raw, url=site or url, now=now)
    remarks = []
    if errors:
        first = shorten(errors[0], _SHOWN)
        if not entries:
            sentence = f"it holds an error message instead of news: “{first}”"
            raise FetchError(sentence, url=url, kind="unreadable")
        remarks.append(
            f"error messages in the place of news are left out: {len(errors)}, “{first}”"
        )
    if preface:
        said = plain_text(preface["said"].decode("utf-8", "replace"), at_most=_SHOWN)
        remarks.append(f"before the document its server wrote “{said}”, which is left out")
    return ParsedFeed(
        title=title or None,
        language=language_tag(raw.language),
        site=site,
        entries=entries,
        hints=raw.hints,
        whole=raw.whole,
        left_out=max(0, len(raw.entries) - MAX_ENTRIES),
        remarks=tuple(remarks),
    )


def not_a_feed(body: bytes, *, content_type: str | None, url: str) -> FetchError:
    """The error for a document that is none, which says what it seems to be instead."""
    head = body[:4096]
    kind = "not_a_feed"
    if not body.strip():
        sentence = "the document is empty; the feed may be broken or moved"
    elif guard := challenge_in_page(body):
        kind = "bot_challenge"
        sentence = challenge_sentence(guard, 200)
    elif _WEB_PAGE.search(head):
        sentence = (
            "this is a web page, not a feed; give the site's feed (often /feed, /rss or /atom.xml)"
        )
    elif b"<opml" in head.lower():
        sentence = "this is a list of feeds (OPML), not a feed; import it instead"
    elif body.startswith(b"{"):
        sentence = "this is JSON, but no JSON Feed; look for the site's feed"
    else:
        media = one_line((content_type or "").partition(";")[0])[:60]
        sentence = f"this is not a feed{f' ({media})' if media else ''}; look for the site's feed"
    return FetchError(sentence, url=url, kind=kind)
