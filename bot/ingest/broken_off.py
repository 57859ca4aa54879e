"""Documents that break off: a connection without a length may end anywhere and still look fine.

The root element's end tells a whole document; one without it is asked for again. What it holds is
kept all the same, as feedparser finds it, but for a last entry behind others that breaks off inside
its title, or before it says anything: half a headline is another headline.
"""

import re
from typing import Final

_ROOT: Final = re.compile(rb"<((?:[\w.-]{1,40}:)?(?:rss|feed|rdf))(?=[\s/>])", re.IGNORECASE)
_ROOT_WITHIN: Final = 64 * 1024
_TITLE: Final = re.compile(rb"<((?:[\w.-]{1,40}:)?title)(?=[\s/>]|\Z)", re.IGNORECASE)
_TEXT: Final = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:description|summary|content|encoded)[\s/>]")
_UNSEEN: Final = re.compile(rb"<!\[CDATA\[.*?\]\]>|<!--.*?(?:-->|\Z)", re.DOTALL)
"""Where tags are none. A CDATA section that nothing ends is more often a slip than the place where
the document breaks off, and readers go on behind it."""


def whole_part(body: bytes) -> tuple[bytes, bool]:
    """The document, without a last entry that has no whole title, and whether it is whole.

    One whose root is none of a feed's counts as whole: nothing is known about its end.

    >>> whole_part(b"<rss><channel><item><title>A</title></item><item><title>B")
    (b'<rss><channel><item><title>A</title></item>', False)
    """
    seen = _UNSEEN.sub(lambda m: b" " * len(m[0]), body)
    root = _ROOT.search(seen, 0, _ROOT_WITHIN)
    if root is None or _ends(root[1], seen) or _is_empty(seen, root.end()):
        return body, True
    prefix, colon, name = root[1].rpartition(b":")
    entry = re.escape(prefix + colon) + b"entry" if name.lower() == b"feed" else b"(?:rss:)?item"
    begun = _last(rb"<" + entry + rb"(?=[\s/>]|\Z)", seen)
    after = _last(rb"</" + entry + rb"\s{0,9}>", seen)
    is_cut = 0 <= after < begun and _says_nothing_whole(seen[begun:])
    return (body[:begun] if is_cut else body), False


def _says_nothing_whole(entry: bytes) -> bool:
    title = _TITLE.search(entry)
    return not _ends(title[1], entry) if title else _TEXT.search(entry) is None


def _ends(name: bytes, seen: bytes) -> bool:
    """Whether the element is closed; some servers write more after that."""
    return _last(rb"</" + re.escape(name) + rb"\s{0,9}>", seen) >= 0


def _is_empty(seen: bytes, start: int) -> bool:
    """Whether the tag that goes on at `start` is its element's end as well."""
    end = seen.find(b">", start)
    return end > 0 and seen[end - 1 : end] == b"/"


def _last(pattern: bytes, seen: bytes) -> int:
    """Where the last match begins; -1 without one."""
    begins = -1
    for match in re.finditer(pattern, seen, re.IGNORECASE):
        begins = match.start()
    return begins
