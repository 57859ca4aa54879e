"""The pack in force survives a broken file, while running and across a restart."""

from datetime import UTC, datetime

import pytest

from bot.domain.errors import PackError
from bot.domain.evidence import Verdict
from bot.domain.feedback import Feedback
from bot.domain.item import ItemText
from bot.services.commitments import CommitmentsWatcher

NOW = datetime(2030, 5, 1, tzinfo=UTC)
TEXT = """\
summits:
  - id: example-2030
    name: Example
    commitments:
      - {id: methane, title: Cutting methane, text: The parties cut methane emissions.}
"""
BROKEN = "summits:\n  - id: example-2030\n    commitments: 3\n"


@pytest.fixture
def pack_file(tmp_path):
    path = tmp_path / "commitments.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


async def opened(ledger, path):
    workspace = await ledger.workspaces.first()
    keeper = CommitmentsWatcher(ledger, path, clock=lambda: NOW)
    return keeper, workspace, await keeper.load(workspace)


async def test_a_changed_file_comes_into_force(ledger, pack_file):
    keeper, workspace, broken = await opened(ledger, pack_file)
    assert broken is None
    assert not await keeper.refresh(workspace)
    pack_file.write_text(TEXT.replace("methane", "carbon"), encoding="utf-8")
    assert await keeper.refresh(workspace)
    assert list(keeper.pack.by_id) == ["carbon"]


async def test_a_broken_file_leaves_the_last_good_pack_and_is_told_once(ledger, pack_file):
    keeper, workspace, _ = await opened(ledger, pack_file)
    pack_file.write_text(BROKEN, encoding="utf-8")
    with pytest.raises(PackError, match=r"commitments\.yaml:"):
        await keeper.refresh(workspace)
    assert not await keeper.refresh(workspace)
    assert list(keeper.pack.by_id) == ["methane"]


async def test_a_broken_file_is_survived_across_a_restart(ledger, pack_file):
    before, _, _ = await opened(ledger, pack_file)
    pack_file.write_text(BROKEN, encoding="utf-8")
    after, _, broken = await opened(ledger, pack_file)
    assert broken is not None
    assert after.pack.fingerprint == before.pack.fingerprint


async def test_the_first_start_needs_a_good_file(ledger, pack_file):
    pack_file.write_text(BROKEN, encoding="utf-8")
    with pytest.raises(PackError):
        await opened(ledger, pack_file)


LEARNED = Feedback.of([("methane", ItemText(id="1", title="Flaring rule"), Verdict.CONFIRMED)])


async def test_learning_is_taken_back_exactly(ledger, pack_file):
    keeper, _, _ = await opened(ledger, pack_file)
    before = keeper.current
    await keeper.learn(LEARNED)
    assert keeper.current.pack is before.pack
    assert keeper.current.feedback == LEARNED
    await keeper.learn(Feedback())
    assert keeper.current == before
