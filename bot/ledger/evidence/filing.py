"""Steps of `EvidenceRecords.file`: rules on values, and the statements that store them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, select, update

from bot.domain.errors import NotFoundError
from bot.domain.evidence import Match, Origin, Verdict
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.bulk import insert_rows
from bot.ledger.db.rows import AnyRow, batches, columns_of, value_of
from bot.ledger.db.tables import evidence, items, listings, story_items, unmatched
from bot.ledger.values import Filing


@dataclass(frozen=True, slots=True)
class OldEvidence:
    """The part of evidence filed before that the rules read."""

    id: int
    origin: Origin
    verdict: Verdict | None
    withdrawn_at: datetime | None

    @property
    def is_the_machines(self) -> bool:
        """Whether no person filed or reviewed it, so that the machine may change it."""
        return self.origin is Origin.MACHINE and self.verdict is None


_OLD = (evidence.c.item_id, evidence.c.commitment_id, *columns_of(OldEvidence, evidence))
# The columns to set are those that the rows name.
_CHANGED = update(evidence).where(evidence.c.id == bindparam("number"))


@dataclass(slots=True)
class Changes:
    """The changes that a batch makes.

    Attributes:
        new: (item, match) to file for the first time.
        renewed: (evidence, match) that the machine found again and may reword.
        returned: (item, evidence) once withdrawn and found again; also in `renewed`.
        withdrawn: Evidence that it does not find any more.
    """

    new: list[tuple[int, Match]] = field(default_factory=list)
    renewed: list[tuple[int, Match]] = field(default_factory=list)
    returned: list[tuple[int, int]] = field(default_factory=list)
    withdrawn: list[int] = field(default_factory=list)


def plan(filings: Iterable[Filing], old: Mapping[int, Mapping[str, OldEvidence]]) -> Changes:
    """What the filings mean, given the old evidence by item and commitment.

    Evidence that a person reviewed, or filed, stays as the person saw it.
    """
    changes = Changes()
    for filing in filings:
        of_item = old.get(filing.item_id, {})
        found = {match.commitment_id: match for match in filing.matches}
        for commitment_id, match in found.items():
            before = of_item.get(commitment_id)
            if before is None:
                changes.new.append((filing.item_id, match))
            elif before.is_the_machines:
                changes.renewed.append((before.id, match))
                if before.withdrawn_at is not None:
                    changes.returned.append((filing.item_id, before.id))
        for commitment_id, before in of_item.items():
            still_stands = before.is_the_machines and before.withdrawn_at is None
            if commitment_id not in found and still_stands:
                changes.withdrawn.append(before.id)
    return changes


def assign_stories(filings: Sequence[Filing], story_of: Mapping[int, int | None]) -> dict[int, int]:
    """The story of every item filed or named, given the stories stored so far.

    A stored story stays. Else an item joins the story of the item that its filing names, and
    begins one when it names none, or when filings name each other in a circle. `story_of` has all
    items filed or named, with None for those that have no story yet.
    """
    named = {filing.item_id: filing.story_id for filing in filings}
    stories = {item: story for item, story in story_of.items() if story is not None}
    for item in (*named, *story_of):
        trail = [item]
        while trail[-1] not in stories:
            following = named.get(trail[-1])
            if following is None or following in trail:
                stories[trail[-1]] = trail[-1]
            else:
                trail.append(following)
        stories.update(dict.fromkeys(trail, stories[trail[-1]]))
    return stories


def stored_items(
    connection: Connection, workspace: WorkspaceId, filings: Sequence[Filing]
) -> dict[int, AnyRow]:
    """The items filed or named as stories, held until the end of the transaction.

    With each comes `listed`, None when the workspace does not list its feed, `news`, None when it
    is not queued, and `story_id`, None when it has no story yet.
    """
    own = and_(
        listings.c.feed_id == items.c.feed_id,
        listings.c.workspace_id == workspace,
        listings.c.removed_at.is_(None),
    )
    queued = and_(unmatched.c.item_id == items.c.id, unmatched.c.workspace_id == workspace)
    query = select(
        items.c.id,
        items.c.revision,
        items.c.published_at,
        story_items.c.story_id,
        listings.c.feed_id.label("listed"),
        unmatched.c.news,
    ).select_from(
        items.outerjoin(listings, own)
        .outerjoin(unmatched, queued)
        .outerjoin(story_items, story_items.c.item_id == items.c.id)
    )
    wanted = {n for f in filings for n in (f.item_id, f.story_id) if n is not None}
    rows: dict[int, AnyRow] = {}
    for batch in batches(sorted(wanted)):
        _hold(connection, batch)
        found = connection.execute(query.where(items.c.id.in_(batch)))
        rows.update({row.id: row for row in found})
    if missing := wanted - rows.keys():
        raise NotFoundError(f"the ledger has no item {min(missing)} to file or to name as a story")
    return rows


def _hold(connection: Connection, item_ids: Sequence[int]) -> None:
    """Keep others from these items: what they stored while this one waited is read after that.

    On SQLite a writing transaction is alone from its first statement on.
    """
    if connection.dialect.name == "postgresql":
        held = select(items.c.id).where(items.c.id.in_(item_ids)).order_by(items.c.id)
        connection.execute(held.with_for_update(key_share=True)).all()


def store_stories(
    connection: Connection, stories: Mapping[int, int], stored: Mapping[int, AnyRow]
) -> int:
    """Store the stories of items that had none; gives how many stories that began."""
    new = {item: story for item, story in stories.items() if stored[item].story_id is None}
    rows = sorted(new.items())
    insert_rows(connection, story_items, ("item_id", "story_id"), rows, missing_only=True)
    return sum(item == story for item, story in new.items())


def old_evidence(
    connection: Connection, workspace: WorkspaceId, filings: Iterable[Filing]
) -> dict[int, dict[str, OldEvidence]]:
    """Evidence filed before, by item and commitment."""
    query = select(*_OLD).where(evidence.c.workspace_id == workspace)
    old: dict[int, dict[str, OldEvidence]] = {}
    for batch in batches(filing.item_id for filing in filings):
        for row in connection.execute(query.where(evidence.c.item_id.in_(batch))):
            old.setdefault(row.item_id, {})[row.commitment_id] = value_of(OldEvidence, row)
    return old


def store(
    connection: Connection,
    workspace: WorkspaceId,
    changes: Changes,
    stored: Mapping[int, AnyRow],
    at: datetime,
) -> None:
    """Store the changes; `stored` are the rows of `stored_items`."""
    new = [
        {
            **asdict(match),
            "workspace_id": workspace,
            "item_id": item_id,
            "published_at": stored[item_id].published_at,
            "origin": Origin.MACHINE,
            "news": bool(stored[item_id].news),
            "filed_at": at,
        }
        for item_id, match in changes.new
    ]
    if new:
        insert_rows(connection, evidence, tuple(new[0]), [tuple(row.values()) for row in new])
    renewed = [{"number": number, **asdict(match)} for number, match in changes.renewed]
    standing = {"withdrawn_at": None, "filed_at": at}
    returned = [
        {"number": number, **standing, "news": bool(stored[item_id].news)}
        for item_id, number in changes.returned
    ]
    withdrawn = [{"number": number, "withdrawn_at": at} for number in changes.withdrawn]
    for rows in (renewed, returned, withdrawn):
        if rows:
            connection.execute(_CHANGED, rows)
