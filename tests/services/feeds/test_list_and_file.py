"""The feed list with what could not be written over it, and half-written files."""

import asyncio
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import feeds_file
from bot.config.feeds_file import as_listed, read_feeds_file, replace_text
from bot.config.yaml import QUIET_S, held, is_quiet, signature_of
from bot.domain.errors import FeedListError, HeldError, NotFoundError
from bot.domain.feed import FeedSpec
from bot.services.feeds import list as feed_list
from bot.services.feeds.list import FeedListService, Judgement, judge

NOW = datetime(2030, 5, 1, tzinfo=UTC)
A, B, C = (f"https://{name}.example/feed" for name in "abc")
TEXT = f"""\
# the desk's list
feeds:
  - url: {A}  # keep
    title: A
  - url: {B}
"""
sets = st.frozensets(st.integers(0, 30).map(str))


class Desk:
    """A feed list in a process of its own, and the file that others edit."""

    def __init__(self, ledger, workspace, path: Path) -> None:
        self.ledger, self.w, self.path = ledger, workspace, path
        self.service = FeedListService(ledger, path, clock=lambda: NOW)

    async def load(self) -> bool:
        """Look at the file; tells whether it was taken over."""
        self.service._in_step.pop(self.w, None)
        return await self.service.refresh(self.w) is not None

    async def accept(self) -> None:
        """Take the file at its word, as an admin does who was told of it at the second look."""
        assert not await self.load()
        await self.service.accept(self.w, actor="U1")

    async def add(self, url: str, title: str | None = None) -> None:
        await self.service.add(self.w, FeedSpec(url=url, title=title), actor="U1")

    async def pause(self, url: str) -> None:
        await self.service.set_enabled(self.w, url, enabled=False, actor="U1")

    async def remove(self, url: str) -> None:
        await self.service.remove(self.w, url, actor="U1")

    async def move(self, url: str, to: str) -> None:
        await self.service.move(self.w, url, to, actor="U1")

    async def listed(self) -> dict[str, bool]:
        return {feed.url: feed.enabled for feed in await self.ledger.feeds.list(self.w)}

    async def kept(self) -> int:
        return len(await self.service.kept(self.w))

    def lock_out(self) -> None:
        """Make the file one that must not be written, by root neither."""
        self.path.chmod(0o444)

    def let_in(self) -> None:
        self.path.chmod(0o644)

    def read(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def write(self, text: str) -> None:
        """As an editor does that puts another file in its place."""
        mode = self.path.stat().st_mode if self.path.exists() else 0o644
        new = self.path.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.chmod(mode)
        new.replace(self.path)


@pytest.fixture
async def desk(ledger, tmp_path):
    path = tmp_path / "feeds.yaml"
    path.write_text(TEXT, encoding="utf-8")
    opened = Desk(ledger, await ledger.workspaces.first(), path)
    assert await opened.load()
    return opened


def long_ago(path: Path) -> None:
    stat = path.stat()
    old = stat.st_mtime - QUIET_S - 1
    os.utime(path, (old, old))


def many(number: int) -> str:
    return "feeds:\n" + "".join(f"  - url: https://{n}.example/feed\n" for n in range(number))


async def test_an_edit_goes_to_the_file_where_that_can_be_written(desk):
    await desk.pause(A)
    assert "enabled: false" in desk.read()
    assert await desk.kept() == 0
    assert await desk.listed() == {A: False, B: True}


async def test_an_edit_is_kept_and_in_force_where_the_file_cannot_be_written(desk):
    desk.lock_out()
    await desk.pause(A)
    await desk.add(C, "C")
    await desk.remove(B)
    assert desk.read() == TEXT
    assert await desk.listed() == {A: False, C: True}
    assert await desk.kept() == 3
    assert await desk.load()
    assert await desk.listed() == {A: False, C: True}


async def test_kept_edits_survive_a_restart_and_are_written_once_that_can_be(desk):
    desk.lock_out()
    await desk.pause(A)
    await desk.move(B, C)
    after = Desk(desk.ledger, desk.w, desk.path)
    assert await after.load()
    assert await after.listed() == {A: False, C: True}
    assert await after.service.refresh(after.w) is None
    after.let_in()
    assert await after.service.refresh(after.w) is not None
    written = after.read()
    assert "# keep" in written
    assert C in written
    assert B not in written
    assert await after.kept() == 0
    assert await after.service.refresh(after.w) is None
    trail = await desk.ledger.audit.list(desk.w, limit=10)
    changes = [entry for entry in trail if entry.subject != A or entry.action != "feed.add"][:-1]
    assert {entry.actor for entry in changes} == {"U1"}


async def test_a_kept_edit_that_somebody_makes_by_hand_is_forgotten(desk):
    desk.lock_out()
    await desk.remove(B)
    desk.write(TEXT.replace(f"  - url: {B}\n", ""))
    assert await desk.load()
    assert await desk.kept() == 0
    assert await desk.listed() == {A: True}


async def test_what_others_change_in_the_file_holds_beside_kept_edits(desk):
    desk.lock_out()
    await desk.pause(A)
    desk.write(TEXT.replace("title: A", "title: The A") + f"  - url: {C}\n")
    assert await desk.load()
    feeds = await desk.ledger.feeds.list(desk.w)
    assert [(f.url, f.title, f.enabled) for f in feeds] == [
        (A, "The A", False),
        (B, B, True),
        (C, C, True),
    ]


async def test_an_edit_that_is_no_good_is_refused_and_not_kept(desk):
    with pytest.raises(FeedListError, match="already"):
        await desk.add(A)
    assert await desk.kept() == 0


async def test_a_file_that_is_blank_for_a_moment_changes_nothing(desk):
    desk.write("")
    assert not await desk.load()
    desk.write(TEXT)
    assert await desk.load()
    assert await desk.listed() == {A: True, B: True}


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "feeds:\n", "feeds: [\n", "feeds:\n  - x: y\n"]
)
async def test_a_file_that_stays_blank_or_broken_is_told_with_its_line(desk, text):
    desk.write(text)
    assert not await desk.load()
    with pytest.raises(FeedListError, match=r"feeds\.yaml:\d"):
        await desk.load()
    assert await desk.listed() == {A: True, B: True}


async def test_a_file_that_was_broken_long_ago_is_told_at_once(desk):
    desk.write("feeds: [\n")
    long_ago(desk.path)
    with pytest.raises(FeedListError):
        await desk.load()


async def test_a_file_that_is_gone_is_told_after_two_looks(desk):
    desk.path.unlink()
    assert not await desk.load()
    with pytest.raises(FeedListError):
        await desk.load()


async def test_a_list_that_drops_more_than_a_fifth_waits_for_an_admins_word(desk):
    desk.write(many(12))
    await desk.accept()
    desk.write(many(10))
    assert await desk.load(), "a sixth goes through"
    desk.write(many(3))
    assert not await desk.load(), "it may be half written"
    with pytest.raises(HeldError, match=r"drops 7 of 10 feeds \(https://") as told:
        await desk.load()
    assert len(await desk.listed()) == 10
    restarted = Desk(desk.ledger, desk.w, desk.path)
    assert await restarted.service.load(desk.w) is None
    assert await restarted.service.load(desk.w) is not None
    with pytest.raises(HeldError):
        await restarted.pause("https://1.example/feed")
    assert len(await restarted.listed()) == 10
    with pytest.raises(HeldError):
        await restarted.service.accept(desk.w, actor="U1", fingerprint="of another change")
    await restarted.service.accept(desk.w, actor="U1", fingerprint=told.value.fingerprint)
    assert len(await desk.listed()) == 3
    assert await desk.service.refresh(desk.w) is not None, "another process sees it"
    (entry, *_) = await desk.ledger.audit.list(desk.w, action="file.accept")
    assert (entry.subject, entry.actor) == ("feeds", "U1")
    assert entry.after == {"fingerprint": told.value.fingerprint}


async def test_a_list_that_is_emptied_on_purpose_is_taken_when_an_admin_says_so(desk):
    desk.write("feeds: []\n")
    await desk.accept()
    assert await desk.listed() == {}


async def test_a_list_that_is_put_back_needs_no_word(desk):
    desk.write("feeds: []\n")
    assert not await desk.load()
    with pytest.raises(HeldError):
        await desk.load()
    desk.write(TEXT)
    assert await desk.load()
    with pytest.raises(NotFoundError):
        await desk.service.accept(desk.w, actor="U1")
    assert await desk.listed() == {A: True, B: True}


async def test_edits_by_tools_need_no_word(desk):
    await desk.remove(A)
    await desk.remove(B)
    assert await desk.load()
    assert await desk.listed() == {}


async def test_a_file_that_is_being_written_is_taken_over_once_it_rests(desk):
    desk.write(TEXT + BY_HAND)
    assert await desk.service.refresh(desk.w) is None
    assert C not in await desk.listed()
    long_ago(desk.path)
    assert await desk.service.refresh(desk.w) is not None
    assert C in await desk.listed()


async def test_the_first_start_reads_whatever_is_there(ledger, tmp_path):
    path = tmp_path / "feeds.yaml"
    path.write_text("", encoding="utf-8")
    desk = Desk(ledger, await ledger.workspaces.first(), path)
    assert await desk.load()
    path.write_text("feeds: [", encoding="utf-8")
    with pytest.raises(FeedListError):
        await desk.load()


@given(sets, sets | st.none(), st.booleans(), st.booleans())
def test_a_file_that_drops_much_is_never_taken_at_its_word(listed, found, at_rest, drops_much):
    said = judge(listed, found, at_rest=at_rest, drops_much=drops_much)
    if said is Judgement.TAKE:
        assert found is not None
        assert not drops_much
    if at_rest:
        assert said is not Judgement.WAIT
    assert (said is Judgement.REFUSE) <= (found is None)


@given(st.integers(0, 60), st.integers(0, 60))
def test_more_than_a_fifth_is_held_and_one_line_never(lost, listed):
    names = [str(n) for n in range(min(lost, listed))]
    error = held("feeds", Path("feeds.yaml"), names, listed, fingerprint="f")
    assert (error is not None) == (len(names) >= 2 and 5 * len(names) > listed)


def test_a_file_replaced_by_one_as_long_and_as_old_is_another(tmp_path):
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_text("x")
    other.write_text("y")
    os.utime(path, (1, 1))
    os.utime(other, (1, 1))
    before = signature_of(path)
    other.replace(path)
    assert before is not None
    assert signature_of(path) != before
    assert is_quiet(before, now_s=1 + QUIET_S)
    assert not is_quiet(before, now_s=QUIET_S)
    assert not is_quiet(signature_of(other))


async def test_a_file_that_somebody_made_read_only_stays_as_it_is(desk):
    desk.path.chmod(0o444)
    await desk.add(C)
    assert await desk.listed() == {A: True, B: True, C: True}
    assert (desk.path.read_text(encoding="utf-8"), await desk.kept()) == (TEXT, 1)
    desk.path.chmod(0o644)
    assert await desk.load()
    assert C in desk.path.read_text(encoding="utf-8")
    assert await desk.kept() == 0


BY_HAND = f"  - url: {C}\n"


def in_folder(desk: Desk) -> set[str]:
    return {path.name for path in desk.path.parent.iterdir() if path.suffix != ".db"}


async def test_the_files_mode_is_kept_and_nothing_is_left_behind(desk):
    desk.path.chmod(0o640)
    await desk.add(C)
    assert desk.read() == TEXT + BY_HAND
    assert stat.S_IMODE(desk.path.stat().st_mode) == 0o640
    assert {"feeds.yaml", ".feeds.yaml.lock"} == {n for n in in_folder(desk) if "feeds" in n}


async def test_edits_at_once_lose_nothing(desk):
    others = [Desk(desk.ledger, desk.w, desk.path) for _ in range(4)]
    new = [f"https://new-{number}.example/feed" for number in range(24)]
    await asyncio.gather(*(others[n % 4].add(url) for n, url in enumerate(new)))
    in_file = {feed.url for feed in read_feeds_file(desk.path).feeds.feeds}
    assert in_file == set(await desk.listed()) == {A, B, *new}


def anothers_lock(desk: Desk) -> Path:
    """Make the lock's file one that cannot be opened, which nobody could keep from root else."""
    lock = desk.path.with_name(".feeds.yaml.lock")
    lock.unlink()
    lock.mkdir()
    return lock


async def test_an_edit_is_kept_where_the_lock_is_another_users(desk):
    lock = anothers_lock(desk)
    assert await desk.service.add(desk.w, FeedSpec(url=C), actor="U1")
    assert (await desk.service.set_enabled(desk.w, A, enabled=False, actor="U1")).kept
    assert desk.read() == TEXT
    assert (await desk.listed(), await desk.kept()) == ({A: False, B: True, C: True}, 2)
    assert await desk.load()
    assert (desk.read(), await desk.kept()) == (TEXT, 2)
    assert await desk.service.refresh(desk.w) is None
    lock.rmdir()
    assert await desk.service.refresh(desk.w) is not None
    assert (C in desk.read(), await desk.kept()) == (True, 0)


async def test_a_hand_edit_is_taken_over_where_the_lock_is_another_users(desk):
    anothers_lock(desk)
    desk.write(TEXT + BY_HAND)
    long_ago(desk.path)
    assert await desk.service.refresh(desk.w) is not None
    assert await desk.listed() == {A: True, B: True, C: True}


async def test_an_edit_without_a_lock_is_not_lost_by_another(desk):
    lock = anothers_lock(desk)
    others = [Desk(desk.ledger, desk.w, desk.path) for _ in range(3)]
    new = [f"https://new-{number}.example/feed" for number in range(9)]
    await asyncio.gather(*(others[n % 3].add(url) for n, url in enumerate(new)))
    assert set(await desk.listed()) == {A, B, *new}
    assert desk.read() == TEXT
    lock.rmdir()
    assert await desk.load()
    assert {feed.url for feed in read_feeds_file(desk.path).feeds.feeds} == {A, B, *new}


async def test_a_file_in_a_folder_that_is_not_there_is_named_and_no_folder_made(ledger, tmp_path):
    path = tmp_path / "nowhere" / "feeds.yaml"
    service = FeedListService(ledger, path, clock=lambda: NOW)
    with pytest.raises(FeedListError, match=r"nowhere/feeds\.yaml"):
        await service.load(await ledger.workspaces.first())
    assert not path.parent.exists()


def saving_first(desk: Desk, monkeypatch, texts: list[str]) -> None:
    """Before each attempt to write, somebody without the lock saves one of the texts."""

    def replaced(path, old, new):
        if texts:
            desk.write(texts.pop(0))
        return replace_text(path, old, new)

    monkeypatch.setattr(feed_list, "replace_text", replaced)


async def test_what_an_editor_saves_during_an_edit_is_not_lost(desk, monkeypatch):
    saving_first(desk, monkeypatch, [TEXT + BY_HAND])
    await desk.pause(A)
    assert desk.read().endswith(f"    enabled: false\n  - url: {B}\n{BY_HAND}")
    assert await desk.service.refresh(desk.w) is not None
    assert await desk.listed() == {A: False, B: True, C: True}
    trail = await desk.ledger.audit.list(desk.w, limit=2)
    assert {(entry.subject, entry.actor) for entry in trail} == {(A, "U1"), (C, "file")}


async def test_a_file_that_never_holds_still_is_left_alone_until_it_does(desk, monkeypatch):
    texts = [f"{TEXT}# {number}\n" for number in range(6)]
    saving_first(desk, monkeypatch, texts)
    await desk.add(C)
    assert desk.read() == f"{TEXT}# 4\n"
    assert (await desk.listed(), await desk.kept()) == ({A: True, B: True, C: True}, 1)
    texts.clear()
    assert await desk.service.refresh(desk.w) is not None
    assert desk.read() == f"{TEXT}{BY_HAND}# 4\n"
    assert await desk.kept() == 0


async def test_a_file_that_breaks_during_an_edit_is_not_written_over(desk, monkeypatch):
    saving_first(desk, monkeypatch, ["feeds: [\n"])
    await desk.add(C)
    assert desk.read() == "feeds: [\n"
    assert (C in await desk.listed(), await desk.kept()) == (True, 1)


async def test_behind_a_link_the_file_changes_and_the_link_stays(desk, tmp_path):
    folder = tmp_path / "linked"
    folder.mkdir()
    link = folder / "feeds.yaml"
    link.symlink_to(desk.path)
    await Desk(desk.ledger, desk.w, link).add(C)
    assert link.is_symlink()
    assert desk.read() == TEXT + BY_HAND


async def test_a_failure_while_writing_leaves_the_file_as_it_was(desk, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(feeds_file.os, "fsync", full)
        await desk.add(C)
    assert desk.read() == TEXT
    assert {"feeds.yaml", ".feeds.yaml.lock"} == {n for n in in_folder(desk) if "feeds" in n}
    assert await desk.kept() == 1


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("before", ["replace_text", "forget_edits"])
async def test_an_edit_whose_process_is_killed_is_neither_lost_nor_made_twice(
    desk, monkeypatch, before
):
    def die(*_: object) -> None:
        raise Killed

    target = feed_list if before == "replace_text" else desk.ledger.feeds
    with monkeypatch.context() as patched:
        patched.setattr(target, before, die)
        with pytest.raises(Killed):
            await desk.add(C)
    after = Desk(desk.ledger, desk.w, desk.path)
    assert await after.load()
    assert after.read() == TEXT + BY_HAND
    assert (await after.listed(), await after.kept()) == ({A: True, B: True, C: True}, 0)
    trail = await desk.ledger.audit.list(desk.w)
    assert [entry.actor for entry in trail if entry.subject == C] == ["U1"]


async def test_an_edit_reads_the_file_once_and_the_next_look_not_at_all(desk, monkeypatch):
    reads = []
    read = feed_list.read_feeds_file
    monkeypatch.setattr(feed_list, "read_feeds_file", lambda path: reads.append(1) or read(path))
    await desk.add(C)
    assert await desk.service.refresh(desk.w) is None
    assert len(reads) == 1


async def test_a_title_is_listed_as_the_file_gives_it_back(desk):
    await desk.add(C, "  Two \n words")
    assert await desk.load()
    assert [e.actor for e in await desk.ledger.audit.list(desk.w) if e.subject == C] == ["U1"]
    assert as_listed(FeedSpec(url=C, title=" a  b "), "f").title == "a b"
