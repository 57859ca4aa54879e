"""A small ledger with memory, and values to put into it. The scene: two summits on rivers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count

from hypothesis import settings

from bot.domain.assessment import Assessment, Objection
from bot.domain.commitment import Commitment, Pack, Scale, Summit
from bot.domain.errors import NotFoundError
from bot.domain.evidence import REJECTING, Direction, Evidence, Origin
from bot.domain.feed import Feed, FeedFigures
from bot.domain.item import DateSource, Item
from bot.domain.window import Window
from bot.domain.workspace import WorkspaceId
from bot.ledger import Judged, Review

PATIENT = settings(deadline=None)
"""For property tests: a busy machine is no failure."""

NOW = datetime(2019, 3, 1, 8, 0, tzinfo=UTC)
W = WorkspaceId(1)
DAY = timedelta(days=1)

PACK = Pack(
    summits=(
        Summit(
            id="harbour",
            name="Harbour summit",
            date=date(2018, 6, 12),
            parties=("Northland", "Southland"),
            source="https://example.org/harbour",
            commitments=(
                Commitment(
                    id="dredging",
                    title="Dredging the channel",
                    text="The parties shall dredge the shared channel to nine metres.",
                    summit_id="harbour",
                    paragraph="2",
                    due=date(2019, 3, 13),
                ),
                Commitment(
                    id="pilots",
                    title="Exchange of pilots",
                    text="The parties shall exchange pilots each spring.",
                    summit_id="harbour",
                    priority=1,
                ),
                Commitment(
                    id="tolls",
                    title="Ending the tolls",
                    text="Tolls on the shared channel shall end.",
                    summit_id="harbour",
                ),
            ),
        ),
        Summit(
            id="delta",
            name="Delta meeting",
            date=date(2018, 9, 19),
            commitments=(
                Commitment(
                    id="bridge",
                    title="A bridge at the ford",
                    text="Work on the bridge shall begin this year.",
                    summit_id="delta",
                    parties=("Southland",),
                ),
            ),
        ),
    )
)

_ids = count(1)


def feed(number: int = 1, **changes: object) -> Feed:
    """A feed that fares well."""
    usual = Feed(
        id=number,
        url=f"https://outlet{number}.example/feed.xml",
        title=f"Outlet {number}",
        checked_at=NOW - timedelta(minutes=12),
        succeeded_at=NOW - timedelta(minutes=12),
        newest_at=NOW - timedelta(hours=5),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def item(
    title: str = "Dredgers reach the shared channel ahead of schedule",
    *,
    at: datetime = NOW - timedelta(hours=3),
    feed_id: int = 1,
    **changes: object,
) -> Item:
    """An item of that feed, first seen when it was published."""
    number = next(_ids)
    usual = Item(
        id=number,
        feed_id=feed_id,
        outlet=f"Outlet {feed_id}",
        key=f"key-{number}",
        revision=1,
        url=f"https://outlet{feed_id}.example/{number}",
        title=title,
        summary="",
        published_at=at,
        date_source=DateSource.PUBLISHER,
        first_seen_at=at,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def evidence(
    of: Item | None = None,
    *,
    commitment: str = "dredging",
    story: int = 1,
    direction: Direction = Direction.PROGRESS,
    **changes: object,
) -> Evidence:
    """Evidence that the machine filed when it first saw the item."""
    of = of or item()
    usual = Evidence(
        id=next(_ids),
        commitment_id=commitment,
        item=of,
        story_id=story,
        score=0.9,
        direction=direction,
        direction_score=0.95,
        reasons=("names the channel", "both parties"),
        passage="",
        origin=Origin.MACHINE,
        verdict=None,
        sure=True,
        filed_at=of.first_seen_at,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def assessment(*cited: int, commitment: str = "dredging", **changes: object) -> Assessment:
    """An analyst's assessment, of a minute ago."""
    usual = Assessment(
        id=next(_ids),
        commitment_id=commitment,
        scale=Scale.IMPLEMENTATION,
        level=1,
        reason="The first mile is dredged.",
        evidence=cited or (1,),
        actor="U01ANALYST",
        at=NOW - timedelta(minutes=1),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


@dataclass
class AssessmentShelf:
    """Assessments and objections in memory, the oldest first."""

    rows: list[Assessment] = field(default_factory=list)
    notes: list[Objection] = field(default_factory=list)

    async def list(
        self,
        _workspace: WorkspaceId,
        /,
        *,
        commitments: Collection[str] | None = None,
        until: datetime | None = None,
    ) -> Sequence[Assessment]:
        return tuple(
            row
            for row in self.rows
            if (commitments is None or row.commitment_id in commitments)
            and (until is None or row.at <= until)
        )

    async def objections(
        self,
        _workspace: WorkspaceId,
        /,
        *,
        commitments: Collection[str] | None = None,
        until: datetime | None = None,
    ) -> Sequence[Objection]:
        return tuple(self.notes)


@dataclass
class EvidenceShelf:
    """Filed evidence in memory, read as the ledger's."""

    rows: list[Evidence] = field(default_factory=list)

    async def list(
        self,
        _workspace: WorkspaceId,
        /,
        *,
        commitments: Collection[str] | None = None,
        window: Window | None = None,
        after: int | None = None,
        published: Window | None = None,
        news_only: bool = False,
        include_rejected: bool = False,
    ) -> Sequence[Evidence]:
        return [
            row
            for row in self.rows
            if (commitments is None or row.commitment_id in commitments)
            and (window is None or row.filed_at in window or row.id > (after or row.id))
            and (published is None or row.item.published_at in published)
            and not (news_only and row.item.backlog)
            and (include_rejected or row.verdict not in REJECTING)
        ]

    async def get(self, _workspace: WorkspaceId, evidence_id: int, /) -> Evidence:
        for row in self.rows:
            if row.id == evidence_id:
                return row
        raise NotFoundError(f"There is no evidence E{evidence_id}.")

    async def reviews(
        self, _workspace: WorkspaceId, /, *, evidence_id: int | None = None
    ) -> Sequence[Review]:
        return ()

    async def judged(self, _workspace: WorkspaceId, /) -> Mapping[str, Sequence[Judged]]:
        found: dict[str, list[Judged]] = {}
        for row in self.rows:
            if row.verdict is not None:
                known = {
                    name: getattr(row, name)
                    for name in ("commitment_id", "direction", "direction_score", "sure", "verdict")
                }
                found.setdefault(row.commitment_id, []).append(Judged(**known))
        return found

    async def newest(self, _workspace: WorkspaceId, /) -> int:
        return max((row.id for row in self.rows), default=0)

    async def last_published(self, _workspace: WorkspaceId, /) -> Mapping[str, datetime]:
        newest: dict[str, datetime] = {}
        for row in await self.list(W):
            at = row.item.published_at
            newest[row.commitment_id] = max(at, newest.get(row.commitment_id, at))
        return newest


@dataclass
class FeedShelf:
    """Feeds in memory."""

    rows: list[Feed] = field(default_factory=lambda: [feed(1), feed(2), feed(3)])

    first: datetime = NOW - timedelta(days=365)

    async def list(self, _workspace: WorkspaceId, /) -> Sequence[Feed]:
        return self.rows

    async def first_listed(self, _workspace: WorkspaceId, /) -> datetime | None:
        return self.first


@dataclass
class FeedStatsShelf:
    """Counts of the feeds in memory: none."""

    feeds: FeedShelf

    async def list(self, _workspace: WorkspaceId, /, *, now: datetime) -> Sequence[FeedFigures]:
        return [FeedFigures(feed=one) for one in self.feeds.rows]


@dataclass
class ItemShelf:
    """Items in memory; a search finds titles that hold the words."""

    rows: list[Item] = field(default_factory=list)
    first_titles: dict[int, str] = field(default_factory=dict)

    async def first_title(self, _workspace: WorkspaceId, item_id: int, /) -> str:
        return self.first_titles[item_id]

    async def search(
        self,
        _workspace: WorkspaceId,
        words: str,
        /,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 20,
    ) -> Sequence[Item]:
        found = [
            row
            for row in self.rows
            if words.casefold() in row.title.casefold()
            and (since is None or row.published_at >= since)
            and (until is None or row.published_at < until)
        ]
        return found[:limit]


@dataclass
class SmallLedger:
    """A ledger with just the rooms that the briefing reads."""

    evidence: EvidenceShelf = field(default_factory=EvidenceShelf)
    feeds: FeedShelf = field(default_factory=FeedShelf)
    items: ItemShelf = field(default_factory=ItemShelf)
    assessments: AssessmentShelf = field(default_factory=AssessmentShelf)

    @property
    def feed_stats(self) -> FeedStatsShelf:
        return FeedStatsShelf(self.feeds)

    def file(self, *rows: Evidence) -> None:
        """Keep evidence and its items."""
        self.evidence.rows.extend(rows)
        for row in rows:
            if row.item not in self.items.rows:
                self.items.rows.append(row.item)
