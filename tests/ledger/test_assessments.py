"""Assessments: only ever added, told exactly once, each workspace's own."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection

from bot.domain.assessment import Assessment, Judgement, standing
from bot.domain.commitment import Scale
from bot.domain.errors import LedgerError, NotFoundError
from bot.domain.evidence import Verdict
from bot.domain.subscription import DeliveryKind, NewDelivery
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from bot.ledger.db.database import Access
from bot.ledger.db.tables import assessments
from tests.ledger.builders import (
    ADMIN,
    ANALYST,
    DAY,
    HOUR,
    NOW,
    entry,
    fetched,
    filed_all,
    listed,
)

Desk = tuple[Ledger, WorkspaceId, Judgement]


@pytest.fixture
async def desk(ledger: Ledger) -> Desk:
    """Two pieces of evidence for one commitment, and a judgement that cites them."""
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    await fetched(ledger, feed, [entry(1), entry(2)])
    await filed_all(ledger, workspace, "remains", "regime")
    cited = [one.id for one in await ledger.evidence.list(workspace, commitments=["remains"])]
    judged = Judgement(
        commitment_id="remains",
        scale=Scale.IMPLEMENTATION,
        level=1,
        reason="A first transfer, and talks on more.",
        evidence=tuple(sorted(cited)),
    )
    return ledger, workspace, judged


def told(made: Assessment) -> tuple[NewDelivery, ...]:
    return (
        NewDelivery(
            key=f"assessment:{made.id}:C01BRIEFS",
            kind=DeliveryKind.ASSESSMENT,
            target="C01BRIEFS",
            payloads=({"text": made.reason},),
        ),
    )


async def test_an_assessment_is_kept_as_it_was_made(desk: Desk) -> None:
    ledger, workspace, judged = desk
    made = await ledger.assessments.add(workspace, judged, actor=ANALYST, at=NOW, tell=told)
    assert (made.level, made.level_name, made.final, made.party) == (1, "minimal", False, None)
    assert (made.reason, made.evidence) == (judged.reason, judged.evidence)
    assert (made.actor, made.at, made.supersedes) == (ANALYST, NOW, None)
    assert await ledger.assessments.get(workspace, made.id) == made
    assert await ledger.assessments.list(workspace) == (made,)
    (delivery,) = await ledger.outbox.list(workspace)
    assert (delivery.key, delivery.kind) == (f"assessment:{made.id}:C01BRIEFS", "assessment")


async def test_a_newer_one_supersedes_and_both_stay(desk: Desk) -> None:
    ledger, workspace, judged = desk
    first = await ledger.assessments.add(workspace, judged, actor=ANALYST, at=NOW)
    better = replace(judged, level=2, final=True, evidence=judged.evidence[:1])
    second = await ledger.assessments.add(workspace, better, actor=ADMIN, at=NOW + DAY)
    assert second.supersedes == first.id
    assert await ledger.assessments.list(workspace) == (first, second)
    assert await ledger.assessments.list(workspace, until=NOW) == (first,)
    (entry_now, entry_before) = await ledger.audit.list(workspace, action="assessment.add")
    assert (entry_now.actor, entry_now.subject) == (ADMIN, "remains")
    assert entry_now.before == entry_before.after
    assert entry_now.after is not None
    assert entry_now.after["level"] == 2


async def test_each_party_has_an_assessment_of_its_own(desk: Desk) -> None:
    ledger, workspace, judged = desk
    made = [
        await ledger.assessments.add(workspace, replace(judged, party=party), actor=ANALYST, at=NOW)
        for party in (None, "Northland", "Southland", "Northland")
    ]
    assert [one.supersedes for one in made] == [None, None, None, made[1].id]
    stands = standing(await ledger.assessments.list(workspace, commitments=["remains"]))
    assert stands == (made[0], made[3], made[2])
    assert await ledger.assessments.list(workspace, commitments=["regime"]) == ()


async def test_no_evidence_no_assessment(desk: Desk) -> None:
    ledger, workspace, judged = desk
    with pytest.raises(LedgerError):
        await ledger.assessments.add(
            workspace, replace(judged, evidence=()), actor=ANALYST, at=NOW, tell=told
        )
    (other, *_) = await ledger.evidence.list(workspace, commitments=["regime"])
    for wrong in (other.id, 999_999):
        with pytest.raises(NotFoundError, match=f"E{wrong}"):
            await ledger.assessments.add(
                workspace, replace(judged, evidence=(wrong,)), actor=ANALYST, at=NOW, tell=told
            )
    gone = judged.evidence[0]
    await ledger.evidence.review(workspace, [gone], Verdict.REJECTED, actor=ANALYST, at=NOW)
    with pytest.raises(NotFoundError, match=f"E{gone} is no evidence"):
        await ledger.assessments.add(workspace, judged, actor=ANALYST, at=NOW, tell=told)
    assert await ledger.assessments.list(workspace) == ()
    assert await ledger.outbox.list(workspace) == ()


async def test_what_was_cited_stays_cited_when_it_is_rejected_later(desk: Desk) -> None:
    ledger, workspace, judged = desk
    made = await ledger.assessments.add(workspace, judged, actor=ANALYST, at=NOW)
    await ledger.evidence.review(
        workspace, judged.evidence, Verdict.REJECTED, actor=ADMIN, at=NOW + HOUR
    )
    assert await ledger.assessments.get(workspace, made.id) == made


async def test_it_is_told_if_and_only_if_it_is_kept(desk: Desk) -> None:
    ledger, workspace, judged = desk

    def fail(_: Assessment) -> tuple[NewDelivery, ...]:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await ledger.assessments.add(workspace, judged, actor=ANALYST, at=NOW, tell=fail)
    assert await ledger.assessments.list(workspace) == ()
    assert await ledger.audit.list(workspace, action="assessment.add") == ()


async def test_objections_stay_beside_what_they_are_against(desk: Desk) -> None:
    ledger, workspace, judged = desk
    made = await ledger.assessments.add(workspace, judged, actor=ANALYST, at=NOW)
    note = await ledger.assessments.object(
        workspace, made.id, "The second box was empty.", actor=ADMIN, at=NOW + HOUR
    )
    assert (note.assessment_id, note.actor, note.at) == (made.id, ADMIN, NOW + HOUR)
    assert await ledger.assessments.objections(workspace, commitments=["remains"]) == (note,)
    assert await ledger.assessments.objections(workspace, commitments=["regime"]) == ()
    assert await ledger.assessments.objections(workspace, until=NOW) == ()
    assert await ledger.assessments.get(workspace, made.id) == made
    (said,) = await ledger.audit.list(workspace, action="assessment.object")
    assert said.after == {"assessment": f"A{made.id}", "reason": "The second box was empty."}
    with pytest.raises(NotFoundError):
        await ledger.assessments.object(workspace, 999, "No.", actor=ADMIN, at=NOW)


async def test_another_workspace_sees_and_reaches_nothing(desk: Desk) -> None:
    ledger, workspace, judged = desk
    made = await ledger.assessments.add(workspace, judged, actor=ANALYST, at=NOW)
    await ledger.assessments.object(workspace, made.id, "No.", actor=ADMIN, at=NOW)
    other = await ledger.workspaces.adopt("T01BUSY", "Busy")
    assert other == workspace, "the first workspace becomes the first team's"
    stranger = await ledger.workspaces.adopt("T02QUIET", "Quiet")
    assert await ledger.assessments.list(stranger) == ()
    assert await ledger.assessments.objections(stranger) == ()
    with pytest.raises(NotFoundError):
        await ledger.assessments.get(stranger, made.id)
    with pytest.raises(NotFoundError):
        await ledger.assessments.object(stranger, made.id, "No.", actor=ADMIN, at=NOW)
    with pytest.raises(NotFoundError):
        await ledger.assessments.add(stranger, judged, actor=ANALYST, at=NOW)


async def test_two_cannot_supersede_the_same(desk: Desk) -> None:
    ledger, workspace, judged = desk
    made = await ledger.assessments.add(workspace, judged, actor=ANALYST, at=NOW)
    row = {
        "workspace_id": workspace, "commitment_id": "remains", "reason": "x", "actor": ANALYST,
        "scale": Scale.IMPLEMENTATION, "level": 1, "final": False, "at": NOW, "supersedes": made.id,
    }  # fmt: skip

    def twice(connection: Connection) -> None:
        for _ in range(2):
            connection.execute(assessments.insert().values(row))

    with pytest.raises(LedgerError):
        await ledger._database.run(Access.WRITE, twice)
