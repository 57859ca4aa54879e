"""Filing: in a process of its own, in an order that no race decides, gone on with after an end."""

import asyncio
import os
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.commitment import Pack
from bot.domain.errors import BriefingError
from bot.domain.evidence import Feedback, Match
from bot.domain.feed import FeedUpdate
from bot.domain.item import ItemText
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from bot.matching.second_opinion import second_opinion
from bot.services.commitments import CommitmentsWatcher
from bot.services.filing import MatchRunner
from bot.services.polling import MANY, PollRecorder
from bot.settings import Settings
from tests.ledger.builders import (
    HOUR,
    NOW,
    entry,
    fetched,
    listed,
    not_modified,
    pending,
    read,
)

PACK = """\
summits:
  - id: example-2030
    name: Example
    commitments:
      - id: methane
        title: Cutting methane
        text: The parties cut methane emissions from oil and gas wells.
        watch: {any: [methane]}
"""
NEWS = [
    entry(1, title="Ministers agree to cut methane emissions from gas wells", key="a"),
    entry(2, title="Football club wins the derby after extra time", key="b"),
    entry(3, title="Ministers agree to cut methane emissions from gas wells", key="c"),
]


@pytest.fixture
async def workspace(ledger: Ledger) -> WorkspaceId:
    return await ledger.workspaces.first()


@pytest.fixture
async def packs(ledger: Ledger, tmp_path: Path) -> CommitmentsWatcher:
    path = tmp_path / "commitments.yaml"
    path.write_text(PACK, encoding="utf-8")
    watcher = CommitmentsWatcher(ledger, path, clock=lambda: NOW)
    await watcher.load(await ledger.workspaces.first())
    return watcher


@pytest.fixture
async def filer(ledger: Ledger, packs: CommitmentsWatcher) -> AsyncIterator[MatchRunner]:
    async with MatchRunner(ledger, packs, clock=lambda: NOW) as one:
        yield one


def process_of(filer: MatchRunner) -> Process:
    """The matching process that runs now."""
    session = filer._process._session
    assert session is not None
    return session.worker.process


async def test_what_is_pending_is_matched_grouped_and_filed(
    ledger: Ledger, filer: MatchRunner, workspace: WorkspaceId
) -> None:
    await fetched(ledger, await listed(ledger, workspace), NEWS)
    report = await filer.run(workspace)
    assert (report.matched, report.evidence_new, report.stories_new) == (3, 2, 2)
    filed = await ledger.evidence.list(workspace)
    assert {each.commitment_id for each in filed} == {"methane"}
    assert len({each.story_id for each in filed}) == 1
    assert (await filer.run(workspace)).matched == 0


async def test_matching_ahead_changes_no_result(
    ledger: Ledger, filer: MatchRunner, workspace: WorkspaceId
) -> None:
    filer.match_ahead([(each.title, each.summary) for each in NEWS])
    await fetched(ledger, await listed(ledger, workspace), NEWS)
    report = await filer.run(workspace)
    assert (report.matched, report.evidence_new, report.stories_new) == (3, 2, 2)


async def test_a_later_run_joins_the_stories_of_an_earlier_process(
    ledger: Ledger, packs: CommitmentsWatcher, workspace: WorkspaceId
) -> None:
    feed = await listed(ledger, workspace)
    for entries in (NEWS[:1], NEWS[2:]):
        await fetched(ledger, feed, entries)
        async with MatchRunner(ledger, packs, clock=lambda: NOW) as one:
            await one.run(workspace)
    assert len({each.story_id for each in await ledger.evidence.list(workspace)}) == 1


async def test_feedback_is_taken_up_while_the_process_runs(
    ledger: Ledger, filer: MatchRunner, packs: CommitmentsWatcher, workspace: WorkspaceId
) -> None:
    feed = await listed(ledger, workspace)
    await fetched(ledger, feed, NEWS[:2])
    await filer.run(workspace)
    before = packs.current
    packs.learn(Feedback())
    assert packs.current is before
    await fetched(ledger, feed, NEWS)
    assert (await filer.run(workspace)).evidence_new == 1


async def test_an_ended_process_is_told_and_the_next_run_goes_on(
    ledger: Ledger, filer: MatchRunner, workspace: WorkspaceId
) -> None:
    feed = await listed(ledger, workspace)
    await fetched(ledger, feed, NEWS[:1])
    await filer.run(workspace)
    process = process_of(filer)
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    await fetched(ledger, feed, NEWS)
    assert (await filer.run(workspace)).matched == 2
    assert len({each.story_id for each in await ledger.evidence.list(workspace)}) == 1


async def test_a_process_that_ends_over_its_work_ends_the_run_and_loses_nothing(
    ledger: Ledger, filer: MatchRunner, workspace: WorkspaceId
) -> None:
    await fetched(ledger, await listed(ledger, workspace), NEWS)
    await filer._process.load(filer._packs.current.pack, Feedback())
    process = process_of(filer)
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(BriefingError, match="next poll"):
        await filer._process.match([("a title", "")])
    assert (await filer.run(workspace)).matched == 3


async def test_the_order_of_filing_does_not_depend_on_which_feed_answered_first(
    ledger: Ledger, workspace: WorkspaceId
) -> None:
    first, second = [
        await listed(ledger, workspace, f"https://{name}.example/feed") for name in ("a", "b")
    ]
    same = datetime(2030, 1, 1, tzinfo=UTC)
    await fetched(ledger, second, [entry(n, published_at=same) for n in (1, 2)])
    await fetched(ledger, first, [entry(n, published_at=same) for n in (4, 3)])
    await fetched(ledger, first, [entry(9, published_at=same - timedelta(days=1))], at=NOW + HOUR)
    some = await pending(ledger, workspace, limit=2)
    assert [(item.feed_id, item.published_at) for item in some] == [
        (first.id, same - timedelta(days=1)), (first.id, same), (first.id, same),
        (second.id, same), (second.id, same),
    ]  # fmt: skip
    keys = [item.key for item in some]
    assert keys[1:3] == sorted(keys[1:3])
    assert keys[3:] == sorted(keys[3:])
    last = max((item.published_at, item.id) for item in some)
    assert not await ledger.match_queue.pending(
        workspace, matcher_version="1", pack_fingerprint="a", limit=2, after=last, at=NOW
    )


async def test_results_that_come_together_are_stored_together_and_a_removed_feed_harms_none(
    ledger: Ledger, filer: MatchRunner, workspace: WorkspaceId
) -> None:
    feed = await listed(ledger, workspace)
    async with aclosing(PollRecorder(ledger, filer)) as recorder:
        gone = await recorder.record(read(10_000, NEWS))
        stored = await recorder.record(read(feed.id, NEWS))
        await recorder.record(not_modified(feed.id, at=NOW + HOUR, due_at=NOW + 2 * HOUR))
        await recorder.record(not_modified(10_000))
    assert (gone.new, stored.new) == (0, 3)
    (now,) = await ledger.feeds.list(workspace)
    assert (now.checked_at, now.due_at) == (NOW + HOUR, NOW + 2 * HOUR)


async def test_more_results_than_one_transaction_takes_are_all_stored_and_told_apart(
    ledger: Ledger, filer: MatchRunner, workspace: WorkspaceId
) -> None:
    feeds = [await listed(ledger, workspace, f"https://press.example/{n}") for n in range(6)]
    entries = [entry(n) for n in range(450)]
    async with aclosing(PollRecorder(ledger, filer)) as recorder:
        recorded = await asyncio.gather(
            *(recorder.record(read(f.id, entries[: 450 - n])) for n, f in enumerate(feeds))
        )
    assert [each.new for each in recorded] == [450, 449, 448, 447, 446, 445]


async def test_results_wait_for_others_unless_they_are_many(
    ledger: Ledger, filer: MatchRunner, workspace: WorkspaceId, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed, record = await listed(ledger, workspace), ledger.items.record
    together: list[int] = []

    async def counted(updates: Sequence[FeedUpdate]) -> object:
        together.append(len(updates))
        return await record(updates)

    monkeypatch.setattr(ledger.items, "record", counted)
    async with aclosing(PollRecorder(ledger, filer, apart=HOUR)) as recorder:
        await recorder.record(not_modified(feed.id))
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            for _ in range(MANY):
                group.create_task(recorder.record(not_modified(feed.id)))
                await asyncio.sleep(0)
    assert together == [1, MANY]


class Denying:
    """A second opinion that denies whatever it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def reconsider(
        self, pack: Pack, item: ItemText, matches: Sequence[Match]
    ) -> tuple[Match, ...]:
        assert all(match.commitment_id in pack.by_id for match in matches)
        self.asked.append(item.title)
        return ()


async def test_what_a_second_opinion_denies_is_not_filed(
    ledger: Ledger, packs: CommitmentsWatcher, workspace: WorkspaceId
) -> None:
    await fetched(ledger, await listed(ledger, workspace), NEWS)
    denying = Denying()
    async with MatchRunner(ledger, packs, clock=lambda: NOW, second_opinion=denying) as one:
        report = await one.run(workspace)
    assert (report.matched, report.evidence_new) == (3, 0)
    assert sorted(denying.asked) == sorted(each.title for each in NEWS)


async def test_nobody_is_asked_unless_an_endpoint_is_configured(ledger: Ledger) -> None:
    endpoint = {"briefing_llm_url": "http://127.0.0.1:9/v1", "briefing_llm_model": "m"}
    for given, asks in (({}, False), (endpoint, True)):
        settings = Settings(_env_file=None, **given)
        url, model = settings.briefing_llm_url, settings.briefing_llm_model
        async with second_opinion(
            url=url, model=model, key=None, cache=ledger.llm_cache, clock=lambda: NOW
        ) as found:
            assert (found is not None) is asks
