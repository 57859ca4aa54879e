"""Whatever accidents come together over ten days, each story is told exactly once.

A model of the machine's clock, of files saved in pieces and of restarts drives the real ledger, the
real watchers of both files and the real digests; matching is by a word, so that a pack decides it.
"""

import os
import re
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.briefing import Briefing
from bot.config.yaml import QUIET_S
from bot.delivery.digests import Digests
from bot.domain.errors import InputError
from bot.ledger import Filing, Ledger
from bot.services.commitments import CommitmentsWatcher
from bot.services.digests import DigestService
from bot.services.feeds.list import FeedListService
from tests.ledger.builders import ADMIN, MORNINGS, NOW, emptied, entry, fetched, match

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DAYS = 10
EVERY = 3 * HOUR
LOOKS = DAYS * 8 + 1
APART = 6 * HOUR  # so few that no digest has more than it shows, also after a weekend and a day
FEEDS = [f"https://{name}.example/feed" for name in "abcd"]
NAMES = ["c0", "c1", "c2", "c3", "c4", "c5"]


def feeds_text(urls: list[str]) -> str:
    return "feeds:\n" + "".join(f"  - url: {url}\n" for url in urls)


def pack_text(names: list[str]) -> str:
    lines = [f"      - {{id: {n}, title: About {n}, text: They cut {n}.}}\n" for n in names]
    return "summits:\n  - id: oslo\n    commitments:\n" + "".join(lines)


class Newsroom:
    """What the feeds carry: a report every six hours, in turn, each on one commitment."""

    def __init__(self) -> None:
        self.begun = NOW

    def document(self, feed: int, at: datetime) -> list:
        """What a feed holds at a real moment: its last ten reports."""
        passed = int((at - self.begun) / APART)
        mine = [n for n in range(-8, passed + 1) if n % len(FEEDS) == feed][-10:]
        return [
            entry(f"{n}", title=f"Report {n} on {self.about(n)}", published_at=self.date(n))
            for n in mine
        ]

    def about(self, n: int) -> str:
        return NAMES[n * 5 % len(NAMES)]

    def date(self, n: int) -> datetime:
        return self.begun + n * APART


class Life:
    """One run of a bot over the ten days, and what its digests told."""

    def __init__(self, ledger: Ledger, folder: Path, *, matcher: str = "1") -> None:
        self.ledger, self.folder, self.matcher = ledger, folder, matcher
        self.now, self.off = NOW, timedelta(0)
        self.room = Newsroom()
        self.save("feeds.yaml", feeds_text(FEEDS))
        self.save("commitments.yaml", pack_text(NAMES))

    def clock(self) -> datetime:
        return self.now + self.off

    def save(self, name: str, text: str, *, rests: bool = True) -> None:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        old = time.time() - (QUIET_S + 1 if rests else 0)
        os.utime(path, (old, old))

    async def start(self) -> None:
        """A bot begins, or begins again; in memory it has nothing."""
        ledger, clock = self.ledger, self.clock
        self.workspace = await ledger.workspaces.first()
        self.packs = CommitmentsWatcher(ledger, self.folder / "commitments.yaml", clock)
        self.feeds = FeedListService(ledger, self.folder / "feeds.yaml", clock=clock)
        await self.packs.load(self.workspace)
        await self.feeds.load(self.workspace)
        briefing = Briefing(ledger, pack=self.packs.pack, clock=clock)
        compose = DigestService(ledger, briefing, clock).compose
        self.digests = Digests(ledger.outbox, ledger.subscriptions, compose, clock)

    async def begin(self) -> None:
        await self.start()
        await self.ledger.subscriptions.add(
            self.workspace, "C01BRIEFS", (), MORNINGS, actor=ADMIN, at=NOW - 2 * HOUR
        )

    async def tick(self) -> None:
        """What the bot's jobs do now."""
        for refresh in (self.packs.refresh, self.feeds.refresh):
            with suppress(InputError):  # held, and told: see the tests of both files
                await refresh(self.workspace)
        for feed in await self.ledger.feeds.due(now=self.clock()):
            at = self.clock()
            document = self.room.document(FEEDS.index(feed.url), self.now)
            await fetched(self.ledger, feed, document, at=at, due_at=at + 30 * MINUTE)
        await self.file()
        await self.digests.run()

    async def file(self) -> None:
        versions = {
            "matcher_version": self.matcher,
            "pack_fingerprint": self.packs.pack().match_fingerprint,
        }
        items = await self.ledger.match_queue.pending(
            self.workspace, limit=500, at=self.clock(), **versions
        )
        filings = [
            Filing(
                item_id=one.id,
                revision=one.revision,
                matches=tuple(
                    match(name) for name in self.packs.pack().by_id if one.title.endswith(name)
                ),
            )
            for one in items
        ]
        if filings:
            await self.ledger.evidence.file(self.workspace, filings, at=self.clock(), **versions)

    async def told(self) -> Counter[str]:
        """How many digests told each report, by its headline."""
        counted: Counter[str] = Counter()
        for sent in await self.ledger.outbox.list(self.workspace, limit=100):
            if sent.subscription_id is not None:
                text = str([message.payload for message in sent.messages])
                counted.update(set(re.findall(r"Report -?\d+ on c\d", text)))
        return counted


class Accident(NamedTuple):
    """What happens at a look of the bot, and is set right after so many more, or eight minutes.

    `size` says where a file is cut, or how many hours the clock jumps.
    """

    look: int
    what: str
    size: int = 0
    lasts: int = 0
    restart: bool = False


accidents = st.lists(
    st.builds(
        Accident,
        look=st.integers(1, LOOKS - 24),
        what=st.sampled_from(["pack", "feeds", "files being written", "matcher", "clock", "none"]),
        size=st.integers(-24, 24),
        lasts=st.integers(0, 3),
        restart=st.booleans(),
    ),
    max_size=8,
)


async def run(life: Life, plan: list[Accident]) -> Counter[str]:
    """Ten days with these accidents; gives how many digests told each report."""
    await life.begin()
    over: dict[int, set[str]] = {}
    for look in range(LOOKS):
        life.now = NOW + look * EVERY + 2 * MINUTE
        await mend(life, over.pop(look, set()))
        soon = set()
        for one in plan:
            if one.look == look:
                await happen(life, one)
                lasts = 0 if one.what == "clock" else one.lasts
                (over.setdefault(look + lasts, set()) if lasts else soon).add(one.what)
        await life.tick()
        if soon:
            life.now += 4 * MINUTE
            await life.tick()
            life.now += 4 * MINUTE
            await mend(life, soon)
            await life.tick()
    return await life.told()


async def happen(life: Life, one: Accident) -> None:
    being_written = one.what == "files being written"
    if being_written or one.what == "pack":
        cut = NAMES[: 1 + one.size % (len(NAMES) - 1)]
        life.save("commitments.yaml", pack_text(cut), rests=not being_written)
    if being_written or one.what == "feeds":
        cut = FEEDS[: 1 + one.size % (len(FEEDS) - 1)]
        life.save("feeds.yaml", feeds_text(cut), rests=not being_written)
    if one.what == "matcher":
        life.matcher += "x"
    if one.what == "clock":
        life.off = one.size * HOUR
    if one.restart:
        await life.start()


async def mend(life: Life, what: set[str]) -> None:
    """Sets right what happened."""
    if "clock" in what:
        life.off = timedelta(0)
    if what & {"pack", "files being written"}:
        life.save("commitments.yaml", pack_text(NAMES))
    if what & {"feeds", "files being written"}:
        life.save("feeds.yaml", feeds_text(FEEDS))


@asynccontextmanager
async def living(ledger: Ledger) -> AsyncIterator[Life]:
    with tempfile.TemporaryDirectory() as folder:
        await emptied(ledger)
        yield Life(ledger, Path(folder))


async def told_by(url: str, plan: list[Accident]) -> Counter[str]:
    async with Ledger.opened(url) as ledger, living(ledger) as life:
        return await run(life, plan)


# One takes about a second: few for each change, thousands for `make torture`.
EXAMPLES = 24 if settings.default.max_examples <= 100 else 2_000


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=accidents)
@example(plan=[Accident(10, "clock", 24), Accident(18, "pack", 4, restart=True)])
@example(plan=[Accident(13, "clock", -24), Accident(13, "matcher")])
@example(plan=[Accident(4, "pack", 4, 2)])  # a digest passes while one commitment is missing
@example(plan=[Accident(2, "pack", 4, 1)])  # a report on it comes meanwhile
@example(plan=[Accident(n, "pack", 4, 1) for n in (12, 13, 21)])
async def test_every_story_that_an_undisturbed_bot_tells_is_told_once(
    sqlite_url: str, plan: list[Accident]
) -> None:
    if not calm:
        calm.update(await told_by(sqlite_url, []))
    assert len(calm) > 30
    assert set(calm.values()) == {1}
    disturbed = await told_by(sqlite_url, plan)
    assert {title: disturbed[title] for title in calm} == calm


calm: Counter[str] = Counter()


async def test_two_processes_two_minutes_apart_double_and_drop_nothing(
    ledger: Ledger, tmp_path: Path
) -> None:
    right, ahead = Life(ledger, tmp_path), Life(ledger, tmp_path)
    ahead.off = 2 * MINUTE
    for one in (right, ahead):
        await one.begin()
    feed = (await ledger.feeds.list(right.workspace))[0]
    begun, reports = NOW + 15 * HOUR, 0  # the first digest's hour
    day = 24 * 120  # in half minutes
    for step in (*range(-8, 8), *range(3 * day - 8, 3 * day + 8), 4 * day + 8):
        right.now = ahead.now = begun + step * MINUTE / 2
        reports += 1
        report = entry(reports, title=f"Report {reports} on c1", published_at=right.now)
        await fetched(ledger, feed, [report], at=right.now)
        await right.file()
        for one in (ahead, right):
            await one.digests.run()
    told = await right.told()
    first = {f"Report {n} on c1": 1 for n in range(1, reports)}
    assert {title: told[title] for title in first} == first
