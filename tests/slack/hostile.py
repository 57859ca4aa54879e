"""Text that someone may put into a feed, a name or a command, and what messages may hold."""

import re
from collections.abc import Iterator

from hypothesis import strategies as st

ATTACKS = (
    "<!channel> <!here|here> <!everyone>",
    "<@U01ADMIN> <@W012|boss> <#C012345|general> <!subteam^S012|desk>",
    "<https://evil.example|Click> <javascript:alert(1)|x> <mailto:a@b.example>",
    "x>|<!channel>",
    "&lt;!channel&gt; &amp;lt;!here&amp;gt;",
    "<!date^0^{date}^javascript:alert(1)|now>",
    "*bold* _it_ ~no~ `code` ```block``` > quote\n> quote\n1. list",
    "> quoted :rage: :wave::skin-tone-3: at 12:30:45",
    "\u202egnp.exe \u2066hidden\u2069 \u200b\ufeff\x00\x1b[2J\r\n\t",
    "&" * 400,
    "<" * 3_000,
    "👩‍👩‍👧‍👦" * 900,
    "é" * 5_000,
    "\ud800 lone",
    "@channel #general @U01ADMIN http://bare.example/path",
    '"}]},{"type":"section"',
    "",
    " ",
)
URLS = (
    "https://example.org/a?b=1&c=2",
    "https://example.org/|<!channel>",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " https://example.org/space ",
    "https://example.org/" + "x" * 5_000,
    "https://user:secret@example.org/",
    "https://[::1",
    "data:text/html,hi",
    "//example.org",
    "https://",
    "https://example.org/\x00\n>",
    "slack://channel?id=1",
)

texts = (
    st.sampled_from(ATTACKS)
    | st.text(max_size=400)
    | st.lists(st.sampled_from(ATTACKS), max_size=3).map(" ".join)
)
urls = st.none() | st.sampled_from(URLS) | st.text(max_size=60).map("https://e.example/".__add__)

_TOKEN = re.compile(r"<([^<>]*)>")
_ALLOWED = (
    re.compile(r"https?://[^\s|<>]+\|[^<>]+"),
    re.compile(r"!date\^\d+\^\{date_short\}(, \{time\})?\|[\w ,:]+"),
)
_TARGET = re.compile(r"[#@][A-Z0-9]+")
_ENTITY = re.compile(r"&(?!amp;|lt;|gt;)")


def marked_up(value: object) -> Iterator[str]:
    """Every text in a payload that Slack reads as mrkdwn, the fallback text too."""
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            assert value["verbatim"] is True
            yield value["text"]
        elif "blocks" in value and isinstance(value.get("text"), str):
            yield value["text"]
        for part in value.values():
            yield from marked_up(part)
    elif isinstance(value, list):
        for part in value:
            yield from marked_up(part)


def assert_harmless(text: str, *, targets: frozenset[str] = frozenset()) -> None:
    """Nothing in a marked-up text but our own links to http(s), dates, and known people."""
    for token in _TOKEN.findall(text):
        known = _TARGET.fullmatch(token) and token[1:] in targets
        assert known or any(form.fullmatch(token) for form in _ALLOWED), token
    rest = _TOKEN.sub("", text)
    assert "<" not in rest
    assert ">" not in rest
    assert not _ENTITY.search(text), text
    assert not {"\u202e", "\u2066", "\x1b", "\x00", "\r"} & set(text)
