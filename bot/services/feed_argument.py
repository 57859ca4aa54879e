"""What an admin types where a feed or a site is meant: checked before anything is fetched."""

import re
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from bot.domain.errors import InputError, Problem
from bot.ingest.feed_url import url_problem
from bot.ingest.guard import Network, url_refusal

_HOST = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]\.?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_SHOWN = 80


def read_address(typed: str, *, command: str, is_list: bool = False) -> str:
    """The address or site that was typed, without Slack's brackets around it.

    Args:
        typed: `https://example.org/feed.xml`, `example.org`, `<https://example.org|example.org>`.
        command: The command, for the sentence, such as `feeds add`.
        is_list: Whether an OPML list is meant, for the example.

    Raises:
        InputError: It is neither; the problem names the argument.
    """
    text = unwrapped(typed)
    what = _problem(text) if text else "it needs the address of a feed, or a site"
    if what is None:
        return text
    raise InputError(
        Problem(
            where=command,
            what=what,
            mend=_like(command, is_list=is_list),
        )
    )


def out_of_reach(url: str, allow_networks: Sequence[Network], *, where: str) -> Problem | None:
    """What is wrong with a feed whose very address says that the bot would never fetch it.

    Args:
        url: An address that may stand in a feed list.
        allow_networks: Networks that feeds may live in though not public.
        where: The file or command that names it, for the problem.
    """
    why = url_refusal(url, allow_networks)
    if why is None:
        return None
    return Problem(
        where=where,
        what=f"{url} is refused: it leads to {why}",
        mend="if the network is yours, name it in BRIEFING_ALLOW_NETWORKS",
    )


def _like(command: str, *, is_list: bool) -> str:
    if is_list:
        return f"write it like `{command} https://example.org/feeds.opml`"
    return f"write it like `{command} https://example.org/feed.xml` or `{command} example.org`"


def unwrapped(typed: str) -> str:
    """The address in `<https://example.org/feed|example.org>`, as Slack writes typed links."""
    text = typed.strip()
    if text.startswith("<") and text.endswith(">"):
        text = text[1:-1].partition("|")[0]
    return text.replace("&amp;", "&")


def _problem(text: str) -> str | None:
    """What is wrong with a text where an address or a site belongs; None for nothing."""
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    if "://" in text or (_SCHEME.match(text) and not _is_host(text)):
        wrong = url_problem(text)
        return f"the address “{shown}” {wrong[0]}; {wrong[1]}" if wrong else None
    wrong = url_problem(f"https://{text}")
    if wrong:
        return f"“{shown}” {wrong[0]}"
    return None if _is_host(text) else f"“{shown}” is neither an address nor a site"


def _is_host(text: str) -> bool:
    """Whether it begins with a host as people write one: with a dot, an IP address, localhost."""
    try:
        parts = urlsplit(f"//{text}")
        host = (parts.hostname or "").casefold()
        _ = parts.port  # read only to be checked
    except ValueError:
        return False
    if host == "localhost" or _HOST.fullmatch(host):
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
