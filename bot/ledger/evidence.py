"""Evidence: which item bears on which commitment, and what people said of it.

Reviews are only ever added. Of those on a piece of evidence that none took back, the latest one
stands; its verdict is kept with the evidence, computed anew whenever a review is added.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    union,
    update,
)

from bot.domain.errors import NotFoundError
from bot.domain.evidence import (
    JUDGED,
    REJECTING,
    Direction,
    Evidence,
    Match,
    Origin,
    ReviewCounts,
    Reviewed,
    Verdict,
)
from bot.domain.item import Item
from bot.domain.subscription import AuditEntry
from bot.domain.window import Window
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Repository, reads, writes, writes_unsynced
from bot.ledger.db.rows import (
    FEED_NAME,
    ITEM_COLUMNS,
    OUTLET,
    AnyRow,
    AnySelect,
    batches,
    columns_of,
    hold,
    insert_rows,
    row_of,
    seen_by,
    value_of,
)
from bot.ledger.db.tables import (
    assessments,
    deliveries,
    evidence,
    feeds,
    item_revisions,
    items,
    listings,
    reviews,
    story_items,
    unmatched,
)
from bot.ledger.items.match_queue import versions_differ
from bot.ledger.values import Filed, Filing, Judged, Review
from bot.ledger.workspaces import note as add_to_audit

# Within this time of an item's coming every digest has passed: a week, and a day to be late.
TOLD_WITHIN: Final = timedelta(days=8)
_STANDING = evidence.c.withdrawn_at.is_(None)
_NOT_REJECTED = or_(evidence.c.verdict.is_(None), evidence.c.verdict.not_in(REJECTING))
STANDING_AND_FITTING = and_(_STANDING, _NOT_REJECTED)
# Unsure whether it belongs, or said to belong with nothing said of its direction.
_WAITING = and_(
    _STANDING,
    or_(
        and_(evidence.c.verdict.is_(None), ~evidence.c.sure),
        evidence.c.verdict == Verdict.CONFIRMED,
    ),
)
_COLUMNS = (
    *(column for column in columns_of(Evidence, evidence) if column is not evidence.c.id),
    evidence.c.id.label("evidence_id"),
    (~evidence.c.news).label("backlog"),
    story_items.c.story_id,
    *ITEM_COLUMNS,
    OUTLET,
)


class EvidenceRecords(Repository):
    """The evidence of every workspace, each seen by its own only."""

    @writes_unsynced
    def file(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        filings: Sequence[Filing],
        *,
        matcher_version: str,
        pack_fingerprint: str,
        at: datetime,
    ) -> Filed:
        """File what matching found of a batch of items, in one transaction.

        The items are matched from then on (unless the matcher or the commitments changed in the
        meantime). Evidence found again gets the machine's new words; evidence not found any more
        is withdrawn; evidence that a person reviewed stays as that person saw it. What returns is
        news if it was, and counts as filed at `at` if its item is so fresh that a digest may have
        passed meanwhile which should have told it.
        """
        hold(connection, workspace)
        stored = _stored_items(connection, workspace, filings)
        story_of = {item: row.story_id for item, row in stored.items()}
        stories = assign_stories(filings, story_of)
        new = sorted((item, stories[item]) for item, story in story_of.items() if story is None)
        insert_rows(connection, story_items, ("item_id", "story_id"), new, missing_only=True)
        # Only what was matched at the item's newest text, of a feed that is still listed.
        current = [
            f
            for f in filings
            if (item := stored[f.item_id]).revision == f.revision and item.listed is not None
        ]
        changes = plan(current, _old_evidence(connection, workspace, current))
        _store(connection, workspace, changes, stored, at)
        if not versions_differ(connection, workspace, (matcher_version, pack_fingerprint)):
            own = delete(unmatched).where(unmatched.c.workspace_id == workspace)
            for batch in batches(f.item_id for f in current):
                connection.execute(own.where(unmatched.c.item_id.in_(batch)))
        return Filed(
            evidence_new=len(changes.new), stories_new=sum(item == story for item, story in new)
        )

    @reads
    def recent_for_stories(
        self, connection: Connection, *, since: datetime, limit: int | None = None
    ) -> tuple[tuple[Item, int], ...]:
        """Items with their stories, published from `since` on, oldest first.

        Of all feeds, whichever workspace lists them, with the outlet as the feed names itself; of
        one date by feed and key. At most `limit` of them, the newest; None for all.
        """
        newest = (
            select(items.c.id)
            .join(story_items, story_items.c.item_id == items.c.id)
            .where(items.c.published_at >= since)
            .order_by(items.c.published_at.desc(), items.c.id.desc())
            .limit(limit)
        )
        some = newest.subquery()
        outlet = FEED_NAME.label("outlet")
        query = (
            select(*ITEM_COLUMNS, outlet, items.c.backlog, story_items.c.story_id)
            .join_from(some, items, items.c.id == some.c.id)
            .join(feeds, feeds.c.id == items.c.feed_id)
            .join(story_items, story_items.c.item_id == items.c.id)
            .order_by(items.c.published_at, items.c.feed_id, items.c.key)
        )
        return tuple((value_of(Item, row), row.story_id) for row in connection.execute(query))

    @reads
    def stories_of(self, connection: Connection, item_ids: Collection[int]) -> Mapping[int, int]:
        """The story of each of these items that has one."""
        found: dict[int, int] = {}
        for batch in batches(item_ids):
            query = select(story_items.c.item_id, story_items.c.story_id)
            rows = connection.execute(query.where(story_items.c.item_id.in_(batch)))
            found.update({row.item_id: row.story_id for row in rows})
        return found

    @reads
    def list(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        *,
        commitments: Collection[str] | None = None,
        item_ids: Collection[int] | None = None,
        window: Window | None = None,
        after: int | None = None,
        published: Window | None = None,
        news_only: bool = False,
        include_rejected: bool = False,
    ) -> tuple[Evidence, ...]:
        """Evidence that stands, by its item's date, then by number, newest first.

        Only that of some hundred `item_ids`, filed in `window` and published in `published`, where
        given; `after` adds to the window what was filed later than the evidence of that number,
        which is so whatever the clocks said. `news_only` leaves out what was published before the
        feed was listed, or matched anew.
        """
        wanted: list[ColumnElement[bool]] = [_STANDING]
        if commitments is not None:
            wanted.append(evidence.c.commitment_id.in_(sorted(commitments)))
        if item_ids is not None:
            wanted.append(evidence.c.item_id.in_(sorted(item_ids)))
        if window is not None:
            wanted.append(_filed(workspace, window, after))
        if published is not None:
            date = evidence.c.published_at
            wanted += [date >= published.since, date < published.until]
        if news_only:
            wanted.append(evidence.c.news)
        if not include_rejected:
            wanted.append(_NOT_REJECTED)
        newest_first = (evidence.c.published_at.desc(), evidence.c.id.desc())
        query = _select(workspace, by_number=after is not None)
        query = query.where(*wanted).order_by(*newest_first)
        return tuple(_to_evidence(row) for row in connection.execute(query))

    @reads
    def as_of(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        at: datetime,
        *,
        commitments: Collection[str] | None = None,
    ) -> tuple[Evidence, ...]:
        """Evidence as it stood at a moment, rejected ones too, in the order of `list`.

        It was published, filed and judged by then, and reads as it did then. What was fetched only
        later counts by its publication date, as the machine reads it and without verdicts; its
        `item.first_seen_at` tells. Of what was matched anew since, the machine's words are those
        of now.
        """
        on_time = and_(
            evidence.c.filed_at <= at,
            or_(evidence.c.withdrawn_at.is_(None), evidence.c.withdrawn_at > at),
        )
        late = and_(items.c.first_seen_at > at, evidence.c.origin == Origin.MACHINE, _STANDING)
        wanted = [evidence.c.published_at <= at, or_(on_time, late)]
        if commitments is not None:
            wanted.append(evidence.c.commitment_id.in_(sorted(commitments)))
        newest_first = (evidence.c.published_at.desc(), evidence.c.id.desc())
        query = _select(workspace).where(*wanted).order_by(*newest_first)
        found = [_to_evidence(row) for row in connection.execute(query)]
        by_then = select(reviews).where(reviews.c.workspace_id == workspace, reviews.c.at <= at)
        stands = standing_reviews(connection.execute(by_then.order_by(reviews.c.id)))
        texts = _texts_at(connection, {one.item.id for one in found if one.item.revision > 1}, at)
        return tuple(
            _at(one, at, text=texts.get(one.item.id), said=stands.get(one.id)) for one in found
        )

    @reads
    def newest(self, connection: Connection, workspace: WorkspaceId) -> int:
        """The number of the workspace's newest evidence; 0 without any."""
        mine = select(evidence.c.id).where(evidence.c.workspace_id == workspace)
        return connection.scalar(mine.order_by(evidence.c.id.desc()).limit(1)) or 0

    @reads
    def get(self, connection: Connection, workspace: WorkspaceId, evidence_id: int) -> Evidence:
        """One piece of evidence, rejected or withdrawn ones too."""
        return _get(connection, workspace, evidence_id)

    @writes
    def review(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        evidence_ids: Sequence[int],
        verdict: Verdict,
        *,
        actor: str,
        at: datetime,
        moved_to: str | None = None,
        note: str | None = None,
    ) -> Reviewed:
        """Add a person's verdict on some evidence, all of it or nothing.

        `moved_to` is the commitment that a move files their items under.

        Raises:
            NotFoundError: The workspace has no such evidence.
        """
        hold(connection, workspace)
        before = tuple(_get(connection, workspace, number) for number in evidence_ids)
        said = {"verdict": verdict, "actor": actor, "at": at, "note": note, "moved_to": moved_to}
        moved = [one.id for one in before if one.verdict is Verdict.MOVED]
        act = _say(connection, workspace, evidence_ids, said)
        back = {"workspace_id": workspace, "actor": actor, "at": at, "act": act}
        gone = _take_copies_back(connection, moved, back)
        there: list[int] = []
        if moved_to is not None:
            there = [
                _file_by_hand(
                    connection,
                    workspace,
                    one.item,
                    moved_to,
                    direction=one.reading,
                    passage=one.passage,
                    at=at,
                )
                for one in before
            ]
            copied = {"verdict": Verdict.CONFIRMED, "actor": actor, "at": at}
            _say(connection, workspace, there, copied, act)
        entries = [
            AuditEntry(
                at=at,
                actor=actor,
                action="evidence.review",
                subject=f"E{one.id}",
                before=None if one.verdict is None else {"verdict": one.verdict},
                after={key: said[key] for key in ("verdict", "note", "moved_to") if said[key]},
            )
            for one in before
        ]
        entries += [
            AuditEntry(
                at=at,
                actor=actor,
                action="evidence.file",
                subject=f"E{number}",
                after={"commitment": moved_to, "moved_from": f"E{one.id}"},
            )
            for number, one in zip(there, before, strict=False)
        ]
        add_to_audit(connection, workspace, entries)
        _settle(connection, workspace, gone, at)
        after = _settle(connection, workspace, (*evidence_ids, *there), at)
        return Reviewed(act=act, before=before, after=after)

    @writes
    def file_by_hand(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        item: Item,
        commitment_id: str,
        verdict: Verdict,
        *,
        actor: str,
        at: datetime,
        passage: str = "",
    ) -> Reviewed:
        """File an item under a commitment with a person's word on its direction.

        It outranks what the machine says of it, now and later.
        """
        hold(connection, workspace)
        direction = verdict.direction or Direction.NEUTRAL
        number = _file_by_hand(
            connection,
            workspace,
            item,
            commitment_id,
            direction=direction,
            passage=passage,
            at=at,
        )
        before = _get(connection, workspace, number)
        act = _say(connection, workspace, [number], {"verdict": verdict, "actor": actor, "at": at})
        entry = AuditEntry(
            at=at,
            actor=actor,
            action="evidence.file",
            subject=f"E{number}",
            before={"verdict": before.verdict} if before.verdict else None,
            after={"commitment": commitment_id, "verdict": verdict},
        )
        add_to_audit(connection, workspace, [entry])
        after = _settle(connection, workspace, [number], at)
        return Reviewed(act=act, before=(before,), after=after)

    @writes
    def undo(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        act: int,
        *,
        actor: str,
        at: datetime,
    ) -> Reviewed:
        """Take one press back, on all the evidence that it was about.

        What it said, and that it was taken back, stays in the history. Undone again it changes
        nothing.
        """
        hold(connection, workspace)
        mine = select(reviews.c.id, reviews.c.evidence_id, reviews.c.verdict).where(
            reviews.c.workspace_id == workspace, func.coalesce(reviews.c.act, reviews.c.id) == act
        )
        gone = select(reviews.c.undoes).where(reviews.c.undoes.is_not(None))
        rows = connection.execute(mine.where(reviews.c.id.not_in(gone)).order_by(reviews.c.id))
        said = rows.all()
        before = tuple(_get(connection, workspace, row.evidence_id) for row in said)
        back = {"workspace_id": workspace, "actor": actor, "at": at}
        undone = [
            {**back, "evidence_id": row.evidence_id, "verdict": row.verdict, "undoes": row.id}
            for row in said
        ]
        if undone:
            connection.execute(insert(reviews), undone)
        after = _settle(connection, workspace, [one.id for one in before], at)
        entries = [
            AuditEntry(
                at=at,
                actor=actor,
                action="evidence.undo",
                subject=f"E{row.evidence_id}",
                before={"verdict": row.verdict},
                after={"verdict": now.verdict} if now.verdict else None,
            )
            for row, now in zip(said, after, strict=True)
        ]
        add_to_audit(connection, workspace, entries)
        return Reviewed(act=act, before=before, after=after, undone=True)

    @reads
    def reviews(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        *,
        act: int | None = None,
        evidence_id: int | None = None,
    ) -> tuple[Review, ...]:
        """What people said of evidence, the earliest first, with what took it back.

        Only of one press, or on one piece of evidence, where these are given.
        """
        press = func.coalesce(reviews.c.act, reviews.c.id)
        said = (
            *(c for c in columns_of(Review, reviews) if c.name not in {"id", "verdict", "act"}),
            reviews.c.id.label("review_id"),
            reviews.c.verdict.label("said"),
            press.label("press"),
        )
        wanted = [reviews.c.workspace_id == workspace]
        if act is not None:
            wanted.append(press == act)
        if evidence_id is not None:
            wanted.append(reviews.c.evidence_id == evidence_id)
        query = (
            _select(workspace)
            .add_columns(*said)
            .join(reviews, reviews.c.evidence_id == evidence.c.id)
            .where(*wanted)
            .order_by(reviews.c.id)
        )
        return tuple(
            value_of(
                Review,
                row,
                id=row.review_id,
                act=row.press,
                item=value_of(Item, row),
                verdict=row.said,
            )
            for row in connection.execute(query)
        )

    @reads
    def waiting(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        *,
        commitments: Collection[str],
        limit: int,
    ) -> tuple[Evidence, ...]:
        """Evidence that waits for a review under these commitments, the least sure first."""
        query = _select(workspace).where(_WAITING, evidence.c.commitment_id.in_(commitments))
        least_sure_first = query.order_by(evidence.c.score, evidence.c.id.desc()).limit(limit)
        return tuple(_to_evidence(row) for row in connection.execute(least_sure_first))

    @reads
    def review_counts(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        *,
        commitments: Collection[str],
        since: datetime,
    ) -> ReviewCounts:
        """How much waits under these commitments, and what was reviewed since then."""
        under = (
            evidence.c.workspace_id == workspace,
            evidence.c.commitment_id.in_(commitments),
        )
        left = connection.scalar(select(func.count()).where(*under, _WAITING)) or 0
        presses = func.count(func.coalesce(reviews.c.act, reviews.c.id).distinct())
        done = (
            select(presses, func.count(reviews.c.actor.distinct()))
            .join_from(reviews, evidence, evidence.c.id == reviews.c.evidence_id)
            .where(*under, reviews.c.at >= since, reviews.c.undoes.is_(None))
        )
        number, people = connection.execute(done).one()
        return ReviewCounts(left=left, done=number, people=people)

    @reads
    def judged(
        self, connection: Connection, workspace: WorkspaceId
    ) -> Mapping[str, Sequence[Judged]]:
        """For each commitment the last filings of the machine that people reviewed."""
        newest_first = evidence.c.verdict_at.desc(), evidence.c.id.desc()
        rank = func.row_number().over(partition_by=evidence.c.commitment_id, order_by=newest_first)
        last = (
            select(*columns_of(Judged, evidence), rank.label("rank"))
            .where(evidence.c.workspace_id == workspace, evidence.c.verdict.is_not(None))
            .where(evidence.c.origin == Origin.MACHINE)
            .subquery()
        )
        found: dict[str, list[Judged]] = {}
        query = select(last).where(last.c.rank <= JUDGED).order_by(last.c.commitment_id)
        for row in connection.execute(query):
            found.setdefault(row.commitment_id, []).append(value_of(Judged, row))
        return found

    @reads
    def last_published(
        self, connection: Connection, workspace: WorkspaceId
    ) -> Mapping[str, datetime]:
        """For each commitment with evidence that stands, the newest date of its items."""
        query = (
            select(evidence.c.commitment_id, func.max(evidence.c.published_at).label("newest"))
            .where(evidence.c.workspace_id == workspace, _STANDING, _NOT_REJECTED)
            .group_by(evidence.c.commitment_id)
            .order_by(evidence.c.commitment_id)
        )
        return {row.commitment_id: row.newest for row in connection.execute(query)}


def _filed(workspace: WorkspaceId, window: Window, after: int | None) -> ColumnElement[bool]:
    """Whether evidence was filed in the window, or later than that of the number `after`."""
    of = evidence if after is None else evidence.alias()
    in_window = and_(of.c.filed_at >= window.since, of.c.filed_at < window.until)
    if after is None:
        return in_window
    # Each part by its own index: with an OR, all evidence of the workspace would be read.
    mine = select(of.c.id).where(of.c.workspace_id == workspace, in_window)
    return evidence.c.id.in_(union(mine, select(of.c.id).where(of.c.id > after)))


def rename_evidence(
    connection: Connection, workspace: WorkspaceId, old: str, name: str, *, at: datetime
) -> int:
    """Let evidence and assessments of an earlier id go on under the new one; gives how much.

    Where an item is filed under both, the new one keeps its evidence and gets the reviews too.
    """
    mine = evidence.c.workspace_id == workspace
    new = evidence.alias()
    rows = connection.execute(
        select(evidence.c.id, new.c.id.label("there"))
        .outerjoin(
            new,
            and_(
                new.c.workspace_id == workspace,
                new.c.item_id == evidence.c.item_id,
                new.c.commitment_id == name,
            ),
        )
        .where(mine, evidence.c.commitment_id == old)
    ).all()
    both = {row.id: row.there for row in rows if row.there is not None}
    for batch in batches(row.id for row in rows if row.there is None):
        this = update(evidence).where(evidence.c.id.in_(batch))
        connection.execute(this.values(commitment_id=name))
    moved = update(reviews).where(reviews.c.workspace_id == workspace, reviews.c.moved_to == old)
    connection.execute(moved.values(moved_to=name))
    judged = update(assessments).where(
        assessments.c.workspace_id == workspace, assessments.c.commitment_id == old
    )
    connection.execute(judged.values(commitment_id=name))
    for here, there in both.items():
        of_it = update(reviews).where(reviews.c.evidence_id == here)
        if connection.execute(of_it.values(evidence_id=there)).rowcount:
            _settle(connection, workspace, [here, there], at)
    for batch in batches(both):
        gone = update(evidence).where(evidence.c.id.in_(batch), _STANDING)
        connection.execute(gone.values(withdrawn_at=at))
    return len(rows)


def _select(workspace: WorkspaceId, *, by_number: bool = False) -> AnySelect:
    """Evidence with its item as the workspace sees it, and the item's story.

    `by_number` is for conditions on the number, which SQLite would look at last.
    """
    with_items = (
        seen_by(workspace)
        .join(evidence, evidence.c.item_id == items.c.id)
        .join(story_items, story_items.c.item_id == items.c.id)
    )
    # No index has the sum.
    whose = evidence.c.workspace_id + 0 if by_number else evidence.c.workspace_id
    return select(*_COLUMNS).select_from(with_items).where(whose == workspace)


def _to_evidence(row: AnyRow) -> Evidence:
    return value_of(
        Evidence,
        row,
        id=row.evidence_id,
        item=value_of(Item, row),
        reasons=tuple(row.reasons),
    )


def _texts_at(connection: Connection, item_ids: Iterable[int], at: datetime) -> dict[int, AnyRow]:
    """The texts that items had then, of those that were edited since."""
    found: dict[int, AnyRow] = {}
    for batch in batches(sorted(item_ids)):
        since = select(item_revisions).where(
            item_revisions.c.item_id.in_(batch), item_revisions.c.replaced_at > at
        )
        for row in connection.execute(since.order_by(item_revisions.c.revision)):
            found.setdefault(row.item_id, row)
    return found


def _at(
    one: Evidence, at: datetime, *, text: AnyRow | None, said: AnyRow | Review | None
) -> Evidence:
    """Evidence with the text that its item had then (None for the newest), and what was said."""
    item = one.item
    if item.changed_at is not None and item.changed_at > at:
        item = replace(item, changed_at=None)
    if text is not None and item.first_seen_at <= at:
        item = replace(item, title=text.title, summary=text.summary, revision=text.revision)
    if said is None:
        return replace(one, item=item, verdict=None, verdict_by=None, verdict_at=None)
    by, when = said.actor, said.at
    return replace(one, item=item, verdict=said.verdict, verdict_by=by, verdict_at=when)


def _get(connection: Connection, workspace: WorkspaceId, number: int) -> Evidence:
    query = _select(workspace).where(evidence.c.id == number)
    return _to_evidence(row_of(connection, query, number, f"There is no evidence E{number}."))


def _say(
    connection: Connection,
    workspace: WorkspaceId,
    evidence_ids: Iterable[int],
    said: Mapping[str, object],
    act: int | None = None,
) -> int:
    """Add a review on each of them, of the press `act` or of a new one; answer with the press."""
    for number in evidence_ids:
        row = {"workspace_id": workspace, "evidence_id": number, **said, "act": act}
        added: int = connection.execute(insert(reviews).returning(reviews.c.id), row).scalar_one()
        act = act or added
    return act or 0


def _file_by_hand(
    connection: Connection,
    workspace: WorkspaceId,
    item: Item,
    commitment_id: str,
    *,
    direction: Direction,
    passage: str,
    at: datetime,
) -> int:
    """File an item under a commitment, and answer with the number there.

    What is there already stands again by the verdict that follows.
    """
    there = and_(
        evidence.c.workspace_id == workspace,
        evidence.c.item_id == item.id,
        evidence.c.commitment_id == commitment_id,
    )
    number: int | None = connection.scalar(select(evidence.c.id).where(there))
    if number is not None:
        return number
    row = {
        "workspace_id": workspace,
        "item_id": item.id,
        "commitment_id": commitment_id,
        "passage": passage,
        "published_at": item.published_at,
        "filed_at": at,
        "score": 1.0,
        "direction": direction,
        "reasons": [],
        "sure": True,
        "news": not item.backlog,
        "origin": Origin.PERSON,
    }
    filed: int = connection.execute(insert(evidence).returning(evidence.c.id), row).scalar_one()
    story = (item.id, item.id)
    insert_rows(connection, story_items, ("item_id", "story_id"), [story], missing_only=True)
    return filed


def _take_copies_back(
    connection: Connection, moved: Collection[int], back: Mapping[str, object]
) -> list[int]:
    """Take back what moves of this evidence filed elsewhere, and answer with its numbers.

    `back` is the rest of the rows that do; they are undone with the press that they belong to.
    """
    acts = select(func.coalesce(reviews.c.act, reviews.c.id)).where(
        reviews.c.evidence_id.in_(moved), reviews.c.verdict == Verdict.MOVED
    )
    copies = select(reviews).where(
        reviews.c.act.in_(acts), reviews.c.evidence_id.not_in(moved), reviews.c.undoes.is_(None)
    )
    rows = connection.execute(copies).all()
    taken = [
        {**back, "evidence_id": row.evidence_id, "verdict": row.verdict, "undoes": row.id}
        for row in rows
    ]
    if taken:
        connection.execute(insert(reviews), taken)
    return [row.evidence_id for row in rows]


def standing_reviews(said: Iterable[AnyRow | Review]) -> dict[int, AnyRow | Review]:
    """For each piece of evidence the review that stands, given its reviews, the earliest first.

    What takes a review back may be taken back itself; it always comes later.
    """
    stands: dict[int, AnyRow | Review] = {}
    undone: set[int] = set()
    for review in reversed(list(said)):
        if review.id in undone:
            continue
        if review.undoes is not None:
            undone.add(review.undoes)
        else:
            stands.setdefault(review.evidence_id, review)
    return stands


def _settle(
    connection: Connection, workspace: WorkspaceId, evidence_ids: Sequence[int], at: datetime
) -> tuple[Evidence, ...]:
    """Compute what people say of this evidence from all that they said, and answer with it.

    What a person filed, and nobody stands behind any more, is withdrawn.
    """
    for batch in batches(evidence_ids):
        of_these = select(reviews).where(reviews.c.evidence_id.in_(batch)).order_by(reviews.c.id)
        stands = standing_reviews(connection.execute(of_these))
        for number in batch:
            last = stands.get(number)
            this = update(evidence).where(evidence.c.id == number)
            connection.execute(
                this.values(
                    verdict=last and last.verdict,
                    verdict_by=last and last.actor,
                    verdict_at=last and last.at,
                )
            )
            if last is None:
                by_hand = this.where(evidence.c.origin == Origin.PERSON)
                connection.execute(by_hand.values(withdrawn_at=at))
            elif last.verdict.fits:
                connection.execute(this.values(withdrawn_at=None))
    return tuple(_get(connection, workspace, number) for number in evidence_ids)


@dataclass(frozen=True, slots=True)
class OldEvidence:
    """The part of evidence filed before that the rules read."""

    id: int
    verdict: Verdict | None
    withdrawn_at: datetime | None

    @property
    def is_the_machines(self) -> bool:
        """Whether no verdict of a person stands, so that the machine may change it."""
        return self.verdict is None


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


def _stored_items(
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
        items.c.first_seen_at,
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


def _old_evidence(
    connection: Connection, workspace: WorkspaceId, filings: Iterable[Filing]
) -> dict[int, dict[str, OldEvidence]]:
    """Evidence filed before, by item and commitment."""
    query = select(*_OLD).where(evidence.c.workspace_id == workspace)
    old: dict[int, dict[str, OldEvidence]] = {}
    for batch in batches(filing.item_id for filing in filings):
        for row in connection.execute(query.where(evidence.c.item_id.in_(batch))):
            old.setdefault(row.item_id, {})[row.commitment_id] = value_of(OldEvidence, row)
    return old


def _not_yet_told(connection: Connection, workspace: WorkspaceId, at: datetime) -> datetime:
    """A moment that no digest covers yet: `at`, unless the clock is behind."""
    end = select(func.max(deliveries.c.window_until)).where(deliveries.c.workspace_id == workspace)
    return max(at, connection.scalar(end) or at)


def _store(
    connection: Connection,
    workspace: WorkspaceId,
    changes: Changes,
    stored: Mapping[int, AnyRow],
    at: datetime,
) -> None:
    """Store the changes; `stored` are the rows of `_stored_items`."""
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
    # What was told is not told again, however it is filed: `delivery_mentions` know it.
    fresh = [
        number
        for item_id, number in changes.returned
        if stored[item_id].first_seen_at >= at - TOLD_WITHIN
    ]
    filed_at = _not_yet_told(connection, workspace, at) if fresh else at
    returned = [{"number": number, "filed_at": filed_at} for number in fresh]
    back = [{"number": number, "withdrawn_at": None} for _, number in changes.returned]
    withdrawn = [{"number": number, "withdrawn_at": at} for number in changes.withdrawn]
    for rows in (renewed, back, returned, withdrawn):
        if rows:
            connection.execute(_CHANGED, rows)
