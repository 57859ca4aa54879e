"""Edits of a feed list as values, and what a list is with them over it: pure rules.

They are kept where the list's file cannot be written, and made in the file as soon as it can. An
edit says what a person wanted and nothing else, so it holds whatever else changes in the file
meanwhile; one that changes nothing there any more is done.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.feed import FeedList, FeedSpec


class FeedEditKind(StrEnum):
    """What to do to a list."""

    ADD = "add"
    """Put the feed at the end."""
    REMOVE = "remove"
    """Take the feed off."""
    PAUSE = "pause"
    """Keep the feed in the list and fetch it no more."""
    RESUME = "resume"
    """Fetch the feed again."""
    MOVE = "move"
    """Give the feed another address, in its place in the list."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedEdit:
    """One edit.

    Attributes:
        kind: What to do.
        url: The address of the feed that it is done to.
        spec: For `ADD` the new line, for `MOVE` a line with the new address; None otherwise.
    """

    kind: FeedEditKind
    url: str
    spec: FeedSpec | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptEdit:
    """An edit that could not be written to the file yet.

    Attributes:
        id: The ledger's number; greater is later.
        edit: What to do.
        actor: Who wanted it.
        at: When.
    """

    id: int
    edit: FeedEdit
    actor: str
    at: datetime


def add_edit(spec: FeedSpec) -> FeedEdit:
    """Put a feed at the end of the list."""
    return FeedEdit(kind=FeedEditKind.ADD, url=spec.url, spec=spec)


def remove_edit(url: str) -> FeedEdit:
    """Take a feed off the list."""
    return FeedEdit(kind=FeedEditKind.REMOVE, url=url)


def enable_edit(url: str, *, enabled: bool) -> FeedEdit:
    """Pause a feed (False) or let it go on (True)."""
    return FeedEdit(kind=FeedEditKind.RESUME if enabled else FeedEditKind.PAUSE, url=url)


def move_edit(url: str, to: str) -> FeedEdit:
    """Give a feed another address."""
    return FeedEdit(kind=FeedEditKind.MOVE, url=url, spec=FeedSpec(url=to))


def edited(feeds: FeedList, edits: Iterable[FeedEdit]) -> FeedList:
    """The list with the edits over it, in their order.

    An edit of a feed that is not listed changes nothing, nor does adding one that is. No edit lists
    an address twice: moving a feed to an address that is listed takes the old line off.
    """
    lines: Sequence[FeedSpec] = feeds.feeds
    for edit in edits:
        lines = _edited(lines, edit)
    return replace(feeds, feeds=tuple(lines))


def needed(feeds: FeedList, edits: Sequence[KeptEdit]) -> tuple[KeptEdit, ...]:
    """Those of the edits without which the list would not be the same, in their order.

    The others are done: the file has them by now, or a later edit undoes them.
    """
    wanted = edited(feeds, (kept.edit for kept in edits))
    if wanted == feeds:
        return ()
    rest: tuple[KeptEdit, ...] = ()
    fewer = tuple(edits)
    while fewer != rest:  # without a later edit an earlier one may be needless as well
        rest = fewer
        for one in rest:
            without = tuple(kept for kept in fewer if kept is not one)
            if edited(feeds, (kept.edit for kept in without)) == wanted:
                fewer = without
    return rest


def _edited(lines: Sequence[FeedSpec], edit: FeedEdit) -> Sequence[FeedSpec]:
    urls = {line.url for line in lines}
    match edit.kind:
        case FeedEditKind.ADD:
            return lines if edit.spec is None or edit.url in urls else [*lines, edit.spec]
        case FeedEditKind.REMOVE:
            return [line for line in lines if line.url != edit.url]
        case FeedEditKind.PAUSE | FeedEditKind.RESUME:
            enabled = edit.kind is FeedEditKind.RESUME
            return [replace(one, enabled=enabled) if one.url == edit.url else one for one in lines]
        case FeedEditKind.MOVE:
            return _moved(lines, edit.url, edit.spec.url if edit.spec else edit.url)


def _moved(lines: Sequence[FeedSpec], url: str, to: str) -> Sequence[FeedSpec]:
    if to != url and any(line.url == to for line in lines):
        return [line for line in lines if line.url != url]
    return [replace(line, url=to) if line.url == url else line for line in lines]
