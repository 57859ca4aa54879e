"""What is timed against each other on a farm of feeds; each runs in a process of its own.

    python -m bench.ingest_contenders NAME PORT FEEDS FOLDER

prints one line of JSON: seconds, entries seen, and for ours how late the event loop was at worst.
"""

import asyncio
import json
import logging
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import feedparser
import httpx
from pydantic import SecretStr

from bench.farm import PATH, host
from bench.farm_pack import write_pack, write_pack_for_all
from bot.domain.clock import system_clock
from bot.domain.feed import Feed, FeedUpdate, Recorded
from bot.ingest.formats.pool import ParserPool
from bot.ingest.http.client import Fetcher
from bot.ingest.http.response import NotModified
from bot.ingest.poll.run import poll

AT_ONCE = 16
ITEMS = 30
LOOPBACK = (ip_network("127.0.0.0/8"),)
Result = dict[str, Any]


def _urls(port: int, feeds: int) -> list[str]:
    return [f"http://{host(n)}:{port}{PATH}" for n in range(feeds)]


async def _bare(urls: list[str], *, parse: bool, conditional: bool) -> int:
    """The plain loop that anybody would write first: httpx, sixteen at once, feedparser."""
    turns = asyncio.Semaphore(AT_ONCE)
    entries = 0
    async with httpx.AsyncClient(trust_env=False) as client:

        async def one(number: int, url: str) -> None:
            nonlocal entries
            headers = {"If-None-Match": f'"feed-{number}"'} if conditional else {}
            async with turns:
                response = await client.get(url, headers=headers)
            if conditional:
                entries += response.status_code == httpx.codes.NOT_MODIFIED
            elif parse:
                entries += len(feedparser.parse(response.content).entries)

        async with asyncio.TaskGroup() as group:
            for number, url in enumerate(urls):
                group.create_task(one(number, url))
    return entries


async def bare_first(urls: list[str], _: Path) -> Result:
    """Fetch and parse everything."""
    return {"entries": await _bare(urls, parse=True, conditional=False)}


async def bare_again(urls: list[str], _: Path) -> Result:
    """Ask for everything with its validator; nothing has changed."""
    return {"not_modified": await _bare(urls, parse=False, conditional=True)}


@asynccontextmanager
async def _lateness() -> AsyncIterator[list[float]]:
    """How late a timer of 10 ms comes, again and again, in seconds: what a click would wait."""
    late: list[float] = []
    loop = asyncio.get_running_loop()

    async def beat() -> None:
        while True:
            due = loop.time() + 0.01
            await asyncio.sleep(0.01)
            late.append(loop.time() - due)

    task = asyncio.create_task(beat())
    try:
        yield late
    finally:
        task.cancel()


async def ours(
    urls: list[str], folder: Path, *, write_pack: Callable[[Path], None] = write_pack
) -> Result:
    """The whole way in: fetch, parse, store, match against 100 commitments, file; then again."""
    # Imported here so that the other contenders do not carry them in memory.
    from bot.bootstrap import open_core  # noqa: PLC0415
    from bot.gc_tuning import tune_gc  # noqa: PLC0415
    from bot.settings import Settings  # noqa: PLC0415

    feeds = folder / "feeds.yaml"
    feeds.write_text("feeds:\n" + "".join(f"  - url: {url}\n" for url in urls), encoding="utf-8")
    pack = folder / "pack.json"
    write_pack(pack)
    settings = Settings(
        database_url=SecretStr(f"sqlite:///{folder / 'bench.db'}"),
        feeds_file=feeds,
        commitments_file=pack,
        briefing_allow_networks=LOOPBACK,
        _env_file=None,  # type: ignore[call-arg]
    )
    async with open_core(settings) as core, _lateness() as late:
        tune_gc()  # as `briefing poll` and `briefing run` do
        begun = time.perf_counter()
        summary = await core.poller.run(core.workspace, everything=True)
        seconds = time.perf_counter() - begun
        late.sort()
        late_ms = round(1000 * late[int(len(late) * 0.99)], 1)
        begun = time.perf_counter()
        again = await core.poller.run(core.workspace, everything=True)
        again_seconds = time.perf_counter() - begun
    return {
        "seconds": seconds,
        "entries": summary.poll.items_new,
        "failed": len(summary.poll.errors),
        "evidence": summary.filing.evidence_new,
        "late_p99_ms": late_ms,
        "again_seconds": again_seconds,
        "not_modified": again.poll.not_modified,
    }


async def ours_fetching(urls: list[str], _: Path) -> Result:
    """Ask for everything with its validator, through guard and manners, without a ledger."""
    feeds = [
        Feed(id=n, url=url, title="", etag=f'"feed-{n}"', body_hash="x")
        for n, url in enumerate(urls)
    ]
    async with Fetcher(user_agent="bench", allow_networks=LOOPBACK) as fetcher:
        answers = await asyncio.gather(*map(fetcher.fetch, feeds))
    return {"not_modified": sum(isinstance(answer, NotModified) for answer in answers)}


class _Nothing:
    """A recorder that keeps nothing: what fetching and parsing take by themselves."""

    async def record(self, update: FeedUpdate) -> Recorded:
        return Recorded(new=len(update.entries))


async def ours_parsing(urls: list[str], _: Path) -> Result:
    """Fetch and parse everything, without a ledger."""
    feeds = [Feed(id=n, url=url, title="") for n, url in enumerate(urls)]
    async with (
        Fetcher(user_agent="bench", allow_networks=LOOPBACK) as fetcher,
        ParserPool() as parser,
        _lateness() as late,
    ):
        report = await poll(feeds, fetcher, parser, _Nothing(), clock=system_clock)
        late.sort()
    late_ms = round(1000 * late[int(len(late) * 0.99)], 1)
    return {"entries": report.items_new, "late_p99_ms": late_ms}


async def reader(urls: list[str], folder: Path) -> Result:
    """The PyPI package `reader`, its ledger a SQLite file, as its documentation shows it."""
    from reader import make_reader  # type: ignore[import-not-found]  # noqa: PLC0415

    store = make_reader(str(folder / "reader.db"))
    for url in urls:
        store.add_feed(url, exist_ok=True)
    begun = time.perf_counter()
    store.update_feeds(workers=AT_ONCE)
    seconds = time.perf_counter() - begun
    return {"seconds": seconds, "entries": store.get_entry_counts().total}


CONTENDERS: dict[str, Callable[[list[str], Path], Coroutine[Any, Any, Result]]] = {
    "bare-first": bare_first,
    "bare-again": bare_again,
    "ours": ours,
    "ours-all-filed": partial(ours, write_pack=write_pack_for_all),
    "ours-fetching": ours_fetching,
    "ours-parsing": ours_parsing,
    "reader": reader,
}


def main(name: str, port: int, feeds: int, folder: Path) -> None:
    """Runs one contender and prints what it measured."""
    logging.disable(logging.WARNING)  # a line for each request would be timed too
    begun = time.perf_counter()
    result = asyncio.run(CONTENDERS[name](_urls(port, feeds), folder))
    result.setdefault("seconds", time.perf_counter() - begun)
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
