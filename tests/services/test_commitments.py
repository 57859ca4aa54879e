"""The current pack survives a broken file, while running and across a restart."""

import os
import time
from datetime import UTC, datetime

import pytest

from bot.config.yaml import QUIET_S
from bot.domain.errors import HeldError, NotFoundError, PackError
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


def saved(path, text):
    """The file as an editor left it a while ago."""
    path.write_text(text, encoding="utf-8")
    old = time.time() - QUIET_S - 1
    os.utime(path, (old, old))


async def opened(ledger, path):
    workspace = await ledger.workspaces.first()
    watcher = CommitmentsWatcher(ledger, path, clock=lambda: NOW)
    await watcher.load(workspace)
    return watcher, workspace


async def test_a_changed_file_is_taken_over(ledger, pack_file):
    watcher, workspace = await opened(ledger, pack_file)
    assert not await watcher.refresh(workspace)
    saved(pack_file, TEXT.replace("methane", "carbon"))
    assert await watcher.refresh(workspace)
    assert list(watcher.pack().by_id) == ["carbon"]


async def test_a_broken_file_leaves_the_last_good_pack_and_is_told_once(ledger, pack_file):
    watcher, workspace = await opened(ledger, pack_file)
    saved(pack_file, BROKEN)
    with pytest.raises(PackError, match=r"commitments\.yaml:"):
        await watcher.refresh(workspace)
    assert not await watcher.refresh(workspace)
    assert list(watcher.pack().by_id) == ["methane"]


async def test_a_broken_file_is_survived_across_a_restart(ledger, pack_file, caplog):
    before, _ = await opened(ledger, pack_file)
    pack_file.write_text(BROKEN, encoding="utf-8")
    after, _ = await opened(ledger, pack_file)
    assert "pack file is not taken up, the last good one stays" in caplog.messages
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
    saved(pack_file, due)
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
    saved(pack_file, TEXT.replace("id: methane, title: Cutting methane,", change))
    assert await watcher.refresh(workspace)
    assert watcher.pack().match_fingerprint != before


def pack_of(*names):
    lines = [f"      - {{id: {n}, title: About {n}, text: The parties cut {n}.}}" for n in names]
    return "summits:\n  - id: example-2030\n    commitments:\n" + "\n".join(lines) + "\n"


NAMES = [f"c{n}" for n in range(10)]


async def test_a_file_that_is_being_written_is_not_read_before_it_rests(ledger, pack_file):
    watcher, workspace = await opened(ledger, pack_file)
    pack_file.write_text(TEXT.replace("methane", "carbon"), encoding="utf-8")
    assert not await watcher.refresh(workspace)
    assert list(watcher.pack().by_id) == ["methane"]
    saved(pack_file, TEXT.replace("methane", "carbon"))
    assert await watcher.refresh(workspace)


async def test_a_pack_that_drops_more_than_a_fifth_waits_for_an_admins_word(ledger, pack_file):
    saved(pack_file, pack_of(*NAMES))
    watcher, workspace = await opened(ledger, pack_file)
    saved(pack_file, pack_of(*NAMES[:8]))
    assert await watcher.refresh(workspace), "a fifth goes through"
    saved(pack_file, pack_of(NAMES[0]))
    with pytest.raises(HeldError, match=r"drops 7 of 8 commitments \(c1, .* and 2 more\)") as told:
        await watcher.refresh(workspace)
    assert len(watcher.pack().commitments) == 8
    restarted, _ = await opened(ledger, pack_file)
    assert len(restarted.pack().commitments) == 8
    with pytest.raises(HeldError):
        await restarted.refresh(workspace)
    fingerprint = told.value.fingerprint
    taken = await restarted.accept(workspace, actor="U1", fingerprint=fingerprint)
    assert list(taken.by_id) == ["c0"]
    assert await watcher.refresh(workspace), "another process sees that it was accepted"
    assert list(watcher.pack().by_id) == ["c0"]
    (entry, *_) = await ledger.audit.list(workspace)
    assert (entry.action, entry.subject, entry.actor) == ("file.accept", "commitments", "U1")
    assert entry.after == {"fingerprint": fingerprint}


async def test_a_pack_that_is_put_back_needs_no_word(ledger, pack_file):
    saved(pack_file, pack_of(*NAMES))
    watcher, workspace = await opened(ledger, pack_file)
    saved(pack_file, pack_of(NAMES[0]))
    with pytest.raises(HeldError):
        await watcher.refresh(workspace)
    saved(pack_file, pack_of(*NAMES) + "# whole\n")
    assert await watcher.refresh(workspace)
    assert not await watcher.refresh(workspace)
    with pytest.raises(NotFoundError):
        await watcher.accept(workspace, actor="U1")


async def test_a_word_holds_for_what_was_shown_alone(ledger, pack_file):
    saved(pack_file, pack_of(*NAMES))
    watcher, workspace = await opened(ledger, pack_file)
    saved(pack_file, pack_of(*NAMES[:5]))
    with pytest.raises(HeldError) as shown:
        await watcher.refresh(workspace)
    saved(pack_file, pack_of(NAMES[0]))
    with pytest.raises(HeldError, match="drops 9 of 10"):
        await watcher.accept(workspace, actor="U1", fingerprint=shown.value.fingerprint)
    assert len(watcher.pack().commitments) == 10
