"""The feed list with what could not be written over it, and half-written files."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.watch import QUIET_S, is_quiet, signature_of
from bot.domain.errors import FeedListError
from bot.domain.feed import FeedSpec
from bot.domain.feed_edit import add_edit, enable_edit, move_edit, remove_edit
from bot.services.feeds.guard import Judgement, judge
from bot.services.feeds.overlay import FeedOverlay

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
    """Brings file and ledger in step as the bot does."""

    def __init__(self, ledger, workspace, path: Path) -> None:
        self.ledger, self.w, self.path = ledger, workspace, path
        self.overlay = FeedOverlay(ledger, path, clock=lambda: NOW)

    async def load(self) -> bool:
        found = await self.overlay.load(self.w)
        if found is not None:
            await self.ledger.feeds.sync(self.w, found, actor="file", at=NOW)
        return found is not None

    async def edit(self, *edits) -> None:
        wanted = await self.overlay.edit(self.w, edits, actor="U1")
        await self.ledger.feeds.sync(self.w, wanted, actor="U1", at=NOW)

    async def listed(self) -> dict[str, bool]:
        return {feed.url: feed.enabled for feed in await self.ledger.feeds.list(self.w)}

    async def kept(self) -> int:
        return len(await self.overlay.kept(self.w))

    def lock_out(self) -> None:
        """Make the file one that cannot be written, for root too."""
        self.path.with_name(f".{self.path.name}.lock").unlink(missing_ok=True)
        self.path.with_name(f".{self.path.name}.lock").mkdir()

    def let_in(self) -> None:
        self.path.with_name(f".{self.path.name}.lock").rmdir()

    def write(self, text: str) -> None:
        self.path.write_text(text, encoding="utf-8")


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
    await desk.edit(enable_edit(A, enabled=False))
    assert "enabled: false" in desk.path.read_text()
    assert await desk.kept() == 0
    assert await desk.listed() == {A: False, B: True}


async def test_an_edit_is_kept_and_in_force_where_the_file_cannot_be_written(desk):
    desk.lock_out()
    await desk.edit(enable_edit(A, enabled=False))
    await desk.edit(add_edit(FeedSpec(url=C, title="C")))
    await desk.edit(remove_edit(B))
    assert desk.path.read_text() == TEXT
    assert await desk.listed() == {A: False, C: True}
    assert await desk.kept() == 3
    assert await desk.load()
    assert await desk.listed() == {A: False, C: True}


async def test_kept_edits_survive_a_restart_and_are_written_once_that_can_be(desk):
    desk.lock_out()
    await desk.edit(enable_edit(A, enabled=False))
    await desk.edit(move_edit(B, C))
    after = Desk(desk.ledger, desk.w, desk.path)
    assert await after.load()
    assert after.overlay.must_look(after.w)
    assert await after.listed() == {A: False, C: True}
    after.let_in()
    assert await after.load()
    written = after.path.read_text()
    assert "# keep" in written
    assert C in written
    assert B not in written
    assert await after.kept() == 0
    assert not after.overlay.must_look(after.w)
    trail = await desk.ledger.audit.list(desk.w, limit=10)
    changes = [entry for entry in trail if entry.subject != A or entry.action != "feed.add"][:-1]
    assert {entry.actor for entry in changes} == {"U1"}


async def test_a_kept_edit_that_somebody_makes_by_hand_is_forgotten(desk):
    desk.lock_out()
    await desk.edit(remove_edit(B))
    desk.write(TEXT.replace(f"  - url: {B}\n", ""))
    assert await desk.load()
    assert await desk.kept() == 0
    assert await desk.listed() == {A: True}


async def test_what_others_change_in_the_file_holds_beside_kept_edits(desk):
    desk.lock_out()
    await desk.edit(enable_edit(A, enabled=False))
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
        await desk.edit(add_edit(FeedSpec(url=A)))
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


async def test_an_empty_list_that_is_meant_is_taken(desk):
    desk.write("feeds: []\n")
    assert await desk.load()
    assert await desk.listed() == {}


async def test_a_list_that_loses_most_feeds_waits_until_the_file_rests(desk):
    desk.write(many(12))
    assert await desk.load()
    desk.write(many(12)[:150])
    assert not await desk.load()
    assert len(await desk.listed()) == 12
    desk.write(many(3))
    assert not await desk.load()
    assert await desk.load()
    assert len(await desk.listed()) == 3


async def test_the_first_start_reads_whatever_is_there(ledger, tmp_path):
    path = tmp_path / "feeds.yaml"
    path.write_text("", encoding="utf-8")
    desk = Desk(ledger, await ledger.workspaces.first(), path)
    assert await desk.load()
    path.write_text("feeds: [", encoding="utf-8")
    with pytest.raises(FeedListError):
        await desk.load()


@given(sets, sets | st.none(), st.booleans())
def test_no_judgement_loses_most_feeds_before_the_file_rests(listed, found, at_rest):
    said = judge(listed, found, at_rest=at_rest)
    if said is Judgement.TAKE:
        assert found is not None
        lost = len(listed - found)
        assert at_rest or lost < 5 or 2 * lost <= len(listed)
    if at_rest:
        assert said is not Judgement.WAIT
    assert (said is Judgement.REFUSE) <= (found is None)


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
    await desk.edit(add_edit(FeedSpec(url=C)))
    assert await desk.listed() == {A: True, B: True, C: True}
    assert (desk.path.read_text(encoding="utf-8"), await desk.kept()) == (TEXT, 1)
    desk.path.chmod(0o644)
    assert await desk.load()
    assert C in desk.path.read_text(encoding="utf-8")
    assert await desk.kept() == 0
