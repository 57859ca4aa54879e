"""Filing matches as evidence, a batch at a time, without touching what people said."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, delete, select, update

from bot.domain.errors import NotFoundError
from bot.domain.evidence import Match, Origin, Verdict
from bot.domain.workspace import WorkspaceId
from bot.ledger.bulk import insert_rows
from bot.ledger.filing_rules import Changes, OldEvidence, assign_stories, plan_item
from bot.ledger.rows import AnyRow, batches
from bot.ledger.tables import evidence, items, listings, story_items, unmatched
from bot.ledger.unmatched import versions_differ
from bot.ledger.upsert import insert_once
from bot.ledger.values import Filed, Filing
from bot.ledger.workspaces import hold


def file(
    connection: Connection,
    w: WorkspaceId,
    filings: Sequence[Filing],
    versions: tuple[str, str],
    at: datetime,
) -> Filed:
    """See `EvidenceFile.file`."""
    hold(connection, w)
    stored = _items(connection, w, filings)
    stories = assign_stories(filings, {item: row.story_id for item, row in stored.items()})
    begun = _store_stories(connection, stories, stored)
    current = {f.item_id: f for f in filings if _is_current(f, stored[f.item_id])}
    old = _old_evidence(connection, w, list(current))
    changes = Changes()
    for filing in current.values():
        plan_item(filing.item_id, filing.matches, old.get(filing.item_id, {}), changes)
    _apply(connection, w, changes, stored, at)
    if not versions_differ(connection, w, versions):
        _unqueue(connection, w, current)
    return Filed(
        evidence_new=len(changes.new),
        stories_new=begun,
        story_ids=tuple(stories[filing.item_id] for filing in filings),
    )


def _is_current(filing: Filing, item: AnyRow) -> bool:
    """Whether what was matched is the item's newest text, and the workspace lists its feed."""
    return filing.revision == item.revision and item.listed is not None


def _items(connection: Connection, w: WorkspaceId, filings: Sequence[Filing]) -> dict[int, AnyRow]:
    """The items filed or named as stories, held until the end of the transaction.

    With each comes `listed`, None when the workspace does not list its feed, `news`, None when it
    is not queued, and `story_id`, None when it has no story yet.
    """
    own = and_(
        listings.c.feed_id == items.c.feed_id,
        listings.c.workspace_id == w,
        listings.c.removed_at.is_(None),
    )
    queued = and_(unmatched.c.item_id == items.c.id, unmatched.c.workspace_id == w)
    query = (
        select(
            items.c.id,
            items.c.revision,
            items.c.published_at,
            story_items.c.story_id,
            listings.c.feed_id.label("listed"),
            unmatched.c.news,
        )
        .select_from(
            items.outerjoin(listings, own)
            .outerjoin(unmatched, queued)
            .outerjoin(story_items, story_items.c.item_id == items.c.id)
        )
        .where(items.c.id.in_(bindparam("some", expanding=True)))
    )
    wanted = {n for f in filings for n in (f.item_id, f.story_id) if n is not None}
    rows: dict[int, AnyRow] = {}
    for batch in batches(sorted(wanted)):
        _hold(connection, batch)
        rows.update({row.id: row for row in connection.execute(query, {"some": batch}).all()})
    if missing := wanted - rows.keys():
        msg = f"the ledger has no item {min(missing)} to file or to name as a story"
        raise NotFoundError(msg)
    return rows


def _hold(connection: Connection, item_ids: Sequence[int]) -> None:
    """Keep others from these items: what they stored while this one waited is read after that.

    On SQLite a writing transaction is alone from its first statement on.
    """
    if connection.dialect.name == "postgresql":
        held = select(items.c.id).where(items.c.id.in_(item_ids)).order_by(items.c.id)
        connection.execute(held.with_for_update(key_share=True)).all()


def _store_stories(
    connection: Connection, stories: Mapping[int, int], stored: Mapping[int, AnyRow]
) -> int:
    """Store the stories of items that had none; gives how many stories that began."""
    new = {item: story for item, story in stories.items() if stored[item].story_id is None}
    rows = sorted(new.items())
    insert_rows(connection, story_items, ("item_id", "story_id"), rows, missing_only=True)
    return sum(item == story for item, story in new.items())


def begin_story(connection: Connection, item_id: int) -> None:
    """Let a story begin with the item, unless it has one."""
    insert_once(connection, story_items, {"item_id": item_id, "story_id": item_id})


_MATCHED = delete(unmatched).where(
    unmatched.c.item_id.in_(bindparam("some", expanding=True)),
    unmatched.c.workspace_id == bindparam("workspace"),
)
_OLD_EVIDENCE = select(
    evidence.c.id,
    evidence.c.item_id,
    evidence.c.commitment_id,
    evidence.c.origin,
    evidence.c.verdict,
    evidence.c.withdrawn_at,
).where(
    evidence.c.workspace_id == bindparam("workspace"),
    evidence.c.item_id.in_(bindparam("some", expanding=True)),
)


def _old_evidence(
    connection: Connection, w: WorkspaceId, item_ids: Sequence[int]
) -> dict[int, dict[str, OldEvidence]]:
    """Evidence filed before, by item and commitment."""
    old: dict[int, dict[str, OldEvidence]] = {}
    for batch in batches(item_ids):
        found = connection.execute(_OLD_EVIDENCE, {"workspace": w, "some": batch})
        for row in found:
            old.setdefault(row.item_id, {})[row.commitment_id] = OldEvidence(
                id=row.id,
                origin=Origin(row.origin),
                verdict=None if row.verdict is None else Verdict(row.verdict),
                withdrawn=row.withdrawn_at is not None,
            )
    return old


def _apply(
    connection: Connection,
    w: WorkspaceId,
    changes: Changes,
    stored: Mapping[int, AnyRow],
    at: datetime,
) -> None:
    new = [
        {
            **words_of(match),
            "workspace_id": w,
            "item_id": item_id,
            "commitment_id": match.commitment_id,
            "published_at": stored[item_id].published_at,
            "origin": Origin.MACHINE.value,
            "news": bool(stored[item_id].news),
            "filed_at": at,
        }
        for item_id, match in changes.new
    ]
    if new:
        insert_rows(connection, evidence, tuple(new[0]), [tuple(row.values()) for row in new])
    if changes.renewed:
        names = tuple(words_of(changes.renewed[0][1]))
        statement = update(evidence).where(evidence.c.id == bindparam("number"))
        connection.execute(
            statement.values({name: bindparam(f"new_{name}") for name in names}),
            [
                {"number": number, **{f"new_{k}": v for k, v in words_of(match).items()}}
                for number, match in changes.renewed
            ],
        )
    for is_news in (False, True):
        back = [n for item_id, n in changes.returned if bool(stored[item_id].news) == is_news]
        _mark(connection, back, withdrawn_at=None, filed_at=at, news=is_news)
    _mark(connection, changes.withdrawn, withdrawn_at=at)


def words_of(match: Match) -> dict[str, object]:
    """What the machine says of a match, as columns."""
    return {
        "score": match.score,
        "direction": match.direction.value,
        "reasons": list(match.reasons),
        "passage": match.passage,
        "sure": match.sure,
    }


def _mark(connection: Connection, numbers: Sequence[int], **values: object) -> None:
    for batch in batches(numbers):
        connection.execute(update(evidence).where(evidence.c.id.in_(batch)).values(values))


def _unqueue(connection: Connection, w: WorkspaceId, item_ids: Iterable[int]) -> None:
    """Take matched items out of the workspace's queue."""
    for batch in batches(item_ids):
        connection.execute(_MATCHED, {"some": batch, "workspace": w})
