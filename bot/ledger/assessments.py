"""Assessments and objections to them; rows are only ever added."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from bot.domain.assessment import Assessment, Judgement, Objection
from bot.domain.errors import LedgerError, NotFoundError
from bot.domain.subscription import AuditEntry, NewDelivery
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Repository, reads, writes
from bot.ledger.db.rows import AnyRow, batches, columns_of, hold, row_of, value_of
from bot.ledger.db.tables import assessment_evidence, assessments, evidence, objections
from bot.ledger.deliveries import put_delivery
from bot.ledger.evidence import STANDING_AND_FITTING
from bot.ledger.workspaces import note

# What is to be told of an assessment or objection, put into the outbox with it: told exactly once.
Tell = Callable[[Assessment], Iterable[NewDelivery]]
TellObjection = Callable[[Objection], Iterable[NewDelivery]]


class Assessments(Repository):
    """What people judged of commitments, in every workspace."""

    @writes
    def add(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        judgement: Judgement,
        *,
        actor: str,
        at: datetime,
        tell: Tell = lambda _: (),
    ) -> Assessment:
        """Put a judgement on record, in place of the one on the same commitment and party.

        Raises:
            LedgerError: It cites nothing.
            NotFoundError: It cites what is no evidence for the commitment, or not any more.
        """
        if not judgement.evidence:
            raise LedgerError("an assessment without evidence is none")
        hold(connection, workspace)
        _check_cited(connection, workspace, judgement)
        before = _standing(connection, workspace, judgement)
        values = {
            name: getattr(judgement, name)
            for name in ("commitment_id", "party", "scale", "level", "final", "reason")
        }
        own = {"workspace_id": workspace, "actor": actor, "at": at}
        own["supersedes"] = before.id if before else None
        new = insert(assessments).values({**values, **own}).returning(assessments.c.id)
        number = connection.scalars(new).one()
        cited = [{"assessment_id": number, "evidence_id": one} for one in judgement.evidence]
        connection.execute(insert(assessment_evidence), cited)
        after = _get(connection, workspace, number)
        entry = AuditEntry(
            at=at,
            actor=actor,
            action="assessment.add",
            subject=judgement.commitment_id,
            before=_as_json(before) if before else None,
            after=_as_json(after),
        )
        note(connection, workspace, [entry])
        for delivery in tell(after):
            put_delivery(connection, workspace, delivery, at=at)
        return after

    @writes
    def object(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        assessment_id: int,
        reason: str,
        *,
        actor: str,
        at: datetime,
        tell: TellObjection = lambda _: (),
    ) -> Objection:
        """Put a note against an assessment on record; `NotFoundError` for an unknown one."""
        hold(connection, workspace)
        against = _get(connection, workspace, assessment_id)
        values = {
            "workspace_id": workspace,
            "assessment_id": against.id,
            "actor": actor,
            "reason": reason,
            "at": at,
        }
        new = insert(objections).values(values).returning(*columns_of(Objection, objections))
        made = value_of(Objection, connection.execute(new).one())
        entry = AuditEntry(
            at=at,
            actor=actor,
            action="assessment.object",
            subject=against.commitment_id,
            after={"assessment": f"A{against.id}", "reason": made.reason},
        )
        note(connection, workspace, [entry])
        for delivery in tell(made):
            put_delivery(connection, workspace, delivery, at=at)
        return made

    @reads
    def list(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        *,
        commitments: Collection[str] | None = None,
        until: datetime | None = None,
    ) -> tuple[Assessment, ...]:
        """Every assessment, the oldest first; only of these commitments, and by `until`."""
        query = select(assessments).where(assessments.c.workspace_id == workspace)
        if commitments is not None:
            query = query.where(assessments.c.commitment_id.in_(sorted(commitments)))
        if until is not None:
            query = query.where(assessments.c.at <= until)
        return _with_cited(connection, connection.execute(query.order_by(assessments.c.id)).all())

    @reads
    def get(self, connection: Connection, workspace: WorkspaceId, number: int) -> Assessment:
        """One assessment."""
        return _get(connection, workspace, number)

    @reads
    def objections(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        *,
        commitments: Collection[str] | None = None,
        until: datetime | None = None,
    ) -> tuple[Objection, ...]:
        """Every objection, the oldest first; only to those of these commitments, and by `until`."""
        query = (
            select(*columns_of(Objection, objections))
            .join(assessments, assessments.c.id == objections.c.assessment_id)
            .where(objections.c.workspace_id == workspace)
        )
        if commitments is not None:
            query = query.where(assessments.c.commitment_id.in_(sorted(commitments)))
        if until is not None:
            query = query.where(objections.c.at <= until)
        rows = connection.execute(query.order_by(objections.c.id))
        return tuple(value_of(Objection, row) for row in rows)


def _check_cited(connection: Connection, workspace: WorkspaceId, judgement: Judgement) -> None:
    """Refuse what is no evidence for the commitment."""
    there = select(evidence.c.id).where(
        evidence.c.workspace_id == workspace,
        evidence.c.commitment_id == judgement.commitment_id,
        STANDING_AND_FITTING,
    )
    found: set[int] = set()
    for batch in batches(judgement.evidence):
        found.update(connection.scalars(there.where(evidence.c.id.in_(batch))))
    if missing := [f"E{one}" for one in judgement.evidence if one not in found]:
        raise NotFoundError(
            f"{', '.join(missing)} is no evidence for “{judgement.commitment_id}”, or not any "
            "more. Open the form again; nothing was kept."
        )


def _standing(
    connection: Connection, workspace: WorkspaceId, judgement: Judgement
) -> Assessment | None:
    """The assessment that the judgement takes the place of."""
    newest = select(func.max(assessments.c.id)).where(
        assessments.c.workspace_id == workspace,
        assessments.c.commitment_id == judgement.commitment_id,
        assessments.c.party.is_not_distinct_from(judgement.party),
    )
    number = connection.scalar(newest)
    return None if number is None else _get(connection, workspace, number)


def _get(connection: Connection, workspace: WorkspaceId, number: int) -> Assessment:
    query = select(assessments).where(
        assessments.c.workspace_id == workspace, assessments.c.id == number
    )
    row = row_of(connection, query, number, f"There is no assessment A{number}.")
    (found,) = _with_cited(connection, [row])
    return found


def _with_cited(connection: Connection, rows: Collection[AnyRow]) -> tuple[Assessment, ...]:
    """Assessments from whole rows, in their order, each with what it cites."""
    cited: dict[int, list[int]] = {row.id: [] for row in rows}
    for batch in batches(cited):
        query = select(assessment_evidence).where(assessment_evidence.c.assessment_id.in_(batch))
        for row in connection.execute(query.order_by(assessment_evidence.c.evidence_id)):
            cited[row.assessment_id].append(row.evidence_id)
    return tuple(value_of(Assessment, row, evidence=tuple(cited[row.id])) for row in rows)


def _as_json(one: Assessment) -> dict[str, object]:
    return {
        "assessment": f"A{one.id}",
        "level": one.level,
        "name": one.level_name,
        "party": one.party,
        "final": one.final,
        "reason": one.reason,
        "evidence": [f"E{number}" for number in one.evidence],
    }
