"""From the bytes of a document to entries, whatever its format.

`FORMATS` is where a new kind of source comes in: a module with a reader that gives a `RawFeed`, and
a row here. Cleaning, keys, storing and matching are the same for all.

Parsing is work for the processor, so `bot.ingest.formats.pool` does it in processes of its own:
the event loop stays free, and a document that hangs a parser can be stopped.
"""

import codecs
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from charset_normalizer import from_bytes

from bot.domain.errors import FetchError
from bot.domain.feed import FeedHints
from bot.domain.item import Entry
from bot.domain.text import language_tag, one_line, plain_text, shorten
from bot.domain.urls import clean_link
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
_CUT: Final = "the document breaks off before its end; what it holds is read"
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
        shortfalls: What of it is not read, or is no news: sentences without a full stop.
    """

    title: str | None
    language: str | None
    site: str | None
    entries: tuple[Entry, ...]
    hints: FeedHints = field(default_factory=FeedHints)
    whole: bool = True
    shortfalls: tuple[str, ...] = ()


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
    shortfalls = [] if raw.whole else [_CUT]
    if (given := len(raw.entries)) > MAX_ENTRIES:
        shortfalls.append(f"of its {given:,} entries only the newest {MAX_ENTRIES} are read")
    if errors:
        first = shorten(errors[0], _SHOWN)
        if not entries:
            sentence = f"it holds an error message instead of news: “{first}”"
            raise FetchError(sentence, url=url, kind="unreadable")
        shortfalls.append(
            f"error messages in the place of news are left out: {len(errors)}, “{first}”"
        )
    if preface:
        said = plain_text(preface["said"].decode("utf-8", "replace"), at_most=_SHOWN)
        shortfalls.append(f"before the document its server wrote “{said}”, which is left out")
    return ParsedFeed(
        title=title or None,
        language=language_tag(raw.language),
        site=site,
        entries=entries,
        hints=raw.hints,
        whole=raw.whole,
        shortfalls=tuple(shortfalls),
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


# From bytes to UTF-8, before any parser sees them:
#
# 1. A byte order mark, and the zeros of a first character in UTF-16 or UTF-32, outvote every label.
# 2. What is valid UTF-8 is UTF-8, and so is what is mostly: a bad byte costs one character.
# 3. Else the label counts, the server's before the declaration's, and a particular one before the
#    two that software writes by default, UTF-8 and Latin-1. Labels mean what they mean in browsers
#    (https://encoding.spec.whatwg.org): `euc-kr` is CP949, `latin-1` is Windows-1252. One under
#    which much stays unreadable is false.
# 4. Else the bytes themselves are judged.
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # the longer ones first: a mark of UTF-16 begins one of UTF-32
# A document begins with an ASCII character, here 1, or a blank.
_ZEROS: Final = {
    b"\1\0\0\0": "utf-32-le",
    b"\0\0\0\1": "utf-32-be",
    b"\1\0\1\0": "utf-16-le",
    b"\0\1\0\1": "utf-16-be",
}
_BEFORE: Final = " \t\r\n\v\f\ufeff"
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_DECLARED: Final = re.compile(
    rb"<\?xml\s[^>]{0,200}?\bencoding\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE
)
_DECLARED_WITHIN: Final = 16 * 1024
_CODE_PAGE: Final = re.compile(r"(?:win|windows|cp|ms|ibm|dos)[-_]?([0-9]{3,4})")
_LABELS: Final = {
    "windows-31j": "cp932",
    "iso-8859-8-i": "iso-8859-8",
    "gb_2312-80": "gb2312",
    "cn-gb": "gb2312",
    "unicode-1-1-utf-8": "utf-8",
}
# Python's encodings, and the larger ones that browsers read under their labels.
_AS_BROWSERS: Final = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "euc_jp": "euc_jis_2004",
}
# Those in which ASCII is ASCII: no UTF-7, no EBCDIC, nothing that is no text encoding.
_READABLE: Final = re.compile(
    r"utf-8|iso8859-\d+|cp(?:125\d|437|8[56]\d|874|932|949)|koi8-[rtu]|mac-\w+|kz1048|ptcp154"
    r"|big5hkscs|gb18030|hz|johab|euc_\w+|shift_jis\w*|iso2022_\w+"
)
_SEVERAL_BYTES: Final = re.compile(r"cp932|cp949|big5\w*|gb18030|euc_\w+|shift_jis\w*|johab")
_BY_DEFAULT: Final = frozenset({"utf-8", "cp1252"})
_GUESSED: Final = (
    "cp1251", "cp1252", "cp932", "cp949", "gb18030", "big5", "euc_jp", "koi8_r", "cp1250", "cp1253",
    "cp1254", "cp1255", "cp1256", "cp874",
)  # fmt: skip
_GUESSED_BY: Final = 16 * 1024
# Of the bytes that are not ASCII, the part that may be unreadable under a label that is right.
_MAY_BE_BAD: Final = 0.05
_BAD: Final = "\ufffd"
_FROM_TWO_BYTES: Final = re.compile("[\x80-\U0010ffff]+")
_FROM_THREE_BYTES: Final = re.compile("[\u0800-\U0010ffff]+")
_BEYOND_ASCII: Final = re.compile(rb"[\x80-\xff]+")
_LATIN: Final = re.compile(
    rb"(?<=[A-Za-z])[\x80-\xff](?![\x80-\xff])|(?<![\x80-\xff])[\x80-\xff](?=[a-z])"
)
# The letters beyond ASCII of languages written in a Latin code page. In so few letters statistics
# (charset-normalizer) find the pages alike; Western Europe comes first where they tie.
_ALPHABETS: Final = {
    "cp1252": (
        "àâæçéèêëîïôœùûüÿ", "äöüßéàèç", "áéíñóúü", "áàâãçéêíóôõúü", "åäöéü", "æøåéöä", "àèéìíîòóùú",
        "áðéíóúýþæö", "áèéêëíïóöúü", "àçéèíïóòúü",
    ),
    "cp1250": (
        "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čćđšž", "âăîşţ",
    ),
    "cp1254": ("âçğıîöşûü",),
    "cp1257": ("āčēģīķļņōŗšūž", "ąčęėįšųūž", "äöõüšž"),
}  # fmt: skip


def in_utf8(body: bytes, content_type: str | None) -> bytes:
    """The document in UTF-8, without blanks and marks before it; the same object where it is that.

    Its declaration stays, and may be false from then on.
    """
    mark = next((name for mark, name in _MARKS if body.startswith(mark)), None)
    encoding = mark or _ZEROS.get(bytes(map(bool, body[:4]))) or _narrow(body, content_type)
    if encoding is None:
        return body if body[:1] in {b"<", b"{", b""} else body.decode().lstrip(_BEFORE).encode()
    return body.decode(encoding, "replace").lstrip(_BEFORE).encode()


def _narrow(body: bytes, content_type: str | None) -> str | None:
    """The encoding of a document whose ASCII characters are single bytes; None for valid UTF-8."""
    if body.isascii() and not (b"\x1b" in body or b"~{" in body):
        return None
    served, declared = (
        _CHARSET.search(content_type or ""),
        _DECLARED.search(body, 0, _DECLARED_WITHIN),
    )
    labels = (served and served[1], declared and declared[1].decode())
    named = [name for label in labels if label and (name := encoding_named(label))]
    if body.isascii():  # which leaves encodings that change their meaning on the way
        return next((name for name in named if name == "hz" or name.startswith("iso2022")), None)
    # Pairs of bytes in East Asian encodings may look like the Latin, Greek or Cyrillic of UTF-8.
    pairs = any(map(_SEVERAL_BYTES.fullmatch, named))
    text = body.decode("utf-8", "replace")
    bad = text.count(_BAD) - body.count(_BAD.encode())
    if not bad and not pairs:
        return None
    telling = (_FROM_THREE_BYTES if pairs else _FROM_TWO_BYTES).findall(text)
    if sum(map(len, telling)) - text.count(_BAD) > bad:
        return "utf-8" if bad else None
    return _labelled(body, named) or _guessed(body)


def encoding_named(label: str) -> str | None:
    """Python's name for the encoding that browsers read under a label; None for one they do not.

    >>> encoding_named("EUC-KR"), encoding_named("x-sjis"), encoding_named("utf-7")
    ('cp949', 'cp932', None)
    """
    label = label.strip().lower().removeprefix("x-")
    page = _CODE_PAGE.fullmatch(label)
    try:
        name = codecs.lookup(f"cp{page[1]}" if page else _LABELS.get(label, label)).name
    except LookupError:
        return None
    name = _AS_BROWSERS.get(name, name)
    return name if _READABLE.fullmatch(name) else None


def _labelled(body: bytes, named: Sequence[str]) -> str | None:
    """The first encoding under which nearly all can be read."""
    allowed = _MAY_BE_BAD * sum(map(len, _BEYOND_ASCII.findall(body)))
    for name in sorted(named, key=_BY_DEFAULT.__contains__):
        if name != "utf-8" and body.decode(name, "replace").count(_BAD) <= max(allowed, 1):
            return name
    return None


def _guessed(body: bytes) -> str:
    """The encoding that the bytes speak for, judged by the words that are not ASCII."""
    runs = _BEYOND_ASCII.findall(body)
    if 2 * len(_LATIN.findall(body)) > len(runs):  # single letters within words of ASCII
        return _latin_page(runs)
    words = (word for word in re.sub(rb"<[^<>]*>", b" ", body).split() if not word.isascii())
    found = from_bytes(b" ".join(words)[:_GUESSED_BY], cp_isolation=list(_GUESSED)).best()
    return _latin_page(runs) if found is None or found.encoding in _ALPHABETS else found.encoding


def _latin_page(runs: Sequence[bytes]) -> str:
    """The Latin code page in which most of the letters are those of one language."""
    raw = b" ".join(runs)[:_GUESSED_BY]

    def known(page: str) -> int:
        times = Counter(raw.decode(page, "replace").lower())
        return max(sum(times[letter] for letter in letters) for letters in _ALPHABETS[page])

    return max(_ALPHABETS, key=known)
