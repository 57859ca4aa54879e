"""Which feed of a list a person means."""

from collections.abc import Sequence
from difflib import get_close_matches

from bot.domain.errors import NotFoundError
from bot.domain.feed import Feed
from bot.ingest.feed_url import same_feed_key

_QUOTES = "\"'“”„‟‘’«»"
_SHOWN = 80
_NAMED = 5
_ALIKE = 0.6


def find_feed(name: str, feeds: tuple[Feed, ...]) -> Feed:
    """The one feed that is meant.

    Args:
        name: Its address, title, part of its title, or place in the list, as a person wrote it.
        feeds: The list.

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
        return _at(wanted, feeds)
    found = exact or [feed for feed in feeds if wanted and wanted in feed.title.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFoundError(_several(wanted, found, feeds))
    raise NotFoundError(_unknown(name.strip().strip(_QUOTES).strip(), feeds))


def _unknown(name: str, feeds: Sequence[Feed]) -> str:
    said = f"No feed is called “{name[:_SHOWN]}”"
    places = {feed.title.casefold(): place for place, feed in enumerate(feeds, start=1)}
    if near := get_close_matches(name.casefold(), places, n=1, cutoff=_ALIKE):
        place = places[near[0]]
        return f"{said}. Did you mean {feeds[place - 1].title[:_SHOWN]}, number {place}?"
    return f"{said}; the feed list shows titles and numbers."


def _several(wanted: str, found: Sequence[Feed], feeds: Sequence[Feed]) -> str:
    some = [f"{feeds.index(one) + 1}, {one.title[:_SHOWN]} ({one.url})" for one in found[:_NAMED]]
    more = f"; and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    listed = "; ".join(some)
    return f"Several feeds fit “{wanted[:_SHOWN]}”: {listed}{more}. Give the number or the address."


def _at(number: str, feeds: tuple[Feed, ...]) -> Feed:
    """The feed with that place in the list; compared as text, since it may be absurdly long."""
    for place, feed in enumerate(feeds, start=1):
        if str(place) == number:
            return feed
    if not feeds:
        raise NotFoundError("The feed list is empty.")
    raise NotFoundError(f"The list has no feed {number[:20]}; it has 1 to {len(feeds)}.")
