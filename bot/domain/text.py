"""Foreign text made plain: no markup, no entities, no invisible characters, one line, bounded.

What comes out is text for people and for matching. It may still hold any visible character, `<`
and `&` included, so a renderer has to escape it.
"""

import contextlib
import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from html.entities import html5
from typing import Final

_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")


def language_tag(text: str | None) -> str | None:
    """The tag in the usual spelling of BCP 47 (`en`, `pt-BR`, `zh-Hant`); None when it is none.

    >>> language_tag("EN_us"), language_tag("klingonish tongue")
    ('en-US', None)
    """
    text = (text or "").strip().replace("_", "-")
    if not _TAG.fullmatch(text) or text.lower() in {"und", "mul", "zxx", "mis"}:
        return None
    first, *rest = text.split("-")
    return "-".join((first.lower(), *map(_subtag, rest)))


def _subtag(text: str) -> str:
    """Region in capitals, script with a capital, all else small (RFC 5646, 2.1.1)."""
    if len(text) == len("US"):
        return text.upper()
    return text.title() if len(text) == len("Hant") and text.isalpha() else text.lower()


ELLIPSIS: Final = "…"
MAX_TITLE: Final = 500
MAX_SUMMARY: Final = 4000
_MAX_MARKUP: Final = 64 * 1024
_MAX_TAG: Final = 1024

_TAG_END = re.compile(r"""(?:[^"'<>]|"[^"]*"|'[^']*')*+>""")
_TAG_NAME = re.compile(r"/?([A-Za-z][A-Za-z0-9:-]{0,30})")
_CUT_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]{0,30}(?:\s+[A-Za-z:-]{1,40}\s*=|\s*$)")
_SILENT = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "math"})
_INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "ins", "kbd", "label", "mark", "q", "rb", "ruby", "s", "samp", "small", "span",
    "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
})  # fmt: skip
# A name without its semicolon counts where it cannot be part of another word or of an address.
_ENTITY = re.compile(
    r"&(?:#[0-9]{1,12};?|#[xX][0-9a-fA-F]{1,10};?|([A-Za-z][A-Za-z0-9]{1,31}(?:;|(?![A-Za-z0-9=]))))"
)
_LEFT_OVER_MARKUP = re.compile(
    r"</?(?:p|br|div|span|b|i|em|strong|a|img|ul|ol|li|h[1-6]|table|tr|td|blockquote|font|script|style)"
    r"(?:\s[^<>]{0,500})?/?>",
    re.IGNORECASE,
)


def plain_text(markup: str, *, at_most: int, is_html: bool = True) -> str:
    """`markup` as one line of plain text of at most `at_most` characters.

    Tags go first, then entities are decoded, so that an escaped tag stays visible text. Some
    publishers escape twice: where known tags or entities are left, both steps are done once more.
    Of text that is said to be plain only entities and complete known tags go, because a title such
    as "AT&amp;T" or "<b>News</b>" is never meant like that.
    """
    text = markup[:_MAX_MARKUP]
    if is_html:
        text = strip_tags(text)
    if "&" in text:
        text = _ENTITY.sub(_character, text)
    if "<" in text and _LEFT_OVER_MARKUP.search(text):
        text = strip_tags(text)
    if "&" in text:
        text = _ENTITY.sub(_character, text)
    return shorten(one_line(text if text.isascii() else _undoubled(text)), at_most)


def _character(entity: re.Match[str]) -> str:
    """What an entity stands for; itself when its name is none."""
    return html5.get(entity[1], entity[0]) if entity[1] else html.unescape(entity[0])


# The characters of the bytes from 0x80 on in encodings that UTF-8 is taken for; how a text begins
# where it was, with the first and the second byte of a character; and the bytes again.
_TAKEN_FOR: Final = tuple(
    [bytes([n]).decode(encoding, "ignore") or chr(n) for n in range(0x80, 0x100)]
    for encoding in ("cp1252", "cp1251")
)
_DOUBLED: Final = tuple(
    (
        re.compile(
            rf"[\x00-\x7f]*[{''.join(chars[0x42:0x75])}][{re.escape(''.join(chars[:0x40]))}]"
        ),
        {ord(char): n for n, char in enumerate(chars, start=0x80)},
    )
    for chars in _TAKEN_FOR
)


def _undoubled(text: str) -> str:
    """`text`; where all of it is UTF-8 once taken for Windows-1252 or 1251, as it was before.

    >>> _undoubled("CafÃ© fermÃ©")
    'Café fermé'
    """
    for beginning, numbers in _DOUBLED:
        if beginning.match(text):
            with contextlib.suppress(UnicodeError):
                return text.translate(numbers).encode("latin-1").decode()
    return text


def strip_tags(markup: str) -> str:
    """`markup` without tags, comments, scripts and styles; in linear time, however broken.

    A tag that separates words (such as `<br>`) leaves a blank, one inside a word does not. A `<`
    that begins no tag stays.
    """
    if "<" not in markup:
        return markup
    pieces: list[str] = []
    position = 0
    while (start := markup.find("<", position)) >= 0:
        pieces.append(markup[position:start])
        position, blank = _after_markup(markup, start)
        pieces.append(blank)
    pieces.append(markup[position:])
    return "".join(pieces)


def _after_markup(markup: str, start: int) -> tuple[int, str]:
    """Where the text goes on after what begins at `start`, and what stands in its place."""
    if markup.startswith("<!--", start):
        return _after(markup, "-->", start + 4), ""
    if markup.startswith("<![CDATA[", start):
        return start + len("<![CDATA["), ""  # wrapped twice: what is inside is the text
    name = _TAG_NAME.match(markup, start + 1)
    if name is None and markup[start + 1 : start + 2] not in {"!", "?"}:
        return start + 1, "<"
    end = _TAG_END.match(markup, start + 1, start + _MAX_TAG)
    after = end.end() if end else _after(markup, ">", start + 1)
    if name and markup[after - 1] != ">" and not _CUT_TAG.match(markup, start):
        return start + 1, "<"  # nothing ends it and it is not like a tag: "x <y"
    return _after_tag(markup, name[1].lower(), start, after) if name else (after, "")


def _after_tag(markup: str, name: str, start: int, after: int) -> tuple[int, str]:
    """The same for a tag that ends at `after`: what no reader would see goes with it."""
    opens = markup[start + 1] != "/" and markup[after - 2 : after] != "/>"
    if opens and name in _SILENT:
        closing = re.compile(f"</{name}", re.IGNORECASE).search(markup, after)
        return (_after(markup, ">", closing.end()) if closing else len(markup)), " "
    return after, "" if name in _INLINE else " "


def _after(text: str, mark: str, start: int) -> int:
    """The position after the next `mark`, else the end: an open tag swallows the rest."""
    found = text.find(mark, start)
    return len(text) if found < 0 else found + len(mark)


# Invisible letters and marks that are no format characters (category Cf) in Unicode.
_REMOVED = frozenset("\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u3164\uffa0\ufeff\ufffc")
_INVISIBLE = frozenset({"Cf", "Cs", "Co"})  # format, half a character, private use
_NO_CHARACTER = re.compile("[\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e0fff\U000f0000-\U0010ffff]")
# They carry meaning after Persian, Hindi and emoji, whatever marks stand between.
_KEPT_JOINERS = frozenset("\u200c\u200d")
_JOINABLE = re.compile("[\u0600-\u06ff\u0700-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff"
                       "\u2190-\u2bff\U0001f000-\U0001faff]")  # fmt: skip

# Latin letters, usual punctuation and currencies: all of them visible.
_USUAL = re.compile("[ -~\xa0-\xac\xae-\u024f\u2010-\u2027\u2030-\u205e\u20a0-\u20bf]*")


def one_line(text: str) -> str:
    """`text` in NFC on one line, without control, format and other invisible characters.

    Runs of blanks become one. Direction marks and overrides go, so that a text cannot turn its
    surroundings around; joiners stay only where the script before them needs them.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = unicodedata.normalize("NFC", text)
    if _USUAL.fullmatch(text):
        return " ".join(text.split())
    # What was parted by a character that went may compose now.
    text = unicodedata.normalize("NFC", "".join(_visible(text)))
    return " ".join(text.split())


# More marks than that on one letter are no language but a tower over other lines.
_MAX_MARKS: Final = 4


def _visible(text: str) -> list[str]:
    kept: list[str] = []
    base, marks = "", 0
    for char in text:
        category = unicodedata.category(char)
        hides = category in _INVISIBLE or char in _REMOVED or _NO_CHARACTER.match(char)
        if hides and not (char in _KEPT_JOINERS and _JOINABLE.match(base)):
            continue
        if category in {"Mn", "Me"}:
            marks += 1
        else:
            base, marks = char, 0
        if marks <= _MAX_MARKS:
            kept.append(" " if category in {"Cc", "Zl", "Zp"} else char)
    return kept


# How many characters a cut may give up to end at a word.
_WORD_END_WITHIN = 24
# Far more than the longest joined emoji and the longest word before it.
_READ_BY_CLUSTERS = 200
_ZERO_WIDTH_JOINER = "\u200d"
_REGIONAL = range(0x1F1E6, 0x1F200)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)
_LOOSE_ENDS = frozenset(" ,;:-–—")


def clusters(text: str) -> Iterator[str]:
    """The characters as a reader sees them: a letter with its accents, an emoji with its parts.

    A close approximation of grapheme clusters (Unicode UAX #29) for what news contains: combining
    marks, variation selectors, joined emoji, skin tones, and flags of two letters.
    """
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or not _joins(text, start, end):
            yield text[start:end]
            start = end


def _joins(text: str, start: int, at: int) -> bool:
    """Whether the character at `at` belongs to the cluster that began at `start`."""
    char, before = text[at], text[at - 1]
    if _ZERO_WIDTH_JOINER in {char, before}:
        return True
    if unicodedata.category(char) in {"Mn", "Mc", "Me"}:
        return True
    if ord(char) in _SKIN_TONES or ord(char) in _TAGS:
        return True
    pair = ord(char) in _REGIONAL and ord(before) in _REGIONAL
    return pair and (at - start) % 2 == 1


def shorten(text: str, limit: int, *, width: Callable[[str], int] = len) -> str:
    """The text if it fits, else its beginning and an ellipsis, at the end of a word if near.

    The result measures at most `limit`, at least 1; `width` must add up over pieces, and give 1 for
    the ellipsis.

    >>> shorten("Summit ends early without a deal", 20)
    'Summit ends early…'
    """
    if width(text) <= limit:
        return text
    # A blank begins a cluster, so only the end of a long text has to be read by clusters.
    sure = max(text.rfind(" ", 0, max(limit - _READ_BY_CLUSTERS, 0)), 0) if width is len else 0
    room, kept = limit - width(ELLIPSIS) - sure, [text[:sure]] if sure else []
    for cluster in clusters(text[sure:]):
        room -= width(cluster)
        if room < 0:
            break
        kept.append(cluster)
    ends_inside_word = kept and not kept[-1].isspace() and not text[len("".join(kept))].isspace()
    if ends_inside_word and " " in kept[-_WORD_END_WITHIN:]:
        while kept[-1] != " ":
            kept.pop()
    while kept and kept[-1] in _LOOSE_ENDS:
        kept.pop()
    return "".join(kept) + ELLIPSIS


_LOST: Final = "\ufffd"
# How much more of a text must be unlike any language, by charset-normalizer's measure: that is near
# zero for words, and rarely below a half for words in a wrong encoding.
_GARBLED: Final = 0.3


def is_garbled(text: str, *, before: str) -> bool:
    """Whether `text` says no more than `before`, with letters lost or turned into rubbish.

    Letters are lost as question marks (plain ones where an encoding has no better), and turned by
    reading them in another encoding. What says something new beside a lost letter is an edit.

    >>> is_garbled("Caf� ferm?", before="Café fermé"), is_garbled("ºÏ¹Ì", before="북미")
    (True, True)
    >>> is_garbled("Caf� opens", before="Café fermé"), is_garbled("북미", before="ºÏ¹Ì")
    (False, False)
    """
    words, old = text.split(), before.split()
    is_cut = text.endswith(ELLIPSIS) and before.endswith(ELLIPSIS)
    if words != old and (is_cut or len(words) == len(old)):
        pairs = zip(words, old, strict=not is_cut)
        if all(word == was or _is_lost(word, was) for word, was in pairs):
            return True
    return not text.isascii() and _strangeness(text) - _strangeness(before) >= _GARBLED


def _is_lost(word: str, was: str) -> bool:
    """Whether letters of a word became question marks; a real one stands beside all its letters."""
    if _LOST in word:
        return _LOST not in was
    beyond, beyond_before = ("".join(c for c in w if not c.isascii()) for w in (word, was))
    kept, kept_before = ("".join(c for c in w if c.isascii() and c != "?") for w in (word, was))
    return "?" in word and len(beyond) < len(beyond_before) and kept == kept_before


def _strangeness(text: str) -> float:
    """How unlike a language the words with letters beyond ASCII are; 0 for usual ones."""
    from charset_normalizer.md import mess_ratio  # noqa: PLC0415 - only few edits need it

    words = text.replace(_LOST, "").split()
    beyond = " ".join(w for w in words if any(c.isalpha() and not c.isascii() for c in w))
    return (mess_ratio(beyond) if beyond else 0.0) + text.count(_LOST) / max(len(text), 1)
