"""Guards the feed list against a file that is only half there: pure rules.

An editor, a copy or a deployment may leave the file empty or cut short for seconds while it
writes. Such a file reads as a list without feeds, or with a few of them, and taken at its word it
would stop the bot. So

* a file that is broken, missing or blank is no list: what was good stays, and admins are told;
* a file that loses more than half of the feeds, and at least 5, is taken at its word;
* but both only once the file has come to rest: unchanged for two looks, or for ten seconds.

To empty the list on purpose, write `feeds: []`.
"""

import re
from collections.abc import Collection, Iterable
from enum import Enum, auto
from pathlib import Path
from typing import Final

from bot.config.feeds_file import parse_feeds
from bot.config.watch import QUIET_S
from bot.config.yaml import UnreadableError, read_text
from bot.domain.errors import FeedListError, Problem
from bot.domain.feed import FeedList
from bot.domain.feed_edit import FeedEdit, edited

MANY: Final = 5
_EMPTY_ON_PURPOSE = re.compile(r"^feeds:\s*\[\s*\]", re.MULTILINE)


class Judgement(Enum):
    """What to do with what a file says."""

    TAKE = auto()
    WAIT = auto()
    """Look again: somebody may be writing it."""
    REFUSE = auto()
    """Keep the last good list, and say so."""


def judge(listed: Collection[str], found: Collection[str] | None, *, at_rest: bool) -> Judgement:
    """What to do with a file that was just read.

    Args:
        listed: The addresses that are listed now.
        found: The addresses in the file; None for a file that is no list.
        at_rest: Whether the file has come to rest.
    """
    if found is None:
        return Judgement.REFUSE if at_rest or not listed else Judgement.WAIT
    lost = len(set(listed).difference(found))
    if lost >= MANY and 2 * lost > len(listed) and not at_rest:
        return Judgement.WAIT
    return Judgement.TAKE


def read_list(path: Path, *, any_listed: bool) -> FeedList:
    """The feed list in the file.

    Args:
        path: The file.
        any_listed: Whether feeds are listed now; else a blank file is an empty list.

    Raises:
        FeedListError: It is broken or missing, or blank though feeds are listed.
    """
    try:
        text = read_text(path)
    except UnreadableError as error:
        raise FeedListError(error.problem) from error
    feeds = parse_feeds(text, str(path))
    if any_listed and not feeds.feeds and not is_emptied(text):
        raise FeedListError(
            Problem(
                where=str(path),
                what="it lists no feeds any more",
                fix="put them back, or write feeds: [] to remove them all",
                line=1,
            )
        )
    return feeds


def waiting(path: Path, listed: Collection[str], *, kept: Iterable[FeedEdit] = ()) -> str | None:
    """Why the list in force is not the file's, and how to go on, in a sentence; None when it is.

    Args:
        path: The file.
        listed: The addresses in force, just after the file was looked at.
        kept: Edits that are in force and not in the file.
    """
    if not listed:
        return None
    try:
        found = {line.url for line in edited(read_list(path, any_listed=True), kept).feeds}
    except FeedListError as error:
        return f"The list stays as it was: {error.problems[0]}."
    if judge(listed, found, at_rest=False) is Judgement.TAKE:
        return None
    lost = len(set(listed) - found)
    return (
        f"{path} was changed just now and drops {lost} of {len(listed)} feeds: it may be half "
        f"written, so it is not taken up yet; if it is meant, run this again in {QUIET_S} seconds."
    )


def is_emptied(text: str) -> bool:
    """Whether a list's text says on purpose that there are no feeds."""
    return _EMPTY_ON_PURPOSE.search(text) is not None


def busy(path: Path) -> FeedListError:
    """The answer to an edit while the file may be half written."""
    return FeedListError(
        Problem(
            where=str(path),
            what="somebody seems to be writing it just now, so nothing was changed",
            fix="try again in a quarter of a minute",
        )
    )
