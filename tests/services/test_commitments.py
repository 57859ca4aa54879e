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
from tests.ledger.builders import MORNINGS, delivery, entry, fetched, filed_all, listed

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


async def test_a_word_that_nothing_waits_for_takes_up_what_the_file_says(ledger, pack_file):
    watcher, workspace = await opened(ledger, pack_file)
    pack_file.write_text(TEXT.replace("methane", "carbon"), encoding="utf-8")
    with pytest.raises(NotFoundError):
        await watcher.accept(workspace, actor="U1")
    assert list(watcher.pack().by_id) == ["carbon"]


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


ALL = [f"c{n}" for n in range(6)]


async def subscribe(ledger, workspace, *commitments):
    return await ledger.subscriptions.add(
        workspace, "C01BRIEFS", commitments, MORNINGS, actor="U1", at=NOW
    )


async def words(ledger, workspace):
    """What owners were told, by who was."""
    sent = await ledger.outbox.list(workspace)
    return [(one.target, str(one.messages[0].payload["text"])) for one in reversed(sent)]


async def test_a_subscription_rests_while_all_that_it_names_is_gone_and_its_owner_hears(
    ledger, pack_file
):
    saved(pack_file, pack_of(*ALL))
    watcher, workspace = await opened(ledger, pack_file)
    alone = await subscribe(ledger, workspace, "c5")
    both = await subscribe(ledger, workspace, "c4", "c5")
    of_summit = await subscribe(ledger, workspace, "example-2030")
    everything = await subscribe(ledger, workspace)
    saved(pack_file, pack_of(*ALL[:5]))
    assert await watcher.refresh(workspace)
    live = {one.id for _, one in await ledger.subscriptions.live()}
    assert live == {both.id, of_summit.id, everything.id}
    (first, second) = await words(ledger, workspace)
    assert {first[0], second[0]} == {"U1"}
    assert "About c5 is no longer tracked" in first[1]
    assert "rests" in first[1]
    assert "goes on with the rest" in second[1]
    saved(pack_file, pack_of(*ALL))
    assert await watcher.refresh(workspace)
    live = {one.id for _, one in await ledger.subscriptions.live()}
    assert live == {alone.id, both.id, of_summit.id, everything.id}
    actions = [one.action for one in await ledger.audit.list(workspace, subject=str(alone.id))]
    assert actions == ["subscription.wake", "subscription.park", "subscription.add"]
    assert len(await words(ledger, workspace)) == 2


async def test_a_subscription_that_was_suspended_for_another_reason_is_not_woken(ledger, pack_file):
    saved(pack_file, pack_of(*ALL))
    watcher, workspace = await opened(ledger, pack_file)
    await subscribe(ledger, workspace, "c5")
    await ledger.subscriptions.suspend(workspace, "C01BRIEFS", "It is archived.", at=NOW)
    for names in (ALL[:5], ALL):
        saved(pack_file, pack_of(*names))
        await watcher.refresh(workspace)
    assert await ledger.subscriptions.live() == ()
    assert await words(ledger, workspace) == []


async def filed_under(ledger, workspace, name):
    feed = await listed(ledger, workspace)
    await fetched(ledger, feed, [entry(1), entry(2)])
    await filed_all(ledger, workspace, name)
    one, two = await ledger.evidence.list(workspace)
    await ledger.evidence.review(workspace, [one.id], Verdict.SETBACK, actor="U2", at=NOW)
    return one, two


async def test_what_an_id_had_goes_on_under_the_one_that_says_it_was_it(ledger, pack_file):
    saved(pack_file, pack_of("c0", "c1", "c2"))
    watcher, workspace = await opened(ledger, pack_file)
    made = await subscribe(ledger, workspace, "c2", "example-2030")
    one, two = await filed_under(ledger, workspace, "c2")
    told = delivery(subscription_id=made.id, mentions=frozenset({("c2", one.story_id)}))
    await ledger.outbox.put(workspace, told, at=NOW)
    watcher.learn(Feedback.of([("c2", ItemText(id="1", title="Rule"), Verdict.SETBACK)]))
    text = pack_of("c0", "c1", "wells").replace("{id: wells,", "{id: wells, was: c2,")
    saved(pack_file, text.replace("id: example-2030", "id: oslo\n    was: [example-2030]"))
    assert await watcher.refresh(workspace), "nothing is dropped"
    found = await ledger.evidence.list(workspace, commitments=["wells"])
    assert {(e.id, e.verdict) for e in found} == {(one.id, Verdict.SETBACK), (two.id, None)}
    (subscription,) = await ledger.subscriptions.list(workspace)
    assert subscription.commitments == ("wells", "oslo")
    assert await ledger.outbox.mentioned(workspace, made.id) == {("wells", one.story_id)}
    assert [one.commitment_id for one in watcher.current.feedback.reviews] == ["wells"]
    entries = await ledger.audit.list(workspace, action="commitment.rename")
    assert [(e.subject, e.before, e.after) for e in entries] == [
        ("oslo", {"id": "example-2030"}, {"id": "oslo", "evidence": 0, "subscriptions": 1}),
        ("wells", {"id": "c2"}, {"id": "wells", "evidence": 2, "subscriptions": 1}),
    ]
    await opened(ledger, pack_file)
    assert len(await ledger.audit.list(workspace, action="commitment.rename")) == 2


async def test_an_id_that_is_named_too_late_still_brings_its_reviews(ledger, pack_file):
    saved(pack_file, pack_of("c0", "c1", "c2"))
    watcher, workspace = await opened(ledger, pack_file)
    one, _ = await filed_under(ledger, workspace, "c2")
    await filed_all(ledger, workspace, "wells", pack="b")
    saved(pack_file, pack_of("c0", "c1", "wells"))
    await watcher.refresh(workspace)
    saved(pack_file, pack_of("c0", "c1", "wells").replace("{id: wells,", "{id: wells, was: c2,"))
    await watcher.refresh(workspace)
    found = await ledger.evidence.list(workspace)
    assert {e.commitment_id for e in found} == {"wells"}
    assert {e.item.id: e.verdict for e in found}[one.item.id] is Verdict.SETBACK
    (review,) = await ledger.evidence.reviews(workspace)
    assert review.commitment_id == "wells"


@pytest.mark.parametrize(
    ("was", "says"),
    [
        ("was: c0,", r'yaml:5: was: "c0" is the id of another one, in line 4'),
        ("was: old, title: T, text: Some text.}\n      - {id: z, was: old,", "is given to two"),
        ("was: '!',", "is no id"),
    ],
)
async def test_an_earlier_id_that_cannot_be_one_is_named_by_line(ledger, pack_file, was, says):
    saved(pack_file, pack_of("c0", "c1").replace("{id: c1,", "{id: c1, " + was))
    with pytest.raises(PackError, match=says):
        await opened(ledger, pack_file)
