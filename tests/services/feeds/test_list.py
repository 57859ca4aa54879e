"""Edits of the feed list: file and ledger in step, whoever edits, and nothing lost."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.config.feeds_file import read_feeds_file
from bot.domain.errors import FeedListError, NotFoundError
from bot.domain.feed import FeedSpec
from bot.ledger import Ledger
from bot.services.feeds.list import FeedListService, LockedError, feed_lock

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[3]
TEXT = """\
# our feeds
feeds:
  - url: https://wire.example/feed  # the agency
    title: Wire
  - url: https://press.example/feed
    title: Press
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "feeds.yaml"
    file.write_text(TEXT, encoding="utf-8")
    return file


@pytest.fixture
async def small(sqlite_url: str) -> AsyncIterator[Ledger]:
    async with Ledger.opened(sqlite_url) as opened:
        yield opened


@pytest.fixture
async def desk(small: Ledger, path: Path) -> FeedListService:
    made = FeedListService(small, path, clock=lambda: NOW)
    await made.load(await small.workspaces.first())
    return made


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


async def urls_in(ledger: Ledger) -> list[str]:
    return [feed.url for feed in await ledger.feeds.list(await ledger.workspaces.first())]


async def test_an_edit_is_in_the_file_and_in_the_ledger(
    desk: FeedListService, small: Ledger, path: Path
) -> None:
    workspace = await small.workspaces.first()
    await desk.add(workspace, FeedSpec(url="https://new.example/feed"), actor="U1")
    await desk.set_enabled(workspace, "wire", enabled=False, actor="U2")
    await desk.remove(workspace, "Press", actor="U3")
    listed = read_feeds_file(path).feeds.feeds
    assert [feed.url for feed in listed] == [
        "https://wire.example/feed",
        "https://new.example/feed",
    ]
    assert await urls_in(small) == [feed.url for feed in listed]
    assert "# our feeds" in read(path)
    trail = await small.audit.list(workspace)
    assert [entry.actor for entry in trail[:3]] == ["U3", "U2", "U1"]
    assert trail[0].before == {
        "url": "https://press.example/feed", "title": "Press", "weight": 1.0, "every_s": 1800,
        "enabled": True,
    }  # fmt: skip


async def test_what_was_edited_by_hand_is_not_taken_for_the_admins_edit(
    desk: FeedListService, small: Ledger, path: Path
) -> None:
    workspace = await small.workspaces.first()
    with path.open("a", encoding="utf-8") as file:
        file.write("  - url: https://hand.example/feed\n")
    await desk.add(workspace, FeedSpec(url="https://new.example/feed"), actor="U1")
    actors = {entry.subject: entry.actor for entry in await small.audit.list(workspace)}
    assert actors["https://hand.example/feed"] == "file"
    assert actors["https://new.example/feed"] == "U1"


async def test_a_feed_is_listed_once_however_its_address_is_written(
    desk: FeedListService, small: Ledger, path: Path
) -> None:
    workspace = await small.workspaces.first()
    with pytest.raises(FeedListError, match="on the feed list already"):
        await desk.add(workspace, FeedSpec(url="http://WIRE.example/feed#x"), actor="U1")
    assert read(path) == TEXT


async def test_a_list_is_taken_over_in_one_step_without_what_is_there(
    desk: FeedListService, small: Ledger, path: Path
) -> None:
    workspace = await small.workspaces.first()
    specs = [FeedSpec(url=f"https://{name}.example/feed") for name in ("wire", "a", "b")]
    added = await desk.add_all(workspace, specs, actor="U1")
    assert [spec.url for spec in added] == ["https://a.example/feed", "https://b.example/feed"]
    assert len(await urls_in(small)) == 4


async def test_one_bad_address_takes_nothing_over(
    desk: FeedListService, small: Ledger, path: Path
) -> None:
    workspace = await small.workspaces.first()
    specs = [FeedSpec(url="https://a.example/feed"), FeedSpec(url="ftp://b.example/")]
    with pytest.raises(FeedListError):
        await desk.add_all(workspace, specs, actor="U1")
    assert read(path) == TEXT
    assert len(await urls_in(small)) == 2


async def test_a_broken_file_is_not_written_over_and_all_admins_hear_of_it(
    desk: FeedListService, small: Ledger, path: Path
) -> None:
    workspace = await small.workspaces.first()
    write(path, "feeds:\n  - title: no address\n")
    os.utime(path, (1, 1))  # nobody is writing it any more
    with pytest.raises(FeedListError, match="url"):
        await desk.add(workspace, FeedSpec(url="https://new.example/feed"), actor="U1")
    assert "new.example" not in read(path)
    with pytest.raises(FeedListError, match="url"):
        await desk.refresh(workspace)
    assert len(await urls_in(small)) == 2


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("wire", "https://wire.example/feed"),
        ("WIRE", "https://wire.example/feed"),
        ("2", "https://press.example/feed"),
        ("http://wire.example/feed", "https://wire.example/feed"),
    ],
)
async def test_a_feed_is_meant_by_title_number_or_address(
    desk: FeedListService, small: Ledger, name: str, found: str
) -> None:
    assert (await desk.find(await small.workspaces.first(), name)).url == found


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Presse", r"called “Presse”. Did you mean Press, number 2\?"),
        ("Nobody Knows", "called “Nobody Knows”; the feed list shows titles and numbers"),
        ("#9", "it has 1 to 2"),
    ],
)
async def test_a_name_that_no_feed_has_is_answered_with_the_nearest(
    desk: FeedListService, small: Ledger, name: str, says: str
) -> None:
    workspace = await small.workspaces.first()
    assert (await desk.find(workspace, "#2")).title == "Press"
    with pytest.raises(NotFoundError, match=says):
        await desk.find(workspace, name)


async def test_an_empty_list_has_no_numbers(desk: FeedListService, small: Ledger) -> None:
    workspace = await small.workspaces.first()
    for _ in range(2):
        await desk.remove(workspace, "1", actor="U1")
    with pytest.raises(NotFoundError, match="The feed list is empty"):
        await desk.find(workspace, "1")


async def test_of_two_who_remove_one_feed_the_second_reads_that_it_is_done(
    desk: FeedListService, small: Ledger
) -> None:
    workspace = await small.workspaces.first()
    done = await asyncio.gather(
        *(desk.remove(workspace, "Press", actor=actor) for actor in ("U1", "U2")),
        return_exceptions=True,
    )
    (error,) = [one for one in done if isinstance(one, Exception)]
    assert isinstance(error, NotFoundError)
    assert str(error) == "Press is off the feed list already."
    assert await urls_in(small) == ["https://wire.example/feed"]


async def test_the_very_address_wins_over_a_title_that_repeats_it(
    desk: FeedListService, small: Ledger
) -> None:
    workspace = await small.workspaces.first()
    copy = FeedSpec(url="https://copy.example/feed", title="https://wire.example/feed")
    await desk.add(workspace, copy, actor="U01ADMIN")
    assert (await desk.find(workspace, "https://wire.example/feed")).title == "Wire"


@pytest.mark.parametrize("name", ["", "3", "nothing", "re", "9" * 5000])
async def test_what_means_no_feed_or_several_is_said(
    desk: FeedListService, small: Ledger, path: Path, name: str
) -> None:
    write(path, TEXT.replace("Wire", "More").replace("Press", "Shore"))
    workspace = await small.workspaces.first()
    await desk.refresh(workspace)
    with pytest.raises(NotFoundError):
        await desk.find(workspace, name)


async def test_edits_in_force_are_kept_where_the_file_cannot_be_written(
    small: Ledger, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(30, "Read-only file system")

    workspace = await small.workspaces.first()
    desk = FeedListService(small, path, clock=lambda: NOW)
    await desk.load(workspace)
    with monkeypatch.context() as patched:
        # Tests may run as root, whom no permission holds back.
        patched.setattr("bot.services.feeds.list.replace_text", refuse)
        await desk.add(workspace, FeedSpec(url="https://new.example/feed"), actor="U1")
    assert read(path) == TEXT
    assert "https://new.example/feed" in await urls_in(small)
    assert [kept.actor for kept in await desk.kept(workspace)] == ["U1"]
    await desk.refresh(workspace)
    assert "https://new.example/feed" in read(path)
    assert await desk.kept(workspace) == ()


async def test_a_process_that_hangs_with_the_lock_stops_edits_but_not_the_bot(
    desk: FeedListService, small: Ledger, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = await small.workspaces.first()
    async with feed_lock(path):
        monkeypatch.setattr("bot.services.feeds.list.PATIENCE_S", 0.1)
        with pytest.raises(LockedError, match="another process"):
            await desk.add(workspace, FeedSpec(url="https://new.example/feed"), actor="U1")
        assert await desk.refresh(workspace) is None
    await desk.add(workspace, FeedSpec(url="https://new.example/feed"), actor="U1")
    assert "https://new.example/feed" in await urls_in(small)


async def test_processes_and_an_editor_at_the_same_time_lose_nothing(
    small: Ledger, sqlite_url: str, path: Path
) -> None:
    count, actors = 6, ("ada", "bea")
    workspace = await small.workspaces.first()
    here = FeedListService(small, path, clock=lambda: NOW)
    await here.load(workspace)
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.services.feeds.feed_editor", sqlite_url, str(path), actor,
            str(count), stdin=PIPE, stdout=PIPE, cwd=ROOT,
        )
        for actor in actors
    ]  # fmt: skip
    async with asyncio.timeout(60):
        for process in processes:
            assert process.stdin is not None
            assert process.stdout is not None
            assert await process.stdout.readline() == b"ready\n"
        for process in processes:
            process.stdin.write(b"go\n")  # type: ignore[union-attr]
        for number in range(count):
            await here.add(workspace, FeedSpec(url=f"https://here.example/{number}"), actor="here")
            await here.refresh(workspace)
        for process in processes:
            await process.communicate()
            assert process.returncode == 0
    names = {f"https://{who}.example/{n}" for who in (*actors, "here") for n in range(count)}
    listed = {feed.url: feed for feed in read_feeds_file(path).feeds.feeds}
    assert names <= set(listed)
    stored = {feed.url: feed for feed in await small.feeds.list(workspace)}
    assert set(stored) == set(listed)
    for url, feed in stored.items():
        paused = any(who in url for who in actors) and int(url.rpartition("/")[2]) % 2 == 1
        assert feed.enabled == listed[url].enabled == (not paused), url
    trail = await small.audit.list(workspace, limit=500)
    added = {entry.subject: entry.actor for entry in trail if entry.action == "feed.add"}
    assert {added[url] for url in names if "ada" in url} == {"ada"}
    assert {added[url] for url in names if "bea" in url} == {"bea"}
    assert {added[url] for url in names if "here" in url} == {"here"}
