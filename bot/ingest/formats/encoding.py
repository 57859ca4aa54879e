"""From a document's bytes to UTF-8, before any parser sees them.

1. A byte order mark, and the zeros of a first character in UTF-16 or UTF-32, outvote every label.
2. What is valid UTF-8 is UTF-8, and so is what is mostly: a bad byte costs one character.
3. Else the label counts, the server's before the declaration's, and a particular one before the two
   that software writes by default, UTF-8 and Latin-1. Labels mean what they mean in browsers
   (https://encoding.spec.whatwg.org): `euc-kr` is CP949, `latin-1` is Windows-1252. One under which
   much stays unreadable is false.
4. Else the bytes themselves are judged.
"""

import codecs
import re
from collections.abc import Sequence
from typing import Final

from charset_normalizer import from_bytes

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
        return "cp1252"
    words = (word for word in re.sub(rb"<[^<>]*>", b" ", body).split() if not word.isascii())
    found = from_bytes(b" ".join(words)[:_GUESSED_BY], cp_isolation=list(_GUESSED)).best()
    return found.encoding if found else "cp1252"
