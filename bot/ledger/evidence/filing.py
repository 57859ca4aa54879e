"""Filing matches as evidence, a batch at a time, without touching what people said."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, delete, select, update

from bot.domain.errors import NotFoundError
from bot.domain.evidence import Match, Origin, Verdict
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.bulk import insert_once, insert_rows
from bot.ledger.db.rows import AnyRow, batches
from bot.ledger.db.tables import evidence, items, listings, story_items, unmatched
from bot.ledger.items.match_queue import versions_differ
from bot.ledger.values import Filed, Filing
from bot.ledger.workspaces import hold

# MERGED filing_rules: What filing matches means for evidence and stories: rules on values only.


@dataclass(frozen=True, slots=True)
class OldEvidence:
    """What the rules read of evidence filed before."""

    id: int
    origin: Origin
    verdict: Verdict | None
    withdrawn: bool

    @property
    def is_the_machines(self) -> bool:
        """Whether no person has had a word in it, so that the machine may change it."""
        return self.origin is Origin.MACHINE and self.verdict is None


@dataclass(slots=True)
class Changes:
    """What a batch changes.

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


def plan_item(
    item_id: int, matches: Sequence[Match], old: Mapping[str, OldEvidence], changes: Changes
) -> None:
    """Add to `changes` what one item's matches mean, given its evidence by commitment.

    Evidence on which a person had a word, or that a person filed, stays as the person saw it.
    """
    found = {match.commitment_id: match for match in matches}
    for commitment_id, match in found.items():
        before = old.get(commitment_id)
        if before is None:
            changes.new.append((item_id, match))
        elif before.is_the_machines:
            changes.renewed.append((before.id, match))
            if before.withdrawn:
                changes.returned.append((item_id, before.id))
    for commitment_id, before in old.items():
        if commitment_id not in found and before.is_the_machines and not before.withdrawn:
            changes.withdrawn.append(before.id)


def assign_stories(filings: Sequence[Filing], story_of: Mapping[int, int | None]) -> dict[int, int]:
    """The story of every item filed or named, given the stories stored so far.

    A stored story stays. Else an item joins the story of the item that its filing names, and
    begins one when it names none, or when filings name each other in a circle.

    Args:
        filings: A batch.
        story_of: By item, for all items filed or named; None without a story yet.
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


def file(
    connection: Connection,
    workspace: WorkspaceId,
    filings: Sequence[Filing],
    versions: tuple[str, str],
    at: datetime,
) -> Filed:
    """See `EvidenceFile.file`."""
    hold(connection, workspace)
    stored = _items(connection, workspace, filings)
    stories = assign_stories(filings, {item: row.story_id for item, row in stored.items()})
    begun = _store_stories(connection, stories, stored)
    current = {f.item_id: f for f in filings if _is_current(f, stored[f.item_id])}
    old = _old_evidence(connection, workspace, list(current))
    changes = Changes()
    for filing in current.values():
        plan_item(filing.item_id, filing.matches, old.get(filing.item_id, {}), changes)
    _apply(connection, workspace, changes, stored, at)
    if not versions_differ(connection, workspace, versions):
        _unqueue(connection, workspace, current)
    return Filed(
        evidence_new=len(changes.new),
        stories_new=begun,
        story_ids=tuple(stories[filing.item_id] for filing in filings),
    )


def _is_current(filing: Filing, item: AnyRow) -> bool:
    """Whether what was matched is the item's newest text, and the workspace lists its feed."""
    return filing.revision == item.revision and item.listed is not None


def _items(
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
    connection: Connection, workspace: WorkspaceId, item_ids: Sequence[int]
) -> dict[int, dict[str, OldEvidence]]:
    """Evidence filed before, by item and commitment."""
    old: dict[int, dict[str, OldEvidence]] = {}
    for batch in batches(item_ids):
        found = connection.execute(_OLD_EVIDENCE, {"workspace": workspace, "some": batch})
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
    workspace: WorkspaceId,
    changes: Changes,
    stored: Mapping[int, AnyRow],
    at: datetime,
) -> None:
    new = [
        {
            **words_of(match),
            "workspace_id": workspace,
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


def _unqueue(connection: Connection, workspace: WorkspaceId, item_ids: Iterable[int]) -> None:
    """Take matched items out of the workspace's queue."""
    for batch in batches(item_ids):
        connection.execute(_MATCHED, {"some": batch, "workspace": workspace})
