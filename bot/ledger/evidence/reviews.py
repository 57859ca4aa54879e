"""What people say of evidence: reviews, and evidence filed by hand. Nothing is overwritten."""

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from bot.domain.evidence import Direction, Evidence, Origin, Verdict
from bot.domain.item import Item
from bot.domain.subscription import Json
from bot.domain.workspace import WorkspaceId
from bot.ledger.audit import note
from bot.ledger.db.rows import EVIDENCE_COLUMNS, ITEM_COLUMNS, AnyRow, to_item
from bot.ledger.db.tables import evidence, reviews
from bot.ledger.evidence.filing import begin_story
from bot.ledger.evidence.queries import get
from bot.ledger.items.visibility import OUTLET, evidence_of, visible_item
from bot.ledger.values import Review
from bot.ledger.workspaces import hold


def review(
    connection: Connection,
    workspace: WorkspaceId,
    evidence_id: int,
    verdict: Verdict,
    *,
    actor: str,
    at: datetime,
    why: str | None,
) -> Evidence:
    """See `EvidenceFile.review`."""
    hold(connection, workspace)
    before = get(connection, workspace, evidence_id)
    _say(connection, workspace, evidence_id, verdict, actor=actor, at=at, why=why)
    note(
        connection,
        workspace,
        at=at,
        actor=actor,
        action="evidence.review",
        subject=f"E{evidence_id}",
        before=None if before.verdict is None else {"verdict": before.verdict.value},
        after={"verdict": verdict.value, **({} if why is None else {"note": why})},
    )
    return get(connection, workspace, evidence_id)


def _say(
    connection: Connection,
    workspace: WorkspaceId,
    evidence_id: int,
    verdict: Verdict,
    *,
    actor: str,
    at: datetime,
    why: str | None,
) -> None:
    row = {
        "workspace_id": workspace,
        "evidence_id": evidence_id,
        "verdict": verdict.value,
        "actor": actor,
        "at": at,
        "note": why,
    }
    connection.execute(insert(reviews), row)
    chosen = evidence.c.id == evidence_id
    connection.execute(update(evidence).where(chosen).values(verdict=verdict.value))


def reviews_of(connection: Connection, workspace: WorkspaceId) -> tuple[Review, ...]:
    """See `EvidenceFile.reviews`."""
    source = evidence_of(workspace).join(reviews, reviews.c.evidence_id == evidence.c.id)
    query = (
        select(
            *EVIDENCE_COLUMNS,
            *ITEM_COLUMNS,
            OUTLET,
            reviews.c.verdict.label("said"),
            reviews.c.actor,
            reviews.c.at,
            reviews.c.note,
        )
        .select_from(source)
        .where(reviews.c.workspace_id == workspace)
        .order_by(reviews.c.id)
    )
    return tuple(
        Review(
            evidence_id=row.evidence_id,
            commitment_id=row.commitment_id,
            item=to_item(row),
            verdict=Verdict(row.said),
            actor=row.actor,
            at=row.at,
            note=row.note,
        )
        for row in connection.execute(query)
    )


def file_by_hand(
    connection: Connection,
    workspace: WorkspaceId,
    item_id: int,
    commitment_id: str,
    direction: Direction,
    *,
    actor: str,
    at: datetime,
    why: str | None,
) -> Evidence:
    """See `EvidenceFile.file_by_hand`."""
    hold(connection, workspace)
    item = visible_item(connection, workspace, item_id)
    begin_story(connection, item.id)
    old = _filed_before(connection, workspace, item.id, commitment_id)
    before = None if old is None else get(connection, workspace, old.id)
    if old is None:
        number = _insert_by_hand(
            connection, workspace, item, commitment_id, direction, at=at, why=why
        )
    else:
        number = old.id
        values: dict[str, object] = {**_by_hand(direction), "withdrawn_at": None}
        if old.withdrawn_at is not None:
            values |= {"filed_at": at, "news": True}
        connection.execute(update(evidence).where(evidence.c.id == number).values(values))
    _say(connection, workspace, number, Verdict.CONFIRMED, actor=actor, at=at, why=why)
    after = get(connection, workspace, number)
    note(
        connection,
        workspace,
        at=at,
        actor=actor,
        action="evidence.file",
        subject=f"E{number}",
        before=None if before is None else _as_json(before),
        after=_as_json(after),
    )
    return after


def _filed_before(
    connection: Connection, workspace: WorkspaceId, item_id: int, commitment_id: str
) -> AnyRow | None:
    query = select(evidence.c.id, evidence.c.withdrawn_at).where(
        evidence.c.workspace_id == workspace,
        evidence.c.item_id == item_id,
        evidence.c.commitment_id == commitment_id,
    )
    return connection.execute(query).one_or_none()


def _insert_by_hand(
    connection: Connection,
    workspace: WorkspaceId,
    item: Item,
    commitment_id: str,
    direction: Direction,
    *,
    at: datetime,
    why: str | None,
) -> int:
    row = {
        **_by_hand(direction),
        "workspace_id": workspace,
        "item_id": item.id,
        "commitment_id": commitment_id,
        "published_at": item.published_at,
        "reasons": [] if why is None else [why],
        "passage": "",
        "news": True,
        "filed_at": at,
    }
    number: int = connection.scalars(insert(evidence).values(row).returning(evidence.c.id)).one()
    return number


def _by_hand(direction: Direction) -> dict[str, object]:
    """What a person's filing says, as columns."""
    return {
        "score": 1.0,
        "direction": direction.value,
        "sure": True,
        "origin": Origin.PERSON.value,
    }


def _as_json(filed: Evidence) -> Json:
    return {
        "commitment": filed.commitment_id,
        "item": filed.item.id,
        "direction": filed.direction.value,
        "origin": filed.origin.value,
        "verdict": None if filed.verdict is None else filed.verdict.value,
    }
