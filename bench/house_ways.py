"""Goes one way through the bot and prints as JSON what was entered on it.

The bot is opened as the tests of the whole way open it, so little of its inside is named here.
Usage: python -m bench.house_ways WAY
"""

import asyncio
import fcntl
import inspect
import json
import logging
import os
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from ruamel.yaml import YAML

from bench.house_trace import Entered, Recorder, all_entered, begin, end, following_children
from tests.app import conftest, feed_admin
from tests.ingest.serving import reply, serving

MATCHING: Final = "bot/matching/"
COMMITMENT: Final = "remains"  # of commitments.yaml
# Of the pretend newsroom's first feed: between these two, it prints one item that fits.
_BEFORE: Final = datetime(2018, 7, 26, 12, tzinfo=UTC)
_AFTER: Final = _BEFORE + timedelta(days=1)
_REST_S: Final = 0.5
_READERS: Final = ("load", "load_all", "compose", "compose_all", "parse", "scan")


class NotMeasuredError(Exception):
    """The way was not gone as it should be; says why."""


class Counts:
    """What is counted while the recorder's flag is up.

    Attributes:
        parses: How often a YAML text was read.
        locks: The files that were locked, by device and number.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.parses = 0
        self.locks: set[tuple[int, int]] = set()
        self._recorder = recorder
        self._counting = False
        self._reading = threading.local()
        sys.addaudithook(self._heard)

    @asynccontextmanager
    async def recording(self) -> AsyncIterator[None]:
        """Records and counts, once the bot has finished with what was answered last."""
        await asyncio.sleep(_REST_S)
        self._counting = True
        try:
            with self._recorder.recording():
                yield
        finally:
            self._counting = False

    @contextmanager
    def watching_yaml(self) -> Iterator[None]:
        """All of the YAML library's ways to read are counted; one inside another is the same."""
        counted = {name: self._counted(getattr(YAML, name)) for name in _READERS}
        with patch.multiple(YAML, **counted):
            yield

    def _counted(self, read: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: object, **named: object) -> Any:  # noqa: ANN401 - as the library's
            if getattr(self._reading, "now", False):
                return read(*args, **named)
            self.parses += self._counting
            self._reading.now = True
            try:
                return read(*args, **named)
            finally:
                self._reading.now = False

        return counted

    def _heard(self, event: str, args: tuple[Any, ...]) -> None:
        if not self._counting or event not in {"fcntl.flock", "fcntl.lockf"}:
            return
        handle, operation = args[:2]
        if not operation & fcntl.LOCK_UN:
            status = os.fstat(handle)
            self.locks.add((status.st_dev, status.st_ino))


@asynccontextmanager
async def opened(folder: Path, **named: Any) -> AsyncIterator[conftest.House]:  # noqa: ANN401
    """The bot between pretend Slack and newsroom, with its background ticks stopped."""
    async with inspect.unwrap(conftest.open_house)(folder)(**named) as house:
        await house.bot.scheduler.shutdown()
        yield house


async def _status(folder: Path, counts: Counts, text: str) -> None:
    async with opened(folder) as house:
        await house.poll()
        await house.ask(text)
        async with counts.recording():
            answer, _ = await house.ask(text)
        if COMMITMENT not in feed_admin.text_of(answer).lower():
            raise NotMeasuredError(f"`/briefing {text}` was not answered with evidence")


async def status_of_one(folder: Path, counts: Counts) -> None:
    """`/briefing status` with a commitment."""
    await _status(folder, counts, f"status {COMMITMENT}")


async def status_of_all(folder: Path, counts: Counts) -> None:
    """`/briefing status` without one."""
    await _status(folder, counts, "status")


async def item_to_evidence(folder: Path, counts: Counts) -> None:
    """One poll of one feed with one new item that fits a commitment."""
    listing = conftest.FeedServer.feeds_yaml
    entry = "  - url:"

    def first_alone(newsroom: conftest.FeedServer) -> str:
        return entry.join(listing(newsroom).split(entry)[:2])

    with patch.object(conftest.FeedServer, "feeds_yaml", first_alone):
        async with opened(folder, now=_BEFORE) as house:
            await house.poll()
            house.clock.now = _AFTER
            async with counts.recording():
                summary = await house.poll()
    if summary.poll.items_new != 1 or not summary.filing.evidence_new:
        raise NotMeasuredError(f"the poll should find one item that fits: {summary}")


async def feed_added(folder: Path, counts: Counts) -> None:
    """A click on [Add this feed], until the answer is there and feeds.yaml is written."""
    news = {f"/{name}": reply(body=feed_admin.NEWS) for name in ("a.xml", "b.xml")}
    async with serving(news) as feeds, opened(folder) as house:
        for name in ("a.xml", "b.xml"):
            await feed_admin.admin(house, f"feeds add {feeds.url(f'/{name}')}")
            # A slow look at the feed is announced by an answer of its own, which has no button.
            found, button = await house.slack.wait_for(
                lambda slack: _button(slack.ephemerals(feed_admin.ADMIN), "Add this feed")
            )
            if name == "a.xml":
                await feed_admin.press(house, found, button)
                continue
            async with counts.recording():
                await feed_admin.press(house, found, button)
            if feeds.url(f"/{name}") not in house.feeds_file.read_text(encoding="utf-8"):
                raise NotMeasuredError("the feed is not in feeds.yaml when the answer is there")


def _button(messages: Sequence[Any], label: str) -> tuple[Any, str] | None:
    """The message with the button of that label, and the button's action."""
    for message in messages:
        for block in message.blocks:
            for part in block.get("elements", []):
                if isinstance(part.get("text"), dict) and part["text"].get("text") == label:
                    return message, part["action_id"]
    return None


WAYS: Final = {
    "a": status_of_one,
    "a-all": status_of_all,
    "b": item_to_evidence,
    "c": feed_added,
}


def matching_apart(entered: list[Entered]) -> list[Entered]:
    """Without the matcher and all else in its process; the parser's process must be there."""
    here = os.getpid()
    matchers = {e.pid for e in entered if e.pid != here and e.path.startswith(MATCHING)}
    if not {e.pid for e in entered} - matchers - {here}:
        raise NotMeasuredError("no parser process told what it entered")
    return [e for e in entered if e.pid not in matchers and not e.path.startswith(MATCHING)]


def gone(way: str) -> dict[str, Any]:
    """The functions as path, name and line, in the order of their first entry; and the counts."""
    with tempfile.TemporaryDirectory(prefix="house-") as folder:
        room = Path(folder, "room")
        room.mkdir()
        recorder = begin(room)
        try:
            with following_children(room):
                counts = Counts(recorder)
                with counts.watching_yaml():
                    asyncio.run(WAYS[way](Path(folder), counts))
        finally:
            end()
        entered = all_entered(room)
    if way == "b":
        entered = matching_apart(entered)
    if not entered:
        raise NotMeasuredError("no function of the bot was entered")
    functions = dict.fromkeys((e.path, e.name, e.line) for e in entered)
    return {"functions": list(functions), "parses": counts.parses, "locks": len(counts.locks)}


def main() -> None:
    logging.disable(logging.CRITICAL)
    try:
        print(json.dumps(gone(sys.argv[1])))
    except NotMeasuredError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
