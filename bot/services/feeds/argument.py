"""What an admin types where a feed or a site is meant: which feed, or which address to fetch."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from ipaddress import ip_address
from urllib.parse import urlsplit

from bot.domain.errors import InputError, NotFoundError, Problem
from bot.domain.feed import Feed
from bot.domain.urls import same_feed_key, url_problem, web_address
from bot.ingest.http.ssrf import Network, url_refusal

_QUOTES = "\"'“”„‟‘’«»"
_SHOWN_NAMES = 80
_NAMED = 5
_ALIKE = 0.6


def find_feed(name: str, feeds: tuple[Feed, ...]) -> Feed:
    """The one feed that `name` means: its address, (part of its) title, or place in the list.

    Raises:
        NotFoundError: No feed, or more than one, fits; the text says which do.
    """
    wanted = name.strip().strip(_QUOTES).strip().casefold()
    if wanted[:1] == "#" and wanted[1:].isdecimal():
        wanted = wanted[1:]
    # The very address wins: another feed may have been given it for a title.
    exact = [feed for feed in feeds if feed.url == name.strip()]
    if not exact:
        exact = [feed for feed in feeds if wanted in {feed.url.casefold(), feed.title.casefold()}]
    if not exact and "://" in wanted:
        key = same_feed_key(name.strip())
        exact = [feed for feed in feeds if same_feed_key(feed.url) == key]
    if not exact and wanted.isdecimal():
        # A number is a place in the list and never part of a title: nobody who means the 12th
        # feed of eight wants another one removed.
        places = {str(place): feed for place, feed in enumerate(feeds, start=1)}
        if feed := places.get(wanted):  # compared as text, since it may be absurdly long
            return feed
        has = f"no feed {wanted[:20]}; it has 1 to {len(feeds)}"
        raise NotFoundError(f"The list has {has}." if feeds else "The feed list is empty.")
    found = exact or [feed for feed in feeds if wanted and wanted in feed.title.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFoundError(_several(wanted, found, feeds))
    raise NotFoundError(_unknown(name.strip().strip(_QUOTES).strip(), feeds))


def _unknown(name: str, feeds: Sequence[Feed]) -> str:
    said = f"No feed is called “{name[:_SHOWN_NAMES]}”"
    places = {feed.title.casefold(): place for place, feed in enumerate(feeds, start=1)}
    if near := get_close_matches(name.casefold(), places, n=1, cutoff=_ALIKE):
        place = places[near[0]]
        return f"{said}. Did you mean {feeds[place - 1].title[:_SHOWN_NAMES]}, number {place}?"
    return f"{said}; the feed list shows titles and numbers."


def _several(wanted: str, found: Sequence[Feed], feeds: Sequence[Feed]) -> str:
    some = [
        f"{feeds.index(one) + 1}, {one.title[:_SHOWN_NAMES]} ({one.url})" for one in found[:_NAMED]
    ]
    more = f"; and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    listed = "; ".join(some)
    head = f"Several feeds fit “{wanted[:_SHOWN_NAMES]}”: {listed}{more}."
    return f"{head} Give the number or the address."


_HOST = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]\.?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_SHOWN = 80


def read_address(typed: str, *, command: str, is_list: bool = False) -> str:
    """The address or site that was typed for a command, as browsers ask for it.

    Without Slack's brackets and without `feed:`. Such as `https://example.org/feed.xml`,
    `example.org`, `<https://example.org|example.org>`.

    Raises:
        InputError: It is neither; the problem names the argument.
    """
    text = web_address(unwrapped(typed))
    what = _problem(text) if text else "it needs the address of a feed, or a site"
    if what is None:
        return text
    fix = f"write it like `{command} https://example.org/feed.xml` or `{command} example.org`"
    if is_list:
        fix = f"write it like `{command} https://example.org/feeds.opml`"
    raise InputError(Problem(where=command, what=what, fix=fix))


def out_of_reach(url: str, allow_networks: Sequence[Network], *, where: str) -> Problem | None:
    """What is wrong with a feed whose very address says that the bot would never fetch it.

    `where` is the file or command that names it; feeds may live in `allow_networks`.
    """
    if (why := url_refusal(url, allow_networks)) is None:
        return None
    what = f"{url} is refused: it leads to {why}"
    fix = "if the network is yours, name it in BRIEFING_ALLOW_NETWORKS"
    return Problem(where=where, what=what, fix=fix)


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
