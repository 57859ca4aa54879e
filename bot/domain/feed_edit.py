"""Edits of a feed list as values, and what a list is with them over it: pure rules.

The ledger keeps an edit from the moment it is made until the list's file has it. An edit says what
a person wanted and nothing else, so it holds whatever else changes in the file meanwhile.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.feed import FeedList, FeedSpec
from bot.domain.urls import same_feed_key


class FeedEditKind(StrEnum):
    """What to do to a list."""

    ADD = "add"  # at its end
    REMOVE = "remove"
    PAUSE = "pause"  # it stays in the list and is not fetched
    RESUME = "resume"
    MOVE = "move"  # to another address, in its place in the list


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedEdit:
    """One edit of the feed at `url`.

    `spec` is for `ADD` the new line, for `MOVE` a line with the new address; None otherwise.
    """

    kind: FeedEditKind
    url: str
    spec: FeedSpec | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptEdit:
    """An edit that is not in the file yet; a greater id is a later one."""

    id: int
    edit: FeedEdit
    actor: str
    at: datetime


Lines = dict[str, FeedSpec]  # by what tells feeds apart, in the order of the list


def edited(feeds: FeedList, edits: Iterable[FeedEdit]) -> FeedList:
    """The list with the edits over it, in their order.

    An edit of a feed that is not listed changes nothing, nor does adding one that is. No edit lists
    a feed twice: moving one to an address that is listed takes the old line off.
    """
    lines = by_key(feeds)
    for edit in edits:
        _changes(lines, edit)
    return replace(feeds, feeds=tuple(lines.values()))


def needed(feeds: FeedList, edits: Sequence[KeptEdit]) -> tuple[FeedList, Sequence[KeptEdit]]:
    """The list with the edits over it, and those of them without which it would not be the same.

    The others are done: the file has them by now, or a later edit undoes them.
    """
    lines = by_key(feeds)
    rest = [kept for kept in edits if _changes(lines, kept.edit)]
    wanted = replace(feeds, feeds=tuple(lines.values()))
    if wanted == feeds or len(rest) < 2:  # noqa: PLR2004 - one alone undoes no other
        return wanted, () if wanted == feeds else rest
    times = Counter(key for kept in rest for key in _keys(kept.edit))
    fewer, rest = rest, []
    while fewer != rest:  # without a later edit an earlier one may be needless as well
        rest = fewer
        for one in rest:
            if all(times[key] == 1 for key in _keys(one.edit)):
                continue  # what no other edit touches, none makes needless
            without = [kept for kept in fewer if kept is not one]
            if edited(feeds, [kept.edit for kept in without]) == wanted:
                fewer = without
    return wanted, rest


def _changes(lines: Lines, edit: FeedEdit) -> bool:
    """Makes the edit; tells whether it changed anything."""
    key = same_feed_key(edit.url)
    line = lines.get(key)
    if edit.kind is FeedEditKind.ADD:
        if line is None and edit.spec is not None:
            lines[key] = edit.spec
        return line is None
    if line is None:
        return False
    match edit.kind:
        case FeedEditKind.REMOVE:
            del lines[key]
            return True
        case FeedEditKind.MOVE:
            return _moves(lines, key, edit.spec.url if edit.spec else edit.url)
        case FeedEditKind.PAUSE | FeedEditKind.RESUME:
            lines[key] = replace(line, enabled=edit.kind is FeedEditKind.RESUME)
            return lines[key] != line


def _moves(lines: Lines, key: str, to: str) -> bool:
    line, to_key = lines[key], same_feed_key(to)
    if to_key != key and to_key in lines:
        del lines[key]
        return True
    pairs = [(to_key, replace(line, url=to)) if k == key else (k, v) for k, v in lines.items()]
    lines.clear()
    lines.update(pairs)
    return line.url != to


def by_key(feeds: FeedList) -> Lines:
    """The lines by what tells feeds apart; of two of one feed the first counts."""
    lines: Lines = {}
    for line in feeds.feeds:
        lines.setdefault(same_feed_key(line.url), line)
    return lines


def _keys(edit: FeedEdit) -> set[str]:
    return {same_feed_key(url) for url in (edit.url, edit.spec.url if edit.spec else edit.url)}
