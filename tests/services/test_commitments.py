"""The current pack survives a broken file, while running and across a restart."""

from datetime import UTC, datetime

import pytest

from bot.domain.errors import PackError
from bot.domain.evidence import Feedback, Verdict
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
    watcher = CommitmentsWatcher(ledger, path, clock=lambda: NOW)
    await watcher.load(workspace)
    return watcher, workspace


async def test_a_changed_file_is_taken_over(ledger, pack_file):
    watcher, workspace = await opened(ledger, pack_file)
    assert not await watcher.refresh(workspace)
    pack_file.write_text(TEXT.replace("methane", "carbon"), encoding="utf-8")
    assert await watcher.refresh(workspace)
    assert list(watcher.pack().by_id) == ["carbon"]


async def test_a_broken_file_leaves_the_last_good_pack_and_is_told_once(ledger, pack_file):
    watcher, workspace = await opened(ledger, pack_file)
    pack_file.write_text(BROKEN, encoding="utf-8")
    with pytest.raises(PackError, match=r"commitments\.yaml:"):
        await watcher.refresh(workspace)
    assert not await watcher.refresh(workspace)
    assert list(watcher.pack().by_id) == ["methane"]


async def test_a_broken_file_is_survived_across_a_restart(ledger, pack_file, caplog):
    before, _ = await opened(ledger, pack_file)
    pack_file.write_text(BROKEN, encoding="utf-8")
    after, _ = await opened(ledger, pack_file)
    assert "pack file is broken, the last good one stays" in caplog.messages
    assert after.pack().fingerprint == before.pack().fingerprint


async def test_the_first_start_needs_a_good_file(ledger, pack_file):
    pack_file.write_text(BROKEN, encoding="utf-8")
    with pytest.raises(PackError):
        await opened(ledger, pack_file)


LEARNED = Feedback.of([("methane", ItemText(id="1", title="Flaring rule"), Verdict.CONFIRMED)])


async def test_learning_is_taken_back_exactly(ledger, pack_file):
    watcher, _ = await opened(ledger, pack_file)
    before = watcher.current
    watcher.learn(LEARNED)
    assert watcher.current.pack is before.pack
    assert watcher.current.feedback == LEARNED
    watcher.learn(Feedback())
    assert watcher.current == before


async def test_what_matching_does_not_read_is_taken_over_and_matches_nothing_anew(
    ledger, pack_file
):
    watcher, workspace = await opened(ledger, pack_file)
    before = watcher.pack()
    due = TEXT.replace("id: methane,", "id: methane, priority: 1, due: 2030-06-01,")
    pack_file.write_text(due, encoding="utf-8")
    assert await watcher.refresh(workspace)
    assert watcher.pack().by_id["methane"].priority == 1
    assert watcher.pack().match_fingerprint == before.match_fingerprint


@pytest.mark.parametrize(
    "change",
    [
        "id: wells, title: Cutting methane,",
        "id: methane, title: Cutting carbon,",
        "id: methane, title: Cutting methane, watch: {any: [flaring]},",
        "id: methane, title: Cutting methane, parties: [Norway],",
        "id: methane, title: Cutting methane, progress: [A well is capped],",
    ],
)
async def test_what_matching_reads_matches_anew(ledger, pack_file, change):
    watcher, workspace = await opened(ledger, pack_file)
    before = watcher.pack().match_fingerprint
    pack_file.write_text(TEXT.replace("id: methane, title: Cutting methane,", change), "utf-8")
    assert await watcher.refresh(workspace)
    assert watcher.pack().match_fingerprint != before
