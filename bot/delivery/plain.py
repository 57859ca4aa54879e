"""A message without blocks, for when Slack refuses the one with them."""

from bot.domain.subscription import Json

MAX_CHARACTERS = 3_900
"""Slack splits or refuses longer texts (docs.slack.dev: 4,000 for the best result)."""

_ELLIPSIS = "…"


def plain(payload: Json) -> Json:
    """The payload's `text` alone, short enough for any channel."""
    return {"text": cut(str(payload.get("text") or ""), MAX_CHARACTERS)}


def cut(mrkdwn: str, limit: int) -> str:
    r"""`mrkdwn` in at most `limit` characters, never cut inside a `<link|text>` or an `&amp;`.

    >>> cut("one\ntwo <https://example.org|three>", 20)
    'one\ntwo…'
    >>> cut("short", 20)
    'short'
    """
    if len(mrkdwn) <= limit:
        return mrkdwn
    end = limit - len(_ELLIPSIS)
    head = mrkdwn[:end]
    if head.rfind("<") > head.rfind(">"):
        head = head[: head.rfind("<")]
    if head.rfind("&") > head.rfind(";"):
        head = head[: head.rfind("&")]
    return head.rstrip() + _ELLIPSIS
